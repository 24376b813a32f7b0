"""What stands above a height, and where a tool's centre may be, against closed forms."""

import numpy as np
import pytest
import shapely

from copeau.features.reach import PATH_TOL_MM, Surroundings, centre_region
from copeau.features.shadow import Shadow
from copeau.model.tool import Tool

STEP = np.array([[0, 0], [30, 0], [30, 10], [10, 10], [10, 20], [0, 20]], float)  # outline in x, z of a stair, 20 deep in y


def stair() -> Shadow:
    """A stair of two levels, 10 and 20 high, as triangles: tops and walls that look up or sideways matter only."""
    quads = [
        [(10, 0, 10), (30, 0, 10), (30, 20, 10), (10, 20, 10)],
        [(0, 0, 20), (10, 0, 20), (10, 20, 20), (0, 20, 20)],
        [(10, 0, 10), (10, 20, 10), (10, 20, 20), (10, 0, 20)],
        [(0, 0, 0), (0, 20, 0), (30, 20, 0), (30, 0, 0)],
    ]
    vertices = np.array([p for q in quads for p in q], float)
    triangles = np.array([(4 * k, 4 * k + a, 4 * k + a + 1) for k in range(len(quads)) for a in (1, 2)])
    return Shadow(vertices, triangles, np.repeat(np.arange(len(quads)), 2))


@pytest.mark.parametrize(("z", "area"), [(20.0, 0.0), (19.9, 200.0), (10.0, 200.0), (9.9, 600.0), (0.0, 600.0)])
def test_shadow_of_a_stair(z, area):
    assert stair().above(z).area == pytest.approx(area, abs=1e-6)


def test_a_filled_hole_is_solid_up_to_its_top():
    shadow = stair()
    shadow.fill(shapely.box(40, 0, 50, 10), 15.0)
    assert shadow.above(14.0).area == pytest.approx(300.0)
    assert shadow.above(15.0).area == pytest.approx(200.0)


def test_floors_are_found_with_their_faces():
    assert [(round(f.z, 6), f.faces) for f in stair().floors] == [(10.0, (0,)), (20.0, (1,))]


def test_centre_keeps_one_radius_off_the_wall():
    around = Surroundings(stair(), shapely.box(-20, -20, 50, 40), 0.0)
    tool = Tool("T", "endmill", 8.0, LU=30.0, APMX=30.0, DCON=8.0)
    region = centre_region(tool, 10.0, 0.0, around)
    nearest = min(x for x, _ in shapely.get_coordinates(region.intersection(shapely.box(10, 5, 50, 15))))
    assert nearest == pytest.approx(14.0 + PATH_TOL_MM, abs=1e-6)


def test_a_short_tool_keeps_its_shank_off():
    around = Surroundings(stair(), shapely.box(-20, -20, 50, 40), 0.0)
    short = Tool("T", "endmill", 8.0, LU=6.0, APMX=6.0, DCON=8.0)
    region = centre_region(short, 10.0, 0.0, around)
    nearest = min(x for x, _ in shapely.get_coordinates(region.intersection(shapely.box(10, 5, 50, 15))))
    assert nearest > 14.2


def test_nothing_below_the_lowest_height():
    around = Surroundings(stair(), shapely.box(-20, -20, 50, 40), 5.0)
    assert centre_region(Tool("T", "endmill", 8.0, LU=30.0), 4.0, 0.0, around).is_empty


@pytest.mark.parametrize("z", [3.0, 9.0, 12.5, 17.0])
def test_heights_between_which_nothing_changes_share_one_shadow(z):
    shadow = stair()
    assert shadow.above(z) is shadow.above(z + 0.7)
    assert shadow.above(z).equals(stair().above(z))


def test_a_slope_has_a_shadow_of_its_own_at_every_height():
    vertices = np.array([[0, 0, 0], [10, 0, 10], [10, 20, 10], [0, 20, 0]], float)
    ramp = Shadow(vertices, np.array([[0, 1, 2], [0, 2, 3]]), np.zeros(2, np.int64))
    assert [ramp.above(z).area for z in (2.0, 5.0, 7.5)] == pytest.approx([160.0, 100.0, 50.0])
