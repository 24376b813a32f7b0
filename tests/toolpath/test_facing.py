"""Facing takes the whole of a raw top, however thick."""

import numpy as np
import pytest
import trimesh

from copeau.features.shadow import Shadow
from copeau.model.plan import Cutting, Workingstep
from copeau.model.stock import Raster
from copeau.model.tool import Tool
from copeau.toolpath.generate import generate
from copeau.toolpath.scene import Scene

CUTTER = Tool("F", "face_mill", 63.0, LU=15.0, APMX=15.0, LPR=40.0, DCON=22.0)
SIZE, TARGET = (160.0, 90.0), 30.0


class Block:
    """A box of stock, `top` high."""

    def __init__(self, top: float, cell: float = 1.0):
        self.top_z, self.cell = top, cell
        self.bounds = np.array([[0.0, 0.0, 0.0], [*SIZE, top]])

    def raster(self, value) -> Raster:
        nx, ny = (int(s / self.cell) for s in SIZE)
        return Raster(np.full((ny, nx), value), self.cell / 2, self.cell / 2, self.cell)

    def top(self) -> Raster:
        return self.raster(self.top_z)

    def layer(self, z0: float, z1: float) -> Raster:
        return self.raster(z0 < self.top_z)


def faced(top: float):
    """Motions that face a block down to its design's top."""
    design = trimesh.creation.box(bounds=[[2.0, 2.0, 0.0], [SIZE[0] - 2.0, SIZE[1] - 2.0, TARGET]])
    v, t, face = np.asarray(design.vertices), np.asarray(design.faces), np.arange(len(design.faces))
    scene = Scene(v, t, face, Shadow(v, t, face), None, Block(top), 0.0, top + 5.0)
    cutting = Cutting(700.0, 140.0, 420.0, 0.12, float("nan"), 2.0, 44.0, 105.0, "off", "")
    (run,) = generate(Workingstep("10.1", "facing", "facing", CUTTER, cutting, parameters={"bottom_z": TARGET}), scene)
    return run.moves


@pytest.mark.parametrize("over", [1.0, 14.0, 40.0])
def test_every_layer_is_cut_as_wide_as_the_first(over):
    moves = faced(TARGET + over)
    level = np.flatnonzero((np.diff(moves["z"]) == 0.0) & (np.diff(moves["x"]) != 0.0) & (moves["z"][1:] < TARGET + over))
    layers = {z: moves["x"][1:][level[moves["z"][level] == z]] for z in np.unique(moves["z"][level])}
    assert min(layers) == pytest.approx(TARGET) and len(layers) == max(1, round(over / 2.0))
    assert all(x.min() < 0.0 and x.max() > SIZE[0] for x in layers.values())
