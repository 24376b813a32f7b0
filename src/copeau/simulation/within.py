"""The stock inside of some boxes: what a question about a few places has to cut."""

import numpy as np
from numpy.typing import NDArray

from copeau.kernels import kernel
from copeau.simulation.tridexel import DexelField, TriDexel


def within(stock: TriDexel, boxes: NDArray[np.float64]) -> TriDexel:
    """A stock on the same lattice that has material only where one of the `boxes` (n, 2, 3) is, mm, part coordinates. No box may overlap another."""
    x, y, z = (_field_within(f, np.asarray(boxes, float).reshape(-1, 2, 3)) for f in stock.fields)
    return TriDexel(stock.origin.copy(), stock.cell, stock.shape, stock.bbox.copy(), (x, y, z))


def _field_within(f: DexelField, boxes: NDArray[np.float64]) -> DexelField:
    u, v = (f.axis + 1) % 3, (f.axis + 2) % 3
    order = np.argsort(boxes[:, 0, f.axis], kind="stable")
    low, high = boxes[order, 0], boxes[order, 1]
    shape = np.array(f.shape)
    first = np.clip(np.ceil((low[:, [u, v]] - f.origin) / f.cell), 0, shape).astype(np.int64)
    end = np.clip(np.floor((high[:, [u, v]] - f.origin) / f.cell) + 1, 0, shape).astype(np.int64)
    spans = np.ascontiguousarray(np.column_stack([low[:, f.axis], high[:, f.axis]]))
    count = np.zeros(len(f.count) + 1, np.int64)
    gather(f.count, f.first, f.pool, f.shape[1], first, end, spans, count[1:], np.empty(0), np.empty(0))
    offsets = np.cumsum(count)
    starts, ends = np.empty(offsets[-1]), np.empty(offsets[-1])
    gather(f.count, f.first, f.pool, f.shape[1], first, end, spans, offsets[:-1].copy(), starts, ends)
    return DexelField.from_intervals(f.axis, f.origin.copy(), f.cell, f.shape, offsets, starts, ends)


@kernel
def gather(count, first, pool, nv, low, high, spans, cursor, starts, ends):
    """Count into `cursor` (lines,) the pieces of each line that lie in a box, or, with room in `starts` and `ends`, write them from `cursor` on.

    `low`, `high` (n, 2): first line of each box along u and v, and the one after its last; `spans` (n, 2): from where to where along the lines.
    """
    for b in range(len(low)):
        for iu in range(low[b, 0], high[b, 0]):
            for line in range(iu * nv + low[b, 1], iu * nv + high[b, 1]):
                for k in range(first[line], first[line] + 2 * count[line], 2):
                    start, end = max(pool[k], spans[b, 0]), min(pool[k + 1], spans[b, 1])
                    if start < end:
                        if len(starts):
                            starts[cursor[line]], ends[cursor[line]] = start, end
                        cursor[line] += 1
