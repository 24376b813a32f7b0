"""Short hops between passes go over what of the part stands in the way, whatever the stock's raster shows."""

from types import SimpleNamespace

import numpy as np
import pytest
import trimesh

from copeau.model.stock import Raster
from copeau.model.tool import Tool
from copeau.toolpath.milling.surfaces import HOP_OVER_MM, _hop
from copeau.toolpath.surface import DropMesh

D4 = Tool("D4", "endmill", 4.0, LU=12.0, APMX=12.0, DCON=4.0, LPR=20.0)
TOP = 5.0


@pytest.fixture
def scene():
    """A block with a corner at the origin; a raster in which no stock stands."""
    box = trimesh.creation.box(bounds=[[0, 0, 0], [10, 10, TOP]])
    low = Raster(np.full((40, 40), -np.inf), -10.0, -10.0, 0.5)
    return SimpleNamespace(drop_mesh=DropMesh(np.asarray(box.vertices), np.asarray(box.faces)), top=low, lowest_z=-10.0, fixture=None,
                           dilated_top=lambda radius: low, highest=lambda x, y, radius: -np.inf)  # fmt: skip


def test_a_hop_round_a_corner_goes_over_it(scene):
    # Both places are 2.02 mm from the corner, the middle of the way between them 1.84 mm.
    over = _hop(scene, D4, np.array([-1.9, -0.7, 1.0]), np.array([-0.7, -1.9, 1.0]))
    assert over == pytest.approx(TOP + HOP_OVER_MM, abs=1e-6)


def test_a_hop_beside_the_block_stays_low(scene):
    over = _hop(scene, D4, np.array([-2.5, 3.0, 1.0]), np.array([-2.5, 4.0, 1.5]))
    assert over == pytest.approx(1.5 + HOP_OVER_MM)
