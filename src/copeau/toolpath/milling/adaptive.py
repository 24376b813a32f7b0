"""Clearing one level at constant engagement.

The tool steers, step by step, as far into the material on its right as its engagement and the region allow. With a cutter that
turns clockwise seen from above (M3), material on the right of the travel is climb milling: the rim's right side moves backwards,
so a tooth enters at the front, where the chip is thick, and leaves at the side, where it ends in nothing.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from copeau.model.errors import CopeauError
from copeau.toolpath.arcs import SAME_POINT_MM, fit
from copeau.toolpath.milling.adaptive_entry import HELIX_SHARE, Entries, enter
from copeau.toolpath.milling.adaptive_front import FAILED_LEAST, FAILED_THICK, FAILED_THIN, TRIED, choose_start, forget_all, forget_near, give_up, spread
from copeau.toolpath.milling.adaptive_level import FORGET_SHARE, Level, cut_pass, left_over, missed, polygons_of, retract_pass, set_up
from copeau.toolpath.milling.adaptive_path import ClearPath, Pass, to_moves
from copeau.toolpath.milling.adaptive_ring import Descent
from copeau.toolpath.milling.adaptive_skim import runs, touches
from copeau.toolpath.milling.adaptive_walk import walk
from copeau.toolpath.milling.adaptive_way import find_way, free_nodes_near, is_free_way, most_engagement, nearest_free, open_segments, pull_tight
from copeau.toolpath.milling.engagement import carve_path

__all__ = ["ClearPath", "Descent", "Pass", "clear", "to_moves"]

LEAST_PASS_SHARE = 0.15  # of D ae: a pass that takes less is not worth its link
LEAST_BITE_SHARE = 0.01  # of D ae: a pass that takes less moves nothing


def clear(
    region: BaseGeometry,
    material: BaseGeometry,
    dc: float,
    ae: float,
    *,
    start_outside: bool = True,
    helix_allowed: bool = True,
    helix_radius_mm: float | None = None,
    descent: Descent | None = None,
    longest_link_mm: float = np.inf,
) -> ClearPath:
    """Path that clears `material` as far as a tool of diameter `dc` reaches with its centre in `region`.

    The engagement is held at 1.05 of the nominal at most in steady cutting; single steps, and thin layers round the tips of corners, go
    higher. Within reach what stays uncut is thinner than a cell of the field, 2 % of `dc` (3 % on levels of more than 100 square diameters), and on walls than 0.6 %; what else stays, such
    as spots where neither helix nor ramp fits, is in `left` and counted in `missed_mm2`. The path leaves `region` by 1 um at most.

    Parameters
    ----------
    region : Polygon or MultiPolygon, mm: where the tool's centre may be
    material : Polygon or MultiPolygon, mm: what stands at this level
    dc, ae : float, mm: cutter and radial depth of a straight cut, which fixes the engagement acos(1 - 2 ae / dc)
    start_outside : begin from outside of the material where the region allows
    helix_allowed : whether the tool may go down into full material (helix or ramp); else what has no open side is left
    helix_radius_mm : largest radius of the helix, 0.45 dc unless given
    descent : how deep, steep and slow the tool goes down; with it, a ramp round an island takes the place of a helix where that saves way
    longest_link_mm : links on the level are looked for up to this length

    Raises
    ------
    CopeauError
        dc or ae not positive, ae above 0.85 dc.
    """
    if not (dc > 0.0 and 0.0 < ae <= 0.85 * dc):
        raise CopeauError(f"radial depth {ae:g} mm does not suit a cutter of {dc:g} mm", "clearing", "give 0 < ae <= 0.85 DC")
    region, material = polygons_of(region), polygons_of(material)
    if region.is_empty or material.is_empty:
        return ClearPath((), material, 0.0, dc)
    level = replace(set_up(region, material, dc, ae, start_outside), longest_link=longest_link_mm)
    passes = _clear_all(level, ae, Entries(level, region, ae, helix_radius_mm or HELIX_SHARE * dc, descent) if helix_allowed else None)
    left = left_over(level, material)
    return ClearPath(tuple(passes), left, missed(left, region, dc), dc)


def _clear_all(level: Level, ae: float, entries: Entries | None) -> list[Pass]:
    """Passes from start to start, then along the walls, until nothing is left that the tool can cut; no entry where none is allowed."""
    passes: list[Pass] = []
    bite = LEAST_PASS_SHARE * level.dc * ae
    thick = replace(level, gait=level.gait._replace(least=bite, failed=FAILED_THICK))
    thin = replace(level, gait=level.gait._replace(thick=level.gait.skin, least=bite, failed=FAILED_THIN))
    # Any pass from where the tool has been is worth its link where it spares a way down.
    least = replace(level, gait=thin.gait._replace(least=LEAST_BITE_SHARE * level.dc * ae, failed=FAILED_LEAST))
    while True:
        _peel(thick, passes)
        _skim(level, passes)
        if _peel(thin, passes) + _skim(level, passes) or _peel(least, passes):
            continue
        entry = None if entries is None else enter(entries)
        if entry is None:
            # Where the tool hardly turns, as at the end of a slot of its own width, a thin layer is met by more of the rim.
            if _skim_rings(replace(level, gait=level.gait._replace(thin=level.gait.thick)), len(level.rings) - 1, passes):
                continue
            return passes
        passes += [*([retract_pass(passes[-1].points[-1], entry.points[0])] if passes else []), entry]


def _peel(level: Level, passes: list[Pass]) -> int:
    """Passes at constant engagement as long as a front is found; how many."""
    done = 0
    spread(level.material, level.room, level.centres, forget_all(level.centres), level.gait)
    while (start := _next_start(level, passes[-1].points[-1] if passes else None)) is not None:
        node, way, heading, goes_on = start
        is_cut = ~open_segments(level.material, level.room, way, 0.5 * level.centres.cell, level.gait)
        if most_engagement(level.material, way, is_cut, level.gait) > level.gait.limit:
            continue
        x, y = way[-1]
        n = walk(level.material, level.room, x, y, heading, level.gait, level.path, level.angles, level.undo)
        if n == 0:
            give_up(level.centres, node, level.gait.failed)
            continue
        points = level.path[:n, :2].copy()
        lead = _follow(level, passes, way, is_cut, goes_on)
        points = np.vstack([lead[:-1], points])
        passes.append(cut_pass(level, points))
        seeds = forget_near(level.centres, points, FORGET_SHARE * level.dc)
        spread(level.material, level.room, level.centres, seeds, level.gait)
        done += 1
    return done


def _skim(level: Level, passes: list[Pass]) -> int:
    """Passes along the borders where something thin is left, nearest first; how many."""
    return sum(_skim_rings(level, k, passes) for k in range(len(level.rings)))


def _skim_rings(level: Level, k: int, passes: list[Pass]) -> int:
    """Passes along the borders of the k-th rounding; a corner is cut to its end before the next, for its nibbles are near each other."""
    todo = _thin_runs(level, k, None)
    done = 0
    while todo:
        at = passes[-1].points[-1] if passes else todo[0][0]
        nearest = min(range(len(todo)), key=lambda m: float(np.hypot(*(todo[m][0] - at))))
        points = todo.pop(nearest)
        _skim_run(level, points, passes)
        done += 1
        for deeper in range(k + 1, len(level.rings)):
            inner = _thin_runs(level, deeper, points)
            for run in inner:
                _skim_run(level, run, passes)
            done += len(inner)
    return done


def _thin_runs(level: Level, k: int, near: NDArray[np.float64] | None) -> list[NDArray[np.float64]]:
    """Runs (n, 2) along the borders of the k-th rounding in which something thin is left; only beside the points `near`, if given."""
    out = []
    for ring, looked in level.rings[k]:
        if near is not None:
            low, high = near.min(axis=0) - level.gait.radius, near.max(axis=0) + level.gait.radius
            looked = looked & ((ring >= low) & (ring <= high)).all(axis=1)
        if looked.any():
            state = touches(level.material, level.room, ring, looked, level.gait)
            bridged = round(level.gait.radius / level.gait.step)
            out += [ring[np.arange(first, last + 1) % (len(ring) - 1)] for first, last in runs(state, bridged)]
    return out


def _skim_run(level: Level, points: NDArray[np.float64], passes: list[Pass]) -> None:
    """Go to the first of the points and cut along them."""
    way = _way_to(level, passes[-1].points[-1], points[0]) if passes else None
    _go(passes, points[:1] if way is None else way, way is not None)
    carve_path(level.material, points, level.gait.radius)
    spread(level.material, level.room, level.centres, forget_near(level.centres, points, FORGET_SHARE * level.dc), level.gait)
    passes.append(cut_pass(level, points))


def _follow(level: Level, passes: list[Pass], way: NDArray[np.float64], is_cut: NDArray[np.bool_], goes_on: bool):
    """Go a way, cutting its segments (n - 1,) that lead through slivers; gives the points of a last piece that is cut, or the end."""
    if not goes_on:
        passes.append(retract_pass(passes[-1].points[-1] if passes else way[0], way[0]))
    edges = [0, *(np.flatnonzero(is_cut[1:] != is_cut[:-1]) + 1).tolist(), len(way) - 1]
    piece = way[-1:]
    for a, b in zip(edges[:-1], edges[1:]):
        if a == b:
            continue
        piece = way[a : b + 1]
        if not is_cut[a]:
            passes.append(Pass("link", piece, fit(piece, 1e-6)))
            continue
        carve_path(level.material, piece, level.gait.radius)
        if b < len(way) - 1:
            passes.append(cut_pass(level, piece))
    return piece if len(is_cut) and is_cut[-1] else way[-1:]


def _go(passes: list[Pass], way: NDArray[np.float64], is_link: bool) -> None:
    """Move to the end of a way, on the level if it is a link."""
    if not is_link:
        passes.append(retract_pass(passes[-1].points[-1] if passes else way[-1], way[-1]))
    elif np.hypot(*(way[0] - way[-1])) > SAME_POINT_MM or len(way) > 2:
        passes.append(Pass("link", way, fit(way, 1e-6)))


def _way_to(level: Level, at: NDArray[np.float64], goal: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Way (n, 2) through cleared area; None where there is none."""
    c, g = level.centres, level.gait
    if is_free_way(level.material, level.room, at, goal, 0.5 * c.cell, g):
        return np.vstack([at, goal])
    from_nodes = free_nodes_near(level.material, level.room, c, at[0], at[1], g)
    goals = free_nodes_near(level.material, level.room, c, goal[0], goal[1], g)
    if not len(from_nodes) or not len(goals) or np.hypot(*(goal - at)) > level.longest_link:
        return None
    node = int(goals[np.argmin(np.hypot(c.x[goals] - goal[0], c.y[goals] - goal[1]))])
    if not find_way(level.room, c, from_nodes, node, level.search, level.longest_link):
        return None
    way = _way(level, [at], node, [goal])
    return way if open_segments(level.material, level.room, way, 0.5 * c.cell, g).all() else None


def _next_start(level: Level, at: NDArray[np.float64] | None):
    """Node of the next start, way to it (n, 2), heading there, and whether it leads on from `at`; None where there is no front."""
    c, g = level.centres, level.gait
    x, y = (np.nan, np.nan) if at is None else at
    node, heading = choose_start(level.material, level.room, c, x, y, g)
    if node < 0:
        return None
    give_up(c, node, TRIED)
    goal = np.array([c.x[node], c.y[node]])
    if at is not None and np.hypot(*(goal - at)) <= level.longest_link:
        if np.hypot(*(goal - at)) <= SAME_POINT_MM:
            return node, goal[None], heading, True
        if is_free_way(level.material, level.room, at, goal, 0.5 * c.cell, g):
            return node, np.vstack([at, goal]), heading, True
        near = free_nodes_near(level.material, level.room, c, at[0], at[1], g)
        if len(near) and find_way(level.room, c, near, node, level.search, level.longest_link):
            return node, _way(level, [at], node), heading, True
    free = nearest_free(level.room, c, node, level.search)
    if free < 0 or not find_way(level.room, c, np.array([free]), node, level.search, np.inf):
        return _next_start(level, at)
    return node, _way(level, [], node), heading, False


def _way(level: Level, first: list, node: int, last: list | None = None) -> NDArray[np.float64]:
    """Points (n, 2) of the way that ends at `node`, between given points, without needless detours."""
    nodes = []
    while node >= 0:
        nodes.append(node)
        node = level.search.before[node]
    k = np.array(nodes[::-1])
    way = np.vstack([*first, np.column_stack([level.centres.x[k], level.centres.y[k]]), *(last or [])])
    return way[pull_tight(level.material, level.room, way, 0.5 * level.centres.cell, level.gait)]
