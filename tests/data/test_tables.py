import math
import time

import pytest

from copeau.data import (
    conservative_steel,
    load_machines,
    load_materials,
    load_threads,
    load_tools,
    machine,
    material,
    smallest_machine,
    specific_force,
    thread,
    tool,
)
from copeau.data.holders import ASSUMED_HOLDER, holder, load_holders
from copeau.data.table import document, rows
from copeau.model.errors import CopeauError
from copeau.model.tool import CUTTER_TYPES

MILLS = [m for m in load_machines() if m.kind.startswith("mill")]


def test_every_row_and_entry_says_its_source():
    for name in ("tools", "holders", "cutting_data", "threads", "iso286", "iso2768", "reaming_stock", "vdi3323"):
        assert all(row["source"] for row in rows(name)), name
    for name in ("machines", "materials", "instruments"):
        assert all(entry["source"] for entry in document(name)[name]), name


def test_machines_and_materials_load_in_less_than_the_time_they_may_take():
    for loader in (load_machines, load_materials):
        loader.cache_clear()
    document.cache_clear()
    start = time.process_time()
    load_machines()
    load_materials()
    assert time.process_time() - start < 0.15


def test_a_machine_without_a_stated_torque_or_rate_has_nan_there():
    bench = machine("tormach-pcnc1100")
    assert math.isnan(bench.torque_nm) and math.isnan(bench.hourly_rate)
    assert bench.rapid_mm_min == pytest.approx((2794.0, 2794.0, 2286.0))


def test_unknown_names_are_answered_with_near_ones():
    for ask, wrong, right in (
        (machine, "haas-vf3", "haas-vf2"),
        (material, "EN-AW-6028", "EN-AW-6082"),
        (thread, "M8x1.1", "M8x1"),
        (tool, "M053x", "M053"),
    ):
        with pytest.raises(CopeauError) as caught:
            ask(wrong)
        assert right in caught.value.mend


def test_the_smallest_machine_that_holds_the_work_is_chosen():
    small, large = smallest_machine((100, 80, 200), 10), smallest_machine((1500, 600, 500), 300)
    assert math.prod(small.travels_mm) < math.prod(large.travels_mm)
    assert large.travels_mm[0] >= 1500 and large.travels_mm[1] >= 600
    for m in MILLS:
        if m.kind == "mill3" and not math.isnan(m.max_load_kg) and math.prod(m.travels_mm) < math.prod(small.travels_mm):
            assert m.travels_mm[0] < 140 or m.travels_mm[1] < 120 or m.nose_to_table_mm[1] < 200 or m.max_load_kg < 10


def test_work_too_heavy_for_a_machine_goes_to_a_larger_one():
    assert smallest_machine((200, 150, 200), 100).max_load_kg < smallest_machine((200, 150, 200), 1500).max_load_kg


def test_work_too_large_for_three_axes_goes_to_a_five_axis_machine():
    assert smallest_machine((200, 150, 200), 100).kind == "mill3"
    assert smallest_machine((950, 900, 650), 1900).kind == "mill5"


def test_work_that_no_machine_holds_is_refused():
    with pytest.raises(CopeauError):
        smallest_machine((5000, 100, 100), 10)


def test_a_material_has_the_larger_of_its_force_pairs():
    for row in document("materials")["materials"]:
        mine = material(row["id"])
        for key in ("kienzle", "kienzle_alt"):
            pair = row.get(key)
            if pair and pair["mc"] is not None:
                assert specific_force(mine, 0.1) >= pair["kc11"] * 0.1 ** -pair["mc"] - 1e-9, row["id"]


def test_every_material_has_a_force():
    assert all(specific_force(m, 0.05) > 0.0 for m in load_materials())


def test_the_conservative_steel_needs_the_largest_force_of_the_common_steels():
    chosen = conservative_steel()
    for m in load_materials():
        if m.iso513 == "P" and 1 <= m.vdi3323 <= 8:
            assert specific_force(chosen, 0.1) >= specific_force(m, 0.1)


@pytest.mark.parametrize(
    ("name", "want"),
    [("304", "X5CrNi18-10"), ("1.7131", "16MnCr5"), ("AU4G", "EN-AW-2017A"), ("en aw-6082", "EN-AW-6082"), ("XC48", "C45")],
)
def test_a_material_is_found_by_its_other_names(name, want):
    assert material(name).id == want


def test_a_name_of_several_states_asks_which():
    with pytest.raises(CopeauError) as caught:
        material("4140")
    assert "42CrMo4-QT" in caught.value.mend


@pytest.mark.parametrize("written", ["M8", "m8", "M8x1.25", "M 8", "M8-6H", "M8×1,25"])
def test_a_coarse_thread_is_found_however_it_is_written(written):
    found = thread(written)
    assert (found.designation, found.pitch_mm, found.tap_drill_mm) == ("M8", 1.25, 6.8)


def test_fine_inch_and_pipe_threads_are_found():
    assert thread("M8x1").tap_drill_mm == 7.0
    assert thread("1/4-20 UNC").pitch_mm == pytest.approx(1.27)
    assert thread("G1/4") is thread("G 1/4")


def test_tap_drills_lie_between_the_core_limits_and_the_nominal():
    for t in load_threads():
        assert t.minor_mm - 0.15 * t.pitch_mm <= t.tap_drill_mm < t.nominal_mm, t.id


@pytest.mark.parametrize("m", MILLS, ids=lambda m: m.id)
def test_each_tool_stands_whole_in_its_holder(m):
    for t in load_tools(m):
        assert t.type in CUTTER_TYPES and t.DC > 0.0 and t.LPR > 0.0
        pieces = t.holder
        assert pieces[0][1] == 0.0
        assert all(a[2] == b[1] and a[1] < a[2] for a, b in zip(pieces, pieces[1:]))
        assert t.length_mm == pytest.approx(t.LPR + pieces[-1][2])
        assert t.RPMX <= m.rpm_max
        assert not t.LU > t.LPR


def test_tools_have_what_their_type_needs():
    for t in load_tools():
        if t.type in ("drill", "spot_drill", "center_drill", "countersink", "chamfer_mill"):
            assert 0.0 < t.SIG <= 180.0, t.id
        if t.type == "tap":
            assert t.TP == pytest.approx(thread(t.thread).pitch_mm, abs=1e-4) and t.chamfer_length > 0.0, t.id
        if t.type == "ball_endmill":
            assert t.RE == pytest.approx(t.DC / 2), t.id
        if t.type == "face_mill":
            assert t.DCX == pytest.approx(t.DC + 2 * t.APMX if t.KAPR == 45.0 else t.DC), t.id
        if t.type in ("reamer", "tap", "chamfer_mill", "face_mill", "tslot_cutter") and "engraving" not in t.description:
            assert not t.centre_cutting, t.id


def test_the_holder_rises_from_the_nose():
    # 63@0-27;28@27-100 from the gauge line: 28 at the nose for 73 mm, then 63.
    assert holder("BT40-ER16-100").profile == ((28.0, 0.0, 73.0), (63.0, 73.0, 100.0))


def test_holders_are_those_of_the_machine_s_taper():
    interfaces = {h.id: h.machine_interface for h in load_holders()}
    assert {interfaces[t.holder_id] for t in load_tools(machine("hermle-c52u"))} == {"HSK-A63"}
    assert {interfaces[t.holder_id] for t in load_tools(machine("dmg-cmx600v"))} == {"SK40"}
    assert {interfaces[t.holder_id] for t in load_tools(machine("haas-vf2"))} == {"BT40"}


def test_a_taper_without_holders_is_marked_as_assumed():
    assert all(ASSUMED_HOLDER in t.quality for t in load_tools(machine("haas-vf6-50")))
    assert not any(ASSUMED_HOLDER in t.quality for t in load_tools(machine("haas-vf2")))


def test_a_collet_spindle_has_only_what_it_grips():
    tools = load_tools(machine("router-linuxcnc-4x4"))
    assert tools and all(t.DCON <= 13.0 and t.holder_id == "ER20-SPINDLE" for t in tools)


def test_the_speed_limit_is_the_holder_s_where_it_is_lower():
    vf2 = machine("haas-vf2")
    chuck = next(t for t in load_tools(vf2) if t.holder_id == "BT40-DC13")
    assert chuck.RPMX == 7000.0 < vf2.rpm_max
    assert max(t.RPMX for t in load_tools(vf2)) == vf2.rpm_max
