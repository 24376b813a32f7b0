"""Highest place of a mesh over the cells of a raster, as one looks along -Z, and which discs stay clear of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copeau.kernels import inlined_kernel, kernel

CELL_MM, MOST_CELLS = 0.1, 2500  # how near a wall a flank may come is told to a cell; larger parts are told less finely
BLOCK = 16  # cells along a side that are passed over together where none is high enough


@dataclass(frozen=True)
class Heights:
    """`cells` (ny, nx): height at the middle of each cell, -inf where there is nothing; `blocks`: the highest of each BLOCK x BLOCK cells.

    The middle of cell (j, i) is at (x0 + (i + 0.5) cell, y0 + (j + 0.5) cell).
    """

    cells: NDArray[np.float64]
    blocks: NDArray[np.float64]
    x0: float
    y0: float
    cell: float

    def middles(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """x (nx,) and y (ny,) of the middles of all cells."""
        ny, nx = self.cells.shape
        return self.x0 + (np.arange(nx) + 0.5) * self.cell, self.y0 + (np.arange(ny) + 0.5) * self.cell


def heights_of(vertices: NDArray[np.float64], triangles: NDArray[np.int64]) -> Heights:
    """Heights of a mesh, vertices (n, 3) in mm, triangles (m, 3)."""
    p = np.ascontiguousarray(vertices)
    low, high = p.min(0), p.max(0)
    cell = max(CELL_MM, float((high - low)[:2].max()) / MOST_CELLS)
    nx, ny = (int(v) for v in np.ceil((high - low)[:2] / cell).astype(int) + 1)
    cells = np.full((ny, nx), -np.inf)
    raise_cells(p, np.asarray(triangles, np.int64), low[0], low[1], cell, cells)
    return with_blocks(cells, float(low[0]), float(low[1]), cell)


def with_blocks(cells: NDArray[np.float64], x0: float, y0: float, cell: float) -> Heights:
    """Heights from their cells."""
    ny, nx = cells.shape
    padded = np.full((-(-ny // BLOCK) * BLOCK, -(-nx // BLOCK) * BLOCK), -np.inf)
    padded[:ny, :nx] = cells
    blocks = padded.reshape(padded.shape[0] // BLOCK, BLOCK, -1, BLOCK).max((1, 3))
    return Heights(cells, np.ascontiguousarray(blocks), x0, y0, cell)


def clear_discs(heights: Heights, centres: NDArray[np.float64], radius, z, clear: NDArray[np.bool_]) -> None:
    """Clear the mark in `clear` (n,) of level discs at `centres` (n, 2) with something over their height `z` within their `radius` (both (n,) or a number)."""
    r, h = (np.full(len(centres), v, float) for v in (radius, z))
    keep_clear(heights.cells, heights.blocks, heights.x0, heights.y0, heights.cell, np.ascontiguousarray(centres), r, h, clear)


@kernel
def edge_crossing(au, av, bu, bv, u, v):
    """+1, -1 or 0: does a ray from (u, v) towards +u cross the edge a -> b upwards, downwards, or not.

    The abscissa is worked out from the lower end on, whichever way the edge runs.
    """
    if (av > v) == (bv > v):
        return 0
    if av < bv:
        return 1 if u < au + (v - av) / (bv - av) * (bu - au) else 0
    return -1 if u < bu + (v - bv) / (av - bv) * (au - bu) else 0


@kernel
def plane_height(a, b, c, u, v):
    """Height of the plane of a triangle at (u, v), kept between its lowest and highest corner."""
    area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
    low, high = min(a[2], b[2], c[2]), max(a[2], b[2], c[2])
    if area == 0.0:
        return low
    s = ((u - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (v - a[1])) / area
    t = ((b[0] - a[0]) * (v - a[1]) - (u - a[0]) * (b[1] - a[1])) / area
    return min(high, max(low, a[2] + s * (b[2] - a[2]) + t * (c[2] - a[2])))


@kernel
def raise_cells(p, triangles, x0, y0, cell, cells):
    """Height of the highest triangle over the middle of each cell."""
    ny, nx = cells.shape
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
                    cells[j, i] = max(cells[j, i], plane_height(a, b, c, x, y))


@kernel
def keep_clear(cells, blocks, x0, y0, cell, centres, radius, z, clear):
    """Clear the marks of the discs that go below the height of a cell whose middle is within them."""
    ny, nx = cells.shape
    for n in range(len(centres)):
        if not clear[n] or radius[n] <= 0.0:
            continue
        x, y, r = centres[n, 0], centres[n, 1], radius[n]
        i0, i1 = max(0, int((x - r - x0) / cell)), min(nx - 1, int((x + r - x0) / cell))
        j0, j1 = max(0, int((y - r - y0) / cell)), min(ny - 1, int((y + r - y0) / cell))
        if i0 > i1 or j0 > j1:
            continue
        for bj in range(j0 // BLOCK, j1 // BLOCK + 1):
            for bi in range(i0 // BLOCK, i1 // BLOCK + 1):
                if clear[n] and blocks[bj, bi] > z[n]:
                    a, b = max(j0, bj * BLOCK), min(j1, bj * BLOCK + BLOCK - 1)
                    c, d = max(i0, bi * BLOCK), min(i1, bi * BLOCK + BLOCK - 1)
                    clear[n] = not stands_within(cells, x0, y0, cell, a, b, c, d, x, y, r, z[n])
            if not clear[n]:
                break


@inlined_kernel
def stands_within(cells, x0, y0, cell, j0, j1, i0, i1, x, y, r, z):
    """Whether one of some cells is over `z` and has its middle within a circle."""
    for j in range(j0, j1 + 1):
        dy = y0 + (j + 0.5) * cell - y
        for i in range(i0, i1 + 1):
            dx = x0 + (i + 0.5) * cell - x
            if cells[j, i] > z and dx * dx + dy * dy < r * r:
                return True
    return False
