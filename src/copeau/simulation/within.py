"""The stock inside of some boxes: what a question about a few places has to cut; and put back, once it is cut."""

import numpy as np
from numpy.typing import NDArray

from copeau.kernels import kernel
from copeau.simulation.tridexel import DexelField, TriDexel


def within(stock: TriDexel, boxes: NDArray[np.float64]) -> TriDexel:
    """A stock on the same lattice that has material only where one of the `boxes` (n, 2, 3) is, mm, part coordinates. No box may overlap another."""
    x, y, z = (_field_within(f, np.asarray(boxes, float).reshape(-1, 2, 3)) for f in stock.fields)
    return TriDexel(stock.origin.copy(), stock.cell, stock.shape, stock.bbox.copy(), (x, y, z))


def replace_in(stock: TriDexel, part: TriDexel, boxes: NDArray[np.float64]) -> None:
    """Give the stock, in place, what `part` has in the boxes (as `within`, on the same lattice) for its own there; one field after the other, for they are large."""
    boxes = np.asarray(boxes, float).reshape(-1, 2, 3)
    for k in range(3):
        x, y, z = (_field_replaced(f, part.fields[k], boxes) if f.axis == k else f for f in stock.fields)
        stock.fields = (x, y, z)


def _lines_in(f: DexelField, boxes: NDArray[np.float64]):
    """Of each box (n, 2, 3), in the order in which they begin along the lines: its first line along u and v (n, 2), the one after its last (n, 2),
    and from where to where along them (n, 2)."""
    u, v = (f.axis + 1) % 3, (f.axis + 2) % 3
    order = np.argsort(boxes[:, 0, f.axis], kind="stable")
    low, high = boxes[order, 0], boxes[order, 1]
    shape = np.array(f.shape)
    first = np.clip(np.ceil((low[:, [u, v]] - f.origin) / f.cell), 0, shape).astype(np.int64)
    end = np.clip(np.floor((high[:, [u, v]] - f.origin) / f.cell) + 1, 0, shape).astype(np.int64)
    return first, end, np.ascontiguousarray(np.column_stack([low[:, f.axis], high[:, f.axis]]))


def _field_within(f: DexelField, boxes: NDArray[np.float64]) -> DexelField:
    first, end, spans = _lines_in(f, boxes)
    count = np.zeros(len(f.count) + 1, np.int64)
    gather(f.count, f.first, f.pool, f.shape[1], first, end, spans, count[1:], np.empty(0), np.empty(0))
    offsets = np.cumsum(count)
    starts, ends = np.empty(offsets[-1]), np.empty(offsets[-1])
    gather(f.count, f.first, f.pool, f.shape[1], first, end, spans, offsets[:-1].copy(), starts, ends)
    return DexelField.from_intervals(f.axis, f.origin.copy(), f.cell, f.shape, offsets, starts, ends)


def _field_replaced(f: DexelField, g: DexelField, boxes: NDArray[np.float64]) -> DexelField:
    first, end, spans = _lines_in(f, boxes)
    count = np.zeros(len(f.count) + 1, np.int64)
    spread(f.shape[1], first, end, spans, count[1:], np.empty((0, 2)))
    held = np.cumsum(count)
    own = np.empty((held[-1], 2))
    spread(f.shape[1], first, end, spans, held[:-1].copy(), own)
    count[:] = 0
    put(f.count, f.first, f.pool, g.count, g.first, g.pool, held, own, count[1:], np.empty(0), np.empty(0))
    offsets = np.cumsum(count)
    starts, ends = np.empty(offsets[-1]), np.empty(offsets[-1])
    put(f.count, f.first, f.pool, g.count, g.first, g.pool, held, own, offsets[:-1].copy(), starts, ends)
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


@kernel
def spread(nv, low, high, spans, cursor, own):
    """Count into `cursor` (lines,) the boxes that each line goes through, or, with room in `own`, write their spans from `cursor` on."""
    for b in range(len(low)):
        for iu in range(low[b, 0], high[b, 0]):
            for line in range(iu * nv + low[b, 1], iu * nv + high[b, 1]):
                if len(own):
                    own[cursor[line]] = spans[b]
                cursor[line] += 1


@kernel
def put(count, first, pool, count_in, first_in, pool_in, held, own, cursor, starts, ends):
    """Count into `cursor` (lines,) the pieces of each line outside of its spans `own[held[line] : held[line + 1]]`, which rise, and those of the
    other field, which lie in them; or, with room in `starts` and `ends`, write them from `cursor` on. Pieces that meet are one."""
    for line in range(len(count)):
        begin, last = cursor[line], -np.inf
        k, k_end, at = first[line], first[line] + 2 * count[line], -np.inf
        m, m_end = first_in[line], first_in[line] + 2 * count_in[line] if held[line] < held[line + 1] else first_in[line]
        s = held[line]
        while k < k_end or m < m_end:
            # The next piece outside of the spans.
            a, b = np.inf, np.inf
            if k < k_end:
                a = max(pool[k], at)
                if a >= pool[k + 1]:
                    k += 2
                    continue
                while s < held[line + 1] and own[s, 1] <= a:
                    s += 1
                if s < held[line + 1] and own[s, 0] <= a:
                    at = own[s, 1]
                    continue
                b = pool[k + 1]
                if s < held[line + 1]:
                    b = min(b, own[s, 0])
            if m < m_end and pool_in[m] < a:
                a, b = pool_in[m], pool_in[m + 1]
                m += 2
            else:
                at = b
            if a <= last and cursor[line] > begin:
                if len(starts):
                    ends[cursor[line] - 1] = b
            else:
                if len(starts):
                    starts[cursor[line]], ends[cursor[line]] = a, b
                cursor[line] += 1
            last = b
