"""What is worked out for a workingstep before its turn."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from copeau.model.errors import Refusal
from copeau.toolpath import Ahead


@pytest.fixture
def ahead():
    return Ahead(np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]), np.array([[0, 1, 2]]))


def test_work_is_done_once_until_it_is_let_go(ahead):
    calls = []
    assert [ahead.result("10.1", lambda: calls.append(1) or len(calls)) for _ in range(3)] == [1, 1, 1]
    ahead.forget("10.1")
    assert ahead.result("10.1", lambda: calls.append(1) or len(calls)) == 2


def test_work_begun_in_a_pool_is_what_is_given(ahead):
    with ThreadPoolExecutor(1) as pool:
        ahead.begin(pool, "10.2", lambda: "beforehand")
    assert ahead.result("10.2", lambda: "now") == "beforehand"


def test_a_refusal_is_told_each_time(ahead):
    def refuse():
        raise Refusal("nothing_to_finish", "no slope upwards")

    for _ in range(2):
        with pytest.raises(Refusal, match="no slope upwards"):
            ahead.result("10.3", refuse)
