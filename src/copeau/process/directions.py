"""Which directions the part is machined from: the smallest set that sees everything that can be seen.

Visibility is tested with rays on the geometry. A point is seen from a direction when its face does not look away and nothing of the
part stands between it and the spindle.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copeau.model.part import Part
from copeau.part.visibility import FaceSamples, sample_faces, visible

SEEN_COS = 1e-3  # a wall parallel to the tool axis counts as seen: side milling
WORTH_FACE_SHARE = 0.04  # a direction is worth a setup when it newly sees this share of some face ...
WORTH_AREA_MM2 = 0.5  # ... and at least this area: less is the shadow of an edge
SPACING_MM2 = 2.0  # one sample each
LEAST_PER_FACE = 40
MOST_SAMPLES = 60_000


@dataclass(frozen=True)
class Sight:
    """Samples of the design and from which candidate directions each is seen: `seen[k, i]`."""

    samples: FaceSamples
    directions: NDArray[np.float64]  # (k, 3)
    seen: NDArray[np.bool_]  # (k, n)


def part_frame(part: Part) -> NDArray[np.float64]:
    """Rows: the part's own x, y, z: the file's axes where enough plane area follows them, else the two largest plane directions."""
    planes = [f for f in part.faces if f.kind == "plane"]
    if not planes:
        return np.eye(3)
    normal = np.array([f.axis for f in planes])
    area = np.array([f.area_mm2 for f in planes])
    along = np.abs(normal) @ np.eye(3) > 1 - 1e-6
    if area[along.any(1)].sum() > 0.3 * area.sum():
        return np.eye(3)
    weight = (np.abs(normal @ normal.T) > 1 - 1e-6) @ area
    first = normal[int(np.argmax(weight))]
    square = np.abs(normal @ first) < 1e-6
    if not square.any():
        other = np.eye(3)[int(np.argmin(np.abs(first)))]
        second = other - (other @ first) * first
        second /= np.linalg.norm(second)
    else:
        second = normal[square][int(np.argmax(weight[square]))]
    return np.array([np.cross(second, first), second, first])


def look(part: Part, candidates: NDArray[np.float64]) -> Sight:
    """Sample the design and test from which of `candidates` (k, 3, unit) each sample is seen."""
    spacing = max(SPACING_MM2, part.area_mm2 / MOST_SAMPLES)
    samples = sample_faces(part.mesh, spacing, LEAST_PER_FACE)
    seen = np.zeros((len(candidates), len(samples.points)), bool)
    for k, d in enumerate(candidates):
        front = samples.normals @ d > -SEEN_COS
        seen[k, front] = visible(part.mesh, samples.points[front], samples.normals[front], d)
    return Sight(samples, candidates, seen)


def choose_directions(sight: Sight) -> list[int]:
    """Candidates in order of use: the first with its opposite (where the blank's carrier is taken off), then what newly sees most."""
    d, area, face = sight.directions, sight.samples.area, sight.samples.face
    of_face = np.bincount(face, area)
    pairs = [(i, j) for i in range(len(d)) for j in range(len(d)) if i != j and d[i] @ d[j] < -1 + 1e-9]
    gain = [(sight.seen[i] | sight.seen[j]) @ area for i, j in pairs]
    height = [np.ptp(sight.samples.points @ d[i]) for i, _ in pairs]
    # Most area seen by the pair, then the lower stance (shorter tools), then the side that sees more first.
    score = [(round(g / area.sum(), 2), -round(h, 3), round(float(sight.seen[i] @ area), 3)) for g, h, (i, _) in zip(gain, height, pairs)]
    best = max(range(len(pairs)), key=lambda k: score[k])
    chosen = list(pairs[best])
    covered = sight.seen[chosen].any(0)
    while True:
        new = [np.bincount(face[sight.seen[k] & ~covered], area[sight.seen[k] & ~covered], len(of_face)) for k in range(len(d))]
        worth = [float(n[(n > WORTH_FACE_SHARE * of_face) & (n > WORTH_AREA_MM2)].sum()) for n in new]
        k = int(np.argmax(np.round(worth, 6)))
        if worth[k] <= 0.0:
            return chosen
        chosen.append(k)
        covered |= sight.seen[k]


def unseen_faces(sight: Sight, chosen: list[int]) -> dict[int, str]:
    """Faces of which no chosen direction sees a worthwhile part, with the reason in words."""
    covered = sight.seen[chosen].any(0)
    area, face = sight.samples.area, sight.samples.face
    of_face = np.bincount(face, area)
    hidden = np.bincount(face[~covered], area[~covered], len(of_face))
    out = {}
    for f in np.flatnonzero((hidden > WORTH_FACE_SHARE * of_face) & (hidden > WORTH_AREA_MM2)):
        out[int(f)] = f"{hidden[f]:.1f} of {of_face[f]:.1f} mm2 are seen from none of the {len(sight.directions)} directions tried (undercut)"
    return out
