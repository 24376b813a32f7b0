"""`Moves`: every motion of the chain in one structured array, and what can be computed on it.

One row is one motion from the end point of the row before it. Row 0 starts at a point that the holder
of the array keeps (`Program.start`, or the entry point of a toolpath). Positions are the tool tip in
the setup's work coordinates (WCS), mm. Unset numbers are NaN, never 0.
"""

import numpy as np
from numpy.typing import NDArray

RAPID, FEED, CW, CCW, DWELL = 0, 1, 2, 3, 4
"""Kinds of motion. CW and CCW as seen from the positive end of the axis normal to `plane` (ISO 841)."""

MOVE = np.dtype(
    [
        ("kind", "u1"),
        ("plane", "u1"),  # 17 XY, 18 ZX, 19 YZ: plane of an arc; 17 for straight motions
        ("x", "f8"), ("y", "f8"), ("z", "f8"),  # end point, mm
        ("a", "f8"), ("b", "f8"), ("c", "f8"),  # rotary position, degrees
        ("i", "f8"), ("j", "f8"), ("k", "f8"),  # arc centre, mm, absolute in WCS; NaN on straight motions
        ("turns", "i4"),  # full turns beyond the first of an arc, usually 0
        ("f", "f8"),  # mm/min; s for a dwell; NaN on rapids
        ("s", "f8"),  # spindle, 1/min, negative counterclockwise (M4), 0 stopped
        ("tool", "i4"),  # number of the tool in the spindle, 0 none
        ("h", "i4"),  # tool length offset in force, tool number, 0 none (G49)
        ("line", "i4"),  # line of the program text, from 1; -1 where there is no text
        ("step", "i4"),  # index of the workingstep, -1 unknown
    ]
)  # fmt: skip

Moves = NDArray[np.void]

AXES_OF_PLANE = {17: (0, 1, 2), 18: (2, 0, 1), 19: (1, 2, 0)}
"""In-plane first and second axis and normal axis, by G17, G18, G19."""


def empty_moves(n: int) -> Moves:
    """`n` straight feed rows with everything that a row may leave open set to NaN, 0 or -1."""
    m = np.zeros(n, MOVE)
    m["kind"], m["plane"], m["line"], m["step"] = FEED, 17, -1, -1
    for name in ("i", "j", "k", "f"):
        m[name] = np.nan
    return m


def line_moves(points: NDArray[np.float64], feed_mm_min: float, kind: int = FEED) -> Moves:
    """Straight motions to each of `points` (n, 3), mm; `kind` RAPID ignores the feed."""
    m = empty_moves(len(points))
    m["kind"] = kind
    m["x"], m["y"], m["z"] = np.asarray(points, float).reshape(-1, 3).T
    m["f"] = np.nan if kind == RAPID else feed_mm_min
    return m


def arc_move(end, centre, feed_mm_min: float, clockwise: bool, turns: int = 0) -> Moves:
    """One G17 arc or helix to `end` (x, y, z) round `centre` (x, y), mm."""
    m = empty_moves(1)
    m["kind"] = CW if clockwise else CCW
    m["x"], m["y"], m["z"] = end
    m["i"], m["j"], m["k"] = centre[0], centre[1], end[2]
    m["f"], m["turns"] = feed_mm_min, turns
    return m


def ends(moves: Moves, start) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Start and end point of every motion, each (n, 3), mm."""
    to = np.column_stack([moves["x"], moves["y"], moves["z"]]).astype(float)
    frm = np.vstack([np.asarray(start, float).reshape(1, 3), to[:-1]]) if len(to) else to
    return frm, to


def arc_sweeps(moves: Moves, start) -> NDArray[np.float64]:
    """Signed angle (rad) that each motion turns about its centre, positive counterclockwise; 0 on straight motions.

    An arc that ends where it starts is a full circle (RS274/NGC).
    """
    frm, to = ends(moves, start)
    out = np.zeros(len(moves))
    centre = np.column_stack([moves["i"], moves["j"], moves["k"]])
    for plane, (p, q, _) in AXES_OF_PLANE.items():
        k = np.flatnonzero(((moves["kind"] == CW) | (moves["kind"] == CCW)) & (moves["plane"] == plane))
        if not len(k):
            continue
        a0 = np.arctan2(frm[k, q] - centre[k, q], frm[k, p] - centre[k, p])
        a1 = np.arctan2(to[k, q] - centre[k, q], to[k, p] - centre[k, p])
        sign = np.where(moves["kind"][k] == CCW, 1.0, -1.0)
        angle = np.mod(sign * (a1 - a0), 2 * np.pi)
        angle = np.where(angle < FULL_CIRCLE_RAD, angle + 2 * np.pi, angle)
        out[k] = sign * (angle + 2 * np.pi * moves["turns"][k])
    return out


FULL_CIRCLE_RAD = 1e-9
"""An arc that sweeps less is a full circle: below the angle of 0.1 um on a radius of 100 m."""


def lengths(moves: Moves, start) -> NDArray[np.float64]:
    """Length of each motion, mm; helices along the helix, dwells 0."""
    frm, to = ends(moves, start)
    out = np.linalg.norm(to - frm, axis=1)
    sweep = arc_sweeps(moves, start)
    centre = np.column_stack([moves["i"], moves["j"], moves["k"]])
    for plane, (p, q, n) in AXES_OF_PLANE.items():
        k = np.flatnonzero((sweep != 0.0) & (moves["plane"] == plane))
        radius = np.hypot(frm[k, p] - centre[k, p], frm[k, q] - centre[k, q])
        out[k] = np.hypot(radius * sweep[k], to[k, n] - frm[k, n])
    out[moves["kind"] == DWELL] = 0.0
    return out


def times(moves: Moves, start, rapid_mm_min: float) -> NDArray[np.float64]:
    """Seconds of each motion at its programmed feed, rapids at `rapid_mm_min`; no acceleration."""
    speed = np.where(moves["kind"] == RAPID, rapid_mm_min, moves["f"])
    out = lengths(moves, start) / speed * 60.0
    return np.where(moves["kind"] == DWELL, moves["f"], np.nan_to_num(out))


def transform(moves: Moves, matrix: NDArray[np.float64]) -> Moves:
    """The same motions seen through a rotation about Z and a shift (4x4); arcs stay arcs of G17.

    Any other rotation would turn the arc planes: use `to_polyline` first.
    """
    out = moves.copy()
    for names in (("x", "y", "z"), ("i", "j", "k")):
        p = np.column_stack([moves[n] for n in names]) @ matrix[:3, :3].T + matrix[:3, 3]
        for axis, name in enumerate(names):
            out[name] = p[:, axis]
    return out


def to_polyline(moves: Moves, start, tolerance_mm: float) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Straight pieces of all motions: (k, 6) start and end points, and (k,) the row each comes from.

    Arcs become chords whose sagitta is at most `tolerance_mm`; their inner points lie on the arc.
    """
    frm, to = ends(moves, start)
    sweep = arc_sweeps(moves, start)
    centre = np.column_stack([moves["i"], moves["j"], moves["k"]])
    radius = np.zeros(len(moves))
    for plane, (p, q, _) in AXES_OF_PLANE.items():
        k = np.flatnonzero((sweep != 0.0) & (moves["plane"] == plane))
        radius[k] = np.hypot(frm[k, p] - centre[k, p], frm[k, q] - centre[k, q])
    ratio = np.clip(tolerance_mm / np.maximum(radius, tolerance_mm), 0.0, 1.0)
    count = np.maximum(1, np.ceil(np.abs(sweep) / (2.0 * np.arccos(1.0 - ratio)) - 1e-9)).astype(int)
    row = np.repeat(np.arange(len(moves)), count)
    nth = np.arange(len(row)) - np.repeat(np.concatenate([[0], np.cumsum(count)[:-1]]), count).astype(int) + 1
    t = nth / count[row] if len(row) else np.zeros(0)
    point = frm[row] + (to[row] - frm[row]) * t[:, None]
    for plane, (p, q, _) in AXES_OF_PLANE.items():
        k = np.flatnonzero((sweep[row] != 0.0) & (moves["plane"][row] == plane) & (nth < count[row]))
        r = row[k]
        a0 = np.arctan2(frm[r, q] - centre[r, q], frm[r, p] - centre[r, p])
        angle = a0 + sweep[r] * t[k]
        point[k, p] = centre[r, p] + radius[r] * np.cos(angle)
        point[k, q] = centre[r, q] + radius[r] * np.sin(angle)
    before = np.vstack([np.asarray(start, float).reshape(1, 3), point[:-1]]) if len(point) else point
    return np.hstack([before, point]), row


def bounds(moves: Moves, start) -> NDArray[np.float64]:
    """Lowest and highest corner (2, 3) of all tip positions, arcs included to 0.01 mm."""
    pieces, _ = to_polyline(moves, start, 0.01)
    points = np.vstack([pieces[:, :3], pieces[:, 3:]]) if len(pieces) else np.asarray(start, float).reshape(1, 3)
    return np.array([points.min(0), points.max(0)])
