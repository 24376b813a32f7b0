"""Straight and circular motion, dwell and threading feed: G0 to G4, G33, G33.1, G38."""

import math

from copeau.model.moves import AXES_OF_PLANE, CCW, CW, DWELL, FEED, RAPID
from copeau.nc import arcs
from copeau.nc.blocks import Block
from copeau.nc.control import Control
from copeau.nc.expressions import whole
from copeau.nc.faults import BlockFault
from copeau.nc.state import AXES, INCH

CENTRE_LETTERS = "ijk"
PLANE_NAMES = {17: "XY", 18: "XZ", 19: "YZ"}


def has_axes(block: Block) -> bool:
    """Is any axis named?"""
    return any(letter in block.words for letter in "xyzabc@^")


def target(control: Control, block: Block, incremental: bool | None = None) -> list[float]:
    """Programmed end point of the block, program coordinates."""
    st, words = control.state, block.words
    relative = st.incremental if incremental is None else incremental
    end = list(st.at)
    if "@" in words or "^" in words:
        _polar(control, block, end)
    for n, letter in enumerate(AXES):
        if letter in words:
            value = words[letter] * st.scale if n < 3 else words[letter]
            if n == 0 and st.diameter_mode:
                value *= 0.5
            end[n] = end[n] + value if relative else value
    return end


def _polar(control: Control, block: Block, end: list[float]) -> None:
    """`@` distance and `^` angle about the origin of the program's coordinates, added to those in force with G91 (LinuxCNC)."""
    st, words = control.state, block.words
    if "x" in words or "y" in words:
        raise BlockFault("X or Y word with polar coordinates", "use either @ and ^ or X and Y")
    at_origin = end[0] == 0.0 and end[1] == 0.0
    if at_origin and "^" not in words:
        raise BlockFault("must specify angle in polar coordinate if at the origin", "add ^angle")
    radius, angle = math.hypot(end[0], end[1]), math.atan2(end[1], end[0])
    if "@" in words:
        radius = words["@"] * st.scale + (radius if st.incremental else 0.0)
    if "^" in words:
        angle = math.radians(words["^"]) + (angle if st.incremental else 0.0)
    end[0], end[1] = radius * math.cos(angle), radius * math.sin(angle)


def require_feed(control: Control, block: Block, name: str) -> None:
    """Raise unless a feed is in force for `name`."""
    st = control.state
    if st.feed_mode == 93 and "f" not in block.words:
        raise BlockFault(f"F word missing with inverse time {name} move", "program F on every G93 block")
    if st.feed == 0.0:
        raise BlockFault(f"cannot do {name} with zero feed rate", "program F before or in this block")


def straight(control: Control, block: Block, rapid: bool) -> None:
    """G0 and G1."""
    st = control.state
    if not rapid:
        require_feed(control, block, "G1")
    end = target(control, block)
    f = math.nan if rapid else control.feed_mm_min(_travel(st.at, end))
    control.end_cycle()
    if control.compensator is not None:
        control.compensator.straight(control, end, rapid, f)
    else:
        control.record(RAPID if rapid else FEED, end, f)
    control.straight_next = False
    st.at = end


def _travel(a: list[float], b: list[float]) -> float:
    """Length that G93 counts: along X Y Z, or the rotary angle where only that moves."""
    linear = math.dist(a[:3], b[:3])
    return linear if linear > 0.0 else math.dist(a[3:], b[3:])


def arc(control: Control, block: Block, clockwise: bool) -> None:
    """G2 and G3: arcs, full circles and helices in the three planes."""
    st, words = control.state, block.words
    if control.straight_next:
        raise BlockFault("the move just after exiting cutter compensation mode must be straight, not an arc", "lead out with G1 or G0")
    if st.feed == 0.0:
        raise BlockFault("cannot make arc with zero feed rate", "program F before or in this block")
    if st.feed_mode == 93 and "f" not in words:
        raise BlockFault("F word missing with inverse time arc move", "program F on every G93 block")
    p, q, n = AXES_OF_PLANE[st.plane]
    named = [letter in words for letter in CENTRE_LETTERS]
    if "r" not in words and not any(named):
        raise BlockFault("R, I, J and K words all missing for arc", "give the centre by I J K, or the radius by R")
    if named[n]:
        raise BlockFault(
            f"{CENTRE_LETTERS[n].upper()} word given for arc in {PLANE_NAMES[st.plane]} plane", "choose the plane: G17, G18 or G19"
        )
    if "r" in words and any(named):
        raise BlockFault("R and centre words both given for arc", "keep one of them")
    end = target(control, block)
    start = st.at
    if "r" in words:
        if not (AXES[p] in words or AXES[q] in words or "@" in words or "^" in words):
            raise BlockFault(f"{AXES[p].upper()} and {AXES[q].upper()} words missing for arc given by R", "give the end point")
        centre_p, centre_q = _from_radius(words["r"] * st.scale, start, end, p, q, clockwise)
    else:
        centre_p, centre_q = _from_centre(control, block, start, end, p, q)
    turns = _full_turns(words)
    centre = [0.0] * 3
    centre[p], centre[q], centre[n] = centre_p, centre_q, end[n]
    f = control.feed_mm_min(_arc_length(start, end, centre, (p, q, n), clockwise, turns) if st.feed_mode == 93 else 0.0)
    control.end_cycle()
    if control.compensator is not None:
        control.compensator.arc(control, end, centre, clockwise, turns, f)
    else:
        control.record_row(CW if clockwise else CCW, st.plane, end, centre, turns, f, st.spindle_speed(), control.line)
    st.at = end


def _full_turns(words: dict[str, float]) -> int:
    if "p" not in words:
        return 0
    turns = whole(words["p"], "P of an arc")
    if turns < 1:
        raise BlockFault(f"P word of an arc is {turns}", "P counts the turns, from 1")
    return turns - 1


def _from_radius(radius, start, end, p, q, clockwise) -> tuple[float, float]:
    status, centre_p, centre_q = arcs.centre_from_radius(start[p], start[q], end[p], end[q], radius, not clockwise)
    if status == arcs.SAME_POINT:
        raise BlockFault("current point same as end point of arc given by R", "program a full circle with I J K")
    if status == arcs.TOO_SMALL:
        chord = math.dist((start[p], start[q]), (end[p], end[q]))
        raise BlockFault(
            f"arc radius too small to reach end point: R {abs(radius):.4f} mm, distance {chord:.4f} mm", "R is at least half the distance"
        )
    return centre_p, centre_q


def _from_centre(control: Control, block: Block, start, end, p, q) -> tuple[float, float]:
    st, words = control.state, block.words
    centre = [0.0, 0.0]
    for n, axis in enumerate((p, q)):
        letter = CENTRE_LETTERS[axis]
        if st.arc_absolute:
            if letter not in words:
                raise BlockFault(f"{letter.upper()} word missing in absolute centre arc", "G90.1 needs both centre words")
            centre[n] = words[letter] * st.scale
        else:
            centre[n] = start[axis] + words.get(letter, 0.0) * st.scale
    tolerance = arcs.RADIUS_TOL_INCH * INCH if st.inches else arcs.RADIUS_TOL_MM
    status = arcs.centre_status(start[p], start[q], end[p], end[q], centre[0], centre[1], tolerance)
    if status == arcs.ZERO_RADIUS:
        raise BlockFault("zero-radius arc", "check the centre words")
    if status == arcs.MISMATCH:
        r0 = math.dist((start[p], start[q]), centre)
        r1 = math.dist((end[p], end[q]), centre)
        raise BlockFault(
            f"radius to end of arc differs from radius to start: r1={r0:.4f} mm r2={r1:.4f} mm "
            f"abs_err={abs(r0 - r1):.4g} rel_err={abs(r0 - r1) / max(r0, r1):.4%}",
            "check the end point and the centre words, G90.1 against G91.1, and the plane",
        )
    return centre[0], centre[1]


def _arc_length(start, end, centre, axes, clockwise: bool, turns: int) -> float:
    p, q, n = axes
    a0 = math.atan2(start[q] - centre[q], start[p] - centre[p])
    a1 = math.atan2(end[q] - centre[q], end[p] - centre[p])
    sweep = math.fmod((a0 - a1 if clockwise else a1 - a0) + 4.0 * math.pi, 2.0 * math.pi)
    if sweep == 0.0:
        sweep = 2.0 * math.pi
    radius = math.dist((start[p], start[q]), (centre[p], centre[q]))
    return math.hypot(radius * (sweep + 2.0 * math.pi * turns), end[n] - start[n])


def dwell(control: Control, seconds: float) -> None:
    """G4 and the dwells of cycles."""
    if control.compensator is not None:
        control.compensator.dwell(control, seconds)
    else:
        control.record(DWELL, control.state.at, seconds)


def thread_feed(control: Control, block: Block, tapping: bool) -> None:
    """G33 (one pass in step with the spindle) and G33.1 (rigid tap: in, reverse, out)."""
    st = control.state
    name = "G33.1" if tapping else "G33"
    if "k" not in block.words:
        raise BlockFault(f"K word missing with {name}", "K is the pitch, mm per turn")
    control.forbid_compensation(f"do {name}")
    speed = st.spindle_speed()
    if speed == 0.0:
        raise BlockFault(f"spindle not turning in {name}", "program S.. M3 before")
    end, start = target(control, block), list(st.at)
    control.end_cycle()
    f = abs(speed) * abs(block.words["k"]) * st.scale
    control.record(FEED, end, f, speed)
    if tapping:
        control.record(FEED, start, f, -speed)
        return
    st.at = end


def probe(control: Control, block: Block) -> None:
    """G38.2 to G38.5: read as a feed to the programmed point; where the touch stops it only the machine knows."""
    if control.state.feed == 0.0:
        raise BlockFault("cannot probe with zero feed rate", "program F before or in this block")
    control.forbid_compensation("probe")
    end = target(control, block)
    control.end_cycle()
    control.remark("probing is read as a feed to its programmed end point")
    control.record(FEED, end, control.feed_mm_min(_travel(control.state.at, end)))
    control.state.at = end
