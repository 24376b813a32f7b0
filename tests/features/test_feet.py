"""Feet of walls and what a cutter can touch on a slope, against closed forms."""

import numpy as np
import pytest
import shapely

from copeau.features.contact import clear_of_fixture, touchable
from copeau.features.feet import LEANS_MM, feet_of, footprint_pieces, footprints, upright, upright_triangles
from copeau.features.reach import Surroundings
from copeau.features.shadow import Shadow
from copeau.model.tool import Tool

SLOPE = 0.5  # rise over run of the wedge below


def quad(a, b, c, d):
    """Two triangles of a flat four-sided face."""
    return np.array([[a, b, c], [a, c, d]], float)


def wall_on_slope():
    """The wall y = 0 over x in 0..20, up to z = 20, standing on a floor that rises along x; it looks towards -y."""
    return quad((0, 0, 0), (20, 0, 20 * SLOPE), (20, 0, 20), (0, 0, 20))


def test_a_foot_follows_the_slope_under_it():
    feet = feet_of(wall_on_slope(), 0.5)
    assert feet.rising
    assert len(feet.low) == 40
    np.testing.assert_allclose(feet.low, SLOPE * feet.points[:, 0], atol=1e-9)
    np.testing.assert_allclose(feet.high, 20.0, atol=1e-9)
    np.testing.assert_allclose(feet.normals, [[0.0, -1.0]] * 40, atol=1e-12)


def test_levels_are_few_and_never_under_the_foot():
    feet = feet_of(wall_on_slope(), 0.5)
    levels = feet.levels()
    assert len(np.unique(levels)) <= 7
    assert (levels >= feet.low - 1e-9).all()
    assert (levels - feet.low).max() < np.ptp(feet.low) / 6 + 1e-9


def test_a_level_foot_has_one_level():
    feet = feet_of(quad((0, 0, 3), (10, 0, 3), (10, 0, 8), (0, 0, 8)), 0.5)
    assert not feet.rising
    assert set(feet.levels()) == {3.0}


def test_the_footprint_runs_with_the_open_side_on_its_left():
    feet = feet_of(wall_on_slope(), 0.5)
    line = footprints(feet)
    assert line.geom_type == "LineString"
    assert line.length == pytest.approx(20.0, abs=1e-4)
    start, end = np.asarray(line.coords)[[0, -1]]
    left = np.array([-(end - start)[1], (end - start)[0]])
    assert left @ [0.0, -1.0] > 0
    assert len(shapely.get_parts(footprint_pieces(feet))) == 40


def test_stretches_of_a_round_wall_join_to_one_line():
    angle = np.linspace(0.0, np.pi / 2, 24)
    x, y = 10 * np.cos(angle), 10 * np.sin(angle)
    facets = [quad((x[k], y[k], 0), (x[k + 1], y[k + 1], 0), (x[k + 1], y[k + 1], 5), (x[k], y[k], 5)) for k in range(23)]
    line = footprints(feet_of(np.vstack(facets), 0.4))
    assert line.geom_type == "LineString"
    assert line.length == pytest.approx(5 * np.pi, rel=1e-3)


def test_slivers_and_nothing_give_no_feet():
    assert len(feet_of(np.zeros((0, 3, 3)), 0.4).low) == 0
    assert len(feet_of(np.array([[[0, 0, 0], [0, 0, 1], [0, 0, 2]]], float), 0.4).low) == 0


def wedge_in_a_slot(width: float) -> Shadow:
    """A slope along x, rising by `SLOPE`, between two walls at y = 0 and y = `width`, each 30 high and 5 thick."""
    corners = [(0, 0, 0), (20, 0, 10), (20, width, 10), (0, width, 0)]
    tops = [[(0, a, 30), (20, a, 30), (20, b, 30), (0, b, 30)] for a, b in ((-5, 0), (width, width + 5))]
    faces = [quad(*corners)] + [quad(*t) for t in tops]
    points = np.vstack(faces).reshape(-1, 3)
    return Shadow(points, np.arange(len(points)).reshape(-1, 3), np.repeat([0, 1, 2], 2))


def mill(dc: float, lu: float) -> Tool:
    """A flat end mill as thick as its shank."""
    return Tool(id="m", type="endmill", DC=dc, DCON=dc, LU=lu, APMX=lu, NOF=2)


def places(ys):
    """Places in the middle of the slope, at the given y."""
    n = np.array([-SLOPE, 0.0, 1.0]) / np.hypot(SLOPE, 1.0)
    return np.array([[10.0, y, 5.0] for y in ys]), np.tile(n, (len(ys), 1))


def test_a_flat_cutter_touches_a_slope_no_nearer_to_a_wall_than_its_radius():
    design = wedge_in_a_slot(20.0)
    around = Surroundings(design, shapely.box(-30, -30, 50, 50), 0.0)
    points, normals = places([2.0, 3.9, 4.1, 10.0, 15.9, 16.1])
    np.testing.assert_array_equal(touchable(mill(8.0, 40.0), points, normals, around), [False, False, True, True, True, False])


def test_a_short_tool_whose_shank_meets_the_walls_does_not_touch():
    around = Surroundings(wedge_in_a_slot(8.5), shapely.box(-30, -30, 50, 50), 0.0)
    points, normals = places([4.25])
    assert touchable(mill(8.0, 40.0), points, normals, around).all()
    assert not touchable(mill(8.0, 12.0), points, normals, around).any()


def test_a_tool_keeps_its_gap_to_the_fixture_beside_and_over_it():
    jaw = wedge_in_a_slot(8.5)
    top, (x0, y0), (x1, _) = float(jaw.bounds[1, 2]), jaw.bounds[0, :2], jaw.bounds[1, :2]
    middle = float(x0 + x1) / 2
    tips = np.array([[middle, y0 + 0.5, top + 1.5], [middle, y0 + 0.5, top - 1.5], [middle, y0 - 4.5, top - 1.5], [middle, y0 - 5.5, top - 1.5]])
    np.testing.assert_array_equal(clear_of_fixture(mill(8.0, 40.0), tips, jaw), [True, False, False, True])
    assert clear_of_fixture(mill(8.0, 40.0), tips, None).all()


def round_wall(radius_mm: float, half_rad: float, top_mm: float, draft: float = 0.0):
    """Triangles of a cylinder's wall as meshes have them where its upper border is divided finer than its lower; `draft` is its lean."""

    def on(angle, z):
        r = radius_mm - draft * z
        return (r * np.cos(angle), r * np.sin(angle), z)

    fan = [[on(-half_rad, 0.0), on(half_rad, 0.0), on(0.0, top_mm)]]
    return np.array(fan + [[on(-half_rad, 0.0), on(0.0, top_mm), on(-half_rad, top_mm)], [on(half_rad, 0.0), on(half_rad, top_mm), on(0.0, top_mm)]], float)


def test_triangles_between_corners_on_a_round_wall_lean_and_are_upright():
    sagitta = 0.01
    corners = round_wall(150.0, np.arccos(1.0 - sagitta / 150.0), 9.0)
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert np.abs(cross[0, 2]) / np.linalg.norm(cross[0]) > 1e-3  # what a look at the normal alone would call a slope
    assert upright_triangles(corners).all() and upright(corners)


def test_a_drafted_wall_is_a_slope_however_its_triangles_are_cut():
    draft = 0.004
    rows = [round_wall(150.0 - draft * 2.0 * k, 0.01, 2.0, draft) + [0.0, 0.0, 2.0 * k] for k in range(10)]
    assert draft * 2.0 < LEANS_MM
    assert not upright(np.concatenate(rows))


def test_a_fillets_strips_are_no_wall_however_low_they_are():
    assert not upright_triangles(quad((0, 0, 0), (20, 0, 0), (20, 0.001, 0.001), (0, 0.001, 0.001))).any()
