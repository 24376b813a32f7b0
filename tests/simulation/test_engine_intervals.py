"""Intervals on lines against sets of points."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from copeau.simulation.intervals import POOL_FULL, UNDECIDED, take, trim
from copeau.simulation.tridexel import DexelField

PLACES = st.integers(0, 40)


def one_line(intervals):
    starts, ends = np.array([a for a, _ in intervals], float), np.array([b for _, b in intervals], float)
    return DexelField.from_intervals(0, (0.0, 0.0), 1.0, (1, 1), np.array([0, len(intervals)]), starts, ends)


def cut(field, lo, hi):
    got = trim(field.count, field.first, field.pool, 0, lo, hi)
    while got in (UNDECIDED, POOL_FULL):
        if got == POOL_FULL:
            field.grow()
        got = take(field.count, field.first, field.capacity, field.pool, field.used, 0, lo, hi)
    return got


@given(st.lists(st.tuples(PLACES, PLACES), max_size=40))
@settings(max_examples=200, deadline=None)
def test_a_line_is_the_set_of_what_was_not_taken(cuts):
    field, left = one_line([(0, 40)]), np.ones(40, bool)
    for a, b in cuts:
        lo, hi = min(a, b), max(a, b)
        assert cut(field, float(lo), float(hi)) == left[lo:hi].sum()
        left[lo:hi] = False
    offsets, starts, ends = field.intervals()
    here = np.zeros(40, bool)
    for a, b in zip(starts, ends):
        assert b > a
        here[int(a) : int(b)] = True
    assert (here == left).all()
    assert (starts[1:] > ends[:-1]).all()


def test_a_line_moves_to_more_room_and_the_pool_says_when_it_is_full():
    field = one_line([(0.0, 1000.0)])
    field.pool = field.pool[: field.used[0]].copy()
    assert take(field.count, field.first, field.capacity, field.pool, field.used, 0, 10.0, 20.0) == POOL_FULL
    assert field.volume() == 1000.0
    for k in range(400):
        assert cut(field, 2.0 * k + 0.5, 2.0 * k + 1.0) == 0.5
    assert field.count[0] == 401


def test_a_copy_is_independent():
    field = one_line([(0.0, 10.0), (20.0, 30.0)])
    twin = field.copy()
    cut(field, 5.0, 25.0)
    assert twin.volume() == 20.0 and field.volume() == 10.0
