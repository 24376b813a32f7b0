"""Heights, radii and widths of a convex body of revolution, at rest and swept along a straight line.

The body stands on its tip with its axis along z; `elements` is its profile as `copeau.simulation.tools.Cutter` has it. A motion is
a -> b with the tip at (u, v, z). All lengths mm. A concave function of the place t on the motion is climbed by golden section:
it needs no slope, and the profile's corners do not disturb it.
"""

import math

from copeau.kernels import kernel

GOLDEN = 0.6180339887498949
STEPS = 44
"""Golden sections of a motion: 0.618^44 = 6e-10 of its length, under 0.1 um on 100 mm."""
OUTSIDE = -1e9
"""Value of a width where the line misses the body; it still rises towards where it meets it."""
STEEPER = 1e3
"""Weight of the miss in that value."""


@kernel
def radius_at(elements, h):
    """Radius of the body at height h; negative, the more the farther, outside of its height."""
    m = len(elements)
    if h < elements[0, 0]:
        return h - elements[0, 0] - 1.0
    if h > elements[m - 1, 1]:
        return elements[m - 1, 1] - h - 1.0
    for k in range(m):
        if h <= elements[k, 1]:
            rho = elements[k, 6]
            if rho > 0.0:
                x = h - elements[k, 4]
                return elements[k, 5] + math.sqrt(max(0.0, rho * rho - x * x))
            rise = elements[k, 1] - elements[k, 0]
            return elements[k, 2] + (elements[k, 3] - elements[k, 2]) * ((h - elements[k, 0]) / rise)
    return elements[m - 1, 3]


@kernel
def widest(elements, h0, h1):
    """Largest radius between two heights; negative when the body has none there."""
    low, high = max(h0, elements[0, 0]), min(h1, elements[len(elements) - 1, 1])
    if low > high:
        return -1.0
    best = max(radius_at(elements, low), radius_at(elements, high))
    for k in range(len(elements)):
        for c in (1, 4):
            h = elements[k, c]
            if (c == 1 or elements[k, 6] > 0.0) and low <= h <= high and elements[k, 0] <= h <= elements[k, 1]:
                best = max(best, radius_at(elements, h))
    return best


@kernel
def lower_height(elements, d):
    """Lowest height of the body at distance d from its axis; inf beyond its widest."""
    if d <= elements[0, 2]:
        return elements[0, 0]
    for k in range(len(elements)):
        if d <= elements[k, 3]:
            rho = elements[k, 6]
            if rho > 0.0:
                x = d - elements[k, 5]
                return elements[k, 4] - math.sqrt(max(0.0, rho * rho - x * x))
            return elements[k, 0] + (elements[k, 1] - elements[k, 0]) * (d - elements[k, 2]) / (elements[k, 3] - elements[k, 2])
    return math.inf


@kernel
def upper_height(elements, d):
    """Highest height of the body at distance d from its axis; -inf beyond its widest."""
    m = len(elements)
    if d <= elements[m - 1, 3]:
        return elements[m - 1, 1]
    for k in range(m - 1, -1, -1):
        if d <= elements[k, 2]:
            rho = elements[k, 6]
            if rho > 0.0:
                x = d - elements[k, 5]
                return elements[k, 4] + math.sqrt(max(0.0, rho * rho - x * x))
            return elements[k, 0] + (elements[k, 1] - elements[k, 0]) * (elements[k, 2] - d) / (elements[k, 2] - elements[k, 3])
    return -math.inf


@kernel
def swept_extreme(elements, e, t0, length, dz, ta, tb, upper):
    """Lowest (or, with `upper`, highest) height above the start's tip at a point that the motion passes at distance `e`.

    t0: place on the motion nearest to the point; `length`: of the motion in plan; ta <= tb: where the body covers the point.
    """
    lo, hi = ta, tb
    x, y = hi - GOLDEN * (hi - lo), lo + GOLDEN * (hi - lo)
    fx, fy = _height_at(elements, e, t0, length, dz, x, upper), _height_at(elements, e, t0, length, dz, y, upper)
    best = max(_height_at(elements, e, t0, length, dz, ta, upper), _height_at(elements, e, t0, length, dz, tb, upper))
    for _ in range(STEPS):
        if fx > fy:
            hi, y, fy = y, x, fx
            x = hi - GOLDEN * (hi - lo)
            fx = _height_at(elements, e, t0, length, dz, x, upper)
        else:
            lo, x, fx = x, y, fy
            y = lo + GOLDEN * (hi - lo)
            fy = _height_at(elements, e, t0, length, dz, y, upper)
    best = max(best, fx, fy)
    return best if upper else -best


@kernel
def _height_at(elements, e, t0, length, dz, t, upper):
    """Height to be made largest: that of the upper side, or minus that of the lower side."""
    s = (t - t0) * length
    d = math.sqrt(e * e + s * s)
    if upper:
        return dz * t + upper_height(elements, d)
    return -(dz * t + lower_height(elements, d))


@kernel
def ball_low(r, e2, t0, length, dz, ta, tb):
    """Lowest height above the start's tip of a swept ball of radius r; arguments as `swept_extreme`, e2 = e squared."""
    a = math.sqrt(max(0.0, r * r - e2))
    t = t0 - dz * a / (length * math.sqrt(length * length + dz * dz))
    t = min(tb, max(ta, t))
    s = (t - t0) * length
    return dz * t + r - math.sqrt(max(0.0, r * r - e2 - s * s))


@kernel
def height_range(az, dz, w, low, high):
    """Places ta, tb of a motion between which height w lies low..high above the tip; ta > tb where it never does."""
    if dz == 0.0:
        return (0.0, 1.0) if low <= w - az <= high else (1.0, 0.0)
    x, y = (w - high - az) / dz, (w - low - az) / dz
    return max(0.0, min(x, y)), min(1.0, max(x, y))


@kernel
def profile_width(elements, ac, ap, az, dc, dp, dz, c, w, sign):
    """Largest (sign = 1) or minus the smallest (sign = -1) abscissa p that the swept body reaches at cross place c, height w.

    Below OUTSIDE / 2 where it does not reach them.
    """
    lo, hi = height_range(az, dz, w, elements[0, 0], elements[len(elements) - 1, 1])
    if lo > hi:
        return OUTSIDE
    x, y = hi - GOLDEN * (hi - lo), lo + GOLDEN * (hi - lo)
    fx, fy = _reach(elements, ac, ap, az, dc, dp, dz, c, w, sign, x), _reach(elements, ac, ap, az, dc, dp, dz, c, w, sign, y)
    best = max(_reach(elements, ac, ap, az, dc, dp, dz, c, w, sign, lo), _reach(elements, ac, ap, az, dc, dp, dz, c, w, sign, hi))
    for _ in range(STEPS):
        if fx > fy:
            hi, y, fy = y, x, fx
            x = hi - GOLDEN * (hi - lo)
            fx = _reach(elements, ac, ap, az, dc, dp, dz, c, w, sign, x)
        else:
            lo, x, fx = x, y, fy
            y = lo + GOLDEN * (hi - lo)
            fy = _reach(elements, ac, ap, az, dc, dp, dz, c, w, sign, y)
    return max(best, fx, fy)


@kernel
def _reach(elements, ac, ap, az, dc, dp, dz, c, w, sign, t):
    """`profile_width` with the body at rest at place t of the motion."""
    q = abs(c - ac - t * dc)
    # Rounding of t must not push the height off the body's end.
    h = min(elements[len(elements) - 1, 1], max(elements[0, 0], w - az - t * dz))
    r = radius_at(elements, h)
    if r < q:
        return OUTSIDE + STEEPER * max(r - q, -1e5)
    return sign * (ap + t * dp) + math.sqrt(r * r - q * q)
