"""One block, checked and executed in the order of LinuxCNC's manual ("Order of Execution").

The whole block is checked as far as it can be before anything of it is done.
"""

import math

from copeau.nc import blocks, cycles, motion, offsets
from copeau.nc.blocks import Block
from copeau.nc.compensation import Compensator
from copeau.nc.control import Control, stop_motion
from copeau.nc.expressions import whole
from copeau.nc.faults import BlockFault
from copeau.nc.state import NO_MOTION

RAPID_CODE, LINE_CODE, CW_CODE, CCW_CODE = 0, 10, 20, 30
ARC_CODES = (CW_CODE, CCW_CODE)
PROBE_CODES = (382, 383, 384, 385)
AXIS_EATERS = (100, 280, 300, 520, 920)
UNSUPPORTED_MOTION = (50, 51, 52, 53)
END_OF_PROGRAM = (2, 30)
DWELL_CODE = 40
MACRO_CALL = 650


def execute(control: Control, block: Block) -> bool:
    """Do what `block` says. True where it ends the program (M2, M30).

    Raises
    ------
    BlockFault
        With what is wrong; nothing later than the fault is recorded.
    """
    st = control.state
    code = _motion_code(control, block)
    _check_words(control, block, code)
    if blocks.FEED_MODE in block.g:
        _feed_mode(control, block.g[blocks.FEED_MODE] // 10)
    early_units = control.dialect != "linuxcnc"
    if early_units:
        _units(control, block)
    _feed(control, block)
    _speed(control, block)
    _tool(control, block)
    late = control.dialect != "linuxcnc"
    _spindle(control, block, stopping=not late)
    _coolant(control, block)
    if block.g.get(blocks.NONMODAL) == DWELL_CODE:
        _dwell(control, block)
    _plane(control, block)
    if not early_units:
        _units(control, block)
    if blocks.DIAMETER in block.g:
        st.diameter_mode = block.g[blocks.DIAMETER] == 70
    _compensation(control, block)
    _length_offset(control, block)
    if blocks.SYSTEM in block.g:
        offsets.select_system(control, offsets.system_of_code(block, block.g[blocks.SYSTEM]))
    _modes(control, block)
    _nonmodal(control, block)
    _move(control, block, code)
    if late:
        # Haas and Fanuc stop the spindle when the motion of the block is over.
        _spindle(control, block, stopping=True)
    return _stop(control, block)


def _motion_code(control: Control, block: Block) -> int | None:
    """The motion that the block makes: its own, the modal one if axis words are left for it, or None."""
    own = block.g.get(blocks.MOTION)
    nonmodal = block.g.get(blocks.NONMODAL)
    if nonmodal == DWELL_CODE or MACRO_CALL in block.g.values():
        return own  # X of a dwell is a time, X of a macro call an argument
    axes = motion.has_axes(block)
    eaten = nonmodal in AXIS_EATERS or block.g.get(blocks.LENGTH) in (431, 432)
    if own in UNSUPPORTED_MOTION:
        assert own is not None
        raise BlockFault(f"G{own / 10:g} is not read: splines have no place in the motions of a mill here", "expand it into G1 or G2, G3")
    if own == 330 or own == 331:
        return own
    if eaten and own not in (None, NO_MOTION) and axes:
        raise BlockFault("cannot use two G codes that both use axis values", "write them on two lines")
    if own == NO_MOTION:
        if axes and not eaten:
            raise BlockFault("cannot use axis values with G80", "give a motion code")
        return own
    if own is not None:
        if not axes and own not in (RAPID_CODE, LINE_CODE, *ARC_CODES) and control.dialect == "linuxcnc":
            raise BlockFault("all axes missing with motion code", "name at least one axis")
        return own
    if not axes or eaten:
        return None
    if control.state.motion == NO_MOTION:
        raise BlockFault("cannot use axis values without a G code that uses them", "give a motion code, e.g. G1")
    return control.state.motion


def _check_words(control: Control, block: Block, code: int | None) -> None:
    """Each word needs a code that reads it."""
    words, g, m = block.words, block.g, block.m
    nonmodal = g.get(blocks.NONMODAL)
    is_arc = code in ARC_CODES
    is_cycle = code in cycles.CYCLE_CODES
    other = control.dialect != "linuxcnc"
    comp_on = g.get(blocks.COMPENSATION, 400) != 400
    if blocks.SAVED_STATE in m:
        raise BlockFault(f"M{m[blocks.SAVED_STATE]} is not read: saved modal states", "write the modes out")
    wide = 98 in m.values() or any(group >= blocks.REMARK_GROUP for group in (*g, *m))
    if wide:
        return
    back_bore = code == 870 or (is_cycle and other)
    users = {
        "d": comp_on or g.get(blocks.SPEED_MODE) == 960 or other,
        "e": m.get(blocks.OUTPUTS) in (66, 67, 68),
        "h": g.get(blocks.LENGTH) in (430, 432) or other,
        "i": is_arc or nonmodal == 100 or back_bore,
        "j": is_arc or nonmodal == 100 or back_bore,
        "k": is_arc or back_bore or code in (330, 331),
        "l": nonmodal == 100 or is_cycle or comp_on or m.get(blocks.OUTPUTS) == 66,
        "p": nonmodal in (DWELL_CODE, 100) or is_arc or code in cycles.WITH_DWELL or (is_cycle and other)
        or g.get(blocks.SYSTEM) in (541, 1540)
        or g.get(blocks.PATH) == 640 or blocks.OVERRIDES in m or blocks.OUTPUTS in m or m.get(blocks.SPINDLE) == 19 or 99 in m.values(),
        "q": nonmodal == 100 or code in cycles.WITH_PECK or (is_cycle and other) or g.get(blocks.PATH) == 640 or blocks.OUTPUTS in m
        or m.get(blocks.SPINDLE) == 19 or m.get(blocks.TOOLING) == 61,
        "r": is_arc or is_cycle or nonmodal == 100 or m.get(blocks.SPINDLE) == 19 or g.get(blocks.PATH) == 640,
    }  # fmt: skip
    if "r" in words and g.get(blocks.PATH) == 640 and m.get(blocks.SPINDLE) == 19:
        raise BlockFault("R word is ambiguous on a line with both G64 and M19", "use separate lines")
    for letter, used in users.items():
        if letter in words and not used:
            raise BlockFault(f"{letter.upper()} word with no G code or M code that uses it", "remove it, or add the code it belongs to")
    for letter, name in (("f", "F"), ("s", "spindle speed S"), ("t", "tool number T")):
        if words.get(letter, 0.0) < 0.0:
            raise BlockFault(f"negative {name} word used: {words[letter]:g}", "write a number from 0 up")


def _feed_mode(control: Control, mode: int) -> None:
    if control.dialect == "linuxcnc" or mode != control.state.feed_mode:
        control.state.feed = 0.0  # F means something else from here on
    control.state.feed_mode = mode


def _feed(control: Control, block: Block) -> None:
    st = control.state
    if "f" in block.words:
        st.feed = block.words["f"] * (1.0 if st.feed_mode == 93 else st.scale)


def _speed(control: Control, block: Block) -> None:
    st = control.state
    if blocks.SPEED_MODE in block.g:
        st.surface_speed = block.g[blocks.SPEED_MODE] == 960
        st.surface_limit = block.words.get("d", math.inf)
    if "s" in block.words:
        st.speed = block.words["s"]


def _tool(control: Control, block: Block) -> None:
    st = control.state
    if "t" in block.words:
        st.tool_selected = whole(block.words["t"], "T")
        _known_tool(control, st.tool_selected)
    if blocks.TOOLING not in block.m:
        return
    if block.m[blocks.TOOLING] == 61:
        if "q" not in block.words:
            raise BlockFault("need non-negative Q word to specify tool number with M61", "add Q")
        st.tool = whole(block.words["q"], "Q of M61")
        _known_tool(control, st.tool)
    else:
        control.forbid_compensation("change tools")
        if st.tool_selected >= 0:
            st.tool = st.tool_selected
        st.spindle = 0  # M6 stops the spindle
        if control.straight_next:
            # After G40 the tool stands beside the programmed point; a tool change makes the control look where it is.
            st.at = list(control.tip)
        if control.dialect == "haas":
            _rise_for_change(control)
    control.tools_called.append(st.tool)


def _known_tool(control: Control, number: int) -> None:
    if number and control.tools and number not in control.tools:
        raise BlockFault(
            f"requested tool {number} not found in the tool table", f"known tools: {', '.join(map(str, sorted(control.tools)))}"
        )


def _rise_for_change(control: Control) -> None:
    """Haas draws Z to its tool-change position, machine zero, on its own."""
    st = control.state
    machine = st.machine_position()
    machine[2] = 0.0
    end = list(st.at)
    end[2] = offsets.machine_to_program(control, machine)[2]
    if end[2] > st.at[2]:
        control.record(0, end, math.nan)
        st.at = end


def _spindle(control: Control, block: Block, stopping: bool) -> None:
    code = block.m.get(blocks.SPINDLE)
    st = control.state
    if code in (3, 4):
        st.spindle = 1 if code == 3 else -1
    elif code in (5, 19) and stopping:
        if code == 19 and not 0.0 <= block.words.get("r", 0.0) <= 360.0:
            raise BlockFault("R value must be within 0..360 with M19", "R is the angle in degrees")
        st.spindle = 0


def _coolant(control: Control, block: Block) -> None:
    code = block.m.get(blocks.COOLANT)
    st = control.state
    if code == 9:
        st.coolant = frozenset()
    elif code is not None:
        st.coolant |= {code}
        control.coolant_used = True


def _dwell(control: Control, block: Block) -> None:
    letter = "p"
    if "p" not in block.words:
        if control.dialect == "linuxcnc" or "x" not in block.words:
            raise BlockFault("dwell time missing with G4", "add P seconds")
        letter = "x"
    motion.dwell(control, cycles.dwell_seconds(control, block, letter))


def _plane(control: Control, block: Block) -> None:
    if blocks.PLANE not in block.g:
        return
    plane = block.g[blocks.PLANE] // 10
    if plane != control.state.plane:
        control.forbid_compensation("change planes")
        control.end_cycle()
    control.state.plane = plane


def _units(control: Control, block: Block) -> None:
    if blocks.UNITS in block.g:
        control.state.inches = block.g[blocks.UNITS] == 200
        control.units_named.add("inch" if control.state.inches else "mm")


def _compensation(control: Control, block: Block) -> None:
    code = block.g.get(blocks.COMPENSATION)
    st = control.state
    if code is None:
        return
    if code == 400:
        if control.compensator is not None and control.compensator.end(control):
            control.straight_next = True
        control.compensator, st.comp_side = None, 0
        return
    if st.comp_side:
        raise BlockFault("cannot turn cutter radius comp on when already on", "end it with G40 first")
    if st.plane == 19:
        raise BlockFault("cutter radius compensation allowed only in XY, XZ planes", "program G17")
    st.comp_radius = _comp_radius(control, block, code)
    st.comp_side = 1 if code in (410, 411) else -1
    control.compensator = Compensator(control, st.comp_radius, st.comp_side) if st.comp_radius else None


def _comp_radius(control: Control, block: Block, code: int) -> float:
    """Radius in force, mm: from the word (G41.1), the tool (LinuxCNC's G41), or the D register (Haas, Fanuc)."""
    st, words = control.state, block.words
    if code in (411, 421):
        if "d" not in words:
            raise BlockFault(f"G{code / 10:g} with no D word", "D is the diameter")
        if "l" in words and st.plane != 18:
            raise BlockFault(f"G{code / 10:g} with L word, but plane is not G18", "remove L")
        return 0.5 * words["d"] * st.scale
    number = whole(words["d"], "D") if "d" in words else st.tool
    if number < 0:
        raise BlockFault("negative D word used", "D is a tool number")
    if number in control.registers:
        return control.registers[number]
    if control.dialect != "linuxcnc":
        control.remark(f"register D{number} read as 0 (wear only): the programmed path is the tool's centre")
        return 0.0
    if number == 0:
        return 0.0
    if number not in control.tools:
        raise BlockFault(f"requested tool {number} not found in the tool table", "give the tools, their diameter is needed for G41, G42")
    return 0.5 * control.tools[number].DC


def _length_offset(control: Control, block: Block) -> None:
    code = block.g.get(blocks.LENGTH)
    st = control.state
    if code is None:
        if "h" in block.words and st.length_offset and control.dialect != "linuxcnc":
            st.length_offset = whole(block.words["h"], "H")
        return
    control.forbid_compensation("change the tool length offset")
    if code == 490:
        st.length_offset = 0
    elif code == 431:
        st.length_offset = st.tool
    elif code == 430:
        number = whole(block.words["h"], "H") if "h" in block.words else st.tool
        if number < 0:
            raise BlockFault("negative H word used", "H is a tool number")
        _known_tool(control, number)
        st.length_offset = number
    elif "h" not in block.words and not motion.has_axes(block):
        raise BlockFault("G43.2: no axes specified and H word missing", "add H")
    else:
        control.remark("G43.2: a second length offset is added to the first")


def _modes(control: Control, block: Block) -> None:
    st, g = control.state, block.g
    if blocks.PATH in g:
        st.path_mode = g[blocks.PATH]
    if blocks.DISTANCE in g:
        st.incremental = g[blocks.DISTANCE] == 910
    if blocks.ARC_DISTANCE in g:
        st.arc_absolute = g[blocks.ARC_DISTANCE] == 901
    if blocks.RETRACT in g:
        st.retract_to_initial = g[blocks.RETRACT] == 980
    for group, code in g.items():
        if group >= blocks.REMARK_GROUP and control.grammar.g_remarks[code]:
            control.remark(f"G{code / 10:g}: {control.grammar.g_remarks[code]}")
    for group, code in block.m.items():
        if group >= blocks.REMARK_GROUP and control.grammar.m_remarks[code]:
            control.remark(f"M{code}: {control.grammar.m_remarks[code]}")


def _nonmodal(control: Control, block: Block) -> None:
    code = block.g.get(blocks.NONMODAL)
    if code == 100:
        offsets.set_data(control, block)
    elif code in (280, 300):
        offsets.go_home(control, block, code // 10)
    elif code in (281, 301):
        offsets.store_home(control, code // 10)
    elif code in (520, 920, 921, 922, 923):
        offsets.axis_offsets(control, block, code)


def _move(control: Control, block: Block, code: int | None) -> None:
    st = control.state
    if code is None:
        return
    if block.g.get(blocks.NONMODAL) == 530:
        offsets.machine_move(control, block, code)
    elif code == RAPID_CODE or code == LINE_CODE:
        motion.straight(control, block, code == RAPID_CODE)
    elif code in ARC_CODES:
        if block.g.get(blocks.MOTION) == code and not motion.has_axes(block) and not set(block.words) & set("ijkr"):
            # G2 or G3 alone only sets the mode on Haas and Fanuc; LinuxCNC wants an arc.
            if control.dialect != "linuxcnc":
                st.motion = code
                return
        motion.arc(control, block, code == CW_CODE)
    elif code == NO_MOTION:
        stop_motion(control)
        return
    elif code in (330, 331):
        motion.thread_feed(control, block, tapping=code == 331)
    elif code in PROBE_CODES:
        motion.probe(control, block)
    elif motion.has_axes(block):
        if code == 760 and control.dialect == "linuxcnc":
            raise BlockFault("G76 threading is for lathes and is not read", "expand it into G33 passes")
        cycles.canned_cycle(control, block, code)
    st.motion = code


def _stop(control: Control, block: Block) -> bool:
    """M0, M1, M60 have no motion; M2 and M30 end the program and put the modes back (RS274/NGC, 3.6.1)."""
    if block.m.get(blocks.STOPPING) not in END_OF_PROGRAM:
        return False
    if control.compensator is not None:
        control.compensator.end(control)
        control.compensator = None
    control.state.spindle = 0
    return True
