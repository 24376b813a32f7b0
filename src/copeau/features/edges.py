"""Chamfers and fillets: narrow faces that were cut off, or run round, an edge."""

import numpy as np

from copeau.features.revolution import extent
from copeau.features.scene import ALIGNED_COS, ALIGNED_SIN, Scene
from copeau.features.shapes import distinct
from copeau.model.feature import Feature

CHAMFER_TURN_RAD = (np.radians(15.0), np.radians(75.0))  # to either side: less is a draft, more is a wall
SAME_SIZE = 0.02  # chamfers and fillets whose sizes differ less are one
SEEN_COS = 0.01  # a face turned away from a direction by more than 89 degrees is not seen from there


def find_edge_features(scene: Scene, rest: set[int]) -> list[Feature]:
    """Chamfers and fillets among the faces of no cut; those of one size that run on into each other are one feature."""
    chamfers, fillets = [], []
    for number in sorted(rest):
        face = scene.faces[number]
        if face.kind in ("plane", "cone") and not face.concave and _is_chamfer(scene, number):
            chamfers.append(number)
        elif face.kind in ("cylinder", "torus", "sphere") and not face.concave and _is_tangent(scene, number):
            fillets.append(number)
    out = [_chamfer(scene, chain) for chain in _chains(scene, chamfers, _width)]
    return out + [_fillet(scene, chain) for chain in _chains(scene, fillets, _radius)]


def _chains(scene: Scene, faces: list[int], size) -> list[list[int]]:
    """Faces of one size that meet along tangent edges."""
    rest, out = set(faces), []
    while rest:
        todo, seen = [min(rest)], set()
        while todo:
            f = todo.pop()
            if f not in seen:
                seen.add(f)
                near = scene.graph.neighbours(f, 0) & rest - seen
                todo.extend(g for g in sorted(near) if abs(size(scene, g) - size(scene, f)) < SAME_SIZE * size(scene, f))
        rest -= seen
        out.append(sorted(seen))
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
    flat = np.abs(along) < ALIGNED_SIN
    if flat.sum() != 1:
        return False
    sides = [np.sign(along[k]) * scene.frame[k] for k in np.flatnonzero(~flat)]
    normals = np.array([scene.faces[f].axis for f in scene.hull])
    return all((normals @ s > ALIGNED_COS).any() for s in sides)


def _is_tangent(scene: Scene, number: int) -> bool:
    """Runs smoothly into a neighbour."""
    return any(link.convexity == 0 for link in _links(scene, number))


def _width(scene: Scene, number: int) -> float:
    """Area over half of the two longest edges, mm: how broad a long face is; of a cone its slant height."""
    face = scene.faces[number]
    if face.kind == "cone":
        z0, z1 = extent(scene, number, face.origin, face.axis)
        return float((z1 - z0) / np.cos(face.half_angle_rad))
    lengths = sorted((link.length_mm for link in _links(scene, number)), reverse=True)[:2]
    return float(face.area_mm2 / max(np.mean(lengths), np.finfo(float).tiny))


def _radius(scene: Scene, number: int) -> float:
    face = scene.faces[number]
    return float(face.minor_radius_mm if face.kind == "torus" else face.radius_mm)


def _directions(scene: Scene, chain: list[int]) -> np.ndarray:
    """Normals of the planes across the edges, and the mean normal: those from which all of the chain is seen."""
    rows = np.concatenate([scene.rows[f] for f in chain])
    mean = (scene.normals[rows] * scene.areas[rows, None]).sum(0)
    size = np.linalg.norm(mean)
    around = sorted({f for number in chain for link in _links(scene, number) for f in link.faces} - set(chain))
    found = [scene.faces[f].axis for f in around if scene.faces[f].kind == "plane"]
    if size > 0.01 * scene.areas[rows].sum():
        found.append(mean / size)
    return np.array(distinct(n for n in found if (scene.normals[rows] @ n > SEEN_COS).all())).reshape(-1, 3)


def _chamfer(scene: Scene, chain: list[int]) -> Feature:
    links = [
        link
        for f in chain
        for link in _links(scene, f)
        if link.convexity > 0 and CHAMFER_TURN_RAD[0] < link.angle_rad < CHAMFER_TURN_RAD[1]
    ]
    longest = max(links, key=lambda link: link.length_mm, default=None)
    angle = np.degrees(longest.angle_rad) if longest else np.nan
    dims = {"width": min(_width(scene, f) for f in chain), "angle": angle}
    return Feature("", "chamfer", tuple(chain), _directions(scene, chain), dims, dict.fromkeys(chain, "chamfer"))


def _fillet(scene: Scene, chain: list[int]) -> Feature:
    dims = {"radius": _radius(scene, chain[0])}
    concave = min(scene.faces[f].smallest_concave_radius_mm for f in chain)
    return Feature("", "fillet", tuple(chain), _directions(scene, chain), dims, dict.fromkeys(chain, "round"), concave)
