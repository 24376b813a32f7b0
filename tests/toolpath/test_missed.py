"""Where something was in the way of a larger tool on a slope, the next one goes, even if the larger one's shape would do."""

import numpy as np
import pytest
import trimesh

from copeau.features.shadow import Shadow
from copeau.model.errors import Refusal
from copeau.model.plan import Cutting, Workingstep
from copeau.model.stock import Raster
from copeau.model.tool import Tool
from copeau.toolpath import Ahead, generate
from copeau.toolpath.scene import Scene

SIDE, FALL, POST_Z = 40.0, 8.0, 45.0
CUTTING = Cutting(n=5000.0, vc=150.0, vf=900.0, vf_plunge=450.0)
LARGE = Tool("B8", "ball_endmill", 8.0, number=1, NOF=2, LU=16.0, APMX=16.0, DCON=8.0, LPR=20.0, holder=((30.0, 0.0, 60.0),))
SMALL = Tool("B6", "ball_endmill", 6.0, number=2, NOF=2, LU=40.0, APMX=12.0, DCON=6.0, LPR=60.0, holder=((20.0, 0.0, 60.0),))


class Beside:
    """A stock just over the slope, with a post of raw material `post_z` high at its lower end."""

    def __init__(self, post_z: float):
        self.bounds = np.array([[0.0, 0.0, 0.0], [SIDE, SIDE, POST_Z]])
        x, _ = np.meshgrid(np.arange(0.5, SIDE + 20.0), np.arange(0.5, SIDE))
        self.raster = Raster(np.where(x > SIDE + 10.0, post_z, 10.0 + FALL), 0.5, 0.5, 1.0)

    def top(self) -> Raster:
        return self.raster


def scene_with(post_z: float, ahead: Ahead | None = None) -> Scene:
    """A wedge that falls along x, from z 18 to z 10."""
    low, high = 10.0, 10.0 + FALL
    corners = [[0, 0, 0], [SIDE, 0, 0], [SIDE, SIDE, 0], [0, SIDE, 0], [0, 0, high], [SIDE, 0, low], [SIDE, SIDE, low], [0, SIDE, high]]
    wedge = trimesh.convex.convex_hull(np.array(corners, float))
    v, t = np.asarray(wedge.vertices), np.asarray(wedge.faces)
    face = (wedge.face_normals[:, 2] > 0.5).astype(int)
    return Scene(v, t, face, Shadow(v, t, face), None, Beside(post_z), 0.0, 60.0, tools={1: LARGE, 2: SMALL}, ahead=ahead)


def finish(tool: Tool, scene: Scene):
    """The motions of `tool` over the slope, after the large one if it is the small one."""
    after = {"rest_after": [1]} if tool is SMALL else {}
    step = Workingstep(f"10.{tool.number}", "surface finishing", "parallel", tool, CUTTING, faces=(1,), parameters={"scallop_mm": 0.02, **after})
    (run,) = generate(step, scene)
    return run.moves


def test_nothing_is_left_to_the_small_tool_where_the_large_one_went_everywhere():
    first = scene_with(0.0)
    finish(LARGE, first)
    assert not first.ahead.missed
    with pytest.raises(Refusal, match="no more"):
        finish(SMALL, scene_with(0.0, first.ahead))


def test_the_small_tool_goes_where_the_holder_of_the_large_one_would_touch():
    first = scene_with(POST_Z)
    cut = finish(LARGE, first)
    low = cut["x"][np.isfinite(cut["z"]) & (cut["z"] < 50.0)]
    assert low.max() < SIDE - 3.0
    then = finish(SMALL, scene_with(POST_Z, first.ahead))
    reached = then["x"][np.isfinite(then["z"]) & (then["z"] < 18.0)]
    assert reached.max() > SIDE - 1.0 and low.max() - LARGE.DC < reached.min()
