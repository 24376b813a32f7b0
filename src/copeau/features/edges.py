"""Chamfers and fillets: narrow faces that were cut off, or run round, an edge."""

import numpy as np

from copeau.features.scene import Scene
from copeau.model.feature import Feature

CHAMFER_TURN_RAD = (np.radians(15.0), np.radians(75.0))  # to either side: less is a draft, more is a wall
ROUND_DEG = 200.0


def find_edge_features(scene: Scene, rest: set[int]) -> list[Feature]:
    """Chamfers and fillets among the faces of no cut, one feature a face."""
    out = []
    for number in sorted(rest):
        face = scene.faces[number]
        if face.kind == "plane" and _is_chamfer(scene, number):
            out.append(_chamfer(scene, number))
        elif face.kind == "cone" and not face.concave and _is_chamfer(scene, number):
            out.append(_chamfer(scene, number))
        elif face.kind in ("cylinder", "torus", "sphere") and not face.concave and _is_tangent(scene, number):
            out.append(_fillet(scene, number))
    return out


def _links(scene: Scene, face: int):
    return [scene.graph.links[k] for k in scene.graph.of_face[face] if len(set(scene.graph.links[k].faces)) == 2]


def _is_chamfer(scene: Scene, number: int) -> bool:
    """Cut off a ridge of the block, or lean between two neighbours across its long edges."""
    links = _links(scene, number)
    if not links or any(link.convexity < 0 for link in links):
        return False
    face = scene.faces[number]
    if face.kind == "plane" and number in scene.hull:
        return not scene.is_aligned(face.axis) and _cuts_block_edge(scene, number)
    if face.kind == "plane" and scene.is_aligned(face.axis):
        return False
    low, high = CHAMFER_TURN_RAD
    lean = sorted((link for link in links if link.convexity > 0 and low < link.angle_rad < high), key=lambda link: -link.length_mm)
    sides = {f for link in lean for f in link.faces} - {number}
    leaning = sum(link.length_mm for link in lean)
    return len(sides) >= 2 and leaning > 0.5 * sum(link.length_mm for link in links)


def _cuts_block_edge(scene: Scene, number: int) -> bool:
    """Parallel to an edge of the block whose two sides are there."""
    along = scene.frame @ scene.faces[number].axis
    flat = np.abs(along) < np.sin(np.radians(1.0))
    if flat.sum() != 1:
        return False
    sides = [np.sign(along[k]) * scene.frame[k] for k in np.flatnonzero(~flat)]
    normals = np.array([scene.faces[f].axis for f in scene.hull])
    return all((normals @ s > np.cos(np.radians(1.0))).any() for s in sides)


def _is_tangent(scene: Scene, number: int) -> bool:
    """Runs smoothly into a neighbour."""
    return any(link.convexity == 0 for link in _links(scene, number))


def _width(scene: Scene, number: int) -> float:
    """Area over half of the two longest edges, mm: how broad a long face is."""
    lengths = sorted((link.length_mm for link in _links(scene, number)), reverse=True)[:2]
    return scene.faces[number].area_mm2 / max(np.mean(lengths), np.finfo(float).tiny)


def _sides(scene: Scene, number: int) -> np.ndarray:
    """Normals of the planes across the edges of a face, and its own mean normal: where a chamfer mill may come from."""
    rows = scene.rows[number]
    mean = (scene.normals[rows] * scene.areas[rows, None]).sum(0)
    size = np.linalg.norm(mean)
    around = sorted({f for link in _links(scene, number) for f in link.faces} - {number})
    found = [scene.faces[f].axis for f in around if scene.faces[f].kind == "plane"]
    found = [n for n in found if (scene.normals[rows] @ n > 0.01).all()]
    if size > 0.01 * scene.areas[rows].sum():
        found.append(mean / size)
    keep: list[np.ndarray] = []
    for n in found:
        if not any(n @ k > np.cos(np.radians(1.0)) for k in keep):
            keep.append(n)
    return np.array(keep).reshape(-1, 3)


def _chamfer(scene: Scene, number: int) -> Feature:
    turns = [np.degrees(link.angle_rad) for link in _links(scene, number) if link.convexity > 0]
    width = _width(scene, number)
    face = scene.faces[number]
    angle = 2 * np.degrees(abs(face.half_angle_rad)) if face.kind == "cone" else float(np.median(turns))
    dims = {"width": float(width), "angle": float(angle)}
    return Feature("", "chamfer", (number,), _sides(scene, number), dims, {number: "chamfer"})


def _fillet(scene: Scene, number: int) -> Feature:
    face = scene.faces[number]
    radius = face.minor_radius_mm if face.kind == "torus" else face.radius_mm
    return Feature(
        "", "fillet", (number,), _sides(scene, number), {"radius": float(radius)}, {number: "round"}, face.smallest_concave_radius_mm
    )
