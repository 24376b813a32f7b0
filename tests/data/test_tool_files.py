import json
import math

import pytest

from copeau.data import load_tools, read_camotics_tools, read_tool_table, read_tools
from copeau.model.errors import CopeauError

GOOD = """\
- {number: 3, type: endmill, DC: 10, APMX: 22, LU: 22, NOF: 4, LPR: 32, holder: [[35, 0, 30], [63, 30, 60]], material: carbide}
- number: 7
  type: drill
  DC: 6.8
  SIG: 140
- {number: 9, type: ball_endmill, DC: 6}
"""


def written(tmp_path, text, name="tools.yaml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_yaml_list_gives_the_tools_as_written(tmp_path):
    mill, drill, ball = load_tools(path=written(tmp_path, GOOD))
    assert (mill.number, mill.DC, mill.NOF, mill.length_mm) == (3, 10.0, 4, 92.0)
    assert mill.holder == ((35.0, 0.0, 30.0), (63.0, 30.0, 60.0))
    assert drill.SIG == 140.0 and math.isnan(drill.LPR)
    assert ball.RE == 3.0 and ball.centre_cutting and not mill.centre_cutting


def test_a_json_list_is_read_as_well(tmp_path):
    path = written(tmp_path, json.dumps([{"number": 1, "type": "tap", "DC": 8, "TP": 1.25}]), "tools.json")
    assert read_tools(path)[0].TP == 1.25


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("- {type: endmill, DC: 10}\n- type: endmill\n  DC: 10\n  APXM: 3\n", 4, "APMX"),
        ("- type: endmil\n  DC: 10\n", 1, "endmill"),
        ("- type: drill\n  DC: 5\n", 1, "SIG"),
        ("- type: tap\n  DC: 5\n", 1, "TP"),
        ("- type: bullnose_endmill\n  DC: 5\n", 1, "RE"),
        ("- type: endmill\n  DC: -5\n", 2, "greater than 0"),
        ("- type: endmill\n  DC: .nan\n", 2, "finite"),
        ("- type: endmill\n  DC: 5\n  RE: 3\n", 1, "half of DC"),
        ("- type: endmill\n  DC: 5\n  LU: 30\n  LPR: 20\n", 1, "holder"),
        ("- type: endmill\n", 1, "'DC' is missing"),
        ("tools: []\n", 1, "list"),
        ("- {type: endmill\n", 2, "not YAML"),
    ],
)
def test_a_fault_is_told_with_its_line_and_the_way_out(tmp_path, text, line, said):
    with pytest.raises(CopeauError) as caught:
        read_tools(written(tmp_path, text))
    assert f"line {line}" in caught.value.where
    assert said in str(caught.value)


def test_a_missing_file_is_told():
    with pytest.raises(CopeauError):
        read_tools(__import__("pathlib").Path("no_such_file.yaml"))


def test_one_number_for_two_tools_is_refused(tmp_path):
    with pytest.raises(CopeauError, match="number 3"):
        read_tools(written(tmp_path, "- {number: 3, type: endmill, DC: 5}\n- {number: 3, type: endmill, DC: 6}\n"))


def test_a_linuxcnc_table_gives_diameter_length_and_what_the_comment_names(tmp_path):
    text = "T1 P1 Z50.0 D10.0 ;endmill 10\nt2 p2 z40 d6 ; ball R3\n\n; only words\nT3 P3 Z80.0 D+8.5 ;drill 8.5\nT9 P9 Z0.1 ;probe\n"
    mill, ball, drill = read_tool_table(written(tmp_path, text, "mill.tbl"))
    assert (mill.type, mill.number, mill.DC, mill.length_mm) == ("endmill", 1, 10.0, 50.0)
    assert (ball.type, ball.RE) == ("ball_endmill", 3.0)
    assert (drill.type, drill.SIG) == ("drill", 118.0) and "assumed" in drill.quality


def test_a_linuxcnc_table_in_inches_is_turned_into_millimetres(tmp_path):
    (tool,) = read_tool_table(written(tmp_path, "T1 P1 Z2 D0.25\n", "a.tbl"), mm_per_unit=25.4)
    assert (tool.DC, tool.length_mm) == pytest.approx((6.35, 50.8))


@pytest.mark.parametrize(("text", "line"), [("T1 P1 D6\nT2 P2 Dsix\n", 2), ("P1 D6\n", 1)])
def test_a_bad_row_of_a_table_is_told_with_its_line(tmp_path, text, line):
    with pytest.raises(CopeauError) as caught:
        read_tools(written(tmp_path, text, "a.tbl"))
    assert f"line {line}" in caught.value.where


def test_camotics_shapes_become_our_types(tmp_path):
    table = {
        "1": {"units": "imperial", "shape": "cylindrical", "length": 1, "diameter": 0.125},
        "10": {"units": "metric", "shape": "ballnose", "length": 10, "diameter": 2},
        "2": {"units": "metric", "shape": "conical", "length": 5, "diameter": 10},
        "3": {"units": "metric", "shape": "snubnose", "length": 4, "diameter": 4, "snub_diameter": 2},
    }
    tools = read_tools(written(tmp_path, json.dumps({"units": "metric", "tools": table}), "job.camotics"))
    by_number = {t.number: t for t in tools}
    assert [t.number for t in tools] == [1, 2, 3, 10]
    assert by_number[1].DC == pytest.approx(3.175) and by_number[1].LU == pytest.approx(25.4)
    assert by_number[10].RE == 1.0
    assert by_number[2].SIG == pytest.approx(90.0)
    assert by_number[3].tip_diameter == 2.0 and by_number[3].SIG == pytest.approx(2 * math.degrees(math.atan(1 / 4)))


@pytest.mark.parametrize(
    "row",
    [{"shape": "spheroid", "length": 9, "diameter": 4}, {"length": 0, "diameter": 4}, {"diameter": 4}, {"length": 5, "diameter": "4"}],
)
def test_a_camotics_tool_that_is_none_is_refused(tmp_path, row):
    with pytest.raises(CopeauError, match="tool 1"):
        read_camotics_tools(written(tmp_path, json.dumps({"1": row}), "t.json"))
