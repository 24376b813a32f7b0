"""A job that exists tells all that its verification needs."""

import json

import numpy as np
import pytest

from copeau.data import load_tools
from copeau.job_folder import tool_report
from copeau.jobs import tool_of
from copeau.model.errors import CopeauError
from copeau.simulation.tools import tool_bodies
from tests.command import call


@pytest.mark.parametrize("tool", load_tools(), ids=lambda t: t.id)
def test_the_report_tells_the_whole_body_of_every_tool(tool):
    again = tool_of(json.loads(json.dumps(tool_report(tool))))
    try:
        bodies = tool_bodies(tool, 88.0)
    except CopeauError as e:
        with pytest.raises(CopeauError, match=e.what.split(" has ")[0]):
            tool_bodies(again, 88.0)
        return
    told = tool_bodies(again, 88.0)
    assert np.array_equal(bodies.bodies, told.bodies) and bodies.plunges == told.plunges
    assert (bodies.cutter is None) == (told.cutter is None)
    if bodies.cutter is not None:
        assert np.array_equal(bodies.cutter.elements, told.cutter.elements)


def test_an_untouched_job_is_verified_again_with_the_same_figures(capsys, block, job):
    told = call(capsys, "verify", job, "--part", block, "--json")
    now, then = json.loads(told.out, parse_constant=pytest.fail), json.loads((job / "report.json").read_text())["verification"]
    assert told.code == 0
    assert now["max_gouge_mm"] == pytest.approx(then["max_gouge_mm"], abs=1e-3)
    assert now["max_excess_mm"] == pytest.approx(then["max_excess_mm"], abs=1e-3)
