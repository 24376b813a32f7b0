import numpy as np
import pytest
from OCP.BRepFilletAPI import BRepFilletAPI_MakeFillet
from OCP.BRepPrimAPI import BRepPrimAPI_MakeCone, BRepPrimAPI_MakeSphere

from copeau.part.walk import EDGE, subshapes
from tests.part.shapes import box, cut, cylinder, fuse


def counts(result):
    signs = [link.convexity for link in result.adjacency.links if link.faces[0] != link.faces[1]]
    return signs.count(1), signs.count(-1), signs.count(0)


def test_a_box_has_twelve_ridges_of_a_right_angle(recognised):
    _, result = recognised(box(0, 0, 0, 10, 20, 30))
    assert counts(result) == (12, 0, 0)
    assert [link.angle_rad for link in result.adjacency.links] == pytest.approx([np.pi / 2] * 12)
    assert sorted(link.length_mm for link in result.adjacency.links) == pytest.approx([10] * 4 + [20] * 4 + [30] * 4)


def test_a_step_has_one_corner(recognised):
    _, result = recognised(cut(box(0, 0, 0, 10, 20, 30), box(-1, -1, 15, 5, 21, 31)))
    assert counts(result) == (17, 1, 0)


def test_a_blind_hole_has_a_ridge_above_and_a_corner_below(recognised):
    _, result = recognised(cut(box(0, 0, 0, 10, 20, 30), cylinder(5, 10, 20, 4, 11)))
    assert counts(result) == (13, 1, 0)


def test_a_peg_has_a_corner_at_its_foot(recognised):
    _, result = recognised(fuse(box(0, 0, 0, 10, 20, 30), cylinder(5, 10, 30, 4, 5)))
    assert counts(result) == (13, 1, 0)


def test_a_fillet_is_tangent_on_both_sides(recognised):
    body = box(0, 0, 0, 10, 20, 30)
    fillet = BRepFilletAPI_MakeFillet(body)
    fillet.Add(2.0, next(iter(subshapes(body, EDGE))))
    _, result = recognised(fillet.Shape())
    assert counts(result) == (13, 0, 2)


@pytest.mark.parametrize("shape", [lambda: BRepPrimAPI_MakeSphere(5.0).Shape(), lambda: BRepPrimAPI_MakeCone(5.0, 0.0, 8.0).Shape()])
def test_seams_and_degenerate_edges_join_no_two_faces(recognised, shape):
    part, result = recognised(shape())
    seams = [link for link in result.adjacency.links if link.faces[0] == link.faces[1]]
    assert all(link.convexity == 0 for link in seams)
    assert sum(counts(result)) == (0 if len(part.faces) == 1 else 1)
