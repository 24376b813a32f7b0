"""Points spread over the faces of the design, and which of them a direction sees."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from copeau.model.part import Mesh
from copeau.part.bvh import Tree, build_tree, hits_anything

LIFT_MM = 0.01  # rays start this far above the surface: twice the default deflection, below any gap that a tool enters
PLASTIC = 1.324717957244746
"""Real root of x^3 = x + 1: its powers spread points evenly over a square (Roberts 2018, the R2 sequence)."""


@dataclass(frozen=True)
class FaceSamples:
    """Points on the design: `points` (n, 3) mm, outward unit `normals` (n, 3), B-rep `face` (n,), `area` (n,) mm2 that each stands for."""

    points: NDArray[np.float64]
    normals: NDArray[np.float64]
    face: NDArray[np.int64]
    area: NDArray[np.float64]


def spacing_mm2(mesh: Mesh, least_mm2: float, most: int) -> float:
    """Area for each point of `sample_faces`: `least_mm2`, or what makes about `most` points of the whole mesh."""
    corners = mesh.vertices[mesh.triangles]
    area = 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum()
    return max(least_mm2, float(area) / most)


def sample_faces(mesh: Mesh, each_mm2: float, least_per_face: int = 60) -> FaceSamples:
    """Spread points over every face, one for each `each_mm2` and at least `least_per_face`; always the same points.

    Faces come in the order of their numbers; the areas of a face's points add up to its area in the mesh.
    """
    corners = mesh.vertices[mesh.triangles]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = 0.5 * np.linalg.norm(cross, axis=1)
    order = np.flatnonzero(area > 0.0)
    order = order[np.argsort(mesh.face[order], kind="stable")]
    faces, first = np.unique(mesh.face[order], return_index=True)
    of_face = np.add.reduceat(area[order], first) if len(order) else np.zeros(0)
    count = np.maximum(np.round(of_face / each_mm2).astype(int), least_per_face)
    which = np.repeat(np.arange(len(faces)), count)
    nth = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    # Equal steps along the summed areas: each triangle gets its share to within one point.
    before = np.cumsum(of_face) - of_face
    along = before[which] + (nth + 0.5) / count[which] * of_face[which]
    row = np.searchsorted(np.cumsum(area[order]), along, side="right")
    last = np.append(first[1:], len(order)) - 1
    tri = order[np.clip(row, first[which], last[which])] if len(order) else np.zeros(0, int)
    u, v = ((0.5 + nth / PLASTIC**k) % 1.0 for k in (1, 2))
    over = u + v > 1.0
    u, v = np.where(over, 1.0 - u, u), np.where(over, 1.0 - v, v)
    a, b, c = (corners[tri, k] for k in range(3))
    points = a + u[:, None] * (b - a) + v[:, None] * (c - a)
    return FaceSamples(points, cross[tri] / (2.0 * area[tri, None]), faces[which], of_face[which] / count[which])


def visible(mesh: Mesh | Tree, points: ArrayLike, normals: ArrayLike, direction: ArrayLike, lift_mm: float = LIFT_MM) -> NDArray[np.bool_]:
    """Which points nothing of the mesh hides from a far eye.

    Parameters
    ----------
    mesh : Mesh or Tree
        A tree (`build_tree`) serves many directions without being built again.
    points, normals : (n, 3) float
        On the surface, mm, and outward unit normals; rays start `lift_mm` above the points.
    direction : (3,) float
        From the part towards the eye.
    """
    tree = mesh if isinstance(mesh, Tree) else build_tree(mesh.vertices, mesh.triangles)
    origins = np.asarray(points, float).reshape(-1, 3) + lift_mm * np.asarray(normals, float).reshape(-1, 3)
    return ~hits_anything(tree, origins, direction)
