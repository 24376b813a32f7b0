"""Largest height within a radius of every cell of a raster."""

import math

import numpy as np

from copeau.kernels import inlined_kernel, kernel
from copeau.model.stock import Raster

NOWHERE = -1e9  # stands for the height of cells without stock: kernels compare, they don't handle infinities
POOLED_MM = 0.4  # holders keep a larger gap
FEW_CELLS = 8  # of a radius at least: a cell more or less is then an eighth of it
MANY_CELLS = 32  # of a radius: a cell more or less is then a thirtieth of it


def dilated(top: Raster, radius: float) -> Raster:
    """Largest height within `radius` of every cell."""
    r = max(0, int(math.ceil(radius / top.cell)))
    return Raster(_dilate(np.where(np.isfinite(top.values), top.values, NOWHERE), r), top.x0, top.y0, top.cell)


def dilated_at_least(top: Raster, radius: float) -> Raster:
    """As `dilated`, of squares as high as their cells, or a little more.

    Where the radius is few cells, in finer ones, so that rounding does not add half of it; where it is many, in cells up to `POOLED_MM` wide.
    """
    if radius < FEW_CELLS * top.cell:
        return dilated(parted(top, min(int(math.ceil(FEW_CELLS * top.cell / max(radius, top.cell))), FEW_CELLS)), radius)
    together = int(POOLED_MM / top.cell)
    if together < 2 or radius < MANY_CELLS * top.cell:
        return dilated(top, radius)
    return dilated(pooled(top, together), radius + 0.5 * together * top.cell)


def parted(top: Raster, n: int) -> Raster:
    """The raster in cells an `n`th as wide."""
    fine = top.cell / n
    return Raster(np.repeat(np.repeat(top.values, n, 0), n, 1), top.x0 - 0.5 * (top.cell - fine), top.y0 - 0.5 * (top.cell - fine), fine)


def pooled(top: Raster, n: int) -> Raster:
    """The raster in cells `n` times as wide, each as high as the highest of those in it."""
    ny, nx = (-(-k // n) for k in top.values.shape)
    cells = np.full((ny * n, nx * n), -np.inf)
    cells[: top.values.shape[0], : top.values.shape[1]] = top.values
    middle = 0.5 * (n - 1) * top.cell
    return Raster(cells.reshape(ny, n, nx, n).max((1, 3)), top.x0 + middle, top.y0 + middle, n * top.cell)


@kernel
def _dilate(values, r):
    """Each row, widened cell by cell as the disc widens towards its middle, raises the rows above and below: plain loops that vectorise."""
    ny, nx = values.shape
    out = values.copy()
    wide, wider = np.empty(nx), np.empty(nx)
    for j in range(ny):
        wide[:] = values[j]
        w = 0
        for dj in range(r, -1, -1):
            while w * w + dj * dj <= r * r:
                if w > 0:
                    _widen(wide, wider)
                    wide, wider = wider, wide
                w += 1
            if j - dj >= 0:
                _raise(out[j - dj], wide)
            if j + dj < ny:
                _raise(out[j + dj], wide)
    return out


@inlined_kernel
def _widen(row, out):
    """The largest of each value and its neighbours."""
    n = len(row)
    for i in range(1, n - 1):
        beside = row[i - 1] if row[i - 1] > row[i + 1] else row[i + 1]
        out[i] = row[i] if row[i] > beside else beside
    out[0], out[n - 1] = max(row[0], row[min(1, n - 1)]), max(row[n - 1], row[max(n - 2, 0)])


@inlined_kernel
def _raise(row, to):
    for i in range(len(row)):
        row[i] = to[i] if to[i] > row[i] else row[i]
