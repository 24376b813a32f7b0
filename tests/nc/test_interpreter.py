"""The language itself: frames, feeds, spindle, named cases; each expectation worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copeau.model.errors import CopeauError
from copeau.model.moves import CCW, CW, DWELL, FEED, RAPID
from copeau.model.tool import Tool
from copeau.nc import interpret
from copeau.nc.dialects.text import number, plain_ascii

ORIGIN = (0.0, 0.0, 0.0)


def read(text, **options):
    return interpret(text + "\nM2\n", "p.ngc", g54=options.pop("g54", ORIGIN), **options)


def last(text, **options):
    m = read(text, **options).moves[-1]
    return [round(float(m[a]), 6) + 0.0 for a in "xyz"]


def test_the_machine_starts_at_its_zero():
    program = interpret("G0 X1\nM2\n", "p")
    assert program.start.tolist() == [508.0, 508.0, 1016.0]
    assert [float(program.moves[0][a]) for a in "xyz"] == [1.0, 508.0, 1016.0]


def test_g53_is_in_machine_coordinates():
    moves = interpret("G0 X1.1 Y2.2 Z3.3\nG53 G0 Z0\nG53 G0 X-508 Y-508\nM2\n", "p").moves
    assert [float(moves[1][a]) for a in "xyz"] == [1.1, 2.2, 1016.0]
    assert [float(moves[2][a]) for a in "xyz"] == [0.0, 0.0, 1016.0]


def test_inches_are_turned_to_millimetres():
    program = read("G20\nG1 X1 F10")
    assert program.moves["x"][0] == 25.4 and program.moves["f"][0] == 254.0 and program.units == "inch"


def test_a_g54_set_before_the_first_feed_says_where_the_work_lies():
    assert last("G0 X5\nG10 L2 P1 X100 Y50\nG1 X1 Y2 F100") == [1.0, 2.0, 0.0]
    shifted = read("G0 X5\nG10 L2 P1 X100\nG1 X1 F100").moves
    assert shifted["x"].tolist() == [-95.0, 1.0]


def test_a_g54_moved_later_shifts_the_program():
    assert last("G1 X1 F100\nG10 L2 P1 X100 Y50\nG1 X1 Y2") == [101.0, 52.0, 0.0]


def test_other_systems_are_seen_from_g54():
    assert last("G10 L2 P2 X10 Y20 Z-5\nG55\nG1 X1 Y1 Z1 F100") == [11.0, 21.0, -4.0]
    assert last("G55\nG1 X1 F100") == [1.0, 0.0, 0.0]


def test_rotated_system():
    assert last("G10 L2 P2 X10 Y0 R90\nG55\nG1 X5 Y0 F100") == [10.0, 5.0, 0.0]


def test_g92_and_g52():
    assert last("G0 X10\nG92 X0\nG1 X5 F100") == [15.0, 0.0, 0.0]
    assert last("G52 X3\nG1 X5 F100") == [8.0, 0.0, 0.0]
    assert last("G0 X10\nG92 X0\nG92.1\nG1 X5 F100") == [5.0, 0.0, 0.0]
    assert last("G0 X10\nG92 X0\nG92.2\nG92.3\nG1 X5 F100") == [15.0, 0.0, 0.0]


def test_g28_goes_by_way_of_the_point_and_moves_named_axes_only():
    moves = interpret("G0 X10 Y10 Z10\nG91 G28 Z0\nM2\n", "p").moves
    assert [[float(m[a]) for a in "xyz"] for m in moves[1:]] == [[10.0, 10.0, 10.0], [10.0, 10.0, 1016.0]]


def test_inverse_time_feed_is_per_motion():
    moves = read("G93\nG1 X10 F2\nX15 F2\nG3 X15 Y0 I5 F1").moves
    assert moves["f"].tolist() == pytest.approx([20.0, 10.0, 10.0 * math.pi])


def test_feed_per_turn():
    assert read("S500 M4\nG95 G1 X1 F0.2").moves["f"][0] == 100.0
    assert read("S500 M4\nG1 X1 F100").moves["s"][0] == -500.0


def test_tool_change_stops_the_spindle_and_h_is_kept():
    program = read("S500 M3\nT2 M6\nG43 H2\nG0 X1\nS600 M3\nG49\nG0 X2")
    assert program.moves["s"].tolist() == [0.0, 600.0]
    assert program.moves["h"].tolist() == [2, 0] and program.moves["tool"].tolist() == [2, 2]
    assert program.tools_called == (2,)


def test_unknown_tool_names_the_known_ones():
    with pytest.raises(CopeauError, match="known tools: 1, 3"):
        read("T2 M6", tools={n: Tool("a", "endmill", 5.0, number=n) for n in (1, 3)})


def test_compensation_takes_the_tool_of_the_table():
    tools = {4: Tool("a", "endmill", 2.0, number=4)}
    moves = read("G0 X0 Y0\nG41 D4 G1 X10 F100\nX20\nY20\nG40 X30", tools=tools).moves
    assert [(round(float(m["x"]), 6), round(float(m["y"]), 6)) for m in moves[1:]] == [(10, 1), (19, 1), (19, 20), (30, 20)]


@given(st.floats(0.5, 4.0), st.integers(3, 12), st.booleans())
def test_compensated_polygon_keeps_its_distance(radius, corners, outside):
    """Walked with the tool left, no point of the path comes nearer to the polygon than the radius; straight parts are at it."""
    size = 40.0
    angle = -2.0 * math.pi / corners if outside else 2.0 * math.pi / corners
    at = [(size * math.cos(k * angle), size * math.sin(k * angle)) for k in range(corners + 2)]
    first = (at[0][0] + (60.0 if outside else -20.0), at[0][1])
    lines = [f"G0 X{first[0]:.9f} Y{first[1]:.9f}", f"G41.1 D{2.0 * radius:.9f}", "F100"]
    moves = read("\n".join([*lines, *(f"G1 X{x:.9f} Y{y:.9f}" for x, y in at), "G40", "G0 Z9"])).moves
    polygon = np.array(at[: corners + 1])
    # The last element ends square to its own edge, inside a polygon that is beyond the next edge.
    for m in moves[2 : -1 if outside else -2]:
        distance = _distance((m["x"], m["y"]), polygon)
        assert distance == pytest.approx(radius, abs=1e-6)
    assert np.any(moves["kind"] == CW) == outside


def _distance(point, polygon):
    a, d = polygon[:-1], np.diff(polygon, axis=0)
    t = np.clip(np.einsum("ij,ij->i", np.array(point) - a, d) / np.einsum("ij,ij->i", d, d), 0.0, 1.0)
    return float(np.min(np.linalg.norm(np.array(point) - a - t[:, None] * d, axis=1)))


def test_turns_and_planes():
    moves = read("F100\nG17 G3 X0 Y0 I5 P3 Z-6\nG18 G2 X0 Z-6 K2\nG19 G2 Y0 Z-6 J3").moves
    assert moves["turns"].tolist() == [2, 0, 0] and moves["plane"].tolist() == [17, 18, 19]
    assert moves["kind"].tolist() == [CCW, CW, CW]
    assert (moves["i"][0], moves["k"][1], moves["j"][2]) == (5.0, -4.0, 3.0)


def test_r_arcs_both_ways():
    small = read("G0 X0 Y0\nG2 X10 Y0 R-7.0710678118654755 F100").moves[-1]
    assert (small["i"], small["j"]) == (pytest.approx(5.0), pytest.approx(5.0))
    large = read("G0 X0 Y0\nG2 X10 Y0 R7.0710678118654755 F100").moves[-1]
    assert (large["i"], large["j"]) == (pytest.approx(5.0), pytest.approx(-5.0))


def test_rigid_tap_comes_back_with_the_spindle_reversed():
    moves = read("G0 Z5\nS400 M3\nG33.1 Z-5 K1.25").moves
    assert moves["z"].tolist() == [5.0, -5.0, 5.0] and moves["s"].tolist() == [0.0, 400.0, -400.0]
    assert moves["f"][1:].tolist() == [500.0, 500.0]


def test_dwell_row():
    moves = read("G0 X1\nG4 P2.5\nG1 X2 F100").moves
    assert moves["kind"].tolist() == [RAPID, DWELL, FEED] and moves["f"][1] == 2.5 and moves["x"][1] == 1.0


def test_block_delete_and_numbers_in_front():
    assert last("N10 G0 X1\n/N20 X2\n N30 Y3 (c)") == [2.0, 3.0, 0.0]


def test_percent_signs_bound_the_program():
    assert len(interpret("%\nG0 X1\n%\nG0 X2\n", "p").moves) == 1


def test_a_file_without_an_end_is_noted():
    assert "program end" in interpret("G0 X1\n", "p").remarks[0]


def test_subs_loops_and_return_values():
    text = """o<ring> sub
#<n> = 0
o1 while [#<n> LT #1]
  #<n> = [#<n> + 1]
  o2 if [#<n> EQ 2]
    o1 continue
  o2 elseif [#<n> EQ 4]
    o1 break
  o2 else
    G0 X#<n>
  o2 endif
o1 endwhile
o<ring> endsub [#<n> * 10]
o<ring> call [9]
G0 X#<_value>
o3 do
  #5 = [#5 + 1]
o3 while [#5 LT 3]
G0 X#5
o4 repeat [2]
  G91 G0 X1
o4 endrepeat"""
    assert read(text).moves["x"].tolist() == [1.0, 3.0, 40.0, 3.0, 4.0, 5.0]


def test_lines_of_a_called_sub_are_its_own():
    assert read("o1 sub\nG0 X1\no1 endsub\nG0 X0\no1 call").moves["line"].tolist() == [4, 2]


def test_parameters_of_the_control():
    assert last("G0 X3 Y4\nG0 Z[#5420 + #5421]\nG0 X#<_y>") == [4.0, 4.0, 7.0]
    assert last("#5241 = 12\nG55\nG0 X1") == [13.0, 0.0, 0.0]
    assert last("G0 X[EXISTS[#<a>]] Y[#<_line> * 1]") == [0.0, 1.0, 0.0]


@pytest.mark.parametrize("text", ["", "\n\n", "%\n%\n", "(only a comment)\n", "M2\n", ";\n"])
def test_empty_programs(text):
    program = interpret(text, "p")
    assert len(program.moves) == 0


def test_the_whole_block_is_checked_before_anything_of_it_is_done():
    with pytest.raises(CopeauError, match="line 2"):
        interpret("G0 X1\nG0 X2 L5\nM2\n", "p")


def test_unknown_dialect():
    with pytest.raises(CopeauError, match="known dialects: fanuc, haas, linuxcnc"):
        interpret("", "p", dialect="grbl")


@given(st.floats(-1e5, 1e5))
def test_numbers_are_plain_and_near(value):
    text = number(value)
    assert "e" not in text and text != "-0." and "." in text and len(text.split(".")[1]) <= 4
    assert abs(float(text) - value) <= 5.1e-5


@given(st.text(max_size=60))
def test_comments_hold_nothing_that_a_control_reads(text):
    kept = plain_ascii(text)
    assert kept.isascii() and not set(kept) & set("();%\n\r")
