"""Canned cycles G73, G74, G76 (fine boring of Fanuc and Haas) and G81 to G89, expanded into motions.

The order of motions is LinuxCNC's (measured on rs274); where Haas and Fanuc retract otherwise, the dialect decides.
"""

import math
from dataclasses import dataclass

from copeau.model.moves import AXES_OF_PLANE, FEED, RAPID
from copeau.nc.blocks import Block
from copeau.nc.control import Control
from copeau.nc.expressions import whole
from copeau.nc.faults import BlockFault
from copeau.nc.motion import PLANE_NAMES, dwell, target
from copeau.nc.state import AXES

PECK_CLEARANCE_MM = 0.254
"""How far a peck is drawn back (G73) or the next one starts above the last (G83): 0.010 in, fixed in LinuxCNC."""
MOST_REPEATS = 100_000
"""More repeats of one block are taken for a mistake."""
WITH_DWELL = (820, 840, 860, 880, 890, 740)
NEEDS_DWELL = (820, 860, 880, 890)
WITH_PECK = (730, 830)


@dataclass(frozen=True)
class Hole:
    """One execution of a cycle: levels along the plane's normal axis `n`."""

    code: int
    n: int
    r: float
    bottom: float
    clear: float


def dwell_seconds(control: Control, block: Block, letter: str = "p") -> float:
    """Seconds of a dwell word; Haas and Fanuc read P without a decimal point as milliseconds."""
    value = block.words[letter]
    if value < 0.0:
        raise BlockFault(f"negative dwell {value:g}", "dwell times are 0 or more")
    if control.dialect != "linuxcnc" and letter == "p" and letter in block.unpointed:
        return value / 1000.0
    return value


def canned_cycle(control: Control, block: Block, code: int) -> None:
    """One block in a canned-cycle mode: all its repeats."""
    st, words = control.state, block.words
    control.forbid_compensation(f"do G{code / 10:g}")
    if any(letter in words for letter in "abc"):
        raise BlockFault("cannot put an A, B or C in canned cycle", "turn the rotary axis with G0 before")
    if st.feed_mode == 93:
        raise BlockFault("cannot use inverse time feed with canned cycles", "program G94")
    if st.feed == 0.0:
        raise BlockFault("cannot feed with zero feed rate", "program F before or in this block")
    repeats = _repeats(control, block)
    first = math.isnan(st.cycle.initial)
    p, q, n = AXES_OF_PLANE[st.plane]
    if first:
        st.cycle.initial = st.at[n]
    _take_words(control, block, code, n)
    if repeats == 0:
        return
    hole = _levels(control, code, n)
    clear = hole.clear  # LinuxCNC climbs to it on its way to the next hole, also after G99
    if st.at[n] < hole.r:
        _go(control, {n: hole.r})
    for _ in range(repeats):
        to = _position(control, block, p, q)
        level = clear if st.retract_to_initial and control.dialect == "linuxcnc" else max(st.at[n], hole.r)
        _go(control, {**to, n: level})
        if level != hole.r:
            _go(control, {n: hole.r})
        _CYCLES[code](control, hole)


def _repeats(control: Control, block: Block) -> int:
    letter = "k" if control.dialect != "linuxcnc" and "k" in block.words and "l" not in block.words else "l"
    if letter not in block.words:
        return 1
    repeats = whole(block.words[letter], f"{letter.upper()} of a cycle")
    if repeats == 0 and control.dialect == "linuxcnc":
        raise BlockFault("cannot do zero repeats of cycle", "L is 1 or more")
    if not 0 <= repeats <= MOST_REPEATS:
        raise BlockFault(f"{repeats} repeats of a cycle", f"{letter.upper()} is 1 to {MOST_REPEATS}")
    return repeats


def _take_words(control: Control, block: Block, code: int, n: int) -> None:
    """Update the sticky words of `st.cycle` and check that the cycle has what it needs."""
    st, words, cycle = control.state, block.words, control.state.cycle
    scale, name, axis = st.scale, f"G{code / 10:g}", AXES[n]
    fresh = st.motion != code and control.dialect == "linuxcnc"
    if fresh:
        cycle.bottom = cycle.r = cycle.peck = cycle.dwell_s = math.nan
        cycle.i = cycle.j = cycle.k = 0.0
    if axis in words:
        cycle.bottom = words[axis] * scale
    if "r" in words:
        cycle.r = words["r"] * scale
    if "q" in words:
        if words["q"] <= 0.0 and code in WITH_PECK:
            raise BlockFault("negative or zero Q value used", "Q is the depth of one peck, above 0")
        cycle.peck = words["q"] * scale
    if "p" in words:
        cycle.dwell_s = dwell_seconds(control, block)
    for letter in "ijk":
        if letter in words:
            setattr(cycle, letter, words[letter] * scale)
    if math.isnan(cycle.bottom):
        raise BlockFault(f"{axis.upper()} word missing with {name}: the bottom of the hole", f"add {axis.upper()}")
    if math.isnan(cycle.r):
        raise BlockFault(f"R word missing with {name}: R clearance plane unspecified in cycle", "add R")
    if code in WITH_PECK and math.isnan(cycle.peck):
        raise BlockFault(f"Q word missing with {name}", "Q is the depth of one peck")
    if code in NEEDS_DWELL and math.isnan(cycle.dwell_s):
        if control.dialect == "linuxcnc":
            raise BlockFault(f"dwell time P word missing with {name}", "add P seconds")
        cycle.dwell_s = 0.0


def _levels(control: Control, code: int, n: int) -> Hole:
    st, cycle = control.state, control.state.cycle
    r = cycle.initial + cycle.r if st.incremental else cycle.r
    bottom = r + cycle.bottom if st.incremental else cycle.bottom
    if r < bottom:
        raise BlockFault(
            f"R less than {AXES[n].upper()} in cycle in {PLANE_NAMES[st.plane]} plane: R {r:.4f} mm, bottom {bottom:.4f} mm",
            "R lies above the bottom of the hole",
        )
    clear = max(cycle.initial, r) if st.retract_to_initial else r
    return Hole(code, n, r, bottom, clear)


def _position(control: Control, block: Block, p: int, q: int) -> dict[int, float]:
    st = control.state
    if "@" in block.words or "^" in block.words:
        end = target(control, block)
        return {p: end[p], q: end[q]}
    out = {}
    for axis in (p, q):
        value = block.words.get(AXES[axis])
        base = st.at[axis] if st.incremental else 0.0
        out[axis] = st.at[axis] if value is None else base + value * st.scale
    return out


def _go(control: Control, to: dict[int, float], kind: int = RAPID, f: float = math.nan, s: float | None = None) -> None:
    end = list(control.state.at)
    for axis, value in to.items():
        end[axis] = value
    control.record(kind, end, f, s)
    control.state.at = end


def _feed(control: Control, hole: Hole, to: float, s: float | None = None) -> None:
    _go(control, {hole.n: to}, FEED, control.feed_mm_min(abs(to - control.state.at[hole.n])), s)


def _rapid(control: Control, hole: Hole, to: float) -> None:
    _go(control, {hole.n: to})


def _drill(control: Control, hole: Hole) -> None:
    _feed(control, hole, hole.bottom)
    _rapid(control, hole, hole.clear)


def _drill_dwell(control: Control, hole: Hole) -> None:
    _feed(control, hole, hole.bottom)
    dwell(control, control.state.cycle.dwell_s)
    _rapid(control, hole, hole.clear)


def _peck(control: Control, hole: Hole) -> None:
    depth = hole.r - control.state.cycle.peck
    while depth > hole.bottom:
        _feed(control, hole, depth)
        _rapid(control, hole, hole.r)
        _rapid(control, hole, min(depth + PECK_CLEARANCE_MM, hole.r))
        depth -= control.state.cycle.peck
    _feed(control, hole, hole.bottom)
    _rapid(control, hole, hole.clear)


def _chip_break(control: Control, hole: Hole) -> None:
    depth = hole.r - control.state.cycle.peck
    while depth > hole.bottom:
        _feed(control, hole, depth)
        _rapid(control, hole, depth + PECK_CLEARANCE_MM)
        depth -= control.state.cycle.peck
    _feed(control, hole, hole.bottom)
    _rapid(control, hole, hole.clear)


def _feed_out(control: Control, hole: Hole, s: float | None = None) -> None:
    """Out at the feed: LinuxCNC all the way, Haas and Fanuc to the R plane and on at rapid."""
    if control.dialect == "linuxcnc":
        _feed(control, hole, hole.clear, s)
        return
    _feed(control, hole, hole.r, s)
    if hole.clear != hole.r:
        _rapid(control, hole, hole.clear)


def _tap(control: Control, hole: Hole) -> None:
    st = control.state
    left = hole.code == 740
    if control.dialect == "linuxcnc":
        if st.spindle == 0:
            raise BlockFault(f"spindle not turning in G{hole.code / 10:g}", "program S.. M3 before (M4 for G74)")
        if (st.spindle < 0) != left:
            turning = "counterclockwise" if st.spindle < 0 else "clockwise"
            raise BlockFault(f"spindle turning {turning} in G{hole.code / 10:g}", "M3 for G84, M4 for G74")
    elif st.speed == 0.0:
        raise BlockFault("tapping with zero spindle speed", "program S before")
    else:
        st.spindle = -1 if left else 1
    s = st.spindle_speed()
    if control.dialect == "linuxcnc" and hole.n != 2:
        _tap_along_wrong_axes(control, hole, s)
        return
    _feed(control, hole, hole.bottom, s)
    if control.dialect == "linuxcnc" or not math.isnan(st.cycle.dwell_s):
        dwell(control, 0.0 if math.isnan(st.cycle.dwell_s) else st.cycle.dwell_s)
    _feed_out(control, hole, -s)


def _tap_along_wrong_axes(control: Control, hole: Hole, s: float) -> None:
    """What LinuxCNC 2.9 does in G18 and G19 (measured on rs274): it hands the levels to the axes in the wrong order."""
    control.remark(f"G{hole.code / 10:g} in G{control.state.plane}: LinuxCNC moves the wrong axes here; tap with G33.1")
    st = control.state
    place = list(st.at)
    for level, speed in ((hole.bottom, s), (hole.clear, -s)):
        place[hole.n] = level
        moved = [*(place[1], place[2], place[0]), *place[3:]] if st.plane == 18 else [place[2], place[0], place[1], *place[3:]]
        control.record(FEED, moved, control.feed_mm_min(0.0), speed)
        if level == hole.bottom:
            dwell(control, 0.0 if math.isnan(st.cycle.dwell_s) else st.cycle.dwell_s)
    st.at = place


def _bore(control: Control, hole: Hole) -> None:
    _feed(control, hole, hole.bottom)
    _feed(control, hole, hole.r)
    if hole.clear != hole.r:
        _rapid(control, hole, hole.clear)


def _bore_dwell(control: Control, hole: Hole) -> None:
    _feed(control, hole, hole.bottom)
    dwell(control, control.state.cycle.dwell_s)
    _feed_out(control, hole)


def _bore_stop(control: Control, hole: Hole) -> None:
    """G86 and G88: the spindle stands while the bar leaves; in G88 the operator draws it back by hand."""
    st = control.state
    if st.spindle == 0 and control.dialect == "linuxcnc":
        raise BlockFault(f"spindle not turning in G{hole.code / 10:g}", "program S.. M3 before")
    _feed(control, hole, hole.bottom)
    dwell(control, st.cycle.dwell_s)
    turning, st.spindle = st.spindle, 0
    if hole.code == 880:
        control.remark("G88: the operator draws the tool back by hand; read as a rapid")
    _rapid(control, hole, hole.clear)
    st.spindle = turning


def _fine_bore(control: Control, hole: Hole) -> None:
    """G76 of Haas and Fanuc: the bar leaves the wall by Q at the bottom, in a direction that a machine parameter holds."""
    control.remark("G76: the shift Q off the wall at the bottom is left out")
    _feed(control, hole, hole.bottom)
    if not math.isnan(control.state.cycle.dwell_s):
        dwell(control, control.state.cycle.dwell_s)
    _rapid(control, hole, hole.clear)


def _back_bore(control: Control, hole: Hole) -> None:
    """G87: enter off centre with the spindle standing, bore upwards to K, leave the same way."""
    st, cycle = control.state, control.state.cycle
    if control.dialect != "linuxcnc":
        raise BlockFault("G87 is not read in this dialect", "expand back boring into G0 and G1")
    if st.spindle == 0:
        raise BlockFault("spindle not turning in G87", "program S.. M3 before")
    p, q, _ = AXES_OF_PLANE[st.plane]
    words = (cycle.i, cycle.j, cycle.k)
    at_p, at_q = st.at[p], st.at[q]
    aside = {p: at_p + words[p], q: at_q + words[q]}
    middle = words[hole.n] + hole.bottom if st.incremental else words[hole.n]
    _go(control, aside)
    turning, st.spindle = st.spindle, 0
    _rapid(control, hole, hole.bottom)
    _go(control, {p: at_p, q: at_q})
    st.spindle = turning
    _feed(control, hole, middle)
    _feed(control, hole, hole.bottom)
    st.spindle = 0
    _go(control, aside)
    _rapid(control, hole, hole.clear)
    _go(control, {p: at_p, q: at_q})
    st.spindle = turning


_CYCLES = {
    730: _chip_break, 740: _tap, 760: _fine_bore, 810: _drill, 820: _drill_dwell, 830: _peck, 840: _tap, 850: _bore,
    860: _bore_stop, 870: _back_bore, 880: _bore_stop, 890: _bore_dwell,
}  # fmt: skip
CYCLE_CODES = frozenset(_CYCLES)

