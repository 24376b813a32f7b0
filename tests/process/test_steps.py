"""Which end mills rough a setup, and in what order."""

import numpy as np
import pytest
import shapely
import trimesh

from copeau.data import conservative_steel, smallest_machine
from copeau.features.reach import Surroundings
from copeau.features.shadow import Shadow
from copeau.model.tool import Tool
from copeau.process.ladder import ReachTable
from copeau.process.scene import Bench, SetupScene
from copeau.process.steps import counted_slices, roughing_tools

SIZE, DEEP, WALL = 80.0, 60.0, 20.0  # a block with a square well in its middle, 50 deep
SHORT = Tool("S", "endmill", 16.0, NOF=4, LU=20.0, APMX=20.0, DCON=16.0, LPR=30.0, OAL=80.0, holder=((45.0, 0.0, 60.0),), material="carbide", iso513="PMK", centre_cutting=True)
LONG = Tool("L", "endmill", 15.0, NOF=4, LU=58.0, APMX=26.0, DCON=15.0, LPR=65.0, OAL=110.0, holder=((45.0, 0.0, 60.0),), material="carbide", iso513="PMK", centre_cutting=True)


class Seat:
    """What the choice asks of a stance."""

    lowest_z, top_z = 10.0, DEEP


def scene(outer_mm: float) -> SetupScene:
    """The well in stock that is `outer_mm` larger on each side."""
    block = trimesh.creation.box(bounds=[[0, 0, 0], [SIZE, SIZE, DEEP]])
    well = trimesh.creation.box(bounds=[[WALL, WALL, 10.0], [SIZE - WALL, SIZE - WALL, DEEP + 1.0]])
    mesh = trimesh.boolean.difference([block, well])
    v, t, face = np.asarray(mesh.vertices), np.asarray(mesh.faces), np.zeros(len(mesh.faces), np.int64)
    design = Shadow(v, t, face)
    footprint = shapely.box(-outer_mm, -outer_mm, SIZE + outer_mm, SIZE + outer_mm)
    around = Surroundings(design, footprint.buffer(25.0, join_style="mitre"), Seat.lowest_z, None, None, DEEP + 5.0)
    return SetupScene("10", Seat(), v, t, face, design, around, None, (), footprint)


def chosen(outer_mm: float, *mills: Tool) -> list[str]:
    bench = Bench(mills, smallest_machine((100.0, 100.0, 100.0), 1.0), conservative_steel())
    own = scene(outer_mm)
    return [r.tool.id for r in roughing_tools(own, bench, ReachTable(own.around), list(mills))]


def test_a_long_mill_follows_where_the_first_is_too_short_for_much_of_the_volume():
    assert chosen(0.0, SHORT, LONG) == ["S", "L"]


def test_one_mill_is_enough_where_it_reaches_all_but_corners():
    assert chosen(0.0, LONG, Tool("N", "endmill", 6.0, NOF=4, LU=58.0, APMX=13.0, DCON=6.0, LPR=65.0, OAL=110.0)) == ["L"]


def test_none_where_none_reaches_anything():
    assert chosen(0.0, Tool("W", "endmill", 50.0, NOF=4, LU=58.0, APMX=22.0, DCON=50.0, LPR=65.0, OAL=110.0)) == []


def test_the_slices_fill_the_height_from_the_top_down():
    slices = counted_slices(scene(0.0))
    assert [z for z, _ in slices] == sorted((z for z, _ in slices), reverse=True)
    assert sum(h for _, h in slices) == pytest.approx(DEEP - Seat.lowest_z)
    assert slices[-1][0] == Seat.lowest_z


def test_a_slow_mill_is_left_to_the_walls_and_floors_that_need_it():
    assert chosen(0.0, SHORT, Tool("T", "endmill", 4.0, NOF=4, LU=58.0, APMX=9.0, DCON=4.0, LPR=65.0, OAL=110.0)) == ["S"]
