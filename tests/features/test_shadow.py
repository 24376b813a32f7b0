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


@pytest.mark.parametrize("z", [-1.0, 2.0, 9.9, 10.0, 15.0])
def test_the_shadow_near_a_zone_is_the_whole_one_within_reach_of_it(z):
    shadow, zone = stair(), shapely.box(12, 4, 16, 16)
    shadow.fill(shapely.box(40, 0, 50, 10), 15.0)
    near, within = shadow.near(zone, [(-5.0, 4.0)]), zone.buffer(4.0)
    assert near.above(z).intersection(within).symmetric_difference(shadow.above(z).intersection(within)).area < 1e-6


def test_a_body_wide_only_high_up_sees_low_things_only_where_they_are_near():
    shadow, zone = stair(), shapely.box(22, 4, 28, 16)
    near = shadow.near(zone, [(0.0, 3.0), (15.0, 20.0)])
    assert not near.above(16.0).is_empty  # the upper step is 12 mm off, within reach of what is wide above 15
    assert shadow.near(zone, [(0.0, 3.0)]).above(16.0).is_empty


def test_neighbouring_triangles_of_a_slope_are_cut_at_the_same_place():
    rng = np.random.default_rng(7)
    x, y = (v.ravel() for v in np.meshgrid(np.linspace(0, 9, 10), np.linspace(0, 9, 10)))
    vertices = np.column_stack([x, y, rng.uniform(0.0, 5.0, 100)])
    corner = (np.arange(9)[:, None] * 10 + np.arange(9)).ravel()
    triangles = np.concatenate([np.column_stack([corner, corner + 1, corner + 11]), np.column_stack([corner, corner + 11, corner + 10])])
    above = Shadow(vertices, triangles, np.zeros(len(triangles), np.int64)).above(2.5)
    inside = shapely.points(rng.uniform(0.0, 9.0, (4000, 2)))
    i, j = np.floor(shapely.get_x(inside)).astype(int), np.floor(shapely.get_y(inside)).astype(int)
    u, v = shapely.get_x(inside) - i, shapely.get_y(inside) - j
    z = vertices[:, 2].reshape(10, 10)
    low = u >= v  # the half under the diagonal, by its own plane
    height = np.where(low, z[j, i] + u * (z[j, i + 1] - z[j, i]) + v * (z[j + 1, i + 1] - z[j, i + 1]),
                      z[j, i] + v * (z[j + 1, i] - z[j, i]) + u * (z[j + 1, i + 1] - z[j + 1, i]))  # fmt: skip
    clear = np.abs(height - 2.5) > 1e-3
    assert (shapely.contains(above, inside)[clear] == (height > 2.5)[clear]).all()
