"""Runs through single places: their order, and never under what the design lets the tool reach."""

import numpy as np
import pytest

from copeau.model.tool import Tool
from copeau.toolpath.milling.places import DAB_MM, chains, levels, passable
from copeau.toolpath.surface import drop, shape_of
from copeau.toolpath.surface.dropcutter import DropMesh

D6 = shape_of(Tool("D6", "endmill", 6.0))
SLACK_MM = 1e-6


@pytest.fixture
def ridge() -> DropMesh:
    """A floor at z = 0 over 40 x 40 mm with a ridge, 5 mm high and as sharp as a roof, along y at x = 20."""
    v = np.array([[0, 0, 0], [19, 0, 0], [20, 0, 5], [21, 0, 0], [40, 0, 0]], float)
    vertices = np.vstack([v, v + [0.0, 40.0, 0.0]])
    triangles = np.array([t for k in range(4) for t in ((k, k + 1, k + 6), (k, k + 6, k + 5))])
    return DropMesh(vertices, triangles)


def test_the_highest_level_comes_first():
    tips = np.array([[0, 0, 1.0], [5, 0, 3.0], [1, 0, 1.0]])
    assert [level[:, 2].tolist() for level in levels(tips)] == [[3.0], [1.0, 1.0]]


def test_far_places_are_chains_of_their_own():
    tips = np.array([[0.0, 0, 0], [30, 0, 0], [1, 0, 0], [31, 0, 0]])
    assert sorted(len(c) for c in chains(tips)) == [2, 2]


def test_a_way_over_the_ridge_is_parted_and_stays_over_the_drop_surface(ridge):
    found = passable(ridge, D6, np.array([[14.0, 20, 0], [15.0, 20, 0], [25.0, 20, 0]]), -10.0)
    assert len(found) == 2
    for line in found:
        for a, b in zip(line[:-1], line[1:]):
            way = a + np.linspace(0, 1, 21)[:, None] * (b - a)
            assert (way[:, 2] >= drop(ridge, D6, way[:, :2]) - SLACK_MM).all()


def test_a_single_place_is_a_dab(ridge):
    (line,) = passable(ridge, D6, np.array([[10.0, 20, 0.5]]), -10.0)
    assert line[:, 2].tolist() == [0.5 + DAB_MM, 0.5]


def test_a_place_named_inside_the_design_is_held_by_it(ridge):
    (line,) = passable(ridge, D6, np.array([[20.0, 20, 0.0]]), -10.0)
    assert line[:, 2].min() >= 5.0
