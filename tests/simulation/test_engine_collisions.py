"""What a program must not do, found by line."""

from dataclasses import replace

import numpy as np
import pytest
import trimesh

from copeau.model.errors import CopeauError
from copeau.model.moves import RAPID, line_moves
from copeau.model.plan import Body
from copeau.model.tool import Tool
from copeau.simulation.motions import dogleg
from copeau.simulation.remove import simulate
from copeau.simulation.tools import tool_bodies
from copeau.simulation.tridexel import TriDexel

from .engine_tools import any_rotation, pose, run

TOOL = Tool("e", "endmill", 6.0, 1, APMX=8.0, LU=12.0, DCON=6.0, LPR=20.0, holder=((20.0, 0.0, 30.0),), centre_cutting=True)
ABOVE = [-10.0, 0.0, 20.0]


def block(cell=0.25):
    return TriDexel.from_box([[-20.0, -20.0, -20.0], [20.0, 20.0, 0.0]], cell)


def path(*points, rapid=()):
    moves = run(line_moves(np.array(points, float), 100.0))
    for k in rapid:
        moves["kind"][k], moves["f"][k] = RAPID, np.nan
    return moves


def kinds(moves, tool=TOOL, stock=None, **more):
    found = simulate(stock or block(), moves, ABOVE, {1: tool}, np.eye(4), **more).findings
    return [(f.kind, f.line) for f in found]


def test_a_good_program_has_no_findings():
    first, second = [[-30, 0, 5], [-30, 0, -5], [30, 0, -5], [30, 0, 5]], [[-30, 4, 5], [-30, 4, -5], [30, 4, -5], [30, 4, 20]]
    moves = path(*first, *second, rapid=(0, 1, 3, 4, 5, 7))
    assert kinds(moves) == []


def test_a_rapid_through_stock_is_found_with_its_depth():
    moves = path([-30, 0, 5], [-30, 0, -5], [30, 0, -5], [30, 0, 20], rapid=(0, 1, 2, 3))
    found = simulate(block(), moves, ABOVE, {1: TOOL}, np.eye(4)).findings
    assert [(f.kind, f.line) for f in found] == [("rapid_cut", 3)]
    assert found[0].depth_mm == pytest.approx(5.0) and found[0].with_ == "stock" and found[0].tool == 1


@pytest.mark.parametrize("shift, found", [(0.015, False), (0.025, True), (0.05, True)])
def test_a_rapid_that_shaves_a_wall_is_found_between_the_lines(shift, found):
    # The wall left by the slot is shaved by less than a cell.
    cut = [[-30, 0, 5], [-30, 0, -5], [30, 0, -5], [30, 0, 5], [-30, shift, 5], [-30, shift, -5], [30, shift, -5], [30, shift, 20]]
    assert (("rapid_cut", 7) in kinds(path(*cut, rapid=(0, 1, 3, 4, 5, 6, 7)))) is found


def test_a_rapid_back_through_the_slot_is_no_hit():
    moves = path([-30, 0, 5], [-30, 0, -5], [0, 0, -5], [-30, 0, -5], [-30, 0, 20], rapid=(0, 1, 3, 4))
    assert kinds(moves) == []


def test_a_rapid_plunge_is_found():
    assert ("rapid_cut", 2) in kinds(path([0, 0, 5], [0, 0, -3], rapid=(0, 1)))


def test_the_dog_leg_of_a_rapid_is_tried():
    # Straight, the rapid passes beside the post; axis by axis it runs through it.
    post = TriDexel.from_mesh(*_boxes([[-20, -20, -20, 20, 20, -15], [4, 4, -15, 8, 8, 0]]), 0.25)
    moves = path([-15, -8, -10], [18, -1, -10], rapid=(0, 1))
    assert [k for k in kinds(moves, stock=post.copy()) if k[1] == 2] == []
    over = path([-15, 0, -10], [18, 14, -10], rapid=(0, 1))
    assert ("rapid_cut", 2) in kinds(over, stock=post.copy())
    bent = path([-15, -15, -10], [18, -6, -10], rapid=(0, 1))
    assert [k for k in kinds(bent, stock=post.copy()) if k[1] == 2] == []
    through = path([-15, -15, -10], [18, 6, -10], rapid=(0, 1))
    assert [k for k in kinds(through, stock=post.copy()) if k[1] == 2] == []
    assert ("rapid_cut", 2) in kinds(through, stock=post.copy(), rapid_dogleg=True)


def test_a_dog_leg_runs_at_45_degrees_first():
    assert dogleg(np.zeros(3), np.array([10.0, -4.0, 0.0])).tolist() == [[0, 0, 0], [4, -4, 0], [10, -4, 0]]


def test_a_neck_that_meets_a_wall_is_found():
    moves = path([-30, 0, 5], [-30, 0, -10], [0, 0, -10], [0, 0, 20], rapid=(0, 1, 3))
    assert ("shank", 3) in kinds(moves)
    assert ("shank", 3) not in kinds(moves, replace(TOOL, APMX=12.0))


def test_a_shank_as_thick_as_the_cutter_rubs_at_its_own_wall():
    level = [[[-30, 0, -7 * k], [30, 0, -7 * k], [30, 0, 5], [-30, 0, 5]] for k in (1, 2)]
    moves = path([-30, 0, 5], *level[0], *level[1], rapid=(0, 1, 3, 4, 5, 7, 8))
    assert ("shank", 7) in kinds(moves, replace(TOOL, DN=5.0))
    assert kinds(moves, replace(TOOL, DN=5.0, DCON=5.0)) == []


def test_a_holder_over_a_high_wall_is_found():
    stock = TriDexel.from_mesh(*_boxes([[-20, -20, -20, 20, 20, 0], [8, -20, 0, 20, 20, 12]]), 0.25)
    moves = path([0, 0, 5], [0, 0, -10], [0, 0, 20], rapid=(0, 2))
    tool = replace(TOOL, APMX=12.0)
    found = simulate(stock, moves, ABOVE, {1: tool}, np.eye(4)).findings
    # The way back begins where the way down has hit.
    assert [(f.kind, f.line) for f in found] == [("holder", 2), ("holder", 3)]
    assert found[0].depth_mm == pytest.approx(2.0, abs=1e-6)


def test_the_same_holder_is_found_in_a_tilted_setup():
    matrix = pose(any_rotation(5))
    vertices, triangles = _boxes([[-20, -20, -20, 20, 20, 0], [8, -20, 0, 20, 20, 12]])
    stock = TriDexel.from_mesh(vertices @ matrix[:3, :3], triangles, 0.5)
    found = simulate(stock, path([0, 0, 5], [0, 0, -10], [0, 0, 20], rapid=(0, 2)), ABOVE, {1: replace(TOOL, APMX=12.0)}, matrix).findings
    assert [(f.kind, f.line) for f in found] == [("holder", 2), ("holder", 3)]


def test_a_spindle_nose_is_found():
    stock = TriDexel.from_mesh(*_boxes([[-20, -20, -20, 20, 20, 0], [15, -20, 0, 20, 20, 60]]), 0.5)
    moves = path([0, 0, 5], [0, 0, -5], rapid=(0,))
    assert ("spindle", 2) in kinds(moves, replace(TOOL, length_mm=50.0), stock, spindle_nose_mm=40.0)


def test_fixture_bodies_are_named():
    vertices, triangles = _boxes([[10, -20, -20, 20, 20, 6]])
    jaw = Body("fixed jaw", vertices, triangles)
    low = replace(TOOL, APMX=12.0)  # only the cutter is as low as the jaw
    moves = path([-30, 0, 20], [-30, 0, -5], [9, 0, -5], [9, 0, 20], [0, 0, 20], rapid=(0, 1, 3, 4))
    found = [f for f in simulate(block(), moves, ABOVE, {1: low}, np.eye(4), [jaw]).findings if f.kind == "fixture"]
    assert [(f.line, f.with_) for f in found] == [(3, "fixed jaw"), (4, "fixed jaw")]
    far = path([-30, 0, 20], [-30, 0, -5], [6, 0, -5], [6, 0, 30], rapid=(0, 1, 3))
    assert [f for f in simulate(block(), far, ABOVE, {1: low}, np.eye(4), [jaw]).findings if f.kind == "fixture"] == []


FAULTS = [
    ("s", 0.0, "spindle_stopped"), ("s", -500.0, "spindle_stopped"), ("f", np.nan, "feed_missing"), ("h", 0, "wrong_length_offset"),
    ("h", 7, "wrong_length_offset"),
]  # fmt: skip


@pytest.mark.parametrize("field, value, kind", FAULTS)
def test_faults_of_the_block_are_found(field, value, kind):
    moves = path([-30, 0, 5], [-30, 0, -5], [0, 0, -5], [0, 0, 20], rapid=(0, 1, 3))
    moves[field][2] = value
    assert (kind, 3) in kinds(moves)


def test_a_tap_may_turn_backwards_and_must_find_its_hole():
    tap = Tool("t", "tap", 6.0, 1, TP=1.0, LU=20.0, thread="M6")
    stock = block()
    drilled = path([0, 0, 5], [0, 0, -15], [0, 0, 20], rapid=(0, 2))
    simulate(stock, drilled, ABOVE, {1: Tool("d", "drill", 5.0, 1, SIG=118.0, LU=40.0)}, np.eye(4))
    moves = path([0, 0, 5], [0, 0, -10], [0, 0, 5], rapid=(0,))
    moves["s"][2] = -500.0
    assert kinds(moves, tap, stock) == []
    assert ("shank", 2) in kinds(path([0, 0, 5], [0, 0, -14.5], [0, 0, 5], rapid=(0,)), tap, stock)


def test_a_plunge_with_a_tool_that_does_not_cut_at_its_centre_is_found():
    moves = path([0, 0, 5], [0, 0, -2], [0, 0, 5], rapid=(0, 2))
    assert ("plunge", 2) in kinds(moves, replace(TOOL, centre_cutting=False))
    assert kinds(moves) == []
    ramp = path([-10, 0, 1], [10, 0, -2], [0, 0, 20], rapid=(0, 2))
    assert kinds(ramp, replace(TOOL, centre_cutting=False)) == []


def test_a_feed_without_a_tool_is_found():
    moves = path([0, 0, 5], [0, 0, 3])
    moves["tool"], moves["h"] = 0, 0
    assert ("no_tool", 1) in kinds(moves)


def test_an_unknown_tool_is_an_error_with_its_line():
    with pytest.raises(CopeauError, match="T2.*\n.*line 1"):
        simulate(block(), run(line_moves([[0.0, 0.0, 5.0]], 100.0), 2), ABOVE, {1: TOOL}, np.eye(4))


def test_a_drill_without_its_point_angle_is_an_error():
    with pytest.raises(CopeauError, match="SIG"):
        simulate(block(), path([0, 0, 5]), ABOVE, {1: Tool("d", "drill", 5.0, 1, LU=40.0)}, np.eye(4))


def test_a_mirror_is_no_setup():
    with pytest.raises(CopeauError, match="rotation"):
        simulate(block(), path([0, 0, 5]), ABOVE, {1: TOOL}, np.diag([1.0, 1.0, -1.0, 1.0]))


def _boxes(rows):
    """One mesh of closed boxes x0 y0 z0 x1 y1 z1."""
    meshes = [trimesh.creation.box(bounds=np.reshape(r, (2, 3)).astype(float)) for r in rows]
    m = trimesh.util.concatenate(meshes)
    return np.asarray(m.vertices), np.asarray(m.faces)


def test_motions_cut_before_are_not_judged_nor_cut_again():
    moves = path([-30, 0, 5], [-30, 0, -5], [30, 0, -5], [30, 0, 20], rapid=(0, 1, 2, 3))
    stock = block()
    before = stock.volume()
    result = simulate(stock, moves, ABOVE, {1: TOOL}, np.eye(4), rows=np.arange(len(moves)) >= 3)
    assert result.findings == () and stock.volume() == before


@pytest.mark.parametrize(("neck_mm", "room_mm"), [(7.7, 0.1), (7.8, 0.05), (7.95, 0.0), (8.0, 0.0)])
def test_a_neck_needs_room_as_far_as_the_cutters_own_wall_leaves_it(neck_mm, room_mm):
    tool = Tool("N", "endmill", 8.0, LU=60.0, APMX=19.0, DN=neck_mm, DCON=8.0, centre_cutting=True)
    neck = tool_bodies(tool).bodies[0]
    assert neck[0] == neck_mm / 2 and neck[1] == 19.0
    assert neck[4] == pytest.approx(room_mm)
