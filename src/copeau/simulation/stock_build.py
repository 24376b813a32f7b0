"""Stock from a box, a bar or a closed mesh.

A line meets a mesh by the signed crossings of a ray with the edges of each triangle, seen along the line. A crossing is decided from the
edge alone, the same way for both of its triangles, so that a line through an edge or a vertex enters as
often as it leaves.
"""

import numpy as np
from numpy.typing import NDArray

from copeau.kernels import kernel
from copeau.model.errors import CopeauError
from copeau.part.heights import edge_crossing, plane_height
from copeau.simulation.tridexel import DexelField, TriDexel, lattice


def build_box(bbox: NDArray[np.float64], cell: float) -> TriDexel:
    """`TriDexel.from_box`."""
    origin, shape = lattice(bbox, cell)
    full = [np.broadcast_to(bbox[:, a, None], (2, shape[(a + 1) % 3] * shape[(a + 2) % 3])) for a in range(3)]
    return _assemble(origin, shape, cell, bbox, full)


def build_cylinder(diameter_mm: float, low_mm: float, high_mm: float, cell: float, axis: int, centre) -> TriDexel:
    """`TriDexel.from_cylinder`."""
    radius, u, v = diameter_mm / 2, (axis + 1) % 3, (axis + 2) % 3
    bbox = np.empty((2, 3))
    bbox[:, axis] = low_mm, high_mm
    for k, c in ((u, centre[0]), (v, centre[1])):
        bbox[:, k] = c - radius, c + radius
    origin, shape = lattice(bbox, cell)
    at = [origin[k] + cell * np.arange(shape[k]) for k in range(3)]
    du, dv = at[u] - centre[0], at[v] - centre[1]
    ends: list = [None, None, None]
    inside = du[:, None] ** 2 + dv[None, :] ** 2 < radius**2
    ends[axis] = np.where(inside.ravel(), np.array([[low_mm], [high_mm]]), 0.0)
    half_u, half_v = np.sqrt(np.maximum(radius**2 - dv**2, 0.0)), np.sqrt(np.maximum(radius**2 - du**2, 0.0))
    ends[u] = np.repeat(centre[0] + np.array([-half_u, half_u]), shape[axis], axis=1)
    ends[v] = np.tile(centre[1] + np.array([-half_v, half_v]), (1, shape[axis]))
    return _assemble(origin, shape, cell, bbox, ends)


def _assemble(origin, shape, cell, bbox, ends) -> TriDexel:
    """A stock with at most one interval on each line, `ends[a]` (2, lines); none where start = end."""
    fields = []
    for a in range(3):
        u, v = (a + 1) % 3, (a + 2) % 3
        start, end = ends[a]
        some = end > start
        offsets = np.zeros(len(some) + 1, np.int64)
        np.cumsum(some, out=offsets[1:])
        fields.append(DexelField.from_intervals(a, origin[[u, v]], cell, (shape[u], shape[v]), offsets, start[some], end[some]))
    x, y, z = fields
    return TriDexel(origin, float(cell), shape, np.array(bbox, float), (x, y, z))


def build_mesh(vertices: NDArray[np.float64], triangles: NDArray[np.int64], cell: float, bbox=None) -> TriDexel:
    """`TriDexel.from_mesh`."""
    check_closed(triangles)
    triangles = outward(vertices, triangles)
    box = np.array([vertices.min(0), vertices.max(0)]) if bbox is None else np.asarray(bbox, float)
    origin, shape = lattice(box, cell)
    x, y, z = (mesh_field(vertices, triangles, a, origin, shape, cell, box) for a in range(3))
    return TriDexel(origin, float(cell), shape, box, (x, y, z))


def check_closed(triangles: NDArray[np.int64]) -> None:
    """Raise CopeauError unless every directed edge has its opposite as often."""
    a = triangles.ravel()
    b = triangles[:, [1, 2, 0]].ravel()
    side = np.where(a < b, 1, -1)
    low, high = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((high, low))
    low, high, side = low[order], high[order], side[order]
    new = np.flatnonzero(np.concatenate([[True], (np.diff(low) != 0) | (np.diff(high) != 0)]))
    open_edges = int((np.add.reduceat(side, new) != 0).sum()) if len(side) else 1
    if open_edges:
        raise CopeauError(f"the mesh has {open_edges} open edges", "stock mesh", "close the mesh and merge its vertices")


def outward(vertices: NDArray[np.float64], triangles: NDArray[np.int64]) -> NDArray[np.int64]:
    """The triangles turned so that they enclose a volume above 0."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    return triangles if np.einsum("ij,ij->", a, np.cross(b, c)) >= 0.0 else np.ascontiguousarray(triangles[:, ::-1])


def mesh_field(vertices, triangles, axis, origin, shape, cell, box) -> DexelField:
    """Lines along `axis` through a closed mesh, cut to `box`."""
    u, v = (axis + 1) % 3, (axis + 2) % 3
    size, start = (shape[u], shape[v]), origin[[u, v]]
    p = np.ascontiguousarray(vertices[:, [u, v, axis]])
    hits = np.zeros(size[0] * size[1] + 1, np.int64)
    none = np.empty(0)
    scan(p, triangles, start[0], start[1], cell, size[0], size[1], hits, none, none, False)
    offsets = np.concatenate([[0], np.cumsum(hits[:-1])])
    height, sign = np.empty(offsets[-1]), np.empty(offsets[-1])
    scan(p, triangles, start[0], start[1], cell, size[0], size[1], offsets[:-1].copy(), height, sign, True)
    count = np.zeros(len(offsets) - 1, np.int64)
    starts, ends = np.empty(len(height) // 2 + 1), np.empty(len(height) // 2 + 1)
    m = wind(offsets, height, sign, box[0, axis], box[1, axis], count, starts, ends)
    packed = np.concatenate([[0], np.cumsum(count)])
    return DexelField.from_intervals(axis, start, cell, size, packed, starts[:m], ends[:m])


@kernel
def scan(p, triangles, u0, v0, cell, nu, nv, slot, height, sign, fill):
    """Crossings of all lines with all triangles: counted into `slot`, or, with `fill`, stored from `slot` on.

    `sign` is +1 where the line, going up, leaves the material.
    """
    for n in range(len(triangles)):
        a, b, c = p[triangles[n, 0]], p[triangles[n, 1]], p[triangles[n, 2]]
        i0 = max(0, int(np.ceil((min(a[0], b[0], c[0]) - u0) / cell)))
        i1 = min(nu - 1, int(np.floor((max(a[0], b[0], c[0]) - u0) / cell)))
        j0 = max(0, int(np.ceil((min(a[1], b[1], c[1]) - v0) / cell)))
        j1 = min(nv - 1, int(np.floor((max(a[1], b[1], c[1]) - v0) / cell)))
        # One line more on each side: rounding must not drop a line that an edge decides to cross.
        for i in range(max(0, i0 - 1), min(nu - 1, i1 + 1) + 1):
            u = u0 + i * cell
            for j in range(max(0, j0 - 1), min(nv - 1, j1 + 1) + 1):
                v = v0 + j * cell
                s = edge_crossing(a[0], a[1], b[0], b[1], u, v) + edge_crossing(b[0], b[1], c[0], c[1], u, v)
                s += edge_crossing(c[0], c[1], a[0], a[1], u, v)
                if s != 0:
                    line = i * nv + j
                    if fill:
                        height[slot[line]] = plane_height(a, b, c, u, v)
                        sign[slot[line]] = s
                    slot[line] += 1


@kernel
def wind(offsets, height, sign, low, high, count, starts, ends):
    """Material where the winding number is above 0, between `low` and `high`; the number of intervals."""
    m = 0
    for line in range(len(count)):
        o, n = offsets[line], offsets[line + 1] - offsets[line]
        if n == 0:
            continue
        order = np.argsort(height[o : o + n])
        depth, begin = 0, 0.0
        for q in range(n):
            k = o + order[q]
            before = depth
            depth -= int(sign[k])
            if before <= 0 and depth > 0:
                begin = max(low, height[k])
            elif before > 0 and depth <= 0:
                end = min(high, height[k])
                if end > begin:
                    if count[line] > 0 and starts[m - 1] <= begin <= ends[m - 1]:
                        ends[m - 1] = max(ends[m - 1], end)
                    else:
                        starts[m], ends[m] = begin, end
                        count[line] += 1
                        m += 1
    return m
