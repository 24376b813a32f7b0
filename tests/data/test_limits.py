import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copeau.data import fit_limits, general_tolerance, reaming_stock
from copeau.model.errors import CopeauError

# ISO 286-2 tables, read by hand: class, size, (lower, upper) in um.
BY_HAND = [
    ("H7", 8, (0, 15)), ("H7", 18, (0, 18)), ("H7", 18.5, (0, 21)), ("H8", 50, (0, 39)), ("g6", 25, (-20, -7)), ("h6", 10, (-9, 0)),
    ("h7", 30, (-21, 0)), ("k6", 30, (2, 15)), ("f7", 10, (-28, -13)), ("p6", 18, (18, 29)), ("js6", 30, (-6.5, 6.5)),
    ("JS7", 10, (-7.5, 7.5)), ("P9", 8, (-51, -15)), ("N9", 10, (-36, 0)), ("K7", 20, (-15, 6)),
    ("N7", 40, (-33, -8)), ("P7", 20, (-35, -14)),
    ("M6", 280, (-41, -9)), ("H11", 3, (0, 60)), ("d9", 40, (-142, -80)),
]  # fmt: skip


@pytest.mark.parametrize(("fit", "size", "want_um"), BY_HAND)
def test_fit_has_the_limits_of_the_standard(fit, size, want_um):
    assert fit_limits(fit, size) == pytest.approx((want_um[0] / 1000, want_um[1] / 1000), abs=1e-9)


@given(st.sampled_from(["H", "h", "G", "g", "F", "f", "JS", "js", "P", "p", "K", "k"]), st.integers(6, 7), st.floats(1.0, 500.0))
def test_a_higher_grade_is_never_narrower_and_its_width_is_the_standard_tolerance(letter, grade, size):
    fine, coarse = fit_limits(f"{letter}{grade}", size), fit_limits(f"{letter}{grade + 1}", size)
    width = [limits.upper_mm - limits.lower_mm for limits in (fine, coarse)]
    hole = fit_limits(f"H{grade}", size)
    assert width[0] < width[1]
    assert width[0] == pytest.approx(hole.upper_mm, abs=1e-9)


@given(st.integers(5, 11), st.floats(0.5, 500.0))
def test_h_fits_meet_at_zero(grade, size):
    hole, shaft = fit_limits(f"H{grade}", size), fit_limits(f"h{grade}", size)
    assert (hole.lower_mm, shaft.upper_mm) == (0.0, 0.0)
    assert hole.upper_mm == -shaft.lower_mm


@pytest.mark.parametrize("fit", ["", "7", "H", "HHH7", "H99", "q6", "H7/g6"])
def test_what_is_no_class_is_refused(fit):
    with pytest.raises(CopeauError):
        fit_limits(fit, 10.0)


@pytest.mark.parametrize("size", [0.0, -3.0, 1e6, math.nan])
def test_a_size_without_a_row_is_refused(size):
    with pytest.raises(CopeauError):
        fit_limits("H7", size)


@pytest.mark.parametrize(
    ("size", "grade", "want"), [(0.5, "m", 0.1), (3, "m", 0.1), (6, "m", 0.1), (6.001, "m", 0.2), (30, "m", 0.2), (100, "m", 0.3),
                                (100, "f", 0.15),
                                (100, "c", 0.8), (100, "v", 1.5), (4000, "m", 2.0)]
)  # fmt: skip
def test_general_tolerance_is_the_table_of_iso_2768(size, grade, want):
    assert general_tolerance(size, grade) == want


@pytest.mark.parametrize(("size", "grade"), [(0.4, "m"), (5000, "m"), (1, "v"), (10, "x"), (3000, "f")])
def test_general_tolerance_outside_of_the_standard_is_refused(size, grade):
    with pytest.raises(CopeauError):
        general_tolerance(size, grade)


@given(st.floats(0.5, 50.0))
def test_reaming_stock_leaves_something_and_less_than_half_a_millimetre_or_so(diameter):
    least, most = reaming_stock(diameter)
    assert 0.05 <= least < most <= 0.8
