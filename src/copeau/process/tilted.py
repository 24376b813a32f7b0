"""Round holes along none of the directions that a setup may have: a tilted setup drills them, mills that look in from the side do not."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from copeau.model.feature import Feature

ALONG_COS = 1 - 1e-6  # 0.08 degrees: what a mesh and a file's digits do to an axis
SHALLOW_SHARE = 0.25  # of its diameter: a hole no deeper is a spot face, which a ball end mill reaches all over from two sides


def tilted_holes(features: Iterable[Feature], directions: NDArray[np.float64]) -> list[Feature]:
    """The round holes whose axis is none of the `directions` (k, 3, unit), but for the shallow ones."""
    return [f for f in features if f.type == "round_hole" and _tilt_cos(f, directions) < ALONG_COS and _depth(f) > SHALLOW_SHARE * f.dims["diameter"]]


def tilted_remark(hole: Feature, directions: NDArray[np.float64]) -> str:
    """What a technician has to do about such a hole."""
    degrees = np.degrees(np.arccos(min(_tilt_cos(hole, directions), 1.0)))
    along = ", ".join(f"{c:.3f}" for c in hole.axis + 0.0)
    faces = ", ".join(map(str, hole.faces))
    return f"hole {hole.id} (D{hole.dims['diameter']:g}, faces {faces}) left: tilted by {degrees:.1f} degrees, it wants a setup with the tool along ({along})"


def _tilt_cos(hole: Feature, directions: NDArray[np.float64]) -> float:
    return float(np.abs(directions @ hole.axis).max())


def _depth(hole: Feature) -> float:
    return hole.dims.get("total_depth", hole.dims.get("depth", np.inf))
