"""What every recogniser looks at: faces, edges, outward normals, and the block the part comes out of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copeau.features.adjacency import Adjacency, adjacency
from copeau.model.part import Face, Part

ALIGNED_SIN = np.sin(np.radians(1.0))  # directions nearer than a degree are parallel: below what a setup can be told apart by
ALIGNED_COS = np.cos(np.radians(1.0))
HULL_WEIGHT = 3.0  # the outside tells the block better than an inner wall of the same size
COPLANAR_MM = 1e-3  # a tenth of the smallest gouge reported
COPLANAR_SHARE = 1e-6  # of the part's diagonal: what single-precision exports leave


@dataclass(frozen=True)
class Scene:
    """A part with its graph. `normals`, `areas`, `centres`, `owner`: of the mesh triangles. `frame` rows: axes of the block."""

    part: Part
    faces: dict[int, Face]
    graph: Adjacency
    normals: NDArray[np.float64]
    areas: NDArray[np.float64]
    centres: NDArray[np.float64]
    rows: dict[int, NDArray[np.int64]]  # triangles of each face
    frame: NDArray[np.float64]  # (3, 3)
    block: NDArray[np.float64]  # (2, 3) extent along the axes of the frame
    hull: frozenset[int]  # planar faces that all of the part lies behind
    tol_mm: float

    def is_aligned(self, direction: NDArray[np.float64]) -> bool:
        """Parallel to an axis of the block."""
        return bool(np.max(np.abs(self.frame @ direction)) > ALIGNED_COS)

    def outside(self, face: int) -> bool:
        """On a side of the block."""
        return face in self.hull and self.is_aligned(self.faces[face].axis)


def look_at(part: Part) -> Scene:
    """Everything that is measured once for a part."""
    corners = part.mesh.vertices[part.mesh.triangles]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(cross, axis=1)
    normals = cross / np.maximum(size, np.finfo(float).tiny)[:, None]
    order = np.argsort(part.mesh.face, kind="stable")
    numbers, start = np.unique(part.mesh.face[order], return_index=True)
    rows = dict(zip(numbers.tolist(), np.split(order, start[1:])))
    faces = {f.index: f for f in part.faces}
    tol = max(COPLANAR_MM, COPLANAR_SHARE * float(np.linalg.norm(part.bbox[1] - part.bbox[0])))
    hull = _hull_faces(part, tol + part.mesh.deflection_mm)
    frame = _block_frame(part, hull)
    along = part.mesh.vertices @ frame.T
    return Scene(
        part, faces, adjacency(part), normals, 0.5 * size, corners.mean(1), {f: rows.get(f, np.zeros(0, np.int64)) for f in faces},
        frame, np.array([along.min(0), along.max(0)]), hull, tol,
    )  # fmt: skip


def _hull_faces(part: Part, tol_mm: float) -> frozenset[int]:
    planes = [f for f in part.faces if f.kind == "plane"]
    return frozenset(f.index for f in planes if np.max(part.mesh.vertices @ f.axis) <= f.origin @ f.axis + tol_mm)


def _block_frame(part: Part, hull: frozenset[int]) -> NDArray[np.float64]:
    """Orthonormal axes along which the part's flat outside is largest; the part's own axes where nothing flat tells."""
    planes = [f for f in part.faces if f.kind == "plane"]
    normals = np.array([f.axis for f in planes]).reshape(-1, 3)
    weights = np.array([f.area_mm2 * (HULL_WEIGHT if f.index in hull else 1.0) for f in planes])
    first = _heaviest(np.eye(3)[[2, 0, 1]], normals, weights)
    across = normals[np.abs(normals @ first) < ALIGNED_SIN] if len(planes) else normals
    defaults = np.array([d for d in np.eye(3) if abs(d @ first) < ALIGNED_SIN]).reshape(-1, 3)
    if not len(across) and not len(defaults):
        # Nothing flat is square to the first axis: any direction square to it will do.
        defaults = np.cross(first, np.eye(3)[[int(np.argmin(np.abs(first)))]])
    second = _heaviest(defaults, across, weights[np.abs(normals @ first) < ALIGNED_SIN])
    second = second - (second @ first) * first
    second = second / np.linalg.norm(second)
    return np.array([second, np.cross(first, second), first])


def _heaviest(defaults, normals, weights) -> NDArray[np.float64]:
    """The direction that carries most area; the first of the defaults, then of the normals, wins a tie."""
    candidates = np.vstack([defaults, normals])
    carried = (np.abs(candidates @ normals.T) > ALIGNED_COS) @ weights if len(normals) else np.zeros(len(candidates))
    tied = carried >= carried.max() * (1.0 - COPLANAR_SHARE)
    best = candidates[int(np.flatnonzero(tied)[0])]
    return best / np.linalg.norm(best)
