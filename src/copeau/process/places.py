"""Workingsteps that go once more to places which the simulation found left: which tool touches them, and where it stands to do so."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from copeau.features.contact import touchable
from copeau.features.reach import PATH_TOL_MM, centre_region
from copeau.features.shadow import Shadow
from copeau.model.errors import Refusal
from copeau.model.plan import Workingstep
from copeau.model.tool import Tool
from copeau.process.ladder import NEARLY
from copeau.process.scene import Bench, SetupScene, ball_mills, cut_with, end_mills

LOOKS_UP = -0.02  # rise of a normal: walls that a mesh tilts a little are still seen from above
LEVEL, UPRIGHT = 1 - 1e-4, 0.05
LEFT_MM = 0.02  # what may stay on a place: under the excess that is judged, over the gap that paths keep
WALL_STEP_MM, SLOPE_STEP_MM = 0.5, 0.03  # heights at which a mill goes along walls and slopes; the cusps of slopes are lower than what may stay
SAMPLE_MM = 0.2  # of the places: what is left between two of them has no place of its own
UNDER_MM = (0.2, 0.1, 0.05)  # how far under a place the mill goes besides, the first that it may
THIN_MM = 0.2  # of the places that are asked, one in each cube of this side
MOST_PLACES = 4000  # asked in one setup
COARSER = 1.25
TIP_MM = 0.1  # of the tips that are told
RAISED_SHARES = (0.0, 0.25, 0.5, 1.0)  # of its radius: heights at which a ball may rest over the foot of two slopes
SQUARE_GAP = 0.42  # of its radius: what a ball leaves between two slopes that are square to each other
STANDS_OVER_MM = 0.005  # counted as missed where a mill only stands over a place: second to any that touches it
FLAT_NEARER = 2.0  # a flat end that misses a place by less than a ball divided by this goes there instead
SAME_MM = 0.01  # corners that differ by less are alike
MOST_STEPS = 4  # in one setup
SHALLOW_MM = 0.6  # a place under more is cut in layers
LAYER_SHARE = 0.1  # of the diameter: a layer may be as wide as the cutter
OVER_MM = 0.05  # over a place on a slope: what stands on its edge is cut off so low
SNUG_MM = 0.001  # a mill as wide as its slot, which goes in because mills are made under size, is taken this much thinner
BEEN_MM = 0.2  # a tool that went to a place in this or the next cell has been there: places are thinned to one in each
MOST_CELLS = 1 << 20  # along an axis, from the origin


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

    @property
    def name(self) -> str:
        """The tool, and how it goes."""
        return f"{self.tool.id} snug" if self.snug_mm else self.tool.id


@dataclass
class Been:
    """Which tools have gone to which places of a setup already, in vain where something is still left there.

    A tool may come twice: what stood in its way the first time may be gone.
    """

    once: dict[tuple[str, str], NDArray[np.int64]] = field(default_factory=dict)  # cells by setup and tool
    twice: dict[tuple[str, str], NDArray[np.int64]] = field(default_factory=dict)

    def add(self, setup: str, tool: str, points: NDArray[np.float64]) -> None:
        """Remember that a tool goes to `points` (n, 3), work coordinates."""
        beside = np.stack(np.meshgrid(*[(-1, 0, 1)] * 3), -1).reshape(-1, 3)
        cells = _code((np.floor(points / BEEN_MM)[:, None] + beside).reshape(-1, 3))
        known = self.once.get((setup, tool), cells[:0])
        self.twice[setup, tool] = np.union1d(self.twice.get((setup, tool), cells[:0]), np.intersect1d(known, cells))
        self.once[setup, tool] = np.union1d(known, cells)

    def at(self, setup: str, tool: str, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """At which of the points, or within a cell of them, the tool has been twice."""
        return np.isin(_code(np.floor(points / BEEN_MM)), self.twice.get((setup, tool), np.zeros(0, np.int64)))


def _code(cells: NDArray[np.float64]) -> NDArray[np.int64]:
    """One number for each cell (n, 3)."""
    return (cells.astype(np.int64) + MOST_CELLS) @ np.array([1, 2 * MOST_CELLS, 4 * MOST_CELLS**2])


def rest_steps(scene: SetupScene, bench: Bench, left: Left, used: Sequence[Tool], been: Been, setup: str) -> tuple[list[Workingstep], NDArray[np.bool_]]:
    """Workingsteps (without ids) that clean places as far as this setup's tools reach them, and which of the rows of `left` they mean.

    The tool that cleans most goes first; of those that clean nearly as much, one that the setup uses already. Into corners that no tool
    cleans goes the one that leaves least. No tool goes to a place of the setup more than twice: `been` tells, and is told, where it was.
    """
    meant = np.zeros(len(left.area), bool)
    pick = _thinned(left)
    if not len(pick):
        return [], meant
    some = left[pick]
    known = {t.id for t in used}
    stands = [beside(t, some, scene) for t in end_mills(bench.tools)] + [under_ball(t, some, scene) for t in ball_mills(bench.tools)]
    stands += snug_stands(stands, some, scene)
    free = np.array([~been.at(setup, s.name, some.points) for s in stands])
    out = []
    gone: dict[str, NDArray[np.bool_]] = {}
    for stand, rows in _shared_out(stands, some, known, free):
        gone[stand.name] = gone.get(stand.name, False) | rows
        step = _step(stand, some, rows, bench)
        if step is not None:
            out.append(step)
            meant[pick[rows]] = True
    for name, rows in gone.items():
        been.add(setup, name, some.points[rows])
    return out, meant


def snug_stands(stands: Sequence[Stand], left: Left, scene: SetupScene) -> list[Stand]:
    """Mills just as wide as the slots that hold places to which they come nearer than any mill with its gap on both sides."""
    least, out = np.min([s.misses for s in stands], axis=0), []
    stuck = np.flatnonzero(least > 0.0)
    for s in stands if len(stuck) else ():
        if s.tool.type == "ball_endmill":
            continue
        snug = beside(s.tool, left[stuck], scene, -(PATH_TOL_MM + SNUG_MM))
        nearer = np.flatnonzero(snug.misses < least[stuck] - SAME_MM)
        if not len(nearer):
            continue
        rows, many = stuck[nearer], len(left.area)
        misses, tips, besides = np.full(many, np.inf), np.full((many, 3), np.nan), np.full((len(snug.besides) // len(stuck), many, 3), np.nan)
        misses[rows], tips[rows], besides[:, rows] = snug.misses[nearer], snug.tips[nearer], snug.besides.reshape(-1, len(stuck), 3)[:, nearer]
        out.append(Stand(s.tool, misses, tips, besides.reshape(-1, 3), SNUG_MM))
    return out


def _shared_out(stands: Sequence[Stand], left: Left, known: set[str], free: NDArray[np.bool_]) -> list[tuple[Stand, NDArray[np.bool_]]]:
    """Which tool goes to which places; `free` (stands, n): those where it has not been."""

    def first(alike: list[Stand]) -> Stand:
        return min(alike, key=lambda s: (s.tool.id not in known, -s.tool.DC, s.tool.LU))

    open_, out = np.ones(len(left.area), bool), []
    while len(out) < MOST_STEPS:
        gain = np.array([left.area[(s.misses <= 0.0) & open_ & f].sum() for s, f in zip(stands, free)])
        if gain.max(initial=0.0) <= 0.0:
            break
        best = first([s for s, g in zip(stands, gain) if g >= NEARLY * gain.max()])
        rows = (best.misses <= 0.0) & open_ & free[next(k for k, s in enumerate(stands) if s is best)]
        out.append((best, rows))
        open_ &= ~rows
    misses = np.array([s.misses for s in stands])
    balls = np.array([s.tool.type == "ball_endmill" for s in stands])
    # A flat end stands on the foot of a slope with its corner, a ball with less; between a slope and a wall the flat one comes nearer.
    best_ball = misses[balls].min(0, initial=np.inf)
    misses[(misses > STANDS_OVER_MM) & ~balls[:, None] & (best_ball < FLAT_NEARER * misses)] = np.inf
    least = misses.min(0)
    corner = open_ & np.isfinite(least)
    while corner.any() and len(out) < MOST_STEPS:
        near = [(s, (m <= least + SAME_MM) & corner & f) for s, m, f in zip(stands, misses, free)]
        most = max(left.area[rows].sum() for _, rows in near)
        if most <= 0.0:
            break
        best = first([s for s, rows in near if left.area[rows].sum() >= NEARLY * most])
        rows = next(rows for s, rows in near if s is best)
        out.append((best, rows))
        corner &= ~rows
    return out


def _thinned(left: Left) -> NDArray[np.int64]:
    """Rows that look up, one for each small cube and each direction that its places look to; the cubes as large as it takes to ask no more than
    `MOST_PLACES`."""
    up = np.flatnonzero(left.normals[:, 2] > LOOKS_UP)
    side = THIN_MM
    while len(up):
        key = np.column_stack([np.floor(left.points[up] / side), np.round(left.normals[up])])
        _, first = np.unique(key, axis=0, return_index=True)
        if len(first) <= MOST_PLACES:
            return up[np.sort(first)]
        side *= COARSER
    return up


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


def beside(tool: Tool, left: Left, scene: SetupScene, allowance_mm: float = 0.0) -> Stand:
    """A flat end mill: the nearest place to each that its centre may take at that height, and on slopes the one a sample further down."""

    def nearest(at: NDArray[np.float64], z: NDArray[np.float64], wanted: NDArray[np.int64]):
        return _nearest(tool, scene, at, z, wanted, allowance_mm)

    floor = floor_under(left, scene.design)
    z = np.round(np.maximum(levels_of(left, floor), scene.stance.lowest_z), 3)
    steep, along = left.normals[:, 2] < UPRIGHT, np.linalg.norm(left.normals[:, :2], axis=1)
    sloped = ~steep & (left.normals[:, 2] < LEVEL)
    # Down a slope the mill stands further out.
    further = np.where(sloped, np.maximum(left.points[:, 2] - z, 0.0) * left.normals[:, 2] / np.maximum(along, UPRIGHT) ** 2, 0.0)
    at = left.points[:, :2] + (LEFT_MM + further)[:, None] * left.normals[:, :2]
    deep = left.points[:, 2] + np.where(steep, LEFT_MM, SLOPE_STEP_MM) >= z
    misses, tips = nearest(at, z, np.flatnonzero(deep & ~_stood_over(scene, at, z)))
    # At the foot of a slope on another the mill stands over the place, and takes off what is higher.
    near, higher = left.points[:, :2] + LEFT_MM * left.normals[:, :2], np.round(z + SLOPE_STEP_MM, 3)
    miss, on = nearest(near, higher, np.flatnonzero(sloped & (misses > 0.0) & ~_stood_over(scene, near, higher)))
    misses[miss <= 0.0], tips[miss <= 0.0] = STANDS_OVER_MM, on[miss <= 0.0]
    off, over = nearest(at, np.round(z + OVER_MM, 3), np.flatnonzero(np.isfinite(misses) & sloped))
    over[~(off < SAMPLE_MM)] = np.nan
    under = np.full(tips.shape, np.nan)
    for step in UNDER_MM:
        below = np.round(np.maximum(z - step, scene.stance.lowest_z), 3)
        rows = np.flatnonzero(np.isfinite(misses) & ~steep & (below < z) & np.isnan(under[:, 0]))
        away, lower = nearest(at, below, rows)
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


def _step(stand: Stand, left: Left, rows: NDArray[np.bool_], bench: Bench) -> Workingstep | None:
    tool = stand.tool
    layer = LAYER_SHARE * tool.DC
    besides = stand.besides.reshape(-1, len(rows), 3)[:, rows].reshape(-1, 3)
    tips = [stand.tips[rows], besides[np.isfinite(besides[:, 0])]]
    deep = rows & (left.depth > SHALLOW_MM) & (left.normals[:, 2] > UPRIGHT)
    for k in range(1, int(np.ceil(left.depth[deep].max(initial=0.0) / layer)) + 1):
        tips.append(stand.tips[deep & (left.depth > (k - 1) * layer)] + (0.0, 0.0, k * layer))
    told = np.vstack(tips)
    _, first = np.unique(np.round(told / (TIP_MM, TIP_MM, SLOPE_STEP_MM / 2)), axis=0, return_index=True)
    told = np.round(told[np.sort(first)], 3)
    try:
        cutting = cut_with(tool, bench, "surface_finishing" if tool.type == "ball_endmill" else "floor_finishing", layer, tool.DC / 2)
    except Refusal:
        return None
    why = f"{float(left.area[rows].sum()):.2f} mm2 that the steps before leave, up to {float(left.depth[rows].max()):.2f} mm; D{tool.DC:g} touches them"
    parameters = {"places": told.tolist()} | ({"snug_mm": stand.snug_mm} if stand.snug_mm else {})
    return Workingstep("", "rest finishing", "places", tool, cutting, faces=tuple(sorted({int(f) for f in left.face[rows]})), parameters=parameters, why=why)
