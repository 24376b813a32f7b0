"""Z-level roughing of any shape from the in-process stock, each level cleared at constant engagement."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import chain
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from copeau.features.feet import feet_of, footprint_pieces, upright
from copeau.features.joining import zone_round
from copeau.features.reach import Surroundings, centre_region, near_zone, swept
from copeau.features.shadow import NOTHING, polygons
from copeau.model.errors import Refusal
from copeau.model.moves import FEED, RAPID, Moves, line_moves
from copeau.model.plan import Workingstep
from copeau.model.program import Run, Segment
from copeau.model.stock import Raster
from copeau.model.tool import Tool
from copeau.toolpath.generate import strategy
from copeau.toolpath.milling.adaptive import Descent, clear
from copeau.toolpath.milling.adaptive_path import RAMP_RAD, ClearPath, break_even_mm, to_moves
from copeau.toolpath.milling.contour import APPROACH_MM
from copeau.toolpath.milling.standing import Layer, standing
from copeau.toolpath.milling.walls import BESIDE_MM, FOOT_SPACING_MM, REST_GAP_MM
from copeau.toolpath.scene import Scene, above, highest, lowered, mask_polygons

THIN_MM = 0.25  # stock thinner than twice this is what finishing takes, or noise of the raster
NOT_TAKEN_MM = 0.3  # what levels leave along a wall besides the allowance, slivers and the steps of their passes
TIGHT_SHARE, TIGHT_ALLOWANCE = 0.15, 0.4  # a passage with less room than this share of the diameter is roughed with this share of the allowance
WIDE_MM = 0.3  # what lies this near to a wide place belongs to it: more than the walls' allowance
LEAVE_MM = 0.15  # off the walls before going up
ALIKE_MM = 1e-4  # outlines of two levels that differ by less are one
AIR_MM = 1.5  # beside the cutter, beside the stock
IN_FLIGHT = 2  # levels whose ways are looked for while the regions of the next are worked out, taking for granted that those will be cleared
LEAST_AREA_SHARE = 0.02  # of the cutter's own area: less is no level worth an entry


@strategy("adaptive")
def adaptive(step: Workingstep, scene: Scene) -> tuple[Segment, ...]:
    """Clear everything the tool reaches between `top_z` and `bottom_z`, `ap` a level, `ae` a pass.

    Parameters read: `top_z`, `bottom_z`, `allowance_mm` on walls, `floor_allowance_mm`, and for a rest pass `rest_after` (numbers of larger
    tools) with `step.faces` (walls and floors in whose corners it works).
    """
    tool, par, cutting = step.tool, step.parameters, step.cutting
    allowance, on_floor = float(par.get("allowance_mm", 0.0)), float(par.get("floor_allowance_mm", 0.0))
    zone = work_zone(step, scene)
    if zone is not None and zone.is_empty:
        raise Refusal("nothing_to_rough", f"the tools before T{tool.number} D{tool.DC:g} leave nothing at its faces")
    levels = rough_levels(scene, float(par["top_z"]), float(par["bottom_z"]), on_floor, cutting.ap)
    stock = standing(scene, tool, levels, zone, TIGHT_ALLOWANCE * allowance, NOT_TAKEN_MM)
    around = near_stock(scene, tool, stock, zone, float(par["bottom_z"]), allowance)
    kept_off = [a + scene.rough_off_mm for a in (allowance, TIGHT_ALLOWANCE * allowance)]
    out: list[Segment] = []
    top, over = scene.top, None
    with ThreadPoolExecutor(scene.threads) if scene.threads > 1 else nullcontext() as pool:
        # At the deepest level: the same for all, so that alike levels have one way.
        ways = Ways(step, break_even_mm(scene.clearance_z - float(par["bottom_z"]), cutting.ap, cutting.vf, cutting.vf_plunge), top.cell, pool)
        under_way: deque[list[Piece]] = deque()
        for (z, z_top), layer in zip(levels, stock):
            if not layer.any.any():
                continue
            if len(under_way) == IN_FLIGHT:
                runs, top = machined(under_way.popleft(), step, scene, top)
                out += runs
            now = replace(around, stock_above=partial(above, foreseen(top, under_way)))
            region = with_tight_places(*(centre_region(tool, z, a, now, quadrant=16) for a in kept_off), TIGHT_SHARE * tool.DC)
            # Never under a place where the level above did not go: what stands there would meet the neck, or a rapid going up.
            over = region = polygons(region.intersection(over)) if over is not None else region
            material = level_material(layer, region, tool.DC)
            under_way.append([Piece(z, z_top, room, here, ways.through(room, here, z_top - z)) for room, here in pieces(region, material, tool.DC)])
        for level in under_way:
            runs, top = machined(level, step, scene, top)
            out += runs
    if not out:
        raise Refusal("nothing_to_rough", f"T{tool.number} D{tool.DC:g} finds no stock worth a level that it reaches")
    return tuple(out)


class Piece(NamedTuple):
    """A piece of a level that is cleared by itself: its height, the top of the layer, where the centre may be, what stands, and the way that is being looked for."""

    z: float
    z_top: float
    room: BaseGeometry
    here: BaseGeometry
    way: Callable[[], tuple[ClearPath, BaseGeometry]]  # with what its passes sweep


@dataclass
class Ways:
    """Ways through parts of levels, looked for side by side in `pool` if there is one; that through a part like one before is the same."""

    step: Workingstep
    longest_mm: float  # of links
    cell: float  # of the stock's raster, mm
    pool: Executor | None
    found: dict[tuple, Callable[[], tuple[ClearPath, BaseGeometry]]] = field(default_factory=dict)

    def through(self, room: BaseGeometry, here: BaseGeometry, depth_mm: float) -> Callable[[], tuple[ClearPath, BaseGeometry]]:
        """What gives the way through a part once it is asked."""
        # Between two floors of straight walls the levels are alike.
        key = (round(depth_mm, 4), *(shapely.to_wkb(shapely.normalize(shapely.set_precision(g, ALIKE_MM))) for g in (room, here)))
        if key not in self.found:
            # Geometries of its own: asking one a question may change what it keeps in memory.
            work = partial(self._cleared, *(shapely.from_wkb(shapely.to_wkb(g)) for g in (room, here)), depth_mm)
            self.found[key] = self.pool.submit(work).result if self.pool is not None else cache(work)
        return self.found[key]

    def _cleared(self, room: BaseGeometry, here: BaseGeometry, depth_mm: float) -> tuple[ClearPath, BaseGeometry]:
        tool, cutting = self.step.tool, self.step.cutting
        descent = Descent(depth_mm, RAMP_RAD, cutting.vf / cutting.vf_plunge)
        path = clear(room, here, tool.DC, cutting.ae, helix_allowed=tool.centre_cutting, descent=descent, longest_link_mm=self.longest_mm)
        return path, cleared(path, tool.DC / 2 - self.cell)


def foreseen(top: Raster, under_way: Iterable[list[Piece]]) -> Raster:
    """The stock's raster as it will be once the pieces are cleared that ways are still looked for."""
    for piece in chain.from_iterable(under_way):
        top = lowered(top, piece.here, piece.z)
    return top


def machined(level: list[Piece], step: Workingstep, scene: Scene, top: Raster) -> tuple[list[Segment], Raster]:
    """The motions of a level's pieces, one after the other, and the stock's raster after them."""
    tool, cutting, out = step.tool, step.cutting, []
    for piece in level:
        path, gone = piece.way()
        if path.passes:
            own = break_even_mm(scene.clearance_z - piece.z, piece.z_top - piece.z, cutting.vf, cutting.vf_plunge)
            rows = to_moves(path, piece.z_top, piece.z, scene.clearance_z, cutting.vf, cutting.vf_plunge, ramp_rad=RAMP_RAD, max_link_mm=own)
            rows = leave_walls(rows, piece.room, piece.z)
            out.append(Run(short_rapids(rows, top, tool.DC / 2, scene.clearance_z, cutting.vf)))
            top = lowered(top, gone, piece.z)
    return out, top


def pieces(region: BaseGeometry, material: BaseGeometry, dc: float) -> Iterator[tuple[BaseGeometry, BaseGeometry]]:
    """Parts of a level that are cleared by themselves, each with the material that the tool reaches from there.

    A part holds only so much air as an entry beside the stock needs: the search for the next start walks through all of it, and remains far
    from each other would span a field of the whole level.
    """
    if material.is_empty:
        return
    for room in region.geoms:
        reached = polygons(material.intersection(room.buffer(dc / 2, quad_segs=16)))
        if reached.is_empty:
            continue
        for piece in polygons(room.intersection(reached.buffer(dc / 2 + AIR_MM, quad_segs=4))).geoms:
            here = polygons(reached.intersection(piece.buffer(dc / 2, quad_segs=16)))
            if not here.is_empty:
                yield polygons(piece), here


def with_tight_places(region: BaseGeometry, nearer: BaseGeometry, room_mm: float) -> BaseGeometry:
    """The region, and of the one that goes `nearer` to the walls the passages in which the first leaves less than `room_mm` on each side."""
    wide = polygons(region.buffer(-room_mm, join_style="mitre").buffer(room_mm + WIDE_MM, join_style="mitre"))
    tight = polygons(nearer.difference(wide))
    if tight.is_empty:
        return region
    return polygons(shapely.union_all([region, tight.buffer(WIDE_MM, quad_segs=4).intersection(nearer)]))


def short_rapids(rows: Moves, top: Raster, radius: float, clearance_z: float, vf: float) -> Moves:
    """End every rapid down above what still stands there before the level; from there on the tool goes down at the feed `vf` where it
    only comes back to what the level has cleared, and as the next motion has it elsewhere."""
    out, pieces, done = rows.copy(), [], 0
    for k in np.flatnonzero((rows["kind"] == RAPID) & (np.diff(rows["z"], prepend=clearance_z) < 0)):
        safe = highest(top, float(rows["x"][k]), float(rows["y"][k]), radius) + APPROACH_MM
        out["z"][k] = min(max(float(rows["z"][k]), safe), clearance_z)
        straight_on = k + 1 < len(rows) and rows["x"][k + 1] == rows["x"][k] and rows["y"][k + 1] == rows["y"][k]
        if straight_on and out["z"][k] > rows["z"][k]:
            pieces += [out[done : k + 1], line_moves(np.array([[rows["x"][k], rows["y"][k], rows["z"][k]]]), vf)]
            done = k + 1
    return np.concatenate([*pieces, out[done:]])


def leave_walls(rows: Moves, region: BaseGeometry, z: float) -> Moves:
    """Step off the region's border before every way up: slivers too thin for the levels above may stand along it."""
    inner = polygons(region.buffer(-LEAVE_MM))
    up = np.flatnonzero((rows["kind"] == RAPID) & (np.diff(rows["z"], prepend=np.inf) > 0) & (np.roll(rows["z"], 1) == z))
    if inner.is_empty or not len(up):
        return rows
    at = shapely.points(rows["x"][up - 1], rows["y"][up - 1])
    way = shapely.shortest_line(at, inner)
    near = shapely.length(way)
    pick = (near > 0.0) & (near < 2 * LEAVE_MM)
    off = rows[up[pick] - 1].copy()
    ends = shapely.get_coordinates(shapely.get_point(way[pick], 1))
    off["kind"], off["x"], off["y"] = FEED, ends[:, 0], ends[:, 1]
    off["i"] = off["j"] = off["k"] = np.nan
    rows = rows.copy()
    rows["x"][up[pick]], rows["y"][up[pick]] = ends[:, 0], ends[:, 1]
    return np.insert(rows, up[pick], off)


def cleared(path: ClearPath, radius: float) -> BaseGeometry:
    """What the passes of a level sweep."""
    lines = [shapely.LineString(p.points) for p in path.passes if p.kind in ("cut", "entry_helix", "entry_ring") and len(p.points) >= 2]
    return shapely.union_all(shapely.buffer(lines, radius, quad_segs=4)) if lines else NOTHING


def rough_levels(scene: Scene, top_z: float, bottom_z: float, on_floor: float, ap: float) -> list[tuple[float, float]]:
    """(z, top of the layer) of every level, from the top: the layer over each floor ends `on_floor` above it, at most `ap` deep."""
    stops = [f.z + on_floor for f in scene.design.floors if bottom_z + 1e-3 < f.z + on_floor < top_z - 1e-3]
    edges = [top_z, *sorted(stops, reverse=True), bottom_z]
    out = []
    for high, low in zip(edges[:-1], edges[1:]):
        if high - low < 1e-3:
            continue
        count = max(1, int(np.ceil((high - low) / ap - 1e-6)))
        heights = high - (high - low) * np.arange(count + 1) / count
        out += list(zip(heights[1:].tolist(), heights[:-1].tolist()))
    return out


def level_material(layer: Layer, region: BaseGeometry, dc: float) -> BaseGeometry:
    """What the tool reaches of the stock that stands in a layer; empty where only slivers are left.

    What stands along a wall no farther than `NOT_TAKEN_MM` from what the tool reaches is no stock of its own: in a coarse raster a line that
    meets such a sliver would stand for a whole cell.
    """
    if region.is_empty:
        return NOTHING
    well_in = region.buffer(dc / 2 - NOT_TAKEN_MM, quad_segs=16)
    shapely.prepare(well_in)
    lines = layer.lines
    rows, columns = np.nonzero(lines.values)
    reached = np.zeros_like(lines.values)
    reached[rows, columns] = shapely.contains_xy(well_in, lines.x0 + columns * lines.cell, lines.y0 + rows * lines.cell)
    reached[layer.cells(layer.strips[shapely.contains_xy(well_in, layer.strips)])] = True
    target = polygons(mask_polygons(replace(lines, values=reached)).intersection(region.buffer(dc / 2, quad_segs=16)))
    thick = polygons(target.buffer(-THIN_MM).buffer(THIN_MM * 1.2).intersection(target))
    least = LEAST_AREA_SHARE * np.pi * dc * dc / 4
    keep = [p for p in thick.geoms if p.area > least]
    return shapely.MultiPolygon(keep) if keep else NOTHING


def near_stock(scene: Scene, tool: Tool, stock: list[Layer], zone: BaseGeometry | None, lowest_z: float, allowance_mm: float) -> Surroundings:
    """The surroundings as far as they matter where any of the layers has stock for the tool."""
    around = replace(scene.around(tool.DC, -NOT_TAKEN_MM), design=scene.rough or scene.design)
    where = mask_polygons(replace(stock[0].lines, values=np.any([s.any for s in stock], axis=0))) if stock else NOTHING
    if where.is_empty:
        return around
    cell = stock[0].lines.cell
    place = shapely.simplify(where, cell).buffer(cell + 1.5 * tool.DC + AIR_MM, quad_segs=4)
    return near_zone(around, polygons(place.intersection(zone) if zone is not None else place), [tool], lowest_z, allowance_mm + scene.rough_off_mm)


def work_zone(step: Workingstep, scene: Scene) -> BaseGeometry | None:
    """Where the step may work; None for everywhere."""
    if step.faces and not step.parameters.get("zone_faces"):
        return rest_zone(step, scene)
    if step.parameters.get("zone_faces"):
        return scene.design.slope_region(set(step.parameters["zone_faces"])).buffer(step.tool.DC)
    return None


def rest_zone(step: Workingstep, scene: Scene) -> BaseGeometry:
    """Where a rest pass works: round the walls and floors of `step.faces` that no larger tool has touched."""
    larger = [scene.tools[int(n)] for n in step.parameters.get("rest_after", ())]
    reach = 1.2 * max((t.DC for t in larger), default=step.tool.DC)
    faces = set(step.faces)
    feet = feet_by_level(scene, faces)
    floors = [(level.z, polygons(level.region.difference(scene.design.above(level.z)))) for level in scene.design.floors if set(level.faces) & faces]
    if not feet and not floors:
        return NOTHING
    lowest, places = min(z for z, _ in feet + floors), shapely.union_all([g for _, g in feet + floors])
    around = scene.around(step.tool.DC)
    nearby = [near_zone(around, zone_round(places, t.DC / 2 + BESIDE_MM), [t], lowest) for t in larger]

    def left(z: float, what: BaseGeometry, gap_mm: float) -> BaseGeometry:
        for t, own in zip(larger, nearby):
            what = what.difference(swept(centre_region(t, z, 0.0, own, quadrant=16), t).buffer(gap_mm))
        return what

    zones = [zone_round(left(z, lines, REST_GAP_MM + 0.01), reach) for z, lines in feet]
    zones += [polygons(left(z, region, 0.01)).buffer(reach) for z, region in floors]
    return polygons(shapely.union_all(zones))


def feet_by_level(scene: Scene, faces: set[int]) -> list[tuple[float, BaseGeometry]]:
    """Lines along the feet of the upright ones among `faces`, by the height down to which a tool must come."""
    found: dict[float, list[BaseGeometry]] = {}
    for f in sorted(faces):
        corners = scene.vertices[scene.triangles[scene.face == f]]
        if not upright(corners):
            continue
        feet = feet_of(corners, FOOT_SPACING_MM)
        levels = np.maximum(np.round(feet.levels(), 3), scene.lowest_z)
        pieces = shapely.get_parts(footprint_pieces(feet))
        for z in np.unique(levels):
            found.setdefault(float(z), []).extend(pieces[levels == z])
    return [(z, shapely.union_all(found[z])) for z in sorted(found)]
