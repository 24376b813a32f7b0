"""All features of a part, in a fixed order, and what belongs to none."""

from dataclasses import dataclass, replace

import numpy as np

from copeau.features.adjacency import Adjacency
from copeau.features.edges import find_edge_features
from copeau.features.holes import find_holes
from copeau.features.naming import feature_of
from copeau.features.outside import find_outside
from copeau.features.regions import corner_groups, rejoined
from copeau.features.scene import Scene, look_at
from copeau.model.feature import FEATURE_TYPES, Feature
from copeau.model.part import Part

LETTERS = {
    "round_hole": "H", "closed_pocket": "P", "open_pocket": "O", "slot": "S", "step": "T", "boss": "B", "planar_face": "F",
    "outside_profile": "C", "chamfer": "K", "fillet": "R", "freeform": "Z",
}  # fmt: skip
GRID_MM = 1e-3  # places are put in order on this grid, so that the last digits of a file do not decide


@dataclass(frozen=True)
class Recognition:
    """Features with stable ids, faces that belong to none, and the graph they were read from."""

    features: tuple[Feature, ...]
    left_over: tuple[int, ...]
    adjacency: Adjacency

    def feature_of(self, face: int) -> Feature | None:
        """The feature that has the face."""
        return next((f for f in self.features if face in f.faces), None)


def recognise_features(part: Part) -> Recognition:
    """Holes first, then what is cut in corners, then what was cut off edges, then the outside.

    Parameters
    ----------
    part : Part

    Returns
    -------
    Recognition
        Every face is in exactly one feature or in `left_over`. The result does not depend on face names.
    """
    scene = look_at(part)
    features = find_holes(scene)
    taken = _faces(features)
    groups = rejoined(scene, corner_groups(scene, taken))
    cuts = [g for g in groups if _is_cut(scene, g)]
    features += [feature_of(scene, g) for g in cuts]
    taken = _faces(features)
    features += find_edge_features(scene, set(scene.faces) - taken)
    taken = _faces(features)
    features += find_outside(scene, set(scene.faces) - taken)
    taken = _faces(features)
    left = tuple(sorted(set(scene.faces) - taken))
    return Recognition(_numbered(scene, features), left, scene.graph)


def _faces(features: list[Feature]) -> set[int]:
    return {f for feature in features for f in feature.faces}


def _is_cut(scene: Scene, group: set[int]) -> bool:
    """Something was cut into the part here: faces that meet in a corner, or one that looks inwards."""
    if len(group) > 1 and any(
        set(scene.graph.links[k].faces) <= group and scene.graph.links[k].convexity < 0 for f in group for k in scene.graph.of_face[f]
    ):
        return True
    return any(scene.faces[f].concave for f in group)


def _numbered(scene: Scene, features: list[Feature]) -> tuple[Feature, ...]:
    """Features by type, larger first, then by place; numbered within their letter."""

    def key(feature: Feature):
        area = sum(scene.faces[f].area_mm2 for f in feature.faces)
        middle = np.mean([scene.faces[f].bbox.mean(0) for f in feature.faces], axis=0)
        place = tuple(np.round(middle / GRID_MM).astype(int).tolist())
        return (FEATURE_TYPES.index(feature.type), -round(area / GRID_MM), place, feature.faces)

    count: dict[str, int] = {}
    out = []
    for feature in sorted(features, key=key):
        letter = LETTERS[feature.type]
        count[letter] = count.get(letter, 0) + 1
        sizes = {name: float(value) for name, value in feature.dims.items()}
        # Adding 0 turns -0 into 0: the same direction in the same words.
        out.append(
            replace(feature, id=f"{letter}{count[letter]}", dims=sizes, directions=feature.directions + 0.0, axis=feature.axis + 0.0)
        )
    return tuple(out)
