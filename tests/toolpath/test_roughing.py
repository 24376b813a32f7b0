"""Rapids of a roughed level against a raster of what stands before it."""

import numpy as np
import pytest
import shapely

from copeau.features.shadow import polygons
from copeau.model.moves import FEED, RAPID, line_moves
from copeau.model.stock import Raster
from copeau.toolpath.milling.contour import APPROACH_MM
from copeau.toolpath.milling.roughing import pieces, short_rapids, with_tight_places

VF, VF_PLUNGE = 900.0, 250.0


@pytest.fixture
def block():
    """Stock 5 mm high over x > 10, nothing elsewhere."""
    values = np.full((40, 40), -np.inf)
    values[:, 20:] = 5.0
    return Raster(values, 0.25, 0.25, 0.5)


def down(x):
    return np.concatenate([
        line_moves(np.array([[x, 10.0, 20.0], [x, 10.0, 0.2]]), np.nan, RAPID),
        line_moves(np.array([[x, 10.0, 0.0]]), VF_PLUNGE),
        line_moves(np.array([[x + 1.0, 10.0, 0.0]]), VF),
    ])  # fmt: skip


def test_rapid_ends_above_what_stands_and_the_feed_of_cutting_goes_on(block):
    rows = short_rapids(down(15.0), block, 3.0, 20.0, VF)
    assert rows["kind"].tolist() == [RAPID, RAPID, FEED, FEED, FEED]
    assert rows["z"].tolist() == [20.0, 5.0 + APPROACH_MM, 0.2, 0.0, 0.0]
    assert rows["f"][2:].tolist() == [VF, VF_PLUNGE, VF]


def test_rapid_where_nothing_stands_is_left_as_it_is(block):
    rows = down(3.0)
    assert short_rapids(rows, block, 3.0, 20.0, VF).tobytes() == rows.tobytes()


def test_a_narrow_passage_beside_a_wide_place_is_entered_nearer_to_its_walls():
    wide, narrow = shapely.box(0, 0, 20, 20), shapely.box(20, 9.6, 40, 10.4)
    region = polygons(shapely.union_all([wide, narrow]).buffer(-0.25, join_style="mitre"))
    nearer = polygons(shapely.union_all([wide, narrow]).buffer(-0.1, join_style="mitre"))
    found = with_tight_places(region, nearer, 0.5)
    assert found.intersection(shapely.box(25, 0, 35, 20)).equals(nearer.intersection(shapely.box(25, 0, 35, 20)))
    assert found.intersection(shapely.box(0, 0, 15, 20)).equals(region.intersection(shapely.box(0, 0, 15, 20)))


def test_a_wide_place_alone_stays_as_it_is():
    region, nearer = polygons(shapely.box(1, 1, 19, 19)), polygons(shapely.box(0.9, 0.9, 19.1, 19.1))
    assert with_tight_places(region, nearer, 0.5).equals(region)


def test_remains_far_from_each_other_are_cleared_by_themselves():
    room = polygons(shapely.box(0, 0, 200, 20))
    remains = polygons(shapely.union_all([shapely.box(2, 2, 5, 5), shapely.box(190, 10, 195, 15)]))
    found = list(pieces(room, remains, 6.0))
    assert len(found) == 2
    assert all(part.bounds[2] - part.bounds[0] < 20.0 for part, _ in found)
    assert sum(here.area for _, here in found) == pytest.approx(remains.area)


def test_what_hangs_together_stays_one_piece():
    (part, here), = pieces(polygons(shapely.box(0, 0, 50, 20)), polygons(shapely.box(0, 0, 50, 20)), 6.0)
    assert part.area == pytest.approx(1000.0) and here.area == pytest.approx(1000.0)
