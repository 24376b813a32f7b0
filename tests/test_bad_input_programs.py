"""Broken programs, stocks and tool files through `copeau simulate`: one clear error with its line, exit 2, nothing written."""

import re
from pathlib import Path

import pytest

from copeau.nc import flow
from tests.command import assert_refused, call

REFUSED = sorted((Path(__file__).parent / "refused").glob("*.ngc"))
HEAD = "G21 G90 G17\nT1 M6\nG43 H1\nS5000 M3 F400\nG0 X-10 Y0 Z5\n"  # five good lines
TOOLS = "- {number: 1, type: endmill, DC: 6, APMX: 10, LU: 20, LPR: 30, centre_cutting: true}\n"
BOX = "box:0,0,-10,20,20,0"

# What the sixth line is, what the error says.
LINES = [
    ("unknown_word", "G1 X1 $5", "$"),
    ("unknown_code", "G1.7 X5", "G1.7"),
    ("missing_tool", "T9 M6\nG43 H9\nG0 X0", "tool 9"),
    ("tool_without_m6", "T9 M6\nG1 X5", "tool 9"),
    ("arc_of_two_radii", "G2 X5 Y5 I30 J0", "radi"),
    ("arc_radius_too_small", "G2 X30 Y0 R1", "radius"),
    ("comment_left_open", "G1 X5 (deep", "comment"),
    ("loop_without_end", "o1 while [1]\no1 endwhile", "endless"),
    ("division_by_zero", "#1=[4/0]", "zero"),
    ("call_of_nothing", "M98 P4711", "4711"),
    ("call_of_no_sub", "o<nowhere> call", "nowhere"),
    ("number_with_two_points", "G1 X1.2.3", "character"),
    ("word_without_number", "G1 X", "X"),
    ("bracket_open", "G1 X[1+2", "]"),
    ("name_not_set", "G1 X#<depth>", "depth"),
    ("root_of_negative", "G1 X[SQRT[-4]]", "SQRT"),
    ("huge_number", "G1 X1E400", ""),
    ("number_out_of_range", "G1 X" + "9" * 400, ""),
    ("parameter_out_of_range", "#99999=1", "99999"),
    ("if_without_end", "o2 if [1]\nG1 X5", "o2"),
    ("feed_of_zero", "F0\nG1 X5", "feed"),
    ("two_motions", "G0 G1 X5", "G"),
    ("offset_of_no_tool", "G43 H9\nG1 X5", "9"),
]


def at_work(tmp_path: Path, text: str | bytes, name: str = "program.ngc") -> tuple[Path, Path]:
    """A program and a tool file on disk."""
    program, tools = tmp_path / name, tmp_path / "tools.yaml"
    program.write_bytes(text if isinstance(text, bytes) else text.encode())
    tools.write_text(TOOLS)
    return program, tools


def refused(capsys, tmp_path, program, tools, *said, stock=BOX, more=()):
    """`copeau simulate` is refused and leaves nothing."""
    before = {p.name for p in tmp_path.iterdir()}
    told = call(capsys, "simulate", program, "--stock", stock, "--tools", tools, "--cell", "1", "-o", tmp_path / "out", *more)
    assert_refused(told, *said)
    assert {p.name for p in tmp_path.iterdir()} == before
    return told.err


@pytest.mark.parametrize("name, line, said", LINES, ids=[row[0] for row in LINES])
def test_a_broken_line_is_refused_with_its_number(capsys, tmp_path, monkeypatch, name, line, said):
    monkeypatch.setattr(flow, "MAX_JUMPS", 1000)
    program, tools = at_work(tmp_path, HEAD + line + "\nM2\n")
    error = refused(capsys, tmp_path, program, tools, "program.ngc, line ", said)
    number = int(re.search(r"line (\d+)", error)[1])
    assert 6 <= number <= 6 + line.count("\n") + 1, error


@pytest.mark.parametrize("program", REFUSED, ids=lambda p: p.stem)
def test_every_refused_program_is_refused_by_the_command(capsys, tmp_path, monkeypatch, program):
    monkeypatch.setattr(flow, "MAX_JUMPS", 1000)
    text = program.read_text()
    copy, tools = at_work(tmp_path, text, program.name)
    refused(capsys, tmp_path, copy, tools, f"{program.name}, line ", text.splitlines()[0].removeprefix("; expect: "))


FANUC = [
    ("goto_nowhere", "GOTO 77", "77"),
    ("while_without_end", "WHILE [#1 LT 3] DO1\nG1 X5", "DO1"),
    ("no_then", "IF [1 EQ 1] X5", ""),
    ("call_of_no_program", "G65 P9999", "9999"),
]  # fmt: skip


@pytest.mark.parametrize("name, line, said", FANUC, ids=[row[0] for row in FANUC])
@pytest.mark.parametrize("dialect", ["fanuc", "haas"])
def test_a_broken_macro_is_refused_with_its_line(capsys, tmp_path, dialect, name, line, said):
    program, tools = at_work(tmp_path, "%\nO1000\n" + HEAD + line + "\nM30\n%\n", "program.nc")
    error = refused(capsys, tmp_path, program, tools, "program.nc, line ", said, more=("--dialect", dialect))
    assert int(re.search(r"line (\d+)", error)[1]) >= 8


CONTENTS = [
    ("empty", b""), ("blank", b"\n\n \n"), ("comments", b"(nothing)\n; at all\n"), ("percents", b"%\n%\n"),
    ("noise", bytes((k * 197 + 31) % 256 for k in range(4096))), ("utf16", (HEAD + "G1 X5\nM2\n").encode("utf-16")), ("step", b"ISO-10303-21;\nHEADER;\nENDSEC;\n"),
]  # fmt: skip


@pytest.mark.parametrize("name, content", CONTENTS, ids=[c[0] for c in CONTENTS])
def test_a_file_that_is_no_program_is_refused(capsys, tmp_path, name, content):
    program, tools = at_work(tmp_path, content)
    refused(capsys, tmp_path, program, tools, "program.ngc")


def test_a_program_that_is_not_there_or_is_a_folder_is_refused(capsys, tmp_path):
    _, tools = at_work(tmp_path, HEAD)
    (tmp_path / "folder.ngc").mkdir()
    refused(capsys, tmp_path, tmp_path / "none.ngc", tools, "none.ngc")
    refused(capsys, tmp_path, tmp_path / "folder.ngc", tools, "folder.ngc")


STOCKS = [
    ("box:0,0,0,1", "6 numbers"), ("box:a,b,c,d,e,f", "6 numbers"), ("box:0,0,0,0,5,5", "without volume"), ("box:0,0,0,nan,5,5", "finite"),
    ("box:0,0,0,1e9,1e9,1", "too fine"), ("box:0,0,0,inf,1,1", "finite"), ("cyl:-5,0,10", "without volume"), ("cyl:5,10,10", "without volume"), ("cyl:1e9,0,1e9", "too fine"),
    ("ball:5", "not understood"), ("", "not understood"), ("none.step", "no such file"), ("none.stl", "none.stl"),
]  # fmt: skip


@pytest.mark.parametrize("stock, said", STOCKS, ids=[s[0] or "nothing" for s in STOCKS])
def test_a_stock_that_is_none_is_refused(capsys, tmp_path, stock, said):
    program, tools = at_work(tmp_path, HEAD + "M2\n")
    refused(capsys, tmp_path, program, tools, said, stock=stock)


def test_an_open_stl_is_no_stock(capsys, tmp_path):
    from copeau.simulation.mesh_files import write_stl

    program, tools = at_work(tmp_path, HEAD + "M2\n")
    corners, one = [[0.0, 0, 0], [9, 0, 0], [0, 9, 0], [0, 0, 9]], [[0, 1, 2], [0, 1, 3]]
    import numpy as np

    write_stl(tmp_path / "open.stl", np.array(corners), np.array(one))
    refused(capsys, tmp_path, program, tools, "open.stl", stock=str(tmp_path / "open.stl"))


TABLES = [
    ("tools.yaml", "- {number: 1, type: endmil, DC: 6}\n", "line 1"),
    ("tools.yaml", "- {number: 1, type: endmill}\n", "line 1"),
    ("tools.yaml", "- {number: 1, type: endmill, DC: -6}\n", "line 1"),
    ("tools.yaml", "- {number: 1, type: drill, DC: 6}\n", "SIG"),
    ("tools.yaml", "- {number: 1, type: endmill, DC: 6}\n- {number: 1, type: endmill, DC: 8}\n", "number 1"),
    ("tools.yaml", "- {number: 1, type: endmill, DC: 6, colour: red}\n", "colour"),
    ("tools.yaml", "- number: 1\n  type: [\n", "line"),
    ("tools.yaml", "", "tools.yaml"),
    ("tools.tbl", "T1 P1 Dx\n", "line 1"),
    ("tools.camotics", '{"tools": {"1": {"shape": "blob", "diameter": 3, "length": 9}}}', "blob"),
    ("tools.camotics", "{", "line 1"),
    ("tools.txt", "T1", ".txt"),
]


@pytest.mark.parametrize("name, text, said", TABLES, ids=[f"{t[0]}_{k}" for k, t in enumerate(TABLES)])
def test_a_broken_tool_file_is_refused(capsys, tmp_path, name, text, said):
    program, _ = at_work(tmp_path, HEAD + "G1 X5\nM2\n")
    table = tmp_path / name
    table.write_text(text)
    refused(capsys, tmp_path, program, table, name, said)


def test_an_unknown_dialect_is_refused(capsys, tmp_path):
    program, tools = at_work(tmp_path, HEAD + "M2\n")
    refused(capsys, tmp_path, program, tools, "--dialect", "abacus", more=("--dialect", "abacus"))
