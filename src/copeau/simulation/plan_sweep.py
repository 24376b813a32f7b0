"""A disc swept in the plane: where a line of the plane meets a swept disc, how far a point is from its path.

The plane has a cross coordinate c and an along coordinate p; lines run along p. Paths are a segment a -> b, or an arc round (cc, cp) that
starts at angle a0 (from +c towards +p) and turns by `sweep` (signed, rad). mm and rad.
"""

import math

from copeau.kernels import inlined_kernel, kernel

MOST_SPANS = 6
"""Intervals in which a line can meet a disc swept along an arc: two sides of the ring, each cut by the sector, and two end discs."""
MOST_BREAKS = 12
"""Crossings of a line with the two circles of the ring, the two end discs and the sector's two rays, and the line's own ends."""


@inlined_kernel
def stadium_span(ac, ap, bc, bp, r, c):
    """Interval lo, hi of p in which a line at c meets a disc of radius r swept along a -> b; lo > hi where it does not."""
    dc, dp = bc - ac, bp - ap
    if c < min(ac, bc) - r or c > max(ac, bc) + r:
        return 1.0, 0.0
    length = math.sqrt(dc * dc + dp * dp)
    if length == 0.0:
        s = math.sqrt(max(0.0, r * r - (c - ac) * (c - ac)))
        return ap - s, ap + s
    if dc == 0.0:
        s = math.sqrt(max(0.0, r * r - (c - ac) * (c - ac)))
        return min(ap, bp) - s, max(ap, bp) + s
    # The upper edge touches the disc at t from the direction (nc, np), np > 0; the lower edge from the opposite one.
    shift = r * dp / length if dc > 0.0 else -r * dp / length
    t = min(1.0, max(0.0, (c - ac + shift) / dc))
    x = c - ac - t * dc
    hi = ap + t * dp + math.sqrt(max(0.0, r * r - x * x))
    t = min(1.0, max(0.0, (c - ac - shift) / dc))
    x = c - ac - t * dc
    return ap + t * dp - math.sqrt(max(0.0, r * r - x * x)), hi


@kernel
def arc_distance(cc, cp, radius, a0, sweep, c, p):
    """Distance of a point from an arc."""
    x, y = c - cc, p - cp
    d = math.sqrt(x * x + y * y)
    turn = (math.atan2(y, x) - a0) * (1.0 if sweep > 0.0 else -1.0)
    if turn - 2.0 * math.pi * math.floor(turn / (2.0 * math.pi)) <= abs(sweep):
        return abs(d - radius)
    ex, ey = x - radius * math.cos(a0), y - radius * math.sin(a0)
    fx, fy = x - radius * math.cos(a0 + sweep), y - radius * math.sin(a0 + sweep)
    return math.sqrt(min(ex * ex + ey * ey, fx * fx + fy * fy))


@kernel
def arc_spans(cc, cp, radius, a0, sweep, r, c, breaks, spans):
    """Intervals of p in which a line at c meets a disc of radius r swept along an arc.

    Between two neighbouring crossings the line is wholly in or out: the middle tells. `breaks` (MOST_BREAKS,) is scratch, `spans`
    (2 MOST_SPANS,) receives start, end, ...; the number of intervals is returned.
    """
    n = 0
    x = c - cc
    for k in range(4):
        ring = k < 2
        if ring:
            q, mc, mp = (radius + r if k == 0 else abs(radius - r)), cc, cp
        else:
            a = a0 if k == 2 else a0 + sweep
            q, mc, mp = r, cc + radius * math.cos(a), cp + radius * math.sin(a)
        h2 = q * q - (c - mc) * (c - mc)
        if h2 > 0.0:
            h = math.sqrt(h2)
            breaks[n], breaks[n + 1] = mp - h, mp + h
            n += 2
    for k in range(2):
        a = a0 + k * sweep
        if math.cos(a) * x > 0.0:
            breaks[n] = cp + x * math.tan(a)
            n += 1
    breaks[:n].sort()
    m = 0
    for k in range(n - 1):
        lo, hi = breaks[k], breaks[k + 1]
        if hi > lo and arc_distance(cc, cp, radius, a0, sweep, c, 0.5 * (lo + hi)) <= r:
            if m > 0 and spans[2 * m - 1] == lo:
                spans[2 * m - 1] = hi
            else:
                spans[2 * m], spans[2 * m + 1] = lo, hi
                m += 1
    return m


@inlined_kernel
def path_spans(seg, arc, cross, r, c, breaks, spans):
    """Intervals of a line at c with a disc of radius r swept along one motion in plan; as `arc_spans`.

    `seg` (6,): a and b as (u, v, z); `cross` is 0 where c is u, 1 where c is v. `arc` (5,): centre u, v, radius, angle from +u towards
    +v, sweep; a sweep of 0 means straight.
    """
    along = 1 - cross
    if arc[4] == 0.0:
        lo, hi = stadium_span(seg[cross], seg[along], seg[3 + cross], seg[3 + along], r, c)
        spans[0], spans[1] = lo, hi
        return 1 if lo <= hi else 0
    if cross == 0:
        return arc_spans(arc[0], arc[1], arc[2], arc[3], arc[4], r, c, breaks, spans)
    return arc_spans(arc[1], arc[0], arc[2], 0.5 * math.pi - arc[3], -arc[4], r, c, breaks, spans)


@kernel
def reach(seg, arc, axis):
    """Lowest and highest place of a motion's path along u (0) or v (1)."""
    lo, hi = min(seg[axis], seg[3 + axis]), max(seg[axis], seg[3 + axis])
    if arc[4] != 0.0:
        # An arc goes further than its ends where it passes a quadrant; its whole circle may be far larger than it is.
        turned = 1.0 if arc[4] > 0.0 else -1.0
        for k in range(2):
            turn = ((0.5 * axis + k) * math.pi - arc[3]) * turned
            if turn - 2.0 * math.pi * math.floor(turn / (2.0 * math.pi)) <= abs(arc[4]):
                place = arc[axis] + (arc[2] if k == 0 else -arc[2])
                lo, hi = min(lo, place), max(hi, place)
    return lo, hi
