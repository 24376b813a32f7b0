"""Which places of a surface a cutter can touch, clear of everything with cutter, shank and holder."""

import numpy as np
import shapely
from numpy.typing import NDArray

from copeau.features.reach import FIXTURE_GAP_MM, SHANK_GAP_MM, Surroundings, bodies_above, cutter_radius
from copeau.features.shadow import STANDS_MM, Shadow
from copeau.model.tool import Tool
from copeau.part.heights import clear_discs

NEAR_MM = 0.02  # a cutter that touches a slope is this near to its own contour: chords of mesh and polygons
FIXTURE_STEP_MM = 0.01  # heights over the fixture are told to this, rounded down


def touchable(
    tool: Tool, points: NDArray[np.float64], normals: NDArray[np.float64], around: Surroundings, left_mm: float = 0.0
) -> NDArray[np.bool_]:  # fmt: skip
    """Which places (n, 3), with outward unit normals, a flat or ball end mill touches without cutting into anything else.

    `left_mm`: what still stands on the walls beside its shank and holder. What stands over a disc is asked of a raster: a plan's answer, not a proof.
    """
    radius = cutter_radius(tool)
    level = np.linalg.norm(normals[:, :2], axis=1)
    ball = tool.type == "ball_endmill"
    reach = radius * level if ball else np.full(len(points), radius)
    tip = points[:, 2] - (radius * (1.0 - normals[:, 2]) if ball else 0.0)
    centre = points[:, :2] + np.divide(normals[:, :2], level[:, None], out=np.zeros((len(points), 2)), where=level[:, None] > 1e-9) * reach[:, None]
    clear = (normals[:, 2] > 0.0) & (tip > around.lowest_z - NEAR_MM)
    discs = [(points[:, 2], reach - NEAR_MM)] + ([(tip + radius, np.full(len(points), radius - NEAR_MM))] if ball else [])
    discs += [(tip + height, np.full(len(points), r + left_mm)) for height, r in bodies_above(tool)]
    for height, r in discs:
        clear_discs(around.design.heights(), centre, r, height + STANDS_MM, clear)
    rows = np.flatnonzero(clear)
    clear[rows] = clear_of_fixture(tool, np.column_stack([centre, tip])[rows], around.fixture)
    return clear


def clear_of_fixture(tool: Tool, tips: NDArray[np.float64], fixture: Shadow | None) -> NDArray[np.bool_]:
    """At which tips (n, 3) the whole tool keeps its gap to the fixture; a rounded end is taken as flat."""
    clear = np.ones(len(tips), bool)
    if fixture is None or not len(tips):
        return clear
    for h, r in [(0.0, cutter_radius(tool))] + [(h, r - SHANK_GAP_MM) for h, r in bodies_above(tool)]:
        low = np.flatnonzero(clear & (tips[:, 2] + h - FIXTURE_GAP_MM < fixture.bounds[1, 2]))
        spot = shapely.points(tips[low, :2])
        level = np.floor((tips[low, 2] + h - FIXTURE_GAP_MM) / FIXTURE_STEP_MM).astype(int)
        heights, which = np.unique(level, return_inverse=True)
        shadows = [fixture.above(k * FIXTURE_STEP_MM) for k in heights.tolist()]
        # Jaws stand upright: most heights have one shadow.
        for shadow in {id(s): s for s in shadows if not s.is_empty}.values():
            shapely.prepare(shadow)
            own = np.array([s is shadow for s in shadows])[which.ravel()]
            clear[low[own]] = ~shapely.dwithin(shadow, spot[own], r + FIXTURE_GAP_MM)
    return clear
