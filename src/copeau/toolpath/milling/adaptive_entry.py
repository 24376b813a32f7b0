"""The way down into full material: round an island, a helix, or a ramp along a line where none fits."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from copeau.kernels import kernel
from copeau.toolpath.arcs import fit
from copeau.toolpath.milling.adaptive_front import FREE, UNKNOWN, forget_near
from copeau.toolpath.milling.adaptive_level import FORGET_SHARE, Level, cut_pass
from copeau.toolpath.milling.adaptive_path import Pass
from copeau.toolpath.milling.adaptive_ring import Descent, worthy_rings
from copeau.toolpath.milling.adaptive_room import clearance
from copeau.toolpath.milling.adaptive_walk import INSET_MM
from copeau.toolpath.milling.engagement import carve_path, field_of, height, is_touching

HELIX_SHARE = 0.45  # helix radius per diameter: the core goes with it
SMALLEST_HELIX_SHARE = 0.2  # helix radius per diameter: less is a plunge rather than a helix
SHORTEST_RAMP_SHARE = 0.2  # of the diameter
LONGEST_RAMP_SHARE = 1.5  # half-length of a ramp per diameter
DIRECTIONS = 36  # of the ramps tried, over half a turn
RINGS = 6  # on which material inside of the cutter is looked for


@kernel
def holds_material(field, x, y, radius, skin):
    """Whether a disc covers material."""
    for k in range(RINGS):
        if is_touching(field, x, y, radius * (1.0 - k / RINGS), skin):
            return True
    return height(field, x, y) > skin


@kernel
def first_blocked(field, centres, order, hopeless, par):
    """The first node of `order` whose disc holds material; -1 if none. Empty ones become free."""
    best = -1
    for k in order:
        if not centres.valid[k] or centres.state[k] != UNKNOWN or hopeless[k]:
            continue
        if holds_material(field, centres.x[k], centres.y[k], par.radius, par.skin):
            best = k
            break
        centres.state[k] = FREE
    return best


@kernel
def longest_line(room, x, y, half, spacing):
    """Ends of the longest straight way through (x, y) inside the region, at most `half` to each side."""
    best = np.empty(4)
    best[0], best[1], best[2], best[3] = x, y, x, y
    reach = np.empty(2)
    longest = 0.0
    for k in range(DIRECTIONS):
        c, s = np.cos(np.pi * k / DIRECTIONS), np.sin(np.pi * k / DIRECTIONS)
        reach[0] = reach[1] = 0.0
        for side in range(2):
            sign = 1.0 - 2.0 * side
            while reach[side] + spacing <= half:
                d = sign * (reach[side] + spacing)
                if clearance(room, x + c * d, y + s * d) < INSET_MM:
                    break
                reach[side] += spacing
        if reach[0] + reach[1] > longest + 1e-9:
            longest = reach[0] + reach[1]
            best[0], best[1] = x - c * reach[1], y - s * reach[1]
            best[2], best[3] = x + c * reach[0], y + s * reach[0]
    return best


@kernel
def free_along(field, centres, points, reach, par):
    """Nodes within `reach` of `points` that touch nothing become free."""
    for k in range(len(centres.x)):
        if not centres.valid[k] or centres.state[k] == FREE:
            continue
        for p in range(len(points)):
            dx, dy = centres.x[k] - points[p, 0], centres.y[k] - points[p, 1]
            if dx * dx + dy * dy <= reach * reach:
                if not holds_material(field, centres.x[k], centres.y[k], par.radius, par.skin):
                    centres.state[k] = FREE
                break


@dataclass
class Entries:
    """Where the tool may go down into full material; what is known of a level only once it is asked, for most thin levels need no entry.

    `region` where the centre may be, `ae` mm, `helix_mm` largest radius of a helix, `descent` if rings round islands are to be had.
    """

    level: Level
    region: shapely.MultiPolygon
    ae: float
    helix_mm: float
    descent: Descent | None

    @cached_property
    def islands(self) -> list[NDArray[np.float64]]:
        """Closed ways (n, 2) round islands that are worth a descent; taken off the list once the tool has gone down round them."""
        return worthy_rings(self.region, self.level.dc, self.ae, self.level.gait.step, self.descent) if self.descent is not None else []

    @cached_property
    def hopeless(self) -> NDArray[np.bool_]:
        """Nodes at which no entry fits."""
        return np.zeros(len(self.level.centres.x), np.bool_)

    @cached_property
    def depth(self) -> NDArray[np.float64]:
        """Of each node inside the region, up to the diameter; of the deepest of each polygon the whole depth, mm."""
        c = self.level.centres
        ny = len(c.x) // c.nx
        half = 0.5 * c.cell  # short of the last nodes, so that rounding adds none
        bounds = (c.x0, c.y0, c.x0 + (c.nx - 1) * c.cell - half, c.y0 + (ny - 1) * c.cell - half)
        depth = field_of(self.level.room.segments, bounds, c.cell, self.level.dc).values.ravel()
        for polygon in self.region.geoms:
            pole = shapely.maximum_inscribed_circle(polygon, tolerance=c.cell)
            near = np.argmin(np.hypot(c.x - pole.coords[0][0], c.y - pole.coords[0][1]) + np.where(c.valid, 0.0, np.inf))
            depth[near] = max(depth[near], pole.length)
        return depth

    @cached_property
    def deepest(self) -> NDArray[np.int64]:
        """Nodes in the order of their depth, the deepest first."""
        return np.argsort(-self.depth, kind="stable")


def enter(entries: Entries) -> Pass | None:
    """The way down into what no front leads to; it is carved. None where none fits anywhere."""
    level = entries.level
    if first_blocked(level.material, level.centres, np.arange(len(level.centres.x)), entries.hopeless, level.gait) < 0:
        return None
    return _ring(entries) or _helix_or_ramp(entries)


def _ring(entries: Entries) -> Pass | None:
    """Down round the next island that stands in full material all round."""
    level, g = entries.level, entries.level.gait
    while entries.islands:
        points = entries.islands.pop(0)
        if all(holds_material(level.material, x, y, g.radius, g.skin) for x, y in points):
            rows = cut_pass(level, points).rows
            _open(level, points, points, level.centres.cell)
            return Pass("entry_ring", points, rows)
    return None


def _helix_or_ramp(entries: Entries) -> Pass | None:
    """Helix or ramp where the region is deepest."""
    level, c, dc = entries.level, entries.level.centres, entries.level.dc
    while (k := first_blocked(level.material, c, entries.deepest, entries.hopeless, level.gait)) >= 0:
        centre = np.array([c.x[k], c.y[k]])
        radius = min(entries.helix_mm, float(entries.depth[k]) - c.cell)
        if radius >= SMALLEST_HELIX_SHARE * dc:
            turn = np.linspace(0.0, 2.0 * np.pi, 73)
            points = centre + radius * np.column_stack([np.cos(turn), np.sin(turn)])
            entry = Pass("entry_helix", points, fit(points, 1e-4), centre, radius)
        else:
            points = longest_line(level.room, centre[0], centre[1], LONGEST_RAMP_SHARE * dc, 0.5 * c.cell).reshape(2, 2)
            if np.hypot(*(points[1] - points[0])) < SHORTEST_RAMP_SHARE * dc:
                entries.hopeless[k] = True
                continue
            entry = Pass("entry_ramp", points, fit(points, 1e-4))
        # The core of a helix is gone too: its radius is less than the cutter's.
        _open(level, points, np.vstack([points, centre]), max(radius, c.cell))
        return entry
    return None


def _open(level: Level, points: NDArray[np.float64], cores: NDArray[np.float64], reach_mm: float) -> None:
    """Carve an entry along `points` (n, 2); centres within reach of `cores` that touch nothing become free."""
    carve_path(level.material, points, level.gait.radius)
    free_along(level.material, level.centres, cores, reach_mm, level.gait)
    forget_near(level.centres, points, FORGET_SHARE * level.dc)
