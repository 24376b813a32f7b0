"""The ISO 14649 name, sizes and roles of a cut."""

import numpy as np
import shapely

from copeau.features.regions import Plane
from copeau.features.revolution import plane_basis
from copeau.features.scene import ALIGNED_COS, ALIGNED_SIN, Scene
from copeau.features.shapes import Shape, approach_directions, open_sides, shape_of
from copeau.model.feature import Feature

FREEFORM_SHARE = 0.5  # of the area: beyond it the cut is a surface to be milled by lines, not a pocket


def feature_of(scene: Scene, group: set[int]) -> Feature:
    """One group of faces as a feature; the id is given by the caller."""
    shape = shape_of(scene, group)
    sides, _ = open_sides(scene, shape.planes) if shape.planes else (0, None)
    type_ = _type(scene, shape, sides)
    dims = _sizes(scene, group, shape) | _counts(scene, shape, sides)
    radius = min((scene.faces[f].smallest_concave_radius_mm for f in group), default=np.inf)
    through = type_ in ("closed_pocket",) and shape.through or type_ == "slot" and _is_through_slot(shape)
    return Feature(
        "", type_, tuple(sorted(group)), approach_directions(scene, group, shape), dims, _roles(scene, shape), float(radius), bool(through),
        axis=shape.axis,
    )  # fmt: skip


def _type(scene: Scene, s: Shape, sides: int) -> str:
    area = {f: scene.faces[f].area_mm2 for f in (*s.walls, *s.floors, *s.lean, *s.blends, *s.islands, *s.freeform)}
    if sum(area[f] for f in s.freeform) > FREEFORM_SHARE * sum(area.values()):
        return "freeform"
    if s.closed:
        return "closed_pocket"
    if s.islands and not s.walls:
        return "boss"
    if _facing_pair(s.planes) is not None or _is_trench(scene, s) or _is_vee(scene, s, sides):
        return "slot"
    if s.planes and len(s.planes) <= 3 and not any(scene.faces[f].kind == "cylinder" for f in s.walls):
        return "step"
    return "open_pocket"


def _facing_pair(planes: tuple[Plane, ...]) -> float | None:
    """Distance of the nearest two parallel planes that look at each other, mm."""
    gaps = [
        -(a.offset + b.offset)
        for k, a in enumerate(planes)
        for b in planes[:k]
        if a.normal @ b.normal < -ALIGNED_COS and a.offset + b.offset < 0.0
    ]
    return min(gaps, default=None)


def _is_trench(scene: Scene, s: Shape) -> bool:
    """Concave cylinders alone: a round groove."""
    return not s.planes and all(scene.faces[f].concave for f in s.walls + s.blends)


def _is_vee(scene: Scene, s: Shape, sides: int) -> bool:
    """Two planes that open to one side of the block."""
    return len(s.planes) == 2 and not s.blends and not any(scene.is_aligned(p.normal) for p in s.planes)


def _is_through_slot(s: Shape) -> bool:
    """Open at both ends: all faces run along one line."""
    if len(s.planes) < 2:
        return True
    cross = [np.cross(s.planes[0].normal, p.normal) for p in s.planes[1:]]
    along = max(cross, key=np.linalg.norm)
    if np.linalg.norm(along) < ALIGNED_SIN:
        return True
    along = along / np.linalg.norm(along)
    return all(abs(p.normal @ along) < ALIGNED_SIN for p in s.planes)


def _counts(scene: Scene, s: Shape, sides: int) -> dict[str, float]:
    """Distinct planes, plane walls, sides of the block that the cut opens to; `slope` of what leans against the block, degrees."""
    walls = set(s.walls)
    out = {"planes": float(len(s.planes)), "walls": float(sum(bool(walls & set(p.faces)) for p in s.planes)), "open_sides": float(sides)}
    lean = [np.degrees(np.arcsin(np.clip(np.sort(np.abs(scene.frame @ p.normal))[1], 0.0, 1.0))) for p in s.planes if not scene.is_aligned(p.normal)]
    if lean:
        out["slope"] = float(max(lean))
    if len(s.planes) == 2:
        out["angle"] = float(np.degrees(np.pi - np.arccos(np.clip(s.planes[0].normal @ s.planes[1].normal, -1.0, 1.0))))
    return out


def _sizes(scene: Scene, group: set[int], s: Shape) -> dict[str, float]:
    """Depth along the axis, length and width of the smallest box square to it, radii of corners and floor, mm."""
    mesh = scene.part.mesh
    rows = np.concatenate([scene.rows[f] for f in sorted(group)])
    points = mesh.vertices[np.unique(mesh.triangles[rows])]
    along = points @ s.axis
    dims = {"depth": float(along.max() - along.min())}
    length, width = _smallest_rectangle(points @ plane_basis(s.axis).T)
    dims |= {"length": length, "width": width}
    gap = _facing_pair(s.planes)
    if gap is not None and not s.closed:
        dims["width"], dims["length"] = float(gap), max(length, width)
    corners = [scene.faces[f].radius_mm for f in s.walls if scene.faces[f].kind == "cylinder" and scene.faces[f].concave]
    if corners:
        dims["corner_radius"] = min(corners)
    floor = [_blend_radius(scene, f) for f in s.blends if scene.faces[f].concave]
    if floor and s.floors:
        dims["floor_radius"] = min(floor)
    return dims


def _blend_radius(scene: Scene, f: int) -> float:
    face = scene.faces[f]
    return face.minor_radius_mm if face.kind == "torus" else face.radius_mm


def _smallest_rectangle(points: np.ndarray) -> tuple[float, float]:
    """Longer and shorter side of the smallest rectangle round points (n, 2): one side lies on an edge of their hull."""
    hull = shapely.convex_hull(shapely.multipoints(points))
    if hull.geom_type != "Polygon":
        return float(hull.length), 0.0
    ring = np.array(hull.exterior.coords)
    edges = np.diff(ring, axis=0)
    unit = edges / np.linalg.norm(edges, axis=1)[:, None]
    first = ring @ unit.T
    second = ring @ np.column_stack([-unit[:, 1], unit[:, 0]]).T
    a, b = np.ptp(first, axis=0), np.ptp(second, axis=0)
    k = int(np.argmin(a * b))
    return float(max(a[k], b[k])), float(min(a[k], b[k]))


def _roles(scene: Scene, s: Shape) -> dict[int, str]:
    roles = dict.fromkeys(s.walls, "wall") | dict.fromkeys(s.floors, "floor") | dict.fromkeys(s.islands, "island")
    roles |= dict.fromkeys(s.blends, "blend") | dict.fromkeys(s.freeform, "surface")
    for f in s.lean:
        roles[f] = "chamfer" if _is_corner_chamfer(scene, f, s) else "slope"
    for f in s.walls:
        if scene.faces[f].kind == "cylinder" and scene.faces[f].concave and scene.graph.neighbours(f, 0):
            roles[f] = "corner"
    return dict(sorted(roles.items()))


def _is_corner_chamfer(scene: Scene, f: int, s: Shape) -> bool:
    """A narrow lean face along the corner of a wall and a floor."""
    beyond = scene.graph.neighbours(f, -1)
    area = scene.faces[f].area_mm2
    return any(g in s.walls and scene.faces[g].area_mm2 > area for g in beyond) and any(g in s.floors for g in beyond)
