"""Slopes that are finished alike are one plan."""

import numpy as np
import pytest

from copeau.model.tool import Tool
from copeau.process.slopes import SLOPE_ROUGH_MM, Slope, SlopePlan, joined, lay, level_step

BALL, SMALL = Tool("B", "ball_endmill", 6.0), Tool("S", "ball_endmill", 3.0)


def fillet(face: int, falls_deg: float, tools=(BALL,), plane=False) -> SlopePlan:
    """A quarter of a round that falls one way."""
    steep = np.radians(np.linspace(10, 80, 20))
    way = np.radians(falls_deg)
    normals = np.column_stack([np.sin(steep) * np.cos(way), np.sin(steep) * np.sin(way), np.cos(steep)])
    slope = Slope((face,), plane, normals + face, normals, np.full(20, 0.5))
    return SlopePlan(slope, tools, np.ones(20, bool))


def test_slopes_that_fall_one_way_or_back_lie_alike():
    assert lay(fillet(1, 0).slope) == lay(fillet(2, 180).slope) == lay(fillet(3, 4).slope)
    assert lay(fillet(1, 0).slope) != lay(fillet(2, 90).slope)


def test_a_dome_falls_all_round():
    round_ = np.concatenate([fillet(1, a).slope.normals for a in range(0, 360, 30)])
    assert lay(Slope((1,), False, round_, round_, np.ones(len(round_)))) is None


def test_fillets_with_the_same_tools_and_lay_are_one_plan():
    one, two = joined([fillet(4, 0), fillet(7, 180), fillet(5, 90)])
    assert one.slope.faces == (4, 7) and two.slope.faces == (5,)
    assert len(one.slope.area) == len(one.touched) == 40 and one.tools == (BALL,)


def test_other_tools_and_planes_stay_apart():
    assert len(joined([fillet(1, 0), fillet(2, 0, (BALL, SMALL)), fillet(3, 0, plane=True), fillet(4, 0, plane=True)])) == 4


@pytest.mark.parametrize(("from_level_deg", "times"), [(0, 1), (59, 1), (61, 2), (88, 16), (90, 64)])
def test_the_steeper_a_face_the_further_apart_its_levels_and_no_step_stands_off_further(from_level_deg, times):
    c, s = np.cos(np.radians(from_level_deg)), np.sin(np.radians(from_level_deg))
    plane = np.array([[[0, 0, 0], [10, 0, 0], [10, 5 * c, 5 * s]]], float)
    assert level_step(plane) == times * SLOPE_ROUGH_MM
    assert level_step(plane) * c <= SLOPE_ROUGH_MM
