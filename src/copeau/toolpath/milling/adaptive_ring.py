"""The way down round an island: a ramp that follows the island's border, where it spares many short passes in narrow channels."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from copeau.toolpath.milling.adaptive_skim import border_points

SLOT_DEPTH_SHARE = 0.5  # of the diameter: deepest full slot of one lap, at the feed of the descent
NOTCH_SHARE = 0.3  # of the diameter: notches of an island's border that are narrower are bridged
CHANNEL_SHARE = 1.0  # of the diameter: a channel of the centre narrower than this is cleared by passes across
LIFT_WAY_SHARE = 0.05  # of the diameter: what going up and down costs a link, as way
NARROWEST_SHARE = 0.05  # of the diameter: radius of passes in channels that are narrower still
NOT_THIS_ISLAND_SHARE = 0.01  # of the diameter: borders further from a ring than this are not its island
SAMPLE_SHARE = 0.05  # of the diameter: spacing at which the width of a channel is looked at


ENTRY_GAP_MM = 0.25  # a helix, ramp or ring begins this far above the material


@dataclass(frozen=True)
class Descent:
    """How the tool goes down to a level: depth of the layer, steepest ramp, and how much slower (vf / vf_plunge) it goes than it cuts."""

    depth_mm: float
    ramp_rad: float
    slowness: float


def worthy_rings(region: shapely.MultiPolygon, dc: float, ae: float, spacing_mm: float, descent: Descent) -> list[NDArray[np.float64]]:
    """Closed ways (n, 2) round the islands of a region on which a descent saves way, the shortest first."""
    return [ring for ring in rings_round_islands(region, dc, spacing_mm) if saved_way(ring, region, dc, ae, descent) > 0.0]


def laps_of(length_mm: float, depth_mm: float, air_mm: float, dc: float, ramp_rad: float) -> int:
    """Laps of a ring from `air_mm` above a layer of `depth_mm` down to its floor: no steeper than the ramp, no slot deeper than half of `dc`."""
    by_slope = (depth_mm + air_mm) / (length_mm * np.tan(ramp_rad))
    return max(1, int(np.ceil(max(by_slope, depth_mm / (SLOT_DEPTH_SHARE * dc)) - 1e-9)))


def rings_round_islands(region: shapely.MultiPolygon, dc: float, spacing_mm: float) -> list[NDArray[np.float64]]:
    """Closed counterclockwise ways (n, 2) round the islands of a region, just inside of it, the shortest first."""
    out = []
    for polygon in region.geoms:
        for hole in polygon.interiors:
            notch = NOTCH_SHARE * dc
            smooth = shapely.Polygon(hole).buffer(notch, quad_segs=32).buffer(-notch, quad_segs=32).union(shapely.Polygon(hole))
            if smooth.geom_type != "Polygon":
                continue
            clockwise = shapely.get_coordinates(shapely.geometry.polygon.orient(shapely.Polygon(smooth.exterior), -1.0).exterior)
            points = border_points(clockwise, spacing_mm)[::-1].copy()
            if polygon.covers(shapely.LineString(points)):
                out.append(points)
    return sorted(out, key=lambda p: float(np.hypot(*np.diff(p, axis=0).T).sum()))


def saved_way(ring: NDArray[np.float64], region: shapely.MultiPolygon, dc: float, ae: float, descent: Descent) -> float:
    """Way (mm, at the cutting feed) that a descent round an island saves against a helix and passes across its channels.

    Passes across a channel in which the centre has room w run on arcs of radius r = w / 2; with the engagement angle a, cos a = 1 - ae / R,
    each widens the cleared circle from C to r + R, C^2 = r^2 + R^2 + 2 r R cos a, and goes back through it. Wide channels spare nothing: there
    passes are long, and kinder to the tool than a slot.
    """
    radius, steps = 0.5 * dc, np.hypot(*np.diff(ring, axis=0).T)
    length = float(steps.sum())
    every = max(1, round(SAMPLE_SHARE * dc * len(steps) / length))
    island = shapely.Point(ring[0])
    borders = [r for p in region.geoms for r in (p.exterior, *p.interiors)]
    others = shapely.union_all([r for r in borders if r.distance(island) > NOT_THIS_ISLAND_SHARE * dc])
    room = shapely.distance(shapely.points(ring[:-1:every]), others)
    narrow = np.clip(0.5 * room[room < CHANNEL_SHARE * dc], NARROWEST_SHARE * dc, None)
    advance = narrow + radius - np.sqrt(narrow**2 + radius**2 + 2.0 * narrow * radius * (1.0 - ae / radius))
    spared = ((2.0 * narrow + LIFT_WAY_SHARE * dc) / advance + dc / ae).sum() * length / len(room)
    laps = laps_of(length, descent.depth_mm, ENTRY_GAP_MM, dc, descent.ramp_rad)
    helix = (descent.depth_mm + ENTRY_GAP_MM) / np.sin(descent.ramp_rad) * descent.slowness
    return float(spared) + helix - length * (laps * descent.slowness + 1.0)
