"""Heights of a mesh over a raster, and discs that stay clear of them."""

import numpy as np
import pytest
import trimesh

from copeau.part.heights import BLOCK, clear_discs, heights_of


@pytest.fixture(scope="module")
def wedge():
    """40 x 30 mm, from 0 at x = 0 up to 10 at x = 40."""
    v = np.array([(0, 0, -1), (40, 0, -1), (40, 30, -1), (0, 30, -1), (0, 0, 0), (40, 0, 10), (40, 30, 10), (0, 30, 0)], float)
    mesh = trimesh.convex.convex_hull(v)
    return heights_of(mesh.vertices, np.asarray(mesh.faces))


def test_each_cell_holds_the_height_over_its_middle(wedge):
    x, y = wedge.middles()
    inside = np.ix_(y < 30, x < 40)
    np.testing.assert_allclose(wedge.cells[inside], np.broadcast_to(x[x < 40] / 4, (int((y < 30).sum()), int((x < 40).sum()))), atol=1e-9)
    assert np.isneginf(wedge.cells[y > 30]).all() and np.isneginf(wedge.cells[:, x > 40]).all()


def test_blocks_hold_the_highest_of_their_cells(wedge):
    for j, i in ((0, 0), (1, 3), (2, 5)):
        assert wedge.blocks[j, i] == wedge.cells[j * BLOCK : (j + 1) * BLOCK, i * BLOCK : (i + 1) * BLOCK].max()


def test_discs_are_clear_where_no_cell_within_them_is_higher(wedge):
    rng = np.random.default_rng(3)
    centres, radius, z = rng.uniform(-8, 48, (400, 2)), rng.uniform(0.3, 12, 400), rng.uniform(-1, 11, 400)
    clear = np.ones(400, bool)
    clear_discs(wedge, centres, radius, z, clear)
    x, y = (v.ravel() for v in np.meshgrid(*wedge.middles()))
    higher = wedge.cells.ravel() > z[:, None]
    within = (x - centres[:, :1]) ** 2 + (y - centres[:, 1:]) ** 2 < radius[:, None] ** 2
    np.testing.assert_array_equal(clear, ~(higher & within).any(1))
    assert clear.any() and not clear.all()


def test_a_mark_that_is_off_stays_off(wedge):
    clear = np.zeros(1, bool)
    clear_discs(wedge, np.array([[100.0, 100.0]]), 1.0, 0.0, clear)
    assert not clear[0]
