"""Working state of a level that is being cleared: what stands, where the centre may be, and how passes become lines and arcs."""

from dataclasses import dataclass
from typing import NamedTuple

import contourpy
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from copeau.model.moves import CCW, FEED
from copeau.toolpath.arcs import fit
from copeau.toolpath.milling.adaptive_front import FAILED_LEAST, FREE, Centres, centres_of
from copeau.toolpath.milling.adaptive_path import Pass
from copeau.toolpath.milling.adaptive_room import Room, fit_tolerance, least_clearance, room_of
from copeau.toolpath.milling.adaptive_skim import border_points, is_round
from copeau.toolpath.milling.adaptive_walk import Gait
from copeau.toolpath.milling.adaptive_way import Search
from copeau.toolpath.milling.engagement import CAP_CELLS, MATERIAL_CAP_CELLS, Field, boundary, field_of

NODE_CELLS = 1.5  # spacing of the centres among which starts are looked for, in cells
SKIN_SHARE = 0.001  # of the diameter: thinner material is noise of the field
RUB_SHARE = 0.004  # of the diameter: what a link may touch
THIN_SHARE = 0.05  # of ae: a layer round the tip of a corner that may be met by a wide angle of the rim
THICK_SHARE = 0.15  # of ae: thinner fronts wait for the passes along the walls
CORNER_SHARES = (0.3, 0.01)  # of the diameter: corners are nibbled from the first radius to the second, then to the corner itself
OPEN_QUADRANT = 64  # chords a quarter circle: half a micrometre of sagitta at the largest radius
ROUND_SHARE = 0.003  # of the diameter: where a rounding is nearer to the border, the border itself is looked at
SHARPEST_SHARE = 0.06  # smallest radius of the centre's path, of the diameter
HOLD_RATIO = 1.05  # the engagement aimed at over the nominal: most of a pass lies a little below its aim
LIMIT_RATIO = 1.03  # engagement of a single step over the target
TOUCH_RAD = np.deg2rad(2.0)  # one sample of the rim
FIT_SHARE = 0.0012  # of the diameter: lines and arcs stray so far from the steps, hardly a tenth of a degree of engagement
FIT_TRIES = (1.0, 0.3, 0.1, 1e-3)  # of the tolerance; the last one leaves the steps as they are
CHECK_SHARE = 0.004  # of the diameter: spacing at which fitted paths are checked against the region
OUTSIDE_MM = 0.001  # how far a path may leave its region: a tenth of the smallest tolerance of a roughed wall
WALL_GAP_MM = 0.02  # material that ends this near a wall ends at the wall: chords of buffers
FORGET_SHARE = 1.2  # of the diameter: so far from a pass a cutter meets what the pass has changed
MOST_STEPS = 400_000  # of one pass; none comes near
MOST_UNDONE = 20_000  # changes of nodes: a pass of more has cut enough to be kept


class Grain(NamedTuple):
    """How finely a level is looked at, as shares of the cutter's diameter."""

    cell: float  # of the material field: borders are placed to microns at the rim's curvature
    look: float  # ahead
    step: float


FINE, COARSE = Grain(0.02, 0.05, 0.025), Grain(0.03, 0.075, 0.05)
LARGE_DIAMETERS2 = 100.0  # a level of more square diameters is cleared with the coarser grain: half the time, the same engagement but for single steps


class Ring(NamedTuple):
    """A closed border, divided, and the points of it that are worth a look: of a rounding those of its corners."""

    points: NDArray[np.float64]  # (n, 2)
    looked: NDArray[np.bool_]  # (n,)


@dataclass(frozen=True)
class Level:
    """Fields and nodes that kernels change in place."""

    dc: float
    material: Field
    room: Room
    centres: Centres
    gait: Gait
    rings: list[list[Ring]]  # borders of the region: with corners rounded less and less, then as they are
    search: Search
    path: NDArray[np.float64]
    angles: NDArray[np.float64]
    undo: NDArray[np.float64]
    longest_link: float = np.inf  # mm; over longer ways the tool goes up and across


def set_up(region: BaseGeometry, material: BaseGeometry, dc: float, ae: float, start_outside: bool) -> Level:
    """The level before the first pass; with `start_outside` centres beside the material are free."""
    grain = FINE if material.area < LARGE_DIAMETERS2 * dc * dc else COARSE
    cell = grain.cell * dc
    target = HOLD_RATIO * float(np.arccos(1.0 - 2.0 * ae / dc))
    gait = Gait(
        radius=0.5 * dc, skin=SKIN_SHARE * dc, rub=RUB_SHARE * dc, thin=THIN_SHARE * ae, thick=THICK_SHARE * ae, target=target, limit=LIMIT_RATIO * target,
        touch=TOUCH_RAD, look=grain.look * dc, step=grain.step * dc, curvature=1.0 / (SHARPEST_SHARE * dc), idle=0.2 * dc, least=0.0, failed=FAILED_LEAST,
    )  # fmt: skip
    x0, y0, x1, y1 = region.bounds
    margin = 0.5 * dc + (MATERIAL_CAP_CELLS + 1.0) * cell
    bounds = (x0 - margin, y0 - margin, x1 + margin, y1 + margin)
    material = polygons_of(material.intersection(shapely.box(*bounds)))
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
    stuff = field_of(boundary(material.union(behind)), bounds, cell, MATERIAL_CAP_CELLS * cell)
    n = len(centres.x)
    *roundings, border_itself = [_rings(r, gait.step) for r in rounded(region, dc, target)]
    rings = [[Ring(p, is_round(room, p, ROUND_SHARE * dc, round(dc / gait.step))) for p in r] for r in roundings]
    rings.append([Ring(p, np.ones(len(p), np.bool_)) for p in border_itself])
    scratch = Search(np.empty(n, np.int64), np.full(n, np.inf), np.zeros(n, np.bool_)), np.empty((MOST_STEPS, 3)), np.empty(MOST_STEPS), np.empty((MOST_UNDONE, 2))
    return Level(dc, stuff, room, centres, gait, rings, *scratch)


def polygons_of(area: BaseGeometry) -> shapely.MultiPolygon:
    """The polygons of a geometry that have an area."""
    parts = shapely.get_parts(area if area.is_valid else shapely.make_valid(area))
    parts = shapely.get_parts(parts[np.isin(shapely.get_type_id(parts), (3, 6))])
    return shapely.MultiPolygon([p for p in parts if p.area > 0.0])


def rounded(region: shapely.MultiPolygon, dc: float, target_rad: float) -> list[shapely.MultiPolygon]:
    """The region with its inward corners rounded less and less, the region itself last.

    From radius r to r - d a cutter of radius R, in a corner of 90 degrees, is engaged by a, a^2 = 2 d (1 / (2 R) + (sqrt 2 - 1)(1 / R + 1 / r))
    at most, which the ratio of the radii keeps below the target.
    """
    ratio = float(np.clip(1.0 - 0.6 * target_rad**2, 0.4, 0.9))
    out, radius = [], CORNER_SHARES[0] * dc
    while radius > CORNER_SHARES[1] * dc:
        # Fine arcs round corners that stand out: chords would let the opened region get out of the region there.
        opened = polygons_of(region.buffer(-radius, quad_segs=OPEN_QUADRANT).buffer(radius, quad_segs=8))
        if region.area - opened.area > 0.01 * radius * radius and not opened.is_empty:
            out.append(opened)
        radius *= ratio
    return [*out, region]


def _rings(region: shapely.MultiPolygon, step_mm: float) -> list[NDArray[np.float64]]:
    oriented = [shapely.geometry.polygon.orient(p) for p in region.geoms]
    return [border_points(shapely.get_coordinates(r), step_mm) for p in oriented for r in (p.exterior, *p.interiors)]


def cut_pass(level: Level, points: NDArray[np.float64]) -> Pass:
    """Lines and arcs through the points; where these leave the region between points, with less and less freedom."""
    tolerance = fit_tolerance(level.room, points, FIT_SHARE * level.dc)
    for share in FIT_TRIES:
        rows = fit(points, share * tolerance, sagitta_mm=0.0)
        turn = np.where(rows["kind"] == FEED, 0, np.where(rows["kind"] == CCW, 1, -1))
        ends = (np.ascontiguousarray(rows[name]) for name in ("x", "y", "i", "j"))
        if least_clearance(level.room, points[0, 0], points[0, 1], turn, *ends, CHECK_SHARE * level.dc) >= -OUTSIDE_MM:
            break
    return Pass("cut", points, rows)


def retract_pass(a: NDArray[np.float64], b: NDArray[np.float64]) -> Pass:
    """Up at `a` (2,), across and down at `b`."""
    points = np.vstack([a, b])
    return Pass("retract", points, fit(points, 1e-6))


def left_over(level: Level, material: BaseGeometry) -> shapely.MultiPolygon:
    """Outline of the material that the field still holds."""
    f = level.material
    x = f.x0 + np.arange(f.values.shape[1]) * f.cell
    y = f.y0 + np.arange(f.values.shape[0]) * f.cell
    shapes, offsets = contourpy.contour_generator(x, y, f.values, fill_type="OuterOffset").filled(level.gait.skin, 1e9)
    rings = [[p[a:b] for a, b in zip(o[:-1], o[1:])] for p, o in zip(shapes, offsets)]
    held = shapely.union_all([shapely.make_valid(shapely.Polygon(r[0], r[1:])) for r in rings if len(r[0]) >= 4])
    return polygons_of(held.intersection(material))


def missed(left: BaseGeometry, region: BaseGeometry, dc: float) -> float:
    """Area (mm2) of what is left within reach, thinner borders of the field apart."""
    reach = region.buffer(0.5 * dc, quad_segs=32)
    return float(left.intersection(reach).buffer(-SKIN_SHARE * dc).area)
