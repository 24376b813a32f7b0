"""Wall passes go down as far as shank and holder let the tool touch, wall by wall."""

import numpy as np
import pytest
import shapely

from copeau.features.reach import BODY_STEP_MM, Surroundings
from copeau.features.shadow import Shadow
from copeau.model.tool import Tool
from copeau.toolpath.milling.contour import lead
from copeau.toolpath.milling.walls import LEAST_BAND_MM, passes, reachable_feet

SHORT = Tool("S", "endmill", 10.0, LU=12.0, APMX=12.0, DCON=14.0, LPR=40.0)
TOP = 30.0


@pytest.fixture
def blocks() -> Surroundings:
    """A block from z = 0 to 30 at x < 0, and a low one from 0 to 10 at x > 40, walls facing each other."""

    def block(x0, x1, top):
        return [(x0, 0, top), (x1, 0, top), (x1, 40, top), (x0, 40, top)]

    vertices = np.array(block(-20, 0, TOP) + block(40, 60, 10.0), float)
    triangles = np.array([(4 * k, 4 * k + a, 4 * k + a + 1) for k in (0, 1) for a in (1, 2)])
    shadow = Shadow(vertices, triangles, np.repeat([0, 1], 2))
    return Surroundings(shadow, shapely.box(-50, -20, 90, 60), 0.0, None, None, 40.0)


HIGH, LOW = [0.0, 40.0, 0.0, 0.0, 0.0, TOP], [40.0, 0.0, 40.0, 40.0, 0.0, 10.0]


def test_one_pass_where_the_tool_touches_down_to_the_foot(blocks):
    assert reachable_feet(SHORT, blocks, np.array([LOW]), 0.0, 10.0) == [0.0]


def test_a_wall_too_high_for_the_shank_is_cut_as_far_down_as_it_goes(blocks):
    feet = reachable_feet(SHORT, blocks, np.array([HIGH, LOW]), 0.0, TOP)
    lowest = TOP - SHORT.LU
    assert any(lowest <= z <= lowest + BODY_STEP_MM + 2 * LEAST_BAND_MM for z in feet)
    assert feet[-1] == 0.0 and feet == sorted(feet, reverse=True)


def test_no_pass_is_deeper_than_it_may_and_each_foot_ends_one():
    found = passes([7.3, 0.0], 0.0, 10.0, 4.0)
    assert [z for z, _ in found] == pytest.approx([7.3, 10 - 10 / 3, 10 - 20 / 3, 0.0])
    assert [foot for _, foot in found] == pytest.approx([10 - 10 / 3, 10 - 10 / 3, 10 - 20 / 3, 0.0])
    assert passes([], 0.0, 10.0, 4.0) == []
    assert passes([7.7], 7.7, 22.7, 32.0) == [(7.7, 7.7)]


def test_a_lead_does_not_swell_over_the_border_where_the_last_piece_is_turned_outwards():
    region, reach = shapely.box(-20.0, -20.0, 20.0, 0.0), 4.0
    for degrees in (0.0, 0.5, 2.0, 4.0, 5.5, 10.0):
        turn = np.deg2rad(degrees)
        found = lead(np.array([0.0, 0.0]), np.array([-np.cos(turn), np.sin(turn)]), region, reach, outwards=True)
        if found is not None:
            centre, end = found
            radius = float(np.hypot(*centre))
            assert centre[1] + radius <= 0.0015
            assert region.contains(shapely.Point(*end))
    assert lead(np.array([0.0, 0.0]), np.array([-1.0, 0.0]), region, reach, outwards=True) is not None
