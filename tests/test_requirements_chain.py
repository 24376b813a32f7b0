"""Requirements, a given blank and a lot through the whole chain: a plate with a thread, a fit and a countersink."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from copeau.chain import Options, make
from copeau.model.errors import CopeauError
from copeau.nc import interpret
from tests.plates import bore, box, cone, pointed, written

ASKED = """\
material: C45
general_tolerance: ISO 2768-mK
requirements:
  - {feature: %s, thread: M6}
  - {select: every hole D8, diameter: 8 H7, Ra: 1.6}
  - {select: every hole D4.5, diameter: 4.5 P6}
  - {face: 4, datum: A}
"""


@pytest.fixture(scope="module")
def plate(tmp_path_factory) -> Path:
    body = box(0, 0, 0, 60, 40, 20)
    sunk = bore(48, 12, 5.5, 21, -1), cone(48, 12, 11.0, 5.5, 20, 17.25)
    return written(tmp_path_factory.mktemp("part") / "plate.step", body, pointed(12, 12, 5.0, 21, 6, 118), bore(30, 12, 8.0, 21, -1), *sunk, bore(20, 30, 4.5, 21, -1))


@pytest.fixture(scope="module")
def asked(plate, tmp_path_factory) -> Path:
    from copeau.chain import read

    _, recognition = read(plate, Options())
    (blind,) = [f.id for f in recognition.features if f.type == "round_hole" and not f.through]
    path = tmp_path_factory.mktemp("asked") / "asked.yaml"
    path.write_text(ASKED % blind)
    return path


@pytest.fixture(scope="module")
def job(plate, asked, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("jobs") / "job"
    make(plate, out, Options(requirements=asked, stock="box:-2,-2,-8,62,42,21", lot=10, controllers=("linuxcnc", "haas", "fanuc")))
    return out


@pytest.fixture(scope="module")
def report(job) -> dict:
    return json.loads((job / "report.json").read_text())


def steps(report, operation):
    return [w for s in report["setups"] for w in s["workingsteps"] if w["operation"] == operation]


def test_the_job_is_verified_with_its_threads(report):
    assert report["verification"]["ok"], report["verification"]["reasons"]
    assert report["material"] == "C45" and not any(a.startswith(("material", "stock")) for a in report["assumed"])


def test_the_report_follows_its_schema(report):
    from copeau.dossier import validate_report

    validate_report(report)


def test_the_tap_feeds_its_pitch_exactly(report):
    (tap,) = steps(report, "tapping")
    assert tap["vf"] == tap["n"] * 1.0
    assert steps(report, "reaming") and steps(report, "countersinking")


def test_nothing_asked_goes_unsaid(report):
    said = "\n".join(report["requirements"])
    for words in ("M6: carried out", "D8 H7: carried out", "Ra 1.6: carried out", "datum A", "4.5 P6: not carried out", "ISO 2768-mK"):
        assert words in said
    assert any("4.5 P6" in r and "not carried out" in r for r in report["remarks"])
    assert any("M6" in f["tolerances"] for f in report["features"])


@pytest.mark.parametrize(("controller", "words"), [("haas", r"G84 .*F(\d+)\."), ("fanuc", r"G84 .*F(\d+)\."), ("linuxcnc", r"G33\.1 Z\S+ K1\.")])
def test_every_controller_taps_in_its_own_words(job, report, controller, words):
    text = (job / report["setups"][0]["programs"][controller]).read_text()
    found = re.search(words, text)
    assert found
    (tap,) = steps(report, "tapping")
    if controller != "linuxcnc":
        assert float(found[1]) == pytest.approx(tap["n"] * 1.0)
    assert "G85" in text and "G82" in text and ("G83" in text or "G73" in text)
    assert len(interpret(text, "p.nc", dialect=controller).moves) > 100


def test_the_blank_is_the_given_one_and_the_lot_shares_the_setting(report):
    assert report["stock"].startswith("64.0 x 44.0 x 29.0 mm")
    cost = report["cost"]
    assert cost["lot"] == 10
    assert cost["batch_s"] == pytest.approx(cost["setting_s"] + 10 * cost["cycle_s"], abs=0.01)


def test_the_same_plan_makes_the_same_programs_again(plate, job, report, tmp_path):
    from copeau.jobs import options_of

    make(plate, tmp_path / "again", options_of(job, (), "en"))
    again = json.loads((tmp_path / "again" / "report.json").read_text())
    assert again["stock"] == report["stock"] and again["requirements"] == report["requirements"]
    for s in report["setups"]:
        assert (tmp_path / "again" / s["program"]).read_text() == (job / s["program"]).read_text()


@pytest.mark.skipif(shutil.which("rs274") is None, reason="rs274 of LinuxCNC is not installed")
def test_the_controller_itself_reads_the_program(job, report, tmp_path):
    for s in report["setups"]:
        table = "".join(f"T{t['number']} P{t['number']} Z0 D{t['DC'] / 25.4:.5f}\n" for t in s["tools"])
        (tmp_path / "tool.tbl").write_text(table)
        words = ["rs274", "-g", "-t", str(tmp_path / "tool.tbl"), str(job / s["program"])]
        ran = subprocess.run(words, capture_output=True, text=True, timeout=120, env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"})
        assert ran.returncode == 0, ran.stderr[-500:]
        assert "PROGRAM_END" in ran.stdout


def test_two_materials_are_refused(plate, asked, tmp_path):
    with pytest.raises(CopeauError, match="the requirements say C45"):
        make(plate, tmp_path / "job", Options(requirements=asked, material="42CrMo4"))
    assert not (tmp_path / "job").exists()


def test_a_blank_without_anything_to_grip_is_refused_and_nothing_written(plate, tmp_path):
    with pytest.raises(CopeauError) as e:
        make(plate, tmp_path / "job", Options(stock="box:-2,-2,-1,62,42,21"))
    assert e.value.exit_code == 4
    assert list(tmp_path.iterdir()) == []
