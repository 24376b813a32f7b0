"""The stock as a setup sees it, and finer fields."""

import numpy as np
import pytest
import trimesh

from copeau.model.moves import line_moves
from copeau.model.tool import Tool
from copeau.simulation.local import crop_box, joined, remove_local, small_boxes
from copeau.simulation.remove import simulate
from copeau.simulation.tridexel import TriDexel
from copeau.simulation.views import SetupView

from .engine_tools import BALL, any_rotation, axis_rotations, pose, run

BOX = np.array([[-5.0, -4.0, -3.0], [5.0, 4.0, 3.0]])


def cut_stock(cell=0.25):
    stock = TriDexel.from_box(BOX, cell)
    simulate(stock, run(line_moves([[2.0, 1.0, 1.0], [2.0, 9.0, 2.0]], 100.0)), [-9.0, -2.0, 0.0], {1: BALL}, np.eye(4))
    return stock


def inside(stock, p):
    """Is a part point in material, by the dexel along z nearest to it."""
    f = stock.fields[2]
    i, j = (round((p[k] - f.origin[k]) / f.cell) for k in (0, 1))
    line = i * f.shape[1] + j
    s = f.pool[f.first[line] : f.first[line] + 2 * f.count[line]]
    return any(a < p[2] < b for a, b in zip(s[::2], s[1::2]))


@pytest.mark.parametrize("k", range(0, 24, 3))
def test_sections_of_every_aligned_setup_show_the_material(k):
    stock, matrix, rng = cut_stock(), pose(axis_rotations()[k], (10.0, -20.0, 30.0)), np.random.default_rng(k)
    view = SetupView(stock, matrix)
    low, high = view.bounds
    corners = np.sort((BOX @ matrix[:3, :3].T + matrix[:3, 3]), axis=0)
    assert np.abs(np.array([low, high]) - corners).max() < 1e-9
    wrong = 0
    for z in rng.uniform(low[2] + 0.1, high[2] - 0.1, 6):
        r = view.section(z)
        for _ in range(20):
            j, i = rng.integers(r.values.shape[0]), rng.integers(r.values.shape[1])
            p = (np.array([r.x0 + i * r.cell, r.y0 + j * r.cell, z]) - matrix[:3, 3]) @ matrix[:3, :3]
            wrong += bool(r.values[j, i]) != inside(stock, p)
    # The two fields may differ next to a wall that runs between their lines.
    assert wrong <= 2


def test_the_top_is_exact():
    stock = TriDexel.from_box(BOX, 0.25)
    start = [-9.0, 0.0, 1.0]
    simulate(stock, run(line_moves([[9.0, 0.0, 1.0]], 100.0)), start, {1: Tool("e", "endmill", 4.0, 1, APMX=9.0)}, np.eye(4))
    top = SetupView(stock, pose(np.eye(3), (0.0, 0.0, 100.0))).top()
    y = top.y0 + top.cell * np.arange(top.values.shape[0])
    assert (top.values[np.abs(y) < 2.0] == 101.0).all() and (top.values[np.abs(y) > 2.0] == 103.0).all()


def test_a_layer_shows_what_any_height_shows():
    view = SetupView(cut_stock(), np.eye(4))
    layer = view.layer(-1.0, 2.5).values
    for z in np.linspace(-0.9, 2.4, 7):
        assert (layer | ~view.section(z).values).all()


def test_a_tilted_setup_sees_the_box():
    stock, matrix = TriDexel.from_box(BOX, 0.5), pose(any_rotation(2))
    view = SetupView(stock, matrix)
    corners = np.array([[BOX[a, 0], BOX[b, 1], BOX[c, 2]] for a in (0, 1) for b in (0, 1) for c in (0, 1)]) @ matrix[:3, :3].T
    assert np.abs(view.bounds - [corners.min(0), corners.max(0)]).max() < 0.5
    top = view.top()
    volume_under = np.isfinite(top.values).sum() * top.cell**2
    # The shadow of a box is the sum of its faces' shadows, half of them seen.
    size = BOX[1] - BOX[0]
    areas = np.array([size[1] * size[2], size[0] * size[2], size[0] * size[1]])
    assert volume_under == pytest.approx(areas @ np.abs(matrix[2, :3]), rel=0.05)


def test_an_empty_stock_has_an_empty_top():
    stock = TriDexel.from_box(BOX, 0.5)
    big = Tool("e", "endmill", 40.0, 1, APMX=20.0)
    simulate(stock, run(line_moves([[9.0, 0.0, -4.0]], 100.0)), [-9.0, 0.0, -4.0], {1: big}, np.eye(4))
    assert not np.isfinite(SetupView(stock, np.eye(4)).top().values).any()
    assert stock.volume() == (0.0, 0.0, 0.0)


def test_a_local_field_ends_where_the_whole_one_does():
    small = Tool("s", "ball_endmill", 0.8, 1, APMX=3.0, centre_cutting=True)
    start = [-1.0, 0.3, 9.0]
    moves = run(line_moves([[-1.0, 0.3, 2.5], [1.0, 0.3, 2.6], [1.0, 0.3, 9.0], [4.5, 3.0, 9.0], [4.5, 3.0, 2.0]], 100.0))
    whole = TriDexel.from_box(BOX, 0.2)
    result = simulate(whole, moves, start, {1: small}, np.eye(4))
    boxes = small_boxes(moves, start, result.removed_mm3, {1: small}, np.eye(4), 0.2)
    assert len(boxes) == 2
    for box, cell in boxes:
        assert cell == pytest.approx(0.08)
        local = crop_box(BOX, box, cell)
        remove_local(local, moves, start, {1: small}, np.eye(4))
        fine = crop_box(BOX, box, cell)
        simulate(fine, moves, start, {1: small}, np.eye(4))
        for f, g in zip(local.fields, fine.fields):
            assert all((a == b).all() for a, b in zip(f.intervals(), g.intervals()))
        assert fine.volume()[2] < np.prod(np.ptp(local.bbox, axis=0)) - 0.05


def test_boxes_that_overlap_are_joined():
    spans = ((0.0, 1.0), (2.0, 3.0), (0.5, 2.5), (9.0, 10.0))
    out = joined([np.array([[a, 0.0, 0.0], [b, 1.0, 1.0]]) for a, b in spans])
    assert len(out) == 2 and out[0].tolist() == [[0, 0, 0], [3, 1, 1]]


@pytest.mark.parametrize("matrix", [np.eye(4), pose([[-1, 0, 0], [0, 1, 0], [0, 0, -1]], (60.0, 0.0, 20.0)), pose([[0, -1, 0], [1, 0, 0], [0, 0, 1]], (40.0, 0.0, 0.0))])
def test_a_rim_between_the_lines_along_the_tool_is_seen(matrix):
    """A block of 60 x 40 x 20, cut away to a rim of 1 mm at y = 37.2..38.2: no line along z stands in it."""
    cell = 2.5
    block = trimesh.util.concatenate(
        [trimesh.creation.box((60, 10, 20)).apply_translation((30, 5, 10)), trimesh.creation.box((60, 1, 20)).apply_translation((30, 37.7, 10))]
    )
    stock = TriDexel.from_mesh(block.vertices, block.faces, cell, np.array([[0.0, 0, 0], [60, 40, 20]]))
    along_y = stock.origin[1] + cell * np.arange(stock.shape[1])
    assert not ((along_y > 37.2) & (along_y < 38.2)).any()
    view = SetupView(stock, matrix)
    rim = (matrix @ [30.0, 37.7, 10.0, 1.0])[:3]
    top, layer = view.top(), view.layer(8.0, 9.0)
    at = tuple(int(round((rim[k] - o) / cell)) for k, o in ((1, top.y0), (0, top.x0)))
    assert top.values[at] >= 19.0 and top.values.max() <= 20.0 + 1e-9
    assert layer.values[at]
    gap = (matrix @ [30.0, 25.0, 10.0, 1.0])[:3]
    free = tuple(int(round((gap[k] - o) / cell)) for k, o in ((1, top.y0), (0, top.x0)))
    assert not layer.values[free] and top.values[free] == -np.inf
