"""The part: a solid with numbered faces, in millimetres."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Face:
    """One B-rep face.

    `index` is its rank, from 0, in the walk of OCCT's `TopExp_Explorer` over the shape as transferred.
    `kind` is plane, cylinder, cone, sphere, torus or freeform. `origin`, `axis` (unit) place the surface: a point
    and the outward normal of a plane; a point on the axis and the axis of a cylinder, cone (its reference point,
    where the radius is `radius_mm`) or torus (centre); the centre of a sphere. `concave` is True for a curved face
    whose material lies outside the curve (a hole), None for planes and freeform.
    """

    index: int
    name: str
    kind: str
    area_mm2: float
    bbox: NDArray[np.float64]  # (2, 3) mm
    origin: NDArray[np.float64] = field(default_factory=lambda: np.full(3, np.nan))
    axis: NDArray[np.float64] = field(default_factory=lambda: np.full(3, np.nan))
    radius_mm: float = np.nan  # cylinder, cone at origin, sphere, major radius of a torus
    minor_radius_mm: float = np.nan  # torus
    half_angle_rad: float = np.nan  # cone, signed as in OCCT: radius grows along `axis` when positive
    concave: bool | None = None
    smallest_concave_radius_mm: float = np.inf


@dataclass(frozen=True)
class Mesh:
    """Outward triangles of a solid; `face` is the B-rep face of each triangle."""

    vertices: NDArray[np.float64]  # (n, 3) mm
    triangles: NDArray[np.int64]  # (m, 3)
    face: NDArray[np.int64]  # (m,)
    deflection_mm: float


@dataclass(frozen=True)
class Part:
    """A solid read from a STEP file.

    `shape` is the kernel's own solid: only `part`, `features` and `dossier` may look into it.
    """

    file: str
    sha256: str
    name: str
    units: str  # of the file: "mm" or "inch"; everything here is mm
    faces: tuple[Face, ...]
    mesh: Mesh
    bbox: NDArray[np.float64]  # (2, 3) mm
    volume_mm3: float
    area_mm2: float
    centroid: NDArray[np.float64]
    shape: Any = field(repr=False, compare=False, default=None)
    remarks: tuple[str, ...] = ()  # what was healed or ignored, in words
