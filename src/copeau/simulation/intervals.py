"""Sorted disjoint intervals on dexel lines, kept in one pool that grows with the surface.

Line `l` of a field holds `count[l]` intervals in `pool[first[l] : first[l] + 2 count[l]]` as start, end, start, end, ... It owns room for
`capacity[l]` of them; when it needs more it moves to a block twice as large at the pool's end (`used[0]`), so the
waste stays below what is stored.
"""

from copeau.kernels import inlined_kernel, kernel

UNDECIDED = -1.0
"""Answer of `trim` that asks for `take`."""
NO_ROOM = -1.0
"""Answer of `subtract` when the line has no room for one interval more."""
POOL_FULL = -2.0
"""Answer of `take` when the pool must grow first; the line is untouched."""


@inlined_kernel
def trim(count, first, pool, line, lo, hi):
    """`subtract` where it takes nothing or shortens one interval at one end, the case of nearly every cut; else UNDECIDED.

    Small, and calling nothing, so that it is inlined: handing over four arrays and counting references to them takes
    twenty times the work that is done here.
    """
    n = count[line]
    if n == 0 or lo >= hi:
        return 0.0
    k = first[line]
    stop = k + 2 * n
    while k < stop and pool[k + 1] <= lo:
        k += 2
    if k == stop or pool[k] >= hi:
        return 0.0
    start, end = pool[k], pool[k + 1]
    if lo <= start:
        if hi >= end:
            return UNDECIDED
        pool[k] = hi
        return hi - start
    if hi < end or (k + 2 < stop and pool[k + 2] < hi):
        return UNDECIDED
    pool[k + 1] = lo
    return end - lo


@kernel
def subtract(count, first, capacity, pool, line, lo, hi):
    """Take lo < x < hi from a line; the length taken (mm), or NO_ROOM."""
    n, f = count[line], first[line]
    a = 0
    while a < n and pool[f + 2 * a + 1] <= lo:
        a += 1
    b = a
    taken = 0.0
    while b < n and pool[f + 2 * b] < hi:
        taken += min(pool[f + 2 * b + 1], hi) - max(pool[f + 2 * b], lo)
        b += 1
    if a == b:
        return 0.0
    start, end = pool[f + 2 * a], pool[f + 2 * b - 1]
    left, right = int(start < lo), int(end > hi)
    left_over = a + left + right
    if n + left_over - b > capacity[line]:
        return NO_ROOM
    if left_over < b:
        for k in range(2 * (n - b)):
            pool[f + 2 * left_over + k] = pool[f + 2 * b + k]
    elif left_over > b:
        for k in range(2 * (n - b) - 1, -1, -1):
            pool[f + 2 * left_over + k] = pool[f + 2 * b + k]
    if left:
        pool[f + 2 * a], pool[f + 2 * a + 1] = start, lo
    if right:
        pool[f + 2 * (a + left)], pool[f + 2 * (a + left) + 1] = hi, end
    count[line] = n + left_over - b
    return taken


@kernel
def take(count, first, capacity, pool, used, line, lo, hi):
    """`subtract`, if need be after the line has moved to a block with twice its room; POOL_FULL when the pool has none."""
    taken = subtract(count, first, capacity, pool, line, lo, hi)
    if taken >= 0.0:
        return taken
    room = 2 * capacity[line]
    if used[0] + 2 * room > len(pool):
        return POOL_FULL
    f, g = first[line], used[0]
    for k in range(2 * count[line]):
        pool[g + k] = pool[f + k]
    first[line], capacity[line] = g, room
    used[0] += 2 * room
    return subtract(count, first, capacity, pool, line, lo, hi)


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
