"""Shapes that the tests make with the kernel."""

import math

from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut, BRepAlgoAPI_Fuse
from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakePolygon, BRepBuilderAPI_Transform
from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCone, BRepPrimAPI_MakeCylinder, BRepPrimAPI_MakePrism
from OCP.gp import gp_Ax1, gp_Ax2, gp_Dir, gp_Pnt, gp_Trsf, gp_Vec
from OCP.ShapeUpgrade import ShapeUpgrade_UnifySameDomain


def box(x0, y0, z0, x1, y1, z1):
    return BRepPrimAPI_MakeBox(gp_Pnt(x0, y0, z0), gp_Pnt(x1, y1, z1)).Shape()


def cylinder(x, y, z, diameter, height, axis=(0.0, 0.0, 1.0)):
    return BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(x, y, z), gp_Dir(*axis)), diameter / 2, height).Shape()


def cone(x, y, z, diameter_low, diameter_high, height):
    return BRepPrimAPI_MakeCone(gp_Ax2(gp_Pnt(x, y, z), gp_Dir(0, 0, 1)), diameter_low / 2, diameter_high / 2, height).Shape()


def prism(points, z0, z1):
    polygon = BRepBuilderAPI_MakePolygon()
    for x, y in points:
        polygon.Add(gp_Pnt(x, y, z0))
    polygon.Close()
    return BRepPrimAPI_MakePrism(BRepBuilderAPI_MakeFace(polygon.Wire()).Face(), gp_Vec(0, 0, z1 - z0)).Shape()


def polygon(n, x, y, radius):
    return [(x + radius * math.cos(2 * math.pi * k / n + 0.2), y + radius * math.sin(2 * math.pi * k / n + 0.2)) for k in range(n)]


def cut(body, *tools):
    for tool in tools:
        body = BRepAlgoAPI_Cut(body, tool).Shape()
    return tidy(body)


def fuse(a, b):
    return tidy(BRepAlgoAPI_Fuse(a, b).Shape())


def tidy(body):
    unify = ShapeUpgrade_UnifySameDomain(body, True, True, False)
    unify.Build()
    return unify.Shape()


def turned(body, axis, angle_rad, shift=(0.0, 0.0, 0.0)):
    turn = gp_Trsf()
    turn.SetRotation(gp_Ax1(gp_Pnt(0, 0, 0), gp_Dir(*axis)), angle_rad)
    move = gp_Trsf()
    move.SetTranslation(gp_Vec(*shift))
    return BRepBuilderAPI_Transform(body, move.Multiplied(turn), True).Shape()
