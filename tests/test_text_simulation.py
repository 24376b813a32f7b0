"""What is added at the end of a program is told from the program before, and cut as the whole program would be."""

from types import SimpleNamespace

import numpy as np

from copeau.model.moves import RAPID, line_moves
from copeau.model.tool import Tool
from copeau.simulation.remove import simulate
from copeau.simulation.tridexel import TriDexel, packed
from copeau.text_simulation import added, simulate_additions

MILL = Tool("m", "endmill", 6.0, 1, APMX=20.0, LU=25.0, DCON=6.0, LPR=30.0, length_mm=100.0, holder=((20.0, 0.0, 30.0),), centre_cutting=True)


def program(*slots, home=True):
    """Slots (y, z) one after the other, then up and away."""
    rows = []
    for y, z in slots:
        down, up = np.array([[-10.0, y, 20.0], [-10.0, y, z]]), np.array([[50.0, y, 20.0]])
        rows += [line_moves(down, np.nan, RAPID), line_moves(np.array([[50.0, y, z]]), 300.0), line_moves(up, np.nan, RAPID)]
    moves = np.concatenate([*rows, *([line_moves(np.array([[0.0, 0.0, 90.0]]), np.nan, RAPID)] if home else [])])
    moves["tool"], moves["h"], moves["s"], moves["line"] = 1, 1, 3000.0, np.arange(len(moves))
    return moves


def setup(moves, stock):
    setup_of = SimpleNamespace(id="10", part_to_wcs=np.eye(4), fixture=SimpleNamespace(bodies=()))
    text = SimpleNamespace(moves=moves, start=np.array([-10.0, 0.0, 20.0]), machine_lines=())
    return Carried(setup_of, text, stock)


class Carried(SimpleNamespace):
    def __init__(self, setup_of, text, stock, findings=()):
        super().__init__(setup=setup_of, program=text, stock_in=packed(stock), tools={1: MILL}, findings=list(findings))


def block():
    return TriDexel.from_box([[0.0, 0.0, -10.0], [40.0, 40.0, 0.0]], 0.5)


def test_only_what_follows_the_old_end_is_new():
    old, new = program((5.0, -3.0)), program((5.0, -3.0), (20.0, -4.0))
    new["line"] += 1  # a longer head
    assert added(old, new).tolist() == [False] * 4 + [True] * 5
    assert not added(old, old).any()


def test_another_program_is_not_taken_for_the_old_one():
    assert added(program((5.0, -3.0), (9.0, -3.0), home=False), program((5.0, -3.0), (20.0, -4.0))) is None


def test_the_workpiece_is_that_of_the_whole_program():
    old, new = program((5.0, -3.0)), program((5.0, -3.0), (20.0, -4.0))
    result, whole = block(), block()
    simulate(result, old, [-10.0, 0.0, 20.0], {1: MILL}, np.eye(4))
    simulate(whole, new, [-10.0, 0.0, 20.0], {1: MILL}, np.eye(4))
    before, after = [setup(old, block())], [setup(new, block())]
    again = simulate_additions(before, after, result, None, 1)
    assert again is result and after[0].findings == []
    assert again.volume() == whole.volume()


def test_a_later_setup_starts_from_less():
    old, new = program((5.0, -3.0)), program((5.0, -3.0), (20.0, -4.0))
    later = setup(old, block())
    start = later.stock_in.unpacked().volume()[0]
    simulate_additions([setup(old, block()), later], [setup(new, block()), later], block(), None, 1)
    assert later.stock_in.unpacked().volume()[0] < start


def test_a_program_with_findings_is_simulated_as_a_whole():
    old, new = program((5.0, -3.0)), program((5.0, -3.0), (20.0, -4.0))
    was = setup(old, block())
    was.findings = ["hit"]
    assert simulate_additions([was], [setup(new, block())], block(), None, 1) is None
