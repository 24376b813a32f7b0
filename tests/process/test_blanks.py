"""Given blanks: how they are written, whether they hold the part, on which side they are gripped."""

from types import SimpleNamespace

import numpy as np
import pytest

from copeau.blank import check_blank, read_blank
from copeau.model.errors import CopeauError
from copeau.part import read_step
from copeau.process.batch import batch
from copeau.process.blanks import LEAST_CARRIER_MM, gripped_order, parse_blank
from tests.plates import bore, box, written

UP, DOWN, ASIDE = np.eye(3)[2], -np.eye(3)[2], np.eye(3)[0]
DIRECTIONS = np.array([UP, DOWN, ASIDE])


def test_a_box_and_a_bar_are_read():
    block = parse_blank("box:-1,-2,-3,4,5,6")
    assert block.kind == "box" and block.bbox.tolist() == [[-1, -2, -3], [4, 5, 6]]
    bar = parse_blank("cyl:30,-5,20")
    assert (bar.kind, bar.diameter_mm) == ("cylinder", 30.0)
    assert bar.bbox.tolist() == [[-15, -15, -5], [15, 15, 20]]


@pytest.mark.parametrize("words", ["box:1,2,3", "box:0,0,0,1,1,0", "cyl:-3,0,1", "cyl:3,1,1", "box:a,b,c,d,e,f", "box:0,0,0,1,1,inf", "ball:3", "part.obj", ""])
def test_what_is_no_blank_is_refused_with_the_option(words):
    with pytest.raises(CopeauError) as e:
        parse_blank(words)
    assert "--stock" in str(e.value) and e.value.mend


def test_a_missing_file_is_refused():
    with pytest.raises(CopeauError, match="no such file"):
        read_blank("nowhere.stl")


@pytest.fixture(scope="module")
def plate(tmp_path_factory):
    return read_step(written(tmp_path_factory.mktemp("part") / "plate.step", box(0, 0, 0, 40, 30, 10), bore(10, 10, 5, 11, -1)))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("box:-1,-1,-8,41,31,9", "1.00 mm at +z"), ("box:1,-1,-8,41,31,11", "1.00 mm at -x"), ("cyl:90,-8,11", "5.00 mm on the radius"), ("cyl:120,1,11", "1.00 mm at -z"),
    ],
)  # fmt: skip
def test_a_blank_that_does_not_hold_the_part_says_what_is_lacking(plate, words, said):
    with pytest.raises(CopeauError) as e:
        check_blank(read_blank(words), plate)
    assert said in str(e.value)


def test_a_blank_that_holds_the_part_is_taken(plate):
    check_blank(read_blank("box:0,0,0,40,30,10"), plate)
    check_blank(read_blank("cyl:100.1,-8,11"), plate)


def test_a_cast_blank_with_a_hollow_where_the_part_is_solid_is_refused(plate, tmp_path):
    cast = written(tmp_path / "cast.step", box(-2, -2, -8, 42, 32, 12), bore(30, 20, 6, 13, 5))
    with pytest.raises(CopeauError, match="mm of it are missing"):
        check_blank(read_blank(str(cast)), plate)
    sound = written(tmp_path / "sound.step", box(-2, -2, -8, 42, 32, 12), bore(10, 10, 4, 13, -9))
    check_blank(read_blank(str(sound)), plate)


def test_a_mesh_blank_is_the_same_body_as_its_solid(tmp_path):
    path = written(tmp_path / "block.step", box(-2, -2, -8, 42, 32, 12))
    assert read_blank(str(path)).body(0.5).volume()[2] == pytest.approx(44 * 34 * 20, rel=0.02)


def test_the_side_with_stock_under_the_part_is_gripped_first(plate):
    need = LEAST_CARRIER_MM
    assert gripped_order(parse_blank(f"box:-1,-1,{-need},41,31,11"), plate, DIRECTIONS, [0, 1, 2]) == [0, 1, 2]
    assert gripped_order(parse_blank(f"box:-1,-1,-1,41,31,{10 + need}"), plate, DIRECTIONS, [0, 1, 2]) == [1, 0, 2]


def test_too_little_to_grip_is_refused_with_what_is_there_and_needed(plate):
    with pytest.raises(CopeauError) as e:
        gripped_order(parse_blank("box:-1,-1,-2,41,31,11"), plate, DIRECTIONS, [0, 1, 2])
    assert e.value.exit_code == 4
    assert "2.0 mm under the part seen from +z" in str(e.value) and f"{LEAST_CARRIER_MM:g} mm are needed" in str(e.value)


def test_the_setting_is_shared_by_the_lot():
    shop = SimpleNamespace(hourly_rate=60.0), SimpleNamespace(density_g_cm3=7.8, price_eur_kg=2.0)
    one, ten = (batch(n, 2, 5, 600.0, 1e5, *shop) for n in (1, 10))
    assert ten.cycle_s == one.cycle_s
    assert one.part_s - ten.part_s == pytest.approx(0.9 * one.setting_s)
    assert ten.total_s == pytest.approx(one.setting_s + 10 * one.cycle_s)
    assert ten.report()["material_eur_per_part"] == pytest.approx(1.56)
    assert ten.report()["eur_per_part"] == pytest.approx(1.56 + ten.part_s / 60.0, abs=0.01)


def test_a_cost_that_is_not_known_is_not_made_up():
    told = batch(3, 1, 1, 60.0, 1e5, SimpleNamespace(hourly_rate=float("nan")), SimpleNamespace(density_g_cm3=7.8, price_eur_kg=2.0)).report()
    assert "eur_per_part" not in told and "machine_eur_per_part" not in told
    assert "hourly rate" in told["not_known"]
