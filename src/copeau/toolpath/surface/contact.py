"""Where a cutter, lowered along its axis, meets a facet or an edge: closed forms, one canonical position each.

The cutter is convex and so is its profile h. Over a straight edge at distance d from the axis the tip height that touches at
abscissa u is z(u) - h(sqrt(d^2 + u^2)), a concave function: its one maximum, clamped to the edge, is the contact; clamping
gives the vertices for nothing.
"""

import math

from copeau.kernels import kernel
from copeau.toolpath.surface.shape import profile

TANGENT_MM = 1e-9
"""A cutter that laps an edge sideways by less only touches it. Far above the rounding of a coordinate, far below any control."""
PARALLEL = 1e-14
"""Horizontal part of a unit normal under which a facet is level: over 100 mm it rises less than a coordinate's rounding."""
SETTLED_RAD = 1e-8  # of the corner angle: the height misses by under 3e-8 mm, most where the line runs level past the axis


@kernel
def facet_contact(x, y, px, py, pz, nx, ny, nz, shape):
    """Tip height at which the cutter on (x, y) touches a plane, and the place of contact.

    The plane goes through (px, py, pz) with unit normal (nx, ny, nz), nz > 0. The contact is where the cutter's outward normal
    is the plane's reversed: on the arc for slopes below the cone's, else on the rim.

    Returns
    -------
    tip height, contact x, contact y : float, mm
    """
    flat, corner, radius, joint, height, cot = shape
    level = math.hypot(nx, ny)
    if level <= PARALLEL:
        return pz + ((px - x) * nx + (py - y) * ny) / nz, x, y
    # slope level / nz against the cone's cot: steeper planes touch the rim
    if cot > 0.0 and level >= nz * cot:
        reach, rise = radius, height + (radius - joint) * cot
    else:
        reach, rise = flat + corner * level, corner * (1.0 - nz)
    cx, cy = x - nx / level * reach, y - ny / level * reach
    return pz + ((px - cx) * nx + (py - cy) * ny) / nz - rise, cx, cy


@kernel
def edge_contact(x, y, ax, ay, az, bx, by, bz, shape, best):
    """Highest tip height at which the cutter on (x, y) touches the segment a-b, and the place of contact.

    An edge that can't hold the cutter higher than `best` is not looked at closer.

    Returns
    -------
    tip height, contact x, y, z : float, mm; tip height -inf when the cutter passes beside the segment or cannot be higher than `best`
    """
    length = math.hypot(bx - ax, by - ay)
    reach = shape[2] - TANGENT_MM
    if length <= TANGENT_MM:
        tx, ty, tz = (ax, ay, az) if az >= bz else (bx, by, bz)
        r = math.hypot(tx - x, ty - y)
        return (tz - profile(r, shape) if r < reach else -math.inf), tx, ty, tz
    ex, ey = (bx - ax) / length, (by - ay) / length
    d = abs((ax - x) * ey - (ay - y) * ex)
    if d >= reach:
        return -math.inf, ax, ay, az
    first = (ax - x) * ex + (ay - y) * ey
    rim = math.sqrt(reach * reach - d * d)
    low, high = max(first, -rim), min(first + length, rim)
    if low >= high:
        return -math.inf, ax, ay, az
    slope = (bz - az) / length
    if max(az + (low - first) * slope, az + (high - first) * slope) - profile(d, shape) <= best:
        return -math.inf, ax, ay, az
    u = math.copysign(highest_on_line(d, abs(slope), rim, shape), slope)
    u = min(max(u, low), high)
    t = (u - first) / length
    z = az + t * (bz - az)
    tip = z - profile(min(math.hypot(d, u), shape[2]), shape)
    return tip, ax + t * (bx - ax), ay + t * (by - ay), z


@kernel
def highest_on_line(d, slope, rim, shape):
    """Abscissa u >= 0 where slope u - h(sqrt(d^2 + u^2)) is largest; slope >= 0, 0 <= d < radius, u <= rim."""
    flat, corner, _, joint, _, cot = shape
    if slope == 0.0:
        return 0.0
    if corner > 0.0:
        turn = math.sqrt(max(joint * joint - d * d, 0.0))
        if cot == 0.0 or (d < joint and slope * joint <= cot * turn):
            return min(corner_abscissa(d, slope, flat, corner, joint), rim)
    elif d < flat:
        turn = math.sqrt(flat * flat - d * d)
        if cot == 0.0 or slope * flat <= cot * turn:
            return min(turn, rim)
    if slope >= cot:
        return rim
    return min(d * slope / math.sqrt(cot * cot - slope * slope), rim)


@kernel
def corner_abscissa(d, slope, flat, corner, joint):
    """Abscissa at which the corner arc touches a line of `slope` at distance `d` from the axis.

    With r = flat + corner sin(phi) and u = sqrt(r^2 - d^2): sin(phi) u = slope r cos(phi). For a ball this is
    u = slope sqrt((R^2 - d^2) / (1 + slope^2)); else the monotone equation in phi is solved by guarded Newton steps.
    """
    if flat == 0.0:
        return slope * math.sqrt(max(corner * corner - d * d, 0.0) / (1.0 + slope * slope))
    low = math.asin(min(max(d - flat, 0.0) / corner, 1.0))
    high = 0.5 * math.pi
    phi = min(max(math.atan(slope), low), high)
    for _ in range(60):
        s, c = math.sin(phi), math.cos(phi)
        r = flat + corner * s
        u = math.sqrt(max(r * r - d * d, 0.0))
        value = s * u - slope * r * c
        if value < 0.0:
            low = phi
        else:
            high = phi
        following = 0.5 * (low + high)
        if u > 0.0:
            newton = phi - value / (c * u + s * r * corner * c / u - slope * corner * c * c + slope * r * s)
            if low < newton < high:
                following = newton
        if abs(following - phi) <= SETTLED_RAD:
            break
        phi = following
    r = flat + corner * math.sin(phi)
    return math.sqrt(max(r * r - d * d, 0.0))


@kernel
def is_over(x, y, t):
    """True when (x, y) lies in the XY shadow of triangle row `t` (its nine vertex coordinates come first), border included."""
    a = (t[3] - t[0]) * (y - t[1]) - (t[4] - t[1]) * (x - t[0])
    b = (t[6] - t[3]) * (y - t[4]) - (t[7] - t[4]) * (x - t[3])
    c = (t[0] - t[6]) * (y - t[7]) - (t[1] - t[7]) * (x - t[6])
    return (a >= 0.0 and b >= 0.0 and c >= 0.0) or (a <= 0.0 and b <= 0.0 and c <= 0.0)
