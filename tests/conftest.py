"""A small block and its job, made once for all tests of the whole chain."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def block(tmp_path_factory) -> Path:
    """40 x 30 x 12 mm with a step and a through hole, as a STEP file."""
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    from copeau.part import write_step

    shape = BRepPrimAPI_MakeBox(40.0, 30.0, 12.0).Shape()
    shape = BRepAlgoAPI_Cut(shape, BRepPrimAPI_MakeBox(gp_Pnt(-1, 18, 7), gp_Pnt(41, 31, 13)).Shape()).Shape()
    hole = BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(12, 9, -1), gp_Dir(0, 0, 1)), 4.0, 20.0).Shape()
    path = tmp_path_factory.mktemp("part") / "block.step"
    write_step(BRepAlgoAPI_Cut(shape, hole).Shape(), path)
    return path


@pytest.fixture(scope="session")
def job(block, tmp_path_factory) -> Path:
    """The block's job folder."""
    from copeau.chain import Options, make

    out = tmp_path_factory.mktemp("jobs") / "job"
    make(block, out, Options())
    return out
