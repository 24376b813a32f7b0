import numpy as np
import pytest

from copeau.model.tool import Tool
from copeau.simulation.closest import design_of
from copeau.simulation.deviation import deviate
from copeau.simulation.threads import core_allowance, forgive_cores, forgive_threads, thread_allowance

from .workpieces import box, cut, cylinder, part_of, setup_cutting, workpiece_of

BLOCK = np.array([[-1.0, -1.0, -1.0], [41.0, 31.0, 21.0]])
M6 = Tool("M6", "tap", 6.0, 1, TP=1.0)


@pytest.fixture(scope="module")
def drilled(tmp_path_factory):
    """Two bores drawn at 4.917, drilled at 5.0: only the first is tapped."""
    folder = tmp_path_factory.mktemp("threads")
    body = box(0, 0, 0, 40, 30, 20)
    design = design_of(part_of(cut(body, cylinder(10, 15, -1, 2.4585, 30), cylinder(30, 15, -1, 2.4585, 30)), folder))
    stock = workpiece_of(cut(body, cylinder(10, 15, -1, 2.5, 30), cylinder(30, 15, -1, 2.5, 30)), folder, 0.3, BLOCK)
    return design, deviate(stock, design)


def wall_at(design, x):
    return next(f.index for f in design.faces.values() if f.kind == "cylinder" and abs(f.origin[0] - x) < 1e-6)


def test_a_tap_drill_is_no_gouge_where_the_tap_goes(drilled):
    design, deviation = drilled
    allowance = thread_allowance(design, [setup_cutting({1: [(10, 15, 30), (10, 15, -3), (10, 15, 30)]}, {1: M6})])
    assert set(allowance) == {wall_at(design, 10)}
    assert deviation.max_gouge_mm == pytest.approx(0.0415, abs=2e-3)
    forgiven = forgive_threads(deviation, design, allowance)
    assert (forgiven.gouged.points[:, 0] > 20).all() and wall_at(design, 30) in forgiven.gouged.face
    assert forgiven.gouge_area_mm2 == pytest.approx(deviation.gouge_area_mm2 / 2, rel=0.02)
    assert forgiven.max_gouge_mm == deviation.max_gouge_mm
    assert (forgiven.mm < 0).sum() < (deviation.mm < 0).sum()


def test_a_bore_wider_than_the_thread_is_a_gouge(drilled):
    design, deviation = drilled
    small = Tool("M5", "tap", 4.95, 1)
    allowance = thread_allowance(design, [setup_cutting({1: [(10, 15, 30), (10, 15, -3)]}, {1: small})])
    assert forgive_threads(deviation, design, allowance).max_gouge_mm == deviation.max_gouge_mm
    walls = [(d.gouged.face == wall_at(design, 10)).sum() for d in (deviation, forgive_threads(deviation, design, allowance))]
    assert walls[0] == walls[1] > 0


def test_no_thread_nothing_forgiven(drilled):
    design, deviation = drilled
    mill = Tool("D4", "endmill", 4.0, 1)
    assert thread_allowance(design, [setup_cutting({1: [(10, 15, 30), (10, 15, -3)]}, {1: mill})]) == {}
    assert forgive_threads(deviation, design, {}) is deviation


@pytest.fixture(scope="module")
def at_nominal(tmp_path_factory):
    """Two bores drawn at 6.0, drilled at 5.0."""
    folder = tmp_path_factory.mktemp("nominal")
    body = box(0, 0, 0, 40, 30, 20)
    design = design_of(part_of(cut(body, cylinder(10, 15, -1, 3.0, 30), cylinder(30, 15, -1, 3.0, 30)), folder))
    stock = workpiece_of(cut(body, cylinder(10, 15, -1, 2.5, 30), cylinder(30, 15, -1, 2.5, 30)), folder, 0.3, BLOCK)
    return design, deviate(stock, design)


def test_ridges_of_a_thread_are_no_excess_in_a_bore_drawn_at_its_nominal_diameter(at_nominal):
    design, deviation = at_nominal
    setups = [setup_cutting({1: [(10, 15, 30), (10, 15, -3), (10, 15, 30)]}, {1: M6})]
    allowance = core_allowance(design, setups)
    assert set(allowance) == {wall_at(design, 10)} and 0.5 < allowance[wall_at(design, 10)] < 0.7
    forgiven = forgive_cores(deviation, design, allowance)
    assert deviation.max_excess_mm == pytest.approx(0.5, abs=0.02)
    assert set(forgiven.excess.face.tolist()) == {wall_at(design, 30)}
    assert forgiven.excess_area_mm2 == pytest.approx(deviation.excess_area_mm2 / 2, rel=0.05)


def test_a_bore_drawn_at_its_tap_drill_allows_no_excess(drilled):
    design, _ = drilled
    assert core_allowance(design, [setup_cutting({1: [(10, 15, 30), (10, 15, -3)]}, {1: M6})]) == {}


def test_more_than_ridges_stays_an_excess(at_nominal):
    design, deviation = at_nominal
    fine = Tool("M6x0.5", "tap", 6.0, 1, TP=0.5)
    allowance = core_allowance(design, [setup_cutting({1: [(10, 15, 30), (10, 15, -3)]}, {1: fine})])
    assert wall_at(design, 10) in allowance
    assert wall_at(design, 10) in forgive_cores(deviation, design, allowance).excess.face
