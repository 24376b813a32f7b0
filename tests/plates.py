"""Small plates for tests of holes, made with the kernel: a box, and what is cut out of it."""

import math
from pathlib import Path

from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut, BRepAlgoAPI_Fuse
from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCone, BRepPrimAPI_MakeCylinder
from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt


def box(x0, y0, z0, x1, y1, z1):
    """A block between two corners."""
    return BRepPrimAPI_MakeBox(gp_Pnt(x0, y0, z0), gp_Pnt(x1, y1, z1)).Shape()


def bore(x, y, diameter, z_top, z_bottom):
    """A cylinder that goes down."""
    return BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(x, y, z_bottom), gp_Dir(0, 0, 1)), diameter / 2, z_top - z_bottom).Shape()


def cone(x, y, top_mm, bottom_mm, z_top, z_bottom):
    """A cone between two diameters."""
    return BRepPrimAPI_MakeCone(gp_Ax2(gp_Pnt(x, y, z_bottom), gp_Dir(0, 0, 1)), bottom_mm / 2, top_mm / 2, z_top - z_bottom).Shape()


def pointed(x, y, diameter, z_top, z_bottom, angle_deg):
    """A bore that ends in a drill's point below `z_bottom`."""
    height = diameter / 2 / math.tan(math.radians(angle_deg) / 2)
    return BRepAlgoAPI_Fuse(bore(x, y, diameter, z_top, z_bottom), cone(x, y, diameter, 0.0, z_bottom, z_bottom - height)).Shape()


def written(path: Path, body, *cuts) -> Path:
    """The body without the cuts, as a STEP file."""
    from copeau.part import write_step

    for c in cuts:
        body = BRepAlgoAPI_Cut(body, c).Shape()
    write_step(body, path)
    return path
