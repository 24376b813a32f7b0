"""The outside: flat sides, turned outlines, and the freeform regions that nothing else explains."""

import numpy as np

from copeau.features.regions import planes_of
from copeau.features.revolution import axes_in, turn_deg
from copeau.features.scene import Scene
from copeau.model.feature import Feature

ROUND_DEG = 200.0  # a curved outside that goes farther round is turned or profiled as one


def find_outside(scene: Scene, rest: set[int]) -> list[Feature]:
    """Outlines of revolution, flat faces plane by plane, freeform regions by their tangent neighbours."""
    out = _outlines(scene, rest)
    rest = rest - {f for feature in out for f in feature.faces}
    for plane in planes_of(scene, rest):
        role = "side" if all(scene.outside(f) for f in plane.faces) else "face"
        out.append(
            Feature(
                "", "planar_face", tuple(sorted(plane.faces)), plane.normal[None, :], {"area": plane.area}, dict.fromkeys(plane.faces, role)
            )
        )
    curved = {f for f in rest if scene.faces[f].kind != "plane"}
    return out + [_freeform(scene, g) for g in _touching(scene, curved)]


def _outlines(scene: Scene, rest: set[int]) -> list[Feature]:
    out, taken = [], set()
    for point, axis, members in axes_in(scene, ("cylinder", "cone", "torus")):
        mine = [f for f in members if f in rest and f not in taken and not scene.faces[f].concave]
        if not mine or turn_deg(scene, mine, point, axis) < ROUND_DEG:
            continue
        taken |= set(mine)
        diameters = [2 * scene.faces[f].radius_mm for f in mine if scene.faces[f].kind == "cylinder"]
        dims = {"diameter": max(diameters)} if diameters else {}
        out.append(Feature(
            "", "outside_profile", tuple(mine), np.array([axis, -axis]), dims, dict.fromkeys(mine, "wall"), axis_point=point, axis=axis,
        ))  # fmt: skip
    return out


def _touching(scene: Scene, faces: set[int]) -> list[set[int]]:
    rest, out = set(faces), []
    while rest:
        todo, seen = [min(rest)], set()
        while todo:
            f = todo.pop()
            if f not in seen:
                seen.add(f)
                todo.extend(scene.graph.neighbours(f, 0) & rest - seen)
        rest -= seen
        out.append(seen)
    return out


def _freeform(scene: Scene, group: set[int]) -> Feature:
    rows = np.concatenate([scene.rows[f] for f in sorted(group)])
    seen = [d for d in (*scene.frame, *-scene.frame) if (scene.normals[rows] @ d > -0.02).all()]
    radius = min(scene.faces[f].smallest_concave_radius_mm for f in group)
    roles = dict.fromkeys(sorted(group), "surface")
    return Feature("", "freeform", tuple(sorted(group)), np.array(seen).reshape(-1, 3), {}, roles, radius)
