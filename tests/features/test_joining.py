"""Unions by winding number against areas that are known."""

import numpy as np
import pytest
import shapely

from copeau.features.joining import SNAP_MM, joined, rings_of, zone_round


def box(x0, y0, x1, y1):
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], float)


def test_nothing_joins_to_nothing():
    assert joined([]).is_empty
    assert joined([np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])]).is_empty


def test_holes_turn_the_other_way_and_are_filled_by_what_lies_in_them():
    frame = [box(0, 0, 4, 4), box(1, 1, 3, 3)[::-1]]
    assert joined(frame).area == pytest.approx(12.0)
    assert joined([*frame, box(1, 1, 2, 2)]).area == pytest.approx(13.0)


def test_a_gap_thinner_than_the_grid_closes_and_a_wider_one_stays():
    assert shapely.get_num_interior_rings(joined([box(0, 0, 3, 1), box(0, 2, 3, 3), box(0, 0, 1, 3), box(1 + 0.3 * SNAP_MM, 0, 3, 3)]).geoms[0]) == 0
    assert len(joined([box(0, 0, 1, 1), box(1 + 5 * SNAP_MM, 0, 2, 1)]).geoms) == 2


def test_what_touches_itself_is_valid():
    ring = [box(0, 0, 3, 1), box(0, 1, 1, 3), box(2, 1, 3, 2), box(1, 2, 2, 3)]  # closes at the corner (2, 2) only
    found = joined(ring)
    assert found.is_valid and found.area == pytest.approx(7.0)


def test_rings_come_back_as_they_were_joined():
    region = shapely.union_all([shapely.box(0, 0, 9, 9).difference(shapely.box(2, 2, 4, 4)), shapely.box(20, 0, 21, 1)])
    assert joined(rings_of(region)).equals(region)
    assert len(rings_of(shapely.GeometryCollection([shapely.Point(0, 0), shapely.box(0, 0, 1, 1)]))) == 1


@pytest.mark.parametrize("seed", range(5))
def test_random_triangles_as_an_overlay_of_polygons_joins_them(seed):
    corners = np.random.default_rng(seed).uniform(0.0, 20.0, (60, 3, 2))
    area = [shapely.Polygon(c).exterior.is_ccw for c in corners]
    rings = [c if ccw else c[::-1] for c, ccw in zip(corners, area)]
    whole = shapely.union_all([shapely.Polygon(r) for r in rings])
    found = joined(rings)
    assert found.is_valid
    assert found.symmetric_difference(whole).area < 1e-4


def test_a_zone_holds_all_that_is_near_and_little_more():
    rng = np.random.default_rng(3)
    lines = shapely.multilinestrings(shapely.linestrings(np.cumsum(rng.normal(0.0, 0.5, (4, 200, 2)), axis=1)))
    zone = zone_round(lines, 4.0)
    assert zone.is_valid
    assert zone.covers(lines.buffer(4.0))
    assert lines.buffer(4.0 * 1.4).covers(zone)


def test_a_zone_round_an_area_holds_the_area():
    area = shapely.box(0, 0, 50, 40)
    assert zone_round(area, 2.0).covers(area.buffer(2.0, join_style="mitre").intersection(area.buffer(2.0)))
    assert len(rings_of(zone_round(area, 2.0))) == 1
    assert zone_round(shapely.LineString(), 2.0).is_empty
