"""Material left in corners, against the circle that fits into them."""

import math

import numpy as np
import pytest

from copeau.toolpath.surface import DropMesh, ToolShape, reach_error

ACCURACY_MM = 5e-3
BALL, FLAT = ToolShape(0.0, 3.0, 0.0, 3.0), ToolShape(3.0, 0.0, 0.0, 3.0)


def groove(slope_rad, half_length=40.0):
    """A floor z = 0 for x < 0, and a wall that climbs at `slope_rad` for x > 0."""
    s, w, h = half_length, 20.0, 20.0 * math.tan(slope_rad)
    v = np.array([[-40.0, -s, 0], [0, -s, 0], [w, -s, h], [w, s, h], [0, s, 0], [-40.0, s, 0]])
    return DropMesh(v, [[0, 1, 4], [0, 4, 5], [1, 2, 3], [1, 3, 4]])


def test_a_cutter_leaves_nothing_on_a_plane():
    mesh, slope = groove(math.radians(40.0)), math.radians(40.0)
    samples = [[-15.0, 0.0, 0.0], [12.0, 0.0, 12.0 * math.tan(slope)]]
    normals = [[0.0, 0.0, 1.0], [-math.sin(slope), 0.0, math.cos(slope)]]
    for shape in (BALL, FLAT):
        assert reach_error(mesh, samples, normals, shape) == pytest.approx([0.0, 0.0])


@pytest.mark.parametrize("slope_deg", [30.0, 60.0, 80.0])
def test_a_ball_leaves_the_arc_in_a_corner(slope_deg):
    slope = math.radians(slope_deg)
    touch = 3.0 * math.tan(slope / 2.0)  # from the corner to where the ball touches the floor
    x = np.linspace(0.0, 1.5 * touch, 9)
    left = np.where(x < touch, 3.0 - np.sqrt(np.maximum(9.0 - (touch - x) ** 2, 0.0)), 0.0)
    samples = np.column_stack([-x, 0 * x, 0 * x])
    found = reach_error(groove(slope), samples, np.tile([0.0, 0.0, 1.0], (len(x), 1)), BALL)
    assert found == pytest.approx(left, abs=ACCURACY_MM)


def test_a_flat_leaves_nothing_where_the_floor_meets_the_wall():
    samples = np.array([[-2.0, 0.0, 0.0], [-0.1, 0.0, 0.0]])
    assert reach_error(groove(math.radians(80.0)), samples, np.tile([0.0, 0.0, 1.0], (2, 1)), FLAT) == pytest.approx([0.0, 0.0], abs=1e-3)


def test_faces_that_look_down_are_out_of_reach():
    assert reach_error(groove(0.5), [[-15.0, 0.0, 0.0]], [[0.0, 0.0, -1.0]], BALL)[0] == math.inf
