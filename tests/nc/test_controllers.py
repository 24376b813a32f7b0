"""What Haas and Fanuc read otherwise than LinuxCNC: calls, macros, offsets, cycles."""

import math

import numpy as np
import pytest

from copeau.model.errors import CopeauError
from copeau.model.moves import DWELL, FEED, RAPID
from copeau.nc import flow, interpret

ORIGIN = (0.0, 0.0, 0.0)


def read(text, dialect="fanuc", **options):
    return interpret(text, "p.nc", dialect=dialect, g54=ORIGIN, **options)


def points(program):
    m = program.moves[program.moves["kind"] != DWELL]
    return np.column_stack([m["x"], m["y"], m["z"]]).round(6).tolist()


def ends_x(program):
    return program.moves["x"].tolist()


@pytest.mark.parametrize("dialect", ["haas", "fanuc", "linuxcnc"])
def test_subprogram_is_repeated_l_times(dialect):
    program = read("%\nO1\nG90 G0 X0 Y0\nM98 P100 L3\nM30\nO100\nG91 G0 X2.\nG90\nM99\n%\n", dialect)
    assert ends_x(program) == [0.0, 2.0, 4.0, 6.0]
    assert program.moves["line"].tolist() == [3, 7, 7, 7]


def test_older_fanuc_call_has_its_count_before_the_number():
    assert ends_x(read("O1\nM98 P0030100\nM30\nO100\nG91 G0 X2.\nM99\n")) == [2.0, 4.0, 6.0]


def test_subprogram_of_another_file():
    files = {"1234": "O1234\nG0 X7.\nM99\n"}
    assert ends_x(read("O1\nM98 P1234\nM30\n", subprograms=files.__getitem__)) == [7.0]
    with pytest.raises(CopeauError, match="O1235 not found"):
        read("O1\nM98 P1235\nM30\n", subprograms=files.__getitem__)


def test_haas_local_call():
    assert ends_x(read("O1\nM97 P10 L2\nM30\nN10 G91 G0 X3.\nM99\n", "haas")) == [3.0, 6.0]


def test_macro_call_passes_its_words():
    text = "O1\n#1=5\nG65 P9 A1.5 B2. X4. D7.\nG0 X#1\nM30\nO9\nG0 X[#1+#2] Y#24 Z#7\nM99\n"
    assert points(read(text)) == [[3.5, 4.0, 7.0], [5.0, 4.0, 7.0]]


def test_goto_if_and_while():
    text = "\n".join(
        [
            "O1", "#1=0", "N10 #1=#1+1", "G0 X#1", "IF[#1LT3]GOTO10", "IF[#1EQ3]THEN #2=10", "WHILE[#2GT8]DO1", "G0 X#2", "#2=#2-1", "END1",
            "GOTO99", "G0 X1000.", "N99 M30",
        ]
    )  # fmt: skip
    assert ends_x(read(text)) == [1.0, 2.0, 3.0, 10.0, 9.0]


def test_nested_while_of_fanuc():
    text = "O1\n#1=0\nWHILE[#1LT2]DO1\n#2=0\nWHILE[#2LT2]DO2\nG0 X#1 Y#2\n#2=#2+1\nEND2\n#1=#1+1\nEND1\nM30\n"
    assert [p[:2] for p in points(read(text))] == [[0, 0], [0, 1], [1, 0], [1, 1]]


def test_endless_goto_is_stopped(monkeypatch):
    monkeypatch.setattr(flow, "MAX_JUMPS", 1000)
    with pytest.raises(CopeauError, match="endless loop"):
        read("O1\nN1 G0 X1.\nGOTO1\nM30\n")


def test_return_to_a_line():
    assert ends_x(read("O1\nM98 P5\nG0 X1.\nN7 G0 X2.\nM30\nO5\nM99 P7\n")) == [2.0]


def test_dwell_units():
    seconds = lambda text, d: read(text, d).moves["f"].tolist()  # noqa: E731
    assert seconds("G4 P1500\nM30\n", "fanuc") == [1.5]
    assert seconds("G4 X1.5\nM30\n", "fanuc") == [1.5]
    assert seconds("G4 P1.5\nM30\n", "haas") == [1.5]
    assert seconds("G4 P1500\nM30\n", "haas") == [1.5]
    assert seconds("G4 P1.5\nM2\n", "linuxcnc") == [1.5]


def test_cancel_beside_a_motion_code():
    program = read("G0 G17 G40 G49 G80 G90 X5.\nG99 G81 X1. Y1. Z-2. R1. F100.\nG80 G0 X9.\nM30\n")
    assert points(program)[0] == [5.0, 0.0, 0.0]
    assert points(program)[-1] == [9.0, 1.0, 1.0]
    assert program.moves["kind"][-1] == RAPID


def test_k_repeats_and_k0_only_stores():
    drilled = read("G91 G99 G81 X10. Z-3. R-1. K2 F100.\nM30\n").moves
    assert drilled["x"][drilled["kind"] == FEED].tolist() == [10.0, 20.0]
    stored = read("G90 G0 Z5.\nG99 G81 X1. Y1. Z-2. R1. K0 F100.\nX4.\nM30\n").moves
    assert stored["x"][stored["kind"] == FEED].tolist() == [4.0]


@pytest.mark.parametrize("dialect", ["haas", "fanuc"])
def test_peck_and_chip_break_reach_every_hole(dialect):
    for code in ("G73", "G83"):
        moves = read(f"G90 G0 X0 Y0 Z20.\nG98 {code} X1. Y1. Z-10. R2. Q4. F100.\nX5.\nX9. Z-6.\nG80\nM30\n", dialect).moves
        assert moves["z"][moves["kind"] == FEED].tolist() == [-2.0, -6.0, -10.0, -2.0, -6.0, -10.0, -2.0, -6.0]
        across = np.diff(moves["x"]) != 0.0
        assert np.all(moves["z"][1:][across] == 20.0)


def test_left_tap_of_fanuc_turns_the_spindle_itself():
    taps = read("S500 M3\nG90 G0 Z5.\nG99 G74 X0 Y0 Z-5. R2. F500.\nM30\n").moves
    taps = taps[taps["kind"] == FEED]
    assert taps["s"].tolist() == [-500.0, 500.0]


def test_spindle_stops_after_the_motion_of_the_block():
    assert read("S500 M3\nG0 X1. M5\nM30\n").moves["s"].tolist() == [500.0]
    assert read("S500 M3\nG0 X1. M5\nM2\n", "linuxcnc").moves["s"].tolist() == [0.0]


def test_further_coordinate_systems():
    text = "G10 L20 P3 X10. Y20. Z0.\nG54.1 P3\nG0 X1. Y1.\nG54\nG0 X1. Y1.\nM30\n"
    assert points(read(text)) == [[11.0, 21.0, 0.0], [1.0, 1.0, 0.0]]
    haas = "G10 L20 P3 X10. Y20. Z0.\nG154 P3\nG0 X1. Y1.\nG112\nG0 X2.\nM30\n"
    assert points(read(haas, "haas")) == [[11.0, 21.0, 0.0], [12.0, 21.0, 0.0]]


def test_haas_rises_for_a_tool_change():
    moves = interpret("T1 M6\nG43 H1 G0 Z5.\nT2 M6\nM30\n", "p", dialect="haas").moves
    assert moves["z"].tolist() == [5.0, 1016.0]


def test_wear_register_is_nought_unless_given():
    text = "G90 G0 X0 Y0\nG41 D3 G1 X5. F100.\nX20.\nG40 Y9.\nM30\n"
    assert points(read(text))[1:3] == [[5.0, 0.0, 0.0], [20.0, 0.0, 0.0]]
    assert points(read(text, registers={3: 0.5}))[1:3] == [[5.0, 0.5, 0.0], [20.0, 0.5, 0.0]]
    assert points(read("G10 L13 P3 R0.5\n" + text))[1:3] == [[5.0, 0.5, 0.0], [20.0, 0.5, 0.0]]


def test_codes_without_motion_are_noted():
    program = read("G187 P3\nG103 P1\nG0 X1.\nM30\n", "haas")
    assert len(program.remarks) == 2 and "G187" in program.remarks[0]
    assert math.isnan(program.moves["f"][0])


def test_a_length_without_a_point_is_noted():
    assert "decimal point" in read("G0 X10\nM30\n").remarks[0]
    assert read("G0 X10.\nM30\n").remarks == ()


@pytest.mark.parametrize("code", ["G68 X0 Y0 R30.", "G51 P2.", "G12 I5."])
def test_what_moves_and_is_not_read_is_refused(code):
    with pytest.raises(CopeauError, match="unknown G code"):
        read(f"{code}\nM30\n", "haas")
