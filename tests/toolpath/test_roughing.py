"""Rapids of a roughed level against a raster of what stands before it."""

import numpy as np
import pytest

from copeau.model.moves import FEED, RAPID, line_moves
from copeau.model.stock import Raster
from copeau.toolpath.milling.contour import APPROACH_MM
from copeau.toolpath.milling.roughing import short_rapids

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
