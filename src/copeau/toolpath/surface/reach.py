"""What a cutter must leave standing: the distance from a surface to the nearest place that its drop surface lets it cut."""

import math

import numpy as np
from numpy.typing import NDArray

from copeau.kernels import kernel
from copeau.toolpath.surface.dropcutter import DropMesh, _touch, rest_point
from copeau.toolpath.surface.shape import ToolShape, profile

REACHED_MM = 1e-4  # a rest this near to the touching one touches: a tenth of the finest control increment
RING_ANGLES = 24  # of the first look round a point, on each of RINGS circles
RINGS = 8
DOWNWARD = 1e-6  # z of a normal: less is a vertical wall whose normal was rounded
FINEST_SHARE = 1e-5  # of the radius: tips are told no closer


def reach_error(mesh: DropMesh, samples, normals, shape: ToolShape, enough_mm: float = REACHED_MM) -> NDArray[np.float64]:
    """Material left along the normal over each sample when the cutter has been everywhere it can be lowered to.

    Tips are tried on rings round the place that would touch the sample, then round the best of them, ever closer. The answer is
    never too small by more than a rounding: each tip tried is one that the cutter can take.

    Parameters
    ----------
    samples : (n, 3) float, mm, on the mesh
    normals : (n, 3) float, outward unit normals there
    shape : the cutter
    enough_mm : nothing better is looked for where no more than this is left

    Returns
    -------
    (n,) float, mm : 0 where the cutter touches, inf on faces that look down and where the normal meets no cutter
    """
    points = np.ascontiguousarray(samples, float).reshape(-1, 3)
    units = np.ascontiguousarray(normals, float).reshape(-1, 3)
    out = np.empty(len(points))
    _reach(mesh.rows, mesh.edges, mesh.boxes, mesh.children, shape.numbers(), points, units, max(enough_mm, REACHED_MM), out)
    return out


@kernel
def _reach(rows, edges, boxes, children, shape, points, units, enough, out):
    for i in range(len(points)):
        p, n = points[i], units[i]
        if n[2] < -DOWNWARD:
            out[i] = math.inf
            continue
        level = math.hypot(n[0], n[1])
        reach = shape[0] + shape[1] * min(level, 1.0)
        if shape[5] > 0.0 and level >= n[2] * shape[5]:
            reach = shape[2]
        x, y = p[0], p[1]
        if level > 0.0:
            x, y = x + n[0] / level * reach, y + n[1] / level * reach
        best = _nearest_cut(rows, edges, boxes, children, shape, p, n, x, y, enough)
        out[i] = 0.0 if best <= REACHED_MM else best


@kernel
def _nearest_cut(rows, edges, boxes, children, shape, p, n, x, y, enough):
    """Smallest distance along n from p to a cutter at rest, over tips found by rings round (x, y), until it is `enough`."""
    best, hint = _cut_from(rows, edges, boxes, children, shape, p, n, x, y, -1, math.inf)
    if best <= enough:
        return best
    width = shape[2]
    bx, by = x, y
    for ring in range(1, RINGS + 1):
        r = 2.0 * width * ring / RINGS
        for k in range(RING_ANGLES):
            angle = 2.0 * math.pi * k / RING_ANGLES
            qx, qy = x + r * math.cos(angle), y + r * math.sin(angle)
            t, hint = _cut_from(rows, edges, boxes, children, shape, p, n, qx, qy, hint, best)
            if t < best:
                best, bx, by = t, qx, qy
    if best == math.inf:
        return best
    step = 2.0 * width / RINGS
    while step > max(enough, FINEST_SHARE * width):
        improved = True
        while improved and best > enough:
            improved = False
            cx, cy = bx, by
            for k in range(RING_ANGLES):
                angle = 2.0 * math.pi * k / RING_ANGLES
                qx, qy = cx + step * math.cos(angle), cy + step * math.sin(angle)
                t, hint = _cut_from(rows, edges, boxes, children, shape, p, n, qx, qy, hint, best - 1e-3 * step)
                if t < best - 1e-3 * step:
                    best, bx, by, improved = t, qx, qy, True
        step *= 0.5
    return best


@kernel
def _cut_from(rows, edges, boxes, children, shape, p, n, x, y, hint, worst):
    """Distance along n from p to the cutter that rests at (x, y), and the row that holds it; inf where it is not under `worst`.

    `hint`: a row that may hold the cutter (-1 none): where that alone keeps it too high, nothing else is asked.
    """
    if hint >= 0:
        lowest = _touch(rows[hint], edges[hint], x, y, shape, -math.inf)[0]
        if lowest > -math.inf and entry(p[0] - x, p[1] - y, p[2] - lowest, n[0], n[1], n[2], shape, worst) == math.inf:
            return math.inf, hint
    tip, _, _, _, holder = rest_point(rows, edges, boxes, children, shape, x, y, hint)
    return entry(p[0] - x, p[1] - y, p[2] - tip, n[0], n[1], n[2], shape, worst), holder


@kernel
def entry(px, py, pz, nx, ny, nz, shape, worst):
    """Distance 0 <= t < `worst` along a unit ray from p to the cutter whose tip is the origin; inf when the ray does not meet it there.

    Along the ray inside the cylinder, profile minus height is convex: its minimum is bracketed by thirds, the first root by halves.
    """
    radius, level = shape[2], nx * nx + ny * ny
    first, last = 0.0, math.inf
    if level > 0.0:
        along, off = px * nx + py * ny, px * px + py * py - radius * radius
        root = along * along - level * off
        if root <= 0.0:
            return math.inf
        first, last = max((-along - math.sqrt(root)) / level, 0.0), (-along + math.sqrt(root)) / level
        if last <= first:
            return math.inf
    elif px * px + py * py > radius * radius:
        return math.inf
    if first >= worst:
        return math.inf
    last = min(last, worst)
    if not math.isfinite(last) or last > first + LONGEST_RADII * radius + abs(pz):
        last = first + LONGEST_RADII * radius + abs(pz)
    at_first, at_last = _over(first, px, py, pz, nx, ny, nz, shape), _over(last, px, py, pz, nx, ny, nz, shape)
    if at_first <= 0.0:
        return first
    a, b = first, last
    if at_last > 0.0:
        # Rising from its first place, or falling to its last, it is nowhere lower.
        if _over(first + ROOT_MM, px, py, pz, nx, ny, nz, shape) >= at_first or _over(last - ROOT_MM, px, py, pz, nx, ny, nz, shape) >= at_last:
            return math.inf
    while at_last > 0.0 and b - a > ROOT_MM:
        m1, m2 = a + (b - a) * GOLDEN, b - (b - a) * GOLDEN
        f1 = _over(m1, px, py, pz, nx, ny, nz, shape)
        f2 = _over(m2, px, py, pz, nx, ny, nz, shape)
        if f1 <= 0.0 or f2 <= 0.0:
            b = m1 if f1 <= 0.0 else m2
            break
        if f1 < f2:
            b = m2
        else:
            a = m1
    if _over(b, px, py, pz, nx, ny, nz, shape) > 0.0:
        return math.inf
    a = first
    while b - a > ROOT_MM:
        m = 0.5 * (a + b)
        if _over(m, px, py, pz, nx, ny, nz, shape) <= 0.0:
            b = m
        else:
            a = m
    return b


LONGEST_RADII = 8.0  # of a ray: farther away lies nothing that a cutter leaves for its own size
GOLDEN = 0.381966  # any share under a half; this one keeps the search short
ROOT_MM = 1e-6


@kernel
def _over(t, px, py, pz, nx, ny, nz, shape):
    """Height of the cutter's surface over the ray's point at t."""
    r = math.hypot(px + t * nx, py + t * ny)
    return profile(min(r, shape[2]), shape) - (pz + t * nz)
