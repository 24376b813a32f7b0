"""How deep a tool may come at each place of a part: a look at rasters before any exact geometry."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from copeau.features.reach import bodies_above, cutter_radius
from copeau.features.shadow import Shadow
from copeau.model.stock import Raster
from copeau.model.tool import Tool
from copeau.part.dilation import dilated

CELLS_A_RADIUS = 12  # of the cutter, of shank or holder: places are told to this share of it
HALF_DIAGONAL = math.sqrt(0.5)  # of a cell: how far a place is from the middle of its cell


def tip_floor(design: Shadow, tool: Tool, allowance_mm: float, *, beside_mm: float = 0.0, cells: int = CELLS_A_RADIUS) -> Raster:
    """Lowest height of the tip at which the tool may cover each place, or come within `beside_mm` of it, its shank and holder clear of the design;
    told too low rather than too high.

    `cells`: of the cutter's radius, by which places are told.
    """
    heights = design.heights()
    every = max(1, int(cutter_radius(tool) / cells / heights.cell))
    cell = every * heights.cell
    margin = math.ceil((2 * cutter_radius(tool) + beside_mm) / cell) + 2  # centres beside the part
    first = 0.5 * heights.cell - margin * cell
    over = Raster(np.pad(heights.cells[::every, ::every], margin, constant_values=-np.inf), heights.x0 + first, heights.y0 + first, cell)

    def widest_within(radius_mm: float) -> NDArray[np.float64]:
        # Holders are looked at in coarser cells than cutters: the work grows with the square of the cells in a radius.
        k = max(1, int(radius_mm / cells / cell))
        sure = max(0.0, radius_mm - 2 * HALF_DIAGONAL * k * cell)
        coarse = dilated(replace(over, values=over.values[::k, ::k], cell=k * cell), math.floor(sure / (k * cell)) * k * cell)
        return np.repeat(np.repeat(coarse.values, k, axis=0), k, axis=1)[: over.values.shape[0], : over.values.shape[1]]

    lowest = widest_within(cutter_radius(tool) + allowance_mm)
    for height, radius in bodies_above(tool):
        lowest = np.maximum(lowest, widest_within(radius) - height)
    covering = dilated(replace(over, values=-lowest), cutter_radius(tool) + beside_mm + 2 * HALF_DIAGONAL * cell + cell)
    return replace(over, values=-covering.values)


def at(raster: Raster, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values of the cells at places x, y of any shapes that go together, -inf beside the raster."""
    i, j = (np.rint((v - o) / raster.cell).astype(int) for v, o in ((x, raster.x0), (y, raster.y0)))
    ny, nx = raster.values.shape
    inside = (i >= 0) & (i < nx) & (j >= 0) & (j < ny)
    return np.where(inside, raster.values[np.clip(j, 0, ny - 1), np.clip(i, 0, nx - 1)], -np.inf)
