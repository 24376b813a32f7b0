"""The stock inside of boxes."""

import numpy as np
import pytest

from copeau.simulation.tridexel import TriDexel
from copeau.simulation.within import replace_in, within

from .test_engine_mesh import cut_block


def replaced(stock, part, boxes):
    made = stock.copy()
    replace_in(made, part, boxes)
    return made


def test_material_is_that_of_the_boxes():
    stock = TriDexel.from_box([[0, 0, 0], [20, 12, 8]], 0.25)
    boxes = np.array([[[1, 1, -np.inf], [5, 7, np.inf]], [[9, 2, 1], [15, 10, 5]], [[9, 2, 6], [15, 10, 20]]], float)
    there = within(stock, boxes)
    exact = 4 * 6 * 8 + 6 * 8 * 4 + 6 * 8 * 2
    for volume in there.volume():
        assert volume == pytest.approx(exact, rel=0.06)  # of lines that a box holds or does not
    for f, g in zip(there.fields, stock.fields):
        assert f.shape == g.shape and (f.origin == g.origin).all()


def test_everything_and_nothing():
    stock = cut_block()
    whole = within(stock, np.array([[[-np.inf] * 3, [np.inf] * 3]]))
    for f, g in zip(whole.fields, stock.fields):
        for a, b in zip(f.intervals(), g.intervals()):
            assert (a == b).all()
    assert within(stock, np.array([[[100.0] * 3, [101.0] * 3]])).volume() == (0.0, 0.0, 0.0)
    assert within(stock, np.zeros((0, 2, 3))).volume() == (0.0, 0.0, 0.0)


BOXES = np.array([[[1, 1, -np.inf], [5, 7, np.inf]], [[9, 2, 1], [15, 10, 5]], [[9, 2, 6], [15, 10, 20]], [[3, 9, 2], [7.3, 11, 4.1]]], float)


def assert_same(one: TriDexel, other: TriDexel) -> None:
    for f, g in zip(one.fields, other.fields):
        for a, b in zip(f.intervals(), g.intervals()):
            assert a == pytest.approx(b, abs=1e-12)


def test_what_is_put_back_unchanged_changes_nothing():
    stock = cut_block()
    assert_same(replaced(stock, within(stock, BOXES), BOXES), stock)
    assert_same(replaced(stock, within(stock, np.zeros((0, 2, 3))), np.zeros((0, 2, 3))), stock)


@pytest.mark.parametrize("cell", [0.25, 0.4])
def test_a_stock_cut_only_in_boxes_is_one_with_what_they_held_put_back(cell):
    whole = TriDexel.from_box([[0, 0, 0], [20, 12, 8]], cell)
    emptied = replaced(whole, within(whole, np.zeros((0, 2, 3))), BOXES)
    removed = [a - b for a, b in zip(whole.volume(), emptied.volume())]
    assert removed == pytest.approx(within(whole, BOXES).volume(), rel=1e-9)
    assert_same(replaced(emptied, within(whole, BOXES), BOXES), whole)
