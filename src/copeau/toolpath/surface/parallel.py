"""Parallel finishing: straight passes in XY, each lying on the drop surface of the cutter.

A pass belongs to the region where the cutter's *contact* does: the tip runs past the region's border when the slope asks for it,
and stops where a neighbouring wall takes the cutter over.
"""

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from copeau.model.errors import Refusal
from copeau.toolpath.surface.dropcutter import DropMesh, rest
from copeau.toolpath.surface.sampling import S, Z, chords, sample_line
from copeau.toolpath.surface.shape import ToolShape

BORDER_MM = 5e-4
"""The region is taken in by this much: a cutter that rolls over the sharp border of a face keeps its contact on that border, and
would otherwise be led round it, half a cutter down. Half the finest control increment."""
TRIM_HALVINGS = 8  # of one sample spacing: ends are found to a few micrometres


@dataclass(frozen=True)
class _Passes:
    """What every pass of a finishing shares."""

    mesh: DropMesh
    region: shapely.Geometry  # where the contact may be
    shape: ToolShape  # grown by the allowance
    tolerance_mm: float
    floor_mm: float  # lowest tip of the grown cutter
    lift_mm: float  # of the real cutter's tip over the grown one's


def parallel_finish(
    mesh: DropMesh, region, shape: ToolShape, direction_rad: float, step_mm: float, tolerance_mm: float = 0.002,
    check_z: float | None = None, *, grow_mm: float = 0.0, allowance_mm: float = 0.0, link_mm: float | None = None,
) -> list[NDArray[np.float64]]:  # fmt: skip
    """Zigzag passes over the region, neighbours joined on the surface where that is short.

    Parameters
    ----------
    mesh : all that must not be gouged, work coordinates
    region : shapely Polygon or MultiPolygon, XY, where the surface to finish is seen from above
    shape : the cutter
    direction_rad : of the passes, from +X
    step_mm : largest distance of two passes in XY
    tolerance_mm : the path lies between 0 and this above the drop surface
    check_z : the tip goes nowhere lower, mm
    grow_mm : contacts up to this far outside the region count as well
    allowance_mm : material left on everything, >= 0
    link_mm : longest joint between two passes, XY; unset the larger of four steps and the cutter's radius

    Returns
    -------
    list of (n, 3) float : tip positions, mm; what can't be joined is a polyline of its own

    Raises
    ------
    Refusal
        "nothing_to_finish" when the cutter's contact is nowhere in the region.
    """
    common = _common(mesh, region, shape, tolerance_mm, check_z, grow_mm, allowance_mm)
    runs = _runs(common, direction_rad, step_mm)
    reach = max(4.0 * step_mm, shape.radius_mm) if link_mm is None else link_mm
    return [_lifted(chain, common.lift_mm) for chain in _zigzag(common, runs, reach)]


def parallel_passes(
    mesh: DropMesh, region, shape: ToolShape, direction_rad: float, step_mm: float, tolerance_mm: float = 0.002,
    check_z: float | None = None, *, grow_mm: float = 0.0, allowance_mm: float = 0.0,
) -> list[NDArray[np.float64]]:  # fmt: skip
    """One-way passes over the region, all along `direction_rad`, from the right of it to the left; else as `parallel_finish`."""
    common = _common(mesh, region, shape, tolerance_mm, check_z, grow_mm, allowance_mm)
    return [_lifted(run, common.lift_mm) for line in _runs(common, direction_rad, step_mm) for run in line]


def _common(mesh, region, shape, tolerance_mm, check_z, grow_mm, allowance_mm) -> _Passes:
    where = shapely.make_valid(region).buffer(grow_mm - BORDER_MM)
    if where.is_empty:
        raise Refusal("nothing_to_finish", f"the region of {region.area:.4g} mm2 is thinner than {2 * BORDER_MM:g} mm")
    shapely.prepare(where)
    floor = -math.inf if check_z is None else check_z - allowance_mm
    grown = shape.grown(allowance_mm) if allowance_mm > 0.0 else shape
    return _Passes(mesh, where, grown, tolerance_mm, floor, allowance_mm)


def _lifted(points, lift_mm):
    return points + [0.0, 0.0, lift_mm] if lift_mm > 0.0 else points


def _runs(common: _Passes, direction_rad, step_mm):
    """Lines of runs: for each line, in order, its runs (n, 3) along the direction."""
    lines = [_line_runs(common, ends) for ends in _lines(common, direction_rad, step_mm)]
    if not any(lines):
        raise Refusal(
            "nothing_to_finish",
            f"a cutter of radius {common.shape.radius_mm:g} mm touches the region of {common.region.area:.4g} mm2 nowhere",
        )
    return lines


def _lines(common: _Passes, direction_rad, step_mm):
    """Lines, each a list of (2, 2) XY segments, that a tip can be on while its contact is in the region.

    The outermost lines over the region's own width lie on its border, the others evenly between; more follow outside at the same
    step, where a cross slope brings the contact back in.
    """
    cos, sin = math.cos(direction_rad), math.sin(direction_rad)
    along, across = np.array([cos, sin]), np.array([-sin, cos])
    right, left = _span(common.region, across)
    # a line on the very border is neither in nor out: rounding decides
    inset = min(BORDER_MM, 0.25 * (left - right))
    right, left = right + inset, left - inset
    count = max(1, math.ceil((left - right) / step_mm))
    step = (left - right) / count
    around = common.region.buffer(common.shape.radius_mm)
    shapely.prepare(around)
    low, high = _span(around, across)
    begin, end = _span(around, along)
    first, last = -math.floor((right - low) / step), count + math.floor((high - left) / step)
    out = []
    for k in range(first, last + 1):
        base = across * (right + k * step)
        whole = shapely.LineString([base + begin * along, base + end * along])
        pieces = shapely.get_parts(shapely.intersection(whole, around))
        segments = [shapely.get_coordinates(p)[[0, -1]] for p in pieces if shapely.length(p) > 0.0]
        segments = [s if (s[1] - s[0]) @ along > 0.0 else s[::-1] for s in segments]
        out.append(sorted(segments, key=lambda s: float(s[0] @ along)))
    return out


def _span(geometry, axis):
    place = shapely.get_coordinates(geometry) @ axis
    return float(place.min()), float(place.max())


def _line_runs(common: _Passes, segments):
    runs = []
    for start, end in segments:
        line = sample_line(common.mesh, common.shape, start, end, common.tolerance_mm, common.floor_mm)
        unit = (end - start) / np.hypot(*(end - start))
        runs += [_placed(piece, start, unit, common.tolerance_mm) for piece in _trimmed(common, line, start, unit)]
    return runs


def _placed(line, start, unit, tolerance_mm):
    """(n, 3) tip positions of a sampled line."""
    path = chords(line, tolerance_mm)
    return np.column_stack([start + path[:, :1] * unit, path[:, 1]])


def _trimmed(common: _Passes, line, start, unit):
    """Pieces of a sampled line whose contact is in the region, their ends found between the samples by halving."""
    inside = _is_inside(common, line)
    if not inside.any():
        return []
    border = np.flatnonzero(inside[1:] != inside[:-1])
    ends = _borders(common, line, inside, border, start, unit)
    pieces = []
    for first, last in _true_spans(inside):
        piece = [line[first:last]]
        if first > 0:
            piece.insert(0, ends[np.searchsorted(border, first - 1)])
        if last < len(line):
            piece.append(ends[np.searchsorted(border, last - 1)])
        whole = np.vstack(piece)
        if whole[-1, S] > whole[0, S]:
            pieces.append(whole)
    return pieces


def _is_inside(common: _Passes, line):
    return np.isfinite(line[:, Z]) & shapely.contains_xy(common.region, line[:, 2], line[:, 3])


def _true_spans(flag):
    edge = np.diff(np.concatenate([[0], flag.astype(np.int8), [0]]))
    return zip(np.flatnonzero(edge == 1), np.flatnonzero(edge == -1))


def _borders(common: _Passes, line, inside, border, start, unit):
    """For each index k of `border`, (0 or 1, 4): the last sample inside found between samples k and k + 1."""
    within = np.where(inside[border], border, border + 1)
    good, bad = line[within].copy(), line[2 * border + 1 - within, S].copy()
    moved = np.zeros(len(border), bool)
    for _ in range(TRIM_HALVINGS):
        middle = 0.5 * (good[:, S] + bad)
        held = rest(common.mesh, common.shape, start + middle[:, None] * unit)
        trial = np.column_stack([middle, held.z, held.contact[:, :2]])
        on_floor = trial[:, Z] <= common.floor_mm
        trial[on_floor, Z] = common.floor_mm
        trial[on_floor, 2:] = (start + middle[:, None] * unit)[on_floor]
        # between the two points of a vertical step nothing lies; elsewhere the middle is a new place
        ok = _is_inside(common, trial) & (middle != good[:, S])
        good[ok], moved[ok] = trial[ok], True
        bad[~ok] = middle[~ok]
    return [good[i : i + 1] if moved[i] else good[:0] for i in range(len(border))]


def _zigzag(common: _Passes, lines, link_mm):
    """Chains of runs: each run is joined to the nearest unused one of the next line, taken the other way round."""
    unused = [list(range(len(line))) for line in lines]
    chains = []
    for start, line in enumerate(lines):
        while unused[start]:
            at, forward = start, True
            chain = [line[unused[start].pop(0)]]
            while at + 1 < len(lines):
                found = _next_run(common, chain[-1][-1], lines[at + 1], unused[at + 1], forward, link_mm)
                if found is None:
                    break
                nth, link = found
                at, forward = at + 1, not forward
                unused[at].remove(nth)
                run = lines[at][nth]
                chain += [link, run if forward else run[::-1]]
            chains.append(np.vstack(chain))
    return chains


def _next_run(common: _Passes, end, line, unused, forward, link_mm):
    """(index, joint) of the run whose entry is nearest to `end` and can be reached on the surface; None without one."""
    entry = -1 if forward else 0
    near = sorted((float(np.hypot(*(line[k][entry] - end)[:2])), k) for k in unused)
    for distance, nth in near:
        if distance > link_mm:
            return None
        link = _joint(common, end, line[nth][entry], link_mm)
        if link is not None:
            return nth, link
    return None


def _joint(common: _Passes, frm, to, link_mm):
    """Inner points (n, 3) of a straight joint in XY on the drop surface; None where it falls off or climbs over something."""
    length = float(np.hypot(*(to - frm)[:2]))
    if length == 0.0:
        return np.zeros((0, 3))
    line = sample_line(common.mesh, common.shape, frm[:2], to[:2], common.tolerance_mm, common.floor_mm)
    if not np.isfinite(line[:, Z]).all() or line[:, Z].max() > max(frm[2], to[2]) + link_mm:
        return None
    return _placed(line, frm[:2], (to - frm)[:2] / length, common.tolerance_mm)[1:-1]
