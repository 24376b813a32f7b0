"""Drop-cutter: the lowest height at which a cutter rests on a triangle mesh.

`DropMesh` keeps the triangles that can be touched from above in a tree of boxes; `drop` lowers a cutter on it. Exact for every
`ToolShape`: facets, edges and vertices by the closed forms of `contact.py`, no sampling.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copeau.kernels import kernel
from copeau.model.errors import CopeauError
from copeau.toolpath.surface.contact import TANGENT_MM, edge_contact, facet_contact, is_over
from copeau.toolpath.surface.shape import ToolShape, profile

LEAF = 4  # triangles a leaf: measured best of 1, 2, 4, 8
DEPTH = 64  # of the walk's stack: a median split of 2^31 triangles is half as deep


class DropMesh:
    """Triangles in work coordinates, ready to be touched from +Z.

    Parameters
    ----------
    vertices : (n, 3) float, mm
    triangles : (m, 3) int; of a closed, outward mesh only what can be seen from above is kept

    Attributes
    ----------
    bounds : (2, 3) float, mm
    rows : (k, 13) float: three vertices, unit normal (nz >= 0), highest z of each kept triangle
    edges : (k,) uint8: bits 0 to 2, edges 01, 12, 20 that this triangle answers for; bit 3, its facet can be touched
    source : (k,) int64: index in `triangles`
    boxes : (b, 5) float: x0, y0, x1, y1, highest z of each node; `children` (b, 2) int32: nodes, or ~first and count of rows

    Raises
    ------
    CopeauError
        Without triangles, or when a coordinate is not finite.
    """

    def __init__(self, vertices, triangles):
        points = np.ascontiguousarray(vertices, float).reshape(-1, 3)
        corners = np.asarray(triangles, np.int64).reshape(-1, 3)
        if not len(corners) or not np.isfinite(points).all():
            raise CopeauError("the mesh to machine has no triangles or a coordinate that is not finite", mend="check the tessellation")
        self.bounds = np.array([points[corners].min((0, 1)), points[corners].max((0, 1))])
        rows, edges, source = _touchable(points, corners)
        order, self.boxes, self.children = _build_tree(rows)
        self.rows, self.edges, self.source = np.ascontiguousarray(rows[order]), edges[order], source[order]


@dataclass(frozen=True)
class Rest:
    """Where a cutter came to rest: tip height `z` (n,), `contact` (n, 3) point touched, `triangle` (n,) touched, -1 where none."""

    z: NDArray[np.float64]
    contact: NDArray[np.float64]
    triangle: NDArray[np.int64]


def drop(mesh: DropMesh, shape: ToolShape, xy) -> NDArray[np.float64]:
    """Lowest tip height (n,), mm, at which the cutter over each of `xy` (n, 2) does not penetrate; -inf where nothing is under."""
    points = np.ascontiguousarray(xy, float).reshape(-1, 2)
    z = np.empty(len(points))
    _drop_points(mesh.rows, mesh.edges, mesh.boxes, mesh.children, shape.numbers(), points, z)
    return z


def rest(mesh: DropMesh, shape: ToolShape, xy) -> Rest:
    """As `drop`, with the point and the triangle that hold the cutter. Where several do, the first met in the tree."""
    points = np.ascontiguousarray(xy, float).reshape(-1, 2)
    found = np.empty((len(points), 5))
    _rest_points(mesh.rows, mesh.edges, mesh.boxes, mesh.children, shape.numbers(), points, found)
    row = found[:, 4].astype(np.int64)
    return Rest(found[:, 0].copy(), found[:, 1:4].copy(), np.where(row >= 0, mesh.source[row], -1))


def _touchable(points, corners):
    """Rows, edge bits and source index of the triangles that a cutter from +Z can touch."""
    _, same = np.unique(points, axis=0, return_inverse=True)
    merged = same.reshape(-1)[corners]
    v = points[corners]
    normal = np.cross(v[:, 1] - v[:, 0], v[:, 2] - v[:, 0])
    length = np.linalg.norm(normal, axis=1)
    normal = np.divide(normal, length[:, None], out=np.zeros_like(normal), where=length[:, None] > 0.0)
    shadow, is_closed = normal[:, 2], _is_closed(merged)
    seen = shadow > 0.0 if is_closed else np.ones(len(v), bool)
    owned = _owned_edges(merged, seen)
    facet = seen & (np.abs(shadow) > 0.0)
    bits = owned @ np.array([1, 2, 4], np.uint8) + 8 * facet.astype(np.uint8)
    normal = np.where(normal[:, 2:] < 0.0, -normal, normal)
    rows = np.column_stack([v.reshape(-1, 9), normal, v[:, :, 2].max(1)])
    kept = np.flatnonzero(bits)
    if not len(kept):
        raise CopeauError("no triangle of the mesh looks towards +Z", mend="check the orientation of the solid")
    return rows[kept], bits[kept].astype(np.uint8), kept


def _is_closed(corners) -> bool:
    """True when there are edges and every directed one has its reverse, each once."""
    whole = corners[(corners != np.roll(corners, 1, axis=1)).all(1)]
    ends = np.stack([whole, np.roll(whole, -1, axis=1)], axis=-1).reshape(-1, 2)
    forth = np.unique(ends, axis=0)
    return 0 < len(forth) == len(ends) and np.array_equal(forth, np.unique(ends[:, ::-1], axis=0))


def _owned_edges(corners, seen):
    """(m, 3) bool: each undirected edge of a seen triangle once, at the first seen triangle that has it."""
    ends = np.sort(np.stack([corners, np.roll(corners, -1, axis=1)], axis=-1), axis=-1)[seen]
    _, first = np.unique(ends.reshape(-1, 2), axis=0, return_index=True)
    mine = np.zeros(3 * len(ends), np.uint8)
    mine[first] = 1
    owned = np.zeros(corners.shape, np.uint8)
    owned[seen] = mine.reshape(-1, 3)
    return owned


@kernel
def _build_tree(rows):
    """Median tree over the rows in XY: order of rows, boxes (b, 5), children (b, 2)."""
    n = len(rows)
    order = np.arange(n)
    boxes = np.empty((2 * n, 5))
    children = np.empty((2 * n, 2), np.int32)
    spans = np.empty((2 * n, 2), np.int64)
    spans[0, 0], spans[0, 1] = 0, n
    used, node = 1, 0
    while node < used:
        start, end = spans[node]
        _fit_box(rows, order[start:end], boxes[node])
        if end - start <= LEAF:
            children[node, 0], children[node, 1] = ~start, end - start
        else:
            middle = _split(rows, order, start, end)
            spans[used, 0], spans[used, 1] = start, middle
            spans[used + 1, 0], spans[used + 1, 1] = middle, end
            children[node, 0], children[node, 1] = used, used + 1
            used += 2
        node += 1
    return order, boxes[:used].copy(), children[:used].copy()


@kernel
def _fit_box(rows, members, box):
    box[0], box[1], box[2], box[3], box[4] = math.inf, math.inf, -math.inf, -math.inf, -math.inf
    for m in members:
        for k in range(0, 9, 3):
            box[0], box[2] = min(box[0], rows[m, k]), max(box[2], rows[m, k])
            box[1], box[3] = min(box[1], rows[m, k + 1]), max(box[3], rows[m, k + 1])
        box[4] = max(box[4], rows[m, 12])


@kernel
def _split(rows, order, start, end):
    """Sort order[start:end] along its longer side; index of the middle."""
    members = order[start:end].copy()
    middle = np.empty((2, len(members)))
    for i, m in enumerate(members):
        for axis in range(2):
            a, b, c = rows[m, axis], rows[m, axis + 3], rows[m, axis + 6]
            middle[axis, i] = min(a, b, c) + max(a, b, c)
    wide = middle[0].max() - middle[0].min() >= middle[1].max() - middle[1].min()
    rank = np.argsort(middle[0] if wide else middle[1], kind="mergesort")
    for i in range(len(members)):
        order[start + i] = members[rank[i]]
    return (start + end) // 2


@kernel
def _bound(box, x, y, shape):
    """Height that the tip can't exceed on what lies in `box`; -inf when the box is beside the cutter."""
    dx = max(box[0] - x, 0.0, x - box[2])
    dy = max(box[1] - y, 0.0, y - box[3])
    r = math.hypot(dx, dy)
    if r >= shape[2] - TANGENT_MM:
        return -math.inf
    return box[4] - profile(r, shape)


@kernel
def _touch(t, bits, x, y, shape, best):
    """Contact with one triangle row when it is higher than `best`: (height, contact x, y, z), else `best` and NaN."""
    cx, cy, cz = math.nan, math.nan, math.nan
    if bits & 8:
        tip, fx, fy = facet_contact(x, y, t[0], t[1], t[2], t[9], t[10], t[11], shape)
        if tip > best and is_over(fx, fy, t):
            # a sliver seen edge on may let a rounding error through: the plane is not higher than its triangle
            fz = min(tip + profile(min(math.hypot(fx - x, fy - y), shape[2]), shape), t[12])
            tip = min(tip, t[12])
            if tip > best:
                best, cx, cy, cz = tip, fx, fy, fz
    for edge in range(3):
        if bits & (1 << edge):
            a, b = 3 * edge, 3 * ((edge + 1) % 3)
            tip, ex, ey, ez = edge_contact(x, y, t[a], t[a + 1], t[a + 2], t[b], t[b + 1], t[b + 2], shape, best)
            if tip > best:
                best, cx, cy, cz = tip, ex, ey, ez
    return best, cx, cy, cz


@kernel
def rest_point(rows, edges, boxes, children, shape, x, y, hint):
    """Rest of one cutter: (tip height, contact x, y, z, row), row -1 where nothing is under.

    `hint` is a row to try first (-1 none): the one that held the cutter next to here cuts most of the tree away.
    """
    best, cx, cy, cz, holder = -math.inf, math.nan, math.nan, math.nan, -1
    if hint >= 0:
        tip, fx, fy, fz = _touch(rows[hint], edges[hint], x, y, shape, best)
        if tip > best:
            best, cx, cy, cz, holder = tip, fx, fy, fz, hint
    stack = np.empty(DEPTH, np.int64)
    limit = np.empty(DEPTH)
    stack[0], limit[0], size = 0, _bound(boxes[0], x, y, shape), 1
    while size > 0:
        size -= 1
        node = stack[size]
        if limit[size] <= best:
            continue
        left, right = children[node]
        if left < 0:
            for row in range(~left, ~left + right):
                if rows[row, 12] <= best:
                    continue
                tip, fx, fy, fz = _touch(rows[row], edges[row], x, y, shape, best)
                if tip > best:
                    best, cx, cy, cz, holder = tip, fx, fy, fz, row
            continue
        one, other = _bound(boxes[left], x, y, shape), _bound(boxes[right], x, y, shape)
        if one > other:
            left, right, one, other = right, left, other, one
        stack[size], limit[size] = left, one
        stack[size + 1], limit[size + 1] = right, other
        size += 2
    return best, cx, cy, cz, holder


@kernel
def _drop_points(rows, edges, boxes, children, shape, xy, out):
    holder = -1
    for i in range(len(xy)):
        tip, _, _, _, holder = rest_point(rows, edges, boxes, children, shape, xy[i, 0], xy[i, 1], holder)
        out[i] = tip


@kernel
def _rest_points(rows, edges, boxes, children, shape, xy, out):
    holder = -1
    for i in range(len(xy)):
        tip, cx, cy, cz, holder = rest_point(rows, edges, boxes, children, shape, xy[i, 0], xy[i, 1], holder)
        out[i, 0], out[i, 1], out[i, 2], out[i, 3], out[i, 4] = tip, cx, cy, cz, holder
