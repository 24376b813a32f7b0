"""How far apart passes and levels may lie for a given scallop, and which way passes should run."""

import math

import numpy as np
import shapely

from copeau.model.errors import CopeauError
from copeau.toolpath.surface.shape import ToolShape

IGNORED_SHARE = 0.01  # of the area: slivers of the tessellation whose normals say nothing about the surface
NEAR_BEST = 1.01  # directions whose worst slope is within 1 % of the best are alike; the mean decides
FLATTEST_RAD = 1e-3  # below this slope a flat bottom leaves no scallop worth a step of its own


def step_for_scallop(radius_mm: float, scallop_mm: float, slope_rad: float = 0.0) -> float:
    """Distance in XY between passes of a ball that leave a scallop of `scallop_mm`, on a plane.

    Two circles of radius r whose centres lie a apart meet at the height h = r - sqrt(r^2 - a^2 / 4) above their lowest points, so
    a = 2 sqrt(2 r h - h^2) along the surface; across a slope its shadow is a cos(slope).

    Parameters
    ----------
    radius_mm : of the ball, or `effective_radius` of another cutter; > 0
    scallop_mm : 0 < scallop <= radius
    slope_rad : slope of the surface across the passes, 0 <= slope < pi / 2
    """
    if not (radius_mm > 0.0 and 0.0 < scallop_mm <= radius_mm and 0.0 <= slope_rad < 0.5 * math.pi):
        raise CopeauError(
            f"no step leaves a scallop of {scallop_mm:g} mm with a radius of {radius_mm:g} mm on a cross slope of "
            f"{math.degrees(slope_rad):g} degrees",
            mend="ask for a scallop over 0 and at most the radius, on a surface that is not vertical",
        )
    return 2.0 * math.sqrt(scallop_mm * (2.0 * radius_mm - scallop_mm)) * math.cos(slope_rad)


def effective_radius(shape: ToolShape, slope_rad: float) -> float:
    """Radius, mm, of the groove that the cutter leaves when it runs straight up or down a plane of this slope.

    The curvature radius of the cutter's surface across its meridian at the contact: distance to the axis along the normal,
    flat / sin(slope) + corner. Infinite for a flat on a level plane.
    """
    if shape.flat_mm == 0.0:
        return shape.corner_mm
    return math.inf if slope_rad < FLATTEST_RAD else shape.flat_mm / math.sin(slope_rad) + shape.corner_mm


def level_step(shape: ToolShape, scallop_mm: float, slope_rad: float) -> float:
    """Distance in Z between waterlines that leave a cusp of `scallop_mm`, measured along the normal of a plane of this slope.

    A sharp rim leaves steps of dz cos(slope). An arc leaves scallops: dz = 2 sqrt(2 r h - h^2) sin(slope), as long as both
    contacts and the scallop lie on the arc; where the rim's step is the larger (a small corner), the step holds.

    Parameters
    ----------
    slope_rad : from the level, 0 < slope <= pi / 2
    """
    if not (scallop_mm > 0.0 and 0.0 < slope_rad <= 0.5 * math.pi):
        raise CopeauError(
            f"no level step leaves a cusp of {scallop_mm:g} mm on a slope of {math.degrees(slope_rad):g} degrees",
            mend="ask for a cusp over 0, on a surface that is not level",
        )
    corner, cosine = shape.corner_mm, math.cos(slope_rad)
    rim = scallop_mm / cosine if cosine > math.cos(0.5 * math.pi - FLATTEST_RAD) else math.inf
    if corner <= scallop_mm:
        return min(rim, STEEPEST_STEP_RADII * shape.radius_mm)
    arc = 2.0 * math.sqrt(scallop_mm * (2.0 * corner - scallop_mm)) * math.sin(slope_rad)
    return min(arc, STEEPEST_STEP_RADII * shape.radius_mm)


STEEPEST_STEP_RADII = 1.0  # on a vertical wall a rim leaves no cusp: one radius a level keeps the load that of a side cut


def best_direction(normals, areas) -> float:
    """Direction of passes, rad in [0, pi), whose worst slope across the passes is the least over all faces.

    A face of unit normal n has the gradient g = -(nx, ny) / nz; passes along t see |g - (g t) t| of it across. The least width of
    the hull of all +-g is taken square to one of its sides, so those sides are all the candidates.

    Parameters
    ----------
    normals : (n, 3), outward; those that don't look up are left out
    areas : (n,) mm2; the steepest one percent of the area is left out
    """
    n, area = np.asarray(normals, float).reshape(-1, 3), np.asarray(areas, float)
    up = n[:, 2] > 0.0
    gradient, area = -n[up, :2] / n[up, 2:], area[up]
    steep = np.hypot(*gradient.T)
    order = np.argsort(steep, kind="stable")
    beyond = np.cumsum(area[order]) > (1.0 - IGNORED_SHARE) * area.sum()
    kept = order[: max(int(np.argmax(beyond)) + 1, 1)] if beyond.any() else order
    gradient, area = gradient[kept], area[kept]
    candidates = _hull_directions(gradient)
    across = np.abs(gradient @ np.array([-np.sin(candidates), np.cos(candidates)]))
    worst = across.max(0) if len(gradient) else np.zeros(len(candidates))
    near = np.flatnonzero(worst <= worst.min() * NEAR_BEST)
    mean = (area @ across)[near] if len(gradient) else worst[near]
    return float(candidates[near[np.argmin(mean)]])


def _hull_directions(gradient):
    """Directions of the sides of the convex hull of all +-gradient, in [0, pi), rising; 0 when there is none."""
    both = np.vstack([gradient, -gradient, np.zeros((1, 2))])
    hull = shapely.convex_hull(shapely.multipoints(both))
    corners = shapely.get_coordinates(hull)
    sides = np.diff(corners, axis=0)
    sides = sides[np.hypot(*sides.T) > 0.0] if len(sides) else sides
    if not len(sides):
        return np.zeros(1)
    angle = np.mod(np.arctan2(sides[:, 1], sides[:, 0]), math.pi)
    return np.unique(np.where(angle >= math.pi, 0.0, angle))
