"""Floor finishing: contour-parallel passes over level faces at their own height."""

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from copeau.features.reach import centre_region, swept
from copeau.features.shadow import Floor, polygons
from copeau.model.errors import Refusal
from copeau.model.plan import Workingstep
from copeau.model.program import Run, Segment
from copeau.model.stock import Raster
from copeau.toolpath.generate import strategy
from copeau.toolpath.milling.contour import descend, rings
from copeau.toolpath.pen import Pen
from copeau.toolpath.scene import Scene, mask_polygons

STEP_SHARE = 0.45  # of the diameter: below one half, so that no point between two rings stays uncovered
SLIVER_MM = 0.02  # an area thinner than twice this is a rounding of polygons
MOST_STOCK_MM = 2.0  # a floor pass takes what roughing left, not a full depth


@strategy("floor")
def floor(step: Workingstep, scene: Scene) -> tuple[Segment, ...]:
    """Finish the level faces `step.faces`; `rest_after`: numbers of larger tools whose cover is not gone over again."""
    tool, par = step.tool, step.parameters
    around = scene.around(tool.DC)
    larger = [scene.tools[int(n)] for n in par.get("rest_after", ())]
    out: list[Segment] = []
    for level in sorted(scene.design.floors, key=lambda f: -f.z):
        if not set(level.faces) & set(step.faces):
            continue
        region = centre_region(tool, level.z, 0.0, around)
        cover = polygons(level.region.difference(scene.design.above(level.z)))
        for t in larger:
            cover = polygons(cover.difference(swept(centre_region(t, level.z, 0.0, around), t)))
        cover = polygons(cover.buffer(-SLIVER_MM).buffer(SLIVER_MM))
        centres = polygons(region.intersection(cover.buffer(tool.DC / 2)))
        if centres.is_empty:
            continue
        check_roughed(scene, level, polygons(swept(centres, tool).intersection(cover.buffer(tool.DC / 2))), step)
        pen = Pen(scene.clearance_z, step.cutting.vf, step.cutting.vf_plunge)
        cover_rings(pen, scene, centres, level.z, tool.DC)
        out.append(Run(pen.moves()))
    if not out:
        raise Refusal("no_floor_reached", f"T{tool.number} D{tool.DC:g} reaches none of the floors of faces {sorted(step.faces)[:12]}")
    return tuple(out)


def check_roughed(scene: Scene, level: Floor, area: BaseGeometry, step: Workingstep) -> None:
    """Refuse a floor over which more stands than a finishing pass may take."""
    top = scene.top
    high = polygons(mask_polygons(Raster(top.values > level.z + MOST_STOCK_MM, top.x0, top.y0, top.cell)).intersection(area))
    high = high.difference(scene.design.above(level.z + MOST_STOCK_MM).buffer(2 * top.cell)).buffer(-top.cell)
    if not high.is_empty:
        raise Refusal("not_roughed", f"over the floor at z {level.z:.2f} of workingstep {step.id} stand more than {MOST_STOCK_MM:g} mm on {high.area:.0f} mm2")


def cover_rings(pen: Pen, scene: Scene, centres: BaseGeometry, z: float, dc: float) -> None:
    """Rings of `centres` from the inside outwards, linked on the floor where the straight way stays inside."""
    for polygon in centres.geoms:
        inset = [polygons(polygon)]
        while not inset[-1].is_empty:
            inset.append(polygons(inset[-1].buffer(-STEP_SHARE * dc, quad_segs=16)))
        for region in reversed(inset[:-1]):
            for ring in rings(region):
                ring = _nearest_start(ring, pen.at)
                if pen.at is not None and pen.at[2] == z and polygon.buffer(1e-6).covers(shapely.LineString([pen.at[:2], ring[0]])):
                    if np.hypot(ring[0][0] - pen.at[0], ring[0][1] - pen.at[1]) > 1e-9:
                        pen.feed(ring[0][0], ring[0][1], z)
                else:
                    pen.lift()
                    descend(pen, scene, float(ring[0][0]), float(ring[0][1]), z, dc / 2)
                pen.follow(ring, z)
    pen.lift()


def _nearest_start(ring: np.ndarray, at: tuple[float, float, float] | None) -> np.ndarray:
    if at is None:
        return ring
    k = int(np.argmin(np.hypot(ring[:-1, 0] - at[0], ring[:-1, 1] - at[1])))
    return np.vstack([ring[k:-1], ring[: k + 1]])
