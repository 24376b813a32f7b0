"""Largest height within a radius of every cell of a raster."""

import math

import numpy as np

from copeau.kernels import kernel
from copeau.model.stock import Raster

NOWHERE = -1e9  # stands for the height of cells without stock: kernels compare, they don't handle infinities


def dilated(top: Raster, radius: float) -> Raster:
    """Largest height within `radius` of every cell."""
    r = max(0, int(math.ceil(radius / top.cell)))
    return Raster(_dilate(np.where(np.isfinite(top.values), top.values, NOWHERE), r), top.x0, top.y0, top.cell)


@kernel
def _dilate(values, r):
    ny, nx = values.shape
    out = values.copy()
    for dj in range(-r, r + 1):
        w = int(math.sqrt(r * r - dj * dj))
        for j in range(max(0, -dj), min(ny, ny - dj)):
            # Largest of a sliding window of 2 w + 1 cells along the row, by a queue of falling values.
            queue = np.empty(nx, np.int64)
            head, tail, nxt = 0, 0, 0
            for i in range(nx):
                while nxt < nx and nxt <= i + w:
                    while tail > head and values[j + dj, queue[tail - 1]] <= values[j + dj, nxt]:
                        tail -= 1
                    queue[tail] = nxt
                    tail += 1
                    nxt += 1
                while queue[head] < i - w:
                    head += 1
                v = values[j + dj, queue[head]]
                if v > out[j, i]:
                    out[j, i] = v
    return out
