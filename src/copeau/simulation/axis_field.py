"""Removal from the dexels along the tool axis, and everything that a tool must not touch.

Frame: u, v across, z along the tool axis, upwards. Motion n is `seg[n]` (a and b as u, v, z) and `arc[n]` (see `plan_sweep`);
an arc is level. The field's own axis may run against z (`flip` = -1): an interval is turned when it is taken.
"""

import math

from copeau.kernels import inlined_kernel, kernel
from copeau.simulation.envelope import ball_low, lower_height, swept_extreme, upper_height
from copeau.simulation.intervals import take, trim
from copeau.simulation.plan_sweep import arc_distance, path_spans, reach, stadium_span

FLAT, BALL, PROFILE = 0, 1, 2
RAPID, CHAINED, TEST_ONLY, STEEP = 1, 2, 4, 8
"""Flags of a motion: a rapid; the tool was at its start in the motion before; nothing is taken; it goes down steeply."""
TILE = 16
"""Lines of a tile's side, whose top is kept so that far motions are skipped."""
HALF_TILE = TILE * math.sqrt(0.5)
"""Cells from a tile's middle to its furthest line."""
SIDE_MM = 0.02
"""A rapid may come as near to a wall sideways: the wall's own tolerance and the rounding of the program's digits."""
REMOVED, RAPID_DEPTH, DEEPEST, BODY = 0, 1, 2, 3
"""Columns of a motion's result: volume (as length on lines), depth of a rapid in material, longest piece taken; then one a kind of body."""
BODIES = 4  # kinds of bodies above the cutter: columns from BODY on


@kernel
def swept_at(shape, R, H, x, y, az, du, dv, dz):
    """Interval lo, hi (along z) that a cylinder or a ball, swept straight, takes from a line at x, y from its start; lo > hi: none."""
    l2 = du * du + dv * dv
    t0 = (x * du + y * dv) / l2 if l2 > 0.0 else 0.0
    if l2 == 0.0 or dz == 0.0:
        t = min(1.0, max(0.0, t0))
        d2 = (x - t * du) * (x - t * du) + (y - t * dv) * (y - t * dv)
        if d2 > R * R:
            return 1.0, 0.0
        low = az + min(0.0, dz)
        return (low if shape == FLAT else low + R - math.sqrt(R * R - d2)), az + max(0.0, dz) + H
    length = math.sqrt(l2)
    e = (x * dv - y * du) / length
    if e * e > R * R:
        return 1.0, 0.0
    half = math.sqrt(R * R - e * e) / length
    ta, tb = max(0.0, t0 - half), min(1.0, t0 + half)
    if ta > tb:
        return 1.0, 0.0
    high = az + max(dz * ta, dz * tb) + H
    if shape == FLAT:
        return az + min(dz * ta, dz * tb), high
    return az + ball_low(R, e * e, t0, length, dz, ta, tb), high


@kernel
def profile_at(R, H, topped, elements, x, y, az, du, dv, dz):
    """`swept_at` of any cutter."""
    l2 = du * du + dv * dv
    t0 = (x * du + y * dv) / l2 if l2 > 0.0 else 0.0
    if l2 == 0.0 or dz == 0.0:
        t = min(1.0, max(0.0, t0))
        d = math.sqrt((x - t * du) * (x - t * du) + (y - t * dv) * (y - t * dv))
        if d > R:
            return 1.0, 0.0
        return az + min(0.0, dz) + lower_height(elements, d), az + max(0.0, dz) + (H if topped else upper_height(elements, d))
    length = math.sqrt(l2)
    e = abs(x * dv - y * du) / length
    if e > R:
        return 1.0, 0.0
    half = math.sqrt(R * R - e * e) / length
    ta, tb = max(0.0, t0 - half), min(1.0, t0 + half)
    if ta > tb:
        return 1.0, 0.0
    high = az + max(dz * ta, dz * tb) + H if topped else az + swept_extreme(elements, e, t0, length, dz, ta, tb, True)
    return az + swept_extreme(elements, e, t0, length, dz, ta, tb, False), high


@kernel
def line_loss(shape, R, H, topped, elements, seg, arc, u, v):
    """Interval lo, hi (along z) that a line at (u, v) loses to one motion of a cutter; lo > hi where it loses none."""
    if arc[4] != 0.0:
        x, y = arc_distance(arc[0], arc[1], arc[2], arc[3], arc[4], u, v), 0.0
        du, dv, dz = 0.0, 0.0, 0.0
    else:
        x, y = u - seg[0], v - seg[1]
        du, dv, dz = seg[3] - seg[0], seg[4] - seg[1], seg[5] - seg[2]
    if shape == PROFILE:
        return profile_at(R, H, topped, elements, x, y, seg[2], du, dv, dz)
    return swept_at(shape, R, H, x, y, seg[2], du, dv, dz)


@inlined_kernel
def top_of(count, first, pool, flip, line):
    """Highest material of a line along z; -inf where there is none."""
    n = count[line]
    if n == 0:
        return -math.inf
    f = first[line]
    return pool[f + 2 * n - 1] if flip > 0.0 else -pool[f]


@inlined_kernel
def depth_in(count, first, pool, flip, line, lo, hi):
    """How far lo lies under the top of the highest material that lo < z < hi meets on a line; 0 where it meets none."""
    f, deep = first[line], 0.0
    for k in range(count[line]):
        s, e = pool[f + 2 * k], pool[f + 2 * k + 1]
        if flip < 0.0:
            s, e = -e, -s
        if e > lo and s < hi:
            deep = max(deep, e - lo)
    return deep


@inlined_kernel
def meets(count, first, pool, line, lo, hi):
    """True where a line holds material between lo and hi, along its own axis."""
    f = first[line]
    for k in range(count[line]):
        if pool[f + 2 * k] < hi and pool[f + 2 * k + 1] > lo:
            return True
    return False


@kernel
def tile_top(count, first, pool, flip, nu, nv, tops, dirty, i, j):
    """Highest material of tile (i, j), found anew when something was taken from it."""
    if dirty[i, j]:
        top = -math.inf
        for a in range(i * TILE, min(nu, (i + 1) * TILE)):
            for b in range(j * TILE, min(nv, (j + 1) * TILE)):
                top = max(top, top_of(count, first, pool, flip, a * nv + b))
        tops[i, j] = top
        dirty[i, j] = False
    return tops[i, j]


@inlined_kernel
def window(lo, hi, x0, cell, n):
    """First and last line between two places; first > last where there is none."""
    return max(0, int(math.ceil((lo - x0) / cell))), min(n - 1, int(math.floor((hi - x0) / cell)))


@inlined_kernel
def from_path(seg, arc, u, v):
    """Distance in plan of a place from a motion's path."""
    if arc[4] != 0.0:
        return arc_distance(arc[0], arc[1], arc[2], arc[3], arc[4], u, v)
    x, y, du, dv = u - seg[0], v - seg[1], seg[3] - seg[0], seg[4] - seg[1]
    l2 = du * du + dv * dv
    t = min(1.0, max(0.0, (x * du + y * dv) / l2)) if l2 > 0.0 else 0.0
    return math.sqrt((x - t * du) ** 2 + (y - t * dv) ** 2)


@kernel
def touch(count, first, pool, flip, u0, v0, cell, nu, nv, tops, dirty, seg, arc, shape, R, H, topped, elements, base, reach_mm):
    """Deepest entry (mm along z) of a body, lifted by `base`, into the material during one motion.

    Only lines up to `reach_mm` from the path count: R, or less where a side contact is allowed.
    """
    low = min(seg[2], seg[5]) + base
    ulo, uhi = reach(seg, arc, 0)
    vlo, vhi = reach(seg, arc, 1)
    i0, i1 = window(ulo - reach_mm, uhi + reach_mm, u0, cell, nu)
    j0, j1 = window(vlo - reach_mm, vhi + reach_mm, v0, cell, nv)
    deep = 0.0
    plain = arc[4] == 0.0 and shape != PROFILE
    au, av, az, du, dv, dz = seg[0], seg[1], seg[2], seg[3] - seg[0], seg[4] - seg[1], seg[5] - seg[2]
    if i0 > i1 or j0 > j1:
        return deep
    for ti in range(i0 // TILE, i1 // TILE + 1):
        for tj in range(j0 // TILE, j1 // TILE + 1):
            # Material is only taken away: an old top is still a bound.
            if tops[ti, tj] <= low + deep or tile_top(count, first, pool, flip, nu, nv, tops, dirty, ti, tj) <= low + deep:
                continue
            if from_path(seg, arc, u0 + (ti + 0.5) * TILE * cell, v0 + (tj + 0.5) * TILE * cell) > reach_mm + HALF_TILE * cell:
                continue
            for i in range(max(i0, ti * TILE), min(i1, ti * TILE + TILE - 1) + 1):
                for j in range(max(j0, tj * TILE), min(j1, tj * TILE + TILE - 1) + 1):
                    line, u, v = i * nv + j, u0 + i * cell, v0 + j * cell
                    if top_of(count, first, pool, flip, line) <= low + deep:
                        continue
                    if plain:
                        lo, hi = swept_at(shape, reach_mm, H, u - au, v - av, az, du, dv, dz)
                    else:
                        lo, hi = line_loss(shape, reach_mm, H, topped, elements, seg, arc, u, v)
                    if lo < hi:
                        deep = max(deep, depth_in(count, first, pool, flip, line, lo + base, hi + base))
    return deep


@kernel
def remove_flat(count, first, capacity, pool, used, flip, u0, v0, cell, nu, nv, seg, arc, chained, R, H, breaks, spans, out):
    """Take what a cylinder sweeps on a level motion; where it stood before, nothing is left to take. False when the pool is full."""
    au, av, bu, bv, straight = seg[0], seg[1], seg[3], seg[4], arc[4] == 0.0
    a, b = (seg[2], seg[2] + H) if flip > 0.0 else (-seg[2] - H, -seg[2])
    ulo, uhi = reach(seg, arc, 0)
    i0, i1 = window(ulo - R, uhi + R, u0, cell, nu)
    sum_taken, longest = 0.0, 0.0
    for i in range(i0, i1 + 1):
        u = u0 + i * cell
        s0, s1 = 1, 0
        if chained and (u - au) * (u - au) < R * R:
            half = math.sqrt(R * R - (u - au) * (u - au))
            s0, s1 = window(av - half, av + half, v0, cell, nv)
        lo, hi, m = 0.0, 0.0, 1
        if straight:
            lo, hi = stadium_span(au, av, bu, bv, R, u)
        else:
            m = path_spans(seg, arc, 0, R, u, breaks, spans)
        for k in range(m):
            if not straight:
                lo, hi = spans[2 * k], spans[2 * k + 1]
            j, j1 = window(lo, hi, v0, cell, nv)
            while j <= j1:
                if s0 <= j <= s1:
                    j = s1 + 1
                    continue
                taken = trim(count, first, pool, i * nv + j, a, b)
                if taken < 0.0:
                    taken = take(count, first, capacity, pool, used, i * nv + j, a, b)
                    if taken < 0.0:
                        out[REMOVED], out[DEEPEST] = out[REMOVED] + sum_taken, max(out[DEEPEST], longest)
                        return False
                sum_taken += taken
                longest = max(longest, taken)
                j += 1
    out[REMOVED], out[DEEPEST] = out[REMOVED] + sum_taken, max(out[DEEPEST], longest)
    return True


@kernel
def remove_any(
    count, first, capacity, pool, used, flip, u0, v0, cell, nu, nv, seg, arc, chained, shape, R, H, topped, elements, breaks, spans, out
):
    """Take what any cutter sweeps on any motion. False when the pool is full."""
    low = min(seg[2], seg[5])
    au, av, az, du, dv, dz = seg[0], seg[1], seg[2], seg[3] - seg[0], seg[4] - seg[1], seg[5] - seg[2]
    straight = arc[4] == 0.0
    plain = straight and shape != PROFILE
    # On a level line nothing is left to take behind the start.
    fu, fv = (du, dv) if chained and dz == 0.0 and straight else (0.0, 0.0)
    ulo, uhi = reach(seg, arc, 0)
    i0, i1 = window(ulo - R, uhi + R, u0, cell, nu)
    for i in range(i0, i1 + 1):
        u = u0 + i * cell
        s0, s1, m = 0.0, 0.0, 1
        if straight:
            s0, s1 = stadium_span(au, av, au + du, av + dv, R, u)
        else:
            m = path_spans(seg, arc, 0, R, u, breaks, spans)
        for k in range(m):
            if not straight:
                s0, s1 = spans[2 * k], spans[2 * k + 1]
            j0, j1 = window(s0, s1, v0, cell, nv)
            for j in range(j0, j1 + 1):
                line, v = i * nv + j, v0 + j * cell
                top = top_of(count, first, pool, flip, line)
                if top <= low or (u - au) * fu + (v - av) * fv < 0.0:
                    continue
                if plain:
                    lo, hi = swept_at(shape, R, H, u - au, v - av, az, du, dv, dz)
                else:
                    lo, hi = line_loss(shape, R, H, topped, elements, seg, arc, u, v)
                if lo >= hi or lo >= top:
                    continue
                a, b = (lo, hi) if flip > 0.0 else (-hi, -lo)
                taken = trim(count, first, pool, line, a, b)
                if taken < 0.0:
                    taken = take(count, first, capacity, pool, used, line, a, b)
                    if taken < 0.0:
                        return False
                out[REMOVED] += taken
                out[DEEPEST] = max(out[DEEPEST], taken)
    return True


@kernel
def soil(seg, arc, R, u0, v0, cell, nu, nv, dirty):
    """Mark the tiles that a motion may have taken from."""
    ulo, uhi = reach(seg, arc, 0)
    vlo, vhi = reach(seg, arc, 1)
    i0, i1 = window(ulo - R, uhi + R, u0, cell, nu)
    j0, j1 = window(vlo - R, vhi + R, v0, cell, nv)
    for i in range(i0 // TILE, i1 // TILE + 1 if i1 >= i0 else 0):
        for j in range(j0 // TILE, j1 // TILE + 1 if j1 >= j0 else 0):
            dirty[i, j] = True


@kernel
def strike(count, first, pool, flip, u0, v0, cell, nu, nv, tops, dirty, seg, arc, flags, bodies, early, out):
    """Depths of the bodies above the cutter in the material, before (`early`) or after the cutter has taken its share.

    Across, a body meets what the cutter under it is about to take; downwards, what the cutter leaves.
    """
    plan = math.sqrt((seg[3] - seg[0]) ** 2 + (seg[4] - seg[1]) ** 2)
    across = arc[4] != 0.0 or 2.0 * plan > abs(seg[5] - seg[2])
    for b in range(len(bodies)):
        kind = int(bodies[b, 3])
        core = kind == 3
        if core and not flags & STEEP:
            continue
        if (core or across) != early:
            continue
        r, height = bodies[b, 0] + bodies[b, 4], bodies[b, 2] - bodies[b, 1]
        d = touch(count, first, pool, flip, u0, v0, cell, nu, nv, tops, dirty, seg, arc, FLAT, r, height, True, bodies, bodies[b, 1], r)
        out[BODY + kind] = max(out[BODY + kind], d)


@kernel
def cut_axis(
    count, first, capacity, pool, used, flip, u0, v0, cell, nu, nv, tops, dirty, highest,
    seg, arc, flags, begin, shape, R, H, topped, elements, bodies, breaks, spans, out,
):  # fmt: skip
    """Run one tool's motions from `begin` on; the motion at which the pool was full, else their number.

    `highest` is the stock's top along z; `out` (n, BODY + BODIES) adds up what each motion does and may be continued after the pool has
    grown. R = 0 stands for a tool that takes nothing.
    """
    lowest = math.inf
    for b in range(len(bodies)):
        lowest = min(lowest, bodies[b, 1])
    for n in range(begin, len(seg)):
        a, p, o = seg[n], arc[n], out[n]
        judged = min(a[2], a[5]) + lowest < highest
        if judged:
            strike(count, first, pool, flip, u0, v0, cell, nu, nv, tops, dirty, a, p, flags[n], bodies, True, o)
        if R > 0.0 and min(a[2], a[5]) < highest:
            if flags[n] & RAPID:
                near = R - SIDE_MM
                d = touch(count, first, pool, flip, u0, v0, cell, nu, nv, tops, dirty, a, p, shape, R, H, topped, elements, 0.0, near)
                o[RAPID_DEPTH] = max(o[RAPID_DEPTH], d)
            risen = flags[n] & CHAINED and a[0] == a[3] and a[1] == a[4] and a[5] >= a[2] and a[2] + H >= highest and topped
            if not (flags[n] & TEST_ONLY or risen):
                chained = (flags[n] & CHAINED) != 0
                if shape == FLAT and a[2] == a[5]:
                    done = remove_flat(
                        count, first, capacity, pool, used, flip, u0, v0, cell, nu, nv, a, p, chained, R, H, breaks, spans, o
                    )
                else:
                    done = remove_any(
                        count, first, capacity, pool, used, flip, u0, v0, cell, nu, nv, a, p, chained, shape, R, H, topped, elements,
                        breaks, spans, o,
                    )  # fmt: skip
                if not done:
                    return n
                soil(a, p, R, u0, v0, cell, nu, nv, dirty)
        if judged:
            strike(count, first, pool, flip, u0, v0, cell, nu, nv, tops, dirty, a, p, flags[n], bodies, False, o)
    return len(seg)
