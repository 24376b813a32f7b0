"""The example part from its script to its features."""

import importlib.util
from pathlib import Path

import pytest

from copeau.features import recognise
from copeau.part import read_step

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def part():
    return read_step(EXAMPLES / "bracket.step")


def test_the_bracket_has_what_its_script_cuts(part):
    result = recognise(part)
    count = {}
    for feature in result.features:
        count[feature.type] = count.get(feature.type, 0) + 1
    assert count["round_hole"] == 7 and count["closed_pocket"] == 1 and count["slot"] == 1 and count["step"] == 1 and count["fillet"] == 4
    assert result.left_over == ()
    holes = [f for f in result.features if f.type == "round_hole"]
    assert sorted(round(h.dims["diameter"], 3) for h in holes) == [5.5, 5.5, 6.6, 6.6, 6.6, 6.6, 8.0]
    pocket = next(f for f in result.features if f.type == "closed_pocket")
    assert pocket.smallest_concave_radius_mm == pytest.approx(5.0)
    assert list(pocket.roles.values()).count("island") == 8


def test_the_file_is_what_the_script_writes(tmp_path):
    spec = importlib.util.spec_from_file_location("make_bracket", EXAMPLES / "make_bracket.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.write_step(script.bracket(), tmp_path / "bracket.step")
    assert (tmp_path / "bracket.step").read_bytes() == (EXAMPLES / "bracket.step").read_bytes()
