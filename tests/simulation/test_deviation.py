import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copeau.model.errors import CopeauError
from copeau.part import tessellate
from copeau.simulation.closest import design_of
from copeau.simulation.deviation import EXCESS_MM, GOUGE_MM, NEAR_MM, deviate, verification_design
from copeau.simulation.tridexel import DexelField, TriDexel

from .workpieces import box, cut, cylinder, face_at, fuse, part_of, sphere, workpiece_of

BLOCK = np.array([[-1.0, -1.0, -1.0], [41.0, 31.0, 21.0]])
WITHIN_MM = 2e-3  # two of the micrometres within which an end is not looked at again


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("deviation")


def pocketed():
    return cut(box(0, 0, 0, 40, 30, 20), box(10, 8, 12, 30, 22, 21))


@pytest.fixture(scope="module")
def pocket(folder):
    return part_of(pocketed(), folder, "pocket")


def row(found, face):
    return found.by_face[found.by_face["face"] == face][0]


def test_a_workpiece_that_is_the_design_has_no_deviation(folder, pocket):
    found = deviate(workpiece_of(pocketed(), folder, 0.5, BLOCK), pocket)
    assert (found.max_gouge_mm, found.max_excess_mm, found.furthest_mm) == (0.0, 0.0, 0.0)
    assert (found.gouge_area_mm2, found.excess_area_mm2) == (0.0, 0.0)
    assert found.unsampled == ()
    assert found.area_mm2 == pytest.approx(pocket.area_mm2, rel=1e-9)


def test_an_uncut_blank_is_in_excess_everywhere(pocket):
    found = deviate(TriDexel.from_box(BLOCK, 0.5), pocket)
    assert found.max_gouge_mm == 0.0
    assert found.excess_area_mm2 == pytest.approx(pocket.area_mm2, rel=1e-9)
    assert found.furthest_mm == pytest.approx(7.0, abs=0.3)  # the middle of the pocket, 14 wide and 8 deep under 1 of stock
    assert row(found, face_at(pocket, [0, 15, 10]))["max_excess_mm"] == pytest.approx(1.0, abs=WITHIN_MM)


@pytest.mark.parametrize(("radius", "excess", "gouge"), [(10.03, 0.0, 0.0), (10.08, 0.08, 0.0), (9.985, 0.0, 0.015), (9.995, 0.0, 0.0)])
def test_a_sphere_too_large_or_too_small(folder, radius, excess, gouge):
    part = part_of(sphere(10.0), folder, "sphere")
    found = deviate(ball(radius, 0.4), part)
    assert found.max_excess_mm == pytest.approx(excess, abs=WITHIN_MM)
    assert found.max_gouge_mm == pytest.approx(gouge, abs=WITHIN_MM)
    assert found.excess_area_mm2 == pytest.approx(400 * np.pi if excess else 0.0, rel=0.01)
    assert found.gouge_area_mm2 == pytest.approx(400 * np.pi if gouge else 0.0, rel=0.01)


def ball(radius, cell):
    """A ball about the origin, exact on every line."""
    stock = TriDexel.from_box([[-11.0] * 3, [11.0] * 3], cell)
    fields = []
    for f in stock.fields:
        u, v = np.meshgrid(*f.line_coordinates(), indexing="ij")
        half = np.sqrt(np.maximum(radius**2 - u.ravel() ** 2 - v.ravel() ** 2, 0.0))
        offsets = np.concatenate([[0], np.cumsum(half > 0)])
        fields.append(DexelField.from_intervals(f.axis, f.origin, f.cell, f.shape, offsets, -half[half > 0], half[half > 0]))
    return TriDexel(stock.origin, stock.cell, stock.shape, stock.bbox, tuple(fields))


def test_a_bore_too_wide_is_a_gouge_of_its_wall_alone(folder):
    body = box(0, 0, 0, 40, 30, 20)
    part = part_of(cut(body, cylinder(20, 15, -1, 6, 30)), folder, "bore")
    found = deviate(workpiece_of(cut(body, cylinder(20, 15, -1, 6.02, 30)), folder, 0.3, BLOCK), part)
    wall = next(f for f in part.faces if f.kind == "cylinder")
    assert found.max_gouge_mm == pytest.approx(0.02, abs=WITHIN_MM)
    assert row(found, wall.index)["gouge_mm2"] == pytest.approx(wall.area_mm2, rel=0.01)
    others = found.by_face[found.by_face["face"] != wall.index]
    assert others["gouge_mm2"].max() < 0.5  # the rim of top and bottom, where the wall's metal is missing to its edge
    assert found.max_excess_mm == 0.0


def test_a_pit_of_two_hundredths_is_found_on_its_face(folder, pocket):
    found = deviate(workpiece_of(cut(pocketed(), box(15, 12, 11.98, 18, 15, 13)), folder, 0.2, BLOCK), pocket)
    floor = face_at(pocket, [20, 15, 12])
    assert found.max_gouge_mm == pytest.approx(0.02, abs=WITHIN_MM)
    assert row(found, floor)["gouge_mm2"] == pytest.approx(9.0, rel=0.05)
    assert set(found.face[found.mm < 0]) == {floor} == set(found.gouged.face)
    assert found.gouge_area_mm2 == pytest.approx(row(found, floor)["gouge_mm2"])


def test_a_pit_of_less_than_a_gouge_is_none(folder, pocket):
    found = deviate(workpiece_of(cut(pocketed(), box(15, 12, 11.992, 18, 15, 13)), folder, 0.2, BLOCK), pocket)
    assert found.gouge_area_mm2 == 0.0 and len(found.points) == 0


def test_a_rib_that_is_wholly_gone_is_as_deep_as_its_middle(folder):
    plate = box(0, 0, 0, 40, 30, 10)
    part = part_of(fuse(plate, box(10, 5, 10, 10.8, 25, 18)), folder, "rib")
    found = deviate(workpiece_of(plate, folder, 0.5, BLOCK), part)
    assert found.max_gouge_mm == pytest.approx(0.4, abs=WITHIN_MM)
    assert found.mm[found.points[:, 2] > 11].min() == pytest.approx(-0.4, abs=0.05)  # no end of the workpiece is up there
    assert row(found, face_at(part, [10, 15, 14]))["gouge_mm2"] == pytest.approx(160.0, rel=0.02)


def test_a_layer_along_a_wall_is_as_thick_as_it_is_and_not_as_long(folder, pocket):
    """Lines along the wall run inside the layer for 14 mm."""
    beside_wall = [[9.8, 8.5, 14.0], [10.2, 21.5, 14.2]]
    for thick in (0.03, 0.06):
        left = fuse(pocketed(), box(10, 8, 12, 10 + thick, 22, 20))
        fine = workpiece_of(left, folder, 0.02, beside_wall)
        along = fine.fields[1].line_coordinates()[1]
        assert ((along > 10) & (along < 10 + thick)).any()
        found = deviate(workpiece_of(left, folder, 1.0, BLOCK), pocket, [fine])
        assert found.furthest_mm == pytest.approx(thick if thick > EXCESS_MM else 0.0, abs=WITHIN_MM)
        assert set(found.excess.face) == ({face_at(pocket, [10, 15, 16])} if thick > EXCESS_MM else set())


def test_loose_material_is_told_apart_from_what_stands_on_the_design(folder, pocket):
    one, loose = (tessellate(part_of(shape, folder, "piece"), 1.0) for shape in (pocketed(), box(16, 13, 15, 20, 17, 18)))
    vertices = np.vstack([one.vertices, loose.vertices])
    stock = TriDexel.from_mesh(vertices, np.vstack([one.triangles, loose.triangles + len(one.vertices)]), 0.3, BLOCK)
    found = deviate(stock, pocket)
    assert found.excess_area_mm2 == 0.0 and found.max_excess_mm == 0.0
    assert found.furthest_mm == pytest.approx(6.0, abs=0.3)


def test_a_finer_field_speaks_for_its_box(folder, pocket):
    pitted = cut(pocketed(), box(15.02, 12.02, 11.9, 15.3, 12.3, 13))
    coarse = workpiece_of(pitted, folder, 1.0, BLOCK)
    assert deviate(coarse, pocket).max_gouge_mm == 0.0
    fine = workpiece_of(pitted, folder, 0.05, [[14.0, 11.0, 11.0], [17.0, 14.0, 13.0]])
    found = deviate(coarse, pocket, [fine])
    assert found.max_gouge_mm == pytest.approx(0.1, abs=WITHIN_MM)
    assert found.gouge_area_mm2 == pytest.approx(0.0784, rel=0.25)  # 0.28 mm square by cells of 0.05
    assert found.max_excess_mm == 0.0
    again = deviate(coarse, pocket, [fine, fine])
    assert again.gouge_area_mm2 == pytest.approx(found.gouge_area_mm2)
    clean = deviate(workpiece_of(pocketed(), folder, 1.0, BLOCK), pocket, [workpiece_of(pocketed(), folder, 0.1, fine.bbox)])
    assert (clean.furthest_mm, clean.max_gouge_mm, clean.excess_area_mm2) == (0.0, 0.0, 0.0)


def test_areas_of_slanted_faces_are_true(folder):
    wedge = cut(box(0, 0, 0, 40, 30, 20), _slanted())
    part = part_of(wedge, folder, "wedge")
    found = deviate(TriDexel.from_box(BLOCK, 0.5), part)
    for face in part.faces:
        assert row(found, face.index)["excess_mm2"] == pytest.approx(face.area_mm2, rel=0.01)


def _slanted():
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakePolygon
    from OCP.BRepPrimAPI import BRepPrimAPI_MakePrism
    from OCP.gp import gp_Pnt, gp_Vec

    polygon = BRepBuilderAPI_MakePolygon()
    for x, z in ((0, 20), (40, 3), (40, 21), (0, 21)):
        polygon.Add(gp_Pnt(x, -1, z))
    polygon.Close()
    return BRepPrimAPI_MakePrism(BRepBuilderAPI_MakeFace(polygon.Wire()).Face(), gp_Vec(0, 40, 0)).Shape()


def test_a_stock_that_does_not_hold_the_part_is_refused(pocket):
    with pytest.raises(CopeauError, match="sticks out of its stock by 4.000 mm"):
        deviate(TriDexel.from_box([[-1, -1, -1], [36, 31, 21]], 1.0), pocket)


def test_the_same_workpiece_has_the_same_deviation(folder, pocket):
    stock = TriDexel.from_box(BLOCK, 0.7)
    one, two = deviate(stock, pocket), deviate(stock.copy(), pocket)
    np.testing.assert_array_equal(one.by_face, two.by_face)
    np.testing.assert_array_equal(one.points, two.points)


def clear_of_limits(offset):
    return min(abs(abs(offset) - limit) for limit in (GOUGE_MM, EXCESS_MM)) > NEAR_MM


OFFSETS = st.lists(st.floats(-0.4, 0.4).filter(clear_of_limits), min_size=6, max_size=6)


@pytest.fixture(scope="module")
def plain(folder):
    return design_of(part_of(box(0, 0, 0, 12, 9, 7), folder, "plain"))


@given(OFFSETS)
@settings(max_examples=30, deadline=None)
def test_a_box_with_every_side_off_by_its_own_amount(plain, offsets):
    high = np.array([12.0, 9.0, 7.0])
    low_off, high_off = np.array(offsets[:3]), np.array(offsets[3:])
    stock = box_in(np.array([-low_off, high + high_off]), 0.5, np.array([[-1.0] * 3, high + 1.0]))
    found = deviate(stock, plain)
    most, least = max(offsets), min(offsets)
    assert found.max_excess_mm == pytest.approx(most if most > EXCESS_MM else 0.0, abs=WITHIN_MM)
    assert found.max_gouge_mm == pytest.approx(-least if least < -GOUGE_MM else 0.0, abs=WITHIN_MM)


def box_in(solid, cell, bbox):
    """A box `solid` (2, 3) on the lattice of a stock that fills `bbox`."""
    corners = np.array([[solid[i][0], solid[j][1], solid[k][2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    triangles = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))])
    return TriDexel.from_mesh(corners, triangles, cell, bbox)


def test_freeform_faces_are_judged_on_a_finer_mesh(folder, pocket):
    assert verification_design(pocket).mesh is pocket.mesh
    blob = part_of(_spline_top(), folder, "spline")
    assert any(f.kind == "freeform" for f in blob.faces)
    design = verification_design(blob)
    assert design.deflection_mm <= 1e-3
    mesh = tessellate(blob, 5e-4)
    found = deviate(TriDexel.from_mesh(mesh.vertices, mesh.triangles, 0.3, blob.bbox + [[-1.0], [1.0]]), design)
    assert found.max_gouge_mm < GOUGE_MM and found.excess_area_mm2 == 0.0 and found.gouge_area_mm2 == 0.0


def _spline_top():
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeEdge, BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakeWire
    from OCP.BRepPrimAPI import BRepPrimAPI_MakePrism
    from OCP.collections import Array1_gp_Pnt
    from OCP.Geom import Geom_BezierCurve
    from OCP.gp import gp_Pnt, gp_Vec

    poles = Array1_gp_Pnt(1, 4)
    for k, (x, z) in enumerate(((0, 5), (7, 12), (14, 1), (20, 6))):
        poles.SetValue(k + 1, gp_Pnt(x, 0, z))
    wire = BRepBuilderAPI_MakeWire(BRepBuilderAPI_MakeEdge(Geom_BezierCurve(poles)).Edge())
    for a, b in (((20, 0, 6), (20, 0, 0)), ((20, 0, 0), (0, 0, 0)), ((0, 0, 0), (0, 0, 5))):
        wire.Add(BRepBuilderAPI_MakeEdge(gp_Pnt(*a), gp_Pnt(*b)).Edge())
    return BRepPrimAPI_MakePrism(BRepBuilderAPI_MakeFace(wire.Wire()).Face(), gp_Vec(0, 15, 0)).Shape()
