"""The ISO 14649 name, sizes and roles of a cut."""

from itertools import combinations

import numpy as np
import shapely

from copeau.features.regions import Plane
from copeau.features.revolution import plane_basis
from copeau.features.scene import ALIGNED_COS, ALIGNED_SIN, Scene
from copeau.features.shapes import Shape, approach_directions, open_sides, shape_of
from copeau.model.feature import Feature

BEVEL_TURN_RAD = (np.radians(20.0), np.radians(75.0))
BEVEL_SHARE = 0.3  # of the area of the faces beside it: more is a wall of its own
BEVEL_SQUARE_COS = 0.35  # the faces beside a bevel are square to 20 degrees; the walls of a hexagon are not
SLIVER_SHARE = 0.05  # so narrow beside both neighbours that it is a bevel whatever their angle
FREEFORM_SHARE = 0.5  # of the area: beyond it the cut is a surface to be milled by lines, not a pocket


def feature_of(scene: Scene, group: set[int]) -> Feature:
    """One group of faces as a feature; the id is given by the caller."""
    broken = corner_chamfers(scene, group)
    shape = shape_of(scene, group - broken)
    flat = shape.planes and not any(scene.faces[f].kind != "plane" for f in shape.walls)
    sides = open_sides(scene, shape.planes) if flat else None
    type_ = _type(scene, shape)
    dims = _sizes(scene, group, shape) | _counts(scene, shape, sides)
    radius = min((scene.faces[f].smallest_concave_radius_mm for f in group), default=np.inf)
    through = type_ == "closed_pocket" and shape.through or type_ == "slot" and _is_open_at_both_ends(scene, group - broken, shape)
    return Feature(
        "", type_, tuple(sorted(group)), approach_directions(scene, group, shape), dims, _roles(scene, shape, broken), float(radius),
        bool(through), axis=shape.axis,
    )  # fmt: skip


def _type(scene: Scene, s: Shape) -> str:
    area = {f: scene.faces[f].area_mm2 for f in (*s.walls, *s.floors, *s.lean, *s.blends, *s.islands, *s.freeform)}
    if sum(area[f] for f in s.freeform) > FREEFORM_SHARE * sum(area.values()):
        return "freeform"
    if s.closed:
        return "closed_pocket"
    if s.islands and not s.walls:
        return "boss"
    if _facing_pair(s.planes) is not None or _is_trench(scene, s) or _is_vee(scene, s):
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


def _is_vee(scene: Scene, s: Shape) -> bool:
    """Two planes that open to one side of the block."""
    return len(s.planes) == 2 and not s.blends and not any(scene.is_aligned(p.normal) for p in s.planes)


def _is_open_at_both_ends(scene: Scene, group: set[int], s: Shape) -> bool:
    """All faces run along one line."""
    rows = np.concatenate([scene.rows[f] for f in sorted(group)])
    lines = [np.cross(s.planes[0].normal, p.normal) for p in s.planes[1:]]
    lines += [scene.faces[f].axis for f in sorted(group) if scene.faces[f].kind == "cylinder"]
    lines = [d / np.linalg.norm(d) for d in lines if np.linalg.norm(d) > ALIGNED_SIN]
    return not lines or any((np.abs(scene.normals[rows] @ d) < ALIGNED_SIN).all() for d in lines)


def _counts(scene: Scene, s: Shape, sides: int | None) -> dict[str, float]:
    """Distinct planes, plane walls, sides of the block that the cut opens to; `slope` of what leans against the block, degrees."""
    walls = set(s.walls)
    out = {
        "planes": float(len(s.planes)),
        "walls": float(sum(bool(walls & set(p.faces)) for p in s.planes)),
    }
    if sides is not None:
        out["open_sides"] = float(sides)
    # The second largest share of a normal along the block's axes is the sine of its lean.
    shares = [np.sort(np.abs(scene.frame @ p.normal))[1] for p in s.planes if not scene.is_aligned(p.normal)]
    lean = [np.degrees(np.arcsin(min(share, 1.0))) for share in shares]
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


def _roles(scene: Scene, s: Shape, broken: set[int]) -> dict[int, str]:
    roles = dict.fromkeys(s.walls, "wall") | dict.fromkeys(s.floors, "floor") | dict.fromkeys(s.islands, "island")
    roles |= dict.fromkeys(s.blends, "blend") | dict.fromkeys(s.freeform, "surface")
    roles |= dict.fromkeys(s.lean, "slope") | dict.fromkeys(sorted(broken), "chamfer")
    for f in s.walls:
        if scene.faces[f].kind == "cylinder" and scene.faces[f].concave and scene.graph.neighbours(f, 0):
            roles[f] = "corner"
    return dict(sorted(roles.items()))


def corner_chamfers(scene: Scene, group: set[int]) -> set[int]:
    """Narrow planes, and the cones between them, that bevel a corner of the cut: both neighbours are broader and lean alike."""
    bevels = {f for f in group if scene.faces[f].kind == "plane" and _is_bevel(scene, f, group)}
    joints = {f for f in group if scene.faces[f].kind == "cone" and scene.graph.neighbours(f, 0) & bevels}
    return bevels | joints


def _is_bevel(scene: Scene, f: int, group: set[int]) -> bool:
    face = scene.faces[f]
    corners = [link for k in scene.graph.of_face[f] if (link := scene.graph.links[k]).convexity < 0 and set(link.faces) <= group]
    low, high = BEVEL_TURN_RAD
    beside = {g for link in corners if low < link.angle_rad < high for g in link.faces} - {f}
    flat = [scene.faces[g] for g in sorted(beside) if scene.faces[g].kind == "plane"]
    for a, b in combinations(flat, 2):
        share = face.area_mm2 / min(a.area_mm2, b.area_mm2)
        if share < SLIVER_SHARE or (share < BEVEL_SHARE and abs(a.axis @ b.axis) < BEVEL_SQUARE_COS):
            return True
    return False
