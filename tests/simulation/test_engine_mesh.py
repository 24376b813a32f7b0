"""The stock as a closed mesh."""

import numpy as np
import pytest
import trimesh

from copeau.simulation.intervals import POOL_FULL, take
from copeau.simulation.mesh_cases import EDGES, cube_cases
from copeau.simulation.mesh_files import to_stl, write_glb
from copeau.simulation.mesh_out import NODE_CLEAR_MM, stride_for, to_mesh
from copeau.simulation.remove import simulate
from copeau.simulation.tridexel import TriDexel

from .engine_tools import BALL, BULL, pose
from .test_engine_sweep import zigzag


def cut_block(cell=0.25, tool=BALL):
    stock = TriDexel.from_box([[-5.0, -5.0, -5.0], [5.0, 5.0, 5.0]], cell)
    simulate(stock, zigzag(), [-6.0, 0.0, 6.0], {1: tool}, np.eye(4))
    return stock


def as_trimesh(stock, stride=1):
    return trimesh.Trimesh(*to_mesh(stock, stride), process=False)


@pytest.mark.parametrize("tool", [BALL, BULL], ids=["ball", "bull"])
def test_a_cut_block_is_closed_and_has_its_volume(tool):
    stock = cut_block(tool=tool)
    m = as_trimesh(stock)
    assert m.is_watertight and m.is_winding_consistent
    assert m.volume == pytest.approx(stock.volume()[2], rel=0.01)


def test_every_stride_is_closed():
    stock = cut_block(0.2)
    for stride in (2, 3, 7):
        m = as_trimesh(stock, stride)
        assert m.is_watertight and m.volume == pytest.approx(stock.volume()[2], rel=0.1)


@pytest.mark.parametrize("most", [1000, 5000, 50_000, 10_000_000])
def test_a_stride_keeps_to_the_number_of_triangles(most):
    stock = cut_block(0.1)
    stride = stride_for(stock, most)
    assert len(to_mesh(stock, stride)[1]) < 1.1 * most
    assert stride == 1 or len(to_mesh(stock, stride - 1)[1]) > 0.9 * most


def test_fields_that_disagree_still_give_a_closed_mesh():
    stock, rng = TriDexel.from_box([[0.0, 0.0, 0.0], [8.0, 8.0, 8.0]], 0.5), np.random.default_rng(3)
    for f in stock.fields:
        for _ in range(2000):
            line, a = int(rng.integers(len(f.count))), rng.uniform(0.0, 8.0)
            while take(f.count, f.first, f.capacity, f.pool, f.used, line, a, a + rng.uniform(0.1, 3.0)) == POOL_FULL:
                f.grow()
    m = as_trimesh(stock)
    assert len(m.faces) > 1000 and m.is_watertight and m.is_winding_consistent


def test_vertices_lie_on_the_ends_of_dexels():
    stock = cut_block()
    vertices, _ = to_mesh(stock)
    node = (vertices - stock.origin) / stock.cell
    on_line = np.abs(node - np.round(node)) < 1e-6
    ends = [np.sort(np.concatenate(f.intervals()[1:])) for f in stock.fields]
    far, middles = 0.0, 0
    for v, on in zip(vertices[::7], on_line[::7]):
        if on.sum() != 2:
            middles += 1
            continue
        axis = int(np.flatnonzero(~on)[0])
        k = np.searchsorted(ends[axis], v[axis])
        far = max(far, min(abs(v[axis] - e) for e in ends[axis][max(0, k - 1) : k + 1]))
    assert far <= NODE_CLEAR_MM
    # Few vertices stand for the middle of a loop, or for a place where the fields disagree.
    assert middles < 0.01 * len(vertices) / 7


def test_every_case_of_a_cube_uses_just_its_crossed_edges():
    first, triangles, _ = cube_cases()
    for case in range(256):
        crossed = {k for k, (a, b, _) in enumerate(EDGES) if (case >> a & 1) != (case >> b & 1)}
        used = {int(e) for e in triangles[first[case] : first[case + 1]].ravel() if e < 12}
        assert used == crossed


def test_an_stl_in_work_coordinates_is_closed(tmp_path):
    stock, matrix = cut_block(), pose([[0, -1, 0], [1, 0, 0], [0, 0, 1]], (100.0, 200.0, 300.0))
    to_stl(stock, tmp_path / "stock.stl", matrix)
    m = trimesh.load(tmp_path / "stock.stl")
    assert m.is_watertight and m.volume == pytest.approx(as_trimesh(stock).volume, rel=1e-5)
    assert m.bounds[0].tolist() == pytest.approx([95.0, 195.0, 295.0], abs=1e-3)
    to_stl(stock, tmp_path / "again.stl", matrix)
    assert (tmp_path / "again.stl").read_bytes() == (tmp_path / "stock.stl").read_bytes()


def test_a_glb_keeps_shape_and_colours(tmp_path):
    vertices, triangles = to_mesh(cut_block())
    colours = np.zeros((len(vertices), 3))
    colours[:, 0] = 1.0
    write_glb(tmp_path / "stock.glb", vertices, triangles, colours)
    m = trimesh.load(tmp_path / "stock.glb", force="mesh")
    assert len(m.faces) == len(triangles) and m.volume == pytest.approx(as_trimesh(cut_block()).volume, rel=1e-4)
    assert (m.visual.vertex_colors[:, :3] == [255, 0, 0]).all()
