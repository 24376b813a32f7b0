"""Make `bracket.step`: a milled bracket, 100 x 60 x 25 mm, with one feature of each common kind.

Run as `python examples/make_bracket.py [FILE]`. The block stands in the first octant, top at z = 25 mm.
"""

import math
import sys
from pathlib import Path

from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeEdge, BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakeWire
from OCP.BRepFilletAPI import BRepFilletAPI_MakeChamfer, BRepFilletAPI_MakeFillet
from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCone, BRepPrimAPI_MakeCylinder, BRepPrimAPI_MakePrism
from OCP.GC import GC_MakeArcOfCircle
from OCP.gp import gp_Ax2, gp_Circ, gp_Dir, gp_Pnt, gp_Vec
from OCP.ShapeUpgrade import ShapeUpgrade_UnifySameDomain
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopExp import TopExp_Explorer
from OCP.TopoDS import TopoDS

from copeau.part import write_step

LENGTH, WIDTH, HEIGHT = 100.0, 60.0, 25.0
OUTSIDE_RADIUS = 8.0
CHAMFER = 1.0
UP = gp_Dir(0.0, 0.0, 1.0)


def box(x0, y0, z0, x1, y1, z1):
    """Axis-parallel box between two corners, mm."""
    return BRepPrimAPI_MakeBox(gp_Pnt(x0, y0, z0), gp_Pnt(x1, y1, z1)).Shape()


def bore(x, y, z_bottom, z_top, diameter):
    """Upright cylinder, mm."""
    return BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(x, y, z_bottom), UP), diameter / 2, z_top - z_bottom).Shape()


def drill_point(x, y, z_shoulder, diameter, point_angle_deg):
    """Cone below a drilled hole, mm and degrees."""
    height = diameter / 2 / math.tan(math.radians(point_angle_deg / 2))
    return BRepPrimAPI_MakeCone(gp_Ax2(gp_Pnt(x, y, z_shoulder - height), UP), 0.0, diameter / 2, height).Shape()


def rounded_box(x0, y0, x1, y1, z0, z1, radius):
    """Box with round upright edges, mm."""
    corner = [
        (x1 - radius, y1 - radius, 0.0),
        (x0 + radius, y1 - radius, 90.0),
        (x0 + radius, y0 + radius, 180.0),
        (x1 - radius, y0 + radius, 270.0),
    ]
    wire = BRepBuilderAPI_MakeWire()
    ends = []
    for x, y, start in corner:
        circle = gp_Circ(gp_Ax2(gp_Pnt(x, y, z0), UP), radius)
        arc = GC_MakeArcOfCircle(circle, math.radians(start), math.radians(start + 90.0), True).Value()
        ends.append((arc.StartPoint(), arc.EndPoint(), BRepBuilderAPI_MakeEdge(arc).Edge()))
    for k, (_, end, edge) in enumerate(ends):
        wire.Add(edge)
        wire.Add(BRepBuilderAPI_MakeEdge(end, ends[(k + 1) % 4][0]).Edge())
    face = BRepBuilderAPI_MakeFace(wire.Wire()).Face()
    return BRepPrimAPI_MakePrism(face, gp_Vec(0.0, 0.0, z1 - z0)).Shape()


def cut(body, *tools):
    """Body less each tool in turn."""
    for tool in tools:
        body = BRepAlgoAPI_Cut(body, tool).Shape()
    return body


def edges(shape, wanted):
    """Edges whose end points (a, b) satisfy `wanted`."""
    from OCP.BRep import BRep_Tool
    from OCP.TopExp import TopExp

    found, explorer = [], TopExp_Explorer(shape, TopAbs_ShapeEnum.TopAbs_EDGE)
    while explorer.More():
        edge = TopoDS.Edge(explorer.Current())
        a, b = (BRep_Tool.Pnt_s(v(edge)) for v in (TopExp.FirstVertex_s, TopExp.LastVertex_s))
        if wanted(a, b) and not any(edge.IsSame(e) for e in found):
            found.append(edge)
        explorer.Next()
    return found


def block():
    """The blank with round upright edges and a chamfer round its top, mm."""
    body = box(0.0, 0.0, 0.0, LENGTH, WIDTH, HEIGHT)
    fillet = BRepFilletAPI_MakeFillet(body)
    for edge in edges(body, lambda a, b: abs(a.Z() - b.Z()) > 1.0):
        fillet.Add(OUTSIDE_RADIUS, edge)
    body = fillet.Shape()
    chamfer = BRepFilletAPI_MakeChamfer(body)
    for edge in edges(body, lambda a, b: min(a.Z(), b.Z()) > HEIGHT - 1e-6)[:1]:
        chamfer.Add(CHAMFER, edge)  # runs on along the tangent edges
    return chamfer.Shape()


def bracket():
    """The finished bracket."""
    body = cut(block(), box(-1.0, -1.0, 17.0, 14.0, WIDTH + 1.0, HEIGHT + 1.0))  # step along x = 0
    island = rounded_box(41.0, 25.0, 51.0, 35.0, 5.0, 25.0, 3.0)
    pocket = cut(rounded_box(24.0, 14.0, 68.0, 46.0, 15.0, 26.0, 5.0), island)
    body = cut(body, pocket, box(76.0, -1.0, 15.0, 84.0, WIDTH + 1.0, HEIGHT + 1.0))  # pocket with island, slot through along y
    through = [bore(x, y, -1.0, HEIGHT + 1.0, 6.6) for x, y in ((20.0, 8.0), (20.0, 52.0), (70.0, 8.0), (70.0, 52.0))]
    counterbored = [
        tool for y in (15.0, 45.0) for tool in (bore(92.0, y, -1.0, HEIGHT + 1.0, 5.5), bore(92.0, y, 19.0, HEIGHT + 1.0, 10.0))
    ]
    blind = [bore(92.0, 30.0, 9.0, HEIGHT + 1.0, 8.0), drill_point(92.0, 30.0, 9.0, 8.0, 130.0)]
    body = cut(body, *through, *counterbored, *blind)
    tidy = ShapeUpgrade_UnifySameDomain(body, True, True, False)
    tidy.Build()
    explorer = TopExp_Explorer(tidy.Shape(), TopAbs_ShapeEnum.TopAbs_SOLID)
    return TopoDS.Solid(explorer.Current())


if __name__ == "__main__":
    write_step(bracket(), Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("bracket.step"))
