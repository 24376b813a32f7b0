"""Which points a cutter passed over: the test behind "the tool has been in that corner"."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from copeau.kernels import kernel
from copeau.model.moves import CCW, CW, FEED, to_polyline
from copeau.model.program import Program
from copeau.model.tool import Tool

CHORD_MM = 1e-3  # sagitta of the chords that stand for arcs: a tenth of a gouge that counts
BIN_MM = 1.0  # points are looked up in squares of this size
CUTTING = (FEED, CW, CCW)
MOST_BINS = 2000  # along a side
GOLDEN = 0.5 * (math.sqrt(5.0) - 1.0)
SPAN_MM = 1e-5  # a one-dimensional minimum is known when its bracket is this short: flat there to far below a micrometre


@dataclass(frozen=True)
class SetupMotion:
    """What one setup did: its programs as interpreted, its tools by number, and the place of the part in its work coordinates."""

    id: str
    part_to_wcs: NDArray[np.float64]  # 4x4, mm
    programs: tuple[Program, ...]
    tools: dict[int, Tool] = field(default_factory=dict)

    @property
    def axis(self) -> NDArray[np.float64]:
        """Unit vector in part coordinates, from the part towards the spindle."""
        return np.asarray(self.part_to_wcs, float)[2, :3]

    def to_wcs(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Part coordinates (n, 3) to work coordinates."""
        matrix = np.asarray(self.part_to_wcs, float)
        return points @ matrix[:3, :3].T + matrix[:3, 3]


def cutting_pieces(setup: SetupMotion) -> dict[int, NDArray[np.float64]]:
    """For each tool number, the straight pieces (k, 6), start and end of the tip, of all its motions but rapids."""
    pieces: dict[int, list[NDArray[np.float64]]] = {}
    for program in setup.programs:
        lines, row = to_polyline(program.moves, program.start, CHORD_MM)
        kind, tool = program.moves["kind"][row], program.moves["tool"][row]
        cuts = np.isin(kind, CUTTING)
        for number in np.unique(tool[cuts]):
            pieces.setdefault(int(number), []).append(lines[(tool == number) & cuts])
    return {number: np.vstack(lines) for number, lines in sorted(pieces.items())}


def passed_over(points: NDArray[np.float64], pieces: NDArray[np.float64], flat_mm: float, round_mm: float) -> NDArray[np.bool_]:
    """Which points (n, 3), in work coordinates, lie in or above what a cutter swept.

    The cutter's underside is level up to the radius `flat_mm` and rises by a quarter circle of radius `round_mm` around it.
    """
    out = np.zeros(len(points), np.bool_)
    if not len(points) or not len(pieces):
        return out
    low = points[:, :2].min(0)
    extent = float((points[:, :2].max(0) - low).max())
    size = max(BIN_MM, extent / MOST_BINS)
    nx, ny = (int(v) for v in ((points[:, :2].max(0) - low) / size).astype(int) + 1)
    cell = ((points[:, 1] - low[1]) / size).astype(int) * nx + ((points[:, 0] - low[0]) / size).astype(int)
    order = np.argsort(cell, kind="stable")
    first = np.searchsorted(cell[order], np.arange(nx * ny + 1))
    inside = np.zeros(len(points), np.bool_)
    # The deepest first: they mark what the levels above need not look at again.
    deepest = pieces[np.argsort(np.minimum(pieces[:, 2], pieces[:, 5]), kind="stable")]
    mark_passed(np.ascontiguousarray(points[order]), first, low[0], low[1], size, nx, ny, deepest, flat_mm, round_mm, inside)
    out[order] = inside
    return out


@kernel
def mark_passed(points, first, x0, y0, size, nx, ny, pieces, flat, rounding, inside):
    """Mark the points, sorted by bin, above the lowest place of the cutter's underside over them."""
    radius = flat + rounding
    for m in pieces:
        i0 = max(0, int(math.floor((min(m[0], m[3]) - radius - x0) / size)))
        i1 = min(nx - 1, int(math.floor((max(m[0], m[3]) + radius - x0) / size)))
        j0 = max(0, int(math.floor((min(m[1], m[4]) - radius - y0) / size)))
        j1 = min(ny - 1, int(math.floor((max(m[1], m[4]) + radius - y0) / size)))
        if i1 < i0:
            continue
        for j in range(j0, j1 + 1):
            for k in range(first[j * nx + i0], first[j * nx + i1 + 1]):
                if not inside[k] and points[k, 2] > min(m[2], m[5]):
                    inside[k] = points[k, 2] > lowest_over(points[k], m, flat, rounding)


@kernel
def underside(distance, flat, rounding):
    """Height of the cutter's underside over its tip, `distance` <= flat + rounding from its axis."""
    if distance <= flat:
        return 0.0
    e = min(distance - flat, rounding)
    return rounding - math.sqrt(rounding * rounding - e * e)


@kernel
def lowest_over(p, m, flat, rounding):
    """Lowest height of the cutter's underside over (p[0], p[1]) while its tip goes from m[:3] to m[3:]; inf where it never is.

    The underside is convex, so its height over a fixed place is a convex function of the way along a straight motion.
    """
    radius = flat + rounding
    dx, dy, dz = m[3] - m[0], m[4] - m[1], m[5] - m[2]
    px, py = p[0] - m[0], p[1] - m[1]
    level2 = dx * dx + dy * dy
    if level2 == 0.0:
        d = math.sqrt(px * px + py * py)
        return min(m[2], m[5]) + underside(d, flat, rounding) if d <= radius else math.inf
    middle = (px * dx + py * dy) / level2
    off2 = (px * dy - py * dx) ** 2 / level2
    if off2 > radius * radius:
        return math.inf
    half = math.sqrt((radius * radius - off2) / level2)
    lo, hi = max(0.0, middle - half), min(1.0, middle + half)
    if lo > hi:
        return math.inf
    if dz == 0.0:
        return m[2] + over(min(max(middle, lo), hi), middle, off2, level2, dz, flat, rounding)
    if rounding == 0.0:
        return m[2] + min(lo * dz, hi * dz)
    long = math.sqrt(level2 + dz * dz)
    a, b = hi - GOLDEN * (hi - lo), lo + GOLDEN * (hi - lo)
    fa, fb = over(a, middle, off2, level2, dz, flat, rounding), over(b, middle, off2, level2, dz, flat, rounding)
    least = min(over(lo, middle, off2, level2, dz, flat, rounding), over(hi, middle, off2, level2, dz, flat, rounding), fa, fb)
    while (hi - lo) * long > SPAN_MM:
        if fa <= fb:
            hi, b, fb = b, a, fa
            a = hi - GOLDEN * (hi - lo)
            fa = over(a, middle, off2, level2, dz, flat, rounding)
        else:
            lo, a, fa = a, b, fb
            b = lo + GOLDEN * (hi - lo)
            fb = over(b, middle, off2, level2, dz, flat, rounding)
        least = min(least, fa, fb)
    return m[2] + least


@kernel
def over(t, middle, off2, level2, dz, flat, rounding):
    """Height of the underside over a place, t along the motion, from where the tip starts."""
    return t * dz + underside(math.sqrt(off2 + (t - middle) ** 2 * level2), flat, rounding)
