"""Distances held against points built from the definition of each surface."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copeau.model.part import Face
from copeau.part.distance import surface_distance

TOL_MM = 1e-9
ANGLES = st.floats(0.0, 2 * np.pi)
SHIFTS = st.floats(-2.0, 2.0)
BOX = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])


def frame(axis):
    axis = np.asarray(axis, float) / np.linalg.norm(axis)
    u = np.cross(axis, [0.3, -0.5, 0.8])
    u /= np.linalg.norm(u)
    return axis, u, np.cross(axis, u)


def face(kind, concave=None, **place):
    return Face(0, "", kind, 1.0, BOX, concave=concave, **place)


AXIS, U, V = frame([1.0, 2.0, -0.5])
ORIGIN = np.array([3.0, -4.0, 5.0])


@given(ANGLES, SHIFTS, SHIFTS)
def test_cylinder_distance_is_the_shift_along_its_radius(angle, along, shift):
    point = ORIGIN + along * AXIS + (7.0 + shift) * (np.cos(angle) * U + np.sin(angle) * V)
    d = [surface_distance(face("cylinder", c, origin=ORIGIN, axis=AXIS, radius_mm=7.0), point)[0] for c in (False, True)]
    assert d == pytest.approx([shift, -shift], abs=TOL_MM)


@given(ANGLES, st.floats(0.0, 3.0), SHIFTS)
def test_cone_distance_is_the_shift_along_its_normal(angle, along, shift):
    slope = 0.4
    out = np.cos(angle) * U + np.sin(angle) * V
    on = ORIGIN + along * AXIS + (5.0 + along * np.tan(slope)) * out
    normal = np.cos(slope) * out - np.sin(slope) * AXIS
    cone = face("cone", False, origin=ORIGIN, axis=AXIS, radius_mm=5.0, half_angle_rad=slope)
    assert surface_distance(cone, on + shift * normal)[0] == pytest.approx(shift, abs=TOL_MM)


@given(ANGLES, ANGLES, st.floats(-0.9, 2.0))
def test_torus_distance_is_the_shift_along_the_tube_radius(angle, round_tube, shift):
    out = np.cos(angle) * U + np.sin(angle) * V
    tube = np.cos(round_tube) * out + np.sin(round_tube) * AXIS
    point = ORIGIN + 9.0 * out + (1.0 + shift) * tube
    torus = face("torus", False, origin=ORIGIN, axis=AXIS, radius_mm=9.0, minor_radius_mm=1.0)
    assert surface_distance(torus, point)[0] == pytest.approx(shift, abs=TOL_MM)


@given(SHIFTS, SHIFTS, SHIFTS)
def test_plane_distance_is_the_height_over_it(a, b, h):
    plane = face("plane", origin=ORIGIN, axis=AXIS)
    assert surface_distance(plane, ORIGIN + a * U + b * V + h * AXIS)[0] == pytest.approx(h, abs=TOL_MM)


def test_sphere_distance_is_positive_inside_a_concave_sphere_wall():
    ball = face("sphere", True, origin=ORIGIN, radius_mm=2.0)
    assert surface_distance(ball, [ORIGIN + 3.0 * U, ORIGIN + 0.5 * V]) == pytest.approx([-1.0, 1.5], abs=TOL_MM)


def test_freeform_has_no_closed_distance():
    assert np.isnan(surface_distance(face("freeform"), np.zeros((4, 3)))).all()
