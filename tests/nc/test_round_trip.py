"""What is posted, read again, makes the motions that were asked for; and LinuxCNC's own interpreter agrees."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copeau.model.errors import CopeauError
from copeau.model.moves import CCW, CW, DWELL, FEED, RAPID, arc_move, lengths, line_moves, to_polyline
from copeau.model.program import DrillCycle, PostedStep, Run
from copeau.nc import as_verified, dialects, interpret, post
from tests.nc.peer import PRINTED_MM, canonical_rows, difference, needs_rs274, our_rows, run_rs274, table_of
from tests.nc.sheets import CLEARANCE, DRILL, MILL, TAP, TOOLS, runs, sheet, sheets, step

ROUND_TRIP_MM = 1e-4
ALL = ("linuxcnc", "haas", "fanuc")
SLOW = dict(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture])


def expected_feeds(made):
    """(end, f, s) of every feed that cuts, from the definition of each segment: arcs as chords of 10 um sagitta left to `points`."""
    out = []
    for s in made.steps:
        n = s.workingstep.cutting.n
        for segment in s.segments:
            if isinstance(segment, DrillCycle):
                out += _holes(segment, n)
            else:
                for row in segment.moves:
                    if row["kind"] not in (RAPID, DWELL):
                        out.append((float(row["x"]), float(row["y"]), float(row["z"]), float(row["f"]), n))
    return out


def _holes(c, n):
    out = []
    for (x, y), bottom in zip(c.points, c.bottom_z):
        levels = [bottom]
        if c.code in (73, 83):
            r, q = round(c.retract_z, 4), round(c.peck_mm, 4)
            pecks = []
            level = r - q
            while level > round(float(bottom), 4):
                pecks.append(level)
                level -= q
            levels = [*pecks, bottom]
        if c.code in (84, 85):
            levels = [bottom, c.retract_z]
        f = n * c.pitch_mm if c.code == 84 else c.vf
        for k, level in enumerate(levels):
            out.append((x, y, level, f, -n if c.code == 84 and k == 1 else n))
    return out


def feeds(program):
    """The same of a read program, pieces of split arcs joined to their last point by the caller's polyline test."""
    m = program.moves[(program.moves["kind"] != RAPID) & (program.moves["kind"] != DWELL)]
    return [(float(r["x"]), float(r["y"]), float(r["z"]), float(r["f"]), float(r["s"])) for r in m]


def _meets(row, target):
    place = np.allclose(row[:3], target[:3], atol=ROUND_TRIP_MM, rtol=0.0)
    return place and math.isclose(row[3], target[3], rel_tol=1e-9, abs_tol=1e-4) and row[4] == target[4]


def polyline_of(moves, start):
    """Points every so often along the cutting motions: fine enough that two readings of one path lie within the tolerance."""
    pieces, row = to_polyline(moves, start, 1e-3)
    cutting = (moves["kind"][row] != RAPID) & (moves["kind"][row] != DWELL)
    return pieces[cutting]


@pytest.mark.parametrize("dialect", ALL)
@given(made=sheets())
@settings(max_examples=60, **SLOW)
def test_feeds_end_where_they_were_asked_to(dialect, made):
    program = interpret(post(made, dialect), "p", dialect=dialect, tools=TOOLS)
    found, k = feeds(program), 0
    for target in expected_feeds(made):
        while k < len(found) and not _meets(found[k], target):
            k += 1  # a turn of a helix, or half of an arc that is nearly a circle
        assert k < len(found), f"{target} is never reached"
        k += 1


@pytest.mark.parametrize("dialect", ALL)
@given(run=runs())
@settings(max_examples=60, **SLOW)
def test_arcs_keep_their_path(dialect, run):
    """Every chord point of the path asked for lies on the path read, and the lengths agree: no arc became a circle or vanished."""
    program = interpret(post(sheet([step(10, MILL, [run])]), dialect), "p", dialect=dialect, tools=TOOLS)
    asked = polyline_of(run.moves, (0.0, 0.0, CLEARANCE))
    read = polyline_of(program.moves, program.start)
    length = [np.linalg.norm(p[:, 3:] - p[:, :3], axis=1).sum() for p in (asked, read)]
    bound = 4.0 * ROUND_TRIP_MM * (len(run.moves) + 20.0 * np.sum(run.moves["turns"] + 1.0))
    assert abs(length[0] - length[1]) <= max(bound, 1e-3 * length[0])
    for point in asked[:: max(1, len(asked) // 50), 3:]:
        assert _distance(point, read) <= 3.0 * ROUND_TRIP_MM + 1e-3


def _distance(point, pieces):
    a, d = pieces[:, :3], pieces[:, 3:] - pieces[:, :3]
    square = np.einsum("ij,ij->i", d, d)
    t = np.clip(np.einsum("ij,ij->i", point - a, d) / np.where(square > 0.0, square, 1.0), 0.0, 1.0)
    return float(np.min(np.linalg.norm(point - (a + t[:, None] * d), axis=1)))


@needs_rs274
@given(made=sheets())
@settings(max_examples=40, **SLOW)
def test_the_peer_reads_posted_programs_alike(made, tmp_path):
    text = post(made, "linuxcnc")
    code, canonical, error = run_rs274(text, tmp_path, table_of(TOOLS))
    assert code == 0, error
    assert difference(our_rows(text, TOOLS), canonical_rows(canonical), PRINTED_MM) == ""


@pytest.mark.parametrize("dialect", ALL)
@given(made=sheets())
@settings(max_examples=25, **SLOW)
def test_text_is_what_a_control_can_hold(dialect, made):
    text = post(made, dialect)
    assert text.isascii() and text.endswith("\n")
    for line in text.splitlines():
        assert len(line) <= 120
        if not line.startswith(("(", "O", "#")):
            assert re.fullmatch(r"%|((N|G|M|T|S|H|D|P|[XYZIJKRQF])-?\d*\.?\d{0,4} ?)+|G41\.1 D#<wear_t\d+>", line), line
            assert not re.search(r"-0\.?(?!\d|\.\d*[1-9])", line), line
    assert text == post(made, dialect)


def drilled(code, **words):
    points = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]])
    return DrillCycle(code, points, 2.0, np.array([-5.0, -5.0, -7.0]), CLEARANCE, 100.0, **words)


@pytest.mark.parametrize("dialect", ALL)
def test_nothing_moves_across_below_clearance(dialect):
    """G98 and the approach: every rapid that moves in XY does so at the clearance level or above, for each hole of each cycle."""
    made = sheet(
        [
            step(10, DRILL, [drilled(c, peck_mm=1.5, dwell_s=0.5) for c in (81, 82, 83, 73, 85)]),
            step(20, TAP, [drilled(84, pitch_mm=1.0)], n=500.0),
        ]
    )
    program = interpret(post(made, dialect), "p", dialect=dialect, tools=TOOLS)
    m = program.moves
    before = np.vstack([program.start, np.column_stack([m["x"], m["y"], m["z"]])[:-1]])
    across = (np.abs(m["x"] - before[:, 0]) > 0.0) | (np.abs(m["y"] - before[:, 1]) > 0.0)
    assert np.all(m["z"][across & (m["kind"] == RAPID)] >= CLEARANCE)
    assert np.all(before[across & (m["kind"] == RAPID), 2] >= CLEARANCE)
    assert not np.any(across & (m["kind"] == FEED))


@pytest.mark.parametrize("dialect", ALL)
def test_tapping_feed_is_speed_times_pitch(dialect):
    program = interpret(post(sheet([step(10, TAP, [drilled(84, pitch_mm=0.75)], n=640.0)]), dialect), "p", dialect=dialect, tools=TOOLS)
    taps = program.moves[program.moves["kind"] == FEED]
    assert np.all(taps["f"] == 480.0)
    assert taps["s"].tolist() == [640.0, -640.0] * 3


@pytest.mark.parametrize("dialect", ALL)
def test_every_feed_has_spindle_tool_and_length(dialect):
    made = sheet([step(10, MILL, [Run(np.concatenate([line_moves([[0, 0, 20]], 0, RAPID), line_moves([[0, 0, -1], [9, 0, -1]], 200.0)]))])])
    program = interpret(post(made, dialect), "p", dialect=dialect, tools=TOOLS)
    m = program.moves[program.moves["kind"] == FEED]
    assert np.all(m["s"] == 3000.0) and np.all(m["tool"] == 1) and np.all(m["h"] == 1)
    assert program.coolant_on and program.tools_called == (1,)


def compensated_run():
    rows = [
        line_moves([[0, -20, CLEARANCE]], 0.0, RAPID), line_moves([[0, -20, -2]], 100.0), line_moves([[0, 0, -2], [0, 40, -2]], 300.0),
        arc_move((10, 50, -2), (10, 40), 300.0, True), line_moves([[60, 50, -2]], 300.0), line_moves([[80, 50, -2]], 300.0),
        line_moves([[80, 50, CLEARANCE]], 0.0, RAPID),
    ]  # fmt: skip
    return Run(np.concatenate(rows), comp_on=2, comp_off=6)


@pytest.mark.parametrize("dialect", ALL)
def test_wear_compensation_without_wear_is_the_path(dialect):
    made = sheet([step(10, MILL, [compensated_run()])])
    program = interpret(post(made, dialect), "p", dialect=dialect, tools=TOOLS)
    cut = program.moves[program.moves["kind"] != RAPID]
    cut = cut[cut["kind"] != DWELL]
    asked = compensated_run().moves
    asked = asked[asked["kind"] != RAPID]
    for axis in "xyz":
        assert np.allclose(cut[axis], asked[axis], atol=ROUND_TRIP_MM)


@pytest.mark.parametrize("dialect", ALL)
def test_wear_moves_the_path_to_the_left(dialect):
    """A wear of 0.1 mm on the radius leaves 0.1 mm on the wall, which lies right of the path."""
    text = post(sheet([step(10, MILL, [compensated_run()])]), dialect)
    text = text.replace("#<wear_t1> = 0", "#<wear_t1> = 0.2")
    program = interpret(text, "p", dialect=dialect, tools=TOOLS, registers={1: 0.1})
    along = program.moves[(program.moves["kind"] == FEED) & (program.moves["z"] == -2.0)]
    assert np.isclose(along["x"][2], -0.1) and np.isclose(along["y"][3], 50.1)


@needs_rs274
def test_the_peer_takes_wear_compensation(tmp_path):
    text = post(sheet([step(10, MILL, [compensated_run()])]), "linuxcnc").replace("#<wear_t1> = 0", "#<wear_t1> = 0.2")
    code, canonical, error = run_rs274(text, tmp_path, table_of(TOOLS))
    assert code == 0, error
    assert difference(our_rows(text, TOOLS), canonical_rows(canonical)) == ""


def posted_arc(moves, dialect="linuxcnc"):
    first = line_moves([[0.0, 0.0, CLEARANCE], [0.0, 0.0, 0.0]], 0.0, RAPID)
    return interpret(post(sheet([step(10, MILL, [Run(np.concatenate([first, moves]))])]), dialect), "p", dialect=dialect, tools=TOOLS)


@pytest.mark.parametrize("dialect", ALL)
def test_a_tiny_arc_never_becomes_a_full_circle(dialect):
    for sweep in (1e-3, 1e-5, 1e-6, 1e-7):
        end = (5.0 * (1.0 - math.cos(sweep)), -5.0 * math.sin(sweep), 0.0)
        program = posted_arc(np.concatenate([arc_move(end, (5.0, 0.0), 100.0, False), line_moves([[9.0, 0.0, 0.0]], 100.0)]), dialect)
        assert not np.any(program.moves["kind"] == CW)
        length = lengths(program.moves, program.start)[program.moves["kind"] == CCW]
        assert np.all(length < 0.1)


@pytest.mark.parametrize("dialect", ALL)
def test_an_arc_that_is_nearly_full_stays_one(dialect):
    for missing in (1e-3, 1e-5, 1e-6, 1e-7):
        end = (5.0 * (1.0 - math.cos(missing)), 5.0 * math.sin(missing), 0.0)
        program = posted_arc(arc_move(end, (5.0, 0.0), 100.0, False), dialect)
        read = polyline_of(program.moves, program.start)
        assert math.isclose(np.linalg.norm(read[:, 3:] - read[:, :3], axis=1).sum(), 10.0 * math.pi, rel_tol=1e-2)
        assert np.sum(program.moves["kind"] == CCW) == 2  # in two halves, neither of which is nearly a circle


@pytest.mark.parametrize("dialect", ALL)
@given(at=st.tuples(st.floats(0.0, 1e-4), st.floats(0.0, 1e-4)), missing=st.floats(1e-8, 1e-4), angle=st.floats(0.0, 6.3))
@settings(max_examples=60, **SLOW)
def test_a_nearly_full_arc_between_two_increments_stays_one(dialect, at, missing, angle):
    r, (x, y) = 1.0, at
    centre = (x - r * math.cos(angle), y - r * math.sin(angle))
    end = (centre[0] + r * math.cos(angle - missing), centre[1] + r * math.sin(angle - missing), 0.0)
    arc = np.concatenate([line_moves([[x, y, 0.0]], 100.0), arc_move(end, centre, 100.0, False)])
    program = posted_arc(arc, dialect)
    length = lengths(program.moves, program.start)[program.moves["kind"] == CCW]
    assert math.isclose(length.sum(), 2.0 * math.pi, rel_tol=1e-3)


@pytest.mark.parametrize("dialect", ALL)
def test_dwells_are_seconds_in_every_dialect(dialect):
    program = interpret(post(sheet([step(10, DRILL, [drilled(82, dwell_s=0.25)])]), dialect), "p", dialect=dialect, tools=TOOLS)
    assert program.moves["f"][program.moves["kind"] == DWELL].tolist() == [2.0, 0.25, 0.25, 0.25]


@pytest.mark.parametrize("dialect", ALL)
def test_a_full_circle_stays_one(dialect):
    program = posted_arc(arc_move((0.0, 0.0, 0.0), (5.0, 0.0), 100.0, True), dialect)
    assert program.moves["kind"].tolist().count(CW) == 1


@pytest.mark.parametrize("dialect", ALL)
def test_unverified_is_said_first_and_lines_stay(dialect):
    made = sheet([step(10, DRILL, [drilled(81)])])
    lines, verified = post(made, dialect).splitlines(), as_verified(post(made, dialect)).splitlines()
    assert "UNVERIFIED" in lines[0 if dialect == "linuxcnc" else 1]
    assert not any("UNVERIFIED" in line for line in verified)
    assert len(lines) == len(verified)


def test_linuxcnc_numbers_are_file_lines():
    for n, line in enumerate(post(sheet([step(10, DRILL, [drilled(81)])]), "linuxcnc").splitlines(), start=1):
        if line.startswith("N"):
            assert line.split()[0] == f"N{n}"


@pytest.mark.parametrize("dialect", ALL)
def test_spindle_and_height_before_anything_moves_across(dialect):
    made = sheet([step(10, MILL, [compensated_run()]), step(20, DRILL, [drilled(81)])], end_position=(-300.0, 0.0))
    lines = [line.split(" ", 1)[1] if line.startswith("N") else line for line in post(made, dialect).splitlines()]
    changes = [n for n, line in enumerate(lines) if line.endswith("M6")]
    assert len(changes) == 2
    for n in changes:
        assert "G53 G0 Z0." in lines[n - 4 : n]
        assert lines[n + 1].endswith("M3") and lines[n + 2].startswith("G4")
    assert "M1" in lines[changes[0] : changes[1]]
    tail = [line for line in lines[-7:] if line != "%"]
    assert tail[-5:] == ["M9", "M5", "G53 G0 Z0.", "G53 G0 X-300. Y0.", "M2" if dialect == "linuxcnc" else "M30"]


def test_what_cannot_be_posted_is_refused():
    for made in (
        sheet([]), sheet([step(10, DRILL, [drilled(81)], n=math.nan)]), sheet([step(10, DRILL, [drilled(81)])], units="inch"),
        sheet([step(10, MILL, [Run(np.concatenate([line_moves([[0, 0, 20]], 0, RAPID), line_moves([[0, 0, -1]], math.nan)]))])]),
    ):  # fmt: skip
        with pytest.raises(CopeauError):
            post(made, "linuxcnc")


def test_an_unknown_dialect_is_answered_with_the_near_ones():
    with pytest.raises(CopeauError, match="haas"):
        post(sheet([step(10, DRILL, [drilled(81)])]), "hass")
    assert set(ALL) <= set(dialects())


@pytest.mark.parametrize("dialect", ALL)
def test_between_runs_the_tool_goes_by_the_clearance_level(dialect):
    up, down = line_moves([[5, 0, 3]], 0.0, RAPID), line_moves([[0, 0, 3]], 0.0, RAPID)
    low = Run(np.concatenate([down, line_moves([[0, 0, -1], [5, 0, -1]], 100.0), up]))
    far = Run(np.concatenate([line_moves([[50, 0, 3]], 0.0, RAPID), line_moves([[50, 0, -1]], 100.0)]))
    m = interpret(post(sheet([step(10, MILL, [low, far])]), dialect), "p", dialect=dialect, tools=TOOLS).moves
    k = int(np.flatnonzero(m["x"] == 50.0)[0])
    assert m["z"][k] == CLEARANCE and m["z"][k - 1] == CLEARANCE and m["x"][k - 1] == 5.0


@pytest.mark.parametrize("dialect", ALL)
@given(made=sheets(), drop=st.integers(0, 2))
@settings(max_examples=60, **SLOW)
def test_a_program_posted_again_without_a_step_is_the_text_it_would_be_alone(dialect, made, drop):
    post(made, dialect)
    fewer = replace(made, steps=made.steps[:drop] + made.steps[drop + 1 :] or made.steps)
    alone = replace(fewer, steps=tuple(PostedStep(s.workingstep, s.segments) for s in fewer.steps))
    assert post(fewer, dialect) == post(alone, dialect)
    assert all(s.written for s in fewer.steps)
