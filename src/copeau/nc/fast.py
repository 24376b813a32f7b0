"""Runs of plain blocks, read and executed in one compiled loop.

A plain block has only the words N G0 to G3 X Y Z A B C I J K R F S with plain numbers, and comments. Whatever else stands in a
block, and whatever would be a fault, is left untouched to the general interpreter: the scanner stops before that line. It knows
no rule of its own: what it does, `execute` does alike, and it never raises.
"""

import math

import numpy as np

from copeau.kernels import kernel
from copeau.model.moves import CCW, CW, FEED, MOVE, RAPID
from copeau.nc import arcs
from copeau.nc.blocks import LONGEST_LINE
from copeau.nc.control import Control
from copeau.nc.source import Source
from copeau.nc.state import INCH

CHUNK = 1 << 15
"""Rows of one call: 5 MB."""
MOST_DIGITS = 15
"""A mantissa of so many digits, divided by a power of ten, is the number nearest to its decimal form, as `float` gives it."""
NO_MOTION = -1
IDLE_CALLS, REST_LINES = 4, 32
"""After so many calls that found no plain block, the scanner is not tried for so many lines."""

_POWERS = 10.0 ** np.arange(23)

# Places in the float state
_FEED, _SCALE, _SPEED, _COS, _SIN, _SHIFT = 6, 7, 8, 9, 10, 11  # the position comes first
# Places in the integer state
_MOTION, _PLANE, _INCREMENTAL, _ABSOLUTE_CENTRES, _IDENTITY, _FED, _TOOL, _OFFSET, _INCHES, _STRAIGHT_ONLY, _POINTS, _TURN = range(12)
_LONGEST = 12

_LETTERS = {c: i for i, c in enumerate("xyzabcijkrfs")}
_R, _F, _S = _LETTERS["r"], _LETTERS["f"], _LETTERS["s"]
_INDEX = np.full(256, -1, np.int64)
for _letter, _place in _LETTERS.items():
    _INDEX[ord(_letter)] = _INDEX[ord(_letter.upper())] = _place


@kernel
def _number(buffer, at, end, value):
    """Read a plain number at `at` into value[0]; value[1] is 1 where it has a decimal point.

    Returns
    -------
    int : place after it, -1 where there is no plain number
    """
    while at < end and (buffer[at] == 32 or buffer[at] == 9):
        at += 1
    negative = False
    if at < end and (buffer[at] == 45 or buffer[at] == 43):
        negative = buffer[at] == 45
        at += 1
    mantissa, digits, decimals, point = 0, 0, 0, False
    while at < end:
        c = buffer[at]
        if 48 <= c <= 57:
            mantissa = mantissa * 10 + (c - 48)
            digits += 1
            if point:
                decimals += 1
        elif c == 46 and not point:
            point = True
        else:
            break
        at += 1
        if digits > MOST_DIGITS:
            return -1
    if digits == 0:
        return -1
    number = mantissa / _POWERS[decimals]
    value[0] = -number if negative else number
    value[1] = 1.0 if point else 0.0
    return at


@kernel
def _read_words(buffer, at, end, values, found, number):
    """Words of the line from `at` to `end`: values and found by letter; found[12] the G code or -1, found[13] its count.

    Returns
    -------
    bool : is the block plain?
    """
    found[:] = 0
    found[12] = -1
    first = True
    while at < end:
        c = buffer[at]
        if c == 32 or c == 9:
            at += 1
            continue
        if c == 59:
            return True
        if c == 40:
            at += 1
            while at < end and buffer[at] != 41 and buffer[at] != 40:
                at += 1
            if at >= end or buffer[at] != 41:
                return False
            at += 1
            continue
        at = _number(buffer, at + 1, end, number)
        if at < 0:
            return False
        while at < end and (buffer[at] == 32 or buffer[at] == 9):
            at += 1
        if at < end and (48 <= buffer[at] <= 57 or buffer[at] == 46 or buffer[at] == 43 or buffer[at] == 45):
            return False
        if c == 78 or c == 110:
            if not first or number[0] < 0.0:
                return False
        elif c == 71 or c == 103:
            code = int(number[0])
            if code != number[0] or not 0 <= code <= 3 or found[13]:
                return False
            found[12], found[13] = code, 1
        else:
            place = _INDEX[c]
            if place < 0 or found[place]:
                return False
            values[place] = number[0]
            found[place] = 2 if number[1] else 1
        first = False
    return True


@kernel
def _is_executable(found, ints, floats, values):
    """Can the words be executed here without a fault? 0 no, 1 modes only, 2 a motion."""
    motion = ints[_MOTION]
    if found[12] >= 0:
        motion = found[12]
    axes = False
    for n in range(6):
        axes = axes or found[n] != 0
    centre = found[6] != 0 or found[7] != 0 or found[8] != 0
    if ints[_POINTS]:
        for n in range(10):
            if found[n] == 1:
                return 0
    if (found[_F] and values[_F] < 0.0) or (found[_S] and values[_S] < 0.0):
        return 0
    if not axes:
        return 0 if found[12] >= 0 or centre or found[_R] else 1
    if motion < 0:
        return 0
    feed = values[_F] if found[_F] else floats[_FEED]
    if motion != 0 and not feed > 0.0:
        return 0
    if motion < 2:
        return 0 if centre or found[_R] else 2
    if ints[_STRAIGHT_ONLY] or (centre and found[_R]) or not (centre or found[_R]):
        return 0
    return 2


@kernel
def _centre(found, values, ints, floats, end, p, q, n, ccw):
    """Status, and centre in the plane, of an arc."""
    at, scale = floats, floats[_SCALE]
    if found[6 + n]:
        return arcs.MISMATCH, 0.0, 0.0
    if found[_R]:
        if not (found[p] or found[q]):
            return arcs.SAME_POINT, 0.0, 0.0
        return arcs.centre_from_radius(at[p], at[q], end[p], end[q], values[_R] * scale, ccw)
    if ints[_ABSOLUTE_CENTRES]:
        if not (found[6 + p] and found[6 + q]):
            return arcs.MISMATCH, 0.0, 0.0
        cp, cq = values[6 + p] * scale, values[6 + q] * scale
    else:
        cp = at[p] + (values[6 + p] if found[6 + p] else 0.0) * scale
        cq = at[q] + (values[6 + q] if found[6 + q] else 0.0) * scale
    tolerance = arcs.RADIUS_TOL_INCH * INCH if ints[_INCHES] else arcs.RADIUS_TOL_MM
    return arcs.centre_status(at[p], at[q], end[p], end[q], cp, cq, tolerance), cp, cq


@kernel
def _write(row, ints, floats, end, kind, plane, centre, line):
    """One row in recorded coordinates."""
    x, y, z = end[0], end[1], end[2]
    i, j, k = centre[0], centre[1], centre[2]
    a, b, c = end[3], end[4], end[5]
    if not ints[_IDENTITY]:
        cos, sin = floats[_COS], floats[_SIN]
        x, y = cos * end[0] - sin * end[1] + floats[_SHIFT], sin * end[0] + cos * end[1] + floats[_SHIFT + 1]
        i, j = cos * centre[0] - sin * centre[1] + floats[_SHIFT], sin * centre[0] + cos * centre[1] + floats[_SHIFT + 1]
        z, k = z + floats[_SHIFT + 2], k + floats[_SHIFT + 2]
        a, b, c = a + floats[_SHIFT + 3], b + floats[_SHIFT + 4], c + floats[_SHIFT + 5]
    row.kind, row.plane = kind, plane
    row.x, row.y, row.z, row.a, row.b, row.c = x, y, z, a, b, c
    row.i, row.j, row.k, row.turns = i, j, k, 0
    row.f = math.nan if kind == RAPID else floats[_FEED]
    row.s = floats[_SPEED] * ints[_TURN] if ints[_TURN] else 0.0
    row.tool, row.h, row.line, row.step = ints[_TOOL], ints[_OFFSET], line, -1


@kernel
def _axes(plane):
    if plane == 17:
        return 0, 1, 2
    if plane == 18:
        return 2, 0, 1
    return 1, 2, 0


@kernel
def _scan(buffer, starts, first, last, floats, ints, out):
    """Execute plain blocks of the lines first to last - 1.

    Returns
    -------
    (line, rows) : the first line left to the general interpreter, and the number of rows written
    """
    values, found, number = np.zeros(12), np.zeros(14, np.int64), np.zeros(2)
    end, centre = np.zeros(6), np.zeros(3)
    rows, line = 0, first
    while line < last and rows < len(out):
        stop = starts[line + 1] - 1
        if stop - starts[line] > ints[_LONGEST] or not _read_words(buffer, starts[line], stop, values, found, number):
            break
        what = _is_executable(found, ints, floats, values)
        if what == 0:
            break
        motion = found[12] if found[12] >= 0 else ints[_MOTION]
        plane = 17
        if what == 2:
            for n in range(6):
                if found[n]:
                    value = values[n] * floats[_SCALE] if n < 3 else values[n]
                    end[n] = floats[n] + value if ints[_INCREMENTAL] else value
                else:
                    end[n] = floats[n]
            centre[:] = math.nan
            if motion >= 2:
                plane = ints[_PLANE]
                p, q, normal = _axes(plane)
                status, cp, cq = _centre(found, values, ints, floats, end, p, q, normal, motion == 3)
                if status != arcs.OK:
                    break
                centre[p], centre[q], centre[normal] = cp, cq, end[normal]
        if found[_F]:
            floats[_FEED] = values[_F] * floats[_SCALE]
        if found[_S]:
            floats[_SPEED] = values[_S]
        if what == 2:
            kind = RAPID if motion == 0 else FEED if motion == 1 else CW if motion == 2 else CCW
            _write(out[rows], ints, floats, end, kind, plane, centre, line + 1)
            floats[:6] = end
            ints[_MOTION], ints[_STRAIGHT_ONLY] = motion, 0
            if kind != RAPID:
                ints[_FED] = 1
            rows += 1
        line += 1
    return line, rows


class Scanner:
    """Tries plain runs of one source after the other; remembers when it is not worth trying."""

    def __init__(self) -> None:
        self._idle = 0
        self._rest = 0

    def run(self, control: Control, source: Source, index: int) -> int:
        """Execute plain blocks from line `index` on.

        Returns
        -------
        int
            Index of the first line that is left to the general interpreter.
        """
        st = control.state
        if self._rest > 0:
            self._rest -= 1
            return index
        if control.compensator is not None or st.feed_mode != 94 or st.surface_speed or st.diameter_mode:
            return index
        buffer, starts = source.bytes()
        at = index
        while at < source.last:
            floats, ints = _pack(control)
            out = np.empty(min(CHUNK, source.last - at), MOVE)
            line, rows = _scan(buffer, starts, at, source.last, floats, ints, out)
            _unpack(control, floats, ints, rows)
            if rows:
                control.recorder.extend(out[:rows] if 2 * rows > len(out) else out[:rows].copy())
            at = int(line)
            if rows < len(out):
                break
        self._idle = self._idle + 1 if at == index else 0
        if self._idle >= IDLE_CALLS:
            self._idle, self._rest = 0, REST_LINES
        return at


def _pack(control: Control) -> tuple[np.ndarray, np.ndarray]:
    st, frame = control.state, control.state.frame
    floats = np.array([*st.at, st.feed, st.scale, st.speed, frame.cos, frame.sin, *frame.shift])
    motion = st.motion // 10 if st.motion in (0, 10, 20, 30) else NO_MOTION
    watches_points = control.dialect != "linuxcnc" and not control.calculator_noted
    longest = LONGEST_LINE if control.dialect == "linuxcnc" else 2**31
    ints = np.array(
        [
            motion, st.plane, st.incremental, st.arc_absolute, frame.identity, st.has_fed, st.tool, st.length_offset, st.inches,
            control.straight_next, watches_points, st.spindle, longest,
        ],
        np.int64,
    )  # fmt: skip
    return floats, ints


def _unpack(control: Control, floats: np.ndarray, ints: np.ndarray, rows: int) -> None:
    st = control.state
    st.feed, st.speed = float(floats[_FEED]), float(floats[_SPEED])
    if rows:
        st.at = floats[:6].tolist()
        control.tip = list(st.at)
        st.motion = int(ints[_MOTION]) * 10
        st.has_fed = bool(ints[_FED])
        control.straight_next = bool(ints[_STRAIGHT_ONLY])
        control.end_cycle()
