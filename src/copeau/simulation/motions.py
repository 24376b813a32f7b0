"""The motions of a program as the sweep kernels read them: pieces in the frame of the tool axis.

The frame has u, v = the part's axes after the tool's own axis in cyclic order, and z along the tool axis towards the spindle. It is
left-handed when the tool looks along a falling part axis: arcs then turn the other way.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copeau.model.moves import AXES_OF_PLANE, DWELL, FEED, RAPID, Moves, arc_sweeps, ends, to_polyline
from copeau.simulation.axis_field import CHAINED, STEEP, TEST_ONLY
from copeau.simulation.axis_field import RAPID as RAPID_FLAG

CHORD_MM = 1e-3
"""Sagitta of the chords that stand for helices and for arcs out of the tool's plane."""
RADIUS_MM = 2e-3
"""Start and end radius of an arc may differ by this, the rounding of a program's digits; else it is a spiral and cut in chords."""
SNAP = 1e-9
"""An entry of a rotation nearer to 0, 1 or -1 is taken as that: a matrix written with ten digits is meant exactly."""
STEEP_RATIO = 0.5
"""A feed falls steeply when it sinks by more than this share of its length: 30 degrees."""


@dataclass(frozen=True)
class Frame:
    """Where the tool axis lies in the part: part axis `axis`, rising with it (`flip` 1) or falling (-1); `part_to_wcs` snapped."""

    axis: int
    flip: float
    part_to_wcs: NDArray[np.float64]

    @property
    def plane(self) -> tuple[int, int]:
        """Part axes u, v."""
        return (self.axis + 1) % 3, (self.axis + 2) % 3

    def points(self, wcs: NDArray[np.float64]) -> NDArray[np.float64]:
        """WCS points (n, 3) in the frame. Heights come by one subtraction: a level motion stays level to the bit."""
        rotation, shift = self.part_to_wcs[:3, :3], self.part_to_wcs[:3, 3]
        local = wcs - shift
        u, v = self.plane
        return np.column_stack([local @ rotation[:, u], local @ rotation[:, v], local[:, 2]])


@dataclass(frozen=True)
class Pieces:
    """`seg` (n, 6), `arc` (n, 5), `flags` (n,) of `axis_field`; `row` (n,) the motion that each piece comes from."""

    seg: NDArray[np.float64]
    arc: NDArray[np.float64]
    flags: NDArray[np.int64]
    row: NDArray[np.intp]


def snapped(part_to_wcs) -> NDArray[np.float64]:
    """The matrix with entries of its rotation that are nearly 0, 1 or -1 made exact."""
    out = np.array(part_to_wcs, float)
    whole = np.round(out[:3, :3])
    near = np.abs(out[:3, :3] - whole) < SNAP
    out[:3, :3][near] = whole[near]
    return out


def aligned_frame(part_to_wcs) -> Frame | None:
    """The frame of a setup whose tool axis is an axis of the part; None for any other."""
    matrix = snapped(part_to_wcs)
    direction = matrix[2, :3]
    axis = int(np.abs(direction).argmax())
    if abs(direction[axis]) != 1.0:
        return None
    return Frame(axis, float(direction[axis]), matrix)


def pieces(moves: Moves, start, frame: Frame, dogleg: bool, arcs: bool = True) -> Pieces:
    """Straight pieces and, with `arcs`, level arcs of a program; dwells and motions of no length are left out.

    With `dogleg` the path of a rapid on a control that drives each axis at its own speed is added, to be tested, not cut.
    """
    frm, to = ends(moves, start)
    sweep = arc_sweeps(moves, start)
    level = _level_arcs(moves, frm, to, sweep) & arcs
    plain = moves
    if level.any():
        plain = moves.copy()
        plain["kind"][level] = FEED
    if (sweep[~level] != 0.0).any():
        lines, row = to_polyline(plain, start, CHORD_MM)
    else:
        lines, row = np.hstack([frm, to]), np.arange(len(moves))
    moved = (lines[:, :3] != lines[:, 3:]).any(axis=1) | level[row]
    keep = moved & (moves["kind"][row] != DWELL)
    if len(keep):
        keep[0] |= moves["kind"][row[0]] != DWELL
    lines, row = lines[keep], row[keep]
    seg = np.hstack([frame.points(lines[:, :3]), frame.points(lines[:, 3:])])
    arc = _arcs(moves, sweep, level, row, seg, frame)
    out = Pieces(seg, arc, _flags(moves, seg, arc, row), row)
    return _with_doglegs(out, lines, frame) if dogleg else out


def _level_arcs(moves: Moves, frm, to, sweep) -> NDArray[np.bool_]:
    """Arcs round the tool axis at one height, whose two radii agree."""
    p, q, n = AXES_OF_PLANE[17]
    centre = np.column_stack([moves["i"], moves["j"]])
    r0 = np.hypot(frm[:, p] - centre[:, 0], frm[:, q] - centre[:, 1])
    r1 = np.hypot(to[:, p] - centre[:, 0], to[:, q] - centre[:, 1])
    return (sweep != 0.0) & (moves["plane"] == 17) & (frm[:, n] == to[:, n]) & (np.abs(r1 - r0) <= RADIUS_MM)


def _arcs(moves: Moves, sweep, level, row, seg, frame: Frame) -> NDArray[np.float64]:
    """`arc` rows: centre u, v, radius, first angle, sweep; zeros on straight pieces."""
    arc = np.zeros((len(row), 5))
    k = np.flatnonzero(level[row])
    r = row[k]
    height = np.zeros(len(r))
    arc[k, :2] = frame.points(np.column_stack([moves["i"][r], moves["j"][r], height]))[:, :2]
    du, dv = seg[k, 0] - arc[k, 0], seg[k, 1] - arc[k, 1]
    arc[k, 2], arc[k, 3] = np.hypot(du, dv), np.arctan2(dv, du)
    arc[k, 4] = frame.flip * np.clip(sweep[r], -2 * np.pi, 2 * np.pi)
    return arc


def _flags(moves: Moves, seg, arc, row) -> NDArray[np.int64]:
    """RAPID, STEEP, and CHAINED where the tool has just stood at the start of a piece, which no arc has brought it to."""
    rapid = moves["kind"][row] == RAPID
    tool = moves["tool"][row]
    chained = np.zeros(len(row), bool)
    chained[1:] = (tool[1:] == tool[:-1]) & (seg[1:, :3] == seg[:-1, 3:]).all(axis=1) & (arc[:-1, 4] == 0.0)
    travel = seg[:, 3:] - seg[:, :3]
    steep = ~rapid & (-travel[:, 2] > STEEP_RATIO * np.linalg.norm(travel, axis=1))
    return RAPID_FLAG * rapid + CHAINED * chained + STEEP * steep


def dogleg(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (k, 3) of a rapid whose axes run at one speed each and stop one after the other; from a to b."""
    travel = b - a
    stops = np.unique(np.abs(travel))
    done = np.minimum(np.abs(travel)[None, :], np.concatenate([[0.0], stops[stops > 0.0]])[:, None])
    return a + np.sign(travel) * done


def _with_doglegs(p: Pieces, lines, frame: Frame) -> Pieces:
    """Insert, before each rapid that moves several axes by unlike lengths, its dog-leg as pieces that are only tested."""
    travel = np.abs(lines[:, 3:] - lines[:, :3])
    largest = travel.max(axis=1, keepdims=True)
    bent = np.flatnonzero((p.flags & RAPID_FLAG > 0) & ((travel > 0.0) & (travel < largest)).any(axis=1))
    if not len(bent):
        return p
    legs = [np.hstack([q[:-1], q[1:]]) for q in (dogleg(lines[k, :3], lines[k, 3:]) for k in bent)]
    at = np.repeat(bent, [len(q) for q in legs])
    every = np.vstack(legs)
    seg = np.hstack([frame.points(every[:, :3]), frame.points(every[:, 3:])])
    return Pieces(
        np.insert(p.seg, at, seg, axis=0),
        np.insert(p.arc, at, 0.0, axis=0),
        np.insert(p.flags, at, RAPID_FLAG | TEST_ONLY),
        np.insert(p.row, at, p.row[at]),
    )


def tool_runs(tool: NDArray[np.int32]) -> list[slice]:
    """Slices of pieces made one after the other with one tool."""
    cuts = (np.flatnonzero(np.diff(tool)) + 1).tolist()
    return [slice(a, b) for a, b in zip([0, *cuts], [*cuts, len(tool)]) if b > a]


