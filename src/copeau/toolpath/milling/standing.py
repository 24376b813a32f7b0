"""What of the in-process stock a tool may reach at all, level by level: a look at rasters before any exact geometry.

Nothing that the tool reaches is missed; what is told in excess, by less than a cell of the raster, the exact regions leave out.
"""

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from copeau.features.reach import cutter_radius
from copeau.features.shadow import STANDS_MM
from copeau.features.tip_floor import at, tip_floor
from copeau.model.stock import Raster
from copeau.model.tool import Tool
from copeau.part.heights import clear_discs
from copeau.toolpath.scene import Scene

STRIP_MM = 0.5  # twice what roughing leaves on walls: a strip of material that is thicker is taken


@dataclass(frozen=True)
class Layer:
    """What stands in a layer where a tool may come down: `lines` of the in-process stock, boolean, and `strips` (n, 2), places `STRIP_MM` inside of
    the border of material, which may be a strip beside a wall, or the edge of the blank, in which no line of its own stands."""

    lines: Raster
    strips: NDArray[np.float64]

    def cells(self, strips: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows and columns of the cells that some of the strips lie in."""
        ny, nx = self.lines.values.shape
        i, j = (np.rint((strips[:, k] - o) / self.lines.cell).astype(np.int64) for k, o in ((0, self.lines.x0), (1, self.lines.y0)))
        return np.clip(j, 0, ny - 1), np.clip(i, 0, nx - 1)

    @property
    def any(self) -> NDArray[np.bool_]:
        """Cells with anything in them."""
        out = self.lines.values.copy()
        out[self.cells(self.strips)] = True
        return out


def standing(
    scene: Scene, tool: Tool, levels: list[tuple[float, float]], zone: BaseGeometry | None, allowance_mm: float, sliver_mm: float
) -> list[Layer]:
    """For each level (z, top of the layer) what of the in-process stock stands in the layer where the tool may come down to z.

    The tool leaves `allowance_mm` on walls and keeps its centre in `zone`, if given; what is within `sliver_mm` of what it leaves does not count.
    """
    top = scene.top
    x, y = (top.x0 + np.arange(top.values.shape[1]) * top.cell, top.y0 + np.arange(top.values.shape[0]) * top.cell)
    floor = at(tip_floor(scene.design, tool, allowance_mm), x[None, :], y[:, None])
    if zone is not None:
        within = zone.buffer(cutter_radius(tool))
        shapely.prepare(within)
        floor[~shapely.contains_xy(within, *np.meshgrid(x, y))] = np.inf
    out = []
    for z, z_top in levels:
        layer = scene.stock.layer(z + STANDS_MM, z_top - STANDS_MM)
        rows, columns = np.nonzero(layer.values & (floor <= z + STANDS_MM))

        def clear(points: NDArray[np.float64], z: float = z) -> NDArray[np.bool_]:
            ok = np.ones(len(points), bool)
            clear_discs(scene.design.heights(), points, allowance_mm + sliver_mm, z + STANDS_MM, ok)
            return ok

        keep = clear(np.column_stack([x[columns], y[rows]]))
        values = np.zeros_like(layer.values)
        values[rows[keep], columns[keep]] = True
        found = Layer(replace(layer, values=values), np.zeros((0, 2)))
        if layer.cell > STRIP_MM:  # else a line stands in whatever is as thick
            half = max(0.0, 0.5 * (layer.cell - (z_top - z)))  # a thin layer may lie between the level lines
            ends = scene.stock.ends(z - half + STANDS_MM, z_top + half - STANDS_MM)
            strips = ends[:, :2] + STRIP_MM * ends[:, 2:]
            strips = strips[floor[found.cells(strips)] <= z + STANDS_MM]
            found = replace(found, strips=strips[clear(strips)])
        out.append(found)
    return out
