"""Stock from boxes, bars and meshes."""

import numpy as np
import pytest
import trimesh

from copeau.model.errors import CopeauError
from copeau.simulation.tridexel import TriDexel, packed


def test_a_box_has_its_volume_in_every_field():
    for v in TriDexel.from_box([[-1.0, 2.0, 3.0], [11.0, 10.0, 6.0]], 0.25).volume():
        assert v == pytest.approx(12 * 8 * 3, rel=1e-12)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_bar_has_its_volume(axis):
    for v in TriDexel.from_cylinder(10.0, -2.0, 3.0, 0.05, axis, (4.0, -7.0)).volume():
        assert v == pytest.approx(np.pi * 25 * 5, rel=1e-3)


def test_a_sphere_ends_on_its_mesh():
    m = trimesh.creation.icosphere(3, radius=5.0)
    stock = TriDexel.from_mesh(m.vertices, m.faces, 0.2)
    for f in stock.fields:
        offsets, starts, ends = f.intervals()
        lines = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        points = np.vstack([f.points(starts, lines), f.points(ends, lines)])
        assert np.abs(trimesh.proximity.signed_distance(m, points[::17])).max() < 1e-9
        assert f.volume() == pytest.approx(m.volume, rel=2e-3)


def test_lines_through_vertices_and_edges_keep_the_body_whole():
    # Vertices and edges lie exactly on lattice lines: corners are put at nodes of the lattice itself.
    probe = TriDexel.from_box([[0.0, 0.0, 0.0], [4.0, 4.0, 4.0]], 0.25)
    node = probe.origin + 0.25 * np.array([[8, 8, 1], [8, 8, 14], [2, 8, 8], [14, 8, 8], [8, 2, 8], [8, 14, 8]])
    faces = np.array([[a, b, c] for a in (0, 1) for b in (2, 3) for c in (4, 5)])
    m = trimesh.Trimesh(node, faces, process=True)
    m.fix_normals()
    stock = TriDexel.from_mesh(m.vertices, m.faces, 0.25, [[0.0, 0.0, 0.0], [4.0, 4.0, 4.0]])
    for v in stock.volume():
        assert v == pytest.approx(m.volume, rel=0.05)
    for f in stock.fields:
        assert f.count.max() == 1


def test_a_mesh_turned_inside_out_is_the_same_stock():
    m = trimesh.creation.box((3.0, 4.0, 5.0))
    assert TriDexel.from_mesh(m.vertices, m.faces[:, ::-1], 0.25).volume() == pytest.approx((60.0,) * 3)


def test_overlapping_bodies_are_united():
    a, b = trimesh.creation.box((4.0, 4.0, 4.0)), trimesh.creation.box((4.0, 4.0, 4.0))
    b.apply_translation((2.0, 0.0, 0.0))
    m = trimesh.util.concatenate([a, b])
    assert TriDexel.from_mesh(m.vertices, m.faces, 0.25).volume() == pytest.approx((96.0,) * 3, rel=1e-9)


def test_a_crop_holds_the_part_inside():
    m = trimesh.creation.box((10.0, 10.0, 10.0))
    stock = TriDexel.from_mesh(m.vertices, m.faces, 0.1, [[3.0, -1.0, -1.0], [6.0, 1.0, 1.0]])
    assert stock.volume()[0] == pytest.approx(2.0 * 2.0 * 2.0)
    assert stock.volume()[2] == pytest.approx(2.0 * 2.0 * 2.0)


def test_an_open_mesh_is_refused():
    m = trimesh.creation.box((3.0, 4.0, 5.0))
    with pytest.raises(CopeauError, match="open edges"):
        TriDexel.from_mesh(m.vertices, m.faces[:-1], 0.3)


def test_a_stock_thinner_than_a_cell_is_refused():
    with pytest.raises(CopeauError, match="thinner"):
        TriDexel.from_box([[0.0, 0.0, 0.0], [10.0, 10.0, 0.1]], 0.5)


def test_no_line_lies_on_a_plane_of_round_numbers():
    stock = TriDexel.from_box([[0.0, 0.0, 0.0], [20.0, 20.0, 20.0]], 0.1)
    for k in range(3):
        at = stock.origin[k] + 0.1 * np.arange(stock.shape[k])
        assert np.abs(at / 0.01 - np.round(at / 0.01)).min() > 0.05


def test_a_packed_stock_comes_back_bit_for_bit_and_is_its_own():
    m = trimesh.creation.icosphere(3, radius=5.0)
    stock = TriDexel.from_mesh(m.vertices, m.faces, 0.2)
    laid_aside = packed(stock)
    again = laid_aside.unpacked()
    for f, g in zip(stock.fields, again.fields):
        assert all((a == b).all() for a, b in zip(f.intervals(), g.intervals()))
        assert (f.axis, f.shape, f.cell) == (g.axis, g.shape, g.cell) and (f.origin == g.origin).all()
    again.fields[0].pool[:] = 0.0
    assert laid_aside.unpacked().fields[0].volume() == stock.fields[0].volume()


def test_a_packed_block_takes_a_small_part_of_its_memory():
    laid_aside = packed(TriDexel.from_box([[0.0, 0.0, 0.0], [100.0, 60.0, 20.0]], 0.25))
    assert sum(len(b) for _, _, _, *columns in laid_aside.fields for b in columns) < 0.02 * 16 * (400 * 240 + 400 * 80 + 240 * 80)
