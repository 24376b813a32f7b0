import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copeau.data import load_materials, load_tools, machine, material, tool
from copeau.data.cutting_data import cutting_row, load_cutting_rows
from copeau.model.errors import CopeauError, Refusal
from copeau.model.tool import Tool
from copeau.process import cutting_forces as forces
from copeau.process.cutting import conditions, peck_mm, suggested_ap_ae
from copeau.process.cutting_holes import drilling_power
from copeau.process.cutting_milling import effective_diameter

VF2 = machine("haas-vf2")
STEEL, ALUMINIUM, STAINLESS = material("42CrMo4-QT"), material("EN-AW-6082"), material("X5CrNi18-10")
END_MILLS = [t for t in load_tools(VF2) if t.type in ("endmill", "ball_endmill", "bullnose_endmill") and t.material == "carbide"]
COMMON = [m for m in load_materials() if m.iso513 in "PMKN"]


def mill(dc=10.0, **more):
    usual = {"id": "X", "type": "endmill", "DC": dc, "NOF": 4, "APMX": 2 * dc, "LU": 2 * dc, "LPR": 3 * dc, "DCON": dc,
             "material": "carbide", "coating": "TiAlN", "centre_cutting": True}  # fmt: skip
    return Tool(**(usual | more))


# --- formulas against their definitions ------------------------------------------------------------


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.9, 1.0])
def test_mean_chip_is_the_average_over_the_arc_in_the_cut(share):
    d, fz = 12.0, 0.1
    phi = np.linspace(0.0, math.acos(1 - 2 * share), 20001)
    chip = fz * np.sin(phi)
    average = np.trapezoid(chip, phi) / phi[-1]
    assert forces.mean_chip(fz, share * d, d, 90.0) == pytest.approx(average, rel=1e-6)


@given(st.floats(0.001, 0.499))
def test_the_thinned_feed_gives_the_chip_of_half_the_diameter(share):
    d = 10.0
    # Largest chip of one tooth: at the end of its arc, fz sin(phi).
    end = math.acos(1 - 2 * share)
    assert forces.thinning(share * d, d) * math.sin(end) == pytest.approx(1.0, rel=1e-9)


def test_half_the_diameter_and_more_thins_no_chip():
    assert forces.thinning(5.0, 10.0) == forces.thinning(8.0, 10.0) == 1.0


def test_power_of_a_cut_is_the_sum_of_its_teeth():
    # ap ae vf kc is the energy of the volume removed in a minute.
    n, z, fz, ap, ae, kc = 2000.0, 4, 0.1, 5.0, 3.0, 2000.0
    energy_joule = ap * ae * fz * z * n * kc * 1e-3  # mm3 N/mm2 = N mm
    assert forces.cutting_power(ap, ae, fz * z * n, kc) == pytest.approx(energy_joule / 60.0 / 1000.0)


def test_a_bar_bends_as_the_textbook_says():
    # Round bar of 8 mm (0.8 x 10), 40 mm out: F L^3 / (3 E I), I = pi d^4 / 64.
    bar = mill(APMX=40.0, LU=40.0, LPR=40.0)
    want = 40.0**3 / (3 * 600e3 * math.pi * 8.0**4 / 64)
    assert forces.compliance(bar, 40.0) == pytest.approx(want, rel=1e-12)


def test_a_stepped_bar_bends_as_its_moment_integrates():
    stepped = mill(APMX=10.0, LU=25.0, DN=9.0, LPR=50.0, DCON=12.0)
    x = (np.arange(200000) + 0.5) * 50.0 / 200000
    d = np.where(x < 10, 8.0, np.where(x < 25, 9.0, 12.0))
    want = float((x**2 / (600e3 * math.pi * d**4 / 64)).sum() * 50.0 / 200000)
    assert forces.compliance(stepped, 50.0) == pytest.approx(want, rel=1e-6)


@given(st.floats(1.05, 3.0), st.floats(20.0, 80.0))
def test_more_overhang_bends_more_and_hss_more_than_carbide(longer, out):
    assert forces.compliance(mill(), longer * out) > forces.compliance(mill(), out)
    assert forces.compliance(mill(material="HSS-Co8"), out) > 2.5 * forces.compliance(mill(), out)


@given(st.floats(0.2, 20.0), st.floats(0.05, 1.0), st.floats(0.01, 0.2))
def test_the_force_in_the_cut_is_no_less_than_its_average(ap, share, fz):
    t, ae = mill(), 10.0 * share
    hm = forces.mean_chip(fz, ae, 10.0, 90.0)
    average = forces.kc(STEEL, hm) * hm * ap * 4 * forces.engagement_rad(ae, 10.0) / (2 * math.pi)
    assert forces.lateral_force(STEEL, t, fz, ap, ae) >= average


def test_power_follows_torque_then_the_motor():
    low, high = forces.power_at(VF2, 500.0), forces.power_at(VF2, 8000.0)
    assert low == pytest.approx(0.8 * 122.0 * 2 * math.pi * 500 / 60 / 1000)
    assert high == pytest.approx(0.8 * VF2.power_kw)


def test_a_ball_cuts_on_the_circle_of_its_depth():
    ball = mill(6.0, type="ball_endmill", RE=3.0)
    assert effective_diameter(ball, 0.2) == pytest.approx(2 * math.sqrt(0.2 * (6.0 - 0.2)))
    assert effective_diameter(ball, 5.0) == pytest.approx(6.0)
    assert effective_diameter(mill(10.0, type="bullnose_endmill", RE=1.0), 1.0) == pytest.approx(10.0)


# --- the row that is chosen -------------------------------------------------------------------------


def test_the_row_is_of_the_tool_the_group_and_the_engagement():
    slot, shoulder = (cutting_row(mill(12.0), STEEL, share).row for share in (1.0, 0.2))
    assert 8 in slot.groups and slot.band == (0.4, math.inf) and shoulder.band == (0.1, 0.4)
    assert slot.dc_min_mm <= 12.0 <= slot.dc_max_mm
    assert slot.vc_start < shoulder.vc_start


def test_a_diameter_between_bands_takes_the_row_for_all_diameters():
    row = cutting_row(mill(14.0), STEEL, 1.0).row
    assert row.band is None and row.dc_min_mm <= 14.0 <= row.dc_max_mm


def test_a_catalogue_goes_before_a_textbook():
    drill = tool("D046")
    for m in (STEEL, STAINLESS):
        assert cutting_row(drill, m).row.quality == "catalogue"


def test_a_group_without_a_row_takes_a_harder_one_and_says_so():
    jobber = next(t for t in load_tools() if t.type == "drill" and t.material == "HSS-Co" and t.DC == 8.0)
    choice = cutting_row(jobber, STEEL)
    assert 8 not in choice.row.groups and "harder" in choice.remark
    assert choice.vc <= cutting_row(jobber, material("C45")).vc


def test_a_tool_not_made_for_the_material_runs_at_the_lower_end():
    own, foreign = (cutting_row(mill(iso513=letters), ALUMINIUM, 0.2) for letters in ("N", "PMKSH"))
    assert own.row is foreign.row and foreign.vc == foreign.row.vc_min < own.vc


def test_hardened_steel_without_a_row_is_refused_with_the_missing_row():
    with pytest.raises(CopeauError, match="group 39"):
        conditions(mill(), material("100Cr6-60HRC"), VF2, "roughing", 1.0, 0.5)


def test_plastics_take_the_row_that_names_them():
    named = {m: cutting_row(mill(coating="uncoated"), material(m), 0.2).row.note for m in ("POM-C", "PMMA", "MDF", "GFRP-G10")}
    assert [m.split("-")[0] in named[m] for m in named] == [True] * 4


def test_every_row_is_ordered():
    for row in load_cutting_rows():
        assert row.vc_min <= row.vc_start <= row.vc_max, row.id
        assert math.isnan(row.feed_start) or row.feed_min <= row.feed_start <= row.feed_max, row.id


# --- conditions -------------------------------------------------------------------------------------


def test_a_full_slot_in_steel_has_the_speed_and_feed_of_the_row():
    t = mill(12.0, LPR=25.0)
    row = cutting_row(t, material("C45"), 1.0).row
    c = conditions(t, material("C45"), VF2, "slotting", 0.5, 12.0)
    assert c.vc == pytest.approx(row.vc_start, rel=0.01) and c.fz == pytest.approx(row.feed_start, rel=0.01)
    assert row.id in c.why


def test_a_missing_ae_is_a_full_slot():
    a, b = (conditions(mill(12.0), STEEL, VF2, "slotting", 0.5, ae) for ae in (math.nan, 12.0))
    assert a == b


def test_the_slower_of_machine_tool_and_table_decides_the_speed():
    small = mill(3.0, LPR=12.0)
    assert conditions(small, ALUMINIUM, VF2, "roughing", 1.0, 0.5).n == VF2.rpm_max
    held = replace(small, RPMX=5000.0)
    c = conditions(held, ALUMINIUM, VF2, "roughing", 1.0, 0.5)
    assert c.n == 5000.0 and "RPMX" in c.why


def test_a_weak_spindle_lowers_the_feed_and_says_so():
    strong, weak = (conditions(mill(20.0), STEEL, m, "roughing", 8.0, 3.0) for m in (VF2, replace(VF2, power_kw=1.0, torque_nm=20.0)))
    assert weak.vf < strong.vf and "kW" in weak.why


def test_what_a_spindle_cannot_turn_is_refused():
    with pytest.raises(Refusal) as caught:
        conditions(mill(20.0), STEEL, replace(VF2, power_kw=0.05), "slotting", 2.0, 20.0)
    assert caught.value.name == "too_weak"


def test_a_router_is_too_fast_for_a_large_mill_in_steel():
    with pytest.raises(Refusal) as caught:
        conditions(mill(12.0), STEEL, machine("router-linuxcnc-4x4"), "roughing", 1.0, 1.0)
    assert caught.value.name == "spindle_too_fast"


def test_a_long_tool_is_slowed_and_a_very_long_one_refused():
    short, long = (conditions(mill(), STEEL, VF2, "roughing", 3.0, 1.5, overhang_mm=out) for out in (30.0, 45.0))
    assert long.vf < short.vf and "bending" in long.why
    with pytest.raises(Refusal) as caught:
        conditions(mill(), STEEL, VF2, "finishing", 10.0, 0.5, overhang_mm=150.0)
    assert caught.value.name == "too_slender"


def test_a_ball_on_a_flat_turns_faster_but_never_burns_on_a_wall():
    ball = mill(6.0, type="ball_endmill", RE=3.0, NOF=2)
    fast = replace(VF2, rpm_max=40000.0)
    rough, finish = (conditions(ball, STEEL, fast, op, 0.2, 0.2) for op in ("roughing", "surface_finishing"))
    row = cutting_row(ball, STEEL, 0.2 / 6).row
    assert finish.n > rough.n and finish.vc <= row.vc_max


@pytest.mark.parametrize(("ap", "ae"), [(0.0, 1.0), (1.0, 0.0), (-1.0, 1.0), (50.0, 1.0)])
def test_an_impossible_engagement_is_refused(ap, ae):
    with pytest.raises(CopeauError):
        conditions(mill(), STEEL, VF2, "roughing", ap, ae)


def test_a_probe_has_no_cutting_conditions():
    with pytest.raises(CopeauError):
        conditions(tool("P001"), STEEL, VF2, "probing", 1.0, 1.0)


def test_a_material_without_a_force_is_told():
    with pytest.raises(CopeauError, match="kc11"):
        conditions(mill(), replace(STEEL, kc11=math.nan), VF2, "roughing", 1.0, 1.0)


def test_ramping_is_slower_than_milling_and_slowest_without_a_centre_edge():
    with_edge, without = (conditions(mill(centre_cutting=c), STEEL, VF2, "roughing", 2.0, 1.5) for c in (True, False))
    assert without.vf_plunge < with_edge.vf_plunge <= 0.5 * with_edge.vf


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(END_MILLS), st.sampled_from(COMMON), st.sampled_from(["roughing", "finishing", "floor_finishing", "facing"]))
def test_the_suggested_engagement_can_be_cut_within_all_limits(t, m, operation):
    ap, ae = suggested_ap_ae(t, m, operation)
    assert 0.0 < ap <= t.APMX and 0.0 < ae <= t.DC
    c = conditions(t, m, VF2, operation, ap, ae)
    limit = 0.02 if "finish" in operation else 0.05
    bending = forces.lateral_force(m, t, c.fz, ap, ae) * forces.compliance(t, t.LPR)
    power = forces.cutting_power(ap, ae, c.vf, forces.kc(m, forces.mean_chip(c.fz, ae, t.DC, 90.0)))
    assert bending <= limit * (1 + 1e-6)
    assert power <= forces.power_at(VF2, c.n) * (1 + 1e-6)
    assert c.n <= min(VF2.rpm_max, t.RPMX) and c.vf <= VF2.max_feed_mm_min
    assert c.vf == pytest.approx(c.n * c.fz * t.NOF) and c.vc == pytest.approx(math.pi * t.DC * c.n / 1000)


@settings(deadline=None, max_examples=50)
@given(st.floats(0.5, 8.0), st.floats(0.3, 5.0), st.floats(1.01, 2.0))
def test_a_deeper_cut_never_goes_faster(ap, ae, deeper):
    try:
        shallow = conditions(mill(), STEEL, VF2, "roughing", ap, ae)
        deep = conditions(mill(), STEEL, VF2, "roughing", ap * deeper, ae)
    except Refusal:
        return
    assert deep.vf <= shallow.vf


def test_long_necks_are_given_less_than_short_ones():
    short, long = mill(), mill(LU=60.0, LPR=65.0, APMX=15.0, DN=9.5)
    a, b = (suggested_ap_ae(t, STEEL, "roughing") for t in (short, long))
    assert b[0] * b[1] < 0.5 * a[0] * a[1]


@pytest.mark.parametrize("reach", [4.0, 5.0, 6.4])
def test_a_wall_is_finished_in_the_fewest_passes_that_remove_nearly_as_much(reach):
    long = mill(16.0, LPR=reach * 16.0)

    def area_a_minute(ap, ae):
        return ap * ae * conditions(long, STEEL, VF2, "finishing", ap, ae).vf

    ap, ae = suggested_ap_ae(long, STEEL, "finishing")
    shallower = [area_a_minute(share * ap, ae) for share in (0.8, 0.6, 0.4, 0.3, 0.2)]
    assert area_a_minute(ap, ae) >= 0.55 * max(shallower)
    assert ap > 1.0


def test_faces_are_milled_at_seven_tenths_of_the_cutter():
    t = tool("M053")
    ap, ae = suggested_ap_ae(t, STEEL, "facing")
    assert ae == pytest.approx(0.7 * t.DC, rel=0.01) and 1.0 <= ap <= 3.0


# --- holes ------------------------------------------------------------------------------------------


def test_a_tap_feeds_exactly_its_pitch_a_revolution():
    for t in load_tools(VF2):
        if t.type == "tap" and not t.forming:
            c = conditions(t, STEEL, VF2, "tapping")
            assert c.vf == c.n * t.TP and c.n == math.floor(c.n)


def test_a_tap_without_pitch_is_told():
    with pytest.raises(CopeauError, match="TP"):
        conditions(Tool("X", "tap", 8.0, material="HSS-E"), STEEL, VF2, "tapping")


def test_drilling_power_is_torque_times_speed():
    # Two edges, each a chip fn/2 sin(SIG/2) thick on DC / 2: force kc fn/2 DC/2 an edge, at a quarter of DC from the axis.
    t, fn, n = tool("D046"), 0.15, 2000.0
    kc = forces.kc(STEEL, fn / 2 * math.sin(math.radians(140) / 2))
    torque_nm = 2 * (kc * fn / 2 * t.DC / 2) * (t.DC / 4) / 1000
    assert drilling_power(STEEL, t, fn, n) == pytest.approx(forces.torque_power(torque_nm, n), rel=1e-9)


def test_deep_holes_are_drilled_slower_with_hss():
    jobber = next(t for t in load_tools(VF2) if t.type == "drill" and t.material == "HSS-Co" and t.DC == 6.0)
    vf = [conditions(jobber, STAINLESS, VF2, "drilling", depth_mm=d).vf for d in (10.0, 20.0, 25.0, 31.0, 40.0)]
    assert vf == sorted(vf, reverse=True) and vf[0] > vf[-1]


def test_pecks_begin_where_the_data_say():
    carbide, jobber = mill(8.0, type="drill"), mill(8.0, type="drill", material="HSS")
    assert math.isnan(peck_mm(carbide, 24.0)) and peck_mm(carbide, 24.1) == 8.0
    assert math.isnan(peck_mm(jobber, 32.0)) and peck_mm(jobber, 32.1) == 8.0
    assert peck_mm(jobber, 65.0) == 4.0


def test_a_drill_too_large_for_the_spindle_is_refused():
    with pytest.raises(Refusal):
        conditions(tool("D055"), STEEL, machine("tormach-pcnc1100"), "drilling")


def test_a_small_spindle_drills_slower_within_its_power():
    bench = machine("tormach-pcnc1100")
    t = next(t for t in load_tools(bench) if t.type == "drill" and t.material == "HSS-Co" and t.DC == 12.0)
    c = conditions(t, ALUMINIUM, bench, "drilling")
    assert c.n < conditions(t, ALUMINIUM, VF2, "drilling").n and "kW" in c.why
    assert drilling_power(ALUMINIUM, t, c.fn, c.n) <= forces.power_at(bench, c.n)


def test_every_hole_tool_of_the_table_runs_in_common_steel():
    for t in load_tools(VF2):
        if t.type in ("drill", "spot_drill", "center_drill", "countersink", "reamer"):
            c = conditions(t, STEEL, VF2, "drilling")
            assert 0 < c.n <= min(t.RPMX, VF2.rpm_max) and c.vf == pytest.approx(c.n * c.fn), t.id


def test_a_thread_mill_is_programmed_slower_than_its_edge_moves():
    t = next(t for t in load_tools(VF2) if t.type == "thread_mill" and t.thread == "M12")
    row = cutting_row(t, STEEL).row
    c = conditions(t, STEEL, VF2, "thread_milling", 1.0, 0.5)
    assert c.vf == pytest.approx(c.n * c.fz * t.NOF * (12.0 - t.DC) / 12.0, rel=0.02)
    assert c.fz <= row.feed_mm(row.feed_start, t.DC) * (1 + 1e-9)
