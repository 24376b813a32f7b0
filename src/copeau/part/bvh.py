"""A tree of boxes over triangles: closest points, and rays.

The tree is binary; a node's two children stand side by side. Leaves hold at most `LEAF` triangles, stored in the order of the leaves.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from copeau.kernels import kernel

LEAF = 4  # triangles: measured best between 2 and 8 for queries near the surface
BINS = 12  # planes tried per split; more gave no faster queries
DEEPEST = 96  # levels: a split that fails to part the centres halves the list, so 2^96 triangles would be needed for more
EDGE_SLACK = 1e-9  # barycentric: a ray through the edge of two triangles hits one of them at least
NEEDLE = 1e-20  # square of the sine of an angle: a triangle this thin has no inside to rounding
PARALLEL = 1e-14  # a ray whose determinant is below this share of the triangle's size runs in its plane

FACE_CODE, EDGE_CODE, VERTEX_CODE = 0, 1, 4
"""Where on its triangle a closest point lies: inside; on edge k = code - 1 (corner k to k + 1); on corner k = code - 4."""


@dataclass(frozen=True)
class Tree:
    """Boxes over triangles. `corners` (m, 9) mm and `triangle` (m,), its number in the mesh, in the order of the leaves.

    `box` (n, 6): low and high corner. `link` (n, 2): first triangle and number of triangles of a leaf, or first child and 0.
    """

    box: NDArray[np.float64]
    link: NDArray[np.int32]
    corners: NDArray[np.float64]
    triangle: NDArray[np.int64]


@dataclass(frozen=True)
class Closest:
    """Answers to closest-point queries: `distance` (n,) mm, inf where nothing is within the cap, `triangle` (n,), -1 there,
    `point` (n, 3) mm, NaN there, and `code` (n,), see `FACE_CODE`."""

    distance: NDArray[np.float64]
    triangle: NDArray[np.int64]
    point: NDArray[np.float64]
    code: NDArray[np.int8]


def build_tree(vertices: NDArray[np.float64], triangles: NDArray[np.int64]) -> Tree:
    """The tree of a mesh: `vertices` (n, 3) mm, `triangles` (m, 3); m may be 0."""
    corners = np.ascontiguousarray(np.asarray(vertices, float)[triangles].reshape(-1, 9))
    m = len(corners)
    low = corners.reshape(m, 3, 3).min(1) if m else np.zeros((0, 3))
    high = corners.reshape(m, 3, 3).max(1) if m else np.zeros((0, 3))
    order = np.arange(m)
    box, link = np.empty((max(1, 2 * m), 6)), np.zeros((max(1, 2 * m), 2), np.int32)
    n = split_boxes(low, high, order, box, link)
    return Tree(box[:n].copy(), link[:n].copy(), np.ascontiguousarray(corners[order]), order)


def closest(tree: Tree, points: ArrayLike, cap_mm: float | NDArray[np.float64] = np.inf) -> Closest:
    """Closest point of the mesh to each of `points` (n, 3), no further than `cap_mm` (one, or one a point).

    Fast when neighbours in the list are neighbours in space: each query starts from the triangle of the one before.
    """
    p = np.ascontiguousarray(np.asarray(points, float).reshape(-1, 3))
    n = len(p)
    cap = np.full(n, cap_mm, float)
    d2, at, q, code = np.empty(n), np.empty(n, np.int64), np.full((n, 3), np.nan), np.zeros(n, np.int8)
    closest_points(tree.box, tree.link, tree.corners, p, cap, d2, at, q, code)
    triangle = np.where(at >= 0, tree.triangle[at], -1) if len(tree.triangle) else at
    return Closest(np.sqrt(d2), triangle, q, code)


def hits_anything(tree: Tree, origins: ArrayLike, direction: ArrayLike) -> NDArray[np.bool_]:
    """Which rays from `origins` (n, 3) along `direction` (3,) meet the mesh."""
    o = np.ascontiguousarray(np.asarray(origins, float).reshape(-1, 3))
    out = np.zeros(len(o), np.bool_)
    any_hits(tree.box, tree.link, tree.corners, o, np.asarray(direction, float), out)
    return out


def first_hits(tree: Tree, origins: ArrayLike, direction: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Distance (n,), in lengths of `direction`, to the first hit of each ray, inf where it meets nothing, and its triangle or -1."""
    o = np.ascontiguousarray(np.asarray(origins, float).reshape(-1, 3))
    t, at = np.full(len(o), np.inf), np.full(len(o), -1, np.int64)
    nearest_hits(tree.box, tree.link, tree.corners, o, np.asarray(direction, float), t, at)
    triangle = np.where(at >= 0, tree.triangle[at], -1) if len(tree.triangle) else at
    return t, triangle


@kernel
def split_boxes(low, high, order, box, link):
    """Build the tree over boxes `low`, `high` (m, 3) in place; sorts `order`; the number of nodes."""
    m = len(order)
    stack = np.empty((2 * DEEPEST, 3), np.int64)
    stack[0] = 0, 0, m
    top, nodes = 1, 1
    while top > 0:
        top -= 1
        node, first, end = stack[top]
        bound(low, high, order, first, end, box[node])
        if end - first <= LEAF:
            link[node, 0], link[node, 1] = first, end - first
            continue
        mid = part_by_area(low, high, order, first, end)
        if mid <= first or mid >= end:
            mid = (first + end) // 2
        link[node, 0], link[node, 1] = nodes, 0
        # The larger half waits at the bottom, so that the stack stays as deep as the logarithm.
        left_larger = mid - first > end - mid
        big = (nodes, first, mid) if left_larger else (nodes + 1, mid, end)
        small = (nodes + 1, mid, end) if left_larger else (nodes, first, mid)
        stack[top] = big
        stack[top + 1] = small
        top, nodes = top + 2, nodes + 2
    return nodes


@kernel
def bound(low, high, order, first, end, out):
    """Box of the boxes order[first:end] into `out` (6,)."""
    for k in range(3):
        out[k], out[3 + k] = math.inf, -math.inf
    for i in range(first, end):
        for k in range(3):
            out[k] = min(out[k], low[order[i], k])
            out[3 + k] = max(out[3 + k], high[order[i], k])


@kernel
def part_by_area(low, high, order, first, end):
    """Part order[first:end] in two where the areas of both boxes, weighed by their triangles, are least; where the second begins.

    Surface area heuristic over `BINS` planes on each axis (Wald 2007, "On fast construction of SAH-based bounding volume hierarchies").
    """
    best, axis, plane = math.inf, -1, 0
    c0, scale = np.empty(3), np.empty(3)
    boxes, count = np.empty((BINS, 6)), np.empty(BINS, np.int64)
    right = np.empty(BINS)
    for k in range(3):
        a, b = math.inf, -math.inf
        for i in range(first, end):
            c = low[order[i], k] + high[order[i], k]
            a, b = min(a, c), max(b, c)
        if not b > a:
            continue
        c0[k], scale[k] = a, BINS / (b - a)
        fill_bins(low, high, order, first, end, k, c0[k], scale[k], boxes, count)
        sweep_right(boxes, count, right)
        cost, at = sweep_left(boxes, count, right)
        if cost < best:
            best, axis, plane = cost, k, at
    if axis < 0:
        return first
    i, j = first, end - 1
    while i <= j:
        if bin_of(low, high, order[i], axis, c0[axis], scale[axis]) < plane:
            i += 1
        else:
            order[i], order[j] = order[j], order[i]
            j -= 1
    return i


@kernel
def bin_of(low, high, n, k, c0, scale):
    """Bin of the centre of box n on axis k."""
    return min(BINS - 1, int((low[n, k] + high[n, k] - c0) * scale))


@kernel
def fill_bins(low, high, order, first, end, k, c0, scale, boxes, count):
    """Box and number of the triangles in each bin of axis k."""
    count[:] = 0
    boxes[:, :3], boxes[:, 3:] = math.inf, -math.inf
    for i in range(first, end):
        n = order[i]
        b = bin_of(low, high, n, k, c0, scale)
        count[b] += 1
        for c in range(3):
            boxes[b, c] = min(boxes[b, c], low[n, c])
            boxes[b, 3 + c] = max(boxes[b, 3 + c], high[n, c])


@kernel
def sweep_right(boxes, count, right):
    """right[b]: area times number of all bins from b on."""
    run, total = np.empty(6), 0
    run[:3], run[3:] = math.inf, -math.inf
    for b in range(BINS - 1, 0, -1):
        total += count[b]
        right[b] = total * joined_area(run, boxes[b])


@kernel
def sweep_left(boxes, count, right):
    """Least cost of a split, and the first bin of its right half."""
    run, total = np.empty(6), 0
    run[:3], run[3:] = math.inf, -math.inf
    best, at = math.inf, 1
    for b in range(BINS - 1):
        total += count[b]
        cost = total * joined_area(run, boxes[b]) + right[b + 1]
        if cost < best:
            best, at = cost, b + 1
    return best, at


@kernel
def joined_area(run, box):
    """Grow `run` by `box`; half the area of its surface, 0 while it is empty."""
    for c in range(3):
        run[c], run[3 + c] = min(run[c], box[c]), max(run[3 + c], box[3 + c])
    if run[3] < run[0]:
        return 0.0
    x, y, z = run[3] - run[0], run[4] - run[1], run[5] - run[2]
    return x * y + y * z + z * x


@kernel
def closest_points(box, link, corners, points, cap, d2, at, q, code):
    """Square distance `d2`, row `at` in `corners` (-1 beyond the cap), closest point `q` and `code` of every point."""
    stack, far, found = np.empty(2 * DEEPEST, np.int64), np.empty(2 * DEEPEST), np.empty(3)
    seed = -1
    for n in range(len(points)):
        p = points[n]
        best, at[n] = cap[n] * cap[n], -1
        if seed >= 0:
            d, c = to_triangle(p, corners[seed], found)
            if d <= best:
                best, at[n], code[n] = d, seed, c
                q[n] = found
        if len(corners) > 0:
            best = search(box, link, corners, p, best, stack, far, found, at, q, code, n)
        d2[n] = best if at[n] >= 0 else math.inf
        if at[n] >= 0:
            seed = at[n]


@kernel
def search(box, link, corners, p, best, stack, far, found, at, q, code, n):
    """Walk the tree for one point, the nearer child first; the square distance."""
    stack[0], far[0], top = 0, to_box(box[0], p), 1
    while top > 0:
        top -= 1
        if far[top] >= best:
            continue
        node = stack[top]
        first, count = link[node, 0], link[node, 1]
        if count > 0:
            for k in range(first, first + count):
                d, c = to_triangle(p, corners[k], found)
                if d < best or (d == best and at[n] < 0):
                    best, at[n], code[n] = d, k, c
                    q[n] = found
            continue
        a, b = to_box(box[first], p), to_box(box[first + 1], p)
        near, away = (first, first + 1) if a <= b else (first + 1, first)
        if max(a, b) < best:
            stack[top], far[top] = away, max(a, b)
            top += 1
        if min(a, b) < best:
            stack[top], far[top] = near, min(a, b)
            top += 1
    return best


@kernel
def to_box(box, p):
    """Square distance from a point to a box, 0 inside."""
    d = 0.0
    for k in range(3):
        e = max(box[k] - p[k], p[k] - box[3 + k], 0.0)
        d += e * e
    return d


@kernel
def to_triangle(p, t, out):
    """Square distance to triangle t (9,), its closest point into `out`, and where that lies, see `FACE_CODE`.

    By Voronoi regions (Ericson 2005, "Real-time collision detection", 5.1.5).
    """
    abx, aby, abz = t[3] - t[0], t[4] - t[1], t[5] - t[2]
    acx, acy, acz = t[6] - t[0], t[7] - t[1], t[8] - t[2]
    apx, apy, apz = p[0] - t[0], p[1] - t[1], p[2] - t[2]
    d1 = abx * apx + aby * apy + abz * apz
    d2 = acx * apx + acy * apy + acz * apz
    if d1 <= 0.0 and d2 <= 0.0:
        return put(p, out, t[0], t[1], t[2]), VERTEX_CODE
    bpx, bpy, bpz = p[0] - t[3], p[1] - t[4], p[2] - t[5]
    d3 = abx * bpx + aby * bpy + abz * bpz
    d4 = acx * bpx + acy * bpy + acz * bpz
    if d3 >= 0.0 and d4 <= d3:
        return put(p, out, t[3], t[4], t[5]), VERTEX_CODE + 1
    vc = d1 * d4 - d3 * d2
    if vc <= 0.0 and d1 >= 0.0 and d3 <= 0.0 and d1 > d3:
        s = d1 / (d1 - d3)
        return put(p, out, t[0] + s * abx, t[1] + s * aby, t[2] + s * abz), EDGE_CODE
    cpx, cpy, cpz = p[0] - t[6], p[1] - t[7], p[2] - t[8]
    d5 = abx * cpx + aby * cpy + abz * cpz
    d6 = acx * cpx + acy * cpy + acz * cpz
    if d6 >= 0.0 and d5 <= d6:
        return put(p, out, t[6], t[7], t[8]), VERTEX_CODE + 2
    vb = d5 * d2 - d1 * d6
    if vb <= 0.0 and d2 >= 0.0 and d6 <= 0.0 and d2 > d6:
        s = d2 / (d2 - d6)
        return put(p, out, t[0] + s * acx, t[1] + s * acy, t[2] + s * acz), EDGE_CODE + 2
    va = d3 * d6 - d5 * d4
    if va <= 0.0 and d4 - d3 >= 0.0 and d5 - d6 >= 0.0 and (d4 - d3) + (d5 - d6) > 0.0:
        s = (d4 - d3) / ((d4 - d3) + (d5 - d6))
        return put(p, out, t[3] + s * (t[6] - t[3]), t[4] + s * (t[7] - t[4]), t[5] + s * (t[8] - t[5])), EDGE_CODE + 1
    v, w = vb / (va + vb + vc), vc / (va + vb + vc)
    if not va + vb + vc > NEEDLE * (abx * abx + aby * aby + abz * abz) * (acx * acx + acy * acy + acz * acz):
        return to_longest_edge(p, t, out)
    return put(p, out, t[0] + v * abx + w * acx, t[1] + v * aby + w * acy, t[2] + v * abz + w * acz), FACE_CODE


@kernel
def to_longest_edge(p, t, out):
    """`to_triangle` for a triangle without width, which is its longest edge."""
    edge, longest = 0, -1.0
    for k in range(3):
        a, b = 3 * k, 3 * ((k + 1) % 3)
        d = (t[b] - t[a]) ** 2 + (t[b + 1] - t[a + 1]) ** 2 + (t[b + 2] - t[a + 2]) ** 2
        if d > longest:
            edge, longest = k, d
    a, b = 3 * edge, 3 * ((edge + 1) % 3)
    x, y, z = t[b] - t[a], t[b + 1] - t[a + 1], t[b + 2] - t[a + 2]
    s = ((p[0] - t[a]) * x + (p[1] - t[a + 1]) * y + (p[2] - t[a + 2]) * z) / longest
    s = min(1.0, max(0.0, s))
    return put(p, out, t[a] + s * x, t[a + 1] + s * y, t[a + 2] + s * z), EDGE_CODE + edge


@kernel
def put(p, out, x, y, z):
    """Store x, y, z; their square distance from p."""
    out[0], out[1], out[2] = x, y, z
    return (p[0] - x) ** 2 + (p[1] - y) ** 2 + (p[2] - z) ** 2


@kernel
def any_hits(box, link, corners, origins, direction, out):
    """Whether each ray meets a triangle in front of its origin."""
    stack = np.empty(2 * DEEPEST, np.int64)
    for n in range(len(origins) if len(corners) else 0):
        o = origins[n]
        stack[0], top = 0, 1
        while top > 0 and not out[n]:
            top -= 1
            first, count = link[stack[top], 0], link[stack[top], 1]
            if into_box(box[stack[top]], o, direction) == math.inf:
                continue
            if count == 0:
                stack[top], stack[top + 1] = first, first + 1
                top += 2
            for k in range(first, first + count):
                out[n] = out[n] or along_ray(o, direction, corners[k]) < math.inf


@kernel
def nearest_hits(box, link, corners, origins, direction, t, at):
    """Distance and row in `corners` of the first triangle that each ray meets."""
    stack = np.empty(2 * DEEPEST, np.int64)
    for n in range(len(origins) if len(corners) else 0):
        o = origins[n]
        stack[0], top = 0, 1
        while top > 0:
            top -= 1
            first, count = link[stack[top], 0], link[stack[top], 1]
            if into_box(box[stack[top]], o, direction) > t[n]:
                continue
            if count == 0:
                swap = into_box(box[first], o, direction) < into_box(box[first + 1], o, direction)
                stack[top], stack[top + 1] = first + int(swap), first + 1 - int(swap)
                top += 2
            for k in range(first, first + count):
                d = along_ray(o, direction, corners[k])
                if d < t[n]:
                    t[n], at[n] = d, k


@kernel
def into_box(box, o, d):
    """Where on the ray o + t d, t >= 0, a box begins; inf when the ray misses it."""
    t0, t1 = 0.0, math.inf
    for k in range(3):
        if d[k] == 0.0:
            if o[k] < box[k] or o[k] > box[3 + k]:
                return math.inf
            continue
        a, b = (box[k] - o[k]) / d[k], (box[3 + k] - o[k]) / d[k]
        t0, t1 = max(t0, min(a, b)), min(t1, max(a, b))
    return t0 if t0 <= t1 else math.inf


@kernel
def along_ray(o, d, t):
    """Where the ray o + s d, s > 0, meets triangle t (9,); inf when it does not (Moeller and Trumbore 1997)."""
    abx, aby, abz = t[3] - t[0], t[4] - t[1], t[5] - t[2]
    acx, acy, acz = t[6] - t[0], t[7] - t[1], t[8] - t[2]
    hx, hy, hz = d[1] * acz - d[2] * acy, d[2] * acx - d[0] * acz, d[0] * acy - d[1] * acx
    det = abx * hx + aby * hy + abz * hz
    size = math.sqrt((abx * abx + aby * aby + abz * abz) * (acx * acx + acy * acy + acz * acz))
    if abs(det) <= PARALLEL * size:
        return math.inf
    sx, sy, sz = o[0] - t[0], o[1] - t[1], o[2] - t[2]
    u = (sx * hx + sy * hy + sz * hz) / det
    gx, gy, gz = sy * abz - sz * aby, sz * abx - sx * abz, sx * aby - sy * abx
    v = (d[0] * gx + d[1] * gy + d[2] * gz) / det
    if u < -EDGE_SLACK or v < -EDGE_SLACK or u + v > 1.0 + EDGE_SLACK:
        return math.inf
    s = (acx * gx + acy * gy + acz * gz) / det
    return s if s > 0.0 else math.inf
