"""Where stock stands that a tool may come down to, by raster, against closed forms."""

from types import SimpleNamespace

import numpy as np
import pytest
import shapely
import trimesh

from copeau.features.shadow import Shadow
from copeau.model.stock import Raster
from copeau.model.tool import Tool
from copeau.toolpath.milling.standing import at, standing, tip_floor

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


def covered_mm2(raster: Raster) -> float:
    return float(raster.values.sum()) * raster.cell**2


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
    found = at(floor, np.array([place[0]]), np.array([place[1]]))[0, 0]
    assert found <= height + 1e-6
    assert found == pytest.approx(height, abs=1e-6)


def test_beside_the_raster_nothing_is_in_the_way():
    raster = Raster(np.ones((3, 3)), 0.0, 0.0, 1.0)
    assert at(raster, np.array([-5.0, 1.0]), np.array([1.0])).tolist() == [[-np.inf, 1.0]]
