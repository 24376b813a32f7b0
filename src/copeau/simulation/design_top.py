"""The design's top as the spindle of a setup sees it, and where a tool stands clear of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copeau.features.reach import SHANK_GAP_MM, bodies_above
from copeau.kernels import kernel
from copeau.model.tool import Tool
from copeau.simulation.closest import Design
from copeau.simulation.corners import nose_radius
from copeau.simulation.deviation import EXCESS_MM
from copeau.simulation.stock_build import edge_crossing, plane_height
from copeau.simulation.visited import SetupMotion

TOP_CELL_MM, MOST_TOP_CELLS = 0.25, 2000  # raster of the design's top: its cells are narrower than the gaps of shanks and holders


@dataclass(frozen=True)
class Top:
    """Highest place of the design over each cell in a setup's work coordinates: `height` (ny, nx), -inf beside it."""

    height: NDArray[np.float64]
    x0: float
    y0: float
    cell: float


def top_of(design: Design, setup: SetupMotion) -> Top:
    """The design's top as the spindle of a setup sees it."""
    p = np.ascontiguousarray(setup.to_wcs(design.mesh.vertices))
    low, high = p.min(0), p.max(0)
    cell = max(TOP_CELL_MM, float((high - low)[:2].max()) / MOST_TOP_CELLS)
    nx, ny = (int(v) for v in np.ceil((high - low)[:2] / cell).astype(int) + 1)
    height = np.full((ny, nx), -np.inf)
    raise_top(p, design.mesh.triangles, low[0], low[1], cell, height)
    return Top(height, float(low[0]), float(low[1]), cell)


@kernel
def raise_top(p, triangles, x0, y0, cell, height):
    """Height of the highest triangle over the middle of each cell."""
    ny, nx = height.shape
    for t in triangles:
        a, b, c = p[t[0]], p[t[1]], p[t[2]]
        i0 = max(0, int((min(a[0], b[0], c[0]) - x0) / cell) - 1)
        i1 = min(nx - 1, int((max(a[0], b[0], c[0]) - x0) / cell) + 1)
        j0 = max(0, int((min(a[1], b[1], c[1]) - y0) / cell) - 1)
        j1 = min(ny - 1, int((max(a[1], b[1], c[1]) - y0) / cell) + 1)
        for j in range(j0, j1 + 1):
            y = y0 + (j + 0.5) * cell
            for i in range(i0, i1 + 1):
                x = x0 + (i + 0.5) * cell
                s = edge_crossing(a[0], a[1], b[0], b[1], x, y) + edge_crossing(b[0], b[1], c[0], c[1], x, y)
                if s + edge_crossing(c[0], c[1], a[0], a[1], x, y) != 0:
                    height[j, i] = max(height[j, i], plane_height(a, b, c, x, y))


def reaches(tool: Tool, top: Top, tips: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether cutter, shank and holder of a tool stay clear of the design with the tip at each of `tips` (n, 3), work coordinates."""
    # The cutter too, less the gap: from the wrong side of the part a corner lies under material.
    rows = [*bodies_above(tool), (nose_radius(tool) + EXCESS_MM, tool.DC / 2.0 - SHANK_GAP_MM)]
    clear = np.ones(len(tips), np.bool_)
    for height, radius in rows:
        stay_clear(top.height, top.x0, top.y0, top.cell, np.ascontiguousarray(tips), radius, height, clear)
    return clear


@kernel
def stay_clear(top, x0, y0, cell, tips, radius, height, clear):
    """Clear the mark of the tips at which the disc of `radius`, `height` above the tip, goes below the top of a cell within it."""
    ny, nx = top.shape
    for n in range(len(tips)):
        z = tips[n, 2] + height
        i0 = max(0, int((tips[n, 0] - radius - x0) / cell))
        i1 = min(nx - 1, int((tips[n, 0] + radius - x0) / cell))
        j0 = max(0, int((tips[n, 1] - radius - y0) / cell))
        j1 = min(ny - 1, int((tips[n, 1] + radius - y0) / cell))
        for j in range(j0, j1 + 1):
            if not clear[n]:
                break
            dy = y0 + (j + 0.5) * cell - tips[n, 1]
            for i in range(i0, i1 + 1):
                dx = x0 + (i + 0.5) * cell - tips[n, 0]
                if top[j, i] > z and dx * dx + dy * dy < radius * radius:
                    clear[n] = False
                    break
