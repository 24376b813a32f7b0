"""A round hole as one setup sees it: its stages from the top down in work coordinates, and how it ends."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from copeau.model.feature import Feature
from copeau.model.part import Mesh

SAME_MM = 2e-3  # diameters nearer than this are one bore, as in the recogniser
GAP_MM = 0.1  # levels further apart have air between them
POINT_MM = 1e-2  # a cone that ends on a smaller diameter ends in a point
UPRIGHT_SIN = 1e-6  # of the angle between hole and spindle: setups stand on the part's own axes exactly


@dataclass(frozen=True)
class Level:
    """One stage between two heights; both diameters are alike on a cylinder."""

    top_z: float
    bottom_z: float
    top_mm: float  # diameter at `top_z`
    bottom_mm: float
    faces: tuple[int, ...]

    @property
    def is_straight(self) -> bool:
        """A cylinder."""
        return abs(self.top_mm - self.bottom_mm) < SAME_MM

    @property
    def angle_deg(self) -> float:
        """Full angle of a cone."""
        return 2.0 * math.degrees(math.atan2(abs(self.top_mm - self.bottom_mm) / 2.0, self.top_z - self.bottom_z))


@dataclass(frozen=True)
class HoleShape:
    """Levels from the top down. `through`: open at both ends; `upside_down`: its own entry lies at the bottom."""

    feature: Feature
    centre: NDArray[np.float64]  # (2,)
    levels: tuple[Level, ...]
    through: bool
    upside_down: bool

    @property
    def top_z(self) -> float:
        """Where the hole begins, seen from the spindle."""
        return self.levels[0].top_z

    def core(self) -> tuple[int, int] | None:
        """First and last level of the narrowest bore, gaps and wider places between them included.

        None where no drill from this side makes it: no cylinder, or a narrower cone above it.
        """
        straight = [k for k, s in enumerate(self.levels) if s.is_straight]
        if not straight:
            return None
        least = min(self.levels[k].top_mm for k in straight)
        own = [k for k in straight if self.levels[k].top_mm - least < SAME_MM]
        above = self.levels[: own[-1]]
        return (own[0], own[-1]) if all(min(s.top_mm, s.bottom_mm) > least - SAME_MM for s in above) else None

    def above_gap(self) -> "HoleShape | None":
        """The part of a through hole above its first gap, open below; None where it is of one piece."""
        lowest = np.minimum.accumulate([s.bottom_z for s in self.levels])
        gaps = np.flatnonzero(np.array([s.top_z for s in self.levels[1:]]) < lowest[:-1] - GAP_MM)
        return replace(self, levels=self.levels[: int(gaps[0]) + 1]) if self.through and len(gaps) else None

    def walls(self, core: tuple[int, int]) -> tuple[int, ...]:
        """Faces of the core's own cylinders."""
        first, last = core
        own = (s for s in self.levels[first : last + 1] if s.is_straight and s.top_mm - self.levels[first].top_mm < SAME_MM)
        return tuple(f for s in own for f in s.faces)

    def point(self, last: int) -> Level | None:
        """The cone below level `last` that ends in a point."""
        below = self.levels[last + 1 :]
        return below[0] if below and below[0].bottom_mm < POINT_MM else None


def _pieces(faces: Sequence[int], mesh: Mesh, up: NDArray[np.float64], shift_mm: float) -> list[tuple[float, float, tuple[int, ...]]]:
    """(bottom, top, faces) of the pieces of a stage that air parts, from the bottom."""
    found: list[tuple[float, float, tuple[int, ...]]] = []
    reach = []
    for f in faces:
        z = mesh.vertices[np.unique(mesh.triangles[mesh.face == f])] @ up + shift_mm
        reach += [(float(z.min()), float(z.max()), f)] if len(z) else []
    for low, high, f in sorted(reach):
        if found and low <= found[-1][1] + GAP_MM:
            below = found.pop()
            found.append((below[0], max(below[1], high), (*below[2], f)))
        else:
            found.append((low, high, (f,)))
    return found


def hole_shape(feature: Feature, mesh: Mesh, part_to_wcs: NDArray[np.float64]) -> HoleShape | None:
    """The hole in work coordinates; None for what is no hole along the spindle, or is closed towards it."""
    if feature.type != "round_hole" or not feature.stages:
        return None
    rotation, shift = part_to_wcs[:3, :3], part_to_wcs[:3, 3]
    axis = rotation @ feature.axis
    if math.hypot(axis[0], axis[1]) > UPRIGHT_SIN or (axis[2] < 0.0 and not feature.through):
        return None
    centre = feature.axis_point @ rotation.T + shift
    levels = []
    for s in feature.stages:
        ends = (s.diameter_mm, s.end_diameter_mm) if axis[2] > 0.0 else (s.end_diameter_mm, s.diameter_mm)
        pieces = _pieces(s.faces, mesh, rotation[2], shift[2])
        if not pieces:
            return None
        levels += [Level(high, low, float(ends[0]), float(ends[1]), faces) for low, high, faces in pieces]
    levels.sort(key=lambda s: (-s.top_z, -s.bottom_z))
    return HoleShape(feature, centre[:2], tuple(levels), feature.through, bool(axis[2] < 0.0))
