"""Removal from the dexels that lie across the tool axis.

Frame: lines run along p, c is the other cross coordinate, z the tool axis; p, c are u, v or v, u. A line at (c, z) has index
ic * sc + iw * sw, its height is flip * (w0 + iw cell). On a level motion the cylinder of a cutter takes the same from every line at one c:
such intervals are gathered, joined where they overlap, and taken once for all heights (`pend`). What is taken does
not depend on the order, so that gathering changes nothing.
"""

import math

from copeau.kernels import inlined_kernel, kernel
from copeau.simulation.axis_field import BALL, CHAINED, FLAT, RAPID, SIDE_MM, TEST_ONLY, meets, window
from copeau.simulation.envelope import OUTSIDE, height_range, profile_width, radius_at, widest
from copeau.simulation.intervals import take, trim
from copeau.simulation.plan_sweep import path_spans, reach, stadium_span

GATHERED = 8
"""Separate intervals kept at one c before they are taken."""
LOW, HIGH, FIRST, LAST = 0, 1, 2, 3
"""State of the gathering: heights of the cylinder, first and last c that hold something (FIRST > LAST: nothing)."""


@inlined_kernel
def height_rows(z0, z1, flip, w0, cell, nw):
    """First and last row between two heights."""
    return window(z0, z1, w0, cell, nw) if flip > 0.0 else window(-z1, -z0, w0, cell, nw)


@kernel
def flush_one(count, first, capacity, pool, used, sc, sw, w0, nw, cell, flip, ic, pend, npend, state):
    """Take what was gathered at one c. False when the pool is full."""
    k0, k1 = height_rows(state[LOW], state[HIGH], flip, w0, cell, nw)
    for s in range(npend[ic]):
        lo, hi = pend[ic, 2 * s], pend[ic, 2 * s + 1]
        for k in range(k0, k1 + 1):
            if trim(count, first, pool, ic * sc + k * sw, lo, hi) < 0.0:
                if take(count, first, capacity, pool, used, ic * sc + k * sw, lo, hi) < 0.0:
                    return False
    npend[ic] = 0
    return True


@kernel
def flush(count, first, capacity, pool, used, sc, sw, w0, nw, cell, flip, pend, npend, state):
    """Take all that was gathered. False when the pool is full."""
    for ic in range(int(state[FIRST]), int(state[LAST]) + 1):
        if not flush_one(count, first, capacity, pool, used, sc, sw, w0, nw, cell, flip, ic, pend, npend, state):
            return False
    state[FIRST], state[LAST] = len(npend), -1
    return True


@inlined_kernel
def join(pend, npend, ic, lo, hi):
    """Add an interval to those at one c, joined with all that it overlaps; False when there is no room."""
    n, m = npend[ic], 0
    for s in range(n):
        a, b = pend[ic, 2 * s], pend[ic, 2 * s + 1]
        if b < lo or a > hi:
            pend[ic, 2 * m], pend[ic, 2 * m + 1] = a, b
            m += 1
        else:
            lo, hi = min(lo, a), max(hi, b)
    npend[ic] = m
    if m == GATHERED:
        return False
    pend[ic, 2 * m], pend[ic, 2 * m + 1] = lo, hi
    npend[ic] = m + 1
    return True


@kernel
def gather(
    count, first, capacity, pool, used, cross, c0, nc, sc, w0, nw, sw, cell, flip, seg, arc, R, low, high, pend, npend, state, breaks, spans
):
    """Gather what a cylinder between two heights takes on a level motion. False when the pool is full."""
    if state[LOW] != low or state[HIGH] != high:
        if not flush(count, first, capacity, pool, used, sc, sw, w0, nw, cell, flip, pend, npend, state):
            return False
        state[LOW], state[HIGH] = low, high
    clo, chi = reach(seg, arc, cross)
    i0, i1 = window(clo - R, chi + R, c0, cell, nc)
    if i0 > i1:
        return True
    state[FIRST], state[LAST] = min(state[FIRST], i0), max(state[LAST], i1)
    along = 1 - cross
    ac, ap, bc, bp, straight = seg[cross], seg[along], seg[3 + cross], seg[3 + along], arc[4] == 0.0
    for ic in range(i0, i1 + 1):
        lo, hi, m = 0.0, 0.0, 1
        if straight:
            lo, hi = stadium_span(ac, ap, bc, bp, R, c0 + ic * cell)
        else:
            m = path_spans(seg, arc, cross, R, c0 + ic * cell, breaks, spans)
        for s in range(m):
            if not straight:
                lo, hi = spans[2 * s], spans[2 * s + 1]
            if lo <= hi and not join(pend, npend, ic, lo, hi):
                if not flush_one(count, first, capacity, pool, used, sc, sw, w0, nw, cell, flip, ic, pend, npend, state):
                    return False
                join(pend, npend, ic, lo, hi)
    return True


@kernel
def remove_discs(
    count, first, capacity, pool, used, cross, c0, nc, sc, w0, nw, sw, cell, flip, seg, arc, elements, low, high, breaks, spans
):
    """Take, line by line, what the part of a cutter between two heights above the tip takes on a level motion. False as above."""
    k0, k1 = height_rows(seg[2] + low, seg[2] + high, flip, w0, cell, nw)
    clo, chi = reach(seg, arc, cross)
    along = 1 - cross
    ac, ap, bc, bp, straight = seg[cross], seg[along], seg[3 + cross], seg[3 + along], arc[4] == 0.0
    for k in range(k0, k1 + 1):
        r = radius_at(elements, flip * (w0 + k * cell) - seg[2])
        if r <= 0.0:
            continue
        i0, i1 = window(clo - r, chi + r, c0, cell, nc)
        for ic in range(i0, i1 + 1):
            line = ic * sc + k * sw
            if count[line] == 0:
                continue
            lo, hi, m = 0.0, 0.0, 1
            if straight:
                lo, hi = stadium_span(ac, ap, bc, bp, r, c0 + ic * cell)
            else:
                m = path_spans(seg, arc, cross, r, c0 + ic * cell, breaks, spans)
            for s in range(m):
                if not straight:
                    lo, hi = spans[2 * s], spans[2 * s + 1]
                if lo < hi and trim(count, first, pool, line, lo, hi) < 0.0:
                    if take(count, first, capacity, pool, used, line, lo, hi) < 0.0:
                        return False
    return True


@kernel
def ball_span(ac, ap, az, dc, dp, dz, r, c, w):
    """Interval of a line at (c, w) in a ball swept along the centres (ac, ap, az) + t (dc, dp, dz); lo > hi where it misses."""
    x, y = c - ac, w - az
    m2 = dc * dc + dz * dz
    t0 = (x * dc + y * dz) / m2
    e2 = max(0.0, x * x + y * y - t0 * t0 * m2)
    if e2 > r * r:
        return 1.0, 0.0
    a = math.sqrt(r * r - e2)
    reach_t = a / math.sqrt(m2)
    if t0 + reach_t < 0.0 or t0 - reach_t > 1.0:
        return 1.0, 0.0
    best = a * dp / math.sqrt(m2 * (m2 + dp * dp))
    t = min(1.0, max(0.0, t0 + best))
    s = (t - t0) * (t - t0) * m2
    hi = ap + t * dp + math.sqrt(max(0.0, a * a - s))
    t = min(1.0, max(0.0, t0 - best))
    s = (t - t0) * (t - t0) * m2
    return ap + t * dp - math.sqrt(max(0.0, a * a - s)), hi


@kernel
def cylinder_span(ac, ap, az, dc, dp, dz, r, low, high, c, w):
    """Interval of a line at (c, w) in a cylinder, `low` to `high` above the tip, swept on a slope; lo > hi where it misses."""
    ta, tb = height_range(az, dz, w, low, high)
    if ta > tb:
        return 1.0, 0.0
    return stadium_span(ac + ta * dc, ap + ta * dp, ac + tb * dc, ap + tb * dp, r, c)


@kernel
def ball_tool_span(R, H, ac, ap, az, dc, dp, dz, c, w):
    """Interval of a line at (c, w) in a ball under its cylinder, swept on a slope; lo > hi where it misses."""
    lo, hi = cylinder_span(ac, ap, az, dc, dp, dz, R, R, H, c, w)
    a, b = ball_span(ac, ap, az + R, dc, dp, dz, R, c, w)
    if lo > hi:
        return a, b
    return (min(a, lo), max(b, hi)) if a <= b else (lo, hi)


@kernel
def profile_span(elements, ac, ap, az, dc, dp, dz, c, w):
    """Interval of a line at (c, w) in any cutter swept on a slope; lo > hi where it misses."""
    hi = profile_width(elements, ac, ap, az, dc, dp, dz, c, w, 1.0)
    if hi < 0.5 * OUTSIDE:
        return 1.0, 0.0
    return -profile_width(elements, ac, ap, az, dc, dp, dz, c, w, -1.0), hi


@inlined_kernel
def behind(shape, R, H, cylinder, ac, az, dc, dp, dz, c, w):
    """True where a swept cutter takes most from a line at its start: nothing is left there when it stood there before.

    Both ends of the interval are concave in the place on the motion: it is enough that neither grows at the start. Asked of the cutter's
    cylinder and of a ball only.
    """
    x, h = c - ac, w - az
    if cylinder < h < H:
        along, left = x * dc, R * R - x * x
    elif shape == BALL and 0.0 < h < R:
        y = h - R
        along, left = x * dc + y * dz, R * R - x * x - y * y
    else:
        return False
    return along < 0.0 and left > 0.0 and along * along >= dp * dp * left


@kernel
def remove_sloped(
    count, first, capacity, pool, used, cross, c0, nc, sc, w0, nw, sw, cell, flip, seg, chained, shape, R, H, cylinder, elements
):
    """Take what a cutter takes on a straight motion that is not level, but at heights where its cylinder is all along (`gather`).

    False when the pool is full.
    """
    along = 1 - cross
    ac, ap, az = seg[cross], seg[along], seg[2]
    dc, dp, dz = seg[3 + cross] - ac, seg[3 + along] - ap, seg[5] - az
    upright = dc == 0.0 and dp == 0.0
    plo, phi = min(ap, ap + dp) - R, max(ap, ap + dp) + R
    z0, z1 = min(az, az + dz), max(az, az + dz)
    k0, k1 = height_rows(z0, z1 + H, flip, w0, cell, nw)
    i0, i1 = window(min(ac, ac + dc) - R, max(ac, ac + dc) + R, c0, cell, nc)
    for k in range(k0, k1 + 1):
        w = flip * (w0 + k * cell)
        if z1 + cylinder <= w <= z0 + H:
            continue
        r = widest(elements, w - z1, w - z0) if upright else R
        for ic in range(i0, i1 + 1):
            line, c = ic * sc + k * sw, c0 + ic * cell
            if not meets(count, first, pool, line, plo, phi):
                continue
            if chained and behind(shape, R, H, cylinder, ac, az, dc, dp, dz, c, w):
                continue
            if upright:
                lo, hi = stadium_span(ac, ap, ac, ap, r, c) if r > 0.0 else (1.0, 0.0)
            else:
                lo, hi = 1.0, 0.0
                if shape == FLAT:
                    lo, hi = cylinder_span(ac, ap, az, dc, dp, dz, R, 0.0, H, c, w)
                elif shape == BALL:
                    lo, hi = ball_tool_span(R, H, ac, ap, az, dc, dp, dz, c, w)
                else:
                    lo, hi = profile_span(elements, ac, ap, az, dc, dp, dz, c, w)
            if lo < hi and trim(count, first, pool, line, lo, hi) < 0.0:
                if take(count, first, capacity, pool, used, line, lo, hi) < 0.0:
                    return False
    return True


@inlined_kernel
def gathered(pend, npend, ic, lo, hi):
    """True where what was gathered at one c holds lo..hi."""
    for s in range(npend[ic]):
        if pend[ic, 2 * s] <= lo and pend[ic, 2 * s + 1] >= hi:
            return True
    return False


@inlined_kernel
def met_length(count, first, pool, line, lo, hi):
    """Longest piece of the material of a line between lo and hi."""
    f, longest = first[line], 0.0
    for k in range(count[line]):
        longest = max(longest, min(pool[f + 2 * k + 1], hi) - max(pool[f + 2 * k], lo))
    return longest


@kernel
def graze_level(
    count, first, capacity, pool, used, cross, c0, nc, sc, w0, nw, sw, cell, flip, seg, arc, r, low, high, pend, npend, state, breaks, spans
):
    """Longest piece of a line that a cylinder between two heights meets on a level motion; -1 when the pool is full."""
    k0, k1 = height_rows(low, high, flip, w0, cell, nw)
    clo, chi = reach(seg, arc, cross)
    i0, i1 = window(clo - r, chi + r, c0, cell, nc)
    along = 1 - cross
    ac, ap, bc, bp, straight = seg[cross], seg[along], seg[3 + cross], seg[3 + along], arc[4] == 0.0
    same, longest = state[LOW] == low and state[HIGH] == high, 0.0
    for ic in range(i0, i1 + 1):
        lo, hi, m = 0.0, 0.0, 1
        if straight:
            lo, hi = stadium_span(ac, ap, bc, bp, r, c0 + ic * cell)
        else:
            m = path_spans(seg, arc, cross, r, c0 + ic * cell, breaks, spans)
        for s in range(m):
            if not straight:
                lo, hi = spans[2 * s], spans[2 * s + 1]
            if same and gathered(pend, npend, ic, lo, hi):
                continue
            if npend[ic] > 0 and not flush_one(count, first, capacity, pool, used, sc, sw, w0, nw, cell, flip, ic, pend, npend, state):
                return -1.0
            for k in range(k0, k1 + 1):
                longest = max(longest, met_length(count, first, pool, ic * sc + k * sw, lo, hi))
    return longest


@kernel
def graze_sloped(
    count, first, capacity, pool, used, cross, c0, nc, sc, w0, nw, sw, cell, flip, seg, r, low, high, pend, npend, state
):
    """Longest piece of a line that a cylinder, `low` to `high` above the tip, meets on a straight motion; -1 when the pool is full."""
    if not flush(count, first, capacity, pool, used, sc, sw, w0, nw, cell, flip, pend, npend, state):
        return -1.0
    along = 1 - cross
    ac, ap, az = seg[cross], seg[along], seg[2]
    dc, dp, dz = seg[3 + cross] - ac, seg[3 + along] - ap, seg[5] - az
    k0, k1 = height_rows(min(az, az + dz) + low, max(az, az + dz) + high, flip, w0, cell, nw)
    i0, i1 = window(min(ac, ac + dc) - r, max(ac, ac + dc) + r, c0, cell, nc)
    longest = 0.0
    for k in range(k0, k1 + 1):
        for ic in range(i0, i1 + 1):
            if count[ic * sc + k * sw] > 0:
                lo, hi = cylinder_span(ac, ap, az, dc, dp, dz, r, low, high, c0 + ic * cell, flip * (w0 + k * cell))
                if lo < hi:
                    longest = max(longest, met_length(count, first, pool, ic * sc + k * sw, lo, hi))
    return longest


@kernel
def cut_side(
    count, first, capacity, pool, used, cross, c0, nc, sc, w0, nw, sw, cell, flip, highest,
    seg, arc, flags, begin, shape, R, H, cylinder, elements, pend, npend, state, breaks, spans, out,
):  # fmt: skip
    """Run one tool's motions from `begin` on; the motion at which the pool was full, len(seg) + 1 when all is taken.

    `out` (n,): longest piece of a line that the cylinder of a rapid's cutter, thinner by SIDE_MM, meets.
    """
    for n in range(begin, len(seg)):
        a, p = seg[n], arc[n]
        if min(a[2], a[5]) >= highest:
            continue
        chained = (flags[n] & CHAINED) != 0
        if chained and a[0] == a[3] and a[1] == a[4] and a[5] >= a[2] and a[2] + H >= highest and cylinder < H:
            continue
        if flags[n] & RAPID and cylinder < H:
            if a[2] == a[5]:
                met = graze_level(
                    count, first, capacity, pool, used, cross, c0, nc, sc, w0, nw, sw, cell, flip, a, p, R - SIDE_MM, a[2] + cylinder,
                    a[2] + H, pend, npend, state, breaks, spans,
                )  # fmt: skip
            else:
                met = graze_sloped(
                    count, first, capacity, pool, used, cross, c0, nc, sc, w0, nw, sw, cell, flip, a, R - SIDE_MM, cylinder, H,
                    pend, npend, state,
                )  # fmt: skip
            if met < 0.0:
                return n
            out[n] = max(out[n], met)
        if flags[n] & TEST_ONLY:
            continue
        if a[2] != a[5]:
            done = remove_sloped(
                count, first, capacity, pool, used, cross, c0, nc, sc, w0, nw, sw, cell, flip, a, chained, shape, R, H, cylinder, elements
            )
            low, high = max(a[2], a[5]) + cylinder, min(a[2], a[5]) + H
            if done and cylinder < H and low <= high:
                done = gather(
                    count, first, capacity, pool, used, cross, c0, nc, sc, w0, nw, sw, cell, flip, a, p, R, low, high,
                    pend, npend, state, breaks, spans,
                )  # fmt: skip
        else:
            done = True
            if cylinder > 0.0:
                done = remove_discs(
                    count, first, capacity, pool, used, cross, c0, nc, sc, w0, nw, sw, cell, flip, a, p, elements, 0.0, cylinder,
                    breaks, spans,
                )  # fmt: skip
            if done and cylinder < H:
                done = gather(
                    count, first, capacity, pool, used, cross, c0, nc, sc, w0, nw, sw, cell, flip, a, p, R, a[2] + cylinder, a[2] + H,
                    pend, npend, state, breaks, spans,
                )  # fmt: skip
        if not done:
            return n
    if not flush(count, first, capacity, pool, used, sc, sw, w0, nw, cell, flip, pend, npend, state):
        return len(seg)
    return len(seg) + 1
