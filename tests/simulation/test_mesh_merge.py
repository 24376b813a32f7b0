"""The plain mesh of a stock: the same surface in few triangles."""

import numpy as np
import pytest
import trimesh

from copeau.simulation import mesh_out
from copeau.simulation.mesh_merge import PLANE_MM, merged
from copeau.simulation.mesh_out import plain_mesh, to_mesh
from copeau.simulation.tridexel import TriDexel

from .test_engine_mesh import cut_block

STOCKS = {
    "box": lambda: TriDexel.from_box([[0, 0, 0], [30, 20, 10]], 0.4),
    "bar": lambda: TriDexel.from_cylinder(20, 0, 30, 0.4),
    "milled": cut_block,
    "two bodies": lambda: TriDexel.from_mesh(*two_bodies(), 0.5),
}


def two_bodies():
    one, two = trimesh.creation.box((10, 10, 10)), trimesh.creation.icosphere(radius=6).apply_translation((15.0, 0.0, 0.0))
    both = trimesh.util.concatenate([one, two])
    return both.vertices, both.faces


@pytest.mark.parametrize("slab", [500, 10_000_000])
@pytest.mark.parametrize("name", STOCKS)
def test_same_surface_and_closed(name, slab, monkeypatch):
    monkeypatch.setattr(mesh_out, "SLAB_TRIANGLES", slab)
    stock = STOCKS[name]()
    fine = trimesh.Trimesh(*to_mesh(stock), process=False)
    plain = trimesh.Trimesh(*plain_mesh(stock), process=False)
    assert plain.is_watertight and plain.is_winding_consistent
    assert plain.volume == pytest.approx(fine.volume, rel=1e-9)
    assert plain.area == pytest.approx(fine.area, rel=1e-9)
    assert len(plain.faces) <= len(fine.faces)
    assert set(map(tuple, plain.vertices)) <= set(map(tuple, fine.vertices))


def test_a_box_keeps_few_triangles():
    vertices, triangles = plain_mesh(STOCKS["box"]())
    assert len(to_mesh(STOCKS["box"]())[1]) > 10_000
    # Its edges are cut off between the lines: six planes, twelve edges, eight corners.
    assert len(triangles) == 44
    assert len(vertices) == 24


def test_a_plane_with_a_hole_and_an_island():
    """A slab with a square pocket that has an island: borders within borders."""
    stock = TriDexel.from_box([[0, 0, 0], [20, 20, 5]], 0.5)
    hole = trimesh.creation.box((12, 12, 4)).apply_translation((10, 10, 5))
    island = trimesh.creation.box((4, 4, 4)).apply_translation((10, 10, 3))
    body = trimesh.boolean.union([trimesh.boolean.difference([trimesh.creation.box((20, 20, 5)).apply_translation((10, 10, 2.5)), hole]), island])
    stock = TriDexel.from_mesh(body.vertices, body.faces, 0.5, stock.bbox)
    fine, plain = trimesh.Trimesh(*to_mesh(stock), process=False), trimesh.Trimesh(*plain_mesh(stock), process=False)
    assert plain.is_watertight
    assert plain.volume == pytest.approx(fine.volume, rel=1e-9)
    assert len(plain.faces) < 300 < len(fine.faces)


def grid(heights: np.ndarray):
    """An open sheet over a square grid."""
    n, m = heights.shape
    x, y = np.meshgrid(np.arange(n, dtype=float), np.arange(m, dtype=float), indexing="ij")
    k = np.arange(n * m).reshape(n, m)
    a, b, c, d = k[:-1, :-1].ravel(), k[1:, :-1].ravel(), k[1:, 1:].ravel(), k[:-1, 1:].ravel()
    return np.column_stack([x.ravel(), y.ravel(), heights.ravel()]), np.vstack([np.column_stack([a, b, c]), np.column_stack([a, c, d])])


def test_a_bump_within_the_limit_goes_and_one_above_it_stays():
    flat = np.zeros((9, 9))
    flat[4, 4] = 0.5 * PLANE_MM
    vertices, triangles = grid(flat)
    border = ((vertices[:, :2] == 0) | (vertices[:, :2] == 8)).any(axis=1)
    assert not np.isin(40, merged(vertices, triangles, border))
    vertices[40, 2] = 2 * PLANE_MM
    assert np.isin(40, merged(vertices, triangles, border))


def test_a_slow_curve_is_not_flattened():
    """Each strip lies within the limit of its neighbour's plane, all of them together far beyond it."""
    x = np.arange(60.0)
    vertices, triangles = grid(np.repeat((x * x * 0.4 * PLANE_MM)[:, None], 9, axis=1))
    kept = np.unique(merged(vertices, triangles, np.zeros(len(vertices), bool)))
    sheet = trimesh.Trimesh(vertices, merged(vertices, triangles, np.zeros(len(vertices), bool)), process=False)
    assert len(kept) > 30
    assert np.abs(trimesh.proximity.signed_distance(sheet, vertices)).max() < 3 * PLANE_MM


def test_fixed_vertices_stay():
    vertices, triangles = grid(np.zeros((5, 5)))
    fixed = np.zeros(25, bool)
    fixed[2] = True  # in the middle of a straight border
    assert np.isin(2, merged(vertices, triangles, fixed))


def test_triangles_without_area_do_not_break_a_sheet():
    vertices = np.array([[0.0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0], [1, 0, 0]])
    triangles = np.array([[0, 1, 2], [0, 2, 3], [0, 4, 1]])  # the last lies on the first one's border
    area = 0.5 * np.linalg.norm(np.cross(*(vertices[merged(vertices, triangles, np.zeros(5, bool))][:, k] - vertices[merged(vertices, triangles, np.zeros(5, bool))][:, 0] for k in (1, 2))), axis=1)
    assert area.sum() == pytest.approx(4.0)


def test_nothing():
    assert merged(np.zeros((0, 3)), np.zeros((0, 3), np.int64), np.zeros(0, bool)).shape == (0, 3)
