"""Broken parts through the command: one clear error, exit 2, nothing written."""

import gzip
import re
from pathlib import Path

import pytest
from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeEdge
from OCP.gp import gp_Pnt

from copeau.part import write_step
from copeau.part.walk import FACE, subshapes
from tests.command import assert_refused, call
from tests.part.shapes import box, cut, cylinder
from tests.part.test_step import compound

NOISE = bytes((k * 197 + 31) % 256 for k in range(4096))


def sheets(count: int):
    """The first faces of a box, loose."""
    return compound(*list(subshapes(box(0, 0, 0, 20, 20, 20), FACE))[:count])


def dangling(text: str) -> str:
    """A vertex point that refers to a record that is not there."""
    return re.sub(r"(VERTEX_POINT\('',)#\d+", r"\1#999999", text, count=1)


def without_data(text: str) -> str:
    return text[: text.index("DATA;") + 5] + "\nENDSEC;\nEND-ISO-10303-21;\n"


BUILDING = """ISO-10303-21;
HEADER;
FILE_DESCRIPTION((''),'2;1');
FILE_NAME('wall.ifc','',(''),(''),'','','');
FILE_SCHEMA(('IFC4'));
ENDSEC;
DATA;
#1=IFCCARTESIANPOINT((0.,0.,0.));
#2=IFCWALL('2O2Fr$t4X7Zf8NOew3FNr2',$,'wall',$,$,$,$,$,$);
ENDSEC;
END-ISO-10303-21;
"""

# Name, how the text of a sound file becomes this one, what the error says.
TEXTS = [
    ("empty", lambda t: "", "empty"),
    ("blank", lambda t: "\n \n", "empty"),
    ("prose", lambda t: "Dear customer, please find the part attached.\n", "not a STEP file"),
    ("stl", lambda t: "solid part\nfacet normal 0 0 1\nendsolid part\n", "not a STEP file"),
    ("truncated", lambda t: t[: len(t) // 2], "cut short"),
    ("no_end", lambda t: t.replace("END-ISO-10303-21;", ""), "cut short"),
    ("dangling", dangling, "#"),
    ("no_data", without_data, "no shape"),
    ("other_schema", lambda t: BUILDING, "no shape"),
    ("unfinished_record", lambda t: t.replace("ADVANCED_FACE(", "ADVANCED_FACE", 1), "Line "),
    ("words_for_numbers", lambda t: re.sub(r"(CARTESIAN_POINT\('',\()[^)]*", r"\1.here.,.there.", t, count=40), "not a Real"),
    ("huge_numbers", lambda t: re.sub(r"(CARTESIAN_POINT\('',\()[^)]*", r"\g<1>1.E308,-1.E308,1.E308", t, count=40), "no face"),
    ("no_numbers", lambda t: re.sub(r"(CARTESIAN_POINT\('',\()[^)]*", r"\1NAN,NAN,NAN", t), "Line "),
    ("axes_of_no_length", lambda t: re.sub(r"(DIRECTION\('',\()[^)]*", r"\g<1>0.,0.,0.", t), "enclose no solid"),
    ("faces_without_bounds", lambda t: re.sub(r"ADVANCED_FACE\('',\([^)]*\)", "ADVANCED_FACE('',()", t), "enclose no solid"),
    ("unknown_length_unit", lambda t: t.replace("SI_UNIT(.MILLI.,.METRE.)", "SI_UNIT(.MILLI.,.CUBIT.)"), "length unit"),
]  # fmt: skip

SHAPES = [
    ("open_sheet", lambda: sheets(1), "enclose no solid"),
    ("unclosed_shell", lambda: sheets(5), "open edges"),
    ("curve", lambda: BRepBuilderAPI_MakeEdge(gp_Pnt(0, 0, 0), gp_Pnt(10, 0, 0)).Edge(), "no face"),
    ("kilometres", lambda: box(0, 0, 0, 2e6, 1e6, 1e6), "length unit"),
    ("film", lambda: box(0, 0, 0, 50, 50, 0.001), "thinner"),
    ("speck", lambda: box(0, 0, 0, 1e-3, 1e-3, 1e-3), "thinner"),
    ("assembly", lambda: compound(box(0, 0, 0, 9, 9, 9), cylinder(30, 0, 0, 8, 6)), "--solid"),
    ("nothing_left", lambda: compound(), "no face"),
]  # fmt: skip


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("sound") / "sound.step"
    write_step(cut(box(0, 0, 0, 40, 30, 20), cylinder(10, 15, -1, 8, 22)), path)
    return path.read_text()


def refused(capsys, tmp_path: Path, part: Path, *words: str, more=()) -> None:
    """`copeau make` on `part` is refused with its name and leaves no folder."""
    before = {p.name for p in tmp_path.iterdir()}
    told = call(capsys, "make", part, "-o", tmp_path / "job", *more)
    assert_refused(told, *words)
    assert {p.name for p in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name, change, said", TEXTS, ids=[t[0] for t in TEXTS])
def test_a_broken_file_is_refused(capsys, tmp_path, sound, name, change, said):
    text = change(sound)
    assert text != sound
    part = tmp_path / f"{name}.step"
    part.write_text(text)
    refused(capsys, tmp_path, part, part.name, said)


@pytest.mark.parametrize("name, shape, said", SHAPES, ids=[s[0] for s in SHAPES])
def test_a_body_that_no_machine_can_cut_is_refused(capsys, tmp_path, name, shape, said):
    part = tmp_path / f"{name}.step"
    write_step(shape(), part)
    refused(capsys, tmp_path, part, part.name, said)


@pytest.mark.parametrize("content", [NOISE, b"ISO-10303-21;" + NOISE + b"END-ISO-10303-21;", b"\xff\xfe" + "ISO-10303-21;".encode("utf-16-le")])
def test_bytes_are_refused(capsys, tmp_path, content):
    (tmp_path / "noise.stp").write_bytes(content)
    refused(capsys, tmp_path, tmp_path / "noise.stp", "noise.stp")


def test_a_packed_file_is_refused(capsys, tmp_path, sound):
    (tmp_path / "part.step").write_bytes(gzip.compress(sound.encode()))
    refused(capsys, tmp_path, tmp_path / "part.step", "not a STEP file")


def test_a_file_that_is_not_there_is_refused(capsys, tmp_path):
    refused(capsys, tmp_path, tmp_path / "none.step", "none.step", "no such file")


def test_a_folder_is_refused(capsys, tmp_path):
    (tmp_path / "part.step").mkdir()
    refused(capsys, tmp_path, tmp_path / "part.step", "this is a folder")


def test_a_file_without_permission_is_refused(capsys, tmp_path, sound, monkeypatch):
    part = tmp_path / "locked.step"
    part.write_text(sound)
    plain = Path.read_bytes

    def closed(path):
        if path.name == part.name:
            raise PermissionError(13, "Permission denied", str(path))
        return plain(path)

    monkeypatch.setattr(Path, "read_bytes", closed)
    refused(capsys, tmp_path, part, "locked.step", "Permission denied")


@pytest.mark.parametrize("wanted, said", [("7", "no solid"), ("bolt", "no solid")])
def test_a_solid_that_is_not_there_is_refused(capsys, tmp_path, wanted, said):
    part = tmp_path / "two.step"
    write_step(compound(box(0, 0, 0, 9, 9, 9), cylinder(30, 0, 0, 8, 6)), part)
    refused(capsys, tmp_path, part, said, more=("--solid", wanted))


@pytest.mark.parametrize(
    "option, value", [("--material", "unobtainium"), ("--machine", "shovel"), ("--controller", "abacus"), ("--lang", "tlh"), ("--tools", "none.yaml"), ("--requirements", "none.yaml")]
)
def test_a_word_that_nothing_is_named_is_refused(capsys, tmp_path, block, option, value):
    refused(capsys, tmp_path, block, value, more=(option, value))


def test_a_folder_that_holds_other_things_is_not_replaced(capsys, tmp_path, block):
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "letter.txt").write_text("keep me")
    refused(capsys, tmp_path, block, "no job folder")
    assert (tmp_path / "job" / "letter.txt").read_text() == "keep me"


def test_a_place_that_is_not_there_is_refused_before_the_work(capsys, tmp_path, block):
    told = call(capsys, "make", block, "-o", tmp_path / "no" / "such" / "place")
    assert_refused(told, "no such folder")


@pytest.mark.parametrize("command", ["inspect", "plan"])
def test_the_other_commands_refuse_alike(capsys, tmp_path, command):
    (tmp_path / "noise.step").write_bytes(NOISE)
    more = ("-o", tmp_path / "plan.yaml") if command == "plan" else ()
    assert_refused(call(capsys, command, tmp_path / "noise.step", *more), "noise.step")
    assert not (tmp_path / "plan.yaml").exists()


@pytest.mark.parametrize("command", ["verify", "program"])
def test_a_folder_that_is_no_job_is_refused(capsys, tmp_path, command):
    assert_refused(call(capsys, command, tmp_path), "report.json")
    assert_refused(call(capsys, command, tmp_path / "none"), "report.json")
