"""Leaving out paths that touch: a run is parted where it is up, and what is left out is not cut under."""

from dataclasses import replace

import numpy as np
import pytest

from copeau.clear_runs import Clamping, clear_runs, in_pieces, moves_of, parted, start_of
from copeau.model.moves import FEED, RAPID, line_moves
from copeau.model.plan import Cutting, Workingstep
from copeau.model.program import Run
from copeau.model.tool import Tool
from copeau.simulation.remove import simulate
from copeau.simulation.tridexel import TriDexel, packed

UP = 20.0
NECKED = Tool("N", "endmill", 6.0, 1, LU=6.0, APMX=4.0, DCON=10.0, LPR=30.0, centre_cutting=True)
NARROW = Tool("W", "endmill", 6.0, 1, LU=20.0, APMX=4.0, DN=5.6, DCON=6.0, LPR=30.0, centre_cutting=True)
STEP = Workingstep("10.1", "wall finishing", "wall", NECKED, Cutting(3000, 56, 300))


def plunge(x, y, z):
    rapids = line_moves(np.array([[x, y, UP]]), np.nan, RAPID)
    return np.concatenate([rapids, line_moves(np.array([[x, y, z]]), 100.0, FEED), line_moves(np.array([[x, y, UP]]), np.nan, RAPID)])


def test_a_run_is_parted_between_its_ways_up():
    run = Run(np.concatenate([plunge(0, 0, 9), plunge(10, 0, 9)]))
    assert [len(r.moves) for r in parted(run, UP)] == [3, 3]


def test_only_the_path_whose_shank_would_touch_is_left_out():
    stock = TriDexel.from_box(np.array([[0.0, 0.0, 0.0], [60.0, 40.0, 10.0]]), 1.0)
    run = Run(np.concatenate([plunge(15, 20, 7.0), plunge(45, 20, 1.0)]))
    cleared = clear_runs(packed(stock), [run], STEP, Clamping(np.eye(4), {1: NECKED}, UP))
    assert [float(s.moves["x"][0]) for s in cleared.segments] == [15.0]
    assert str(cleared) == "1 of 2 paths left out or shortened"


def slot(to_x, z):
    up, down = line_moves(np.array([[-5.0, 20.0, UP]]), np.nan, RAPID), line_moves(np.array([[to_x, 20.0, UP]]), np.nan, RAPID)
    return Run(np.concatenate([up, line_moves(np.array([[-5.0, 20.0, z], [to_x, 20.0, z]]), 300.0), down]))


def test_a_path_whose_shank_would_touch_at_its_end_stops_before_it():
    # A slot as deep as the neck is long, open over its first half only: further on the neck would run into its cover.
    stock = TriDexel.from_box(np.array([[0.0, 0.0, 0.0], [60.0, 40.0, 10.0]]), 0.5)
    open_half, deeper = slot(30.0, 6.0), slot(50.0, 3.0)
    cleared = clear_runs(packed(stock), [open_half, deeper], STEP, Clamping(np.eye(4), {1: NARROW}, UP))
    assert len(cleared.segments) == 2 and cleared.left_out == 1
    assert len(cleared.segments[0].moves) == len(open_half.moves)
    ends = cleared.segments[1].moves
    assert 25.0 < float(ends["x"].max()) < 30.0
    assert ends["kind"][-1] == RAPID and ends["z"][-1] == UP


def test_what_is_left_out_stands_in_the_way_of_what_comes_later_there_and_nowhere_else():
    # The second slot meets the holder's side of a tall block and goes; the third would need it, the fourth lies elsewhere.
    stock = TriDexel.from_box(np.array([[0.0, 0.0, 0.0], [60.0, 60.0, 10.0]]), 0.5)

    def along(y, z):
        moves = slot(65.0, z).moves.copy()
        moves["y"] = y
        return Run(moves)

    upper = [along(y, 6.5) for y in (19.0, 21.0, 49.0, 51.0)]  # wide enough for the neck and the shank
    blocked, under, elsewhere = along(20.0, 2.0), along(20.0, 1.0), along(50.0, 2.5)
    shanked = Tool("S", "endmill", 6.0, 1, LU=4.2, APMX=4.0, DN=5.6, DCON=6.0, LPR=30.0, centre_cutting=True)
    cleared = clear_runs(packed(stock), [*upper, blocked, under, elsewhere], STEP, Clamping(np.eye(4), {1: shanked}, UP))
    kept = {(float(s.moves["y"][0]), float(s.moves["z"].min())) for s in cleared.segments}
    whole = clear_runs(packed(stock), [*upper, elsewhere], STEP, Clamping(np.eye(4), {1: shanked}, UP))
    assert (20.0, 1.0) not in kept
    assert ((50.0, 2.5) in kept) == ((50.0, 2.5) in {(float(s.moves["y"][0]), float(s.moves["z"].min())) for s in whole.segments})
    assert {(y, 6.5) for y in (19.0, 21.0, 49.0, 51.0)} <= kept


@pytest.mark.parametrize("strategy", ["wall", "adaptive"])
def test_the_stock_after_it_is_that_of_what_stays(strategy):
    stock = TriDexel.from_box(np.array([[0.0, 0.0, 0.0], [60.0, 40.0, 10.0]]), 0.5)
    step = replace(STEP, strategy=strategy)
    cleared = clear_runs(packed(stock), [slot(30.0, 6.0), slot(50.0, 3.0)], step, Clamping(np.eye(4), {1: NARROW}, UP), wants_after=True)
    moves, again = moves_of(cleared.segments, step), stock.copy()
    found = simulate(again, moves, start_of(moves, UP), {1: NARROW}, np.eye(4)).findings
    assert cleared.left_out and tuple(found) == cleared.found
    for f, g in zip(cleared.after.fields, again.fields):
        for a, b in zip(f.intervals(), g.intervals()):
            assert a == pytest.approx(b, abs=1e-9)


def test_a_roughing_path_goes_on_behind_what_its_neck_would_touch():
    # A bridge over the slot, above the cutting edges: the path is interrupted under it.
    stock = TriDexel.from_box(np.array([[0.0, 0.0, 0.0], [60.0, 40.0, 10.0]]), 0.5)
    ends = [Run(np.concatenate([line_moves(np.array([[a, 20.0, UP]]), np.nan, RAPID), line_moves(np.array([[a, 20.0, 6.0], [b, 20.0, 6.0]]), 300.0),
                                line_moves(np.array([[b, 20.0, UP]]), np.nan, RAPID)])) for a, b in ((-5.0, 20.0), (40.0, 65.0))]  # fmt: skip
    rough = replace(STEP, strategy="adaptive", operation="roughing", cutting=Cutting(3000, 56, 300, ap=4.0, vf_plunge=100.0))
    cleared = clear_runs(packed(stock), [*ends, slot(65.0, 3.0)], rough, Clamping(np.eye(4), {1: NARROW}, UP))
    assert cleared.left_out == 1 and len(cleared.segments) == 4
    one, two = (s.moves for s in cleared.segments[2:])
    assert 15.0 < float(one["x"].max()) < 20.0
    feeds = two[two["kind"] == FEED]
    assert 40.0 < float(feeds["x"].min()) < 45.0 and float(feeds["x"].max()) == 65.0
    assert feeds["f"][0] == 100.0 and two["kind"][0] == RAPID and two["z"][0] == UP and two["z"][-1] == UP


def test_a_rapid_that_would_cut_on_its_way_down_becomes_a_feed():
    stock = TriDexel.from_box(np.array([[0.0, 0.0, 0.0], [60.0, 40.0, 10.0]]), 0.5)
    rows = np.concatenate([line_moves(np.array([[2.0, 20.0, UP], [2.0, 20.0, 8.0]]), np.nan, RAPID), line_moves(np.array([[-5.0, 20.0, 8.0]]), 300.0),
                           line_moves(np.array([[-5.0, 20.0, UP]]), np.nan, RAPID)])  # fmt: skip
    rough = replace(STEP, strategy="adaptive", cutting=Cutting(3000, 56, 300, ap=4.0, vf_plunge=100.0))
    cleared = clear_runs(packed(stock), [Run(rows)], rough, Clamping(np.eye(4), {1: NARROW}, UP))
    assert cleared.left_out == 0
    assert cleared.segments[0].moves["kind"].tolist() == [RAPID, FEED, FEED, RAPID]
    assert cleared.segments[0].moves["f"][1] == 100.0


def test_pieces_follow_the_same_way():
    rows = plunge(15, 20, 7.0)
    fine = in_pieces(rows, np.ones(len(rows), bool))
    assert len(fine) == 2 + 26
    np.testing.assert_allclose(np.diff(fine["z"][1:-1]), -0.5)
    assert fine["z"][-2] == 7.0 and fine["kind"][-1] == RAPID
