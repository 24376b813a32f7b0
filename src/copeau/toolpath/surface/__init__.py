"""Finishing of curved and sloped surfaces with a cutter lowered on a triangle mesh.

In: triangles in work coordinates, tool axis +Z, and the region to finish seen from above. Out: polylines of tip positions, mm.
Never: a motion or a feed (the strategies make `Moves` of the polylines), a file, a point under the surface.
"""

from copeau.toolpath.surface.dropcutter import DropMesh, Rest, drop, rest
from copeau.toolpath.surface.shape import ToolShape, shape_of

__all__ = ["DropMesh", "Rest", "ToolShape", "drop", "rest", "shape_of"]
