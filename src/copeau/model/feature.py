"""Machining features, named as in ISO 14649-10."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FEATURE_TYPES = (
    "round_hole", "closed_pocket", "open_pocket", "slot", "step", "boss", "planar_face", "outside_profile",
    "chamfer", "fillet", "freeform",
)  # fmt: skip


@dataclass(frozen=True)
class HoleStage:
    """One coaxial stage of a round hole, from the entry inwards."""

    diameter_mm: float  # at the entry side of the stage
    end_diameter_mm: float  # differs on a conical stage (countersink, drill point)
    depth_mm: float  # length of the stage along the axis
    faces: tuple[int, ...]


@dataclass(frozen=True)
class Feature:
    """What is machined as one thing.

    `directions` (n, 3): unit vectors from which a tool may look at it: from the part towards the spindle.
    `dims`: sizes in mm and degrees by name (`diameter`, `depth`, `length`, `width`, `angle`, `corner_radius`, `floor_radius`).
    A round hole has `axis_point` (on its axis in the plane of its entry), `axis` (unit, from the bottom to the entry) and `stages`.
    """

    id: str
    type: str
    faces: tuple[int, ...]
    directions: NDArray[np.float64]
    dims: dict[str, float] = field(default_factory=dict)
    roles: dict[int, str] = field(default_factory=dict)  # face -> wall, floor, bottom, cone, island, blend, ...
    smallest_concave_radius_mm: float = np.inf
    through: bool = False
    axis_point: NDArray[np.float64] = field(default_factory=lambda: np.full(3, np.nan))
    axis: NDArray[np.float64] = field(default_factory=lambda: np.full(3, np.nan))
    stages: tuple[HoleStage, ...] = ()
    remarks: tuple[str, ...] = ()
