"""Leaving out paths that touch: a run is parted where it is up, and what is left out is not cut under."""

import numpy as np

from copeau.clear_runs import clear_runs, parted
from copeau.model.moves import FEED, RAPID, line_moves
from copeau.model.plan import Cutting, Workingstep
from copeau.model.program import Run
from copeau.model.tool import Tool
from copeau.simulation.tridexel import TriDexel

UP = 20.0
NECKED = Tool("N", "endmill", 6.0, 1, LU=6.0, APMX=4.0, DCON=10.0, LPR=30.0, centre_cutting=True)
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
    cleared = clear_runs(stock, [run], STEP, np.eye(4), {1: NECKED}, UP)
    assert [float(s.moves["x"][0]) for s in cleared.segments] == [15.0]
    assert str(cleared) == "1 of 2 paths left out"
