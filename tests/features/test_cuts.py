import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from OCP.BRepFilletAPI import BRepFilletAPI_MakeChamfer, BRepFilletAPI_MakeFillet
from OCP.BRepPrimAPI import BRepPrimAPI_MakeCylinder, BRepPrimAPI_MakeSphere, BRepPrimAPI_MakeTorus

from copeau.part.walk import EDGE, subshapes
from tests.part.shapes import box, cut, cylinder, fuse, polygon, prism, turned

BLOCK = (0, 0, 0, 60, 40, 20)


def of_type(result, name):
    return [f for f in result.features if f.type == name]


def only(result, name):
    found = of_type(result, name)
    assert [f.type for f in result.features if f.type != "planar_face"] == [name]
    return found[0]


@pytest.mark.parametrize("n", [3, 4, 6])
def test_a_polygon_pocket_has_its_walls_and_one_floor(recognised, n):
    _, result = recognised(cut(box(*BLOCK), prism(polygon(n, 30, 20, 9), 8, 21)))
    pocket = only(result, "closed_pocket")
    assert pocket.dims["walls"] == n and pocket.dims["depth"] == pytest.approx(12) and not pocket.through
    assert pocket.directions == pytest.approx(np.array([[0, 0, 1]]))
    assert sorted(pocket.roles.values()) == ["floor"] + ["wall"] * n


@pytest.mark.parametrize("n", [3, 4, 6])
def test_a_polygon_passage_is_a_through_pocket(recognised, n):
    _, result = recognised(cut(box(*BLOCK), prism(polygon(n, 30, 20, 9), -1, 21)))
    pocket = only(result, "closed_pocket")
    assert pocket.through and pocket.dims["walls"] == n
    assert sorted(pocket.directions[:, 2]) == pytest.approx([-1, 1])


def test_an_l_shaped_pocket_is_closed(recognised):
    outline = [(10, 5), (50, 5), (50, 15), (25, 15), (25, 35), (10, 35)]
    _, result = recognised(cut(box(*BLOCK), prism(outline, 8, 21)))
    assert only(result, "closed_pocket").dims["walls"] == 6


def test_a_pocket_keeps_its_island(recognised):
    tool = cut(box(10, 10, 8, 50, 30, 21), box(25, 15, 0, 35, 25, 30))
    _, result = recognised(cut(box(*BLOCK), tool))
    pocket = only(result, "closed_pocket")
    assert list(pocket.roles.values()).count("island") == 4 and list(pocket.roles.values()).count("wall") == 4


def test_a_drafted_pocket_is_closed(recognised):
    _, result = recognised(cut(box(*BLOCK), wedge_tool()))
    pocket = only(result, "closed_pocket")
    assert not pocket.through and pocket.directions == pytest.approx(np.array([[0, 0, 1]]))


def wedge_tool():
    """A frustum of four faces, 40 x 20 at z = 21 and 36 x 16 at z = 8."""
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakePolygon
    from OCP.BRepOffsetAPI import BRepOffsetAPI_ThruSections
    from OCP.gp import gp_Pnt

    loft = BRepOffsetAPI_ThruSections(True, True)
    for inset, z in ((0.0, 21.0), (2.0, 8.0)):
        ring = BRepBuilderAPI_MakePolygon()
        for x, y in ((10 + inset, 10 + inset), (50 - inset, 10 + inset), (50 - inset, 30 - inset), (10 + inset, 30 - inset)):
            ring.Add(gp_Pnt(x, y, z))
        ring.Close()
        loft.AddWire(ring.Wire())
    return loft.Shape()


def test_a_slot_has_two_walls_a_floor_and_its_width(recognised):
    _, result = recognised(cut(box(*BLOCK), box(20, -1, 12, 28, 41, 21)))
    slot = only(result, "slot")
    assert slot.through and slot.dims["width"] == pytest.approx(8) and slot.dims["depth"] == pytest.approx(8)
    assert slot.directions[0] == pytest.approx([0, 0, 1])


def test_a_slot_with_an_end_is_not_through(recognised):
    _, result = recognised(cut(box(*BLOCK), box(20, 10, 12, 28, 41, 21)))
    slot = only(result, "slot")
    assert not slot.through and len(slot.faces) == 4


def test_a_slot_with_a_round_end_is_not_through(recognised):
    _, result = recognised(cut(box(*BLOCK), box(20, 10, 12, 28, 41, 21), cylinder(24, 10, 12, 8, 20)))
    slot = only(result, "slot")
    assert not slot.through and slot.dims["corner_radius"] == pytest.approx(4)


def test_a_slot_that_another_crosses_is_one_slot(recognised):
    _, result = recognised(cut(box(*BLOCK), box(20, -1, 12, 28, 41, 21), box(-1, 15, 8, 61, 25, 21)))
    slots = of_type(result, "slot")
    assert sorted(len(s.faces) for s in slots) == [3, 6]
    assert all(s.through for s in slots)


def test_equal_pockets_in_a_row_stay_apart(recognised):
    _, result = recognised(cut(box(*BLOCK), box(5, 10, 12, 20, 30, 21), box(25, 10, 12, 40, 30, 21)))
    assert len(of_type(result, "closed_pocket")) == 2


def test_blind_slots_from_both_sides_stay_apart(recognised):
    _, result = recognised(cut(box(*BLOCK), box(20, -1, 12, 28, 15, 21), box(20, 25, 12, 28, 41, 21)))
    assert len(of_type(result, "slot")) == 2


def test_a_step_is_open_to_two_sides(recognised):
    _, result = recognised(cut(box(*BLOCK), box(-1, -1, 12, 15, 41, 21)))
    step = only(result, "step")
    assert step.dims["open_sides"] == 4
    assert {tuple(np.round(d)) for d in step.directions} >= {(0, 0, 1), (-1, 0, 0)}


def test_a_corner_notch_may_be_reached_from_three_sides(recognised):
    _, result = recognised(cut(box(*BLOCK), box(-1, -1, 12, 15, 15, 21)))
    step = only(result, "step")
    assert {tuple(np.round(d)) for d in step.directions} >= {(0, 0, 1), (-1, 0, 0), (0, -1, 0)}


def test_a_boss_stands_on_its_floor(recognised):
    _, result = recognised(fuse(box(*BLOCK), cylinder(30, 20, 20, 12, 10)))
    boss = only(result, "boss")
    assert sorted(boss.roles.values()) == ["floor", "island"]
    assert boss.directions[0] == pytest.approx([0, 0, 1])


def test_a_square_boss_is_a_boss(recognised):
    _, result = recognised(fuse(box(*BLOCK), box(20, 10, 20, 40, 30, 28)))
    assert list(only(result, "boss").roles.values()).count("island") == 4


def test_a_vee_groove_is_a_slot_with_its_angle(recognised):
    _, result = recognised(cut(box(*BLOCK), turned(prism([(-6, 0), (6, 0), (0, 8)], -1, 41), (1, 0, 0), -np.pi / 2, (30, 0, 20))))
    slot = only(result, "slot")
    assert slot.dims["angle"] == pytest.approx(2 * np.degrees(np.arctan2(6, 8)), abs=0.01)


def edge_where(body, wanted):
    from OCP.BRepAdaptor import BRepAdaptor_Curve

    for edge in subshapes(body, EDGE):
        curve = BRepAdaptor_Curve(edge)
        middle = curve.Value(0.5 * (curve.FirstParameter() + curve.LastParameter()))
        if wanted(middle.X(), middle.Y(), middle.Z()):
            return edge
    raise AssertionError("no such edge")


def test_a_chamfer_has_its_width_and_angle(recognised):
    body = box(*BLOCK)
    chamfer = BRepFilletAPI_MakeChamfer(body)
    chamfer.Add(2.0, edge_where(body, lambda x, y, z: y == 0 and z == 20))
    _, result = recognised(chamfer.Shape())
    found = only(result, "chamfer")
    assert found.dims == pytest.approx({"width": 2 * np.sqrt(2), "angle": 45})


def test_an_outside_fillet_has_its_radius_and_no_concave_one(recognised):
    body = box(*BLOCK)
    fillet = BRepFilletAPI_MakeFillet(body)
    fillet.Add(3.0, edge_where(body, lambda x, y, z: y == 0 and z == 20))
    _, result = recognised(fillet.Shape())
    found = only(result, "fillet")
    assert found.dims["radius"] == pytest.approx(3) and np.isinf(found.smallest_concave_radius_mm)


def test_a_floor_radius_belongs_to_its_pocket(recognised):
    body = cut(box(*BLOCK), box(10, 10, 8, 50, 30, 21))
    fillet = BRepFilletAPI_MakeFillet(body)
    done = []
    for edge in subshapes(body, EDGE):
        if lies_at(edge, 8.0) and not any(edge.IsSame(e) for e in done):
            fillet.Add(2.0, edge)
            done.append(edge)
    _, result = recognised(fillet.Shape())
    pocket = only(result, "closed_pocket")
    assert pocket.dims["floor_radius"] == pytest.approx(2) and pocket.smallest_concave_radius_mm == pytest.approx(2)


def lies_at(edge, z):
    from OCP.BRepAdaptor import BRepAdaptor_Curve

    curve = BRepAdaptor_Curve(edge)
    a, b = curve.Value(curve.FirstParameter()), curve.Value(curve.LastParameter())
    return abs(a.Z() - z) < 1e-9 and abs(b.Z() - z) < 1e-9


SHELF = {
    "cylinder": lambda: BRepPrimAPI_MakeCylinder(10.0, 30.0).Shape(),
    "sphere": lambda: BRepPrimAPI_MakeSphere(10.0).Shape(),
    "torus": lambda: BRepPrimAPI_MakeTorus(20.0, 5.0).Shape(),
    "box": lambda: box(*BLOCK),
    "hexagon": lambda: prism(polygon(6, 0, 0, 10), 0, 8),
    "tube": lambda: cut(cylinder(0, 0, 0, 40, 30), cylinder(0, 0, -1, 20, 40)),
    "ball seat": lambda: cut(box(*BLOCK), BRepPrimAPI_MakeSphere(8.0).Shape()),
    "hole at an edge": lambda: cut(box(*BLOCK), cylinder(0, 20, -1, 10, 30)),
    "crossing bores": lambda: cut(box(*BLOCK), cylinder(30, 20, -1, 10, 30), cylinder(-1, 20, 10, 10, 70, (1, 0, 0))),
}


@pytest.mark.parametrize("name", list(SHELF))
def test_every_face_is_in_one_feature_or_left_over(recognised, name):
    part, result = recognised(SHELF[name]())
    claimed = sorted([f for feature in result.features for f in feature.faces] + list(result.left_over))
    assert claimed == [f.index for f in part.faces]
    for feature in result.features:
        assert np.linalg.norm(feature.directions, axis=1) == pytest.approx(np.ones(len(feature.directions)))
        assert set(feature.roles) == set(feature.faces)


def test_ids_are_unique_and_the_same_on_every_run(recognised):
    body = cut(box(*BLOCK), box(5, 10, 12, 20, 30, 21), box(25, 10, 12, 40, 30, 21), cylinder(50, 20, -1, 6, 30))
    _, first = recognised(body)
    _, second = recognised(body)
    assert [(f.id, f.faces) for f in first.features] == [(f.id, f.faces) for f in second.features]
    assert len({f.id for f in first.features}) == len(first.features)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda a: np.linalg.norm(a) > 0.1), st.floats(0, 3.1))
def test_turning_the_part_does_not_change_what_is_found(recognised, axis, angle):
    body = cut(
        box(*BLOCK), box(5, 10, 12, 20, 30, 21), box(26, -1, 12, 33, 41, 21), box(50, -1, 14, 61, 41, 21), cylinder(40, 20, -1, 6, 30)
    )
    _, result = recognised(turned(body, axis, angle, (10, 20, 30)))
    assert [f.type for f in result.features if f.type != "planar_face"] == ["round_hole", "closed_pocket", "slot", "step"]


def test_names_of_faces_are_not_read(recognised, tmp_path):
    from copeau.features import recognise
    from copeau.part import read_step, write_step

    write_step(cut(box(*BLOCK), cylinder(30, 20, -1, 8, 30)), tmp_path / "plain.step")
    text = (tmp_path / "plain.step").read_text().replace("ADVANCED_FACE(''", "ADVANCED_FACE('P1'")
    (tmp_path / "named.step").write_text(text)
    named = read_step(tmp_path / "named.step")
    assert {f.name for f in named.faces} == {"P1"}
    plain = recognise(read_step(tmp_path / "plain.step"))
    assert [(f.id, f.type, f.faces) for f in recognise(named).features] == [(f.id, f.type, f.faces) for f in plain.features]


def test_a_rounded_edge_that_ends_at_a_wall_is_a_fillet(recognised):
    body = cut(box(*BLOCK), box(-1, -1, 12, 30, 41, 21))
    fillet = BRepFilletAPI_MakeFillet(body)
    fillet.Add(3.0, edge_where(body, lambda x, y, z: y == 0 and z == 12 and x < 30))
    part, result = recognised(fillet.Shape())
    assert [f.type for f in result.features if f.type != "planar_face"] == ["step", "fillet"]
    assert {part.faces[f].kind for f in of_type(result, "step")[0].faces} == {"plane"}
