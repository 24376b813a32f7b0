"""Faces of revolution about one line: what stands round which axis, how far round, and from where to where."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copeau.features.scene import ALIGNED_COS, Scene
from copeau.model.part import Face

BINS = 72  # parts of a turn in which coverage is counted: 5 degrees
AXIS_TOL_MM = 5e-3  # axes nearer than the smallest gouge's half are one


@dataclass(frozen=True)
class Ring:
    """One face of revolution seen from its axis. `z` lengths along the axis from `origin`, radii at both ends, turn covered."""

    face: int
    z0: float
    z1: float
    r0: float
    r1: float


def axis_of(face: Face) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Point and direction of the axis of a cylinder, cone or torus."""
    return (face.origin, face.axis) if face.kind in ("cylinder", "cone", "torus") else None


def is_about(face: Face, point: NDArray[np.float64], axis: NDArray[np.float64]) -> bool:
    """A surface of revolution about the line: a plane square to it, a sphere on it, a coaxial cylinder, cone or torus."""
    if face.kind == "freeform":
        return False
    if face.kind == "plane":
        return abs(face.axis @ axis) > ALIGNED_COS
    off = face.origin - point
    on_line = np.linalg.norm(off - (off @ axis) * axis) < AXIS_TOL_MM
    return bool(on_line and (face.kind == "sphere" or abs(face.axis @ axis) > ALIGNED_COS))


def axes_in(scene: Scene, kinds: tuple[str, ...]) -> list[tuple[NDArray[np.float64], NDArray[np.float64], list[int]]]:
    """Distinct axes of the curved faces of `kinds`: a point, the direction and the faces, in the order of the faces."""
    found: list[tuple[NDArray[np.float64], NDArray[np.float64], list[int]]] = []
    for number in sorted(scene.faces):
        face = scene.faces[number]
        if face.kind not in kinds:
            continue
        for point, axis, members in found:
            if is_about(face, point, axis):
                members.append(number)
                break
        else:
            found.append((face.origin, face.axis / np.linalg.norm(face.axis), [number]))
    return found


def turn_deg(scene: Scene, faces, point, axis) -> float:
    """How far round the axis the faces reach, degrees, in steps of 5."""
    basis = plane_basis(axis)
    covered = np.zeros(BINS, bool)
    vertices, triangles = scene.part.mesh.vertices, scene.part.mesh.triangles
    for face in faces:
        corners = (vertices[triangles[scene.rows[face]]] - point) @ basis.T
        middle = corners.mean(1)
        at = np.arctan2(middle[:, 1], middle[:, 0])
        spread = np.arctan2(corners[:, :, 1], corners[:, :, 0]) - at[:, None]
        spread = (spread + np.pi) % (2 * np.pi) - np.pi
        first = np.round((at + spread.min(1)) / (2 * np.pi) * BINS).astype(int)
        last = np.round((at + spread.max(1)) / (2 * np.pi) * BINS).astype(int)
        for a, b in zip(first, last):
            covered[np.arange(a, b) % BINS] = True
    return 360.0 * float(covered.mean())


def extent(scene: Scene, face: int, point, axis) -> tuple[float, float]:
    """Lowest and highest place of a face along the axis, mm from `point`."""
    vertices, triangles = scene.part.mesh.vertices, scene.part.mesh.triangles
    along = (vertices[triangles[scene.rows[face]].ravel()] - point) @ axis
    return (float(along.min()), float(along.max())) if len(along) else (np.nan, np.nan)


def ring(scene: Scene, number: int, point, axis) -> Ring:
    """Where a coaxial curved face begins and ends along the axis, with its radius there."""
    face = scene.faces[number]
    z0, z1 = extent(scene, number, point, axis)
    return Ring(number, z0, z1, radius_at(face, z0, point, axis), radius_at(face, z1, point, axis))


def radius_at(face: Face, z: float, point, axis) -> float:
    """Radius of a coaxial face at `z` along the axis, mm; 0 at a point."""
    own = z - (face.origin - point) @ axis
    if face.kind == "cylinder":
        return face.radius_mm
    if face.kind == "cone":
        side = 1.0 if face.axis @ axis > 0.0 else -1.0
        return max(0.0, face.radius_mm + side * own * np.tan(face.half_angle_rad))
    if face.kind == "sphere":
        return float(np.sqrt(max(0.0, face.radius_mm**2 - own**2)))
    assert face.kind == "torus", face.kind
    bulge = float(np.sqrt(max(0.0, face.minor_radius_mm**2 - own**2)))
    return face.radius_mm + bulge if face.concave else max(0.0, face.radius_mm - bulge)


def plane_basis(axis) -> NDArray[np.float64]:
    """Two unit vectors (2, 3) square to `axis` and to each other, right-handed with it."""
    first = np.cross(axis, np.eye(3)[int(np.argmin(np.abs(axis)))])
    first = first / np.linalg.norm(first)
    return np.array([first, np.cross(axis, first)])
