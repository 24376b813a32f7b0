"""Lines and arcs through polylines: nothing further off than said, true arcs found again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copeau.model.moves import CCW, CW, FEED, to_polyline
from copeau.toolpath.arcs import fit


def circle(radius, n, start=0.3, sweep=2 * np.pi, centre=(3.0, -4.0)):
    a = start + np.linspace(0.0, sweep, n + 1)
    return np.column_stack([centre[0] + radius * np.cos(a), centre[1] + radius * np.sin(a)])


def furthest(points, moves):
    """Largest distance of a point to the fitted curve, by sampling the curve densely."""
    p3 = np.column_stack([points, np.zeros(len(points))]) if points.shape[1] == 2 else points
    rows = moves.copy()
    rows["z"] = np.nan_to_num(rows["z"])
    pieces, _ = to_polyline(rows, p3[0], 1e-5)
    a, d = pieces[:, :3], pieces[:, 3:] - pieces[:, :3]
    w = p3[:, None] - a
    t = np.clip((w * d).sum(2) / np.maximum((d * d).sum(1), 1e-300), 0.0, 1.0)
    return np.linalg.norm(w - t[:, :, None] * d, axis=2).min(1).max()


@pytest.mark.parametrize("n", [60, 64, 65, 97, 500])
@pytest.mark.parametrize("turn", [1, -1])
def test_closed_circle_becomes_two_half_arcs(n, turn):
    rows = fit(circle(10.0, n, sweep=turn * 2 * np.pi), 0.001)
    assert rows["kind"].tolist() == [CCW if turn > 0 else CW] * 2
    np.testing.assert_allclose(np.column_stack([rows["i"], rows["j"]]), [[3.0, -4.0]] * 2, atol=1e-9)
    first = circle(10.0, n, sweep=turn * 2 * np.pi)[0]
    reached = np.arccos(np.clip(((first - [3, -4]) @ ([rows["x"][0] - 3, rows["y"][0] + 4])) / 100, -1, 1))
    assert reached > np.pi - 1.01 * 2 * np.pi / n


def test_square_stays_four_lines():
    square = np.array([[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]], float)
    rows = fit(square, 0.01)
    assert rows["kind"].tolist() == [FEED] * 4


def test_octagon_is_no_circle():
    assert set(fit(circle(10.0, 8), 0.01)["kind"]) == {FEED}


def test_arcs_keep_within_their_chords_when_asked():
    points = circle(10.0, 64)
    assert len(fit(points, 0.001, sagitta_mm=0.0)) == 64
    assert len(fit(points, 0.02, sagitta_mm=0.0)) == 2


def test_slot_contour_is_two_lines_and_two_arcs():
    right = circle(5.0, 40, -np.pi / 2, np.pi, (20.0, 0.0))
    left = circle(5.0, 40, np.pi / 2, np.pi, (0.0, 0.0))
    rows = fit(np.vstack([[0.0, -5.0], right, left]), 1e-4)
    assert rows["kind"].tolist() == [FEED, CCW, FEED, CCW]


def test_helix_keeps_its_height():
    xy = circle(4.0, 120, sweep=4 * np.pi)
    points = np.column_stack([xy, np.linspace(0.0, -3.0, len(xy))])
    rows = fit(points, 0.001)
    assert set(rows["kind"]) == {CCW}
    assert len(rows) <= 5
    assert furthest(points, rows) <= 0.001
    assert rows["z"][-1] == -3.0


def test_bent_helix_is_not_one_arc():
    xy = circle(4.0, 40, sweep=np.pi)
    z = np.where(np.arange(41) < 20, 0.0, -np.linspace(-1.0, 1.0, 41))
    assert len(fit(np.column_stack([xy, z]), 0.001)) >= 2


def test_reversal_is_kept():
    rows = fit(np.array([[0, 0], [5, 0], [10, 0], [5, 0], [0, 0]], float), 0.01)
    assert rows["x"].tolist() == [10.0, 0.0]


def test_points_that_are_one_give_nothing():
    assert len(fit(np.zeros((5, 2)), 0.01)) == 0
    assert len(fit(np.zeros((0, 2)), 0.01)) == 0
    assert len(fit(np.zeros((1, 3)), 0.01)) == 0


def test_height_is_nan_for_plane_points():
    assert np.isnan(fit(circle(10.0, 64), 0.001)["z"]).all()


def test_arcs_above_the_largest_radius_are_lines():
    rows = fit(circle(600.0, 2000, sweep=0.3), 0.001)
    assert set(rows["kind"]) == {FEED}
    assert len(rows) > 5


def test_point_with_a_tight_tolerance_is_kept():
    x = np.linspace(0.0, 10.0, 101)
    points = np.column_stack([x, 0.005 * np.sin(x)])
    tol = np.full(101, 0.02)
    assert len(fit(points, tol)) == 1
    tol[16] = 1e-6
    rows = fit(points, tol)
    assert 0.1 * 16 in np.round(rows["x"], 9)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.001, 0.01, 0.1]))
def test_every_point_is_within_tolerance_and_ends_are_kept(seed, tolerance):
    rng = np.random.default_rng(seed)
    heading = np.cumsum(rng.normal(0, 0.2, 80) + rng.normal(0, 0.1))
    points = np.cumsum(np.column_stack([np.cos(heading), np.sin(heading), rng.normal(0, 0.02, 80)]) * 0.4, axis=0)
    rows = fit(points, tolerance)
    assert furthest(points, rows) <= tolerance * (1 + 1e-6) + 1.1e-5
    assert [rows["x"][-1], rows["y"][-1], rows["z"][-1]] == points[-1].tolist()
    assert fit(points, tolerance).tobytes() == rows.tobytes()
