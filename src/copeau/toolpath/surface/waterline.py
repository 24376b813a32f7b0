"""Waterline finishing: loops at constant tip height round steep surfaces.

A loop is an iso-line of the cutter's drop surface, so it holds for any convex cutter and any mesh. As for parallel passes, the part of
it belongs to the region whose *contact* lies there: on steep faces the tip runs well beside them.
Material lies to the right of travel: climb milling with a spindle that turns clockwise (M3).
"""

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from copeau.model.errors import CopeauError, Refusal
from copeau.toolpath.surface.dropcutter import DropMesh, drop
from copeau.toolpath.surface.iso import CX, CY, Surface, border_beside, grid_crossings, refined, trace
from copeau.toolpath.surface.sampling import spacing_mm
from copeau.toolpath.surface.scallop import level_step
from copeau.toolpath.surface.shape import ToolShape

BORDER_MM = 5e-4  # as in parallel passes: a contact that stays on the sharp border of the region is not on the region
MOST_CELLS = 4_000_000  # of the grid that finds the loops: 32 MB; larger regions get a coarser one
TRIM_HALVINGS = 6  # of one chord: ends are found to a few micrometres
FLATTEST_RAD = math.radians(15.0)  # below, waterlines crowd without end and passes in a plane do better
MITRE_MOST = 2.0  # tolerances that a corner may be moved
HIDDEN, SIMPLIFIED, BISECTED, SHIFT = 0.25, 0.125, 1.0 / 16.0, 0.4375
"""Shares of the tolerance: between two border points, by leaving points out, in finding one; and what the loop is moved to the free
side, their sum, so that it runs 0 to 1 tolerance beside the border and never inside it."""


@dataclass(frozen=True)
class _Water:
    """What every level shares. `heights` (ny, nx): rests on a grid of `cell` from (`x0`, `y0`), NaN far from the region."""

    surface: Surface
    region: shapely.Geometry
    heights: NDArray[np.float64]
    x0: float
    y0: float
    cell: float
    tolerance_mm: float


def waterline_finish(
    mesh: DropMesh, region, shape: ToolShape, z_levels, tolerance_mm: float = 0.002, *, grow_mm: float = 0.0, allowance_mm: float = 0.0,
) -> list[NDArray[np.float64]]:  # fmt: skip
    """Loops at the given tip heights, from the highest to the lowest, each starting near the end of the one before.

    Parameters
    ----------
    mesh : all that must not be gouged, work coordinates
    region : shapely Polygon or MultiPolygon, XY, where the surface to finish is seen from above
    shape : the cutter
    z_levels : (k,) tip heights, mm; see `waterline_levels`
    tolerance_mm : loops run between 0 and this beside the true border, in XY
    grow_mm : contacts up to this far outside the region count as well
    allowance_mm : material left on everything, >= 0

    Returns
    -------
    list of (n, 3) float : tip positions, mm; a closed loop ends where it starts

    Raises
    ------
    Refusal
        "nothing_to_finish" when no level has a contact in the region.
    """
    grown = shape.grown(allowance_mm) if allowance_mm > 0.0 else shape
    water = _water(mesh, region, grown, tolerance_mm, grow_mm)
    levels = np.sort(np.asarray(z_levels, float).reshape(-1))[::-1]
    loops, at = [], None
    for z in levels:
        for loop in _nearest_first(_level_lines(water, z - allowance_mm), at):
            loops.append(np.column_stack([loop, np.full(len(loop), z)]))
            at = loop[-1]
    if not loops:
        raise Refusal(
            "nothing_to_finish",
            f"a cutter of radius {shape.radius_mm:g} mm touches the region of {water.region.area:.4g} mm2 on none of {len(levels)} levels",
        )
    return loops


def waterline_levels(
    mesh: DropMesh, region, shape: ToolShape, cusp_mm: float, flattest_rad: float = FLATTEST_RAD, most_mm: float | None = None
) -> NDArray[np.float64]:
    """Tip heights (k,), falling, that leave cusps of at most `cusp_mm` on the facets over the region.

    Each step is the smallest that `level_step` allows on a facet which the step crosses. Facets flatter than `flattest_rad` have no
    say. The first level touches the highest of the others, the last the lowest. `most_mm`: largest step, unset the radius.

    Raises
    ------
    Refusal
        "nothing_to_finish" when no facet over the region is steep enough.
    CopeauError
        When the cusp is not over 0.
    """
    if not cusp_mm > 0.0:
        raise CopeauError(f"a cusp of {cusp_mm:g} mm cannot be kept", mend="ask for a cusp over 0")
    low, high, step = _tip_bands(mesh, region, shape, cusp_mm, flattest_rad)
    step = np.minimum(step, shape.radius_mm if most_mm is None else most_mm)
    bottom, levels = low.min(), [high.max()]
    while levels[-1] > bottom:
        z = levels[-1]
        reached = (low < z) & (high > z - step)
        levels.append(max(z - step[reached].min() if reached.any() else high[high < z].max(), bottom))
    return np.array(levels)


def _tip_bands(mesh: DropMesh, region, shape, cusp_mm, flattest_rad):
    """Lowest and highest tip in contact with each steep facet over the region, and the step that its slope allows."""
    corners, nz = mesh.rows[:, :9].reshape(-1, 3, 3), mesh.rows[:, 11]
    where = shapely.make_valid(region)
    shapely.prepare(where)
    middle = corners.mean(1)
    steep = np.arccos(np.clip(nz, 0.0, 1.0))
    mine = (nz > 0.0) & (mesh.edges >= 8) & (steep >= flattest_rad) & shapely.contains_xy(where, middle[:, 0], middle[:, 1])
    if not mine.any():
        raise Refusal("nothing_to_finish", f"no facet over the region is steeper than {math.degrees(flattest_rad):g} degrees")
    corners, steep = corners[mine], steep[mine]
    rise = shape.corner_mm * (1.0 - np.cos(steep))
    step = np.array([level_step(shape, cusp_mm, float(slope)) for slope in steep])
    return corners[:, :, 2].min(1) - rise, corners[:, :, 2].max(1) - rise, step


def _water(mesh: DropMesh, region, shape: ToolShape, tolerance_mm, grow_mm) -> _Water:
    where = shapely.make_valid(region).buffer(grow_mm - BORDER_MM)
    if where.is_empty:
        raise Refusal("nothing_to_finish", f"the region of {region.area:.4g} mm2 is thinner than {2 * BORDER_MM:g} mm")
    shapely.prepare(where)
    cell = 2.0 * spacing_mm(shape, tolerance_mm)
    around = where.buffer(shape.radius_mm + 2.0 * cell)
    x0, y0, x1, y1 = around.bounds
    cell = max(cell, math.sqrt((x1 - x0) * (y1 - y0) / MOST_CELLS))
    xs, ys = np.arange(x0, x1 + cell, cell), np.arange(y0, y1 + cell, cell)
    gx, gy = np.meshgrid(xs, ys)
    shapely.prepare(around)
    near = shapely.contains_xy(around, gx, gy)
    heights = np.full(gx.shape, np.nan)
    heights[near] = drop(mesh, shape, np.column_stack([gx[near], gy[near]]))
    surface = Surface(mesh.rows, mesh.edges, mesh.boxes, mesh.children, shape.numbers())
    return _Water(surface, where, heights, x0, y0, cell, tolerance_mm)


def _level_lines(water: _Water, z: float) -> list[NDArray[np.float64]]:
    """Trimmed and simplified lines (n, 2) of one level."""
    accuracy = BISECTED * water.tolerance_mm
    points, following = grid_crossings(water.surface, z, water.heights, water.x0, water.y0, water.cell, accuracy)
    order, starts, closed = trace(following)
    out = []
    for k, is_closed in enumerate(closed):
        line = points[order[starts[k] : starts[k + 1]]]
        if is_closed:
            line = np.vstack([line, line[:1]])
        if len(line) < 2:
            continue
        line, broken = refined(water.surface, z, line, HIDDEN * water.tolerance_mm, accuracy)
        out += [_moved(piece, water.tolerance_mm) for piece in _trimmed(water, z, line, broken, is_closed)]
    return [line for line in out if len(line) >= 2]


def _trimmed(water: _Water, z, line, broken, is_closed):
    """Pieces (n, 2) of the line whose contact is in the region; the whole, closed, when all of it is."""
    inside = shapely.contains_xy(water.region, line[:, CX], line[:, CY])
    joined = inside[:-1] & inside[1:] & ~broken[:-1]
    if is_closed and joined.all():
        return [line[:, :2]]
    if is_closed:
        # cut in a gap; the point before it and the one behind it stay at both ends as neighbours of the first and last pieces
        gap = int(np.argmin(joined))
        order = np.arange(gap, gap + len(joined) + 2) % len(joined)
        line, inside, joined, broken = line[order], inside[order], joined[order[:-1]], broken[order]
    first, stop = (1, len(line) - 1) if is_closed else (0, len(line))
    pieces = []
    for last in np.append(first + np.flatnonzero(~joined[first : stop - 1]), stop - 1):
        if inside[first]:
            piece = [line[first : last + 1, :2]]
            if first > 0 and not broken[first - 1]:
                piece.insert(0, _last_inside(water, z, line[first], line[first - 1]))
            if last + 1 < len(line) and not broken[last]:
                piece.append(_last_inside(water, z, line[last], line[last + 1]))
            pieces.append(np.vstack(piece))
        first = last + 1
    return [piece for piece in pieces if len(piece) > 1]


def _last_inside(water: _Water, z, good, bad):
    """(0 or 1, 2): the last border point between `good` and `bad` found by halving whose contact is still in the region."""
    best, found = good, np.zeros((0, 2))
    for _ in range(TRIM_HALVINGS):
        chord = bad[:2] - best[:2]
        length = float(np.hypot(*chord))
        if length <= water.tolerance_mm:
            break
        middle, out = 0.5 * (best[:2] + bad[:2]), np.empty(4)
        least, accuracy = HIDDEN * water.tolerance_mm, BISECTED * water.tolerance_mm
        nx, ny = -chord[1] / length, chord[0] / length
        if border_beside(water.surface, z, middle[0], middle[1], nx, ny, least, length, accuracy, out) > 1:
            break
        if shapely.contains_xy(water.region, out[CX], out[CY]):
            best, found = out, out[None, :2]
        else:
            bad = out
    return found


def _moved(line, tolerance_mm):
    """The line with fewer points, moved to its left by the share of the tolerance that points and chords may lack."""
    thin = shapely.get_coordinates(shapely.simplify(shapely.linestrings(line), SIMPLIFIED * tolerance_mm, preserve_topology=False))
    thin = thin[np.append(True, (np.diff(thin, axis=0) != 0.0).any(1))]
    if len(thin) < 2:
        return thin
    along = np.diff(thin, axis=0)
    along /= np.linalg.norm(along, axis=1)[:, None]
    left = np.column_stack([-along[:, 1], along[:, 0]])
    is_closed = (thin[0] == thin[-1]).all()
    before = np.vstack([left[-1:] if is_closed else left[:1], left])
    after = np.vstack([left, left[:1] if is_closed else left[-1:]])
    mitre = (before + after) / np.maximum(1.0 + (before * after).sum(1), 2.0 / MITRE_MOST**2)[:, None]
    return thin + SHIFT * tolerance_mm * mitre


def _nearest_first(lines, at):
    """Lines in the order of a walk to the nearest; closed ones turned to start at their point nearest to the walker."""
    left = list(lines)
    while left:
        if at is None:
            nearest = 0
        else:
            nearest = int(np.argmin([_distance(line, at) for line in left]))
        line = left.pop(nearest)
        if at is not None and (line[0] == line[-1]).all():
            turn = int(np.argmin(np.hypot(*(line[:-1] - at).T)))
            line = np.vstack([line[turn:-1], line[: turn + 1]])
        at = line[-1]
        yield line


def _distance(line, at):
    reachable = line if (line[0] == line[-1]).all() else line[:1]
    return float(np.hypot(*(reachable - at).T).min())
