"""Removal against the definition: a point is gone when the moving tool has held it."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copeau.model.moves import arc_move, empty_moves, line_moves
from copeau.simulation import remove
from copeau.simulation.remove import simulate
from copeau.simulation.tridexel import TriDexel

from .engine_tools import (
    BALL,
    BULL,
    CUTTERS,
    DRILL,
    ENDMILL,
    FACE,
    SHORT_BALL,
    any_rotation,
    axis_rotations,
    dense_path,
    in_tool,
    pose,
    run,
    same_intervals,
)  # fmt: skip

BLOCK = np.array([[-5.0, -5.0, -5.0], [5.0, 5.0, 5.0]])
NEAR_MM = 2e-3  # points nearer to the swept surface are not asked: the oracle's path has gaps
MICRON = 1e-3
SEEDS = st.integers(0, 2**31)


def block(cell=0.5):
    return TriDexel.from_box(BLOCK, cell)


def some_motion(rng, start):
    """A straight, level, upright, round or mixed motion."""
    which = rng.integers(5)
    if which == 0:
        return line_moves([start + rng.uniform(-4, 4, 3)], 100.0)
    if which == 1:
        return line_moves([start + [*rng.uniform(-4, 4, 2), 0.0]], 100.0)
    if which == 2:
        return line_moves([start + [0.0, 0.0, rng.uniform(-6, 6)]], 100.0)
    if which == 3:
        c = start[:2] + rng.uniform(-3, 3, 2)
        r, a = np.hypot(*(start[:2] - c)), rng.uniform(0.0, 2 * np.pi)
        return arc_move([c[0] + r * np.cos(a), c[1] + r * np.sin(a), start[2]], c, 100.0, bool(rng.integers(2)))
    return line_moves([start + rng.uniform(-4, 4, 3), start + rng.uniform(-4, 4, 3), start + [1.0, 1.0, 0.0], start], 100.0)


def wrong_points(tool, matrix, rng):
    """Points of random lines that the stock says otherwise about than the oracle."""
    stock, start = block(), rng.uniform(-5, 5, 3)
    moves = run(some_motion(rng, start))
    simulate(stock, moves, start, {1: tool}, matrix)
    path, wrong = dense_path(moves, start), 0
    for f in stock.fields:
        offsets, starts, ends = f.intervals()
        for line in rng.choice(len(offsets) - 1, 25, replace=False):
            x = rng.uniform(-5, 5, 25)
            wcs = f.points(x, np.full(25, line)) @ matrix[:3, :3].T + matrix[:3, 3]
            s, e = starts[offsets[line] : offsets[line + 1]], ends[offsets[line] : offsets[line + 1]]
            material = ((s <= x[:, None]) & (e >= x[:, None])).any(1)
            q = wcs[:, None, :] - path[None]
            wrong += (material & in_tool(tool, q, NEAR_MM).any(1)).sum() + (~material & ~in_tool(tool, q, -NEAR_MM).any(1)).sum()
    return wrong


@given(SEEDS)
@settings(max_examples=12, deadline=None)
def test_what_is_gone_is_what_the_tool_has_held(seed):
    rng = np.random.default_rng(seed)
    tool = CUTTERS[rng.integers(len(CUTTERS))]
    assert wrong_points(tool, pose(axis_rotations()[rng.integers(24)], rng.normal(size=3)), rng) == 0


@given(SEEDS)
@settings(max_examples=6, deadline=None)
def test_the_same_from_any_direction(seed):
    rng = np.random.default_rng(seed)
    tool = CUTTERS[rng.integers(len(CUTTERS))]
    assert wrong_points(tool, pose(any_rotation(seed), rng.normal(size=3)), rng) == 0


@pytest.mark.parametrize("tool", CUTTERS, ids=lambda t: t.id)
def test_every_cutter_takes_what_it_holds(tool):
    assert wrong_points(tool, np.eye(4), np.random.default_rng(7)) == 0


def floor_of(stock, u, v):
    """Top of the material on the z line nearest to u, v, and the line's place."""
    f = stock.fields[2]
    i, j = round((u - f.origin[0]) / f.cell), round((v - f.origin[1]) / f.cell)
    line = i * f.shape[1] + j
    return f.pool[f.first[line] + 2 * f.count[line] - 1], f.origin[0] + i * f.cell, f.origin[1] + j * f.cell


def test_a_ball_leaves_a_round_groove():
    stock, start = block(), [-9.0, 0.0, 3.0]
    simulate(stock, run(line_moves([[9.0, 0.0, 3.0]], 100.0)), start, {1: BALL}, np.eye(4))
    z, _, y = floor_of(stock, 1.0, 1.3)
    assert z == pytest.approx(3.0 + 2.0 - math.sqrt(4.0 - y * y), abs=1e-9)


def test_a_ball_on_a_slope_leaves_the_slope_offset():
    slope, start = 0.25, np.array([-9.0, 0.0, 0.0])
    stock = block()
    simulate(stock, run(line_moves([start + [18.0, 0.0, 18.0 * slope]], 100.0)), start, {1: BALL}, np.eye(4))
    z, x, y = floor_of(stock, 0.3, 0.9)
    centre = 2.0 + (x + 9.0) * slope  # of the ball, over the line
    assert z == pytest.approx(centre - math.sqrt((4.0 - y * y) * (1.0 + slope**2)), abs=1e-9)


def test_a_corner_radius_leaves_a_fillet():
    stock = block()
    simulate(stock, run(line_moves([[9.0, 0.0, 3.0]], 100.0)), [-9.0, 0.0, 3.0], {1: BULL}, np.eye(4))
    z, _, y = floor_of(stock, 0.3, 1.5)
    assert z == pytest.approx(3.0 + 1.0 - math.sqrt(1.0 - (y - 1.0) ** 2), abs=1e-9)


def test_a_drill_leaves_its_point():
    stock = block()
    simulate(stock, run(line_moves([[0.0, 0.0, 0.0]], 100.0)), [0.0, 0.0, 9.0], {1: DRILL}, np.eye(4))
    z, x, y = floor_of(stock, 0.8, 0.7)
    assert z == pytest.approx(math.hypot(x, y) / math.tan(math.radians(59.0)), abs=1e-9)


def test_a_full_circle_leaves_a_round_hole():
    stock, moves = block(0.2), arc_move([1.0, 0.0, 0.0], [0.0, 0.0], 100.0, clockwise=False)
    simulate(stock, run(moves), [1.0, 0.0, 0.0], {1: ENDMILL}, np.eye(4))
    f = stock.fields[0]
    offsets, starts, ends = f.intervals()
    line = int(np.flatnonzero(np.diff(offsets) == 2)[40])
    y = f.points(np.zeros(1), np.array([line]))[0, 1]
    assert ends[offsets[line]] == pytest.approx(-math.sqrt(9.0 - y * y), abs=1e-9)
    assert starts[offsets[line] + 1] == pytest.approx(math.sqrt(9.0 - y * y), abs=1e-9)


@given(SEEDS)
@settings(max_examples=10, deadline=None)
def test_splitting_a_motion_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    tool, a, b, t = CUTTERS[rng.integers(len(CUTTERS))], rng.uniform(-6, 6, 3), rng.uniform(-6, 6, 3), rng.uniform(0.1, 0.9)
    whole, parted = block(), block()
    simulate(whole, run(line_moves([b], 100.0)), a, {1: tool}, np.eye(4))
    simulate(parted, run(line_moves([a + t * (b - a), b], 100.0)), a, {1: tool}, np.eye(4))
    # A steep wall of a cone or a round turns an error of the place into one of the height.
    assert same_intervals(whole, parted, MICRON) < MICRON


@given(SEEDS)
@settings(max_examples=10, deadline=None)
def test_removal_never_adds_and_does_not_mind_the_order(seed):
    rng = np.random.default_rng(seed)
    tool, points = CUTTERS[rng.integers(len(CUTTERS))], rng.uniform(-6, 6, (5, 2, 3))
    there, back = block(), block()
    before = there.volume()
    for k in range(5):
        simulate(there, run(line_moves([points[k, 1]], 100.0)), points[k, 0], {1: tool}, np.eye(4))
        after = there.volume()
        assert all(x <= y + 1e-9 for x, y in zip(after, before))
        before = after
    for k in reversed(range(5)):
        simulate(back, run(line_moves([points[k, 1]], 100.0)), points[k, 0], {1: tool}, np.eye(4))
    assert same_intervals(there, back, 1e-9) < 1e-9
    again = there.copy()
    for k in range(5):
        simulate(again, run(line_moves([points[k, 1]], 100.0)), points[k, 0], {1: tool}, np.eye(4))
    assert same_intervals(there, again, 1e-9) < 1e-9


def zigzag(n=60):
    x = np.linspace(-6, 6, n)
    return run(line_moves(np.column_stack([x, 4 * np.sin(3 * x), 2 + np.cos(x)]), 100.0))


def test_the_fields_agree_about_the_volume():
    for tool in (ENDMILL, BALL, FACE):
        stock = block(0.1)
        simulate(stock, zigzag(), [-6.0, 0.0, 6.0], {1: tool}, np.eye(4))
        gone = 1000.0 - np.array(stock.volume())
        # A level floor moves a whole layer of lines across it in or out: half a cell of its area.
        assert np.ptp(gone) < 6e-3 * gone.mean()


def test_what_each_motion_removes_adds_up():
    stock = block(0.2)
    result = simulate(stock, zigzag(), [-6.0, 0.0, 6.0], {1: BALL}, np.eye(4))
    assert result.removed_mm3.sum() == pytest.approx(1000.0 - stock.volume()[2], rel=1e-9)
    assert (result.removed_mm3 >= 0.0).all() and len(result.removed_mm3) == 60
    assert 0.0 < result.deepest_mm < 10.0


def test_a_part_turned_in_space_loses_the_same_volume():
    # A ball's own stroke inside a larger stock takes the same volume from wherever it comes.
    gone = []
    for rotation in [*axis_rotations()[:24:5], any_rotation(3)]:
        stock = TriDexel.from_box(BLOCK, 0.15)
        lollipop = run(line_moves([[0.5, 0.5, -1.0]], 100.0))
        gone.append(simulate(stock, lollipop, [0.0, 0.0, -1.0], {1: SHORT_BALL}, pose(rotation)).removed_mm3.sum())
    assert np.ptp(gone) < 0.01 * np.mean(gone)


def test_motions_cut_a_few_at_a_time_change_no_bit(monkeypatch):
    moves = zigzag()
    one, many = block(0.2), block(0.2)
    a = simulate(one, moves, [-6.0, 0.0, 6.0], {1: BULL}, np.eye(4))
    monkeypatch.setattr(remove, "ROWS_AT_ONCE", 3)
    assert len(moves) > 6
    b = simulate(many, moves, [-6.0, 0.0, 6.0], {1: BULL}, np.eye(4))
    assert all(np.array_equal(p, q) for f, g in zip(one.fields, many.fields) for p, q in zip(f.intervals(), g.intervals()))
    assert a.findings == b.findings and a.depth_mm.tobytes() == b.depth_mm.tobytes()


def test_threads_change_no_bit():
    one, many = block(0.2), block(0.2)
    a = simulate(one, zigzag(), [-6.0, 0.0, 6.0], {1: BULL}, np.eye(4), threads=1)
    b = simulate(many, zigzag(), [-6.0, 0.0, 6.0], {1: BULL}, np.eye(4), threads=3)
    assert (a.removed_mm3 == b.removed_mm3).all()
    for f, g in zip(one.fields, many.fields):
        assert all((x == y).all() for x, y in zip(f.intervals(), g.intervals()))


def test_a_tool_set_to_a_part_axis_cuts_as_one_nearly_set_to_it():
    almost = math.radians(1e-7)
    turned = pose([[math.cos(almost), 0.0, math.sin(almost)], [0.0, 1.0, 0.0], [-math.sin(almost), 0.0, math.cos(almost)]])
    straight, general = block(), block()
    simulate(straight, zigzag(20), [-6.0, 0.0, 6.0], {1: BALL}, np.eye(4))
    simulate(general, zigzag(20), [-6.0, 0.0, 6.0], {1: BALL}, turned)
    assert same_intervals(straight, general, 1e-5) < 1e-5


def test_no_motion_and_no_length_do_nothing():
    stock = block()
    simulate(stock, empty_moves(0), [0.0, 0.0, 0.0], {}, np.eye(4))
    assert stock.volume()[0] == pytest.approx(1000.0)
    simulate(stock, run(line_moves([[0.0, 0.0, 9.0], [0.0, 0.0, 9.0]], 100.0)), [0.0, 0.0, 9.0], {1: ENDMILL}, np.eye(4))
    assert stock.volume()[0] == pytest.approx(1000.0)
