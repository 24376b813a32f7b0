"""Workingsteps that go once more to places which the simulation found left: which tool goes to which of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from copeau.model.errors import Refusal
from copeau.model.plan import Workingstep
from copeau.model.tool import Tool
from copeau.process.ladder import NEARLY
from copeau.process.scene import Bench, SetupScene, cut_with
from copeau.process.stands import SAME_MM, SLOPE_STEP_MM, STANDS_OVER_MM, UPRIGHT, Left, Stand, stands_at

LOOKS_UP = -0.02  # rise of a normal: walls that a mesh tilts a little are still seen from above
THIN_MM = 0.2  # of the places that are asked, one in each cube of this side
MOST_PLACES = 2500  # asked in one setup
COARSER = 1.25
TIP_MM = 0.1  # of the tips that are told
FLAT_NEARER = 2.0  # a flat end that misses a place by less than a ball divided by this goes there instead
MOST_STEPS = 4  # in one setup
SHALLOW_MM = 0.6  # a place under more is cut in layers
LAYER_SHARE = 0.1  # of the diameter: a layer may be as wide as the cutter
BEEN_MM = 0.2  # a tool that went to a place in this or the next cell has been there: places are thinned to one in each
MOST_CELLS = 1 << 20  # along an axis, from the origin


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
    stands = stands_at(some, scene, bench)
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
