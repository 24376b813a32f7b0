"""Which tools make a hole, how deep: on plates made for the purpose, each drill's profile against the drawn one."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from copeau.data import load_tools, machine, thread
from copeau.features import recognise
from copeau.features.shadow import Shadow
from copeau.part import read_step
from copeau.process.hole_asks import NOTHING_ASKED, HoleAsk
from copeau.process.hole_points import POINT_LEFT_MM, Point, plan_point
from copeau.process.hole_room import Room
from copeau.process.hole_shape import hole_shape
from copeau.process.holes import BOTTOM, COUNTERSINK, DRILL, PILOT, REAM, SPOT, TAP, drillable, from_each_side, hole_steps, sunk_later
from copeau.process.requirements import parse_size
from tests.plates import bore, box, cone, pointed, written

TOOLS = load_tools(machine("haas-minimill"))
UPRIGHT = np.eye(4)
UPSIDE_DOWN = np.diag([1.0, -1.0, -1.0, 1.0])


def jobs(tmp_path, body, *cuts, ask=NOTHING_ASKED, to_wcs=UPRIGHT, tools=TOOLS, lowest_z=-math.inf, make=drillable):
    """What is made of each hole of a plate, by diameter."""
    part = read_step(written(tmp_path / "plate.step", body, *cuts))
    vertices = part.mesh.vertices @ to_wcs[:3, :3].T + to_wcs[:3, 3]
    room = Room(Shadow(vertices, part.mesh.triangles, part.mesh.face), None, lowest_z)
    shapes = [s for f in recognise(part).features if (s := hole_shape(f, part.mesh, to_wcs))]
    rest = (ask,) if make is not sunk_later else ()
    found = [(s, make(s, room, tools, *rest)) for s in shapes]
    return [job for s, job in sorted(found, key=lambda r: r[0].centre[0])]


def kinds(job):
    return [c.kind for c in job.cuts]


def only(job, kind):
    (cut,) = [c for c in job.cuts if c.kind == kind]
    return cut


def test_a_plain_through_hole_is_drilled_and_no_more(tmp_path):
    (job,) = jobs(tmp_path, box(0, 0, 0, 30, 20, 10), bore(10, 10, 5.0, 11, -1))
    cut = only(job, DRILL)
    assert set(kinds(job)) <= {SPOT, DRILL}
    assert cut.tool.DC == 5.0
    assert cut.bottom_z <= -cut.tool.DC / 2 / math.tan(math.radians(cut.tool.SIG) / 2)  # the full diameter is out
    assert not job.unmet


@pytest.mark.parametrize("angle", [118.0, 130.0, 140.0])
def test_the_point_at_hand_that_is_drawn_is_taken_to_its_tip(tmp_path, angle):
    (job,) = jobs(tmp_path, box(0, 0, 0, 30, 20, 20), pointed(10, 10, 5.0, 21, 8, angle))
    cut = only(job, DRILL)
    assert cut.tool.SIG == angle
    assert cut.bottom_z == pytest.approx(8 - 2.5 / math.tan(math.radians(angle) / 2), abs=1e-3)


def test_a_point_that_no_drill_of_the_size_has_is_cut_by_pilots(tmp_path):
    blunt = [t for t in TOOLS if not (t.type == "drill" and t.SIG == 118.0 and t.DC > 2.0)]
    (job,) = jobs(tmp_path, box(0, 0, 0, 30, 20, 12), pointed(10, 10, 3.242, 13, 6, 118.0), tools=blunt)
    assert kinds(job).count(PILOT) >= 1
    assert [c.tool.DC for c in job.cuts if c.kind == PILOT] == sorted(c.tool.DC for c in job.cuts if c.kind == PILOT)
    drawn_tip = 6 - 1.621 / math.tan(math.radians(59))
    # The oracle: heights of what is left at each radius, from the definition of a cone with a flat end of nothing.
    for r in np.linspace(0.0, 1.6, 33):
        drawn = drawn_tip + r / math.tan(math.radians(59))
        cut = min(c.bottom_z + r / math.tan(math.radians(c.tool.SIG) / 2) for c in job.cuts if c.kind in (PILOT, DRILL) and r <= c.tool.DC / 2 + 1e-9)
        assert -1e-6 <= (cut - drawn) * math.sin(math.radians(59)) <= POINT_LEFT_MM


def test_where_no_pilots_help_the_point_is_told_of(tmp_path):
    blunt = [t for t in TOOLS if not (t.type == "drill" and t.SIG == 118.0)]
    (job,) = jobs(tmp_path, box(0, 0, 0, 40, 40, 40), pointed(20, 20, 12.0, 41, 15, 118.0), tools=blunt)
    assert PILOT not in kinds(job)
    assert "118 deg" in job.remarks[0]


def test_sharper_points_leave_nothing_at_the_tip():
    point = Point(0.0, math.radians(70), 3.0)
    sharp = SimpleNamespace(id="s", DC=6.0, SIG=118.0, LU=30.0)
    flat = SimpleNamespace(id="f", DC=5.96, SIG=140.0, LU=30.0)
    plan = plan_point(sharp, point, [flat], lambda t, z: True)
    assert plan.tip_z == 0.0
    assert [t.id for t, _ in plan.pilots] == ["f"]


def test_a_flat_bottom_is_drilled_short_and_milled_to_depth(tmp_path):
    (job,) = jobs(tmp_path, box(0, 0, 0, 30, 20, 20), bore(10, 10, 6.0, 21, 10))
    drill, mill = only(job, DRILL), only(job, BOTTOM)
    assert drill.bottom_z > mill.bottom_z == pytest.approx(10.0)
    assert mill.tool.type == "endmill" and mill.tool.centre_cutting and mill.tool.DC == 6.0


def test_a_countersink_gets_a_tool_of_its_angle_to_its_diameter(tmp_path):
    (job,) = jobs(tmp_path, box(0, 0, 0, 40, 30, 10), bore(15, 15, 5.5, 11, -1), cone(15, 15, 11.0, 5.5, 10, 7.25))
    cut = only(job, COUNTERSINK)
    assert cut.tool.SIG == 90.0
    assert cut.bottom_z == pytest.approx(10 - (11.0 - cut.tool.tip_diameter) / 2, abs=1e-3)
    assert kinds(job)[-1] == COUNTERSINK


def test_a_countersink_on_the_far_side_waits_for_its_setup(tmp_path):
    plate = box(0, 0, 0, 40, 30, 10), bore(15, 15, 5.5, 11, -1), cone(15, 15, 5.5, 11.0, 2.75, 0)
    (job,) = jobs(tmp_path, *plate)
    assert COUNTERSINK not in kinds(job)
    (later,) = jobs(tmp_path, *plate, to_wcs=UPSIDE_DOWN, make=sunk_later)
    assert kinds(later) == [COUNTERSINK]


def test_bores_across_a_gap_are_drilled_in_one_go(tmp_path):
    (job,) = jobs(tmp_path, box(0, 0, 0, 40, 20, 30), box(-1, -1, 10, 30, 21, 20), bore(10, 10, 6.0, 31, -1))
    cut = only(job, DRILL)
    assert cut.entry_z == pytest.approx(30.0, abs=1e-3) and cut.bottom_z < -1.0


def test_ears_too_far_apart_for_every_drill_are_drilled_each_from_its_own_side(tmp_path):
    ears = (box(0, 0, 0, 30, 20, 120), box(-1, -1, 6, 25, 21, 114), bore(10, 10, 3.0, 121, -1))
    assert jobs(tmp_path, *ears) == [None]
    for matrix, top in ((UPRIGHT, 120.0), (UPSIDE_DOWN, 0.0)):
        (job,) = jobs(tmp_path, *ears, to_wcs=matrix, make=from_each_side)
        cut = only(job, DRILL)
        assert not job.is_whole and len(job.faces) == 1
        assert cut.entry_z == pytest.approx(top) and cut.bottom_z < top - 6.0
        assert cut.tool.LU < 100.0


def test_ears_that_a_drill_spans_are_no_case_for_two_sides(tmp_path):
    assert jobs(tmp_path, box(0, 0, 0, 30, 20, 20), box(-1, -1, 6, 25, 21, 14), bore(10, 10, 5.0, 21, -1), make=from_each_side) == [None]
    assert jobs(tmp_path, box(0, 0, 0, 30, 20, 20), bore(10, 10, 5.0, 21, -1), make=from_each_side) == [None]


def test_coaxial_counterbores_from_both_sides_leave_the_core_to_the_drill(tmp_path):
    (job,) = jobs(tmp_path, box(0, 0, 0, 40, 20, 30), bore(10, 10, 6.0, 31, -1), bore(10, 10, 11.0, 31, 24), bore(10, 10, 11.0, 6, -1))
    cut = only(job, DRILL)
    assert cut.entry_z == pytest.approx(24.0, abs=1e-3)
    assert 0.0 < 6.0 - cut.bottom_z < 4.0


def test_a_holder_keeps_clear_of_the_pocket_that_the_hole_starts_in(tmp_path):
    (job,) = jobs(tmp_path, box(0, 0, 0, 60, 60, 70), box(22, 22, 10, 38, 38, 71), bore(30, 30, 5.0, 11, -1))
    if job is not None:
        assert all(c.tool.LPR + c.bottom_z > 70.0 or c.tool.holder[0][0] / 2 < 8.0 for c in job.cuts)


def test_a_thread_in_a_blind_hole_leaves_lead_and_room(tmp_path):
    ask = HoleAsk(thread=thread("M6"))
    (job,) = jobs(tmp_path, box(0, 0, 0, 40, 20, 25), pointed(10, 10, 5.0, 26, 9, 118.0), ask=ask)
    tap = only(job, TAP)
    assert tap.tool.thread == "M6" and tap.tool.THCHT != "B"
    assert tap.bottom_z == pytest.approx(9.0 + tap.tool.TP, abs=1e-3)
    assert kinds(job)[-1] == TAP
    assert any("full thread" in r for r in job.remarks)


def test_a_thread_through_is_cut_past_the_exit_inside_what_the_drill_made(tmp_path):
    (job,) = jobs(tmp_path, box(0, 0, 0, 40, 20, 12), bore(10, 10, 5.0, 13, -1), ask=HoleAsk(thread=thread("M6")))
    tap, drill = only(job, TAP), only(job, DRILL)
    assert tap.bottom_z == pytest.approx(-tap.tool.chamfer_length, abs=1e-3)
    assert drill.bottom_z + drill.tool.DC / 2 / math.tan(math.radians(drill.tool.SIG) / 2) <= tap.bottom_z


def test_a_thread_too_deep_for_every_tap_is_named(tmp_path):
    (job,) = jobs(tmp_path, box(0, 0, 0, 40, 20, 30), bore(10, 10, 5.0, 31, -1), ask=HoleAsk(thread=thread("M6")))
    assert TAP not in kinds(job)
    assert "M6" in job.unmet[0]


def test_a_fit_is_reamed_after_a_smaller_drill(tmp_path):
    (job,) = jobs(tmp_path, box(0, 0, 0, 40, 20, 20), bore(10, 10, 8.0, 21, -1), ask=HoleAsk(size=parse_size("8 H7")))
    drill, ream = only(job, DRILL), only(job, REAM)
    assert ream.tool.DC == 8.0 and 0.1 < 8.0 - drill.tool.DC < 0.5
    assert drill.bottom_z < ream.bottom_z < 0.0


@pytest.mark.parametrize(("size", "reamed"), [("8 H7", True), ("8 +0.05/0", True), ("8 ±0.2", False), ("8", False)])
def test_a_reamer_goes_where_a_drill_does_not_hold_the_limits(tmp_path, size, reamed):
    (job,) = jobs(tmp_path, box(0, 0, 0, 40, 20, 20), bore(10, 10, 8.0, 21, -1), ask=HoleAsk(size=parse_size(size)))
    assert (REAM in kinds(job)) == reamed
    assert not job.unmet


def test_a_fit_that_no_reamer_keeps_is_drilled_and_named(tmp_path):
    (job,) = jobs(tmp_path, box(0, 0, 0, 40, 20, 20), bore(10, 10, 8.0, 21, -1), ask=HoleAsk(size=parse_size("8 P6")))
    assert REAM not in kinds(job)
    assert "8 P6" in job.unmet[0]


def bench():
    from copeau.data import conservative_steel

    return SimpleNamespace(tools=TOOLS, material=conservative_steel(), machine=machine("haas-minimill"))


def test_deep_holes_are_pecked_and_carbide_breaks_its_chips(tmp_path):
    made = jobs(tmp_path, box(0, 0, 0, 90, 20, 30), bore(10, 10, 4.0, 31, -1), bore(30, 10, 6.0, 31, 8 - 1), bore(60, 10, 12.0, 31, -1))
    steps = hole_steps("10", [j for j in made if j], bench())
    for w in steps:
        deepest = max(e - b for e, b in zip(w.parameters["entry_z"], w.parameters["bottom_z"]))
        if w.tool.type == "drill":
            assert (w.operation == "drilling") == (deepest <= 3.0 * w.tool.DC)
        if w.operation in ("deep_drilling", "chip_breaking"):
            assert 0.0 < w.parameters["peck_mm"] <= w.tool.DC
        if w.operation == "chip_breaking":
            assert w.tool.material.startswith("carbide")


def test_workingsteps_go_from_spot_to_tap_and_the_tap_feeds_its_pitch(tmp_path):
    plate = box(0, 0, 0, 60, 20, 20), pointed(10, 10, 5.0, 21, 6, 118.0), pointed(30, 10, 5.0, 21, 6, 118.0)
    made = jobs(tmp_path, *plate, ask=HoleAsk(thread=thread("M6")))
    steps = hole_steps("10", made, bench())
    assert [w.operation for w in steps] == ["spot_drilling", "deep_drilling", "tapping"]
    tap = steps[-1]
    assert tap.cutting.vf == tap.cutting.n * tap.tool.TP
    assert len(tap.parameters["points"]) == 2


def test_a_fit_is_reamed_even_where_the_roughness_is_out_of_reach(tmp_path):
    (job,) = jobs(tmp_path, box(0, 0, 0, 40, 20, 20), bore(10, 10, 8.0, 21, -1), ask=HoleAsk(size=parse_size("8 H7"), ra_um=0.4))
    assert REAM in kinds(job)
    assert len(job.unmet) == 1 and "Ra 0.4" in job.unmet[0]


def test_a_bore_drawn_at_its_minor_diameter_gets_a_core_drill_that_does_not_cut_over_it(tmp_path):
    (job,) = jobs(tmp_path, box(0, 0, 0, 40, 20, 20), pointed(10, 10, 3.242, 21, 8, 118.0), ask=HoleAsk(thread=thread("M4")))
    assert TAP in kinds(job) and only(job, DRILL).tool.DC == 3.25


def test_a_bore_drawn_at_the_nominal_diameter_is_drilled_for_its_thread(tmp_path):
    (job,) = jobs(tmp_path, box(0, 0, 0, 40, 20, 20), pointed(10, 10, 6.0, 21, 6, 118.0), ask=HoleAsk(thread=thread("M6")))
    assert TAP in kinds(job) and only(job, DRILL).tool.DC == 5.0
