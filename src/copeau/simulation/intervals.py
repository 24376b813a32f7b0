"""Sorted disjoint intervals on dexel lines, kept in one pool that grows with the surface.

Line `l` of a field holds `count[l]` intervals in `pool[first[l] : first[l] + 2 count[l]]` as start, end, start, end, ... It owns room for
`capacity[l]` of them; when it needs more it moves to a block twice as large at the pool's end (`used[0]`), so the
waste stays below what is stored.
"""

from copeau.kernels import kernel

POOL_FULL = -1.0
"""Answer of `subtract` when the pool must grow first; the line is untouched."""


@kernel
def subtract(count, first, capacity, pool, used, line, lo, hi):
    """Take lo < x < hi from a line; the length taken (mm), or POOL_FULL.

    The case of milling from one side, one interval that loses its end, comes first.
    """
    n = count[line]
    if n == 0:
        return 0.0
    f = first[line]
    last = f + 2 * n - 1
    top = pool[last]
    if lo >= top or hi <= pool[f]:
        return 0.0
    if hi >= top and lo > pool[last - 1]:
        pool[last] = lo
        return top - lo
    return subtract_within(count, first, capacity, pool, used, line, lo, hi)


@kernel
def subtract_within(count, first, capacity, pool, used, line, lo, hi):
    """`subtract` for any position of lo, hi."""
    n, f = count[line], first[line]
    a = 0
    while a < n and pool[f + 2 * a + 1] <= lo:
        a += 1
    b = a
    while b < n and pool[f + 2 * b] < hi:
        b += 1
    if a == b:
        return 0.0
    start, end = pool[f + 2 * a], pool[f + 2 * b - 1]
    taken = 0.0
    for k in range(a, b):
        taken += min(pool[f + 2 * k + 1], hi) - max(pool[f + 2 * k], lo)
    left, right = start < lo, end > hi
    kept = int(left) + int(right)
    if n - (b - a) + kept > capacity[line]:
        if not move_line(count, first, capacity, pool, used, line):
            return POOL_FULL
        f = first[line]
    shift_tail(pool, f, n, b, a + kept)
    if left:
        pool[f + 2 * a], pool[f + 2 * a + 1] = start, lo
    if right:
        k = a + int(left)
        pool[f + 2 * k], pool[f + 2 * k + 1] = hi, end
    count[line] = n - (b - a) + kept
    return taken


@kernel
def move_line(count, first, capacity, pool, used, line):
    """Move a line to a block with twice its room; False when the pool has none."""
    room = 2 * capacity[line]
    if used[0] + 2 * room > len(pool):
        return False
    f, g = first[line], used[0]
    for k in range(2 * count[line]):
        pool[g + k] = pool[f + k]
    first[line], capacity[line] = g, room
    used[0] += 2 * room
    return True


@kernel
def shift_tail(pool, f, n, old, new):
    """Move intervals old..n-1 of the block at `f` so that they begin at `new`."""
    if new < old:
        for k in range(2 * (n - old)):
            pool[f + 2 * new + k] = pool[f + 2 * old + k]
    elif new > old:
        for k in range(2 * (n - old) - 1, -1, -1):
            pool[f + 2 * new + k] = pool[f + 2 * old + k]


@kernel
def total_length(count, first, pool):
    """Sum (mm) of all intervals of a field, line after line."""
    total = 0.0
    for line in range(len(count)):
        f = first[line]
        for k in range(count[line]):
            total += pool[f + 2 * k + 1] - pool[f + 2 * k]
    return total


@kernel
def pack(count, first, pool, offsets, starts, ends):
    """Copy all intervals, line after line, into `starts`, `ends` at `offsets` (n + 1)."""
    for line in range(len(count)):
        f, o = first[line], offsets[line]
        for k in range(count[line]):
            starts[o + k] = pool[f + 2 * k]
            ends[o + k] = pool[f + 2 * k + 1]


@kernel
def unpack(offsets, starts, ends, first, pool):
    """The inverse of `pack`: intervals into the lines' blocks."""
    for line in range(len(first)):
        f, o = first[line], offsets[line]
        for k in range(offsets[line + 1] - o):
            pool[f + 2 * k] = starts[o + k]
            pool[f + 2 * k + 1] = ends[o + k]
