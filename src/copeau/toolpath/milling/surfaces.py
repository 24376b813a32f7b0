"""Finishing of sloped and curved faces with a ball, bull-nose or flat end mill driven over the design."""

import math

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from copeau.features.contact import clear_of_fixture
from copeau.features.reach import PATH_TOL_MM, bodies_above
from copeau.features.shadow import polygons
from copeau.model.errors import Refusal
from copeau.model.part import Mesh
from copeau.model.plan import Workingstep
from copeau.model.program import Run, Segment
from copeau.model.tool import Tool
from copeau.part.visibility import sample_faces, spacing_mm2
from copeau.toolpath.generate import beforehand, strategy
from copeau.toolpath.milling.contour import APPROACH_MM
from copeau.toolpath.pen import Pen
from copeau.toolpath.scene import Scene
from copeau.toolpath.surface import (
    best_direction,
    drop,
    effective_radius,
    parallel_finish,
    reach_error,
    shape_of,
    step_for_scallop,
    waterline_finish,
    waterline_levels,
)  # fmt: skip

HOP_SHARE = 0.6  # of the diameter: two passes nearer than this are joined low
HOP_OVER_MM = 0.2
RIDGE_SHARE = 0.05  # of the diameter: between circles this near to each other nothing stands up that their sagitta, a thousandth of it, hides
HOP_POINTS = 33  # on the way of a hop: a fiftieth of the diameter apart, between which a corner stands in by a ten-thousandth of it
CLEAR_MM = 0.02  # of shank and holder over the stock, whose cells are already let out
OFF_MM = 0.002  # left on everything: the chords of a path dip at most half of this under the drop surface
PASS_TOL_MM = 0.004  # passes lie up to this above the drop surface: a fifth of their scallops, and two thirds of the motions that 0.002 takes
REST_MM = 0.018  # what a larger tool may leave before a smaller one follows: with scallop and tolerance well under the excess that is judged
REST_SPACING_MM, MOST_REST_SAMPLES = 1.0, 30_000  # of the places where that is asked: how near, and about how many at most
MOST_EFFECTIVE_MM = 50.0  # a flat end on a slope that is nearly level cuts as a ball of endless radius
STEEPEST_CROSS_RAD = math.radians(75)  # cross slopes are taken no steeper, or the step would vanish


@strategy("parallel")
def parallel(step: Workingstep, scene: Scene) -> tuple[Segment, ...]:
    """Straight passes over `step.faces` at a step that leaves `scallop_mm`; with larger tools before it over what they leave, and where
    something was in their way."""
    lines, refusals = [], []
    for work in (passes, missed_passes):
        try:
            lines += work(step, scene)
        except Refusal as r:
            refusals.append(r)
    if refusals and not lines:
        raise refusals[0]
    return driven(step, scene, lines)


@beforehand("parallel")
def passes(step: Workingstep, scene: Scene) -> list[NDArray[np.float64]]:
    """The polylines (n, 3) of `parallel`, whatever stands in their way, or stood in the way of larger tools."""
    region, normals, areas = face_region(scene, set(step.faces))
    direction, scallop = best_direction(normals, areas), float(step.parameters["scallop_mm"])
    # The last pass of a larger tool lies up to its pitch before the line that it could reach.
    beyond = max((pitch_of(scene.tools[n], normals, direction, scallop) for n in larger_tools(step)), default=0.0)
    return passes_over(step, scene, rest_region(step, scene, region, beyond), normals, direction)


def missed_passes(step: Workingstep, scene: Scene) -> list[NDArray[np.float64]]:
    """The polylines (n, 3) over the part of the step's faces where something was in the way of a larger tool that it counts on."""
    larger, faces = larger_tools(step), set(step.faces)
    found = [
        region for other, region in scene.ahead.missed.values()
        if other.strategy == step.strategy and other.tool.number in larger and faces & set(other.faces)
    ]  # fmt: skip
    if not found:
        return []
    region, normals, areas = face_region(scene, faces)
    missed = polygons(shapely.union_all(found).intersection(region))
    return [] if missed.is_empty else passes_over(step, scene, missed, normals, best_direction(normals, areas))


def passes_over(step: Workingstep, scene: Scene, region: BaseGeometry, normals: NDArray[np.float64], direction: float) -> list[NDArray[np.float64]]:
    """Straight passes (n, 3) along `direction` (rad) over a region whose slopes have these unit `normals` (n, 3)."""
    pitch = pitch_of(step.tool, normals, direction, float(step.parameters["scallop_mm"]))
    return parallel_finish(
        scene.drop_mesh, region, shape_of(step.tool), direction, pitch, PASS_TOL_MM, check_z=scene.lowest_z, grow_mm=0.05, allowance_mm=OFF_MM
    )


def pitch_of(tool: Tool, normals: NDArray[np.float64], direction: float, scallop: float) -> float:
    """Step between parallel passes along `direction` (rad) over slopes of these unit `normals` (n, 3) that leaves `scallop` mm."""
    along = np.array([math.cos(direction), math.sin(direction)])
    gradient = -normals[:, :2] / normals[:, 2:]
    across = float(np.abs(gradient @ np.array([-along[1], along[0]])).max())
    slope = math.atan(float(np.linalg.norm(gradient, axis=1).max()))
    return step_for_scallop(min(effective_radius(shape_of(tool), max(slope, 0.05)), MOST_EFFECTIVE_MM), scallop, min(math.atan(across), STEEPEST_CROSS_RAD))


@strategy("waterline")
def waterline(step: Workingstep, scene: Scene) -> tuple[Segment, ...]:
    """Level passes round `step.faces` at steps that leave cusps of `scallop_mm`."""
    return driven(step, scene, level_passes(step, scene))


@beforehand("waterline")
def level_passes(step: Workingstep, scene: Scene) -> list[NDArray[np.float64]]:
    """The polylines (n, 3) of `waterline`, whatever stands in their way."""
    region, _, _ = face_region(scene, set(step.faces))
    region = rest_region(step, scene, region)
    shape = shape_of(step.tool)
    levels = waterline_levels(scene.drop_mesh, region, shape, float(step.parameters["scallop_mm"]))
    return waterline_finish(scene.drop_mesh, region, shape, levels, grow_mm=0.05, allowance_mm=OFF_MM)


def driven(step: Workingstep, scene: Scene, lines: list[NDArray[np.float64]]) -> tuple[Segment, ...]:
    """As `drive`; raises `Refusal` where nothing is left."""
    segments = drive(step, scene, lines)
    if not segments:
        raise Refusal("tool_too_short", f"T{step.tool.number} cannot go down on faces {sorted(step.faces)[:12]}: its holder or shank would touch")
    return segments


def face_region(scene: Scene, faces: set[int]) -> tuple[BaseGeometry, NDArray[np.float64], NDArray[np.float64]]:
    """Region of the sloped faces seen from above; normals and areas of their triangles."""
    region = scene.design.slope_region(faces)
    keep = np.isin(scene.face, list(faces))
    corners = scene.vertices[scene.triangles[keep]]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(cross, axis=1)
    up = cross[:, 2] > 1e-3 * np.maximum(size, 1e-300)
    if region.is_empty or not up.any():
        raise Refusal("nothing_to_finish", f"faces {sorted(faces)[:12]} show no slope upwards")
    return region, cross[up] / size[up, None], size[up] / 2


def larger_tools(step: Workingstep) -> tuple[int, ...]:
    """Numbers of the tools that finish the step's faces before it, as far as they reach."""
    return tuple(int(n) for n in step.parameters.get("rest_after", ()))


def rest_region(step: Workingstep, scene: Scene, region: BaseGeometry, beyond_mm: float = 0.0) -> BaseGeometry:
    """The part of `region` where the tools of `rest_after` leave more than this tool would, and `beyond_mm` round it."""
    larger = [scene.tools[n] for n in larger_tools(step)]
    if not larger:
        return region
    keep = np.isin(scene.face, list(step.faces))
    own = Mesh(scene.vertices, scene.triangles[keep], scene.face[keep], 0.0)
    each = spacing_mm2(own, REST_SPACING_MM**2, MOST_REST_SAMPLES)
    samples = sample_faces(own, each)
    up = samples.normals[:, 2] > 1e-3
    points, normals = samples.points[up], samples.normals[up]
    left = np.min([reach_error(scene.drop_mesh, points, normals, shape_of(t), REST_MM) for t in larger], axis=0)
    rest = np.flatnonzero(np.isfinite(left) & (left > REST_MM))
    with_own = reach_error(scene.drop_mesh, points[rest], normals[rest], shape_of(step.tool), REST_MM / 2)
    better = rest[with_own < left[rest] - REST_MM / 2]
    if not len(better):
        raise Refusal("nothing_to_finish", f"T{step.tool.number} D{step.tool.DC:g} takes no more off faces {sorted(step.faces)[:12]} than the larger tools")
    discs = shapely.MultiPoint(points[better, :2]).buffer(max(1.5 * math.sqrt(each), beyond_mm), quad_segs=4)
    return polygons(region.intersection(discs))


def drive(step: Workingstep, scene: Scene, lines: list[NDArray[np.float64]]) -> tuple[Segment, ...]:
    """Polylines (n, 3) as motions, cut off where shank or holder would touch the stock, or the tool the fixture; none where they would everywhere.

    Where they are cut off is told to the steps after, in `scene.ahead.missed`.
    """
    parts = [clear_pieces(scene, step.tool, line) for line in lines]
    held = [points for _, cut_off in parts for points in cut_off]
    scene.ahead.missed.pop(step.id, None)
    if held:
        scene.ahead.missed[step.id] = step, under(step.tool, np.vstack(held))
    lines = [piece for pieces, _ in parts for piece in pieces]
    if not lines:
        return ()
    pen = Pen(scene.clearance_z, step.cutting.vf, step.cutting.vf_plunge)
    for line in lines:
        x, y, z = line[0]
        over = _hop(scene, step.tool, pen.at, line[0]) if pen.at is not None else None
        if over is not None:
            pen.feed(pen.at[0], pen.at[1], over)
            pen.feed(x, y, over)
            pen.feed(x, y, z, pen.plunge_mm_min)
        else:
            pen.above(x, y)
            beside = step.tool.DC / 2 + scene.top.cell  # a wall ends anywhere between two cells
            pen.rapid(x, y, min(max(z, scene.highest(x, y, beside)) + APPROACH_MM, scene.clearance_z))
            pen.feed(x, y, z, pen.plunge_mm_min)
        pen.polyline(line[1:])
    pen.lift()
    return (Run(pen.moves()),)


def _hop(scene: Scene, tool: Tool, a, b) -> float | None:
    """Height of a short hop from a to b over what stands between, None where it is not short or shank or holder would touch."""
    if np.hypot(b[0] - a[0], b[1] - a[1]) > HOP_SHARE * tool.DC or abs(b[2] - a[2]) > HOP_SHARE * tool.DC / 2:
        return None
    at = np.linspace(a[:2], b[:2], HOP_POINTS)
    # The stock's raster may miss the tip of a corner of the part, its drop surface does not.
    over = max(a[2], b[2], _ridge(scene, a, b, tool), float(drop(scene.drop_mesh, shape_of(tool), at).max())) + HOP_OVER_MM
    way = np.column_stack([at, np.full(HOP_POINTS, over)])
    return over if all(_held(scene, tool, way)) else None


def _ridge(scene: Scene, a, b, tool: Tool) -> float:
    """Highest in-process stock on the way from a to b, under the cutter."""
    n = max(2, int(np.ceil(np.hypot(b[0] - a[0], b[1] - a[1]) / max(scene.top.cell, RIDGE_SHARE * tool.DC))) + 1)
    return max(scene.highest(float(x), float(y), tool.DC / 2) for x, y in np.linspace(a[:2], b[:2], n))


def under(tool: Tool, tips: NDArray[np.float64]) -> BaseGeometry:
    """What the tool covers, seen from above, with its tip at (n, 3), to an eighth of its diameter."""
    side = tool.DC / 8
    cells = np.unique(np.floor(tips[:, :2] / side), axis=0)
    return polygons(shapely.MultiPoint((cells + 0.5) * side).buffer(tool.DC / 2 + side, quad_segs=4))


def clear_pieces(scene: Scene, tool: Tool, line: NDArray[np.float64]) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
    """Stretches of a polyline, above the lowest tip, on which the tool is clear of the fixture and its shank and holder of the in-process stock;
    and the points of the others; where a pass falls off an edge, at a single point, nobody would go."""
    line = _told_where_held(scene, tool, line)
    free = _held(scene, tool, line)
    cuts = np.flatnonzero(np.diff(free.astype(int))) + 1
    starts = [0, *cuts.tolist()]
    pieces = np.split(line, cuts)
    return [p for k, p in zip(starts, pieces) if free[k] and len(p) >= 2], [p for k, p in zip(starts, pieces) if not free[k] and len(p) >= 2]


def _told_where_held(scene: Scene, tool: Tool, line: NDArray[np.float64]) -> NDArray[np.float64]:
    """The polyline with a point for every cell of the stock on those of its stretches that are not clear all along."""
    size = np.linalg.norm(np.diff(line[:, :2], axis=0), axis=1)
    count = np.maximum(np.ceil(size / scene.top.cell).astype(int), 1)
    stretch = np.repeat(np.arange(len(count)), count)
    share = (np.arange(len(stretch)) - np.repeat(np.cumsum(count) - count, count)) / count[stretch]
    fine = line[stretch] + share[:, None] * (line[stretch + 1] - line[stretch])
    bad = np.zeros(len(count), bool)
    np.logical_or.at(bad, stretch, ~_held(scene, tool, fine))
    return np.vstack([fine[bad[stretch] | (share == 0.0)], line[-1:]])


def _held(scene: Scene, tool: Tool, line: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Points of a polyline at which the tip is high enough, the tool clear of the fixture, and shank and holder of the in-process stock."""
    free = (line[:, 2] > scene.lowest_z - PATH_TOL_MM) & clear_of_fixture(tool, line, scene.fixture)
    for height, radius in bodies_above(tool):
        top = scene.dilated_top(radius)
        j = np.clip(((line[:, 1] - top.y0) / top.cell + 0.5).astype(int), 0, top.values.shape[0] - 1)
        i = np.clip(((line[:, 0] - top.x0) / top.cell + 0.5).astype(int), 0, top.values.shape[1] - 1)
        free &= line[:, 2] + height > top.values[j, i] + CLEAR_MM
    return free
