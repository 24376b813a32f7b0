"""Where mills stand at places: asked spot by spot as asked of the whole part."""

import numpy as np
import pytest
import shapely

from copeau.data import conservative_steel, load_tools, smallest_machine
from copeau.features.reach import Surroundings
from copeau.features.shadow import Shadow
from copeau.part import read_step
from copeau.process.scene import Bench, SetupScene, end_mills
from copeau.process.stands import SEEN_MM, SPOT_MM, Left, aims_at, beside, may_come, spots, stands_at
from tests.plates import box, written

LONG, WIDE = 120.0, 40.0  # a plate of more than one spot, with a pocket in each half: 10 mm deep and wide, 28 mm deep and narrow


class Seat:
    """What is asked of a stance."""

    lowest_z = 0.0


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    cuts = (box(10, 10, 20, 45, 30, 31), box(80, 17, 2, 86, 23, 31))
    mesh = read_step(written(tmp_path_factory.mktemp("stands") / "plate.step", box(0, 0, 0, LONG, WIDE, 30), *cuts)).mesh
    design = Shadow(mesh.vertices, mesh.triangles, mesh.face)
    around = Surroundings(design, shapely.box(-25, -25, LONG + 25, WIDE + 25), 0.0, None, None, 35.0)
    return SetupScene("10", Seat(), mesh.vertices, mesh.triangles, mesh.face, design, around, None, (), shapely.box(0, 0, LONG, WIDE))


@pytest.fixture(scope="module")
def bench():
    machine = smallest_machine((200.0, 200.0, 100.0), 1.0)
    return Bench(tuple(load_tools(machine)), machine, conservative_steel())


@pytest.fixture(scope="module")
def left():
    """Places on walls and in corners of both pockets, on walls of the plate, and on the floor of the wide pocket."""
    rows = [((10, y, z), (1, 0, 0)) for y in (10.2, 15, 20, 29.9) for z in (20.1, 25)]
    rows += [((80, y, z), (1, 0, 0)) for y in (17.1, 20) for z in (2.5, 10, 27)]
    rows += [((LONG, y, z), (1, 0, 0)) for y in (5, 30) for z in (1, 15)] + [((x, 20, 20), (0, 0, 1)) for x in (20, 44.8)]
    points, normals = (np.array(v, float) for v in zip(*rows))
    return Left(points, normals, np.full(len(points), 0.04), np.zeros(len(points), np.int64), np.full(len(points), 0.3))


def test_spots_share_out_all_places(left):
    found = spots(left.points)
    assert sorted(np.concatenate(found).tolist()) == list(range(len(left.area)))
    assert len(found) == 4
    assert all((np.ptp(left.points[rows, :2], axis=0) <= SPOT_MM).all() for rows in found)


def test_every_mill_stands_where_it_would_if_the_whole_part_were_asked(scene, bench, left):
    by_id = {s.tool.id: s for s in stands_at(left, scene, bench) if not s.snug_mm}
    some = 0
    for tool in end_mills(bench.tools):
        whole, own = beside(tool, aims_at(left, scene), scene), by_id[tool.id]
        near = whole.misses <= SEEN_MM
        np.testing.assert_allclose(own.misses[near], whole.misses[near], atol=1e-9)
        np.testing.assert_allclose(own.tips[near], whole.tips[near], atol=1e-9)
        assert not (own.misses[~near] <= SEEN_MM).any()
        some += near.sum()
    assert some > 50


def test_the_first_look_leaves_out_mills_too_short_for_a_well(scene, bench, left):
    deep = np.flatnonzero((left.points[:, 0] == 80.0) & (left.points[:, 2] == 2.5))
    short = next(t for t in end_mills(bench.tools) if t.DC == 5.0 and t.LU < 20.0)
    assert not may_come(short, left, scene)[deep].any()
    assert may_come(short, left, scene)[left.points[:, 2] > 19.0].all()
