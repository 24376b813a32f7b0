"""Following the boundary of a centre region: runs along walls, tangential leads, safe approaches.

Regions are oriented so that they lie on the left of the travel: the material is on the right, which is climb milling for a cutter
that turns clockwise (M3).
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from copeau.toolpath.pen import Pen
from copeau.toolpath.scene import Scene

APPROACH_MM = 1.0  # a rapid ends this far above what may stand in the way
OVERLAP_MM = 0.5  # a closed contour goes on past its start, so that no mark of the lead stays
STRAIGHT_SHARE = 0.5  # of the wanted lead radius: the straight motion before and after the arcs
OFF_WALL_MM = 0.15  # where no lead-out fits: a little more than what coarse levels leave as slivers
LEAD_POINTS = 25  # of a lead's arc that are asked
LEAD_BEYOND_MM = 0.001  # a lead may be beyond the region by half of what that keeps off the design: chords of its border
LEAD_TRIES = (1.0, 0.6, 0.35, 0.2, 0.1)  # share of the wanted lead radius


@dataclass(frozen=True)
class Path2D:
    """A run of the tool centre: points (n, 2), closed or with two ends."""

    points: NDArray[np.float64]
    closed: bool


def rings(region: BaseGeometry) -> list[NDArray[np.float64]]:
    """Boundary rings (n, 2), last point repeated, the region on the left."""
    out = []
    for polygon in region.geoms:
        p = shapely.geometry.polygon.orient(polygon, 1.0)
        out += [np.asarray(r.coords)[:, :2] for r in (p.exterior, *p.interiors)]
    return out


def split_runs(ring: NDArray[np.float64], keep: NDArray[np.bool_]) -> list[Path2D]:
    """Runs of consecutive kept segments of a closed ring; `keep` has one entry a segment."""
    n = len(ring) - 1
    if keep.all():
        return [Path2D(ring, True)]
    if not keep.any():
        return []
    first = int(np.flatnonzero(~keep)[0])
    index = (np.arange(n) + first) % n
    k = keep[index]
    starts = np.flatnonzero(k & ~np.roll(k, 1))
    ends = np.flatnonzero(k & ~np.roll(k, -1))
    return [Path2D(np.vstack([ring[index[a : b + 1]], ring[(index[b] + 1) % n]]), False) for a, b in zip(starts, ends)]


def grow_keep(ring: NDArray[np.float64], keep: NDArray[np.bool_], by_mm: float) -> NDArray[np.bool_]:
    """Kept segments and their neighbours up to `by_mm` along the ring."""
    if keep.all() or not keep.any():
        return keep
    length = np.linalg.norm(np.diff(ring, axis=0), axis=1)
    out = keep.copy()
    n = len(keep)
    for direction in (1, -1):
        for i in np.flatnonzero(keep & ~np.roll(keep, -direction)):
            gone, j = 0.0, i
            while gone < by_mm:
                j = (j + direction) % n
                if keep[j]:
                    break
                out[j] = True
                gone += length[j]
    return out


def rotate_ring(ring: NDArray[np.float64], region: BaseGeometry, wanted_mm: float) -> NDArray[np.float64]:
    """The closed ring started where a lead has the most room: middle of the segment whose inner neighbour lies deepest."""
    mid = 0.5 * (ring[:-1] + ring[1:])
    d = np.diff(ring, axis=0)
    length = np.maximum(np.linalg.norm(d, axis=1), 1e-12)
    inner = mid + np.column_stack([-d[:, 1], d[:, 0]]) / length[:, None] * wanted_mm
    room = shapely.distance(shapely.points(inner), region.boundary) * np.where(shapely.contains_xy(region, inner[:, 0], inner[:, 1]), 1.0, -1.0)
    k = int(np.argmax(np.round(np.minimum(room, wanted_mm), 3) + 1e-4 * np.minimum(length, 10.0)))
    return np.vstack([mid[k], ring[k + 1 : -1], ring[: k + 1], mid[k]])


def _unit(v: NDArray[np.float64]) -> NDArray[np.float64]:
    return v / max(float(np.hypot(*v)), 1e-12)


def lead(point: NDArray[np.float64], tangent: NDArray[np.float64], region: BaseGeometry, wanted_mm: float, outwards: bool):
    """Centre and free end of a quarter-circle lead that touches the path at `point`; None where none fits in `region`."""
    left = np.array([-tangent[1], tangent[0]])
    for share in LEAD_TRIES:
        r = wanted_mm * share
        centre = point + r * left
        # Dense where it leaves the path: there it swells over the border if the path's last piece is turned a little outwards.
        a = np.pi / 2 * np.linspace(0.0, 1.0, LEAD_POINTS)[1:, None] ** 2
        along = tangent if outwards else -tangent
        arc = centre - r * left * np.cos(a) + r * along * np.sin(a)
        if shapely.dwithin(region, shapely.points(arc), LEAD_BEYOND_MM).all() and shapely.contains_xy(region, *arc[-1]):
            return centre, arc[-1]
    return None


def descend(pen: Pen, scene: Scene, x: float, y: float, z: float, radius: float) -> None:
    """Rapid over the point, down to just above the in-process stock there, then feed to `z`."""
    pen.above(x, y)
    top = scene.highest(x, y, radius)
    safe = min(max(z, top) + APPROACH_MM, scene.clearance_z)
    pen.rapid(x, y, safe)
    pen.feed(x, y, z, pen.plunge_mm_min)


def cut_run(pen: Pen, scene: Scene, region: BaseGeometry, path: Path2D, z: float, radius: float, lead_mm: float) -> tuple[int, int]:
    """One run at height `z` with tangential leads where they fit.

    Returns the rows (from, to) of the pen between which cutter compensation may be on: the lead-in and the lead-out; (-1, -1) without leads.
    """
    points = path.points
    if path.closed:
        ring = rotate_ring(points, region, lead_mm)
        extra = shapely.LineString(ring)
        over = substring(extra, 0.0, min(OVERLAP_MM, extra.length / 2))
        points = np.vstack([ring, np.asarray(over.coords)[1:]])
    tangent_in, tangent_out = _unit(points[1] - points[0]), _unit(points[-1] - points[-2])
    enter, leave = lead(points[0], tangent_in, region, lead_mm, False), lead(points[-1], tangent_out, region, lead_mm, True)
    on = off = -1
    first = straight_end(points[0], tangent_in, enter, region, lead_mm)
    last = straight_end(points[-1], tangent_out, leave, region, lead_mm)
    start = first if first is not None else enter[1] if enter else points[0]
    descend(pen, scene, float(start[0]), float(start[1]), z, radius)
    if first is not None:
        on = pen.rows
        pen.feed(*enter[1], z)
    if enter:
        pen.arc(np.array([*points[0], z]), enter[0], clockwise=False)
    pen.follow(points, z)
    if leave:
        pen.arc(np.array([*leave[1], z]), leave[0], clockwise=False)
    if last is not None:
        off = pen.rows
        pen.feed(*last, z)
    if not leave:
        step_off(pen, region, z)
    pen.lift()
    return (on, off) if on >= 0 and off >= 0 else (-1, -1)


def step_off(pen: Pen, region: BaseGeometry, z: float) -> None:
    """A short way off the region's border: going up along it would rub on what finishing has not yet taken above."""
    inner = region.buffer(-OFF_WALL_MM)
    here = shapely.Point(*pen.at[:2])
    way = shapely.shortest_line(here, inner)
    if way is not None and not inner.is_empty and 0.0 < way.length < 2 * OFF_WALL_MM:
        pen.feed(*way.coords[1], z)


def straight_end(point: NDArray[np.float64], tangent: NDArray[np.float64], arc, region: BaseGeometry, lead_mm: float) -> NDArray[np.float64] | None:
    """Free end of the straight motion beyond a lead's arc, on which compensation comes on or goes off; None where it does not fit."""
    if arc is None:
        return None
    left = np.array([-tangent[1], tangent[0]])
    end = arc[1] + STRAIGHT_SHARE * lead_mm * left
    return end if shapely.contains_xy(region, *end) else None
