"""Where the centre of a tool may be at one height: clear of design, fixture and in-process stock, with shank and holder.

Everything is exact polygon geometry: a body of revolution of radius r above height h may not come nearer than r to the shadow
(`features.shadow`) of what stands above h.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from copeau.features.shadow import NOTHING, Shadow, polygons
from copeau.model.tool import Tool

SHANK_GAP_MM = 0.6  # a shank beside a wall that still has its roughing allowance (0.25 mm): no rubbing, and clear of the cell of a height-map check
HOLDER_GAP_MM = 1.5  # holders run out and are measured roughly
FIXTURE_GAP_MM = 1.0  # jaws are placed by hand
PATH_TOL_MM = 0.002  # a finishing path stays this much outside the design: chords and fitted arcs then never gouge
BODY_STEP_MM = 0.25  # shank and holder are taken this much lower at most: few heights serve many levels
BODY_QUADRANT = 8  # of shank, holder and fixture: their gaps are far wider than the chords
QUADRANT = 48  # chords a quarter turn of an offset arc: sagitta 1.3 um on a radius of 10 mm


@dataclass(frozen=True)
class Surroundings:
    """What a setup's tools must keep clear of, in work coordinates.

    `stock_above(z)`: shadow of the in-process stock above z; None where only the design counts. `core_slack_mm`: how much narrower
    than the cutter its neck is taken there, so that neither what stays on a wall nor the shadow's own coarseness keeps it away.
    `body_step_mm`: shank and holder are taken this much lower at most. `window`: where tool centres may be at all. `lowest_z`: no tip goes
    below. `made`: regions that were asked before.
    """

    design: Shadow
    window: BaseGeometry
    lowest_z: float
    fixture: Shadow | None = None
    stock_above: Callable[[float], BaseGeometry] | None = None
    clearance_z: float = np.nan
    core_slack_mm: float = np.inf
    body_step_mm: float = BODY_STEP_MM
    remarks: tuple[str, ...] = field(default=())
    made: dict[tuple, tuple] = field(default_factory=dict, repr=False, compare=False)


def forget(around: Surroundings) -> None:
    """Drop the regions and shadows that were kept: they are many where a setup was asked at many heights."""
    around.made.clear()
    around.design.forget()
    if around.fixture is not None:
        around.fixture.forget()


def cutter_radius(tool: Tool) -> float:
    """Largest cutting radius, mm."""
    return max(tool.DC, tool.DCX if tool.DCX == tool.DCX else 0.0) / 2.0


def neck_radius(tool: Tool) -> float:
    """Radius of the tool over its cutting edges, mm."""
    return (tool.DN if tool.DN == tool.DN else tool.DC) / 2.0


def bodies_above(tool: Tool) -> list[tuple[float, float]]:
    """Rows (height above the tip, radius with its gap) of shank, holder and spindle that are wider than the cutter's own path."""
    rows = []
    usable = np.nanmax([tool.LU, tool.APMX])
    shank = tool.DCON if tool.DCON == tool.DCON else tool.DC
    if usable == usable and shank / 2 + SHANK_GAP_MM > cutter_radius(tool):
        rows.append((float(usable), shank / 2 + SHANK_GAP_MM))
    if tool.LPR == tool.LPR:
        rows += [(tool.LPR + min(z0, z1), d / 2 + HOLDER_GAP_MM) for d, z0, z1 in tool.holder]
    if tool.nose_mm > 0.0 and tool.length_mm > 0.0:
        rows.append((tool.length_mm, tool.nose_mm / 2 + HOLDER_GAP_MM))
    return rows


def centre_region(tool: Tool, z: float, allowance_mm: float, around: Surroundings, *, quadrant: int = QUADRANT) -> BaseGeometry:
    """(Multi)Polygon in which the centre of `tool` may be with its tip at `z`, leaving `allowance_mm` on the walls.

    Empty where the tool cannot go. Corner radii are ignored (a bull nose keeps off like a flat mill of its diameter).
    """
    if z < around.lowest_z - PATH_TOL_MM:
        return NOTHING
    rows, standing = [(around.design.above(z), cutter_radius(tool) + allowance_mm + PATH_TOL_MM, quadrant)], []
    for height, radius in bodies_above(tool):
        low = np.floor((z + height) / around.body_step_mm) * around.body_step_mm
        rows.append((around.design.above(low), radius, BODY_QUADRANT))
        if around.stock_above is not None:
            standing.append((around.stock_above(low), radius, BODY_QUADRANT))
    core = min(cutter_radius(tool) - around.core_slack_mm, neck_radius(tool))
    if around.stock_above is not None and core > 0.0 and tool.APMX == tool.APMX:
        # Over the cutting edges nothing may stand: what no tool has taken there is not for the neck to rub away.
        standing.append((around.stock_above(z + tool.APMX), core, BODY_QUADRANT))
    if around.fixture is not None:
        bodies = [(0.0, cutter_radius(tool))] + [(h, r - SHANK_GAP_MM) for h, r in bodies_above(tool)]
        rows += [(around.fixture.above(z + h - FIXTURE_GAP_MM), r + FIXTURE_GAP_MM, BODY_QUADRANT) for h, r in bodies]
    # Shadows that are alike are one object: the levels down an upright wall share one region.
    key = (id(around.window), *((id(shadow), radius, quad) for shadow, radius, quad in rows + standing))
    if key not in around.made:
        keep_off = [_grown(around, *row) for row in rows] + [shadow.buffer(radius, quad_segs=quad) for shadow, radius, quad in standing if not shadow.is_empty]
        around.made[key] = rows + standing, polygons(around.window.difference(shapely.union_all(keep_off)))
    return around.made[key][1]


def _grown(around: Surroundings, shadow: BaseGeometry, radius: float, quad: int) -> BaseGeometry:
    """A shadow of the design or the fixture, `radius` wider; each once, whatever stock stands beside it."""
    key = (id(shadow), radius, quad)
    if key not in around.made:
        around.made[key] = shadow, shadow.buffer(radius, quad_segs=quad)
    return around.made[key][1]


def near_zone(around: Surroundings, zone: BaseGeometry, tools: Sequence[Tool], lowest_z: float, allowance_mm: float = 0.0) -> Surroundings:
    """The surroundings as far as they matter to `tools` with their centres in `zone` and their tips at `lowest_z` or higher, up to `allowance_mm` off the walls."""
    widest = max(cutter_radius(t) for t in tools)
    bodies = [row for t in tools for row in bodies_above(t)]
    design = [(lowest_z, widest + allowance_mm + PATH_TOL_MM)] + [(lowest_z + h - around.body_step_mm, r) for h, r in bodies]
    fixture = [(lowest_z + h - FIXTURE_GAP_MM, r + FIXTURE_GAP_MM) for h, r in [(0.0, widest), *bodies]]
    return replace(
        around, window=polygons(around.window.intersection(zone)), design=around.design.near(zone, design),
        fixture=around.fixture.near(zone, fixture) if around.fixture is not None else None, made={},
    )  # fmt: skip


def swept(region: BaseGeometry, tool: Tool, *, quadrant: int = QUADRANT) -> BaseGeometry:
    """What a flat tool covers whose centre goes everywhere in `region`."""
    return polygons(region.buffer(tool.DC / 2, quad_segs=quadrant)) if not region.is_empty else NOTHING


def union(parts: Sequence[BaseGeometry]) -> BaseGeometry:
    """Areal union of any number of geometries."""
    return polygons(shapely.union_all(list(parts))) if parts else NOTHING
