"""Every kind of collision, each provoked by a program and told at its line by the commands themselves."""

import json
import shutil
from pathlib import Path

import pytest

from copeau.model.finding import COLLISION_KINDS
from tests.command import assert_refused, call

TOOLS = """
- {number: 1, type: endmill, DC: 6, APMX: 8, LU: 14, DN: 5, DCON: 5, LPR: 20, length_mm: 60, holder: [[20, 0, 40]], centre_cutting: true}
- {number: 2, type: endmill, DC: 6, APMX: 8, LU: 14, DN: 5, DCON: 5, LPR: 60, centre_cutting: false}
- {number: 3, type: endmill, DC: 6, APMX: 8, LU: 8, DCON: 10, LPR: 60, centre_cutting: true}
- {number: 4, type: endmill, DC: 6, APMX: 40, LU: 40, length_mm: 30, centre_cutting: true}
"""
BOX = "box:0,0,-50,60,40,0"
HERE = "(here)"  # on the line that is to be told


def head(tool: int) -> str:
    return f"G21 G17 G90 G54\nT{tool} M6\nS8000 M3\nF500\nG0 X-10 Y20 Z20\nG43 H{tool}\nG0 Z5\n"


def slot(depth: float) -> str:
    """A level of a slot across the block."""
    return f"G0 Z{-depth:g}\nG1 X70\nG0 Z5\nG0 X-10\n"


LAST = "G0 Z20\nM5\nM2\n"
DEEP = "".join(slot(d) for d in (6, 12, 18))
VERY_DEEP = "".join(slot(d) for d in (8, 16, 24, 28))

# Kind, tool, what the program does, more words of the command.
FAULTS = [
    ("rapid_cut", 1, f"G0 X20\nG0 Z-3 {HERE}\nG0 Z5\n", ()),
    ("holder", 1, DEEP + f"G0 Z-22\nG1 X70 {HERE}\nG0 Z5\n", ()),
    ("shank", 3, slot(6) + f"G0 Z-10\nG1 X70 {HERE}\nG0 Z5\n", ()),
    ("spindle", 4, VERY_DEEP + f"G0 Z-32 {HERE}\nG0 Z5\n", ("--machine", "haas-minimill")),
    ("axis_limit", 1, f"G0 X300\nG0 X420 {HERE}\n", ("--machine", "haas-minimill")),
    ("spindle_stopped", 1, f"M5\nG0 Z-2\nG1 X70 {HERE}\nG0 Z5\n", ()),
    ("wrong_length_offset", 1, f"G43 H2\nG0 Z1 {HERE}\nG43 H1\nG0 Z5\n", ()),
    ("plunge", 2, f"G0 X20\nG1 Z-2 {HERE}\nG0 Z5\n", ()),
]


def simulated(capsys, tmp_path: Path, text: str, more=()) -> tuple[int, list[dict]]:
    """Exit code and findings of `copeau simulate`."""
    (tmp_path / "program.ngc").write_text(text)
    (tmp_path / "tools.yaml").write_text(TOOLS)
    words = ("--stock", BOX, "--tools", tmp_path / "tools.yaml", "--cell", "0.5", "-o", tmp_path / "out", "--json", *more)
    told = call(capsys, "simulate", tmp_path / "program.ngc", *words)
    return told.code, json.loads(told.out, parse_constant=pytest.fail)["collisions"]


def marked(text: str) -> int:
    """The number, from 1, of the line with the mark."""
    return next(n for n, line in enumerate(text.splitlines(), 1) if HERE in line)


@pytest.mark.parametrize("kind, tool, body, more", FAULTS, ids=[f[0] for f in FAULTS])
def test_a_fault_is_told_at_its_line(capsys, tmp_path, kind, tool, body, more):
    text = head(tool) + body + LAST
    code, found = simulated(capsys, tmp_path, text, more)
    assert code == 3
    assert (found[0]["kind"], found[0]["line"]) == (kind, marked(text)), found
    # A body that was driven in is still there when the next motion begins.
    assert {f["kind"] for f in found} == {kind} and all(f["line"] <= marked(text) + 1 for f in found), found


def test_a_good_program_has_no_findings(capsys, tmp_path):
    text = head(1) + DEEP + LAST
    assert simulated(capsys, tmp_path, text, ("--machine", "haas-minimill")) == (0, [])


def test_a_stop_at_machine_zero_is_no_way_of_the_work(capsys, tmp_path):
    text = head(1) + slot(6) + "G53 G0 Z0\nG0 X60\nG53 G0 X0 Y0\nG28\nM2\n"
    assert simulated(capsys, tmp_path, text, ("--machine", "haas-minimill")) == (0, [])


def test_a_missing_offset_is_told(capsys, tmp_path):
    text = "G21 G90\nT1 M6\nS8000 M3 F500\nG0 X-10 Y20\nG0 Z-2 (here)\nG1 X70\nG0 Z20\nM2\n"
    _, found = simulated(capsys, tmp_path, text)
    assert {f["kind"] for f in found} == {"wrong_length_offset"} and found[0]["line"] == marked(text)


@pytest.mark.parametrize("dialect", ["linuxcnc", "haas", "fanuc"])
def test_a_missing_feed_is_refused_with_its_line(capsys, tmp_path, dialect):
    (tmp_path / "program.nc").write_text("G21 G90\nT1 M6\nS8000 M3\nG43 H1\nG0 Z5.\nG1 X70.\nM30\n")
    (tmp_path / "tools.yaml").write_text(TOOLS)
    told = call(capsys, "simulate", tmp_path / "program.nc", "--stock", BOX, "--tools", tmp_path / "tools.yaml", "--dialect", dialect, "-o", tmp_path / "out")
    assert_refused(told, "program.nc, line 6", "feed")


# Kind, partner, what is put before the end of the job's first program, after the tool has gone up. The jaws end at Y0.
AT_THE_VISE = [
    ("fixture", f"G0 X20. Y-12. {{clear}}\nG0 Z8.\nG1 Z3. F200. {HERE}\nG0 Z40.\n"),
    ("machine", f"G0 X300. Y-5. {{clear}}\nG0 Z-100. {HERE}\nG0 Z40.\n"),
    ("axis_limit", f"G0 X600. {{clear}} {HERE}\nG0 X20.\n"),
]


@pytest.mark.parametrize("kind, body", AT_THE_VISE, ids=[v[0] for v in AT_THE_VISE])
def test_a_fault_at_the_vise_is_told_by_verify(capsys, tmp_path, block, job, kind, body):
    copy = tmp_path / "job"
    shutil.copytree(job, copy)
    report = json.loads((copy / "report.json").read_text())
    program = copy / report["setups"][0]["program"]
    lines = program.read_text().splitlines()
    # Beside the work, in the last workingstep, before its way up.
    last = max(n for n, line in enumerate(lines) if line.endswith("G53 G0 Z0.") and n < len(lines) - 4)
    at = max(n for n in range(last) if lines[n].startswith(("M5", "M9")) or "G80" in lines[n])
    while lines[at - 1].startswith(("M5", "M9")) or "G80" in lines[at - 1]:
        at -= 1
    lines[at:at] = ["G80", *body.replace("{clear}", "Z40.").splitlines()]
    program.write_text("\n".join(lines) + "\n")
    told = call(capsys, "verify", copy, "--part", block, "--json")
    found = json.loads(told.out, parse_constant=pytest.fail)["collisions"]
    assert told.code == 3
    assert found and (found[0]["kind"], found[0]["line"], found[0]["setup"]) == (kind, marked("\n".join(lines)), "10"), found


def test_every_kind_is_provoked_here():
    told = {f[0] for f in FAULTS} | {v[0] for v in AT_THE_VISE} | {"feed_missing"}
    assert told == set(COLLISION_KINDS)
