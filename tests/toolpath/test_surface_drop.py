"""Drop-cutter against closed forms and against an oracle that only knows the cutter's profile and points of triangles."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copeau.model.errors import CopeauError
from copeau.model.tool import Tool
from copeau.toolpath.surface import DropMesh, ToolShape, drop, rest, shape_of
from copeau.toolpath.surface.shape import profile

EXACT_MM = 1e-6
FLAT, BALL, BULL = ToolShape(3.0, 0.0, 0.0, 3.0), ToolShape(0.0, 3.0, 0.0, 3.0), ToolShape(2.0, 1.0, 0.0, 3.0)
CONE, TAPER = ToolShape(0.2, 0.0, math.radians(45.0), 3.0), ToolShape(0.0, 0.5, math.radians(10.0), 3.0)
BULL_CONE = ToolShape(0.7, 0.4, math.radians(30.0), 3.0)
SHAPES = [FLAT, BALL, BULL, CONE, TAPER, BULL_CONE]
NAMES = ["flat", "ball", "bull", "cone", "taper", "bull_cone"]


def height(shape, r):
    """Profile by cases, from the drawing of the cutter: disc, arc about (flat, corner), cone tangent to it."""
    f, c, a = shape.flat_mm, shape.corner_mm, shape.half_angle_rad
    arc_end = f + c * math.cos(a)
    arc = c - np.sqrt(np.maximum(c * c - np.clip(r - f, 0.0, c) ** 2, 0.0))
    cone = c - c * math.sin(a) + (r - arc_end) / math.tan(a) if a > 0.0 else np.inf
    out = np.where(r <= f, 0.0, np.where(r <= arc_end, arc, cone))
    return np.where(r <= shape.radius_mm, out, np.inf)


def brute_drop(corners, shape, x, y):
    """Max over the triangle of z - profile(distance to the axis): dense samples, then zooms on the best one.

    Facets are sampled in rings about the axis, so that the rim itself is among the samples, edges along their length.
    """

    def on_facet(u, v):
        r, angle = shape.radius_mm * np.clip(u, 0.0, 1.0), 2.0 * math.pi * v
        p = np.stack([x + r * np.cos(angle), y + r * np.sin(angle)], -1) - corners[0, :2]
        weight = p @ np.linalg.inv(corners[1:, :2] - corners[0, :2])
        inside = (weight >= 0.0).all(-1) & (weight.sum(-1) <= 1.0)
        return np.where(inside, corners[0, 2] + weight @ (corners[1:, 2] - corners[0, 2]) - height(shape, r), -np.inf)

    def on_edge(k):
        a, b = corners[k], corners[(k + 1) % 3]

        def value(u, v):
            p = a + np.clip(u, 0.0, 1.0)[..., None] * (b - a)
            return p[..., 2] - height(shape, np.hypot(p[..., 0] - x, p[..., 1] - y))

        return value

    flat = abs(np.linalg.det(corners[1:, :2] - corners[0, :2])) < 1e-9
    return max(zoomed(f) for f in [on_edge(0), on_edge(1), on_edge(2)] + ([] if flat else [on_facet]))


def zoomed(value):
    """Largest value over the unit square."""
    grid = np.linspace(-0.5, 0.5, 101)
    u, v, span, best = 0.5, 0.5, 1.0, -np.inf
    for _ in range(30):
        us, vs = np.meshgrid(u + span * grid, v + span * grid)
        found = value(us, vs)
        k = np.unravel_index(np.argmax(found), found.shape)
        if found[k] > best:
            best, u, v = found[k], us[k], vs[k]
        span *= 0.5
    return best


def one_triangle(corners):
    return DropMesh(corners, [[0, 1, 2]])


def plane(slope_rad, size=60.0):
    """z = tan(slope) x over a square."""
    t = math.tan(slope_rad)
    v = np.array([[-size, -size, -size * t], [size, -size, size * t], [size, size, size * t], [-size, size, -size * t]])
    return DropMesh(v, [[0, 1, 2], [0, 2, 3]])


def box(size=(20.0, 20.0, 10.0)):
    x, y, z = size
    v = np.array([[i * x, j * y, k * z] for k in (0, 1) for j in (0, 1) for i in (0, 1)])
    t = [[0, 2, 3], [0, 3, 1], [4, 5, 7], [4, 7, 6], [0, 1, 5], [0, 5, 4], [1, 3, 7], [1, 7, 5], [3, 2, 6], [3, 6, 7], [2, 0, 4], [2, 4, 6]]
    return v, np.array(t)


@pytest.mark.parametrize("shape", SHAPES, ids=NAMES)
def test_profile_is_the_drawing_of_the_cutter(shape):
    r = np.linspace(0.0, shape.radius_mm - 1e-9, 301)
    assert np.allclose([profile(x, shape.numbers()) for x in r], height(shape, r), atol=1e-12)


@pytest.mark.parametrize("slope_deg", [0.0, 5.0, 30.0, 44.0])
@pytest.mark.parametrize("shape", SHAPES, ids=NAMES)
def test_rest_on_a_plane_is_the_tangent_point_of_the_profile(shape, slope_deg):
    slope = math.radians(slope_deg)
    r = np.linspace(0.0, shape.radius_mm, 2_000_001)
    lift = (r * math.tan(slope) - height(shape, r)).max()
    z = drop(plane(slope), shape, [[0.0, 0.0], [7.3, -4.1]])
    assert z == pytest.approx([lift, lift + 7.3 * math.tan(slope)], abs=EXACT_MM)


@pytest.mark.parametrize("slope_deg", [10.0, 60.0, 85.0])
def test_ball_on_a_plane_is_at_its_offset(slope_deg):
    slope = math.radians(slope_deg)
    z = drop(plane(slope), BALL, [[0.0, 0.0]])[0]
    assert z == pytest.approx(3.0 / math.cos(slope) - 3.0, abs=1e-9)


def test_cone_on_a_plane_steeper_than_itself_rests_on_its_rim():
    slope = math.radians(60.0)
    z = drop(plane(slope), CONE, [[0.0, 0.0]])[0]
    assert z == pytest.approx(3.0 * math.tan(slope) - 2.8, abs=1e-9)


coordinate = st.floats(-5.0, 5.0, allow_nan=False, width=32).map(lambda v: round(v, 3))
corner = st.tuples(coordinate, coordinate, coordinate)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SHAPES), st.tuples(corner, corner, corner), coordinate, coordinate)
def test_no_triangle_is_penetrated_and_each_is_touched(shape, corners, x, y):
    c = np.array(corners)
    z = drop(one_triangle(c), shape, [[0.5 * x, 0.5 * y]])[0]
    sampled = brute_drop(c, shape, 0.5 * x, 0.5 * y)
    if np.isinf(z):
        assert sampled == -np.inf or is_grazing(c, shape, 0.5 * x, 0.5 * y)
    else:
        # samples never see more than the true rest; near the rim of a ball they see it late
        assert sampled <= z + EXACT_MM or is_grazing(c, shape, 0.5 * x, 0.5 * y)
        assert contact_holds(c, shape, 0.5 * x, 0.5 * y, z)


def is_grazing(corners, shape, x, y):
    """The triangle comes no nearer to the axis than the radius, within a nanometre: samples on the rim decide nothing."""
    t = np.linspace(0.0, 1.0, 20001)[:, None]
    edge = np.vstack([corners[i] + t * (corners[(i + 1) % 3] - corners[i]) for i in range(3)])
    return np.hypot(edge[:, 0] - x, edge[:, 1] - y).min() > shape.radius_mm - 1e-6


def contact_holds(corners, shape, x, y, z):
    """The reported contact is a point of the triangle and of the cutter: the rest is not too high."""
    found = rest(one_triangle(corners), shape, [[x, y]])
    p = found.contact[0]
    edges = corners[1:] - corners[0]
    weight = np.linalg.lstsq(edges.T, p - corners[0], rcond=None)[0]
    on_triangle = np.linalg.norm(edges.T @ weight - (p - corners[0])) < EXACT_MM
    r = min(math.hypot(p[0] - x, p[1] - y), shape.radius_mm)
    return found.z[0] == z and on_triangle and abs(z + profile(r, shape.numbers()) - p[2]) < EXACT_MM


@pytest.mark.parametrize("shape", SHAPES, ids=NAMES)
def test_rest_equals_dense_sampling(shape):
    rng = np.random.default_rng(7)
    for _ in range(12):
        c = rng.uniform(-4.0, 4.0, (3, 3))
        x, y = rng.uniform(-2.0, 2.0, 2)
        z, sampled = drop(one_triangle(c), shape, [[x, y]])[0], brute_drop(c, shape, x, y)
        assert z == pytest.approx(sampled, abs=EXACT_MM) or (np.isinf(z) and np.isinf(sampled))


def test_ball_on_a_spike_follows_its_sphere():
    v = np.array([[0.0, 0.0, 5.0], [1e-3, 0.0, 0.0], [0.0, 1e-3, 0.0], [-1e-3, -1e-3, 0.0]])
    mesh = DropMesh(v, [[0, 1, 2], [0, 2, 3], [0, 3, 1]])
    x = np.linspace(-2.99, 2.99, 41)
    assert drop(mesh, BALL, np.column_stack([x, 0 * x])) == pytest.approx(5.0 - 3.0 + np.sqrt(9.0 - x**2), abs=1e-2)
    assert drop(mesh, BALL, [[0.0, 0.0]])[0] == pytest.approx(5.0, abs=1e-12)


def test_tool_tangent_to_a_wall_rests_on_the_floor():
    v, t = box()
    floor = np.array([[-50.0, -50.0, 0.0], [50.0, -50.0, 0.0], [0.0, 90.0, 0.0]])
    mesh = DropMesh(np.vstack([v, floor]), np.vstack([t, [[8, 9, 10]]]))
    for shape in (FLAT, BALL, BULL):
        assert drop(mesh, shape, [[-3.0, 10.0], [-3.0 + 1e-6, 10.0]]) == pytest.approx([0.0, float(10.0 - height(shape, 3.0 - 1e-6))])


def test_box_seen_from_above_keeps_its_top_only():
    v, t = box()
    mesh = DropMesh(v, t)
    assert len(mesh.rows) < len(t)
    assert drop(mesh, FLAT, [[10.0, 10.0], [-2.9, 10.0], [-3.1, 10.0]]) == pytest.approx([10.0, 10.0, -np.inf])


def test_nothing_under_the_tool_is_minus_infinity():
    found = rest(plane(0.1, 5.0), BALL, [[100.0, 0.0], [0.0, 0.0]])
    assert found.z[0] == -np.inf and found.triangle[0] == -1 and np.isnan(found.contact[0]).all()
    assert np.isfinite(found.z[1]) and found.triangle[1] >= 0


def test_degenerate_triangles_count_as_what_they_are():
    point = DropMesh([[0.0, 0.0, 2.0]] * 3, [[0, 1, 2]])
    assert drop(point, BALL, [[0.0, 0.0], [1.0, 0.0]]) == pytest.approx([2.0, 2.0 - float(height(BALL, 1.0))])
    needle = DropMesh([[0.0, 0.0, 0.0], [1.0, 0.0, 1.0], [2.0, 0.0, 2.0]], [[0, 1, 2]])
    segment = DropMesh([[0.0, 0.0, 0.0], [2.0, 0.0, 2.0], [2.0, 0.0, 2.0]], [[0, 1, 2]])
    xy = np.random.default_rng(1).uniform(-2.0, 4.0, (50, 2))
    for shape in SHAPES:
        assert drop(needle, shape, xy) == pytest.approx(drop(segment, shape, xy), abs=1e-9)
    upright = DropMesh([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [1.0, 0.0, 5.0]], [[0, 1, 2]])
    assert drop(upright, FLAT, [[1.0, 0.0], [1.0, 2.9]]) == pytest.approx([5.0, 5.0])


def test_empty_or_broken_meshes_are_refused():
    for vertices, triangles in (([[0.0, 0.0, 0.0]], np.zeros((0, 3))), ([[0, 0, 0], [1, 0, 0], [0, math.nan, 0]], [[0, 1, 2]])):
        with pytest.raises(CopeauError):
            DropMesh(vertices, triangles)


def bumps(n=41):
    g = np.linspace(0.0, 20.0, n)
    x, y = np.meshgrid(g, g, indexing="ij")
    v = np.column_stack([x.ravel(), y.ravel(), (np.sin(x) * np.cos(0.7 * y) + 0.1 * x).ravel()])
    k = np.arange(n * n).reshape(n, n)
    a, b, c, d = k[:-1, :-1].ravel(), k[1:, :-1].ravel(), k[1:, 1:].ravel(), k[:-1, 1:].ravel()
    return v, np.vstack([np.column_stack([a, b, c]), np.column_stack([a, c, d])])


@pytest.mark.parametrize("shape", SHAPES, ids=NAMES)
def test_tree_finds_what_every_triangle_alone_finds(shape):
    v, t = bumps(15)
    xy = np.random.default_rng(3).uniform(-4.0, 24.0, (60, 2))
    alone = np.max([drop(one_triangle(v[k]), shape, xy) for k in t], axis=0)
    assert drop(DropMesh(v, t), shape, xy) == pytest.approx(alone, abs=1e-12)


@pytest.mark.parametrize("shape", SHAPES, ids=NAMES)
def test_order_of_points_does_not_matter(shape):
    mesh = DropMesh(*bumps())
    xy = np.random.default_rng(5).uniform(0.0, 20.0, (500, 2))
    assert np.array_equal(drop(mesh, shape, xy)[::-1], drop(mesh, shape, xy[::-1]))


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(SHAPES), st.floats(0.0, 0.5), st.floats(2.0, 18.0), st.floats(2.0, 18.0))
def test_grown_cutter_stays_clear_by_the_allowance(shape, allowance, x, y):
    mesh = DropMesh(*bumps())
    real = drop(mesh, shape, [[x, y]])[0]
    grown = drop(mesh, shape.grown(allowance), [[x, y]])[0] + allowance
    assert grown >= real + allowance - EXACT_MM  # a vertical distance is never less than the normal one


def test_shapes_of_tools():
    assert shape_of(Tool("e", "endmill", 10.0)) == ToolShape(5.0, 0.0, 0.0, 5.0)
    assert shape_of(Tool("b", "ball_endmill", 6.0)) == ToolShape(0.0, 3.0, 0.0, 3.0)
    assert shape_of(Tool("r", "bullnose_endmill", 10.0, RE=1.0)) == ToolShape(4.0, 1.0, 0.0, 5.0)
    assert shape_of(Tool("c", "chamfer_mill", 8.0, SIG=90.0, tip_diameter=1.0)) == ToolShape(0.5, 0.0, math.radians(45.0), 4.0)
    assert shape_of(Tool("t", "tapered_endmill", 6.0, RE=0.5, KAPR=80.0, tip_diameter=1.0)) == ToolShape(0.0, 0.5, math.radians(10.0), 3.0)
    with pytest.raises(CopeauError):
        shape_of(Tool("x", "chamfer_mill", 8.0))
    with pytest.raises(CopeauError):
        shape_of(Tool("y", "bullnose_endmill", 10.0, RE=6.0))
