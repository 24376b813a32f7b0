"""How deep the jaws hold."""

import pytest

from copeau.features.reach import FIXTURE_GAP_MM
from copeau.process.holding import LEAST_SOFT_GRIP_MM, LEAST_THIN_GRIP_MM, MOST_GRIP_MM, later_grip


def test_jaws_stay_under_the_top_of_a_thin_plate_so_that_its_face_can_be_cut():
    assert later_grip(2.0, 2.0) == pytest.approx(2.0 - FIXTURE_GAP_MM)
    assert later_grip(1.0, 1.0) == LEAST_THIN_GRIP_MM


def test_jaws_of_a_tall_part_hold_no_deeper_than_they_may():
    assert later_grip(10.0, 10.0) == pytest.approx(4.0)
    assert later_grip(6.0, 5.0) == LEAST_SOFT_GRIP_MM
    assert later_grip(200.0, float("inf")) == MOST_GRIP_MM
