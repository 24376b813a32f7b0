"""Extents of motions in plan, and bodies that pass tall stock, against sampled paths."""

import math

import numpy as np
import pytest

from copeau.simulation.axis_field import from_path
from copeau.simulation.plan_sweep import reach

STRAIGHT = np.zeros(5)


def arc_rows(centre, radius, a0, sweep):
    """`seg` and `arc` of a level arc, and 2000 places on it."""
    angle = a0 + np.linspace(0.0, sweep, 2000)
    path = np.column_stack([centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)])
    return np.array([*path[0], 0.0, *path[-1], 0.0]), np.array([*centre, radius, a0, sweep]), path


@pytest.mark.parametrize("seed", range(40))
def test_an_arc_reaches_as_far_as_its_own_places_and_no_further(seed):
    rng = np.random.default_rng(seed)
    seg, arc, path = arc_rows(rng.uniform(-50, 50, 2), 10 ** rng.uniform(-1, 4), rng.uniform(-7, 7), rng.choice([-1, 1]) * rng.uniform(0.01, 2 * math.pi))
    for axis in (0, 1):
        np.testing.assert_allclose(reach(seg, arc, axis), (path[:, axis].min(), path[:, axis].max()), rtol=0, atol=1e-5 * arc[2])


def test_a_full_circle_reaches_all_round():
    seg, arc, _ = arc_rows((3.0, 4.0), 5.0, 0.7, -2 * math.pi)
    assert reach(seg, arc, 0) == pytest.approx((-2.0, 8.0))
    assert reach(seg, arc, 1) == pytest.approx((-1.0, 9.0))


def test_a_straight_motion_reaches_from_end_to_end():
    seg = np.array([5.0, -1.0, 0.0, 2.0, 7.0, 3.0])
    assert reach(seg, STRAIGHT, 0) == (2.0, 5.0)
    assert reach(seg, STRAIGHT, 1) == (-1.0, 7.0)


@pytest.mark.parametrize("seed", range(10))
def test_distance_from_a_path_is_that_of_its_nearest_place(seed):
    rng = np.random.default_rng(seed)
    at = rng.uniform(-30, 30, 2)
    seg, arc, path = arc_rows(rng.uniform(-10, 10, 2), 12.0, rng.uniform(-3, 3), rng.uniform(-6, 6))
    assert from_path(seg, arc, *at) == pytest.approx(np.linalg.norm(path - at, axis=1).min(), abs=1e-2)
    line = rng.uniform(-20, 20, 6)
    places = line[:2] + np.linspace(0.0, 1.0, 4001)[:, None] * (line[3:5] - line[:2])
    assert from_path(line, STRAIGHT, *at) == pytest.approx(np.linalg.norm(places - at, axis=1).min(), abs=1e-2)
    assert from_path(np.array([1.0, 2.0, 0.0, 1.0, 2.0, 9.0]), STRAIGHT, 4.0, 6.0) == pytest.approx(5.0)
