"""Which tool goes once more to places that are left, and where it stands."""

from dataclasses import replace

import numpy as np
import pytest

from copeau.data import conservative_steel, load_tools, smallest_machine
from copeau.features.reach import PATH_TOL_MM, Surroundings
from copeau.features.shadow import Shadow
from copeau.part import read_step
from copeau.process.places import Been, rest_steps
from copeau.process.scene import Bench, SetupScene
from copeau.process.stands import LEFT_MM, SNUG_MM, Left
from copeau.toolpath.milling.places import passable
from copeau.toolpath.surface import shape_of
from copeau.toolpath.surface.dropcutter import DropMesh
from tests.plates import box, written

POCKET = (10.0, 30.0)  # its walls in x and y; the floor at z = 5
DEPTH = 0.3


class Seat:
    """What `rest_steps` asks of a stance."""

    lowest_z = 0.0


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    import shapely

    file = written(tmp_path_factory.mktemp("places") / "plate.step", box(0, 0, 0, 40, 40, 15), box(10, 10, 5, 30, 30, 16))
    mesh = read_step(file).mesh
    design = Shadow(mesh.vertices, mesh.triangles, mesh.face)
    around = Surroundings(design, shapely.box(-25, -25, 65, 65), 0.0, None, None, 20.0)
    return SetupScene("10", Seat(), mesh.vertices, mesh.triangles, mesh.face, design, around, None, (), shapely.box(0, 0, 40, 40))


@pytest.fixture(scope="module")
def bench():
    machine = smallest_machine((100.0, 100.0, 100.0), 1.0)
    return Bench(tuple(load_tools(machine)), machine, conservative_steel())


def left(points, normal):
    n = len(points)
    return Left(np.array(points, float), np.tile(np.array(normal, float), (n, 1)), np.full(n, 0.04), np.zeros(n, np.int64), np.full(n, DEPTH))


def test_a_wall_is_touched_by_the_flank(scene, bench):
    steps, meant = rest_steps(scene, bench, left([(10.0, y, 8.0) for y in (19.0, 20.0, 21.0)], (1, 0, 0)), (), Been(), "10")
    (step,) = steps
    assert meant.all()
    x, y, z = np.array(step.parameters["places"]).T
    np.testing.assert_allclose(x, 10.0 + step.tool.DC / 2, rtol=0, atol=PATH_TOL_MM + 1e-3)
    assert (z <= 8.0 + LEFT_MM).all() and (z >= 5.0).all()


def test_a_tool_of_the_setup_is_preferred_among_those_that_do(scene, bench):
    known = next(t for t in bench.tools if t.type == "endmill" and t.DC == 8.0 and t.LU < 25.0)
    (step,), _ = rest_steps(scene, bench, left([(20.0, 20.0, 5.0)], (0, 0, 1)), (known,), Been(), "10")
    assert step.tool.id == known.id


def test_a_corner_gets_the_tool_that_leaves_least(scene, bench):
    (step,), _ = rest_steps(scene, bench, left([(10.0, 10.05, 10.0)], (1, 0, 0)), (), Been(), "10")
    others = [t for t in bench.tools if t.type == "endmill" and t.LU > 15.0 - 10.0]  # down from the top of the plate
    assert step.tool.DC == min(t.DC for t in others)


def test_what_the_part_covers_is_not_this_sides(scene, bench):
    steps, meant = rest_steps(scene, bench, left([(20.0, 20.0, 0.0)], (0, 0, -1)), (), Been(), "10")
    assert not steps and not meant.any()


def test_a_tool_that_came_twice_in_vain_is_followed_by_another(scene, bench):
    places, been = left([(10.0, y, 8.0) for y in (19.0, 20.0, 21.0)], (1, 0, 0)), Been()
    tools = [rest_steps(scene, bench, places, (), been, "10")[0][0].tool.id for _ in range(3)]
    assert tools[0] == tools[1] != tools[2]
    assert rest_steps(scene, bench, places, (), been, "20")[0][0].tool.id == tools[0]


def test_a_slot_as_wide_as_a_mill_is_cut_by_that_mill_where_thinner_ones_are_too_short(tmp_path, bench):
    import shapely

    mesh = read_step(written(tmp_path / "slot.step", box(0, 0, 0, 40, 40, 20), box(-1, 18, 6, 41, 22, 21))).mesh
    design = Shadow(mesh.vertices, mesh.triangles, mesh.face)
    around = Surroundings(design, shapely.box(-25, -25, 65, 65), 0.0, None, None, 25.0)
    scene = SetupScene("10", Seat(), mesh.vertices, mesh.triangles, mesh.face, design, around, None, (), shapely.box(0, 0, 40, 40))
    (step,), meant = rest_steps(scene, bench, left([(x, 20.0, 6.0) for x in (19.0, 20.0, 21.0)], (0, 0, 1)), (), Been(), "10")
    assert meant.all()
    assert step.tool.DC == 4.0 and step.parameters["snug_mm"] == SNUG_MM
    assert {round(y, 3) for _, y, _ in step.parameters["places"]} == {20.0}
    shape = shape_of(replace(step.tool, DC=step.tool.DC - 2 * SNUG_MM))
    (line,) = passable(DropMesh(mesh.vertices, mesh.triangles), shape, np.array([[19.0, 20.0, 6.0], [21.0, 20.0, 6.0]]), 0.0)
    assert line[:, 2].max() < 6.0 + LEFT_MM
