"""The workingsteps of one setup: face, rough, finish floors and walls, small corners, holes, slopes; each with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from copeau.features.reach import Surroundings, centre_region
from copeau.features.shadow import Shadow, polygons
from copeau.model.errors import CopeauError, Refusal
from copeau.model.machine import Machine, Material
from copeau.model.part import Part
from copeau.model.plan import Cutting, Workingstep
from copeau.model.tool import END_MILLS, Tool
from copeau.process.cutting import conditions, suggested_ap_ae
from copeau.process.holding import Stance
from copeau.process.holes import HoleJob, hole_steps
from copeau.process.ladder import FaceRoles, Ladder, ReachTable, climb, face_roles, wall_feet

WALL_ALLOWANCE_MM, SMALL_WALL_ALLOWANCE_MM = 0.25, 0.1  # left by roughing; by cutters under D6
FLOOR_ALLOWANCE_MM = 0.15
SCALLOP_MM = 0.02  # finished slopes: half of it stays on average, well under the excess that is judged
SLOPE_ROUGH_MM = 1.0  # steps of roughing over slopes
ENOUGH_REACH = 0.97  # a roughing cutter should take this share of what the smallest takes
SMALL_DC_MM = 6.0
LARGEST_FACE_MILL_MM = 80.0  # what a magazine takes beside neighbours where nobody said
WORTH_SHARE = 0.02  # of a wall: less more than before is no reason to machine it from the other end too
COUNTED_LEVELS = 6
REST_RATE_SHARE = 0.2  # the tools that follow remove about this share of what the roughing cutter does in the same time
WINDOW_MM = 25.0  # tool centres may leave the stock by this much: the radius of the largest end mill


@dataclass(frozen=True)
class Bench:
    """What the planner chooses from."""

    tools: tuple[Tool, ...]
    machine: Machine
    material: Material


@dataclass(frozen=True)
class SetupScene:
    """One setup as the planner sees it, in work coordinates."""

    id: str
    stance: Stance
    vertices: NDArray[np.float64]
    triangles: NDArray[np.int64]
    face: NDArray[np.int64]
    design: Shadow
    around: Surroundings
    roles: FaceRoles
    holes: tuple[HoleJob, ...]
    footprint: BaseGeometry  # of the incoming stock


def setup_scene(part: Part, setup_id: str, stance: Stance, wanted: set[int], holes: Sequence[HoleJob], footprint: BaseGeometry) -> SetupScene:
    """The setup's geometry: design and fixture shadows, holes that are drilled filled in."""
    vertices = part.mesh.vertices @ stance.part_to_wcs[:3, :3].T + stance.part_to_wcs[:3, 3]
    design = Shadow(vertices, part.mesh.triangles, part.mesh.face)
    for h in holes:
        design.fill(h.fill, h.fill_top_z)
    drilled = {f for h in holes for f in h.faces}
    roles = face_roles(vertices, part.mesh.triangles, part.mesh.face, wanted - drilled)
    window = footprint.buffer(WINDOW_MM, join_style="mitre")
    around = Surroundings(design, window, stance.lowest_z, fixture_shadow(stance), None, stance.stock_top_z + 5.0)
    return SetupScene(setup_id, stance, vertices, part.mesh.triangles, part.mesh.face, design, around, roles, tuple(holes), footprint)


def fixture_shadow(stance: Stance) -> Shadow | None:
    """Shadow of all fixture bodies."""
    bodies = stance.fixture.bodies
    if not bodies:
        return None
    count = np.cumsum([0] + [len(b.vertices) for b in bodies])
    triangles = np.vstack([b.triangles + n for b, n in zip(bodies, count)])
    return Shadow(np.vstack([b.vertices for b in bodies]), triangles, np.zeros(len(triangles), np.int64))


def end_mills(tools: Sequence[Tool]) -> list[Tool]:
    """Square centre-cutting carbide end mills by falling diameter; of one diameter the shorter, stiffer one first."""
    square = [t for t in tools if t.type == "endmill" and t.centre_cutting and not t.RE > 0 and t.material.lower().startswith("carbide")]
    kept: dict[tuple[float, float], Tool] = {}
    for t in sorted(square, key=lambda t: (-t.NOF, t.id)):
        kept.setdefault((t.DC, t.LU), t)
    return sorted(kept.values(), key=lambda t: (-t.DC, t.LU))


LIGHTER = 0.6  # a depth of cut that bends the tool too much is tried again at this share of it
MOST_TRIES = 8


def cut_with(tool: Tool, bench: Bench, operation: str, ap: float, ae: float) -> Cutting:
    """Cutting conditions at `ap`, or at the next smaller depth that the tool, the machine and the material allow.

    Raises `Refusal` where no depth does.
    """
    for _ in range(MOST_TRIES - 1):
        try:
            return conditions(tool, bench.material, bench.machine, operation, ap, ae)
        except Refusal:
            ap *= LIGHTER
    return conditions(tool, bench.material, bench.machine, operation, ap, ae)


def usable_tools(bench: Bench) -> Bench:
    """The bench without milling tools that no cut in this material on this machine allows."""
    return replace(bench, tools=tuple(t for t in bench.tools if t.type not in END_MILLS or _can_cut(t, bench)))


def _can_cut(tool: Tool, bench: Bench) -> bool:
    try:
        cut_with(tool, bench, "roughing", *suggested_ap_ae(tool, bench.material, "roughing"))
        cut_with(tool, bench, "finishing", *suggested_ap_ae(tool, bench.material, "finishing"))
    except (Refusal, CopeauError):
        return False
    return True


def plan_steps(scene: SetupScene, bench: Bench, reached_before: dict[int, float]) -> tuple[list[Workingstep], dict[int, float]]:
    """Workingsteps in order and, by face, the share that the end mills reach.

    `reached_before`: the same for walls that a setup along the same axis has machined; they are gone over only where that gains.
    """
    table = ReachTable(scene.around)
    mills = end_mills(bench.tools)
    steps: list[Workingstep] = []
    facing = facing_step(scene, bench)
    steps += [facing] if facing else []
    top = scene.stance.top_z
    first, why = roughing_tool(scene, bench, table, mills)
    if first is None:
        return steps + hole_steps(scene.id, scene.holes, bench), {}
    feet = wall_feet(scene.vertices, scene.triangles, scene.face, scene.roles.walls, scene.stance.lowest_z)
    visible_floors = {
        f: (level.z, polygons(level.region.difference(scene.design.above(level.z))))
        for level in scene.design.floors
        for f in level.faces
        if f in scene.roles.floors and level.z > scene.stance.lowest_z - 1e-3
    }
    visible_floors = {f: v for f, v in visible_floors.items() if not v[1].is_empty}
    ladder = climb(table, mills, first, feet, visible_floors)
    ladder.drop({f for f in feet if f in reached_before and ladder.reached[f] <= reached_before[f] + WORTH_SHARE})
    by_id = {t.id: t for t in mills}
    order = [first.id] + sorted((set(ladder.walls) | set(ladder.floors)) - {first.id}, key=lambda k: (-by_id[k].DC, k))
    steps.append(rough_step(scene, bench, first, top, why))
    steps += slope_rough_steps(scene, bench, first, top)
    for k in order[1:]:
        faces = ladder.walls.get(k, set()) | ladder.floors.get(k, set())
        for group, before in by_earlier(faces, order[: order.index(k)], ladder):
            steps.append(rest_step(scene, bench, by_id[k], top, group, before))
    for k in order:
        steps += finish_steps(scene, bench, by_id[k], ladder, order[: order.index(k)], feet, top)
    steps += hole_steps(scene.id, scene.holes, bench)
    steps += slope_steps(scene, bench)
    return steps, ladder.reached


def facing_step(scene: SetupScene, bench: Bench) -> Workingstep | None:
    """Take the raw top off down to the design's highest level."""
    over = scene.stance.stock_top_z - scene.stance.top_z
    if over < 0.01:
        return None
    x0, y0, x1, y1 = scene.footprint.bounds
    width = min(x1 - x0, y1 - y0)
    cutters = [t for t in bench.tools if t.type == "face_mill" and (t.KAPR != t.KAPR or t.KAPR > 80) and t.DC <= LARGEST_FACE_MILL_MM]
    cutters = [t for t in cutters if t.DC <= max(1.6 * width, 40.0)] or end_mills(bench.tools)[:1]
    tool = min(cutters, key=lambda t: (abs(t.DC - min(1.3 * width, 63.0)), t.id))
    ap, ae = suggested_ap_ae(tool, bench.material, "facing")
    ap = min(ap, over)
    why = f"{over:.1f} mm of raw stock over the top; {tool.description or tool.type} D{tool.DC:g} covers the width in the fewest passes"
    cutting = cut_with(tool, bench, "facing", ap, ae)
    return Workingstep("", "facing", "facing", tool, cutting, parameters={"bottom_z": round(scene.stance.top_z, 4)}, why=why)


def roughing_tool(scene: SetupScene, bench: Bench, table: ReachTable, mills: list[Tool]) -> tuple[Tool | None, str]:
    """The end mill that clears the setup soonest, what it leaves counted at the rate of the tools that follow."""
    low, high = scene.stance.lowest_z, scene.stance.top_z
    stops = sorted({f.z for f in scene.design.floors if low <= f.z < high - 0.01} | {low})
    if len(stops) > COUNTED_LEVELS:
        stops = [stops[int(i)] for i in np.linspace(0, len(stops) - 1, COUNTED_LEVELS)]
    best = []
    for tool in mills:
        if tool.DC < 3.0 and best:
            continue
        ap, ae = suggested_ap_ae(tool, bench.material, "roughing")
        cut = cut_with(tool, bench, "roughing", ap, ae)
        rate = ap * ae * cut.vf
        volume, above = 0.0, high
        for z in reversed(stops):
            volume += polygons(table.swept(tool, z).intersection(scene.footprint).difference(scene.design.above(z))).area * (above - z)
            above = z
        if volume > 1.0 and rate > 0:
            best.append((tool, volume, rate))
    if not best:
        return None, ""
    most = max(v for _, v, _ in best)
    tool, volume, rate = min(best, key=lambda b: (b[1] / b[2] + (most - b[1]) / (REST_RATE_SHARE * b[2]), -b[0].DC, b[0].id))
    return tool, f"D{tool.DC:g} clears {100 * volume / most:.0f} % of the volume at {rate / 1000:.1f} cm3/min, soonest of {len(best)} end mills"


def _allowance(tool: Tool) -> float:
    return WALL_ALLOWANCE_MM if tool.DC >= SMALL_DC_MM else SMALL_WALL_ALLOWANCE_MM


def rough_step(scene: SetupScene, bench: Bench, tool: Tool, top: float, why: str) -> Workingstep:
    """Clear everything down to the lowest level at constant engagement."""
    ap, ae = suggested_ap_ae(tool, bench.material, "roughing")
    cutting = cut_with(tool, bench, "roughing", ap, ae)
    par = {
        "top_z": round(top, 4), "bottom_z": round(scene.stance.lowest_z, 4),
        "allowance_mm": _allowance(tool), "floor_allowance_mm": FLOOR_ALLOWANCE_MM,
    }  # fmt: skip
    return Workingstep("", "roughing", "adaptive", tool, cutting, parameters=par, why=why)


def slope_rough_steps(scene: SetupScene, bench: Bench, tool: Tool, top: float) -> list[Workingstep]:
    """Finer levels over slopes, so that their finishing meets small steps only."""
    if not scene.roles.slopes:
        return []
    _, ae = suggested_ap_ae(tool, bench.material, "roughing")
    cutting = cut_with(tool, bench, "roughing", SLOPE_ROUGH_MM, ae)
    par = {
        "top_z": round(top, 4), "bottom_z": round(scene.stance.lowest_z, 4), "allowance_mm": _allowance(tool),
        "floor_allowance_mm": FLOOR_ALLOWANCE_MM, "zone_faces": sorted(scene.roles.slopes),
    }  # fmt: skip
    why = f"slopes are stepped every {SLOPE_ROUGH_MM:g} mm, so that finishing meets no tall step"
    return [Workingstep("", "roughing", "adaptive", tool, cutting, faces=tuple(sorted(scene.roles.slopes)), parameters=par, why=why)]


def rest_step(scene: SetupScene, bench: Bench, tool: Tool, top: float, faces: list[int], larger: list[str]) -> Workingstep:
    """Clear the corners and narrow places that the larger tools left."""
    ap, ae = suggested_ap_ae(tool, bench.material, "roughing")
    cutting = cut_with(tool, bench, "roughing", ap, ae)
    par = {
        "top_z": round(top, 4), "bottom_z": round(scene.stance.lowest_z, 4), "allowance_mm": _allowance(tool),
        "floor_allowance_mm": FLOOR_ALLOWANCE_MM, "rest_after": larger,
    }  # fmt: skip
    why = f"D{tool.DC:g} gets into corners and passages of {len(faces)} faces that the larger tools do not touch"
    return Workingstep("", "rest roughing", "adaptive", tool, cutting, faces=tuple(faces), parameters=par, why=why)


def by_earlier(faces: set[int], earlier: list[str], ladder: Ladder) -> list[tuple[list[int], list[str]]]:
    """Faces grouped by the tools of `earlier` that have worked on them."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for f in sorted(faces):
        before = tuple(t for t in earlier if f in ladder.walls.get(t, ()) or f in ladder.floors.get(t, ()))
        groups.setdefault(before, []).append(f)
    return [(group, list(before)) for before, group in sorted(groups.items(), key=lambda g: g[1])]


def finish_steps(scene: SetupScene, bench: Bench, tool: Tool, ladder: Ladder, earlier: list[str], feet, top: float) -> list[Workingstep]:
    """Floors, then walls, that this tool finishes; walls first for a necked tool, whose neck would touch what roughing left on them."""
    out: list[Workingstep] = []
    for level in sorted(scene.design.floors, key=lambda f: -f.z):
        own = ladder.floors.get(tool.id, set()) & set(level.faces)
        for faces, before in by_earlier(own, earlier, ladder):
            cutting = cut_with(tool, bench, "floor_finishing", FLOOR_ALLOWANCE_MM, 0.45 * tool.DC)
            par = {"rest_after": before} if before else {}
            out.append(Workingstep("", "floor finishing", "floor", tool, cutting, faces=tuple(faces), parameters=par,
                                   why=f"level faces at z {level.z:.2f} to their height with the flat of the cutter"))  # fmt: skip
    for faces, before in by_earlier(ladder.walls.get(tool.id, set()), earlier, ladder):
        ap, _ = suggested_ap_ae(tool, bench.material, "finishing")
        cutting = cut_with(tool, bench, "finishing", ap, _allowance(tool))
        par = {"top_z": round(top, 4), "bottom_z": round(min(feet[f][0] for f in faces), 4)}
        if before:
            par["rest_after"] = before
        out.append(Workingstep("", "wall finishing", "wall", tool, cutting, faces=tuple(faces), parameters=par,
                               why=f"{len(faces)} upright faces in climb, {cutting.ap:g} mm deep a pass"))  # fmt: skip
    return sorted(out, key=lambda w: w.strategy != "wall") if tool.LU > tool.APMX else out


def slope_steps(scene: SetupScene, bench: Bench) -> list[Workingstep]:
    """Finish slopes: plane ones with the end of a flat mill along the steepest line, curved ones with a ball."""
    corners = scene.vertices[scene.triangles]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    unit = cross / np.maximum(np.linalg.norm(cross, axis=1), 1e-300)[:, None]
    groups: dict[tuple, list[int]] = {}
    for f in sorted(scene.roles.slopes):
        n = unit[scene.face == f]
        flat = (n @ n[0] > 1 - 1e-6).all()
        groups.setdefault(tuple(np.round(n[0], 3)) if flat else ("curved", f), []).append(f)
    out = []
    for key, faces in groups.items():
        plane = key[0] != "curved"
        before: list[str] = []
        for tool in slope_tools(scene, bench, faces, plane):
            cutting = cut_with(tool, bench, "surface_finishing", 0.05 * tool.DC, 0.05 * tool.DC)
            par: dict = {"scallop_mm": SCALLOP_MM} | ({"rest_after": list(before)} if before else {})
            why = "a plane slope is cut by the end of a flat mill that climbs along the steepest line" if plane else "a curved face wants a ball"
            why = f"D{tool.DC:g} where the larger cutters do not fit" if before else why
            out.append(Workingstep("", "surface finishing", "parallel", tool, cutting, faces=tuple(faces), parameters=par, why=why))
            before.append(tool.id)
    return out


LARGEST_SLOPE_DC_MM = 12.0


def slope_tools(scene: SetupScene, bench: Bench, faces: list[int], plane: bool) -> list[Tool]:
    """Flat (plane slopes) or ball end mills that reach the faces' foot: the largest that fits their width, half of it, the smallest."""
    high = max(float(scene.vertices[scene.triangles[scene.face == f]][:, :, 2].max()) for f in faces)
    region = scene.design.slope_region(set(faces))
    balls = [t for t in bench.tools if t.type == "ball_endmill" and t.material.lower().startswith("carbide")]
    kind = end_mills(bench.tools) if plane else sorted(balls, key=lambda t: (-t.DC, t.LU))
    # A tool that cannot stand over the faces at their upper rim does not get in between their neighbours.
    fits = [t for t in kind if t.DC <= LARGEST_SLOPE_DC_MM and centre_region(t, high, 0.0, scene.around, quadrant=8).intersects(region)]
    one_each = list({t.DC: t for t in reversed(fits)}.values())[::-1]
    wide = [t for t in one_each if region.buffer(-t.DC / 8).buffer(t.DC / 8).area > 0.8 * region.area] or one_each[-1:]
    out = wide[:1]
    for t in one_each if out else []:
        if t.DC <= out[-1].DC / 2 or (t is one_each[-1] and t.DC < out[-1].DC):
            out.append(t)
    return out


def number_steps(setup_id: str, steps: list[Workingstep]) -> tuple[Workingstep, ...]:
    """Ids `setup.n` in order."""
    return tuple(replace(s, id=f"{setup_id}.{k}") for k, s in enumerate(steps, 1))
