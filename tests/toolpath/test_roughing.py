"""Rapids of a roughed level against a raster of what stands before it."""

import numpy as np
import pytest
import shapely
import trimesh

from copeau.features.shadow import Shadow, polygons
from copeau.model.moves import FEED, RAPID, line_moves
from copeau.model.plan import Cutting, Workingstep
from copeau.model.stock import Raster
from copeau.model.tool import Tool
from copeau.simulation.tridexel import TriDexel
from copeau.simulation.views import SetupView
from copeau.toolpath import Scene, generate
from copeau.toolpath.milling.contour import APPROACH_MM
from copeau.toolpath.milling.roughing import pieces, short_rapids, with_tight_places

VF, VF_PLUNGE = 900.0, 250.0


@pytest.fixture
def block():
    """Stock 5 mm high over x > 10, nothing elsewhere."""
    values = np.full((40, 40), -np.inf)
    values[:, 20:] = 5.0
    return Raster(values, 0.25, 0.25, 0.5)


def down(x):
    return np.concatenate([
        line_moves(np.array([[x, 10.0, 20.0], [x, 10.0, 0.2]]), np.nan, RAPID),
        line_moves(np.array([[x, 10.0, 0.0]]), VF_PLUNGE),
        line_moves(np.array([[x + 1.0, 10.0, 0.0]]), VF),
    ])  # fmt: skip


def test_rapid_ends_above_what_stands_and_the_feed_of_cutting_goes_on(block):
    rows = short_rapids(down(15.0), block, 3.0, 20.0, VF)
    assert rows["kind"].tolist() == [RAPID, RAPID, FEED, FEED, FEED]
    assert rows["z"].tolist() == [20.0, 5.0 + APPROACH_MM, 0.2, 0.0, 0.0]
    assert rows["f"][2:].tolist() == [VF, VF_PLUNGE, VF]


def test_rapid_where_nothing_stands_is_left_as_it_is(block):
    rows = down(3.0)
    assert short_rapids(rows, block, 3.0, 20.0, VF).tobytes() == rows.tobytes()


def test_a_narrow_passage_beside_a_wide_place_is_entered_nearer_to_its_walls():
    wide, narrow = shapely.box(0, 0, 20, 20), shapely.box(20, 9.6, 40, 10.4)
    region = polygons(shapely.union_all([wide, narrow]).buffer(-0.25, join_style="mitre"))
    nearer = polygons(shapely.union_all([wide, narrow]).buffer(-0.1, join_style="mitre"))
    found = with_tight_places(region, nearer, 0.5)
    assert found.intersection(shapely.box(25, 0, 35, 20)).equals(nearer.intersection(shapely.box(25, 0, 35, 20)))
    assert found.intersection(shapely.box(0, 0, 15, 20)).equals(region.intersection(shapely.box(0, 0, 15, 20)))


def test_a_wide_place_alone_stays_as_it_is():
    region, nearer = polygons(shapely.box(1, 1, 19, 19)), polygons(shapely.box(0.9, 0.9, 19.1, 19.1))
    assert with_tight_places(region, nearer, 0.5).equals(region)


def test_remains_far_from_each_other_are_cleared_by_themselves():
    room = polygons(shapely.box(0, 0, 200, 20))
    remains = polygons(shapely.union_all([shapely.box(2, 2, 5, 5), shapely.box(190, 10, 195, 15)]))
    found = list(pieces(room, remains, 6.0))
    assert len(found) == 2
    assert all(part.bounds[2] - part.bounds[0] < 20.0 for part, _ in found)
    assert sum(here.area for _, here in found) == pytest.approx(remains.area)


def test_what_hangs_together_stays_one_piece():
    (part, here), = pieces(polygons(shapely.box(0, 0, 50, 20)), polygons(shapely.box(0, 0, 50, 20)), 6.0)
    assert part.area == pytest.approx(1000.0) and here.area == pytest.approx(1000.0)


def stepped_pocket():
    """A block with a pocket whose lower half is narrower."""
    block = trimesh.creation.box(bounds=[[0, 0, 0], [60, 40, 20]])
    upper, lower = trimesh.creation.box(bounds=[[8, 8, 10], [52, 32, 21]]), trimesh.creation.box(bounds=[[15, 12, 4], [45, 28, 21]])
    return trimesh.boolean.difference([block, upper, lower])


def test_levels_looked_for_side_by_side_are_those_of_one_thread():
    mesh = stepped_pocket()
    v, t, face = np.asarray(mesh.vertices), np.asarray(mesh.faces), np.zeros(len(mesh.faces), np.int64)
    step = Workingstep(
        "10.1", "roughing", "adaptive", Tool("E", "endmill", 8.0, LU=30.0, APMX=20.0, DCON=8.0, LPR=40.0, NOF=3, centre_cutting=True),
        Cutting(n=8000.0, vc=200.0, vf=VF, vf_plunge=VF_PLUNGE, ap=3.0, ae=1.6), parameters={"top_z": 20.0, "bottom_z": 4.0, "allowance_mm": 0.25},
    )  # fmt: skip
    found = []
    for threads in (1, 2, 2):
        stock = SetupView(TriDexel.from_box(np.array([[0.0, 0, 0], [60, 40, 20]]), 0.5), np.eye(4))
        scene = Scene(v, t, face, Shadow(v, t, face), None, stock, 0.0, 25.0, threads=threads)
        found.append(b"".join(run.moves.tobytes() for run in generate(step, scene)))
    assert found[0] == found[1] == found[2] and len(found[0])


def test_a_coarser_design_is_kept_off_by_what_it_may_be_wrong():
    mesh, coarse = stepped_pocket(), trimesh.creation.box(bounds=[[0, 0, 0], [60, 40, 4]])
    post = trimesh.creation.box(bounds=[[28, 18, 0], [32, 22, 20]])
    coarse = trimesh.util.concatenate([coarse, post])
    v, t, face = np.asarray(mesh.vertices), np.asarray(mesh.faces), np.zeros(len(mesh.faces), np.int64)
    w, s = np.asarray(coarse.vertices), np.asarray(coarse.faces)
    tool = Tool("E", "endmill", 8.0, LU=30.0, APMX=20.0, DCON=8.0, LPR=40.0, NOF=3, centre_cutting=True)
    cutting = Cutting(n=8000.0, vc=200.0, vf=VF, vf_plunge=VF_PLUNGE, ap=4.0, ae=1.6)
    step = Workingstep("10.1", "roughing", "adaptive", tool, cutting, parameters={"top_z": 20.0, "bottom_z": 4.0, "allowance_mm": 0.25})
    stock = SetupView(TriDexel.from_box(np.array([[0.0, 0, 0], [60, 40, 20]]), 0.5), np.eye(4))
    rough = Shadow(w, s, np.zeros(len(s), np.int64))
    scene = Scene(v, t, face, Shadow(v, t, face), None, stock, 0.0, 25.0, rough=rough, rough_off_mm=0.2)
    rows = np.concatenate([run.moves for run in generate(step, scene)])
    low = rows[rows["z"] < 20.0]
    off = shapely.distance(shapely.points(low["x"], low["y"]), shapely.box(28, 18, 32, 22))
    assert 4.0 + 0.25 + 0.2 - 0.01 <= off.min() <= 4.0 + 0.25 + 0.2 + 0.1
