"""Faces that one cut leaves: grouped along corners, put together again where another feature went through.

Cutting two bodies from a block leaves ridges where they cross, never corners: material is what lies outside both. So faces that meet
in a corner belong to one cut body, and a body that another one crossed shows as groups that lie in the same planes.
"""

from collections.abc import Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copeau.features.revolution import AXIS_TOL_MM, is_about
from copeau.features.scene import ALIGNED_COS, Scene
from copeau.model.part import Face


@dataclass(frozen=True)
class Plane:
    """Coplanar faces that look the same way: normal n and offset n.x = d, mm."""

    normal: NDArray[np.float64]
    offset: float
    faces: tuple[int, ...]
    area: float

    def is_same(self, other: "Plane", tol_mm: float) -> bool:
        """One plane, one side."""
        return bool(self.normal @ other.normal > ALIGNED_COS and abs(self.offset - other.offset) < tol_mm)


def corner_groups(scene: Scene, taken: set[int]) -> list[set[int]]:
    """Faces outside `taken` joined along corners and along the tangent edges of concave faces, by their lowest face.

    A rounded ridge that ends at a wall meets it in a corner and still is no part of that cut: it stands alone.
    """
    alone = {f for f in scene.faces if _is_rounded_ridge(scene, f, scene.faces.keys() - scene.hull)}
    while True:
        groups = _joined(scene, scene.faces.keys() - taken - alone)
        more = {f for g in groups for f in g if _is_rounded_ridge(scene, f, g)}
        if not more:
            return groups + [{f} for f in sorted(alone - taken)]
        alone |= more


def _is_rounded_ridge(scene: Scene, f: int, inside: Set[int]) -> bool:
    """A convex curved face that runs smoothly into a face not `inside`."""
    face = scene.faces[f]
    return face.kind in ("cylinder", "torus", "sphere") and not face.concave and not scene.graph.neighbours(f, 0) <= inside


def _joined(scene: Scene, rest: Set[int]) -> list[set[int]]:
    parent = {f: f for f in rest}

    def root(f):
        while parent[f] != f:
            parent[f] = parent[parent[f]]
            f = parent[f]
        return f

    for link in scene.graph.links:
        a, b = link.faces
        if a in rest and b in rest and (link.convexity < 0 or (link.convexity == 0 and _blends(scene, a, b))):
            low, high = sorted((root(a), root(b)))
            parent[high] = low
    groups: dict[int, set[int]] = {}
    for f in sorted(rest):
        groups.setdefault(root(f), set()).add(f)
    return list(groups.values())


def _blends(scene: Scene, a: int, b: int) -> bool:
    """A tangent edge inside one cut: one side is concave, or both are parts of one surface that looks inwards."""
    if a in scene.hull or b in scene.hull:
        return False
    fa, fb = scene.faces[a], scene.faces[b]
    return fa.concave is True or fb.concave is True or (fa.kind == fb.kind == "freeform")


def planes_of(scene: Scene, faces) -> list[Plane]:
    """The distinct planes of a set of faces, largest first."""
    out: list[Plane] = []
    for number in sorted(faces):
        face = scene.faces[number]
        if face.kind != "plane":
            continue
        mine = Plane(face.axis, float(face.axis @ face.origin), (number,), face.area_mm2)
        for k, other in enumerate(out):
            # The offset is compared at the face itself: far from the origin a small tilt moves it.
            gap = abs(face.origin @ other.normal - other.offset)
            if mine.normal @ other.normal > ALIGNED_COS and gap < scene.tol_mm:
                out[k] = Plane(other.normal, other.offset, (*other.faces, number), other.area + face.area_mm2)
                break
        else:
            out.append(mine)
    return sorted(out, key=lambda p: (-p.area, p.faces))


@dataclass(frozen=True)
class _Surfaces:
    """The planes and cylinders of a group; `others` counts faces that are neither."""

    planes: list[Plane]
    cylinders: list[Face]
    others: int

    @property
    def count(self) -> int:
        return len(self.planes) + len(self.cylinders)


def rejoined(scene: Scene, groups: list[set[int]]) -> list[set[int]]:
    """Groups put together that lie in the same surfaces: all the planes and cylinders of one are also the other's.

    A lone plane joins only a group that has more than that plane; of several hosts the nearest takes it.
    """
    surfaces = [_surfaces(scene, g) for g in groups]
    area = [sum(scene.faces[f].area_mm2 for f in g) for g in groups]
    into = list(range(len(groups)))
    order = sorted(range(len(groups)), key=lambda k: (-surfaces[k].count, -area[k], min(groups[k])))
    for position, k in enumerate(order):
        if surfaces[k].others or not surfaces[k].count or _is_outside(scene, groups[k]):
            continue
        hosts = [h for h in order[:position] if _is_part_of(scene, surfaces[k], surfaces[h]) and not _is_outside(scene, groups[h])]
        if hosts:
            into[k] = min(hosts, key=lambda h: (_gap(scene, groups[k], groups[h]), min(groups[h])))
    for k in order:
        while into[into[k]] != into[k]:
            into[k] = into[into[k]]
    return [set().union(*(groups[k] for k in range(len(groups)) if into[k] == h)) for h in range(len(groups)) if into[h] == h]


def _surfaces(scene: Scene, group: set[int]) -> _Surfaces:
    faces = [scene.faces[f] for f in sorted(group)]
    cylinders: list[Face] = []
    for face in faces:
        if face.kind == "cylinder" and not any(_is_one_cylinder(face, c) for c in cylinders):
            cylinders.append(face)
    return _Surfaces(planes_of(scene, group), cylinders, sum(f.kind not in ("plane", "cylinder") for f in faces))


def _is_one_cylinder(a: Face, b: Face) -> bool:
    same = a.concave == b.concave and abs(a.radius_mm - b.radius_mm) < AXIS_TOL_MM
    return same and is_about(a, b.origin, b.axis)


def _is_outside(scene: Scene, group: set[int]) -> bool:
    return any(f in scene.hull for f in group)


def _is_part_of(scene: Scene, small: _Surfaces, large: _Surfaces) -> bool:
    if small.count == 1 and small.planes and large.count == 1:
        return False
    planes = all(any(s.is_same(p, scene.tol_mm) for p in large.planes) for s in small.planes)
    return planes and all(any(_is_one_cylinder(c, d) for d in large.cylinders) for c in small.cylinders)


def _gap(scene: Scene, a: set[int], b: set[int]) -> float:
    """Distance between the boxes of two groups, mm."""
    box_a, box_b = (np.array([[scene.faces[f].bbox[s] for f in g] for s in (0, 1)]) for g in (a, b))
    low = np.maximum(box_a[0].min(0), box_b[0].min(0))
    high = np.minimum(box_a[1].max(0), box_b[1].max(0))
    return float(np.linalg.norm(np.maximum(low - high, 0.0)))
