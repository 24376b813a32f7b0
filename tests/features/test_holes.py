import numpy as np
import pytest

from tests.part.shapes import box, cone, cut, cylinder, polygon, prism, turned

PLATE = (0, 0, 0, 60, 40, 20)


def holes(result):
    return [f for f in result.features if f.type == "round_hole"]


def only_hole(recognised, *tools):
    part, result = recognised(cut(box(*PLATE), *tools))
    found = holes(result)
    assert len(found) == 1
    assert [f.type for f in result.features if f.type not in ("round_hole", "planar_face")] == []
    assert result.left_over == ()
    return part, found[0]


def test_a_through_hole_is_open_at_both_ends(recognised):
    _, hole = only_hole(recognised, cylinder(30, 20, -1, 8, 30))
    assert hole.through and hole.dims["diameter"] == pytest.approx(8) and hole.dims["depth"] == pytest.approx(20)
    assert sorted(hole.directions[:, 2]) == pytest.approx([-1, 1])
    assert hole.axis_point == pytest.approx([30, 20, 20], abs=1e-6) and hole.axis == pytest.approx([0, 0, 1])


def test_a_blind_flat_hole_is_entered_from_its_open_end(recognised):
    _, hole = only_hole(recognised, cylinder(30, 20, -1, 8, 13))
    assert not hole.through and hole.dims["depth"] == pytest.approx(12)
    assert hole.directions == pytest.approx(np.array([[0, 0, -1]]))
    assert hole.axis_point == pytest.approx([30, 20, 0], abs=1e-6)
    assert sorted(hole.roles.values()) == ["bottom", "wall"]


def test_a_drill_point_gives_depth_to_its_shoulder_and_its_angle(recognised):
    height = 4 / np.tan(np.radians(59))
    _, hole = only_hole(recognised, cylinder(30, 20, 8, 8, 30), cone(30, 20, 8 - height, 0, 8, height))
    assert hole.dims["depth"] == pytest.approx(12, abs=1e-6)
    assert hole.dims["total_depth"] == pytest.approx(12 + height, abs=1e-6)
    assert hole.dims["point_angle"] == pytest.approx(118)
    assert [s.end_diameter_mm for s in hole.stages] == pytest.approx([8, 0], abs=1e-6)


def test_a_counterbore_is_the_first_stage(recognised):
    _, hole = only_hole(recognised, cylinder(30, 20, -1, 6.6, 30), cylinder(30, 20, 13, 11, 30))
    assert hole.through and hole.directions == pytest.approx(np.array([[0, 0, 1]]))
    assert [(s.diameter_mm, s.depth_mm) for s in hole.stages] == [pytest.approx((11, 7)), pytest.approx((6.6, 13))]
    assert (hole.dims["counterbore_diameter"], hole.dims["counterbore_depth"]) == pytest.approx((11, 7))


def test_a_countersink_has_its_diameter_angle_and_depth(recognised):
    _, hole = only_hole(recognised, cylinder(30, 20, -1, 6, 30), cone(30, 20, 17, 6, 12, 3))
    assert hole.through
    assert [hole.dims[f"countersink_{n}"] for n in ("diameter", "angle", "depth")] == pytest.approx([12, 90, 3])


def test_a_bore_of_three_steps_has_three_stages_from_the_wide_end(recognised):
    _, hole = only_hole(recognised, cylinder(30, 20, -1, 20, 6), cylinder(30, 20, 4, 14, 6), cylinder(30, 20, 9, 6, 30))
    assert [s.diameter_mm for s in hole.stages] == pytest.approx([20, 14, 6])
    assert [s.depth_mm for s in hole.stages] == pytest.approx([5, 5, 10])
    assert hole.axis == pytest.approx([0, 0, -1])


def test_the_ears_of_a_clevis_share_one_hole(recognised):
    _, result = recognised(cut(box(*PLATE), box(20, -1, 5, 40, 41, 21), cylinder(-1, 20, 13, 6, 62, (1, 0, 0))))
    (hole,) = holes(result)
    assert len(hole.faces) == 2 and hole.through and hole.dims["total_depth"] == pytest.approx(60)


def test_a_hole_that_a_slot_crosses_stays_one_hole(recognised):
    _, result = recognised(cut(box(*PLATE), cylinder(30, 20, -1, 10, 30), box(28, -1, 12, 32, 41, 21)))
    (hole,) = holes(result)
    assert hole.through and hole.dims["diameter"] == pytest.approx(10)


def test_corner_radii_and_slot_ends_are_no_holes(recognised):
    ends = [cylinder(20, 20, 10, 8, 20), cylinder(40, 20, 10, 8, 20)]
    _, result = recognised(cut(box(*PLATE), box(20, 16, 10, 40, 24, 21), *ends))
    assert holes(result) == []
    pocket = next(f for f in result.features if f.type == "closed_pocket")
    assert pocket.dims["corner_radius"] == pytest.approx(4)
    assert (pocket.dims["length"], pocket.dims["width"]) == pytest.approx((28, 8), abs=0.05)


def test_a_round_pocket_with_an_island_is_no_hole(recognised):
    ring = cut(cylinder(30, 20, 12, 24, 20), cylinder(30, 20, 0, 10, 40))
    _, result = recognised(cut(box(*PLATE), ring))
    assert holes(result) == []
    pocket = next(f for f in result.features if f.type == "closed_pocket")
    assert sorted(pocket.roles.values()) == ["floor", "island", "wall"]


def test_a_quarter_round_notch_is_no_hole(recognised):
    _, result = recognised(cut(box(*PLATE), cylinder(0, 0, 10, 20, 20)))
    assert holes(result) == []


def test_a_hexagonal_recess_over_a_hole_leaves_the_hole(recognised):
    _, result = recognised(cut(box(*PLATE), prism(polygon(6, 30, 20, 8), 12, 21), cylinder(30, 20, -1, 6, 30)))
    (hole,) = holes(result)
    assert hole.through and hole.dims["depth"] == pytest.approx(12)
    assert any(f.type == "closed_pocket" and f.dims["walls"] == 6 for f in result.features)


def test_a_turned_part_has_the_same_hole(recognised):
    body = cut(box(*PLATE), cylinder(30, 20, -1, 6.6, 30), cylinder(30, 20, 13, 11, 30))
    _, here = recognised(body)
    _, there = recognised(turned(body, (1, 2, 3), 1.1, (30, -20, 5)), "turned")
    assert holes(there)[0].dims == pytest.approx(holes(here)[0].dims, abs=1e-5)


def test_the_round_ends_of_a_passage_are_no_holes(recognised):
    ends = [cylinder(20, 20, -1, 8, 30), cylinder(40, 20, -1, 8, 30)]
    _, result = recognised(cut(box(*PLATE), box(20, 16, -1, 40, 24, 21), *ends))
    assert [f.type for f in result.features if f.type != "planar_face"] == ["closed_pocket"]
