"""What is worked out for a workingstep before its turn."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from copeau.model.errors import Refusal
from copeau.model.plan import Cutting, Workingstep
from copeau.model.tool import Tool
from copeau.toolpath import Ahead


@pytest.fixture
def ahead():
    return Ahead(np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]), np.array([[0, 1, 2]]))


def step() -> Workingstep:
    """One of several workingsteps that bear the same number."""
    return Workingstep("10.1", "surface finishing", "parallel", Tool("B", "ball_endmill", 6.0), Cutting(n=9000.0, vc=170.0, vf=900.0))


def test_work_is_done_once_until_it_is_let_go(ahead):
    calls, one = [], step()
    assert [ahead.result(one, lambda: calls.append(1) or len(calls)) for _ in range(3)] == [1, 1, 1]
    ahead.forget(one)
    assert ahead.result(one, lambda: calls.append(1) or len(calls)) == 2


def test_work_begun_in_a_pool_is_what_is_given(ahead):
    with ThreadPoolExecutor(1) as pool:
        ahead.begin(pool, one := step(), lambda: "beforehand")
    assert ahead.result(one, lambda: "now") == "beforehand"
    assert ahead.result(step(), lambda: "another") == "another"


def test_a_refusal_is_told_each_time(ahead):
    def refuse():
        raise Refusal("nothing_to_finish", "no slope upwards")

    one = step()
    for _ in range(2):
        with pytest.raises(Refusal, match="no slope upwards"):
            ahead.result(one, refuse)


def test_another_error_is_not_kept(ahead):
    one = step()
    with pytest.raises(ZeroDivisionError):
        ahead.result(one, lambda: 1 // 0)
    assert ahead.result(one, lambda: "now") == "now"
