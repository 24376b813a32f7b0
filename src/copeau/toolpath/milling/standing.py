"""What of the in-process stock a tool may reach at all, level by level: a look at rasters before any exact geometry.

Nothing that the tool reaches is missed; what is told in excess, by less than a cell of the raster, the exact regions leave out.
"""

import math
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from copeau.features.reach import bodies_above, cutter_radius
from copeau.features.shadow import STANDS_MM, Shadow
from copeau.model.stock import Raster
from copeau.model.tool import Tool
from copeau.part.heights import clear_discs
from copeau.toolpath.dilation import dilated
from copeau.toolpath.scene import Scene

CELLS_A_RADIUS = 12  # of the cutter, of shank or holder: places are told to this share of it
HALF_DIAGONAL = math.sqrt(0.5)  # of a cell: how far a place is from the middle of its cell


def standing(
    scene: Scene, tool: Tool, levels: list[tuple[float, float]], zone: BaseGeometry | None, allowance_mm: float, sliver_mm: float
) -> list[Raster]:
    """For each level (z, top of the layer) the lines of the in-process stock, boolean, that stand in the layer where the tool may come down to z.

    The tool leaves `allowance_mm` on walls and keeps its centre in `zone`, if given; lines within `sliver_mm` of what it leaves do not count.
    """
    top = scene.top
    x, y = (top.x0 + np.arange(top.values.shape[1]) * top.cell, top.y0 + np.arange(top.values.shape[0]) * top.cell)
    floor = at(tip_floor(scene.design, tool, allowance_mm), x, y)
    if zone is not None:
        within = zone.buffer(cutter_radius(tool))
        shapely.prepare(within)
        floor[~shapely.contains_xy(within, *np.meshgrid(x, y))] = np.inf
    out = []
    for z, z_top in levels:
        layer = scene.stock.layer(z + STANDS_MM, z_top - STANDS_MM)
        rows, columns = np.nonzero(layer.values & (floor <= z + STANDS_MM))
        clear = np.ones(len(rows), bool)
        clear_discs(scene.design.heights(), np.column_stack([x[columns], y[rows]]), allowance_mm + sliver_mm, z + STANDS_MM, clear)
        values = np.zeros_like(layer.values)
        values[rows[clear], columns[clear]] = True
        out.append(replace(layer, values=values))
    return out


def tip_floor(design: Shadow, tool: Tool, allowance_mm: float) -> Raster:
    """Lowest height of the tip at which the tool may cover each place, its shank and holder clear of the design; told too low rather than too high."""
    heights = design.heights()
    every = max(1, int(cutter_radius(tool) / CELLS_A_RADIUS / heights.cell))
    cell = every * heights.cell
    margin = math.ceil(2 * cutter_radius(tool) / cell) + 2  # centres beside the part
    first = 0.5 * heights.cell - margin * cell
    over = Raster(np.pad(heights.cells[::every, ::every], margin, constant_values=-np.inf), heights.x0 + first, heights.y0 + first, cell)

    def widest_within(radius_mm: float) -> NDArray[np.float64]:
        # Holders are looked at in coarser cells than cutters: the work grows with the square of the cells in a radius.
        k = max(1, int(radius_mm / CELLS_A_RADIUS / cell))
        sure = max(0.0, radius_mm - 2 * HALF_DIAGONAL * k * cell)
        coarse = dilated(replace(over, values=over.values[::k, ::k], cell=k * cell), math.floor(sure / (k * cell)) * k * cell)
        return np.repeat(np.repeat(coarse.values, k, axis=0), k, axis=1)[: over.values.shape[0], : over.values.shape[1]]

    lowest = widest_within(cutter_radius(tool) + allowance_mm)
    for height, radius in bodies_above(tool):
        lowest = np.maximum(lowest, widest_within(radius) - height)
    covering = dilated(replace(over, values=-lowest), cutter_radius(tool) + 2 * HALF_DIAGONAL * cell + cell)
    return replace(over, values=-covering.values)


def at(raster: Raster, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values (len(y), len(x)) of the cells over a grid, -inf beside the raster."""
    i, j = (np.rint((v - o) / raster.cell).astype(int) for v, o in ((x, raster.x0), (y, raster.y0)))
    ny, nx = raster.values.shape
    out = raster.values[np.clip(j, 0, ny - 1)[:, None], np.clip(i, 0, nx - 1)[None, :]].copy()
    out[(j < 0) | (j >= ny), :] = -np.inf
    out[:, (i < 0) | (i >= nx)] = -np.inf
    return out
