"""Where each mill stands to touch places that are left: beside them, over them, or with its ball on them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from copeau.features.contact import touchable
from copeau.features.reach import PATH_TOL_MM, centre_region, near_zone
from copeau.features.shadow import STANDS_MM, Shadow, polygons
from copeau.features.tip_floor import at, tip_floor
from copeau.model.tool import Tool
from copeau.process.scene import Bench, SetupScene, ball_mills, end_mills

LEVEL, UPRIGHT = 1 - 1e-4, 0.05
LEFT_MM = 0.02  # what may stay on a place: under the excess that is judged, over the gap that paths keep
WALL_STEP_MM, SLOPE_STEP_MM = 0.5, 0.03  # heights at which a mill goes along walls and slopes; those it goes to besides fall between them: a cusp every hundredth
SAMPLE_MM = 0.2  # of the places: what is left between two of them has no place of its own
UNDER_MM = (0.2, 0.1, 0.05)  # how far under a place the mill goes besides, the first that it may
RAISED_SHARES = (0.0, 0.25, 0.5, 1.0)  # of its radius: heights at which a ball may rest over the foot of two slopes
SQUARE_GAP = 0.42  # of its radius: what a ball leaves between two slopes that are square to each other
STANDS_OVER_MM = 0.005  # counted as missed where a mill only stands over a place: second to any that touches it
SAME_MM = 0.01  # corners that differ by less are alike
OVER_MM = 0.05  # over a place on a slope: what stands on its edge is cut off so low
SNUG_MM = 0.001  # a mill as wide as its slot, which goes in because mills are made under size, is taken this much thinner
SPOT_MM = 40.0  # places in a square of this side are asked together, of what of the part is near
SEEN_MM = 3.0  # a tool that comes no nearer to a place than this is of no use to it
COARSE_CELLS = 4  # of a cutter's radius, by which a first look tells where it may come
LOWER_MM = 1.0  # under a place no tool goes further, on its account


@dataclass(frozen=True)
class Left:
    """Places (n, 3) of the design on which something is left, work coordinates: unit outward `normals` (n, 3), `area` (n,) mm2, `face` (n,),
    and `depth` (n,) mm of what stands there."""

    points: NDArray[np.float64]
    normals: NDArray[np.float64]
    area: NDArray[np.float64]
    face: NDArray[np.int64]
    depth: NDArray[np.float64]

    def __getitem__(self, rows) -> "Left":
        return Left(self.points[rows], self.normals[rows], self.area[rows], self.face[rows], self.depth[rows])


@dataclass(frozen=True)
class Stand:
    """One tool at the places: by how much (n,) mm it misses each (0: it cleans it; inf: it cannot go there), and with its tip where (n, 3);
    `besides` (k n, 3): where it goes besides, k times all places, NaN for nowhere."""

    tool: Tool
    misses: NDArray[np.float64]
    tips: NDArray[np.float64]
    besides: NDArray[np.float64]
    snug_mm: float = 0.0

    def __getitem__(self, rows: NDArray[np.int64]) -> "Stand":
        return replace(self, misses=self.misses[rows], tips=self.tips[rows], besides=self.besides.reshape(-1, len(self.misses), 3)[:, rows].reshape(-1, 3))

    def put(self, rows: NDArray[np.int64], other: "Stand") -> "Stand":
        """This one, at the places `rows` as another."""
        misses, tips, besides = self.misses.copy(), self.tips.copy(), self.besides.reshape(-1, len(self.misses), 3).copy()
        misses[rows], tips[rows], besides[:, rows] = other.misses, other.tips, other.besides.reshape(len(besides), -1, 3)
        return replace(self, misses=misses, tips=tips, besides=besides.reshape(-1, 3))

    @property
    def name(self) -> str:
        """The tool, and how it goes."""
        return f"{self.tool.id} snug" if self.snug_mm else self.tool.id


@dataclass(frozen=True)
class Aims:
    """Where a flat mill has to come for each of n places, whichever it is: its contact `at` (n, 2) at height `z` (n,), where `meant`; over the place
    `near` (n, 2) at `higher` (n,), where `over_meant`, if it does not reach the other; which are `steep`, which `sloped` (n,)."""

    at: NDArray[np.float64]
    z: NDArray[np.float64]
    meant: NDArray[np.bool_]
    near: NDArray[np.float64]
    higher: NDArray[np.float64]
    over_meant: NDArray[np.bool_]
    steep: NDArray[np.bool_]
    sloped: NDArray[np.bool_]

    def __getitem__(self, rows: NDArray[np.int64]) -> "Aims":
        return Aims(*(getattr(self, f.name)[rows] for f in fields(self)))


def nowhere(tool: Tool, many: int, snug_mm: float = 0.0) -> Stand:
    """A flat mill that goes to none of so many places."""
    return Stand(tool, np.full(many, np.inf), np.full((many, 3), np.nan), np.full((2 * many, 3), np.nan), snug_mm)


def stands_at(left: Left, scene: SetupScene, bench: Bench) -> list[Stand]:
    """Where every mill stands at the places; of those that are as wide as a slot also taken a little thinner."""
    mills = end_mills(bench.tools)
    balls = {t.id: under_ball(t, left, scene) for t in ball_mills(bench.tools)}
    found = {t.id: nowhere(t, len(left.area)) for t in mills}
    may = {t.id: may_come(t, left, scene) for t in mills}
    for rows in spots(left.points):
        able = [t for t in mills if may[t.id][rows].any()]
        if not able:
            continue
        here = near(scene, left[rows], able)
        aims = aims_at(left[rows], here)
        for t in able:
            own = np.flatnonzero(may[t.id][rows])
            found[t.id] = found[t.id].put(rows[own], beside(t, aims[own], here))
        least = np.min([s.misses[rows] for s in (*found.values(), *balls.values())], axis=0)
        for s in snug_stands(able, aims, least, here):
            found[s.name] = found.get(s.name, nowhere(s.tool, len(left.area), s.snug_mm)).put(rows, s)
    return [found[t.id] for t in mills] + list(balls.values()) + [s for s in found.values() if s.snug_mm]


def spots(points: NDArray[np.float64]) -> list[NDArray[np.int64]]:
    """Rows of the points (n, 3) that lie in one square of the plan."""
    _, which = np.unique(np.floor(points[:, :2] / SPOT_MM), axis=0, return_inverse=True)
    order = np.argsort(which.ravel(), kind="stable")
    return np.split(order, np.flatnonzero(np.diff(which.ravel()[order])) + 1)


def may_come(tool: Tool, left: Left, scene: SetupScene) -> NDArray[np.bool_]:
    """At which places (n,) the tool may be of use, by a first look that misses none."""
    floor = tip_floor(scene.design, tool, -(PATH_TOL_MM + SNUG_MM), beside_mm=SEEN_MM, cells=COARSE_CELLS)
    return at(floor, left.points[:, 0], left.points[:, 1]) <= left.points[:, 2] + OVER_MM + STANDS_MM


def near(scene: SetupScene, left: Left, tools: Sequence[Tool]) -> SetupScene:
    """The setup as far as it matters to tools at the places."""
    reach = max(t.DC for t in tools) / 2 + SEEN_MM
    lowest = max(scene.stance.lowest_z, float(left.points[:, 2].min()) - LOWER_MM)
    zone = polygons(shapely.box(*(left.points[:, :2].min(0) - reach), *(left.points[:, :2].max(0) + reach)))
    around = near_zone(scene.around, zone, tools, lowest)
    return replace(scene, design=around.design, around=around)


def snug_stands(tools: Sequence[Tool], aims: Aims, least: NDArray[np.float64], scene: SetupScene) -> list[Stand]:
    """Mills just as wide as the slots that hold places to which they come nearer than any mill with its gap on both sides, which misses by `least` (n,)."""
    out, stuck = [], np.flatnonzero(least > 0.0)
    for t in tools if len(stuck) else ():
        snug = beside(t, aims[stuck], scene, -(PATH_TOL_MM + SNUG_MM))
        nearer = np.flatnonzero(snug.misses < least[stuck] - SAME_MM)
        if len(nearer):
            out.append(nowhere(t, len(least), SNUG_MM).put(stuck[nearer], snug[nearer]))
    return out


def floor_under(left: Left, design: Shadow) -> NDArray[np.float64]:
    """Height (n,) of the highest level face of the part, or filled hole, that is not over each place, -inf where there is none."""
    floors = np.array([-np.inf, *design.tops()])
    return floors[np.searchsorted(floors, left.points[:, 2] + LEFT_MM, side="right") - 1]


def levels_of(left: Left, floor: NDArray[np.float64]) -> NDArray[np.float64]:
    """Height (n,) at which a flat mill goes to each place: on a floor its own, beside walls and on slopes the next step down that is
    not inside a floor."""
    wall = np.abs(left.normals[:, 2]) < UPRIGHT
    step = np.where(wall, WALL_STEP_MM, SLOPE_STEP_MM)
    return np.where(left.normals[:, 2] > LEVEL, left.points[:, 2], np.maximum(np.floor(left.points[:, 2] / step) * step, floor))


def aims_at(left: Left, scene: SetupScene) -> Aims:
    """Where flat mills have to come for the places: beside them, down slopes further out, or over them."""
    z = np.round(np.maximum(levels_of(left, floor_under(left, scene.design)), scene.stance.lowest_z), 3)
    steep, along = left.normals[:, 2] < UPRIGHT, np.linalg.norm(left.normals[:, :2], axis=1)
    sloped = ~steep & (left.normals[:, 2] < LEVEL)
    # Down a slope the mill stands further out.
    further = np.where(sloped, np.maximum(left.points[:, 2] - z, 0.0) * left.normals[:, 2] / np.maximum(along, UPRIGHT) ** 2, 0.0)
    at = left.points[:, :2] + (LEFT_MM + further)[:, None] * left.normals[:, :2]
    deep = left.points[:, 2] + np.where(steep, LEFT_MM, SLOPE_STEP_MM) >= z
    # At the foot of a slope on another the mill stands over the place, and takes off what is higher.
    near, higher = left.points[:, :2] + LEFT_MM * left.normals[:, :2], np.round(z + SLOPE_STEP_MM, 3)
    return Aims(at, z, deep & ~_stood_over(scene, at, z), near, higher, sloped & ~_stood_over(scene, near, higher), steep, sloped)


def beside(tool: Tool, aims: Aims, scene: SetupScene, allowance_mm: float = 0.0) -> Stand:
    """A flat end mill: the nearest place to each that its centre may take at that height, and on slopes the one a sample further down."""

    def nearest(at: NDArray[np.float64], z: NDArray[np.float64], wanted: NDArray[np.int64]):
        return _nearest(tool, scene, at, z, wanted, allowance_mm)

    z = aims.z
    misses, tips = nearest(aims.at, z, np.flatnonzero(aims.meant))
    miss, on = nearest(aims.near, aims.higher, np.flatnonzero(aims.over_meant & (misses > 0.0)))
    misses[miss <= 0.0], tips[miss <= 0.0] = STANDS_OVER_MM, on[miss <= 0.0]
    off, over = nearest(aims.at, np.round(z + OVER_MM, 3), np.flatnonzero(np.isfinite(misses) & aims.sloped))
    over[~(off < SAMPLE_MM)] = np.nan
    under = np.full(tips.shape, np.nan)
    for step in UNDER_MM:
        below = np.round(np.maximum(z - step, scene.stance.lowest_z), 3)
        rows = np.flatnonzero(np.isfinite(misses) & ~aims.steep & (below < z) & np.isnan(under[:, 0]))
        away, lower = nearest(aims.at, below, rows)
        under[away < SAMPLE_MM] = lower[away < SAMPLE_MM]
    return Stand(tool, misses, tips, np.concatenate([over, under]))


def _stood_over(scene: SetupScene, at: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Places (n, 2) over whose heights something of the part stands: not this side's to cut."""
    out = np.zeros(len(z), bool)
    for level in np.unique(z):
        rows = np.flatnonzero(z == level)
        out[rows] = shapely.contains_xy(scene.design.above(float(level)), *at[rows].T)
    return out


def _nearest(tool: Tool, scene: SetupScene, at: NDArray[np.float64], z: NDArray[np.float64], wanted: NDArray[np.int64], allowance_mm: float):
    """By how much (n,) the tool misses the places (n, 2) at heights `z`, inf where it cannot go, and its tips (n, 3) there; of the `wanted` rows."""
    misses, tips = np.full(len(z), np.inf), np.column_stack([at, z])
    for level in np.unique(z[wanted]):
        rows = wanted[z[wanted] == level]
        region = centre_region(tool, float(level), allowance_mm, scene.around)
        if region.is_empty:
            continue
        way = shapely.shortest_line(region, shapely.points(at[rows]))
        misses[rows] = np.maximum(shapely.length(way) - tool.DC / 2, 0.0)
        tips[rows, :2] = shapely.get_coordinates(shapely.get_point(way, 0))
    return misses, np.where(np.isfinite(misses)[:, None], tips, np.nan)


def under_ball(tool: Tool, left: Left, scene: SetupScene) -> Stand:
    """A ball end mill that touches each place of a slope with its ball; at the foot of two slopes, where it rests between them, it misses by
    what a ball leaves in a square corner. Its tip is then named at the place itself: on its way it is held by the slopes."""
    radius, n = tool.DC / 2, left.normals
    misses, tips = np.full(len(n), np.inf), left.points.copy()
    slope = np.flatnonzero((n[:, 2] > UPRIGHT) & (n[:, 2] < LEVEL) & (tips[:, 2] > scene.stance.lowest_z))
    touches = touchable(tool, left.points[slope], n[slope], scene.around)
    misses[slope[touches]] = 0.0
    tips[slope[touches]] += radius * np.column_stack([n[slope[touches], :2], n[slope[touches], 2] - 1.0])
    foot, up = slope[~touches], np.array([0.0, 0.0, 1.0])
    rests = np.zeros(len(foot), bool)
    for share in RAISED_SHARES:
        rests |= touchable(tool, left.points[foot] + share * radius * up, np.tile(up, (len(foot), 1)), scene.around)
    misses[foot[rests]] = SQUARE_GAP * radius
    return Stand(tool, misses, tips, np.full(tips.shape, np.nan))
