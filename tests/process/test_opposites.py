"""Walls too deep for the tools are cut half from each side."""

import numpy as np
import pytest
from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox
from OCP.gp import gp_Pnt

from copeau.data import load_tools
from copeau.part import read_step, write_step
from copeau.process.directions import choose_directions, look
from copeau.process.opposites import opposite, with_opposites

LONGEST_MM = 62.0  # flutes and neck of the cabinet's longest D8: nothing as slim or slimmer goes deeper


def block_with_window(folder, depth: float, width: float):
    """A block with a square window along x, as deep as the block."""
    block = BRepPrimAPI_MakeBox(depth, 60.0, 60.0).Shape()
    window = BRepPrimAPI_MakeBox(gp_Pnt(-1.0, 30.0 - width / 2, 30.0 - width / 2), depth + 2.0, width, width).Shape()
    write_step(BRepAlgoAPI_Cut(block, window).Shape(), folder / "block.step")
    return read_step(folder / "block.step")


def directions(part):
    frame = np.eye(3)
    return look(part, np.vstack([frame, -frame]))


@pytest.mark.parametrize(("depth", "width"), [(100.0, 9.0), (40.0, 20.0)])
def test_the_other_side_is_added_only_where_halves_are_reached(tmp_path, depth, width):
    part = block_with_window(tmp_path, depth, width)
    sight = directions(part)
    along = next(k for k, d in enumerate(sight.directions) if d[0] > 0.9)
    order = with_opposites(part, sight, [along], load_tools())
    expected = [along, opposite(sight, along)] if depth > LONGEST_MM else [along]
    assert order == expected


def test_directions_already_chosen_are_not_added_twice(tmp_path):
    part = block_with_window(tmp_path, 100.0, 9.0)
    sight = directions(part)
    order = choose_directions(sight)
    out = with_opposites(part, sight, order, load_tools())
    assert len(out) == len(set(out))
    assert out[: len(order)] == order
