"""Signed distance of points to the design: the mesh finds the place, the analytic surface of the face gives the number.

Distances are positive outside the material. The side of a point whose closest point lies on an edge or a corner is told by the
angle-weighted pseudonormal there (Baerentzen and Aanaes 2005, "Signed distance computation using the angle weighted pseudonormal").
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from copeau.kernels import kernel
from copeau.model.part import Face, Mesh, Part
from copeau.part.bvh import EDGE_CODE, FACE_CODE, VERTEX_CODE, Closest, Tree, build_tree, closest
from copeau.part.distance import surface_distance

TANGENT_COS = 0.999  # two faces that meet at less than 2.6 degrees are one smooth surface: either gives the distance
CHUNK = 1_000_000  # points at once: some 100 MB of work arrays


@dataclass(frozen=True)
class Design:
    """The design, ready for queries. `faces` by number; `normal` (m, 3) of the mesh's triangles, zero where degenerate.

    `across` (m, 3): the triangle beyond edge k (corner k to k + 1), -1 where the mesh is open. `edge_normal` (m, 3, 3) and
    `corner_normal` (n, 3): sums of normals, not of unit length. `deflection_mm`: how far the mesh may be from the surface.
    """

    mesh: Mesh
    tree: Tree
    faces: dict[int, Face]
    normal: NDArray[np.float64]
    across: NDArray[np.int64]
    edge_normal: NDArray[np.float64]
    corner_normal: NDArray[np.float64]

    @property
    def deflection_mm(self) -> float:
        """Largest distance between mesh and surface, mm."""
        return self.mesh.deflection_mm


@dataclass(frozen=True)
class Signed:
    """Signed distance `mm` (n,), inf beyond the cap, the B-rep `face` (n,) it belongs to, -1 beyond the cap, its `triangle` (n,),
    and the closest `point` (n, 3) of the mesh."""

    mm: NDArray[np.float64]
    face: NDArray[np.int64]
    triangle: NDArray[np.int64]
    point: NDArray[np.float64]


def design_of(part: Part, mesh: Mesh | None = None) -> Design:
    """Prepare a part for distance queries, on its own mesh or on a finer `mesh` of it."""
    mesh = part.mesh if mesh is None else mesh
    corners = mesh.vertices[mesh.triangles]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(cross, axis=1, keepdims=True)
    normal = np.divide(cross, size, out=np.zeros_like(cross), where=size > 0.0)
    across = neighbours(mesh.triangles)
    edge_normal = normal[:, None, :] + np.where(across[..., None] >= 0, normal[across], 0.0)
    corner_normal = np.zeros_like(mesh.vertices)
    for k in range(3):
        a, b = corners[:, (k + 1) % 3] - corners[:, k], corners[:, (k + 2) % 3] - corners[:, k]
        angle = np.arctan2(np.linalg.norm(np.cross(a, b), axis=1), (a * b).sum(1))
        for c in range(3):
            corner_normal[:, c] += np.bincount(mesh.triangles[:, k], angle * normal[:, c], len(corner_normal))
    faces = {f.index: f for f in part.faces}
    return Design(mesh, build_tree(mesh.vertices, mesh.triangles), faces, normal, across, edge_normal, corner_normal)


def neighbours(triangles: NDArray[np.int64]) -> NDArray[np.int64]:
    """The triangle beyond each edge (m, 3); -1 where none, or more than one, runs the edge the other way."""
    a, b = triangles.ravel(), triangles[:, [1, 2, 0]].ravel()
    low, high, up = np.minimum(a, b), np.maximum(a, b), a < b
    order = np.lexsort((up, high, low))
    out = np.full(len(a), -1)
    if not len(a):
        return out.reshape(-1, 3)
    key_low, key_high = low[order], high[order]
    first = np.flatnonzero(np.concatenate([[True], (np.diff(key_low) != 0) | (np.diff(key_high) != 0)]))
    pair = first[np.diff(np.append(first, len(order))) == 2]
    one, two = order[pair], order[pair + 1]
    opposite = up[one] != up[two]
    one, two = one[opposite], two[opposite]
    out[one], out[two] = two // 3, one // 3
    return out.reshape(-1, 3)


def signed_distance(design: Design, points: ArrayLike, cap_mm: float | NDArray[np.float64] = np.inf) -> Signed:
    """Signed distance of `points` (n, 3) to the design, taken from the faces' analytic surfaces; freeform faces from the mesh.

    Points further than `cap_mm` get inf. Fast when neighbours in the list are neighbours in space.
    """
    p = np.ascontiguousarray(np.asarray(points, float).reshape(-1, 3))
    cap = np.broadcast_to(np.asarray(cap_mm, float), (len(p),))
    out = Signed(np.empty(len(p)), np.empty(len(p), np.int64), np.empty(len(p), np.int64), np.empty((len(p), 3)))
    for i in range(0, len(p), CHUNK):
        s = slice(i, i + CHUNK)
        near = closest(design.tree, p[s], cap[s])
        out.mm[s], out.triangle[s], out.point[s] = _signed(design, p[s], near), near.triangle, near.point
        out.face[s] = np.where(near.triangle >= 0, design.mesh.face[near.triangle], -1)
    return out


def _signed(design: Design, p: NDArray[np.float64], near: Closest) -> NDArray[np.float64]:
    side = np.empty(len(p))
    tell_side(p, near.point, near.triangle, near.code, design.mesh.triangles, design.normal, design.edge_normal, design.corner_normal, side)
    mm = side * near.distance
    beyond = np.full(len(p), -1)
    on_edge = (near.code >= EDGE_CODE) & (near.code < VERTEX_CODE) & (near.triangle >= 0)
    beyond[on_edge] = design.across[near.triangle[on_edge], near.code[on_edge] - EDGE_CODE]
    own = np.where(near.triangle >= 0, design.mesh.face[near.triangle], -1)
    other = np.where(beyond >= 0, design.mesh.face[beyond], own)
    _refine_on_faces(design, p, mm, np.where((near.code < VERTEX_CODE) & (own == other), own, -1))
    _refine_on_edges(design, p, mm, near.triangle, beyond, np.flatnonzero(own != other))
    return mm


def _refine_on_faces(design: Design, p: NDArray[np.float64], mm: NDArray[np.float64], face: NDArray[np.int64]) -> None:
    """Put the analytic distance where the closest point lies within one curved face (the mesh of a plane is exact)."""
    order = np.argsort(face, kind="stable")
    first = np.flatnonzero(np.diff(face[order], prepend=-2))
    for a, b in zip(first, np.append(first[1:], len(order))):
        k, surface = order[a:b], design.faces.get(int(face[order[a]]))
        if surface is not None and surface.kind not in ("plane", "freeform"):
            _accept(mm, k, surface_distance(surface, p[k]), 2.0 * design.deflection_mm)


def _refine_on_edges(design: Design, p, mm, triangle, beyond, rows: NDArray[np.int64]) -> None:
    """Put the distance to the edge of two analytic faces where the closest point lies on it.

    With d1, d2 the distances to both surfaces and c the cosine between their normals, the foot on the edge is at
    sqrt((d1^2 + d2^2 - 2 c d1 d2) / (1 - c^2)): exact for planes, to second order of the distance for curved faces.
    """
    pair = np.column_stack([design.mesh.face[triangle[rows]], design.mesh.face[beyond[rows]]])
    kinds, which = np.unique(pair, axis=0, return_inverse=True)
    for k, (f, g) in enumerate(kinds):
        one, two = design.faces.get(int(f)), design.faces.get(int(g))
        if one is None or two is None or {one.kind, two.kind} <= {"plane", "freeform"}:
            continue
        own = rows[which.ravel() == k]
        d1, d2 = surface_distance(one, p[own]), surface_distance(two, p[own])
        c = (design.normal[triangle[own]] * design.normal[beyond[own]]).sum(1)
        smooth = c > TANGENT_COS
        sharp = np.where(smooth, 0.0, c)
        away = np.sqrt(np.maximum(d1**2 + d2**2 - 2.0 * sharp * d1 * d2, 0.0) / (1.0 - sharp**2))
        # Inside a concave wedge, outside a convex one; elsewhere one of the surfaces is the closest: the one that the mesh says.
        both = d1 * d2 >= 0.0
        nearer = np.where(np.abs(d1 - mm[own]) < np.abs(d2 - mm[own]), d1, d2)
        _accept(mm, own, np.where(smooth | ~both, nearer, np.copysign(away, d1 + d2)), 2.0 * design.deflection_mm)


def _accept(mm: NDArray[np.float64], rows: NDArray[np.int64], exact: NDArray[np.float64], within_mm: float) -> None:
    """Take the exact distance where the mesh agrees with it to the deflection: elsewhere the surface goes on past its trimmed end."""
    good = np.abs(exact - mm[rows]) <= within_mm
    mm[rows[good]] = exact[good]


@kernel
def tell_side(points, foot, triangle, code, triangles, normal, edge_normal, corner_normal, side):
    """+1 outside, -1 inside, by the pseudonormal at the closest point; +1 where there is none."""
    for n in range(len(points)):
        t, c = triangle[n], code[n]
        side[n] = 1.0
        if t < 0:
            continue
        if c == FACE_CODE:
            m = normal[t]
        elif c < VERTEX_CODE:
            m = edge_normal[t, c - EDGE_CODE]
        else:
            m = corner_normal[triangles[t, c - VERTEX_CODE]]
        if (points[n, 0] - foot[n, 0]) * m[0] + (points[n, 1] - foot[n, 1]) * m[1] + (points[n, 2] - foot[n, 2]) * m[2] < 0.0:
            side[n] = -1.0
