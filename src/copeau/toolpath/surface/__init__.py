"""Finishing of curved and sloped surfaces with a cutter lowered on a triangle mesh.

In: triangles in work coordinates, tool axis +Z, and the region to finish seen from above. Out: polylines of tip positions, mm.
Never: a motion or a feed (the strategies make `Moves` of the polylines), a file, a point under the surface.
"""

from copeau.toolpath.surface.dropcutter import DropMesh, Rest, drop, rest
from copeau.toolpath.surface.follow import follow
from copeau.toolpath.surface.parallel import parallel_finish, parallel_passes
from copeau.toolpath.surface.reach import reach_error
from copeau.toolpath.surface.scallop import best_direction, effective_radius, level_step, step_for_scallop
from copeau.toolpath.surface.shape import ToolShape, shape_of
from copeau.toolpath.surface.waterline import waterline_finish, waterline_levels

__all__ = [
    "DropMesh", "Rest", "ToolShape", "best_direction", "drop", "effective_radius", "follow", "level_step", "parallel_finish", "parallel_passes",
    "reach_error", "rest", "shape_of", "step_for_scallop", "waterline_finish", "waterline_levels",
]  # fmt: skip
