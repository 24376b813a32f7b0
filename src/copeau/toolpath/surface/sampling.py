"""The drop surface along straight lines in XY: sampled as finely as it bends, then told by few chords that never dip under it.

The tolerance is shared out: the chords run in a band over the samples, and what is left under and over the band is for what may
hide between two samples. So the path lies between 0 and one tolerance above the true surface, measured square to the path: on a steep
rise a height counts by the cosine of the slope, for else a fillet would be told in ever shorter chords towards its wall.
"""

import math

import numpy as np
from numpy.typing import NDArray

from copeau.kernels import kernel
from copeau.toolpath.surface.dropcutter import DropMesh, rest_point
from copeau.toolpath.surface.shape import ToolShape

JUMP_MM = 1e-4  # a tenth of the finest control increment: a rise that fits into less is a wall
LONGEST_SPACING_MM = 0.5  # between samples of the largest cutters
SHORTEST_SPACING_MM = 0.02  # of the sharpest ones: finer samples would tell a tip that no grinder makes
BAND = (0.35, 0.75)  # share of the tolerance under the chords and up to them; more is left below, where hiding is a gouge
BEND = 0.125  # share of the tolerance by which the middle of an accepted interval may miss its chord
STEEPEST_STRETCH = 20.0  # of a height against the distance square to the path: 87 degrees; steeper is as good as a wall
S, Z, CX, CY = 0, 1, 2, 3  # columns of a sampled line: abscissa, tip height, XY of the contact


def spacing_mm(shape: ToolShape, tolerance_mm: float) -> float:
    """Distance of samples between which nothing can rise by more than a quarter of the tolerance.

    What a cutter rolls over is rounded at least to its own corner radius r, and an arc of chord s has the sagitta s^2 / (8 r).
    """
    spacing = math.sqrt(8.0 * shape.smooth_mm * 0.25 * tolerance_mm)
    return min(max(spacing, SHORTEST_SPACING_MM), LONGEST_SPACING_MM)


def sample_line(mesh: DropMesh, shape: ToolShape, start, end, tolerance_mm: float, floor_mm: float = -math.inf) -> NDArray[np.float64]:
    """The drop surface over the XY segment from `start` to `end`, (n, 4): abscissa, tip height, x and y of the contact, mm.

    Abscissae rise; two equal ones bound a vertical step, placed on the side that doesn't gouge. -inf heights where nothing is
    under. Where `floor_mm` holds the tip, the contact is under the axis.
    """
    return _sample_line(
        mesh.rows, mesh.edges, mesh.boxes, mesh.children, shape.numbers(), float(start[0]), float(start[1]), float(end[0]),
        float(end[1]), 2.0 * spacing_mm(shape, tolerance_mm), BEND * tolerance_mm, float(floor_mm),
    )  # fmt: skip


@kernel
def _sample_line(rows, edges, boxes, children, shape, ax, ay, bx, by, spacing, tolerance, floor):
    length = math.hypot(bx - ax, by - ay)
    count = max(1, int(math.ceil(length / spacing)))
    ex, ey = ((bx - ax) / length, (by - ay) / length) if length > 0.0 else (0.0, 0.0)
    out = np.empty((4 * count + 16, 4))
    size = 0
    stack = np.empty((64, 4))  # right ends still to reach, nearest last: each halving adds one
    here, held = np.empty(4), np.empty(4)
    holder = _sample(rows, edges, boxes, children, shape, ax, ay, ex, ey, 0.0, floor, -1, here)
    for i in range(count):
        holder = _sample(rows, edges, boxes, children, shape, ax, ay, ex, ey, length * (i + 1) / count, floor, holder, stack[0])
        waiting = 1
        while waiting > 0:
            goal = stack[waiting - 1]
            holder = _sample(rows, edges, boxes, children, shape, ax, ay, ex, ey, 0.5 * (here[S] + goal[S]), floor, holder, held)
            if goal[S] - here[S] > JUMP_MM and _bends(here[Z], held[Z], goal[Z], 0.5 * (goal[S] - here[S]), tolerance):
                stack[waiting] = held
                waiting += 1
                continue
            if size + 4 > len(out):
                larger = np.empty((2 * len(out), 4))
                larger[:size] = out[:size]
                out = larger
            size = _emit(out, size, here, held, goal, tolerance)
            here[:] = goal
            waiting -= 1
    out[size] = here
    return out[: size + 1].copy()


@kernel
def _sample(rows, edges, boxes, children, shape, ax, ay, ex, ey, s, floor, hint, out):
    x, y = ax + s * ex, ay + s * ey
    tip, cx, cy, _, holder = rest_point(rows, edges, boxes, children, shape, x, y, hint)
    if tip <= floor:
        tip, cx, cy = floor, x, y
    out[S], out[Z], out[CX], out[CY] = s, tip, cx, cy
    return holder


@kernel
def _bends(left, middle, right, half, tolerance):
    """True when the chord misses the middle, `half` from its ends, by more than the tolerance, or when the surface ends in between."""
    some = math.isfinite(left) + math.isfinite(middle) + math.isfinite(right)
    if some < 3:
        return some > 0
    return abs(middle - 0.5 * (left + right)) > tolerance * _stretch(middle - left, right - middle, half, half)


@kernel
def _stretch(rise, next_rise, run, next_run):
    """Height over distance square to the path, where it is flatter of two pieces one after the other: on a corner nothing hides under the steep one."""
    slope = min(abs(rise / run), abs(next_rise / next_run))
    return min(math.sqrt(1.0 + slope * slope), STEEPEST_STRETCH)


@kernel
def _emit(out, size, here, held, goal, tolerance):
    """Write the left end and the middle of an accepted interval, or the two points of a vertical step; new size."""
    out[size] = here
    if goal[S] - here[S] > JUMP_MM or abs(goal[Z] - here[Z]) <= tolerance or not math.isfinite(goal[Z] - here[Z]):
        out[size + 1] = held
        return size + 2
    low, high = (here, goal) if goal[Z] > here[Z] else (goal, here)
    out[size + 1] = high
    out[size + 1, S] = low[S]
    return size + 2


def chords(line: NDArray[np.float64], tolerance_mm: float) -> NDArray[np.float64]:
    """Few points (m, 2) abscissa and height that tell the samples `line` (n, >= 2), all heights finite, within the tolerance.

    On the samples the path lies in `BAND` above the surface.
    """
    steps = np.flatnonzero(np.diff(line[:, S]) <= 0.0)
    pieces = np.split(np.ascontiguousarray(line[:, :2]), steps + 1)
    return np.vstack([_chords(piece, BAND[0] * tolerance_mm, BAND[1] * tolerance_mm) for piece in pieces])


@kernel
def _chords(line, low, high):
    """Longest chords from vertex to vertex inside the band low .. high over the samples; vertices in its middle."""
    n = len(line)
    stretch = np.ones(n)
    for k in range(1, n - 1):
        stretch[k] = _stretch(
            line[k, 1] - line[k - 1, 1], line[k + 1, 1] - line[k, 1], line[k, 0] - line[k - 1, 0], line[k + 1, 0] - line[k, 0]
        )
    raised = line[:, 1] + 0.5 * (low + high) * stretch
    out = np.empty((n, 2))
    out[0, 0], out[0, 1] = line[0, 0], raised[0]
    size, at = 1, 0
    while at < n - 1:
        floor, ceiling, last = -math.inf, math.inf, at + 1
        for k in range(at + 1, n):
            run = line[k, 0] - line[at, 0]
            if floor <= (raised[k] - raised[at]) / run <= ceiling:
                last = k
            floor = max(floor, (line[k, 1] + low * stretch[k] - raised[at]) / run)
            ceiling = min(ceiling, (line[k, 1] + high * stretch[k] - raised[at]) / run)
            if floor > ceiling:
                break
        at = last
        out[size, 0], out[size, 1] = line[at, 0], raised[at]
        size += 1
    return out[:size].copy()
