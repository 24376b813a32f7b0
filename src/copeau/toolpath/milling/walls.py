"""Wall finishing: contours of upright faces at full or stepped depth, in climb, with tangential leads."""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from copeau.features.feet import RISES_MM, feet_of, footprints, upright_triangles
from copeau.features.joining import joined, zone_round
from copeau.features.reach import PATH_TOL_MM, QUADRANT, Surroundings, centre_region, near_zone
from copeau.model.errors import Refusal
from copeau.model.plan import Workingstep
from copeau.model.program import Run, Segment
from copeau.model.tool import Tool
from copeau.toolpath.generate import strategy
from copeau.toolpath.milling.contour import Path2D, cut_run, grow_keep, rings, split_runs
from copeau.toolpath.milling.surfaces import drive
from copeau.toolpath.pen import Pen
from copeau.toolpath.scene import Scene
from copeau.toolpath.surface import follow, shape_of

CONTACT_TOL_MM = 0.02  # a contact point this near a wall belongs to it: chord error of the mesh plus the path's own gap
PIECE_MM, REST_PIECE_MM = 0.4, 0.1  # contour pieces are judged one by one at this length; corners in finer ones
REST_GAP_MM = 0.012  # a contact point this far outside what a larger tool covered was not finished by it: path gap and chords add up to 8 um
FOOT_GAP_MM = 2 * CONTACT_TOL_MM  # a wall this near to what the cutter sweeps is touched
LEAST_BAND_MM = 0.1  # how well the lowest place is found to which a shank lets a tool down
OVERLAP_REST_MM = 0.6  # a rest pass begins in what the larger tool has cut
SAME_HEIGHT_MM = 1e-3  # heights of passes that differ by less are one
FOOT_SPACING_MM = 0.4  # of the places that tell a foot
FOOT_QUADRANT = 48  # chords a quarter turn round the corner of a foot
LEAD_ROOM = 2.0  # diameters beside a wall in which its runs, with their leads, begin and end
BESIDE_MM = 1.0  # centres farther than this and the cutter's radius from a wall do not touch it
LEAD_SHARE = 0.4  # lead radius as a share of the cutter's


@strategy("wall")
def wall(step: Workingstep, scene: Scene) -> tuple[Segment, ...]:
    """Finish the upright faces `step.faces` between `top_z` and `bottom_z`, at most `ap` deep a pass.

    Parameters read: `top_z`, `bottom_z`, `allowance_mm` (left on the wall, default 0), `rest_after` (numbers of larger tools whose
    contact is not gone over again).
    """
    tool, par = step.tool, step.parameters
    segments = wall_segments(scene, set(step.faces))
    allowance = float(par.get("allowance_mm", 0.0))
    lines, everywhere = wall_lines(segments), scene.around(tool.DC)

    def beside(t: Tool, mm: float) -> Surroundings:
        return near_zone(everywhere, zone_round(lines, mm), [t], float(par["bottom_z"]), allowance)

    around = beside(tool, LEAD_ROOM * tool.DC)
    larger = [(t, beside(t, t.DC / 2 + BESIDE_MM)) for t in (scene.tools[int(n)] for n in par.get("rest_after", ()))]
    out: list[Segment] = []
    covering: dict[tuple[int, float], tuple[BaseGeometry, BaseGeometry]] = {}

    def covered_by(t: Tool, z: float, own: Surroundings) -> BaseGeometry:
        centres = centre_region(t, z, allowance, own)
        key = (id(centres), t.DC)
        if key not in covering:
            covering[key] = centres, centres.buffer(t.DC / 2 + REST_GAP_MM, quad_segs=QUADRANT)
            shapely.prepare(covering[key][1])
        return covering[key][1]

    for low, high in wall_bands(segments, scene, float(par["top_z"]), float(par["bottom_z"])):
        walls = wall_strip(segments, low, high)
        if walls.is_empty:
            continue
        feet = reachable_feet(tool, around, segments, low, high)
        for z, lower in passes(feet, low, high, step.cutting.ap):
            region = centre_region(tool, z, allowance, around)
            if region.is_empty:
                continue
            covered = [covered_by(t, z, own) for t, own in larger]
            # Of a depth cut in several passes, the upper ones leave out what the lower will cut.
            if z > lower:
                covered.append(covered_by(tool, lower, around))
            for path in wall_runs(region, walls, tool.DC / 2 + allowance, covered):
                pen = Pen(scene.clearance_z, step.cutting.vf, step.cutting.vf_plunge)
                on, off = cut_run(pen, scene, region, path, z, tool.DC / 2 - allowance, LEAD_SHARE * tool.DC / 2)
                out.append(Run(pen.moves(), on, off))
    out += rising_foot_passes(step, scene, allowance)
    if not out:
        raise Refusal("no_wall_reached", f"T{tool.number} D{tool.DC:g} reaches none of the walls of faces {sorted(step.faces)[:12]}")
    return tuple(out)


def wall_lines(segments: NDArray[np.float64]) -> BaseGeometry:
    """Wall segments as they are seen from above."""
    return shapely.union_all(shapely.linestrings(segments[:, :4].reshape(-1, 2, 2)))


def reachable_feet(tool: Tool, around: Surroundings, segments: NDArray[np.float64], low: float, high: float) -> list[float]:
    """Heights in one band of walls, falling, at which a pass must end: its foot, and those above it where shank or holder let the tool touch
    some walls no lower."""
    own = in_band(segments, low, high)
    if not len(own):
        return []
    points, length = foot_pieces(own)

    def touched(z: float, which: NDArray[np.int64], gap_mm: float) -> NDArray[np.bool_]:
        swept = centre_region(tool, z, 0.0, around).buffer(tool.DC / 2 + gap_mm)
        shapely.prepare(swept)
        return shapely.contains_xy(swept, points[which])

    def feet(z: float, here: NDArray[np.int64], top: float, above: NDArray[np.int64]) -> list[float]:
        lost = np.setdiff1d(above, here, assume_unique=True)
        if top - z < LEAST_BAND_MM or length[lost].sum() < PIECE_MM or length[lost[~touched(z, lost, FOOT_GAP_MM + CONTACT_TOL_MM)]].sum() < PIECE_MM:
            return [z]
        middle = 0.5 * (z + top)
        between = above[touched(middle, above, FOOT_GAP_MM)]
        return feet(middle, between, top, above) + feet(z, here, middle, between)

    above = np.flatnonzero(touched(high - LEAST_BAND_MM, np.arange(len(points)), FOOT_GAP_MM))
    return feet(low, above[touched(low, above, FOOT_GAP_MM)], high, above)


def foot_pieces(segments: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Middles (n, 2) and lengths (n,) of the short pieces into which wall segments are cut as they are seen from above."""
    pieces = shapely.get_parts(shapely.segmentize(shapely.line_merge(wall_lines(segments)), PIECE_MM / 2))
    xy, owner = shapely.get_coordinates(pieces, return_index=True)
    same = owner[1:] == owner[:-1]
    a, b = xy[:-1][same], xy[1:][same]
    return 0.5 * (a + b), np.linalg.norm(b - a, axis=1)


def passes(feet: list[float], low: float, high: float, ap: float) -> list[tuple[float, float]]:
    """(z, foot of its depth) of the passes in one band, from the top: at most `ap` deep, each of the `feet` the end of one."""
    if not feet:
        return []
    count = max(1, int(np.ceil((high - low) / ap - 1e-6)))
    depths = [*(high - (high - low) * np.arange(count) / count).tolist(), low]
    out = []
    for top, foot in zip(depths[:-1], depths[1:]):
        out += [(z, foot) for z in (*(z for z in feet if foot + SAME_HEIGHT_MM < z < top - SAME_HEIGHT_MM), foot)]
    return out


def rising_foot_passes(step: Workingstep, scene: Scene, allowance: float) -> list[Segment]:
    """One pass along each foot that is not level, the tip on the drop surface: the level passes leave triangles there."""
    lines: list[NDArray[np.float64]] = []
    shape = shape_of(step.tool)
    for f in sorted(set(step.faces)):
        feet = feet_of(scene.vertices[scene.triangles[scene.face == f]], FOOT_SPACING_MM)
        if not feet.rising:
            continue
        beside = shapely.offset_curve(footprints(feet), shape.radius_mm + allowance + PATH_TOL_MM, quad_segs=FOOT_QUADRANT)
        for part in shapely.get_parts(beside):
            xy = np.asarray(part.coords)[:, :2]
            if len(xy) >= 2:
                lines += follow(scene.drop_mesh, shape, xy, scene.lowest_z, float(feet.high.max()) - RISES_MM, PATH_TOL_MM)
    return list(drive(step, scene, lines))


def wall_segments(scene: Scene, faces: set[int]) -> NDArray[np.float64]:
    """Rows (x0, y0, x1, y1, z0, z1) of the wall triangles of `faces`, seen from above; heights are those of the whole face."""
    keep = np.isin(scene.face, list(faces))
    corners, owner = scene.vertices[scene.triangles[keep]], scene.face[keep]
    keep = upright_triangles(corners)
    corners, owner = corners[keep], owner[keep]
    if not len(corners):
        return np.zeros((0, 6))
    flat = corners[:, :, :2]
    pair = np.array([(0, 1), (1, 2), (2, 0)])
    length = np.linalg.norm(flat[:, pair[:, 0]] - flat[:, pair[:, 1]], axis=2)
    longest = pair[np.argmax(length, axis=1)]
    rows = np.arange(len(corners))
    low, high = np.full(int(owner.max()) + 1, np.inf), np.full(int(owner.max()) + 1, -np.inf)
    np.minimum.at(low, owner, corners[:, :, 2].min(1))
    np.maximum.at(high, owner, corners[:, :, 2].max(1))
    return np.column_stack([flat[rows, longest[:, 0]], flat[rows, longest[:, 1]], low[owner], high[owner]])


def wall_bands(segments: NDArray[np.float64], scene: Scene, top_z: float, bottom_z: float) -> list[tuple[float, float]]:
    """(foot, top) of the bands between the heights where walls or floors begin or end, from the top."""
    heights = np.unique(np.round(np.concatenate([segments[:, 4], segments[:, 5], [f.z for f in scene.design.floors]]), 4))
    edges = [top_z, *heights[(heights > bottom_z + SAME_HEIGHT_MM) & (heights < top_z - SAME_HEIGHT_MM)][::-1], bottom_z]
    return [(low, high) for high, low in zip(edges[:-1], edges[1:]) if high - low > SAME_HEIGHT_MM]


def in_band(segments: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Those of the wall segments that stand in a band."""
    return segments[(segments[:, 4] < high - SAME_HEIGHT_MM) & (segments[:, 5] > low + SAME_HEIGHT_MM)]


def wall_strip(segments: NDArray[np.float64], low: float, high: float) -> BaseGeometry:
    """Where the contact points of the walls in a band lie: within `CONTACT_TOL_MM` of their segments, prepared for questions."""
    own = in_band(segments, low, high)
    a, b = own[:, :2], own[:, 2:4]
    along = (b - a) / np.maximum(np.linalg.norm(b - a, axis=1, keepdims=True), np.finfo(float).tiny) * CONTACT_TOL_MM
    aside = np.column_stack([-along[:, 1], along[:, 0]])
    corners = (a - along - aside, b + along - aside, b + along + aside, a - along + aside)
    strip = joined([*np.stack(corners, axis=1)])
    shapely.prepare(strip)
    return strip


def wall_runs(region: BaseGeometry, walls: BaseGeometry, reach: float, covered: list[BaseGeometry]) -> list[Path2D]:
    """Pieces of the region's boundary from which the cutter touches a wall of the strip `walls` where nothing `covered` says a larger tool did."""
    low, high = np.array(walls.bounds).reshape(2, 2)
    out: list[Path2D] = []
    for ring in rings(region):
        if ((np.max(ring, 0) < low - reach).any()) or ((np.min(ring, 0) > high + reach).any()):
            continue
        ring = np.asarray(shapely.segmentize(shapely.LinearRing(ring), REST_PIECE_MM if covered else PIECE_MM).coords)[:, :2]
        d = np.diff(ring, axis=0)
        length = np.linalg.norm(d, axis=1)
        mid = 0.5 * (ring[:-1] + ring[1:])
        right = np.column_stack([d[:, 1], -d[:, 0]]) / np.maximum(length, 1e-12)[:, None]
        contact = mid + right * (reach + PATH_TOL_MM)
        keep = shapely.contains_xy(walls, contact)
        for done in covered:
            k = np.flatnonzero(keep)
            keep[k] = ~shapely.contains_xy(done, contact[k])
        out += split_runs(ring, grow_keep(ring, keep, OVERLAP_REST_MM) if covered else bridge_gaps(ring, keep))
    return [p for p in out if len(p.points) >= 2]


def bridge_gaps(ring: NDArray[np.float64], keep: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep also gaps shorter than `PIECE_MM`: a rounding of the contact test, not a place without wall."""
    grown = grow_keep(ring, keep, PIECE_MM)
    shrunk = ~grow_keep(ring, ~grown, PIECE_MM) if not grown.all() else grown
    return keep | shrunk
