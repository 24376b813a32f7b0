"""Removal from the dexels along the tool axis, and everything that a tool must not touch.

Frame: u, v across, z along the tool axis, upwards. Motion n is `seg[n]` (a and b as u, v, z) and `arc[n]` (see `plan_sweep`);
an arc is level. The field's own axis may run against z (`flip` = -1): an interval is turned when it is taken.
"""

import math

from copeau.kernels import kernel
from copeau.simulation.envelope import ball_low, lower_height, swept_extreme, upper_height
from copeau.simulation.intervals import subtract
from copeau.simulation.plan_sweep import arc_distance, path_spans, reach

FLAT, BALL, PROFILE = 0, 1, 2
RAPID, CHAINED, TEST_ONLY, STEEP = 1, 2, 4, 8
"""Flags of a motion: a rapid; the tool was at its start in the motion before; nothing is taken; it goes down steeply."""
TILE = 16
"""Lines of a tile's side, whose top is kept so that far motions are skipped."""
SIDE_MM = 0.02
"""A rapid may come as near to a wall sideways: the wall's own tolerance and the rounding of the program's digits."""
REMOVED, RAPID_DEPTH, DEEPEST, BODY = 0, 1, 2, 3
"""Columns of a motion's result: volume (as length on lines), depth of a rapid in material, longest piece taken; then one a kind of body."""


@kernel
def line_loss(shape, R, H, topped, elements, seg, arc, u, v):
    """Interval lo, hi (along z) that a line at (u, v) loses to one motion of a cutter; lo > hi where it loses none."""
    az, dz = seg[2], seg[5] - seg[2]
    if arc[4] != 0.0:
        return at_rest(shape, R, H, topped, elements, az, az, arc_distance(arc[0], arc[1], arc[2], arc[3], arc[4], u, v))
    du, dv, x, y = seg[3] - seg[0], seg[4] - seg[1], u - seg[0], v - seg[1]
    l2 = du * du + dv * dv
    if l2 == 0.0:
        return at_rest(shape, R, H, topped, elements, min(az, seg[5]), max(az, seg[5]), math.sqrt(x * x + y * y))
    t0 = (x * du + y * dv) / l2
    if dz == 0.0:
        t = min(1.0, max(0.0, t0))
        x, y = x - t * du, y - t * dv
        return at_rest(shape, R, H, topped, elements, az, az, math.sqrt(x * x + y * y))
    length = math.sqrt(l2)
    e = (x * dv - y * du) / length
    if e * e > R * R:
        return 1.0, 0.0
    half = math.sqrt(R * R - e * e) / length
    ta, tb = max(0.0, t0 - half), min(1.0, t0 + half)
    if ta > tb:
        return 1.0, 0.0
    high = az + max(dz * ta, dz * tb) + H if topped else az + swept_extreme(elements, abs(e), t0, length, dz, ta, tb, True)
    if shape == FLAT:
        return az + min(dz * ta, dz * tb), high
    if shape == BALL:
        return az + ball_low(R, e * e, t0, length, dz, ta, tb), high
    return az + swept_extreme(elements, abs(e), t0, length, dz, ta, tb, False), high


@kernel
def at_rest(shape, R, H, topped, elements, z0, z1, d):
    """`line_loss` of a cutter that moves only between heights z0 <= z1, at distance d from the line."""
    if d > R:
        return 1.0, 0.0
    high = z1 + (H if topped else upper_height(elements, d))
    if shape == FLAT:
        return z0, high
    if shape == BALL:
        return z0 + R - math.sqrt(R * R - d * d), high
    return z0 + lower_height(elements, d), high


@kernel
def top_of(count, first, pool, flip, line):
    """Highest material of a line along z; -inf where there is none."""
    n = count[line]
    if n == 0:
        return -math.inf
    f = first[line]
    return pool[f + 2 * n - 1] if flip > 0.0 else -pool[f]


@kernel
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


@kernel
def window(lo, hi, x0, cell, n):
    """First and last line between two places; first > last where there is none."""
    return max(0, int(math.ceil((lo - x0) / cell))), min(n - 1, int(math.floor((hi - x0) / cell)))


@kernel
def touch(count, first, pool, flip, u0, v0, cell, nu, nv, tops, dirty, seg, arc, shape, R, H, topped, elements, base, reach_mm):
    """Deepest entry (mm along z) of a body, lifted by `base`, into the material during one motion.

    Only lines up to `reach_mm` from the path count: R, or less where a side contact is allowed.
    """
    low, high = min(seg[2], seg[5]) + base, max(seg[2], seg[5]) + base + H
    ulo, uhi = reach(seg, arc, 0)
    vlo, vhi = reach(seg, arc, 1)
    i0, i1 = window(ulo - reach_mm, uhi + reach_mm, u0, cell, nu)
    j0, j1 = window(vlo - reach_mm, vhi + reach_mm, v0, cell, nv)
    deep = 0.0
    if i0 > i1 or j0 > j1:
        return deep
    for ti in range(i0 // TILE, i1 // TILE + 1):
        for tj in range(j0 // TILE, j1 // TILE + 1):
            if tile_top(count, first, pool, flip, nu, nv, tops, dirty, ti, tj) <= low + deep:
                continue
            for i in range(max(i0, ti * TILE), min(i1, ti * TILE + TILE - 1) + 1):
                for j in range(max(j0, tj * TILE), min(j1, tj * TILE + TILE - 1) + 1):
                    line = i * nv + j
                    if top_of(count, first, pool, flip, line) <= low + deep:
                        continue
                    lo, hi = line_loss(shape, reach_mm, H, topped, elements, seg, arc, u0 + i * cell, v0 + j * cell)
                    if lo < hi:
                        deep = max(deep, depth_in(count, first, pool, flip, line, lo + base, hi + base))
    return deep if high > low else 0.0


@kernel
def take_row(count, first, capacity, pool, used, flip, line0, j0, j1, skip0, skip1, lo, hi, out):
    """Take lo..hi from lines j0..j1 of a row but skip0..skip1; False when the pool is full."""
    a, b = (lo, hi) if flip > 0.0 else (-hi, -lo)
    for part in range(2):
        k0, k1 = (j0, min(j1, skip0 - 1)) if part == 0 else (max(j0, skip1 + 1), j1)
        if skip0 > skip1:
            k0, k1 = (j0, j1) if part == 0 else (1, 0)
        for j in range(k0, k1 + 1):
            taken = subtract(count, first, capacity, pool, used, line0 + j, a, b)
            if taken < 0.0:
                return False
            out[REMOVED] += taken
            out[DEEPEST] = max(out[DEEPEST], taken)
    return True


@kernel
def remove_flat(count, first, capacity, pool, used, flip, u0, v0, cell, nu, nv, seg, arc, chained, R, H, breaks, spans, out):
    """Take what a cylinder sweeps on a level motion; where it stood before, nothing is left to take. False when the pool is full."""
    ulo, uhi = reach(seg, arc, 0)
    i0, i1 = window(ulo - R, uhi + R, u0, cell, nu)
    for i in range(i0, i1 + 1):
        u = u0 + i * cell
        s0, s1 = 1, 0
        x = u - seg[0]
        if chained and x * x < R * R:
            half = math.sqrt(R * R - x * x)
            s0, s1 = window(seg[1] - half, seg[1] + half, v0, cell, nv)
        for k in range(path_spans(seg, arc, 0, R, u, breaks, spans)):
            j0, j1 = window(spans[2 * k], spans[2 * k + 1], v0, cell, nv)
            if not take_row(count, first, capacity, pool, used, flip, i * nv, j0, j1, s0, s1, seg[2], seg[2] + H, out):
                return False
    return True


@kernel
def remove_any(
    count, first, capacity, pool, used, flip, u0, v0, cell, nu, nv, seg, arc, chained, shape, R, H, topped, elements, breaks, spans, out
):
    """Take what any cutter sweeps on any motion. False when the pool is full."""
    low, high = min(seg[2], seg[5]), max(seg[2], seg[5]) + H
    # On a level line nothing is left to take behind the start.
    du, dv = (seg[3] - seg[0], seg[4] - seg[1]) if chained and seg[2] == seg[5] and arc[4] == 0.0 else (0.0, 0.0)
    ulo, uhi = reach(seg, arc, 0)
    i0, i1 = window(ulo - R, uhi + R, u0, cell, nu)
    for i in range(i0, i1 + 1):
        u = u0 + i * cell
        for k in range(path_spans(seg, arc, 0, R, u, breaks, spans)):
            j0, j1 = window(spans[2 * k], spans[2 * k + 1], v0, cell, nv)
            for j in range(j0, j1 + 1):
                line, v = i * nv + j, v0 + j * cell
                n = count[line]
                if n == 0:
                    continue
                s, e = pool[first[line]], pool[first[line] + 2 * n - 1]
                if (flip > 0.0 and (e <= low or s >= high)) or (flip < 0.0 and (-s <= low or -e >= high)):
                    continue
                if (u - seg[0]) * du + (v - seg[1]) * dv < 0.0:
                    continue
                lo, hi = line_loss(shape, R, H, topped, elements, seg, arc, u, v)
                if lo < hi:
                    a, b = (lo, hi) if flip > 0.0 else (-hi, -lo)
                    taken = subtract(count, first, capacity, pool, used, line, a, b)
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
        r, height = bodies[b, 0], bodies[b, 2] - bodies[b, 1]
        d = touch(count, first, pool, flip, u0, v0, cell, nu, nv, tops, dirty, seg, arc, FLAT, r, height, True, bodies, bodies[b, 1], r)
        out[BODY + kind] = max(out[BODY + kind], d)


@kernel
def cut_axis(
    count, first, capacity, pool, used, flip, u0, v0, cell, nu, nv, tops, dirty, highest,
    seg, arc, flags, begin, shape, R, H, topped, elements, bodies, breaks, spans, out,
):  # fmt: skip
    """Run one tool's motions from `begin` on; the motion at which the pool was full, else their number.

    `highest` is the stock's top along z; `out` (n, BODY + 4) adds up what each motion does and may be continued after the pool has
    grown. R = 0 stands for a tool that takes nothing.
    """
    for n in range(begin, len(seg)):
        a, p, o = seg[n], arc[n], out[n]
        if len(bodies) > 0:
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
        if len(bodies) > 0:
            strike(count, first, pool, flip, u0, v0, cell, nu, nv, tops, dirty, a, p, flags[n], bodies, False, o)
    return len(seg)
