import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copeau.model.tool import Tool
from copeau.simulation.closest import design_of
from copeau.simulation.corners import MOST_REACH, clean_cos, concave_edges, sharp_edges
from copeau.simulation.coverage import judge
from copeau.simulation.deviation import deviate
from copeau.simulation.explain import CORNER, LEFT_RAW, NONE, TOO_SHORT, UNREACHABLE, ExcessFace, Explained, approach_directions, explain
from copeau.simulation.tridexel import TriDexel
from copeau.simulation.visited import passed_over

from .workpieces import box, cut, cylinder, fuse, part_of, setup_cutting, workpiece_of

BLOCK = np.array([[-1.0, -1.0, -1.0], [41.0, 41.0, 16.0]])
CELL_MM = 0.2
FLOOR_Z = 10.0


def mill(diameter, number, usable=20.0, **more):
    return Tool(f"D{diameter:g}", "endmill", float(diameter), number, LU=usable, APMX=usable, DCON=float(diameter), LPR=40.0, **more)


D4, D6, D10 = mill(4, 3), mill(6, 1), mill(10, 2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("explain")


BODY = box(0, 0, 0, 40, 40, 15)


@pytest.fixture(scope="module")
def square(folder):
    """A block with a pocket 20 x 20 x 5 whose corners are sharp."""
    return design_of(part_of(cut(BODY, box(10, 10, FLOOR_Z, 30, 30, 16)), folder, "square"))


def rounded(radius, low=10.0, high=30.0):
    """The block as a flat mill of that radius leaves it."""
    a, b = low + radius, high - radius
    posts = [cylinder(x, y, FLOOR_Z, radius, 6) for x in (a, b) for y in (a, b)]
    return cut(BODY, box(a, low, FLOOR_Z, b, high, 16), box(low, a, FLOOR_Z, high, b, 16), *posts)


def round_pocket(radius, low=10.0, high=30.0, z=FLOOR_Z):
    a, b = low + radius, high - radius
    return [(a, a, 30), (a, a, z), (b, a, z), (b, b, z), (a, b, z), (a, a, z)]


@pytest.fixture(scope="module")
def left_by_six(folder, square):
    return deviate(workpiece_of(rounded(3.0), folder, CELL_MM, BLOCK), square)


@pytest.fixture(scope="module")
def left_by_ten(folder, square):
    return deviate(workpiece_of(rounded(5.0), folder, CELL_MM, BLOCK), square)


def area_by_cause(explained):
    out = {}
    for f in explained.faces:
        out[f.cause] = out.get(f.cause, 0.0) + f.area_mm2
    return out


def test_a_corner_left_by_the_smallest_mill_is_explained_by_it(square, left_by_six):
    found = explain(left_by_six, square, [setup_cutting({1: round_pocket(3.0)}, {1: D6})], [D6, D10])
    assert set(area_by_cause(found)) == {CORNER}
    assert {(f.tool, f.radius_mm) for f in found.faces} == {(1, 3.0)}
    assert sum(f.area_mm2 for f in found.faces) == pytest.approx(left_by_six.excess_area_mm2)
    verdict = judge(left_by_six, found)
    assert verdict.ok and verdict.unexplained_area_share == 0.0 and verdict.explained_area_share > 0.0
    total = verdict.machined_area_share + verdict.explained_area_share + verdict.left_raw_area_share
    assert total == pytest.approx(1.0)
    assert left_by_six.max_gouge_mm == 0.0


def test_a_corner_is_not_left_by_a_mill_while_a_smaller_one_reaches(square, left_by_ten):
    found = explain(left_by_ten, square, [setup_cutting({2: round_pocket(5.0)}, {2: D10})], [D6, D10])
    assert set(area_by_cause(found)) == {NONE}
    verdict = judge(left_by_ten, found)
    assert not verdict.ok and "without a cause that stands" in verdict.reasons[0]


def test_a_larger_mill_is_excused_where_the_smaller_is_too_short(square, left_by_ten):
    motion = setup_cutting({2: round_pocket(5.0)}, {2: D10})
    short, long_enough = mill(6, 1, usable=4.8), mill(6, 1, usable=5.2)
    assert set(area_by_cause(explain(left_by_ten, square, [motion], [short, D10]))) == {CORNER}
    assert set(area_by_cause(explain(left_by_ten, square, [motion], [long_enough, D10]))) == {NONE}


def test_a_holder_that_would_hit_the_rim_is_no_reach(square, left_by_ten):
    motion = setup_cutting({2: round_pocket(5.0)}, {2: D10})
    stubby = dataclasses.replace(D6, LPR=4.0, holder=((30.0, 0.0, 50.0),))
    assert set(area_by_cause(explain(left_by_ten, square, [motion], [stubby, D10]))) == {CORNER}


def test_a_mill_that_never_came_into_the_corner_explains_nothing(square, left_by_six):
    off = explain(left_by_six, square, [setup_cutting({1: round_pocket(3.5)}, {1: D6})], [D6])
    assert NONE in area_by_cause(off)
    above = explain(left_by_six, square, [setup_cutting({1: round_pocket(3.0, z=12.0)}, {1: D6})], [D6])
    assert area_by_cause(above)[NONE] > 0.3 * left_by_six.excess_area_mm2  # up to 12 mm nobody has been


def test_rapids_and_tools_of_no_round_explain_nothing(square, left_by_six):
    motion = setup_cutting({1: round_pocket(3.0)}, {1: D6})
    motion.programs[0].moves["kind"] = 0
    assert set(area_by_cause(explain(left_by_six, square, [motion], [D6]))) == {NONE}
    drill = dataclasses.replace(D6, type="drill", SIG=118.0)
    found = explain(left_by_six, square, [setup_cutting({1: round_pocket(3.0)}, {1: drill})], [drill])
    assert set(area_by_cause(found)) == {NONE}


def test_a_named_round_must_be_that_of_the_tool(square, left_by_ten):
    """Corners of radius 5 that a D6 mill passed are no round of 3."""
    found = explain(left_by_ten, square, [setup_cutting({1: round_pocket(5.0)}, {1: D6})], [D6])
    explained = sum(f.area_mm2 for f in found.faces if f.cause == CORNER)
    assert explained < 0.5 * left_by_ten.excess_area_mm2


def test_left_in_the_middle_of_a_wall_is_no_corner(folder, square):
    bump = fuse(rounded(3.0), box(10, 19, FLOOR_Z, 10.3, 21, 14))
    deviation = deviate(workpiece_of(bump, folder, CELL_MM, BLOCK), square)
    found = explain(deviation, square, [setup_cutting({1: round_pocket(3.0)}, {1: D6})], [D6])
    rest = [f for f in found.faces if f.cause == NONE]
    assert face_at_pocket_wall(square) in {f.face for f in rest}
    assert sum(f.area_mm2 for f in rest) == pytest.approx(8.0, rel=0.15)
    assert max(f.max_mm for f in rest) == pytest.approx(0.3, abs=2e-3)


def face_at_pocket_wall(square):
    return next(f.index for f in square.faces.values() if f.kind == "plane" and f.axis[0] > 0.9 and abs(f.origin[0] - 10) < 1e-6)


def test_a_floor_is_cut_up_to_its_walls_by_a_flat_mill(folder, square):
    """A fillet along the foot of the walls is no round of a flat mill, however near it came."""
    strip = fuse(rounded(3.0), box(10, 13, FLOOR_Z, 11, 27, FLOOR_Z + 1))
    deviation = deviate(workpiece_of(strip, folder, CELL_MM, BLOCK), square)
    found = explain(deviation, square, [setup_cutting({1: round_pocket(3.0)}, {1: D6})], [D6])
    assert sum(f.area_mm2 for f in found.faces if f.cause == NONE) == pytest.approx(28.0, rel=0.1)


def test_a_corner_radius_is_excused_at_the_foot_unless_a_sharper_end_is_at_hand(folder, square):
    bull = Tool("B6", "bullnose_endmill", 6.0, 4, RE=1.0, LU=20.0, APMX=20.0, DCON=6.0)
    step = fuse(rounded(3.0), box(10, 13, FLOOR_Z, 10.29, 27, FLOOR_Z + 0.29))
    deviation = deviate(workpiece_of(step, folder, CELL_MM, BLOCK), square)
    motion = setup_cutting({4: round_pocket(3.0)}, {4: bull})
    strip = (deviation.excess.points[:, 0] < 11) & (np.abs(deviation.excess.points[:, 1] - 20) < 6)
    alone, better = (explain(deviation, square, [motion], tools) for tools in ([bull], [bull, D6]))
    assert strip.any()
    assert {(f.cause, f.tool, f.radius_mm) for f in rows_of(alone, strip)} == {(CORNER, 4, 1.0)}
    assert {f.cause for f in rows_of(better, strip)} == {NONE}


def rows_of(explained, samples):
    return [explained.faces[k] for k in np.unique(explained.row[samples])]


def test_an_undercut_is_unreachable(folder):
    tee = design_of(part_of(cut(BODY, box(16, 16, 5, 24, 24, 16), box(12, 12, 5, 28, 28, 8)), folder, "tee"))
    straight = cut(BODY, box(16, 16, 5, 24, 24, 16))
    deviation = deviate(workpiece_of(straight, folder, CELL_MM, BLOCK), tee)
    motion = setup_cutting({1: [(20, 20, 30), (20, 20, 5), (21, 20, 5)]}, {1: D6})
    found = explain(deviation, tee, [motion], [D6])
    assert set(area_by_cause(found)) == {UNREACHABLE}
    assert judge(deviation, found).ok
    tilted = explain(deviation, tee, [motion], [D6], directions=[[0.7071, 0.0, 0.7071]])
    assert NONE in area_by_cause(tilted) or TOO_SHORT in area_by_cause(tilted)


def test_faces_that_the_person_leaves_raw_are_said_and_nothing_else(folder, square):
    deviation = deviate(workpiece_of(fuse(rounded(3.0), box(0, 0, -1, 40, 40, 0)), folder, CELL_MM, BLOCK), square)
    bottom = next(f.index for f in square.faces.values() if f.kind == "plane" and f.axis[2] < -0.9)
    motion = setup_cutting({1: round_pocket(3.0)}, {1: D6})
    with_it = explain(deviation, square, [motion], [D6], left_raw_faces=[bottom])
    assert {f.face for f in with_it.faces if f.cause == LEFT_RAW} == {bottom}
    verdict = judge(deviation, with_it)
    assert verdict.ok and verdict.left_raw_area_share == pytest.approx(1600 / deviation.area_mm2, rel=1e-3)
    without = judge(deviation, explain(deviation, square, [motion], [D6]))
    assert not without.ok and f"face {bottom}" in without.reasons[0]


def test_what_no_tool_reaches_is_too_short_and_never_ok(folder):
    slot = design_of(part_of(cut(BODY, box(17, -1, 3, 23, 41, 16)), folder, "slot"))
    half = cut(BODY, box(17, -1, 9, 23, 41, 16))
    deviation = deviate(workpiece_of(half, folder, CELL_MM, BLOCK), slot)
    short = mill(6, 1, usable=6.0)
    motion = setup_cutting({1: [(20, -5, 30), (20, -5, 9), (20, 45, 9)]}, {1: short})
    found = explain(deviation, slot, [motion], [short])
    assert TOO_SHORT in area_by_cause(found)
    verdict = judge(deviation, found)
    assert not verdict.ok and any("no tool at hand reaches it" in r for r in verdict.reasons)


def test_too_much_explained_is_no_finished_part(square, left_by_six):
    raw = deviate(TriDexel.from_box(BLOCK, 1.0), square)
    found = explain(raw, square, [setup_cutting({1: round_pocket(3.0)}, {1: D6})], [D6])
    assert not judge(raw, found).ok
    bloated = dataclasses.replace(found, faces=tuple(dataclasses.replace(f, cause=UNREACHABLE) for f in found.faces))
    assert any("no finished part" in r for r in judge(raw, bloated).reasons)


def test_a_setup_on_its_side_sees_the_same(folder):
    """The part turned by a quarter about x under the spindle: the same corners, the same answers."""
    wcs = np.array([[1.0, 0, 0, 0], [0, 0, 1.0, 0], [0, -1.0, 0, 0], [0, 0, 0, 1.0]])
    body = box(0, 0, 0, 40, 15, 40)
    part = design_of(part_of(cut(body, box(10, -1, 10, 30, 5, 30)), folder, "side"))
    posts = [_across(x, z) for x in (13, 27) for z in (13, 27)]
    left = cut(body, box(13, -1, 10, 27, 5, 30), box(10, -1, 13, 30, 5, 27), *posts)
    deviation = deviate(workpiece_of(left, folder, CELL_MM, [[-1, -1, -1], [41, 16, 41]]), part)
    path = [(13, 13, 30), (13, 13, -5), (27, 13, -5), (27, 27, -5), (13, 27, -5), (13, 13, -5)]
    found = explain(deviation, part, [setup_cutting({1: path}, {1: D6}, wcs)], [D6, D10])
    assert set(area_by_cause(found)) == {CORNER} and len(found.faces) >= 4


def _across(x, z):
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    return BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(x, -1, z), gp_Dir(0, 1, 0)), 3.0, 6.0).Shape()


def test_concave_edges_are_those_of_the_pocket(square):
    edges = concave_edges(square)
    length = np.linalg.norm(edges.ends[:, 1] - edges.ends[:, 0], axis=1)
    assert length.sum() == pytest.approx(4 * 20 + 4 * 5)
    np.testing.assert_allclose(edges.reach, 1.0, rtol=0, atol=1e-9)
    assert (np.abs(edges.ends[..., 0] - 20) <= 10 + 1e-9).all()


def test_sharper_corners_reach_further(folder):
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakePolygon
    from OCP.BRepPrimAPI import BRepPrimAPI_MakePrism
    from OCP.gp import gp_Pnt, gp_Vec

    polygon = BRepBuilderAPI_MakePolygon()
    for k in range(3):
        polygon.Add(gp_Pnt(20 + 10 * np.cos(2 * np.pi * k / 3), 20 + 10 * np.sin(2 * np.pi * k / 3), FLOOR_Z))
    polygon.Close()
    prism = BRepPrimAPI_MakePrism(BRepBuilderAPI_MakeFace(polygon.Wire()).Face(), gp_Vec(0, 0, 6)).Shape()
    edges = concave_edges(design_of(part_of(cut(BODY, prism), folder, "triangle")))
    upright = np.abs(edges.ends[:, 0, 2] - edges.ends[:, 1, 2]) > 1
    np.testing.assert_allclose(edges.reach[upright], 1 / np.tan(np.radians(30)), rtol=1e-6)
    np.testing.assert_allclose(edges.gap[upright], 1 / np.sin(np.radians(30)) - 1, rtol=1e-6)


def test_roots_sharper_than_37_degrees_are_told_apart(folder):
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakePolygon
    from OCP.BRepPrimAPI import BRepPrimAPI_MakePrism
    from OCP.gp import gp_Pnt, gp_Vec

    polygon = BRepBuilderAPI_MakePolygon()
    for x, y in ((30, 20), (5, 20 - 25 * np.tan(np.radians(10))), (5, 20 + 25 * np.tan(np.radians(10)))):
        polygon.Add(gp_Pnt(float(x), float(y), FLOOR_Z))
    polygon.Close()
    prism = BRepPrimAPI_MakePrism(BRepBuilderAPI_MakeFace(polygon.Wire()).Face(), gp_Vec(0, 0, 6)).Shape()
    design = design_of(part_of(cut(BODY, prism), folder, "splinter"))
    roots = sharp_edges(design)
    np.testing.assert_allclose(roots.reach, 1 / np.tan(np.radians(10)), rtol=1e-6)
    np.testing.assert_allclose(roots.gap, 1 / np.sin(np.radians(10)) - 1, rtol=1e-6)
    capped = concave_edges(design)
    assert capped.reach.max() == MOST_REACH and len(capped.ends) > len(roots.ends)


def test_more_roots_than_the_limit_are_no_finished_part(square):
    deviation = dataclasses.replace(deviate_nothing(square), area_mm2=1000.0)
    for area, ok in ((3.9, True), (4.1, False)):
        verdict = judge(deviation, Explained((ExcessFace(2, 0.5, area, CORNER, 1, 2.0, True),), np.zeros(1, np.int64)))
        assert verdict.ok is ok
        assert ok or "EDM" in verdict.reasons[0]


def deviate_nothing(design):
    return deviate(TriDexel.from_mesh(design.mesh.vertices, design.mesh.triangles, CELL_MM), design)


@pytest.mark.parametrize(("radius", "slope_deg", "clean"), [(1.0, 2.0, True), (1.0, 6.5, False), (10.0, 0.2, True), (10.0, 1.0, False)])
def test_a_flat_end_cuts_clean_only_what_is_level_for_its_size(radius, slope_deg, clean):
    assert (np.cos(np.radians(slope_deg)) > clean_cos(radius)) == clean


def test_directions_are_each_setup_and_the_axes_of_the_part(square):
    tilted = np.eye(4)
    tilted[:3, :3] = [[0.8, 0, -0.6], [0, 1, 0], [0.6, 0, 0.8]]
    setup = setup_cutting({1: round_pocket(3.0)}, {1: D6}, tilted)
    found = {tuple(d) for d in approach_directions([setup])}
    assert found == {(0.6, 0, 0.8), (-0.6, 0, -0.8), (1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)}


MOVE = st.tuples(*[st.floats(-6, 6)] * 6)


@given(MOVE, st.floats(0, 2), st.floats(0.01, 2), st.integers(0, 10_000))
@settings(max_examples=150, deadline=None)
def test_passed_over_is_what_dense_sampling_of_the_motion_says(move, flat, rounding, seed):
    a, b = np.array(move[:3]), np.array(move[3:])
    p = np.random.default_rng(seed).uniform(-7, 7, (40, 3))
    tips = a + np.linspace(0, 1, 3001)[:, None] * (b - a)
    d = np.linalg.norm(p[:, None, :2] - tips[None, :, :2], axis=2)
    e = np.clip(d - flat, 0, rounding)
    under = np.where(d <= flat + rounding, rounding - np.sqrt(rounding**2 - e**2), np.inf)
    margin = p[:, 2] - (tips[None, :, 2] + under).min(1)
    found = passed_over(p, np.array([move], float), flat, rounding)
    # Between two sampled tips, 5 um apart at most, the rim of the cutter may rise by its whole round: judge where the answer is clear.
    near_rim = np.abs(d.min(1) - flat - rounding) < 0.01
    clear = (np.abs(margin) > 0.05) & ~near_rim
    np.testing.assert_array_equal(found[clear], margin[clear] > 0)


def test_nothing_passes_over_nothing():
    assert passed_over(np.zeros((0, 3)), np.zeros((1, 6)), 1.0, 1.0).shape == (0,)
    assert not passed_over(np.zeros((2, 3)), np.zeros((0, 6)), 1.0, 1.0).any()
    assert D4.DC == 4.0
