"""Parallel passes and waterlines on planes, spheres, cones and bumps: never under the surface, close to it, all over the region."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from copeau.model.errors import CopeauError, Refusal
from copeau.toolpath.surface import (
    DropMesh,
    ToolShape,
    best_direction,
    drop,
    effective_radius,
    level_step,
    parallel_finish,
    parallel_passes,
    step_for_scallop,
    waterline_finish,
    waterline_levels,
)  # fmt: skip

TOLERANCE_MM = 0.002
FOLD_MM = 0.001  # what may hide between samples on the coarse folds of these meshes
BALL, FLAT, BULL = ToolShape(0.0, 3.0, 0.0, 3.0), ToolShape(3.0, 0.0, 0.0, 3.0), ToolShape(2.0, 1.0, 0.0, 3.0)
SHAPES = [BALL, FLAT, BULL]
NAMES = ["ball", "flat", "bull"]


def grid_mesh(height, size=24.0, n=49):
    g = np.linspace(0.0, size, n)
    x, y = np.meshgrid(g, g, indexing="ij")
    k = np.arange(n * n).reshape(n, n)
    a, b, c, d = k[:-1, :-1].ravel(), k[1:, :-1].ravel(), k[1:, 1:].ravel(), k[:-1, 1:].ravel()
    v = np.column_stack([x.ravel(), y.ravel(), height(x, y).ravel()])
    return DropMesh(v, np.vstack([np.column_stack([a, b, c]), np.column_stack([a, c, d])]))


def cone_mesh(r0=10.0, r1=5.0, height=10.0, n=720):
    """Frustum on a wide floor z = 0: closed on top, no bottom."""
    a = 2.0 * math.pi * np.arange(n) / n
    ring = np.column_stack([np.cos(a), np.sin(a)])
    v = np.vstack([np.column_stack([s * ring, np.full(n, z)]) for s, z in ((40.0, 0.0), (r0, 0.0), (r1, height))] + [[[0, 0, height]]])
    i, j = np.arange(n), (np.arange(n) + 1) % n
    t = [np.column_stack([i + s, j + s, j + s + n]) for s in (0, n)] + [np.column_stack([i + s, j + s + n, i + s + n]) for s in (0, n)]
    return DropMesh(v, np.vstack(t + [np.column_stack([i + 2 * n, j + 2 * n, np.full(n, 3 * n)])]))


def bumps():
    return grid_mesh(lambda x, y: np.sin(0.5 * x) * np.cos(0.4 * y) + 0.1 * x)


def ring(r0, r1):
    return shapely.Point(0.0, 0.0).buffer(r0, quad_segs=180).difference(shapely.Point(0.0, 0.0).buffer(r1, quad_segs=180))


def over_surface(mesh, shape, path):
    """Height of the path over the drop surface along all its chords."""
    f = np.linspace(0.0, 1.0, 15)[:, None, None]
    p = (path[:-1] + (path[1:] - path[:-1]) * f).reshape(-1, 3)
    return p[:, 2] - drop(mesh, shape, p[:, :2])


@pytest.mark.parametrize("shape", SHAPES, ids=NAMES)
def test_parallel_passes_lie_on_the_surface_and_never_under_it(shape):
    mesh = bumps()
    for path in parallel_finish(mesh, shapely.box(4, 4, 20, 20), shape, 0.4, 0.8):
        above = over_surface(mesh, shape, path)
        assert above.min() >= -FOLD_MM and above.max() <= TOLERANCE_MM + FOLD_MM


@pytest.mark.parametrize("slope_deg", [0.0, 20.0, 50.0])
def test_contacts_of_a_ball_fill_the_region_of_a_slope(slope_deg):
    slope = math.radians(slope_deg)
    mesh = grid_mesh(lambda x, y: x * math.tan(slope), 40.0, 5)
    region = shapely.box(10, 10, 30, 30)
    paths = parallel_passes(mesh, region, BALL, 0.0, 1.0)
    points = np.vstack(paths)
    contact_x = points[:, 0] + 3.0 * math.sin(slope)
    assert len(paths) == 21
    assert [contact_x.min(), contact_x.max()] == pytest.approx([10.0, 30.0], abs=2e-3)
    assert [points[:, 1].min(), points[:, 1].max()] == pytest.approx([10.0, 30.0], abs=2e-3)
    assert max(len(p) for p in paths) == 2  # a straight line is told by its ends


def test_passes_stop_at_the_foot_of_a_wall():
    mesh = grid_mesh(lambda x, y: np.where(x > 15.9, 10.0, 0.0), 24.0, 25)
    for path in parallel_finish(mesh, shapely.box(2, 2, 15, 22), BALL, 0.0, 1.0):
        assert path[:, 2].max() < 0.1


@pytest.mark.parametrize("shape", SHAPES, ids=NAMES)
def test_vertical_steps_are_climbed_before_they_are_entered(shape):
    mesh = cone_mesh(10.0, 10.0 - 1e-9, 5.0, 90)
    for path in parallel_finish(mesh, shapely.box(-20, -5, 20, 5), shape, 0.0, 1.0):
        assert over_surface(mesh, shape, path).min() >= -FOLD_MM


def test_holes_pieces_and_slivers():
    mesh = bumps()
    pieces = shapely.MultiPolygon([
        shapely.box(3, 3, 9, 21).difference(shapely.Point(6, 12).buffer(1.5)), shapely.box(14, 3, 14.05, 21), shapely.box(16, 16, 20, 20),
    ])  # fmt: skip
    points = np.vstack(parallel_passes(mesh, pieces, BALL, 0.0, 0.5))
    assert not shapely.contains_xy(shapely.Point(6, 12).buffer(0.3), points[:, 0], points[:, 1]).any()
    assert ((points[:, 0] > 13) & (points[:, 0] < 15)).any() and (points[:, 0] > 16).any()


def test_floor_and_allowance_hold_the_tip_up():
    mesh = grid_mesh(lambda x, y: 0.0 * x, 24.0, 3)
    box = shapely.box(8, 8, 16, 16)
    assert np.vstack(parallel_finish(mesh, box, BALL, 0.0, 1.0, check_z=1.5))[:, 2].min() == pytest.approx(1.5, abs=TOLERANCE_MM)
    assert np.vstack(parallel_finish(mesh, box, BALL, 0.0, 1.0, allowance_mm=0.3))[:, 2] == pytest.approx(0.3, abs=TOLERANCE_MM)


def test_zigzag_joins_what_one_way_leaves_apart():
    mesh, box = bumps(), shapely.box(6, 6, 18, 18)
    assert len(parallel_finish(mesh, box, BALL, 0.0, 1.0)) < len(parallel_passes(mesh, box, BALL, 0.0, 1.0)) / 4


def test_same_input_gives_the_same_path():
    mesh, box = bumps(), shapely.box(6, 6, 12, 12)
    for one, other in zip(parallel_finish(mesh, box, BALL, 0.7, 0.9), parallel_finish(bumps(), box, BALL, 0.7, 0.9)):
        assert np.array_equal(one, other)


def test_nothing_to_finish_is_refused():
    mesh, away = bumps(), shapely.box(100, 100, 110, 110)
    for make in (
        lambda region: parallel_finish(mesh, region, BALL, 0.0, 1.0), lambda region: waterline_finish(mesh, region, BALL, [0.5]),
        lambda region: waterline_levels(mesh, region, BALL, 0.01),
    ):  # fmt: skip
        for region in (away, shapely.Polygon()):
            with pytest.raises(Refusal, match="nothing_to_finish"):
                make(region)


@pytest.mark.parametrize("shape", SHAPES, ids=NAMES)
def test_waterlines_of_a_cone_are_circles_of_the_offset_radius(shape):
    slope = math.atan2(10.0, 5.0)
    rise, reach = shape.corner_mm * (1.0 - math.cos(slope)), shape.flat_mm + shape.corner_mm * math.sin(slope)
    levels = [8.0, 4.0, 0.5]
    loops = waterline_finish(cone_mesh(), ring(10.0, 5.0), shape, levels)
    assert len(loops) == 3
    for loop, z in zip(loops, levels):
        radius = 10.0 - 0.5 * (z + rise) + reach
        r = np.hypot(loop[:, 0], loop[:, 1])
        facet = radius * (1.0 - math.cos(math.pi / 720))
        assert np.array_equal(loop[0], loop[-1]) and (loop[:, 2] == z).all()
        assert radius - facet - 1e-6 <= r.min() and r.max() <= radius + TOLERANCE_MM
        turned = (loop[:-1, 0] * loop[1:, 1] - loop[:-1, 1] * loop[1:, 0]).sum()
        assert turned < 0.0  # clockwise round an island: its material is to the right of travel


@pytest.mark.parametrize("shape", SHAPES, ids=NAMES)
def test_waterlines_never_gouge_and_leave_little(shape):
    mesh = bumps()
    for loop in waterline_finish(mesh, shapely.box(4, 4, 20, 20), shape, [0.4, 1.0, 1.6]):
        assert over_surface(mesh, shape, loop).min() >= -FOLD_MM


def test_waterlines_of_part_of_a_cone_are_open_and_stay_in_it():
    region = ring(10.0, 5.0).intersection(shapely.box(0, -20, 20, 20))
    (loop,) = waterline_finish(cone_mesh(), region, BALL, [4.0])
    assert not np.array_equal(loop[0], loop[-1])
    assert loop[:, 0].min() == pytest.approx(0.0, abs=0.02)
    assert np.hypot(loop[:, 0], loop[:, 1]).std() < TOLERANCE_MM


def test_thin_draft_walls_are_found_though_the_tip_is_beside_them():
    loops = waterline_finish(cone_mesh(10.0, 9.8, 10.0), ring(10.0, 9.8), BALL, [3.0])
    assert len(loops) == 1 and np.hypot(*loops[0][:, :2].T).min() > 12.0


def test_levels_of_a_cone_keep_the_cusp():
    slope = math.atan2(10.0, 5.0)
    levels = waterline_levels(cone_mesh(), ring(10.0, 5.0), FLAT, 0.05)
    assert [levels[0], levels[-1]] == pytest.approx([10.0, 0.0])
    assert np.diff(levels).min() >= -0.05 / math.cos(slope) * (1 + 1e-3) and (np.diff(levels) < 0.0).all()


@settings(max_examples=50, deadline=None)
@given(st.floats(0.5, 10.0), st.floats(1e-3, 0.3), st.floats(0.0, 1.4))
def test_two_balls_a_step_apart_leave_the_scallop(radius, scallop, slope):
    along = step_for_scallop(radius, scallop, slope) / math.cos(slope)
    assert radius - math.sqrt(radius**2 - (0.5 * along) ** 2) == pytest.approx(scallop, rel=1e-6)


def test_level_steps_leave_the_cusp():
    assert level_step(FLAT, 0.01, math.radians(60.0)) == pytest.approx(0.02)
    along = level_step(BALL, 0.01, math.radians(60.0)) / math.sin(math.radians(60.0))
    assert 3.0 - math.sqrt(9.0 - (0.5 * along) ** 2) == pytest.approx(0.01)
    assert level_step(FLAT, 0.01, 0.5 * math.pi) == FLAT.radius_mm
    for bad in ((0.0, 1.0), (0.01, 0.0)):
        with pytest.raises(CopeauError):
            level_step(FLAT, *bad)


def test_effective_radius_is_that_of_the_groove():
    slope, r = math.radians(30.0), 3.0
    # section of a tilted disc's rim across the slope: an ellipse of half axes r and r sin(slope), radius r / sin(slope)
    assert effective_radius(FLAT, slope) == pytest.approx(r / math.sin(slope))
    assert effective_radius(BALL, slope) == 3.0 and effective_radius(FLAT, 0.0) == math.inf


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3), st.floats(0.5, 2)), min_size=1, max_size=8))
def test_best_direction_is_no_worse_than_any_other(faces):
    f = np.array(faces)
    n = np.column_stack([-f[:, 0], -f[:, 1], np.ones(len(f))])
    n /= np.linalg.norm(n, axis=1)[:, None]
    gradient = f[:, :2]

    def worst(angle):
        return np.abs(gradient @ [-math.sin(angle), math.cos(angle)]).max()

    found = worst(best_direction(n, f[:, 2]))
    assert found <= min(worst(a) for a in np.linspace(0.0, math.pi, 721)) * 1.01 + 1e-9


def test_best_direction_of_a_ramp_is_up_the_ramp():
    assert best_direction([[-0.6, 0.0, 0.8]], [1.0]) == pytest.approx(0.0)
    assert best_direction([[0.0, -0.6, 0.8], [0.0, 0.6, 0.8]], [1.0, 2.0]) == pytest.approx(0.5 * math.pi)
