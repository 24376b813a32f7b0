"""How the drawn point of a blind hole is made by drills whose own points differ from it.

A drill goes as deep as its point stays within the drawn cone: a flatter one until its corner touches it, a sharper one until its tip does.
What it leaves is taken by smaller drills before it, whose corners or points lie deeper.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from copeau.model.tool import Tool

POINT_LEFT_MM = 0.04  # square to the drawn cone: with the mesh's and the cell's error still under the 0.05 mm that count as left over
MOST_PILOTS = 3  # more tool changes than that for the bottom of a hole are not worth it
STATIONS = 65  # radii at which the bottom is compared


@dataclass(frozen=True)
class Point:
    """A drawn cone: height of its tip, half angle, radius at its rim."""

    tip_z: float
    half_rad: float
    radius_mm: float


@dataclass(frozen=True)
class PointPlan:
    """Pilot drills with the heights of their tips, in order of use, the final drill's, and what is left square to the cone, mm."""

    pilots: tuple[tuple[Tool, float], ...]
    tip_z: float
    left_mm: float


def deepest_tip(drill: Tool, point: Point) -> float:
    """Height of the tip at which the drill touches the drawn cone."""
    radius = min(drill.DC / 2.0, point.radius_mm)
    return point.tip_z + max(0.0, radius * (_cot(point.half_rad) - _cot(half_angle(drill))))


def half_angle(tool: Tool) -> float:
    """Half of the point angle, rad."""
    return math.radians(tool.SIG) / 2.0


def plan_point(final: Tool, point: Point, pilots: Sequence[Tool], fits: Callable[[Tool, float], bool]) -> PointPlan:
    """The fewest pilots, largest first among equals, that bring what is left under `POINT_LEFT_MM`; none where they do not get there.

    `fits(tool, tip_z)`: the tool reaches that deep.
    """
    station = np.linspace(0.0, min(final.DC / 2.0, point.radius_mm), STATIONS)
    alone = left = _left(final, point, station)
    if alone.max() <= POINT_LEFT_MM:
        return PointPlan((), deepest_tip(final, point), float(alone.max()))
    smaller = sorted((t for t in pilots if t.DC < final.DC), key=lambda t: (-t.DC, t.LU, t.id))
    after = {t.id: _left(t, point, station) for t in smaller}
    chosen: list[Tool] = []
    while left.max() > POINT_LEFT_MM and len(chosen) < MOST_PILOTS and smaller:
        best = min(smaller, key=lambda t: round(float(np.minimum(left, after[t.id]).max()), 4))
        new = np.minimum(left, after[best.id])
        if new.max() > left.max() - 1e-4:
            break
        if not fits(best, deepest_tip(best, point)):
            smaller.remove(best)
            continue
        left = new
        chosen.append(best)
    if left.max() > POINT_LEFT_MM:
        return PointPlan((), deepest_tip(final, point), float(alone.max()))
    rows = tuple((t, deepest_tip(t, point)) for t in sorted(chosen, key=lambda t: t.DC))
    return PointPlan(rows, deepest_tip(final, point), float(left.max()))


def _left(drill: Tool, point: Point, station: np.ndarray) -> np.ndarray:
    """How far what a drill leaves stands off the drawn cone, or off the bore's wall, at each radius; beyond its own radius, the wall alone."""
    over = deepest_tip(drill, point) - point.tip_z + station * (_cot(half_angle(drill)) - _cot(point.half_rad))
    of_cone = np.where(station <= drill.DC / 2.0 + 1e-9, over * math.sin(point.half_rad), np.inf)
    return np.minimum(of_cone, point.radius_mm - station)


def _cot(angle_rad: float) -> float:
    return 1.0 / math.tan(angle_rad)
