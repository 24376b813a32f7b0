"""T numbers: one a tool, and for end mills one an axis."""

import numpy as np

from copeau.model.plan import Cutting, Workingstep
from copeau.model.tool import Tool
from copeau.process.numbering import number_of, numbered, tools_by_number

MILL, DRILL = Tool("M1", "endmill", 6.0), Tool("D1", "drill", 6.0)
UP, DOWN, ACROSS = np.array([0.0, 0.0, 1.0]), np.array([0.0, 0.0, -1.0]), np.array([1.0, 0.0, 0.0])


def test_an_end_mill_keeps_its_number_along_an_axis_and_has_another_across():
    numbers = {}
    assert [number_of(MILL, d, numbers) for d in (UP, DOWN, ACROSS, UP)] == [1, 1, 2, 1]


def test_a_drill_has_one_number():
    numbers = {}
    assert [number_of(DRILL, d, numbers) for d in (UP, ACROSS)] == [1, 1]


def test_tools_named_in_a_rest_pass_are_those_of_its_own_axis():
    numbers = {}
    number_of(MILL, UP, numbers), number_of(MILL, ACROSS, numbers)
    small = Tool("M2", "endmill", 3.0)
    step = Workingstep("", "rest roughing", "adaptive", small, Cutting(1000, 20, 100), parameters={"rest_after": ["M1"]})
    assert numbered(step, ACROSS, numbers).parameters["rest_after"] == [2]
    assert tools_by_number([MILL, small], numbers)[2].id == "M1"
