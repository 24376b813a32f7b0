"""Clearing a level: everything in reach is cut, at the engagement asked for, inside the region, in climb, through cleared area only.

The judge is a bitmap of the material that discs are stamped out of, and exact unions of swept discs: neither knows the field that
the path was steered on.
"""

import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from copeau.model.errors import CopeauError
from copeau.model.moves import CCW, CW, FEED, RAPID, arc_move, arc_sweeps, ends, lengths, line_moves, to_polyline
from copeau.toolpath.milling.adaptive import Descent, clear, to_moves
from copeau.toolpath.milling.adaptive_path import break_even_mm, divided

DC, AE = 10.0, 2.0
R = DC / 2
NOMINAL_DEG = np.degrees(np.arccos(1 - 2 * AE / DC))
CELL = 0.05
WALL_MM = 0.03  # what may stay on a wall is thinner than twice this
SLIVER_MM = 0.1  # what may stay elsewhere is thinner than twice this: a cell of the field
INSIDE_MM = 0.002  # how far the path may leave the region


def pocket(area):
    return area.buffer(-R, quad_segs=32), area


PART = box(20, 20, 60, 50).buffer(5)
SHAPES = {
    "rounded": pocket(box(6, 6, 54, 34).buffer(6, quad_segs=32)),
    "sharp corners": pocket(box(0, 0, 50, 35)),
    "ring round an island": pocket(box(-24, -14, 24, 14).buffer(6, quad_segs=32).difference(Point(0, 0).buffer(7.5, quad_segs=32))),
    "L": pocket(box(0, 0, 45, 18).union(box(0, 0, 18, 45))),
    "U": pocket(box(0, 0, 56, 36).difference(box(18, 18, 38, 40))),
    "dumbbell": pocket(Point(0, 0).buffer(14).union(Point(42, 0).buffer(14)).union(box(0, -5.8, 42, 5.8))),
    "two rooms": pocket(Point(0, 0).buffer(14).union(Point(42, 0).buffer(14)).union(box(0, -4, 42, 4))),
    "slot of 1.05 D": pocket(box(0, 0, 45, 10.5)),
    "slot of 1.3 D": pocket(box(0, 0, 45, 13)),
    "two islands": pocket(box(0, 0, 75, 44).difference(Point(22, 22).buffer(6)).difference(box(46, 16, 56, 28))),
    "circle": pocket(Point(0, 0).buffer(20, quad_segs=64)),
    "comb": pocket(shapely.union_all([box(0, 0, 60, 15)] + [box(2 + i * 20, 0, 16 + i * 20, 34) for i in range(3)])),
    "face": (box(-8, -8, 58, 38), box(0, 0, 50, 30)),
    "outside of a part": (box(-8, -8, 88, 78).difference(PART.buffer(R)), box(8, 8, 72, 62).difference(PART)),
    "open slot": (box(-7, 5, 57, 15), box(0, 0, 50, 20)),
    "coins": (box(-8, -8, 58, 38), shapely.union_all([Point(8 + 15 * i, 8 + 14 * j).buffer(3) for i in range(3) for j in range(2)])),
    "sliver": (box(-8, -8, 58, 38), box(0, 15, 50, 15.8)),
}


def swept(passes):
    kinds = ("cut", "entry_helix", "entry_ramp", "entry_ring")
    lines = [LineString(p.points) for p in passes if p.kind in kinds]
    return shapely.union_all([line.buffer(R, quad_segs=64) for line in lines])


def polyline(p):
    rows = p.rows.copy()
    rows["z"] = 0.0
    pieces, _ = to_polyline(rows, [*p.points[0], 0.0], 1e-4)
    return np.vstack([pieces[:1, :2], pieces[:, 3:5]])


class Bitmap:
    """Material as cells; `angle` is the share of the leading rim in it, `carve` takes a disc out."""

    def __init__(self, material, region):
        x0, y0, x1, y1 = region.buffer(R + 1).bounds
        self.x0, self.y0 = x0, y0
        self.gx, self.gy = np.arange(x0, x1, CELL) + CELL / 2, np.arange(y0, y1, CELL) + CELL / 2
        self.cells = shapely.contains_xy(material, *np.meshgrid(self.gx, self.gy))
        self.rim = np.linspace(0, 2 * np.pi, 720, endpoint=False)

    def window(self, c):
        i, j = int((c[0] - R - self.x0) / CELL), int((c[1] - R - self.y0) / CELL)
        n = int(2 * R / CELL) + 3
        rows, cols = slice(max(j, 0), j + n), slice(max(i, 0), i + n)
        return (rows, cols), (self.gx[cols] - c[0]) ** 2 + (self.gy[rows, None] - c[1]) ** 2

    def carve(self, c):
        w, d2 = self.window(c)
        self.cells[w] &= d2 > R * R

    def covered(self, c, radius):
        w, d2 = self.window(c)
        return (self.cells[w] & (d2 < radius * radius)).sum() * CELL * CELL

    def engaged(self, c, heading):
        x = ((c[0] + (R - 0.005) * np.cos(self.rim) - self.x0) / CELL).astype(int)
        y = ((c[1] + (R - 0.005) * np.sin(self.rim) - self.y0) / CELL).astype(int)
        turn = (self.rim - heading + np.pi) % (2 * np.pi) - np.pi
        return turn[self.cells[y, x] & (np.abs(turn) < np.pi / 2)]


def drive(path, region, material):
    """Engagement (deg), side of the engaged rim (mean turn from the heading, rad) and step of every step; area touched by links."""
    chip, found, rubbed = Bitmap(material, region), [], 0.0
    for p in path.passes:
        line = LineString(polyline(p)) if len(p.rows) else None
        if line is None:
            continue
        n = max(1, int(np.ceil(line.length / 0.25)))
        points = shapely.get_coordinates(line.interpolate(np.linspace(0, 1, n + 1), normalized=True))
        if p.kind in ("link",):
            rubbed = max(rubbed, *(chip.covered(c, R - 0.1) for c in points))
        if p.kind.startswith("entry"):
            for c in points:
                chip.carve(c)
        if p.kind == "cut":
            for a, b in zip(points[:-1], points[1:]):
                engaged = chip.engaged(b, np.arctan2(*(b - a)[::-1]))
                found.append((len(engaged) * 0.5, engaged.mean() if len(engaged) else 0.0, line.length / n))
                chip.carve(a)
            chip.carve(points[-1])
    return np.array(found), rubbed


@pytest.fixture(scope="module", params=SHAPES)
def cleared(request):
    region, material = SHAPES[request.param]
    return region, material, clear(region, material, DC, AE)


def test_everything_within_reach_is_cut(cleared):
    region, material, path = cleared
    rest = region.buffer(R, quad_segs=64).intersection(material).difference(swept(path.passes))
    wall = region.buffer(R - 0.3, quad_segs=64)
    assert rest.buffer(-SLIVER_MM).area < 0.02
    assert rest.difference(wall).buffer(-WALL_MM).area < 0.02
    assert path.missed_mm2 < 0.1


def test_what_stays_is_told(cleared):
    region, material, path = cleared
    rest = material.difference(swept(path.passes))
    assert rest.buffer(-0.15).difference(path.left).area < 0.1


def test_path_stays_in_its_region(cleared):
    region, _, path = cleared
    for p in path.passes:
        if p.kind == "retract":
            continue
        points = polyline(p)
        assert shapely.distance(shapely.points(points), region).max() <= INSIDE_MM


def test_engagement_is_held_and_links_touch_nothing(cleared):
    region, material, path = cleared
    found, rubbed = drive(path, region, material)
    assert rubbed < 0.3  # mm2, of slivers thinner than a cell
    cutting = found[found[:, 0] > 1.0]
    over = cutting[cutting[:, 0] > 1.15 * NOMINAL_DEG, 2].sum()
    assert over <= max(0.01 * cutting[:, 2].sum(), 3.0)
    assert cutting[:, 0].max() < 150.0
    thick = cutting[cutting[:, 0] > 20.0]
    conventional = thick[thick[:, 1] > 0.0, 2].sum()  # material on the left
    coins = all(g.area < np.pi * R * R for g in shapely.get_parts(material))  # the rest of an island is met from both sides
    assert conventional <= max(2.0, (0.3 if coins else 0.03) * thick[:, 2].sum())


def test_same_input_gives_the_same_bytes(cleared):
    region, material, path = cleared
    again = clear(region, material, DC, AE)
    assert [p.kind for p in again.passes] == [p.kind for p in path.passes]
    assert all(a.rows.tobytes() == b.rows.tobytes() for a, b in zip(again.passes, path.passes))


def test_open_sides_need_no_plunge():
    for name in ("face", "outside of a part", "open slot", "coins"):
        region, material = SHAPES[name]
        kinds = {p.kind for p in clear(region, material, DC, AE).passes}
        assert not kinds & {"entry_helix", "entry_ramp"}, name


def test_face_is_one_spiral_without_air():
    region, material = SHAPES["face"]
    path = clear(region, material, DC, AE)
    cut = sum(LineString(p.points).length for p in path.passes if p.kind == "cut")
    assert cut < 1.15 * material.area / AE


def test_tool_that_may_not_plunge_leaves_a_closed_pocket():
    region, material = SHAPES["rounded"]
    path = clear(region, material, DC, AE, helix_allowed=False)
    assert path.passes == ()
    assert path.left.symmetric_difference(material).area < 0.5
    assert path.missed_mm2 > 0.9 * region.buffer(R).area


def test_nothing_to_do_gives_nothing():
    empty = shapely.Polygon()
    assert clear(empty, box(0, 0, 9, 9), DC, AE).passes == ()
    assert clear(box(0, 0, 9, 9), empty, DC, AE).passes == ()
    assert clear(box(0, 0, 9, 9), box(40, 40, 60, 60), DC, AE).passes == ()


def test_impossible_step_over_is_refused():
    for dc, ae in ((10.0, 0.0), (10.0, 9.0), (0.0, 1.0), (-5.0, 1.0)):
        with pytest.raises(CopeauError):
            clear(box(0, 0, 9, 9), box(0, 0, 9, 9), dc, ae)


def test_level_is_scaled_with_its_tool():
    region, material = SHAPES["rounded"]
    small = clear(shapely.affinity.scale(region, 0.1, 0.1, origin=(0, 0)), shapely.affinity.scale(material, 0.1, 0.1, origin=(0, 0)), 1.0, 0.2)
    assert small.missed_mm2 < 0.01
    assert abs(len(small.passes) - len(clear(region, material, DC, AE).passes)) < 40


@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.integers(0, 2**31 - 1))
def test_random_blobs_are_cleared(seed):
    rng = np.random.default_rng(seed)
    discs = [Point(*rng.uniform(0, 40, 2)).buffer(rng.uniform(6, 14)) for _ in range(4)]
    holes = [Point(*rng.uniform(0, 40, 2)).buffer(rng.uniform(1, 5)) for _ in range(2)]
    area = shapely.union_all(discs).difference(shapely.union_all(holes))
    region = area.buffer(-R, quad_segs=16)
    # A spot in which neither a helix nor a ramp finds room is left, and told.
    region = shapely.union_all([g for g in shapely.get_parts(region) if shapely.maximum_inscribed_circle(g).length > 0.15 * DC])
    path = clear(region, area, DC, AE)
    if region.is_empty:
        assert path.passes == ()
        return
    rest = region.buffer(R, quad_segs=64).intersection(area).difference(swept(path.passes))
    assert rest.buffer(-SLIVER_MM).area < 0.05
    for p in path.passes:
        if p.kind == "cut":
            assert shapely.distance(shapely.points(polyline(p)), region).max() <= INSIDE_MM


@pytest.fixture(scope="module")
def level():
    region, material = SHAPES["dumbbell"]
    path = clear(region, material, DC, AE)
    return path, to_moves(path, 0.0, -5.0, 10.0, 1000.0, 300.0)


def test_no_rapid_moves_across_below_the_top(level):
    _, rows = level
    start = [rows["x"][0], rows["y"][0], 10.0]
    a, b = ends(rows, start)
    across = np.hypot(*(b - a)[:, :2].T) > 1e-9
    below = np.minimum(a[:, 2], b[:, 2]) < 0.0
    assert not ((rows["kind"] == RAPID) & across & below).any()


def test_level_begins_and_ends_above_the_work(level):
    _, rows = level
    assert rows["kind"][0] == RAPID and rows["z"][0] == 10.0
    assert rows["kind"][-1] == RAPID and rows["z"][-1] == 10.0


def test_level_goes_no_deeper_than_its_floor_and_every_feed_is_set(level):
    _, rows = level
    assert rows["z"].min() == -5.0
    assert np.isfinite(rows["f"][rows["kind"] != RAPID]).all()
    assert not np.isnan(rows["z"]).any()


def test_entry_is_no_steeper_than_asked(level):
    _, rows = level
    start = [rows["x"][0], rows["y"][0], 10.0]
    a, b = ends(rows, start)
    arcs = np.isin(rows["kind"], (CW, CCW)) & (b[:, 2] < a[:, 2] - 1e-9)
    assert arcs.sum() >= 4
    radius = np.hypot(a[arcs, 0] - rows["i"][arcs], a[arcs, 1] - rows["j"][arcs])
    slope = (a[arcs, 2] - b[arcs, 2]) / (np.abs(arc_sweeps(rows, start)[arcs]) * radius)
    assert slope.max() <= np.tan(np.deg2rad(3.0)) * (1 + 1e-9)


def test_links_are_lifted(level):
    path, rows = level
    assert any(p.kind == "link" for p in path.passes)
    heights = np.unique(np.round(rows["z"][(rows["kind"] == FEED) & (rows["z"] < -4.0)], 6))
    assert {-5.0, -4.9} <= set(heights.tolist())


def test_long_links_go_over_the_top(level):
    path, _ = level
    rows = to_moves(path, 0.0, -5.0, 10.0, 1000.0, 300.0, max_link_mm=0.0)
    assert -4.9 not in np.round(rows["z"], 6)



@pytest.mark.parametrize("ae", [0.5, 1.0, 4.0])
def test_other_step_overs_hold_their_engagement_too(ae):
    region, material = SHAPES["ring round an island"]
    path = clear(region, material, DC, ae)
    assert path.missed_mm2 < 0.1
    found, _ = drive(path, region, material)
    cutting = found[found[:, 0] > 1.0]
    order = np.argsort(cutting[:, 0])
    share = np.cumsum(cutting[order, 2]) / cutting[:, 2].sum()
    p99 = cutting[order[np.searchsorted(share, 0.99)], 0]
    assert p99 <= 1.1 * np.degrees(np.arccos(1 - 2 * ae / DC)) + 3.0  # three degrees: the bitmap's


RAMP_RAD = np.deg2rad(5.0)
ROUND_ISLANDS = {
    "ring round an island": SHAPES["ring round an island"],
    "square island": pocket(box(-26, -24, 26, 24).buffer(6, quad_segs=32).difference(box(-12, -12, 12, 12))),
    "notched island": pocket(box(-34, -30, 34, 30).buffer(6, quad_segs=32).difference(box(-20, -16, 20, 16).difference(box(-6, -16, 6, 0)))),
}


@pytest.fixture(scope="module", params=ROUND_ISLANDS)
def rounded_island(request):
    region, material = ROUND_ISLANDS[request.param]
    return region, material, clear(region, material, DC, AE, descent=Descent(5.0, RAMP_RAD, 3.0))


def test_descent_round_an_island_takes_the_place_of_passes_across_its_channels(rounded_island):
    region, material, path = rounded_island
    assert [p.kind for p in path.passes if p.kind.startswith("entry")] == ["entry_ring"]
    assert len(path.passes) < 0.8 * len(clear(region, material, DC, AE).passes)
    ring = next(p for p in path.passes if p.kind == "entry_ring")
    assert np.hypot(*(ring.points[0] - ring.points[-1])) < 1e-9
    assert shapely.distance(shapely.points(polyline(ring)), region).max() <= INSIDE_MM


def test_level_entered_round_an_island_is_cleared_like_another(rounded_island):
    region, material, path = rounded_island
    test_everything_within_reach_is_cut(rounded_island)
    test_path_stays_in_its_region(rounded_island)
    found, rubbed = drive(path, region, material)
    cutting = found[found[:, 0] > 1.0]
    assert rubbed < 0.3
    assert cutting[cutting[:, 0] > 1.15 * NOMINAL_DEG, 2].sum() <= 3.0


def test_wide_room_round_an_island_is_entered_by_a_helix():
    region, material = pocket(box(-40, -35, 40, 35).difference(Point(0, 0).buffer(7.5, quad_segs=32)))
    path = clear(region, material, DC, AE, descent=Descent(5.0, RAMP_RAD, 3.0))
    assert {p.kind for p in path.passes if p.kind.startswith("entry")} == {"entry_helix"}


@pytest.mark.parametrize("depth_mm", [1.0, 5.0, 12.0])
def test_ring_is_no_steeper_than_asked_and_no_deeper_than_half_the_diameter_a_lap(rounded_island, depth_mm):
    _, _, path = rounded_island
    rows = to_moves(path, 0.0, -depth_mm, 10.0, 1000.0, 300.0, ramp_rad=RAMP_RAD)
    start = [rows["x"][0], rows["y"][0], 10.0]
    a, b = ends(rows, start)
    length = lengths(rows, start)
    first = int(np.flatnonzero(rows["kind"] != RAPID)[0])
    floor = int(np.flatnonzero(b[:, 2] <= -depth_mm)[0])
    fall = a[first : floor + 1, 2] - b[first : floor + 1, 2]
    assert (fall / length[first : floor + 1]).max() <= np.sin(RAMP_RAD) * (1 + 1e-9)
    assert (rows["f"][first : floor + 1] == 300.0).all()
    ring = next(p for p in path.passes if p.kind == "entry_ring")
    lap = LineString(polyline(ring)).length
    s = np.concatenate([[0.0], np.cumsum(np.hypot(length[first : floor + 1], fall))])
    z = np.concatenate([[a[first, 2]], b[first : floor + 1, 2]])
    slots = np.minimum(np.interp(s - lap, s, z), 0.0) - z
    assert slots.max() <= 0.5 * DC + 0.01
    # The wedge under the last lap is cut at full feed only where it is a quarter of the diameter at most.
    fast = floor + 1 + int(np.flatnonzero(rows["f"][floor + 1 :] == 1000.0)[0])
    gone = length[floor + 1 : fast].sum()
    assert np.interp(s[-1] - lap + gone, s, z) + depth_mm <= 0.25 * DC + 0.01


def test_divided_motions_are_the_same_way():
    rows = np.concatenate([line_moves(np.array([[10.0, 0.0, -1.0]]), 100.0), arc_move((0.0, 10.0, -1.0), (0.0, 0.0), 100.0, False)])
    begin = (4.0, 0.0, -1.0)
    for at, expected in ((2.0, (6.0, 0.0)), (6.0 + 5.0 * np.pi / 3, (10.0 * np.cos(np.pi / 6), 5.0))):
        parts = divided(rows, begin, at)
        assert len(parts) == 3
        k = int(np.argmin(np.abs(np.cumsum(lengths(parts, begin)) - at)))
        assert np.allclose([parts["x"][k], parts["y"][k]], expected)
        assert np.isclose(lengths(parts, begin).sum(), lengths(rows, begin).sum())
    assert len(divided(rows, begin, 6.0)) == 2


def test_way_at_which_link_and_retract_take_as_long():
    way = break_even_mm(10.0, 4.0, 1000.0, 300.0, rapid_mm_min=5000.0, pause_s=0.6)
    over = (10.0 + way + 6.0) / 5000.0 + 4.0 / 1000.0 + 0.2 / 300.0 + 0.01
    assert np.isclose(way / 1000.0, over)
    assert break_even_mm(10.0, 4.0, 6000.0, 300.0, rapid_mm_min=5000.0) > 1000.0


def test_pass_too_small_for_its_link_is_cut_where_it_spares_a_way_down():
    # A rib of 0.4 mm between two cleared rooms: fronts on it are less than the least pass.
    region, material = box(-8, -8, 58, 38), box(0, 14.8, 3.0, 15.2)
    path = clear(region, material, DC, AE)
    assert path.missed_mm2 < 0.02
    assert not any(p.kind.startswith("entry") for p in path.passes)
