"""The design's top as the spindle of a setup sees it, and where a tool stands clear of it."""

import numpy as np
from numpy.typing import NDArray

from copeau.features.reach import SHANK_GAP_MM, bodies_above
from copeau.model.tool import Tool
from copeau.part.heights import Heights, clear_discs, heights_of
from copeau.simulation.closest import Design
from copeau.simulation.corners import nose_radius
from copeau.simulation.deviation import EXCESS_MM
from copeau.simulation.visited import SetupMotion


def top_of(design: Design, setup: SetupMotion) -> Heights:
    """The design's top as the spindle of a setup sees it, work coordinates."""
    return heights_of(setup.to_wcs(design.mesh.vertices), design.mesh.triangles)


def reaches(tool: Tool, top: Heights, tips: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether cutter, shank and holder of a tool stay clear of the design with the tip at each of `tips` (n, 3), work coordinates."""
    # The cutter too, less the gap: from the wrong side of the part a corner lies under material.
    rows = [*bodies_above(tool), (nose_radius(tool) + EXCESS_MM, tool.DC / 2.0 - SHANK_GAP_MM)]
    clear = np.ones(len(tips), np.bool_)
    for height, radius in rows:
        clear_discs(top, tips[:, :2], radius, tips[:, 2] + height, clear)
    return clear
