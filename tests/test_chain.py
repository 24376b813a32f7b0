"""The whole chain on a small block, its edited plan, and what must be refused."""

import json

import pytest

from copeau.chain import Options, make, plan_only
from copeau.model.errors import CopeauError


def test_job_is_verified_and_complete(job):
    report = json.loads((job / "report.json").read_text())
    v = report["verification"]
    assert v["ok"], v["reasons"]
    assert v["max_gouge_mm"] <= 0.01
    assert v["collisions"] == []
    names = {p.name for p in job.iterdir()}
    assert {"plan.yaml", "dossier.pdf", "result.stl", "result.glb"} <= names
    for s in report["setups"]:
        assert {s["program"], s["stock_in"], s["fixture"]["file"]} <= names
        assert sum(w["time_s"] for w in s["workingsteps"]) <= s["time_s"]


def test_report_follows_its_schema(job):
    from copeau.dossier import validate_report

    validate_report(json.loads((job / "report.json").read_text()))


def test_same_input_same_programs(block, job, tmp_path):
    make(block, tmp_path / "again", Options())
    for name in sorted(p.name for p in job.glob("*.ngc")):
        assert (tmp_path / "again" / name).read_bytes() == (job / name).read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [("strategy: facing", "strategy: faceing", "unknown"), ("coolant: flood", "coolant: beer", "flood"), ("operation: facing", "operaton: facing", "operaton"), ("  n: ", "  n: -", "greater")],
)
def test_a_broken_plan_is_refused_with_its_line(block, job, tmp_path, old, new, said):
    plan = tmp_path / "plan.yaml"
    plan.write_text((job / "plan.yaml").read_text().replace(old, new, 1))
    with pytest.raises(CopeauError) as e:
        plan_only(block, Options(plan=plan))
    assert said in str(e.value)
    assert "line" in str(e.value)


def test_a_missing_part_is_refused_and_nothing_written(tmp_path):
    with pytest.raises(CopeauError):
        make(tmp_path / "none.step", tmp_path / "job", Options())
    assert list(tmp_path.iterdir()) == []
