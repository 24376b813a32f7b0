"""Steps that count on a larger tool of a step that was refused go there themselves."""

from dataclasses import replace

import pytest

from copeau.model.plan import Cutting, Workingstep
from copeau.model.tool import Tool
from copeau.setup_cutting import without_counting_on

BALL = Tool("M034", "ball_endmill", 10.0, number=19)
SMALLER = Workingstep(
    "10.2", "surface finishing", "parallel", Tool("M144", "ball_endmill", 8.0, number=20), Cutting(4000, 100, 800), faces=(422, 423),
    parameters={"scallop_mm": 0.02, "rest_after": [19, 7]},
)  # fmt: skip
REFUSED = replace(SMALLER, id="10.1", tool=BALL, parameters={"scallop_mm": 0.02})


def test_what_a_refused_tool_was_to_do_falls_to_the_next():
    assert without_counting_on(SMALLER, [REFUSED]).parameters == {"scallop_mm": 0.02, "rest_after": [7]}


@pytest.mark.parametrize("other", [{"faces": (1, 2)}, {"strategy": "wall"}, {"tool": replace(BALL, number=3)}])
def test_other_faces_other_work_and_other_tools_change_nothing(other):
    assert without_counting_on(SMALLER, [replace(REFUSED, **other)]) is SMALLER
