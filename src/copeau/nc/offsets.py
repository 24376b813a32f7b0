"""Coordinate systems and reference points: G10, G28, G30, G52, G53, G54 to G59.3, G92."""

import math

from copeau.model.moves import FEED, RAPID
from copeau.nc.blocks import Block
from copeau.nc.control import Control
from copeau.nc.expressions import whole
from copeau.nc.faults import BlockFault
from copeau.nc.motion import require_feed, target
from copeau.nc.state import AXES, SYSTEMS, WorkOffset, frame_between, from_machine

EXTRA_SYSTEMS = 10_000
"""G54.1 P1 of Fanuc and G154 P1 of Haas is kept as system 10001, and so on."""
MOST_EXTRA = 300
"""Fanuc's largest option has 300 further systems; Haas has 99."""
HAAS_FIRST = 109
"""G110 of Haas is G154 P1."""


def _scaled(control: Control, block: Block, n: int) -> float:
    value = block.words[AXES[n]]
    return value * control.state.scale if n < 3 else value


def _require_axes(block: Block, name: str) -> None:
    if not any(letter in block.words for letter in AXES):
        raise BlockFault(f"all axes missing with {name}", "name at least one axis")


def set_offset(control: Control, system: int, offset: WorkOffset) -> None:
    """Give `system` a new origin and rotation.

    A new G54 that comes before the first feed says where the workpiece lies: what was recorded so far is then seen from it.
    """
    st = control.state
    machine = st.machine_position()
    st.offsets[system] = offset
    if system == SYSTEMS[0] and not st.has_fed:
        _move_reference(control, offset)
    st.reframe(machine)


def _move_reference(control: Control, offset: WorkOffset) -> None:
    st = control.state
    view = frame_between(st.reference, [0.0] * 6, offset)
    if not view.identity and not control.recorder.is_empty():
        moves = control.recorder.moves().copy()
        x, y = moves["x"].copy(), moves["y"].copy()
        moves["x"] = view.cos * x - view.sin * y + view.shift[0]
        moves["y"] = view.sin * x + view.cos * y + view.shift[1]
        for n, axis in enumerate(AXES[2:], start=2):
            moves[axis] += view.shift[n]
        control.recorder.replace(moves)
    st.reference = WorkOffset(list(offset.origin), offset.rotation_deg)


def system_of_code(block: Block, code: int) -> int:
    """Coordinate system that a G code (times ten) chooses, with its P where it needs one."""
    if code in SYSTEMS:
        return code
    if code in (541, 1540):
        return _extra_system(block, f"G{code / 10:g}")
    return EXTRA_SYSTEMS + code // 10 - HAAS_FIRST


def _extra_system(block: Block, name: str) -> int:
    if "p" not in block.words:
        raise BlockFault(f"P word missing with {name}", "P is the number of the system, from 1")
    p = whole(block.words["p"], "P")
    if not 1 <= p <= MOST_EXTRA:
        raise BlockFault(f"P value {p} out of range (1-{MOST_EXTRA}) with {name}", "P is the number of the system, from 1")
    return EXTRA_SYSTEMS + p


def _known_offset(control: Control, system: int) -> WorkOffset:
    """Offset of `system`; one that nobody set lies at the first G54."""
    offsets = control.state.offsets
    first = offsets[SYSTEMS[0]]
    return offsets.setdefault(system, WorkOffset(list(first.origin), first.rotation_deg))


def select_system(control: Control, system: int) -> None:
    """G54 to G59.3 and the extra systems."""
    st = control.state
    if system != st.system:
        control.forbid_compensation("change coordinate systems")
    machine = st.machine_position()
    _known_offset(control, system)
    st.system = system
    st.reframe(machine)


def _system_of(control: Control, block: Block, name: str) -> int:
    if "p" not in block.words:
        raise BlockFault(f"P word missing with {name}: P value out of range (0-9)", "P1 is G54, P0 the system in force")
    p = whole(block.words["p"], "P")
    if not 0 <= p <= 9:
        raise BlockFault(f"P value {p} out of range (0-9) with {name}", "P1 is G54, P9 is G59.3")
    return control.state.system if p == 0 else SYSTEMS[p - 1]


def set_data(control: Control, block: Block) -> None:
    """G10."""
    mode = whole(block.words["l"], "L of G10") if "l" in block.words else -1
    if mode in (2, 20):
        _set_system(control, block, mode)
    elif control.dialect == "linuxcnc" and mode in (0, 1, 10, 11):
        _set_tool(control, block, mode)
    elif control.dialect != "linuxcnc" and mode in (10, 11, 12, 13):
        if mode in (12, 13) and "p" in block.words and "r" in block.words:
            control.registers[whole(block.words["p"], "P")] = block.words["r"] * control.state.scale
        control.remark("G10: tool offsets set by the program")
    else:
        raise BlockFault("line with G10 does not have L2 or L20, nor an L of the tool table", "add L2 (origin) or L20 (current position)")


def _set_tool(control: Control, block: Block, mode: int) -> None:
    if mode == 0:
        return
    if "p" not in block.words:
        raise BlockFault(f"P word missing with G10 L{mode}", "P is the tool's number")
    number = whole(block.words["p"], "P")
    if control.tools and number not in control.tools:
        raise BlockFault(f"requested tool {number} not found in the tool table", "add it to the tools")
    if "r" in block.words:
        control.registers[number] = block.words["r"] * control.state.scale
    control.remark("G10: tool offsets set by the program")


def _set_system(control: Control, block: Block, mode: int) -> None:
    st = control.state
    name = f"G10 L{mode}"
    # Fanuc and Haas: L2 is G54 to G59, L20 the further systems, both by their origin. LinuxCNC: L20 is by the current position.
    linuxcnc = control.dialect == "linuxcnc"
    system = _extra_system(block, name) if mode == 20 and not linuxcnc else _system_of(control, block, name)
    if system == st.system:
        control.forbid_compensation("change the coordinate system in force")
    old = _known_offset(control, system)
    turn = block.words.get("r", old.rotation_deg) if mode == 2 else old.rotation_deg
    origin = list(old.origin)
    named = [n for n in range(6) if AXES[n] in block.words]
    if mode == 2 or not linuxcnc:
        for n in named:
            value = _scaled(control, block, n)
            added = st.incremental and not linuxcnc
            origin[n] = origin[n] + value if added else value
    else:
        here = WorkOffset(old.origin, turn)
        now = from_machine(st.machine_position(), here, st.g92)
        shift = [now[n] - _scaled(control, block, n) if n in named else 0.0 for n in range(6)]
        c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        shift[0], shift[1] = c * shift[0] - s * shift[1], s * shift[0] + c * shift[1]
        origin = [a + b for a, b in zip(origin, shift, strict=True)]
    set_offset(control, system, WorkOffset(origin, turn))


def axis_offsets(control: Control, block: Block, code: int) -> None:
    """G52 and the G92 family (LinuxCNC: they share one set of offsets)."""
    st = control.state
    control.forbid_compensation("set axis offsets")
    machine = st.machine_position()
    if code in (520, 920):
        _require_axes(block, "G52 or G92")
        for n in range(6):
            if AXES[n] in block.words:
                value = _scaled(control, block, n)
                st.g92[n] = value if code == 520 else st.at[n] + st.g92[n] - value
        st.g92_stored, st.g92_on = list(st.g92), True
    elif code == 923:
        st.g92, st.g92_on = list(st.g92_stored), True
    else:
        st.g92, st.g92_on = [0.0] * 6, False
        if code == 921:
            st.g92_stored = [0.0] * 6
    st.reframe(machine)


def machine_to_program(control: Control, machine: list[float]) -> list[float]:
    """Program coordinates of a machine point."""
    return from_machine(machine, control.state.offsets[control.state.system], control.state.g92)


def go_home(control: Control, block: Block, which: int) -> None:
    """G28 and G30: by way of the programmed point to the reference point; named axes only, or all."""
    st = control.state
    control.forbid_compensation(f"do G{which}")
    control.machine_lines.add(control.line)
    named = [n for n in range(6) if AXES[n] in block.words]
    via = target(control, block)
    control.end_cycle()
    if named:
        control.record(RAPID, via, math.nan)
        st.at = via
    machine = st.machine_position()
    home = st.homes[which]
    for n in named or range(6):
        machine[n] = home[n]
    st.at = machine_to_program(control, machine)
    control.record(RAPID, st.at, math.nan)


def store_home(control: Control, which: int) -> None:
    """G28.1 and G30.1: here is the reference point."""
    control.state.homes[which] = control.state.machine_position()


def machine_move(control: Control, block: Block, motion: int) -> None:
    """G53: one G0 or G1 in machine coordinates."""
    st = control.state
    if motion not in (0, 10):
        raise BlockFault("must use G0 or G1 with G53", "program G53 G0")
    if st.incremental:
        raise BlockFault("cannot use G53 incremental", "program G90")
    control.forbid_compensation("use G53")
    control.machine_lines.add(control.line)
    if motion == 10:
        require_feed(control, block, "G1")
    machine = st.machine_position()
    for n in range(6):
        if AXES[n] in block.words:
            machine[n] = _scaled(control, block, n)
    end = machine_to_program(control, machine)
    for n in range(6):
        # An axis that is not named stays exactly where it is, whatever the way through machine coordinates rounds.
        if AXES[n] not in block.words and (n > 1 or not st.offsets[st.system].rotation_deg):
            end[n] = st.at[n]
    control.end_cycle()
    if motion == 0:
        control.record(RAPID, end, math.nan)
    else:
        control.record(FEED, end, control.feed_mm_min(math.dist(st.at[:3], end[:3])))
    st.at = end
