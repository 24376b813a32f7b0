"""Where stock stands that a tool may come down to, by raster, against closed forms."""

from types import SimpleNamespace

import numpy as np
import pytest
import shapely
import trimesh

from copeau.features.shadow import Shadow
from copeau.features.tip_floor import at, tip_floor
from copeau.model.stock import Raster
from copeau.model.tool import Tool
from copeau.simulation.tridexel import TriDexel
from copeau.simulation.views import SetupView
from copeau.toolpath.milling.roughing import level_material
from copeau.toolpath.milling.standing import STRIP_MM, Layer, standing

SIZE, DEEP, WALL = 60.0, 40.0, 15.0  # a block with a square well in its middle
LONG = Tool("L", "endmill", 8.0, LU=60.0, APMX=30.0, DCON=8.0, LPR=70.0)
SHORT = Tool("S", "endmill", 8.0, LU=20.0, APMX=20.0, DCON=8.0, LPR=30.0, holder=((40.0, 0.0, 60.0),))
CELL = 0.5


def well() -> Shadow:
    block = trimesh.creation.box(bounds=[[0, 0, 0], [SIZE, SIZE, DEEP]])
    cutter = trimesh.creation.box(bounds=[[WALL, WALL, 5.0], [SIZE - WALL, SIZE - WALL, DEEP + 1.0]])
    mesh = trimesh.boolean.difference([block, cutter])
    return Shadow(np.asarray(mesh.vertices), np.asarray(mesh.faces), np.zeros(len(mesh.faces), np.int64))


class Full:
    """Stock that fills the block's box."""

    def layer(self, z0: float, z1: float) -> Raster:
        n = int(SIZE / CELL)
        return Raster(np.full((n, n), z0 < DEEP), CELL / 2, CELL / 2, CELL)

    def top(self) -> Raster:
        n = int(SIZE / CELL)
        return Raster(np.full((n, n), DEEP), CELL / 2, CELL / 2, CELL)


@pytest.fixture(scope="module")
def scene():
    return SimpleNamespace(design=well(), stock=Full(), top=Full().top())


def covered_mm2(layer: Layer) -> float:
    return float(layer.lines.values.sum()) * layer.lines.cell**2


def test_a_long_tool_reaches_the_wells_bottom_but_for_its_corners(scene):
    (found,) = standing(scene, LONG, [(5.0, 7.0)], None, 0.0, 0.3)
    corners = (4.0 - np.pi) * 4.0**2
    assert (30.0 - 2 * (0.3 + CELL)) ** 2 - corners <= covered_mm2(found) <= 30.0**2


def test_a_short_tool_reaches_only_as_deep_as_its_shank_and_holder_let_it(scene):
    upper, lower = standing(scene, SHORT, [(DEEP - 19.0, DEEP - 17.0), (5.0, 7.0)], None, 0.0, 0.3)
    assert covered_mm2(upper) > 800.0
    assert covered_mm2(lower) == 0.0


def test_only_the_zone_counts(scene):
    (found,) = standing(scene, LONG, [(5.0, 7.0)], shapely.box(20, 20, 22, 22), 0.0, 0.3)
    assert 0.0 < covered_mm2(found) < 10.0**2 + CELL * 40.0


@pytest.mark.parametrize(("place", "height"), [((30.0, 30.0), 5.0), ((2.0, 30.0), DEEP)])
def test_the_lowest_tip_is_that_of_the_floor_below(scene, place, height):
    floor = tip_floor(scene.design, LONG, 0.0)
    found = at(floor, np.array([[place[0]]]), np.array([[place[1]]]))[0, 0]
    assert found <= height + 1e-6
    assert found == pytest.approx(height, abs=1e-6)


def block_with_a_strip() -> tuple[Shadow, TriDexel]:
    """A block of 60 x 60 x 40 in a blank that is 1.5 mm larger at x < 0, where no line of its coarse lattice stands."""
    mesh = trimesh.creation.box(bounds=[[0, 0, 0], [SIZE, SIZE, DEEP]])
    return Shadow(mesh.vertices, mesh.faces, np.zeros(len(mesh.faces), np.int64)), TriDexel.from_box([[-1.5, 0, 0], [SIZE, SIZE, DEEP]], 3.0)


def test_a_strip_of_the_blank_beside_a_wall_is_seen_though_its_line_is_out_of_reach():
    design, stock = block_with_a_strip()
    view = SetupView(stock, np.eye(4))
    scene = SimpleNamespace(design=design, stock=view, top=view.top())
    (found,) = standing(scene, LONG, [(20.0, 26.0)], None, 0.1, 0.3)
    assert not found.lines.values.any()  # the first line stands 0.1 mm inside of the wall
    assert found.any[:, 0].sum() >= 0.9 * found.any.shape[0] and not found.any[:, 2:].any()
    region = shapely.box(-20.0, -20.0, -0.25 - 4.0, SIZE + 20.0)
    material = level_material(found, region, 8.0)
    assert material.bounds[0] <= -1.5 and material.bounds[2] <= 0.0
    assert material.intersection(shapely.box(-1.5, 0, 0, SIZE)).area > 0.9 * 1.25 * SIZE


def test_what_roughing_leaves_on_a_wall_is_no_strip():
    design, stock = block_with_a_strip()
    thin = TriDexel.from_box([[-0.25, 0, 0], [SIZE, SIZE, DEEP]], 3.0)
    for there, expected in ((thin, 0), (stock, 1)):
        view = SetupView(there, np.eye(4))
        (found,) = standing(SimpleNamespace(design=design, stock=view, top=view.top()), LONG, [(20.0, 26.0)], None, 0.1, 0.3)
        assert (len(found.strips) > 0) == bool(expected)
        assert (found.strips[:, 0] < -0.9).all()


def test_ends_point_into_the_material_in_every_setup():
    stock = TriDexel.from_box([[0, 0, 0], [20.0, 10.0, 5.0]], 1.0)
    for matrix in (np.eye(4), np.array([[-1.0, 0, 0, 20], [0, 1, 0, 0], [0, 0, -1, 5], [0, 0, 0, 1]]), np.array([[0.0, -1, 0, 10], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])):
        ends = SetupView(stock, matrix).ends(1.0, 4.0)
        low, high = SetupView(stock, matrix).bounds[:, :2]
        inside, outside = ends[:, :2] + STRIP_MM * ends[:, 2:], ends[:, :2] - STRIP_MM * ends[:, 2:]
        assert len(ends) and ((inside > low) & (inside < high)).all()
        assert (((outside < low) | (outside > high)).any(1)).all()


def test_beside_the_raster_nothing_is_in_the_way():
    raster = Raster(np.ones((3, 3)), 0.0, 0.0, 1.0)
    assert at(raster, np.array([[-5.0, 1.0]]), np.array([[1.0]])).tolist() == [[-np.inf, 1.0]]
