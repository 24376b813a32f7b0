"""Removal from dexels at any angle to the tool axis.

Frame: the tool's, its axis along z, the tip at a + t m for 0 <= t <= 1. A line is p + s d. The places (s, t) at which the line is in the
tool are a convex set, since body and motion are: what the line loses is one interval of s, whose ends are a largest and a smallest s over
t. For one t the ends have a closed form, piece by piece of the profile; over t they are concave, and climbed by golden section. Profiles
are made of straight pieces and of spheres about the axis (a corner's torus has been cut in cones before).
"""

import math

from copeau.kernels import inlined_kernel, kernel
from copeau.simulation.envelope import GOLDEN
from copeau.simulation.intervals import take, trim

HALVINGS = 40
"""Bisections for the places where a line begins and ceases to meet the tool: 1e-12 of the motion."""
CLIMBS = 36
"""Golden sections of a motion: 0.618^36 = 3e-8 of its length, and the end's own error is smaller."""


@kernel
def body_span(elements, qx, qy, qz, dx, dy, dz):
    """Interval of s in which q + s d lies in the body at rest; lo > hi where it does not."""
    lo, hi = math.inf, -math.inf
    for k in range(len(elements)):
        h0, h1 = elements[k, 0], elements[k, 1]
        if dz == 0.0:
            if qz < h0 or qz > h1:
                continue
            sa, sb = -math.inf, math.inf
        else:
            sa, sb = (h0 - qz) / dz, (h1 - qz) / dz
            if sa > sb:
                sa, sb = sb, sa
        if elements[k, 6] > 0.0:
            z = qz - elements[k, 4]
            a, b, c = dx * dx + dy * dy + dz * dz, qx * dx + qy * dy + z * dz, qx * qx + qy * qy + z * z - elements[k, 6] * elements[k, 6]
        else:
            slope = (elements[k, 3] - elements[k, 2]) / (h1 - h0)
            r = elements[k, 2] + slope * (qz - h0)
            a, b, c = dx * dx + dy * dy - slope * slope * dz * dz, qx * dx + qy * dy - slope * dz * r, qx * qx + qy * qy - r * r
        if a > 0.0:
            root = b * b - a * c
            if root < 0.0:
                continue
            root = math.sqrt(root)
            sa, sb = max(sa, (-b - root) / a), min(sb, (-b + root) / a)
        else:
            # Steeper than the cone: along the piece the line comes in or goes out once, or not at all.
            fa, fb = (a * sa + 2.0 * b) * sa + c, (a * sb + 2.0 * b) * sb + c
            if fa > 0.0 and fb > 0.0:
                continue
            if fa > 0.0 or fb > 0.0:
                root = math.sqrt(max(0.0, b * b - a * c))
                # The stable root, and the other from their product.
                q = -(b + root) if b > 0.0 else -b + root
                x = c / q if q != 0.0 else 0.0
                if a < 0.0 and not sa <= x <= sb:
                    x = q / a
                x = min(sb, max(sa, x))
                if fa > 0.0:
                    sa = x
                else:
                    sb = x
        if sa <= sb:
            lo, hi = min(lo, sa), max(hi, sb)
    return lo, hi


MOST_CORNERS = 60
"""Corners tried; a line that is not decided by then grazes the figure."""


@inlined_kernel
def ratio(num, den):
    """num / den kept between 0 and 1; 0 where den is 0."""
    return min(1.0, max(0.0, num / den)) if den > 0.0 else 0.0


@kernel
def nearest_axis(qx, qy, qz, dx, dy, dz, mx, my, mz, H):
    """Smallest distance squared of the line from the tool's axis, 0 <= h <= H, during the motion, and its place t; d is a unit vector.

    Seen along d the moving axis is a parallelogram, the line a point.
    """
    # Seen along d: point p, motion m, axis g (of length H).
    pd, md = qx * dx + qy * dy + qz * dz, mx * dx + my * dy + mz * dz
    px, py, pz = qx - pd * dx, qy - pd * dy, qz - pd * dz
    ux, uy, uz = mx - md * dx, my - md * dy, mz - md * dz
    gx, gy, gz = -H * dz * dx, -H * dz * dy, H - H * dz * dz
    uu, gg, ug = ux * ux + uy * uy + uz * uz, gx * gx + gy * gy + gz * gz, ux * gx + uy * gy + uz * gz
    pu, pg = px * ux + py * uy + pz * uz, px * gx + py * gy + pz * gz
    det = uu * gg - ug * ug
    if det > 1e-12 * uu * gg:
        t, h = (pu * gg - pg * ug) / det, (pg * uu - pu * ug) / det
        if 0.0 <= t <= 1.0 and 0.0 <= h <= 1.0:
            return 0.0, t
    best, at = math.inf, 0.0
    for side in range(4):
        if side < 2:
            h = float(side)
            t = ratio(pu - h * ug, uu)
        else:
            t = float(side - 2)
            h = ratio(pg - t * ug, gg)
        x, y, z = px - t * ux - h * gx, py - t * uy - h * gy, pz - t * uz - h * gz
        d2 = x * x + y * y + z * z
        if d2 < best:
            best, at = d2, t
    return best, at


@kernel
def span_at(elements, qx, qy, qz, dx, dy, dz, mx, my, mz, t):
    """`body_span` with the tool at place t of the motion."""
    return body_span(elements, qx - t * mx, qy - t * my, qz - t * mz, dx, dy, dz)


@kernel
def farthest(elements, nx, ny, nz):
    """Point of the body farthest in a direction: x, y, z."""
    side = math.sqrt(nx * nx + ny * ny)
    cx, cy = (nx / side, ny / side) if side > 0.0 else (1.0, 0.0)
    best, r, h = -math.inf, 0.0, 0.0
    for k in range(len(elements)):
        for end in range(2):
            value = elements[k, end] * nz + elements[k, 2 + end] * side
            if value > best:
                best, r, h = value, elements[k, 2 + end], elements[k, end]
        rho = elements[k, 6]
        if rho > 0.0:
            length = math.sqrt(side * side + nz * nz)
            z = elements[k, 4] + rho * nz / length
            if elements[k, 0] < z < elements[k, 1]:
                return rho * side / length * cx, rho * side / length * cy, z
    return r * cx, r * cy, h


@kernel
def meeting_place(elements, qx, qy, qz, dx, dy, dz, mx, my, mz):
    """A place t at which the line meets the tool; NaN where it meets it nowhere.

    Seen along d the swept body is a convex figure and the line a point. Triangles of points farthest in some direction close in on it
    (Gilbert, Johnson, Keerthi 1988), until one holds it, whose weights give t, or a direction parts it from the figure.
    """
    # Two directions across d.
    if abs(dz) < 0.9:
        n = math.sqrt(dx * dx + dy * dy)
        ex, ey, ez = dy / n, -dx / n, 0.0
    else:
        n = math.sqrt(dx * dx + dz * dz)
        ex, ey, ez = dz / n, 0.0, -dx / n
    fx, fy, fz = dy * ez - dz * ey, dz * ex - dx * ez, dx * ey - dy * ex
    bu = bv = bt = cu = cv = ct = 0.0
    known = 0
    u, v = 1.0, 0.0
    for _ in range(MOST_CORNERS):
        nx, ny, nz = u * ex + v * fx, u * ey + v * fy, u * ez + v * fz
        x, y, z = farthest(elements, nx, ny, nz)
        t = 1.0 if nx * mx + ny * my + nz * mz > 0.0 else 0.0
        x, y, z = x + t * mx - qx, y + t * my - qy, z + t * mz - qz
        au, av = x * ex + y * ey + z * ez, x * fx + y * fy + z * fz
        if known > 0 and au * u + av * v <= 0.0:
            return math.nan
        if known == 0:
            u, v = -au, -av
        elif known == 1:
            u, v = av - bv, bu - au
            if u * au + v * av > 0.0:
                u, v = -u, -v
        else:
            # Outwards across a-b, away from c; across a-c, away from b.
            pu, pv = av - bv, bu - au
            if pu * (cu - au) + pv * (cv - av) > 0.0:
                pu, pv = -pu, -pv
            ru, rv = av - cv, cu - au
            if ru * (bu - au) + rv * (bv - av) > 0.0:
                ru, rv = -ru, -rv
            if -(pu * au + pv * av) > 0.0:
                u, v = pu, pv
            elif -(ru * au + rv * av) > 0.0:
                bu, bv, bt = cu, cv, ct
                u, v = ru, rv
            else:
                area = (bu - au) * (cv - av) - (bv - av) * (cu - au)
                if area == 0.0:
                    return math.nan
                wb, wc = (au * (av - cv) - av * (au - cu)) / area, (av * (au - bu) - au * (av - bv)) / area
                return min(1.0, max(0.0, t + wb * (bt - t) + wc * (ct - t)))
        if u == 0.0 and v == 0.0:
            return t
        cu, cv, ct = bu, bv, bt
        bu, bv, bt = au, av, t
        known += 1
    return math.nan


@kernel
def last_meeting(elements, qx, qy, qz, dx, dy, dz, mx, my, mz, t_in, t_end):
    """The place nearest to t_end, from t_in on, at which the line still meets the tool."""
    lo, hi = span_at(elements, qx, qy, qz, dx, dy, dz, mx, my, mz, t_end)
    if lo <= hi:
        return t_end
    a, b = t_in, t_end
    for _ in range(HALVINGS):
        t = 0.5 * (a + b)
        lo, hi = span_at(elements, qx, qy, qz, dx, dy, dz, mx, my, mz, t)
        if lo <= hi:
            a = t
        else:
            b = t
    return a


@kernel
def climb(elements, qx, qy, qz, dx, dy, dz, mx, my, mz, ta, tb, sign):
    """Largest end (sign 1), or minus the smallest (sign -1), over ta <= t <= tb."""
    best = -math.inf
    for t in (ta, tb):
        lo, hi = span_at(elements, qx, qy, qz, dx, dy, dz, mx, my, mz, t)
        if lo <= hi:
            best = max(best, hi if sign > 0.0 else -lo)
    a, b = ta, tb
    x, y = b - GOLDEN * (b - a), a + GOLDEN * (b - a)
    lo, hi = span_at(elements, qx, qy, qz, dx, dy, dz, mx, my, mz, x)
    fx = hi if sign > 0.0 else -lo
    lo, hi = span_at(elements, qx, qy, qz, dx, dy, dz, mx, my, mz, y)
    fy = hi if sign > 0.0 else -lo
    for _ in range(CLIMBS):
        best = max(best, fx, fy)
        if fx > fy:
            b, y, fy = y, x, fx
            x = b - GOLDEN * (b - a)
            lo, hi = span_at(elements, qx, qy, qz, dx, dy, dz, mx, my, mz, x)
            fx = hi if sign > 0.0 else -lo
        else:
            a, x, fx = x, y, fy
            y = a + GOLDEN * (b - a)
            lo, hi = span_at(elements, qx, qy, qz, dx, dy, dz, mx, my, mz, y)
            fy = hi if sign > 0.0 else -lo
    return max(best, fx, fy)


@kernel
def oblique_span(elements, R, H, qx, qy, qz, dx, dy, dz, mx, my, mz):
    """Interval of s that the line loses to the motion; lo > hi where it loses none. q: from the tip's start to the line's s = 0."""
    d2, t0 = nearest_axis(qx, qy, qz, dx, dy, dz, mx, my, mz, H)
    if d2 > R * R:
        return 1.0, 0.0
    t = t0
    lo, hi = span_at(elements, qx, qy, qz, dx, dy, dz, mx, my, mz, t)
    if lo > hi:
        t = meeting_place(elements, qx, qy, qz, dx, dy, dz, mx, my, mz)
        if t != t:
            return 1.0, 0.0
    ta = last_meeting(elements, qx, qy, qz, dx, dy, dz, mx, my, mz, t, 0.0)
    tb = last_meeting(elements, qx, qy, qz, dx, dy, dz, mx, my, mz, t, 1.0)
    hi = climb(elements, qx, qy, qz, dx, dy, dz, mx, my, mz, ta, tb, 1.0)
    return -climb(elements, qx, qy, qz, dx, dy, dz, mx, my, mz, ta, tb, -1.0), hi


@inlined_kernel
def index_range(lo, hi, x0, cell, n):
    """First and last line between two places."""
    return max(0, int(math.ceil((lo - x0) / cell))), min(n - 1, int(math.floor((hi - x0) / cell)))


@kernel
def shadow(seg, axis, base, H, R, k):
    """Lowest and highest part coordinate k that a body, `base` to `base` + H above the tip, reaches; `axis` (3,) is the tool's."""
    lo = min(seg[k], seg[3 + k]) + min(base * axis[k], (base + H) * axis[k])
    hi = max(seg[k], seg[3 + k]) + max(base * axis[k], (base + H) * axis[k])
    side = R * math.sqrt(max(0.0, 1.0 - axis[k] * axis[k]))
    return lo - side, hi + side


@kernel
def sweep_oblique(count, first, capacity, pool, used, u0, v0, cell, nu, nv, along, turn, seg, tip, elements, R, H, base, cut, out):
    """Take from a field along part axis `along` what one straight motion of a body takes, or only find how deep it enters (not `cut`).

    `turn` (3, 3): part to tool frame. `seg` (6,) the motion in part coordinates, `tip` (6,) in the tool frame. `out` (2,): sum
    of what is taken (or met), longest piece. False when the pool is full.
    """
    axis = turn[2]
    u, v = (along + 1) % 3, (along + 2) % 3
    lo, hi = shadow(seg, axis, base, H, R, u)
    i0, i1 = index_range(lo, hi, u0, cell, nu)
    lo, hi = shadow(seg, axis, base, H, R, v)
    j0, j1 = index_range(lo, hi, v0, cell, nv)
    slo, shi = shadow(seg, axis, base, H, R, along)
    dx, dy, dz = turn[0, along], turn[1, along], turn[2, along]
    mx, my, mz = tip[3] - tip[0], tip[4] - tip[1], tip[5] - tip[2]
    for i in range(i0, i1 + 1):
        for j in range(j0, j1 + 1):
            line = i * nv + j
            f, some = first[line], False
            for k in range(count[line]):
                some = some or (pool[f + 2 * k] < shi and pool[f + 2 * k + 1] > slo)
            if not some:
                continue
            # From the tip's start to the line where its own coordinate equals the tip's: numbers stay small.
            pu, pv = u0 + i * cell - seg[u], v0 + j * cell - seg[v]
            qx = turn[0, u] * pu + turn[0, v] * pv
            qy = turn[1, u] * pu + turn[1, v] * pv
            qz = turn[2, u] * pu + turn[2, v] * pv - base
            lo, hi = oblique_span(elements, R, H, qx, qy, qz, dx, dy, dz, mx, my, mz)
            if lo >= hi:
                continue
            lo, hi = lo + seg[along], hi + seg[along]
            if cut:
                taken = trim(count, first, pool, line, lo, hi)
                if taken < 0.0:
                    taken = take(count, first, capacity, pool, used, line, lo, hi)
                    if taken < 0.0:
                        return False
                out[0] += taken
                out[1] = max(out[1], taken)
            else:
                for k in range(count[line]):
                    met = min(pool[f + 2 * k + 1], hi) - max(pool[f + 2 * k], lo)
                    if met > 0.0:
                        out[0] += met
                        out[1] = max(out[1], met)
    return True
