"""Clearing one level at constant engagement.

The tool steers, step by step, as far into the material on its right as its engagement and the region allow. With a cutter that
turns clockwise seen from above (M3), material on the right of the travel is climb milling: the rim's right side moves backwards,
so a tooth enters at the front, where the chip is thick, and leaves at the side, where it ends in nothing.
"""

from dataclasses import dataclass, replace

import contourpy
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from copeau.model.errors import CopeauError
from copeau.model.moves import CCW, FEED
from copeau.toolpath.arcs import SAME_POINT_MM, fit
from copeau.toolpath.milling.adaptive_entry import (
    LONGEST_RAMP_SHARE,
    SHORTEST_RAMP_SHARE,
    SMALLEST_HELIX_SHARE,
    deepest_blocked,
    free_along,
    longest_line,
)
from copeau.toolpath.milling.adaptive_front import (
    FREE,
    Centres,
    centres_of,
    choose_start,
    find_way,
    forget_all,
    forget_near,
    free_nodes_near,
    give_up,
    is_free_way,
    most_engagement,
    nearest_free,
    open_segments,
    pull_tight,
    spread,
)
from copeau.toolpath.milling.adaptive_path import ClearPath, Pass, to_moves
from copeau.toolpath.milling.adaptive_room import Room, fit_tolerance, least_clearance, room_of
from copeau.toolpath.milling.adaptive_skim import border_points, runs, touches
from copeau.toolpath.milling.adaptive_walk import Gait, walk
from copeau.toolpath.milling.engagement import CAP_CELLS, Field, boundary, carve_path, field_of

__all__ = ["ClearPath", "Pass", "clear", "to_moves"]

CELL_SHARE = 0.02  # cell of the material field per diameter: borders are placed to microns at the rim's curvature
NODE_CELLS = 1.5  # spacing of the centres among which starts are looked for, in cells
SKIN_SHARE = 0.001  # of the diameter: thinner material is noise of the field
RUB_SHARE = 0.004  # of the diameter: what a link may touch
THIN_SHARE = 0.05  # of ae: a layer round the tip of a corner that may be met by a wide angle of the rim
THICK_SHARE = 0.15  # of ae: thinner fronts wait for the passes along the walls
CORNER_SHARES = (0.3, 0.01)  # of the diameter: corners are nibbled from the first radius to the second, then to the corner itself
LOOK_SHARE, STEP_SHARE = 0.05, 0.025  # of the diameter
SHARPEST_SHARE = 0.06  # smallest radius of the centre's path, of the diameter
HOLD_RATIO = 1.05  # the engagement aimed at over the nominal: most of a pass lies a little below its aim
LIMIT_RATIO = 1.03  # engagement of a single step over the target
TOUCH_RAD = np.deg2rad(2.0)  # one sample of the rim
LEAST_PASS_SHARE = 0.15  # of D ae: a pass that takes less is not worth its link
FIT_SHARE = 0.0012  # of the diameter: lines and arcs stray so far from the steps, hardly a tenth of a degree of engagement
FIT_TRIES = (1.0, 0.3, 0.1, 1e-3)  # of the tolerance; the last one leaves the steps as they are
CHECK_SHARE = 0.004  # of the diameter: spacing at which fitted paths are checked against the region
OUTSIDE_MM = 0.001  # how far a path may leave its region: a tenth of the smallest tolerance of a roughed wall
WALL_GAP_MM = 0.02  # material that ends this near a wall ends at the wall: chords of buffers
FORGET_SHARE = 1.2  # of the diameter: so far from a pass a cutter meets what the pass has changed
MOST_STEPS = 400_000  # of one pass; none comes near
MOST_UNDONE = 20_000  # changes of nodes: a pass of more has cut enough to be kept


@dataclass(frozen=True)
class _Level:
    """Working state of a level: fields and nodes that kernels change in place."""

    material: Field
    room: Room
    centres: Centres
    gait: Gait
    depth: NDArray[np.float64]  # of each node inside the region, up to the diameter
    hopeless: NDArray[np.bool_]  # nodes at which no entry fits
    rings: list[list[NDArray[np.float64]]]  # borders of the region, divided: with corners rounded less and less, then as they are
    before: NDArray[np.int64]
    path: NDArray[np.float64]
    angles: NDArray[np.float64]
    undo: NDArray[np.float64]


def clear(
    region: BaseGeometry,
    material: BaseGeometry,
    dc: float,
    ae: float,
    *,
    start_outside: bool = True,
    helix_allowed: bool = True,
    helix_radius_mm: float | None = None,
) -> ClearPath:
    """Path that clears `material` as far as a tool of diameter `dc` reaches with its centre in `region`.

    The engagement is held at 1.05 of the nominal at most in steady cutting; single steps, and thin layers round the tips of corners, go
    higher. Within reach what stays uncut is thinner than a cell of the field, 2 % of `dc`, and on walls than 0.6 %; what else stays, such
    as spots where neither helix nor ramp fits, is in `left` and counted in `missed_mm2`. The path leaves `region` by 1 um at most.

    Parameters
    ----------
    region : Polygon or MultiPolygon, mm: where the tool's centre may be
    material : Polygon or MultiPolygon, mm: what stands at this level
    dc, ae : float, mm: cutter and radial depth of a straight cut, which fixes the engagement acos(1 - 2 ae / dc)
    start_outside : begin from outside of the material where the region allows
    helix_allowed : whether the tool may go down into full material (helix or ramp); else what has no open side is left
    helix_radius_mm : largest radius of the helix, 0.45 dc unless given

    Raises
    ------
    CopeauError
        dc or ae not positive, ae above 0.85 dc.
    """
    if not (dc > 0.0 and 0.0 < ae <= 0.85 * dc):
        raise CopeauError(f"radial depth {ae:g} mm does not suit a cutter of {dc:g} mm", "clearing", "give 0 < ae <= 0.85 DC")
    region, material = _polygons(region), _polygons(material)
    if region.is_empty or material.is_empty:
        return ClearPath((), material, 0.0, dc)
    level = _set_up(region, material, dc, ae, start_outside)
    passes = _clear_all(level, dc, ae, helix_allowed, helix_radius_mm or 0.45 * dc)
    left = _left(level, material)
    return ClearPath(tuple(passes), left, missed(left, region, dc), dc)


def missed(left: BaseGeometry, region: BaseGeometry, dc: float) -> float:
    """Area (mm2) of what is left within reach, thinner borders of the field apart."""
    reach = region.buffer(0.5 * dc, quad_segs=32)
    return float(left.intersection(reach).buffer(-SKIN_SHARE * dc).area)


def _polygons(area: BaseGeometry) -> shapely.MultiPolygon:
    parts = shapely.get_parts(area if area.is_valid else shapely.make_valid(area))
    parts = shapely.get_parts(parts[np.isin(shapely.get_type_id(parts), (3, 6))])
    return shapely.MultiPolygon([p for p in parts if p.area > 0.0])


def _set_up(region: BaseGeometry, material: BaseGeometry, dc: float, ae: float, start_outside: bool) -> _Level:
    cell = CELL_SHARE * dc
    target = HOLD_RATIO * float(np.arccos(1.0 - 2.0 * ae / dc))
    gait = Gait(
        radius=0.5 * dc, skin=SKIN_SHARE * dc, rub=RUB_SHARE * dc, thin=THIN_SHARE * ae, thick=THICK_SHARE * ae, target=target, limit=LIMIT_RATIO * target,
        touch=TOUCH_RAD, look=LOOK_SHARE * dc, step=STEP_SHARE * dc, curvature=1.0 / (SHARPEST_SHARE * dc), idle=0.2 * dc,
    )  # fmt: skip
    x0, y0, x1, y1 = region.bounds
    margin = 0.5 * dc + (CAP_CELLS + 1.0) * cell
    bounds = (x0 - margin, y0 - margin, x1 + margin, y1 + margin)
    material = _polygons(material.intersection(shapely.box(*bounds)))
    border = boundary(region)
    room = room_of(field_of(border, bounds, cell, CAP_CELLS * cell), border)
    node = NODE_CELLS * cell
    centres = centres_of(room, (x0 - node, y0 - node, x1 + node, y1 + node), node)
    if start_outside:
        blocked = material.buffer(gait.radius + gait.skin, quad_segs=16)
        open_side = region.difference(blocked)
        if not open_side.is_empty:
            inside = shapely.contains_xy(open_side, centres.x, centres.y)
            centres.state[inside & centres.valid] = FREE
    behind = material.buffer((CAP_CELLS + 1.0) * cell, quad_segs=2).difference(region.buffer(gait.radius - WALL_GAP_MM, quad_segs=16))
    # Behind the walls the field goes on: else a sliver on a wall that is thinner than a cell falls between two nodes.
    stuff = field_of(boundary(material.union(behind)), bounds, cell, CAP_CELLS * cell)
    n = len(centres.x)
    depth = field_of(border, (x0 - node, y0 - node, x1 + node, y1 + node), node, dc).values.ravel()
    for polygon in region.geoms:
        pole = shapely.maximum_inscribed_circle(polygon, tolerance=node)
        near = np.argmin(np.hypot(centres.x - pole.coords[0][0], centres.y - pole.coords[0][1]) + np.where(centres.valid, 0.0, np.inf))
        depth[near] = max(depth[near], pole.length)
    rings = [_rings(r, gait.step) for r in rounded(region, dc, target)]
    scratch = np.empty(n, np.int64), np.empty((MOST_STEPS, 3)), np.empty(MOST_STEPS), np.empty((MOST_UNDONE, 2))
    return _Level(stuff, room, centres, gait, depth, np.zeros(n, np.bool_), rings, *scratch)


def _clear_all(level: _Level, dc: float, ae: float, helix_allowed: bool, helix_radius_mm: float) -> list[Pass]:
    """Passes from start to start, then along the walls, until nothing is left that the tool can cut from where it has been."""
    passes: list[Pass] = []
    while True:
        _peel(level, passes, dc, ae)
        _skim(level, passes, dc)
        fine = replace(level, gait=level.gait._replace(thick=level.gait.skin))
        if _peel(fine, passes, dc, ae) + _skim(level, passes, dc):
            continue
        entry = _entry(level, dc, helix_radius_mm) if helix_allowed else None
        if entry is None:
            # Where the tool hardly turns, as at the end of a slot of its own width, a thin layer is met by more of the rim.
            if _skim_rings(replace(level, gait=level.gait._replace(thin=level.gait.thick)), level.rings[-1], passes, dc):
                continue
            return passes
        passes += [*([_retract(passes[-1].points[-1], entry.points[0])] if passes else []), entry]


def _peel(level: _Level, passes: list[Pass], dc: float, ae: float) -> int:
    """Passes at constant engagement as long as a front is found; how many."""
    done = 0
    spread(level.material, level.room, level.centres, forget_all(level.centres), level.gait)
    least = LEAST_PASS_SHARE * dc * ae
    while (start := _next_start(level, passes[-1].points[-1] if passes else None)) is not None:
        way, heading, goes_on = start
        is_cut = ~open_segments(level.material, level.room, way, 0.5 * level.centres.cell, level.gait)
        if most_engagement(level.material, way, is_cut, level.gait) > level.gait.limit:
            continue
        x, y = way[-1]
        n = walk(level.material, level.room, x, y, heading, level.gait, least, level.path, level.angles, level.undo)
        if n == 0:
            continue
        points = level.path[:n, :2].copy()
        lead = _follow(level, passes, way, is_cut, goes_on, dc)
        points = np.vstack([lead[:-1], points])
        passes.append(_cut(level, points, dc))
        seeds = forget_near(level.centres, points, FORGET_SHARE * dc)
        spread(level.material, level.room, level.centres, seeds, level.gait)
        done += 1
    return done


def _skim(level: _Level, passes: list[Pass], dc: float) -> int:
    """Passes along the borders where something thin is left, nearest first; how many."""
    return sum(_skim_rings(level, rings, passes, dc) for rings in level.rings)


def _skim_rings(level: _Level, rings: list[NDArray[np.float64]], passes: list[Pass], dc: float) -> int:
    g, todo = level.gait, []
    for ring in rings:
        state = touches(level.material, level.room, ring, g)
        for first, last in runs(state, round(0.5 * dc / g.step)):
            todo.append(ring[np.arange(first, last + 1) % (len(ring) - 1)])
    done = len(todo)
    while todo:
        at = passes[-1].points[-1] if passes else todo[0][0]
        nearest = min(range(len(todo)), key=lambda k: float(np.hypot(*(todo[k][0] - at))))
        points = todo.pop(nearest)
        way = _way_to(level, at, points[0]) if passes else None
        _go(passes, points[:1] if way is None else way, way is not None)
        carve_path(level.material, points, g.radius)
        spread(level.material, level.room, level.centres, forget_near(level.centres, points, FORGET_SHARE * dc), g)
        passes.append(_cut(level, points, dc))
    return done


def rounded(region: shapely.MultiPolygon, dc: float, target_rad: float) -> list[shapely.MultiPolygon]:
    """The region with its inward corners rounded less and less, the region itself last.

    From radius r to r - d a cutter of radius R, in a corner of 90 degrees, is engaged by a, a^2 = 2 d (1 / (2 R) + (sqrt 2 - 1)(1 / R + 1 / r))
    at most, which the ratio of the radii keeps below the target.
    """
    ratio = float(np.clip(1.0 - 0.6 * target_rad**2, 0.4, 0.9))
    out, radius = [], CORNER_SHARES[0] * dc
    while radius > CORNER_SHARES[1] * dc:
        opened = _polygons(region.buffer(-radius, quad_segs=8).buffer(radius, quad_segs=8).intersection(region))
        if region.area - opened.area > 0.01 * radius * radius and not opened.is_empty:
            out.append(opened)
        radius *= ratio
    return [*out, region]


def _rings(region: shapely.MultiPolygon, step_mm: float) -> list[NDArray[np.float64]]:
    oriented = [shapely.geometry.polygon.orient(p) for p in region.geoms]
    return [border_points(shapely.get_coordinates(r), step_mm) for p in oriented for r in (p.exterior, *p.interiors)]


def _follow(level: _Level, passes: list[Pass], way: NDArray[np.float64], is_cut: NDArray[np.bool_], goes_on: bool, dc: float):
    """Go a way, cutting its segments (n - 1,) that lead through slivers; gives the points of a last piece that is cut, or the end."""
    if not goes_on:
        passes.append(_retract(passes[-1].points[-1] if passes else way[0], way[0]))
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
            passes.append(_cut(level, piece, dc))
    return piece if len(is_cut) and is_cut[-1] else way[-1:]


def _go(passes: list[Pass], way: NDArray[np.float64], is_link: bool) -> None:
    """Move to the end of a way, on the level if it is a link."""
    if not is_link:
        passes.append(_retract(passes[-1].points[-1] if passes else way[-1], way[-1]))
    elif np.hypot(*(way[0] - way[-1])) > SAME_POINT_MM or len(way) > 2:
        passes.append(Pass("link", way, fit(way, 1e-6)))


def _way_to(level: _Level, at: NDArray[np.float64], goal: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Way (n, 2) through cleared area; None where there is none."""
    c, g = level.centres, level.gait
    if is_free_way(level.material, level.room, at, goal, 0.5 * c.cell, g):
        return np.vstack([at, goal])
    from_nodes = free_nodes_near(level.material, level.room, c, at[0], at[1], g)
    goals = free_nodes_near(level.material, level.room, c, goal[0], goal[1], g)
    if not len(from_nodes) or not len(goals):
        return None
    node = int(goals[np.argmin(np.hypot(c.x[goals] - goal[0], c.y[goals] - goal[1]))])
    if not find_way(level.room, c, from_nodes, node, level.before):
        return None
    way = _way(level, [at], node, [goal])
    return way if open_segments(level.material, level.room, way, 0.5 * c.cell, g).all() else None


def _next_start(level: _Level, at: NDArray[np.float64] | None):
    """Way to the next start (n, 2), heading there, and whether it leads on from `at`; None where there is no front."""
    c, g = level.centres, level.gait
    x, y = (np.nan, np.nan) if at is None else at
    node, heading = choose_start(level.material, level.room, c, x, y, g)
    if node < 0:
        return None
    give_up(c, node)
    goal = np.array([c.x[node], c.y[node]])
    if at is not None:
        if np.hypot(*(goal - at)) <= SAME_POINT_MM:
            return goal[None], heading, True
        if is_free_way(level.material, level.room, at, goal, 0.5 * c.cell, g):
            return np.vstack([at, goal]), heading, True
        near = free_nodes_near(level.material, level.room, c, at[0], at[1], g)
        if len(near) and find_way(level.room, c, near, node, level.before):
            return _way(level, [at], node), heading, True
    free = nearest_free(level.room, c, node)
    if free < 0 or not find_way(level.room, c, np.array([free]), node, level.before):
        return _next_start(level, at)
    return _way(level, [], node), heading, False


def _way(level: _Level, first: list, node: int, last: list | None = None) -> NDArray[np.float64]:
    """Points (n, 2) of the way that ends at `node`, between given points, without needless detours."""
    nodes = []
    while node >= 0:
        nodes.append(node)
        node = level.before[node]
    k = np.array(nodes[::-1])
    way = np.vstack([*first, np.column_stack([level.centres.x[k], level.centres.y[k]]), *(last or [])])
    return way[pull_tight(level.material, level.room, way, 0.5 * level.centres.cell, level.gait)]


def _cut(level: _Level, points: NDArray[np.float64], dc: float) -> Pass:
    """Lines and arcs through the points; where these leave the region between points, with less and less freedom."""
    tolerance = fit_tolerance(level.room, points, FIT_SHARE * dc)
    for share in FIT_TRIES:
        rows = fit(points, share * tolerance, sagitta_mm=0.0)
        turn = np.where(rows["kind"] == FEED, 0, np.where(rows["kind"] == CCW, 1, -1))
        ends = (np.ascontiguousarray(rows[name]) for name in ("x", "y", "i", "j"))
        if least_clearance(level.room, points[0, 0], points[0, 1], turn, *ends, CHECK_SHARE * dc) >= -OUTSIDE_MM:
            break
    return Pass("cut", points, rows)


def _retract(a: NDArray[np.float64], b: NDArray[np.float64]) -> Pass:
    points = np.vstack([a, b])
    return Pass("retract", points, fit(points, 1e-6))


def _left(level: _Level, material: BaseGeometry) -> shapely.MultiPolygon:
    """Outline of the material that the field still holds."""
    f = level.material
    x = f.x0 + np.arange(f.values.shape[1]) * f.cell
    y = f.y0 + np.arange(f.values.shape[0]) * f.cell
    shapes, offsets = contourpy.contour_generator(x, y, f.values, fill_type="OuterOffset").filled(level.gait.skin, 1e9)
    rings = [[p[a:b] for a, b in zip(o[:-1], o[1:])] for p, o in zip(shapes, offsets)]
    held = shapely.union_all([shapely.make_valid(shapely.Polygon(r[0], r[1:])) for r in rings if len(r[0]) >= 4])
    return _polygons(held.intersection(material))


def _entry(level: _Level, dc: float, helix_radius_mm: float) -> Pass | None:
    """Helix or ramp into what no front leads to, where the region is deepest; it is carved. None where none fits anywhere."""
    c, g = level.centres, level.gait
    while (k := deepest_blocked(level.material, c, level.depth, level.hopeless, g)) >= 0:
        centre = np.array([c.x[k], c.y[k]])
        radius = min(helix_radius_mm, float(level.depth[k]) - c.cell)
        if radius >= SMALLEST_HELIX_SHARE * dc:
            turn = np.linspace(0.0, 2.0 * np.pi, 73)
            points = centre + radius * np.column_stack([np.cos(turn), np.sin(turn)])
            entry = Pass("entry_helix", points, fit(points, 1e-4), centre, radius)
        else:
            points = longest_line(level.room, centre[0], centre[1], LONGEST_RAMP_SHARE * dc, 0.5 * c.cell).reshape(2, 2)
            if np.hypot(*(points[1] - points[0])) < SHORTEST_RAMP_SHARE * dc:
                level.hopeless[k] = True
                continue
            entry = Pass("entry_ramp", points, fit(points, 1e-4))
        carve_path(level.material, points, g.radius)
        # The core of a helix is gone too: its radius is less than the cutter's.
        free_along(level.material, c, np.vstack([points, centre]), max(radius, c.cell), g)
        forget_near(c, points, FORGET_SHARE * dc)
        return entry
    return None
