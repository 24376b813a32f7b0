"""Designs and workpieces that the tests make with the kernel."""

import numpy as np
from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut, BRepAlgoAPI_Fuse
from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCylinder, BRepPrimAPI_MakeSphere
from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt
from OCP.ShapeUpgrade import ShapeUpgrade_UnifySameDomain

from copeau.model.moves import line_moves
from copeau.model.program import Program
from copeau.part import read_step, tessellate, write_step
from copeau.simulation.tridexel import TriDexel
from copeau.simulation.visited import SetupMotion

FINE_MM = 2e-4  # chords of a workpiece: below what any test looks at


def box(x0, y0, z0, x1, y1, z1):
    return BRepPrimAPI_MakeBox(gp_Pnt(x0, y0, z0), gp_Pnt(x1, y1, z1)).Shape()


def cylinder(x, y, z, radius, height):
    return BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(x, y, z), gp_Dir(0, 0, 1)), radius, height).Shape()


def sphere(radius):
    return BRepPrimAPI_MakeSphere(radius).Shape()


def cut(body, *tools):
    for tool in tools:
        body = BRepAlgoAPI_Cut(body, tool).Shape()
    return _tidy(body)


def fuse(body, *others):
    for other in others:
        body = BRepAlgoAPI_Fuse(body, other).Shape()
    return _tidy(body)


def _tidy(body):
    unify = ShapeUpgrade_UnifySameDomain(body, True, True, False)
    unify.Build()
    return unify.Shape()


def part_of(shape, folder, name="part"):
    path = folder / f"{name}.step"
    write_step(shape, path)
    return read_step(path)


def workpiece_of(shape, folder, cell, bbox, name="workpiece"):
    """The shape as a simulated workpiece would hold it, to 0.2 um."""
    mesh = tessellate(part_of(shape, folder, name), FINE_MM)
    return TriDexel.from_mesh(mesh.vertices, mesh.triangles, cell, np.asarray(bbox, float))


def face_at(part, point):
    """The number of the face whose box, grown by a micrometre, holds the point and nothing larger: test parts have one."""
    p = np.asarray(point, float)
    own = [f for f in part.faces if (f.bbox[0] - 1e-3 <= p).all() and (p <= f.bbox[1] + 1e-3).all()]
    assert len(own) == 1, [f.index for f in own]
    return own[0].index


def setup_cutting(paths, tools, part_to_wcs=None):
    """A setup whose tools, by number, feed along their polylines (n, 3) of the tip."""
    programs = []
    for number, points in paths.items():
        moves = line_moves(np.asarray(points, float)[1:], 500.0)
        moves["tool"], moves["h"], moves["s"] = number, number, 8000.0
        programs.append(Program(f"T{number}", "linuxcnc", moves, np.asarray(points, float)[0]))
    return SetupMotion("10", np.eye(4) if part_to_wcs is None else part_to_wcs, tuple(programs), tools)
