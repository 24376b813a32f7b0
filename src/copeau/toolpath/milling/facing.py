"""Facing: straight passes over the raw top, entered and left beside the stock."""

from dataclasses import replace
from functools import partial

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from copeau.features.reach import centre_region, cutter_radius
from copeau.features.shadow import polygons
from copeau.model.errors import Refusal
from copeau.model.plan import Workingstep
from copeau.model.program import Run, Segment
from copeau.model.stock import Raster
from copeau.toolpath.generate import strategy
from copeau.toolpath.pen import Pen
from copeau.toolpath.scene import Scene, above, highest, lowered, mask_polygons

RUN_IN_MM = 2.0  # beside the stock before and after a pass
THIN_MM = 0.01  # less than this over the target is no layer


@strategy("facing")
def facing(step: Workingstep, scene: Scene) -> tuple[Segment, ...]:
    """Passes along the longer side of the stock down to `bottom_z`, at most `ap` a layer, `ae` a pass."""
    tool, z_end = step.tool, float(step.parameters["bottom_z"])
    z_top = float(scene.top.values.max())
    if z_top - z_end < THIN_MM:
        raise Refusal("nothing_to_face", f"the stock's top {z_top:.3f} is at the target {z_end:.3f} already")
    radius = cutter_radius(tool)
    around = scene.around(2 * radius + 2 * RUN_IN_MM)
    layers = max(1, int(np.ceil((z_top - z_end) / step.cutting.ap - 1e-6)))
    pen = Pen(scene.clearance_z, step.cutting.vf, step.cutting.vf_plunge)
    top = scene.top
    for k in range(1, layers + 1):
        z = z_top - (z_top - z_end) * k / layers
        stock = mask_polygons(scene.stock.layer(z, np.inf))
        # Over the cutter stands what the layers before have left: a raw top may be thicker than its edges are long.
        region = centre_region(tool, z, 0.0, replace(around, stock_above=partial(above, top)))
        if not stock.is_empty:
            top = lowered(top, face_layer(pen, top, stock, region, z, radius, min(step.cutting.ae, 1.6 * radius)), z)
    if pen.at is None:
        raise Refusal("nothing_to_face", f"no stock above {z_end:.3f}")
    return (Run(pen.moves()),)


def face_layer(pen: Pen, top: Raster, stock: BaseGeometry, region: BaseGeometry, z: float, radius: float, ae: float) -> BaseGeometry:
    """One layer: zigzag over the stock's outline, each pass from outside to outside. What the cutter covers is given back.

    `top`: height of what stands before the layer.
    """
    x0, y0, x1, y1 = stock.bounds
    along_x = x1 - x0 >= y1 - y0
    low, high = (y0, y1) if along_x else (x0, x1)
    count = max(1, int(np.ceil((high - low) / ae - 1e-9)))
    # The first pass overhangs so that ae of the cutter is in the stock; the rest follow evenly.
    lines = [low + ae * (k + 1) - radius for k in range(count)]
    covered = []
    for k, v in enumerate(lines):
        a, b = ((x0, x1) if along_x else (y0, y1))
        a, b = a - radius - RUN_IN_MM, b + radius + RUN_IN_MM
        ends = np.array([[a, v], [b, v]] if along_x else [[v, a], [v, b]])
        if k % 2:
            ends = ends[::-1]
        for piece in _inside(shapely.LineString(ends), region):
            reach = shapely.LineString(piece).buffer(radius)
            if polygons(reach.intersection(stock)).is_empty:
                continue
            covered.append(reach)
            straight = pen.at is not None and pen.at[2] == z and region.covers(shapely.LineString([pen.at[:2], piece[0]]))
            if straight:
                pen.feed(*piece[0], z)
            else:
                pen.above(*piece[0])
                pen.rapid(*piece[0], min(max(z, highest(top, *piece[0], radius)) + 1.0, pen.clearance_z))
                pen.feed(*piece[0], z, pen.plunge_mm_min)
            pen.feed(*piece[1], z)
    pen.lift()
    return shapely.union_all(covered)


def _inside(line: shapely.LineString, region: BaseGeometry) -> list[np.ndarray]:
    """Parts of a line inside a region, in the line's own direction."""
    cut = line.intersection(region)
    parts = [np.asarray(g.coords)[:, :2] for g in getattr(cut, "geoms", [cut]) if g.geom_type == "LineString" and g.length > 1e-6]
    start = np.asarray(line.coords)[0]
    parts = [p if np.hypot(*(p[0] - start)) <= np.hypot(*(p[-1] - start)) else p[::-1] for p in parts]
    return sorted(parts, key=lambda p: float(np.hypot(*(p[0] - start))))
