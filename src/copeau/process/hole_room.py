"""Whether a tool that goes straight down at one place stays clear of the design beside the hole and of the fixture."""

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from copeau.features.reach import BODY_STEP_MM, FIXTURE_GAP_MM, SHANK_GAP_MM, bodies_above, cutter_radius
from copeau.features.shadow import Shadow
from copeau.model.tool import Tool

OVER_ENTRY_MM = 0.02  # heights just over the entry: the rim of a sloped entry does not count


@dataclass(frozen=True)
class Room:
    """What stands in one setup. `lowest_z`: no tip goes below; `fixture` None where nothing is under or beside the holes."""

    design: Shadow
    fixture: Shadow | None
    lowest_z: float

    def is_free(self, tool: Tool, centre: NDArray[np.float64], tip_z: float, entry_z: float, hole_mm: float) -> bool:
        """The tool goes down to `tip_z` in a hole of diameter `hole_mm` that begins at `entry_z`, with shank and holder clear."""
        if tip_z < self.lowest_z - 1e-6:
            return False
        at = shapely.Point(*centre)
        radius = cutter_radius(tool)
        if radius > hole_mm / 2.0 + 1e-3 and _is_near(self.design, at, entry_z + OVER_ENTRY_MM, radius):
            return False
        rows = bodies_above(tool)
        for h, r in rows:
            # A shank beside the wall of the hole itself is clear as soon as it is thinner than the hole.
            z, r = (max(_lower(tip_z + h), entry_z + OVER_ENTRY_MM), r) if tip_z + h > entry_z else (_lower(tip_z + h), r - SHANK_GAP_MM)
            if _is_near(self.design, at, z, r):
                return False
        if self.fixture is None:
            return True
        near = [(0.0, radius), *rows]
        return not any(_is_near(self.fixture, at, _lower(tip_z + h - FIXTURE_GAP_MM), r + FIXTURE_GAP_MM) for h, r in near)


def _lower(z: float) -> float:
    """A height taken a little lower: few shadows serve many tools."""
    return math.floor(z / BODY_STEP_MM) * BODY_STEP_MM


def _is_near(shadow: Shadow, at: shapely.Point, z: float, radius: float) -> bool:
    above = shadow.above(z)
    return not above.is_empty and above.distance(at) < radius - 1e-6
