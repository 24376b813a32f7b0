"""The workingsteps of one setup: face, rough, finish floors and walls, small corners, holes, slopes; each with its reason."""

import math
from dataclasses import dataclass, replace

import numpy as np
from shapely.geometry.base import BaseGeometry

from copeau.features.reach import BODY_STEP_MM
from copeau.features.shadow import polygons
from copeau.model.plan import Workingstep
from copeau.model.tool import Tool
from copeau.process.cutting import suggested_ap_ae
from copeau.process.holes import hole_steps
from copeau.process.ladder import Ladder, ReachTable, WallFoot, climb, wall_feet
from copeau.process.opposites import WORTH_SHARE, half_foot, half_pays
from copeau.process.scene import FLOOR_ALLOWANCE_MM, Bench, SetupScene, cut_with, end_mills, rough_cut, shoulder_mills, wall_allowance
from copeau.process.slopes import plan_slopes, slope_rough_steps, slope_steps

LARGEST_FACE_MILL_MM = 80.0  # what a magazine takes beside neighbours where nobody said
COUNTED_LEVELS = 6
WORTH_A_SHOULDER_MILL_MIN = 5.0  # of machining saved: less is eaten up by a tool to be mounted, measured and changed
LEAST_ROUGHER_MM = 3.0  # smaller mills rough only where no other does
LEAST_VOLUME_MM3 = 1.0  # less is nothing to rough
WORTH_A_ROUGHER = 0.03  # of the volume: what a further tool must reach of it to clear it from the top, not only at its own walls
WORTH_ITS_RATE = 0.1  # of the first's removal rate: what is slower works only at the walls and floors that need it
BODY_STEPS = 150  # about so many heights in a setup at which shanks and holders are looked at to choose tools: a deep part has as many as it has slopes
REST_RATE_SHARE = 0.2  # the tools that follow remove about this share of what the roughing cutter does in the same time


@dataclass(frozen=True)
class PlannedSteps:
    """Workingsteps in order; by face the share that the end mills reach; walls of which only the upper half is meant."""

    steps: list[Workingstep]
    reached: dict[int, float]
    halved: frozenset[int] = frozenset()


def plan_steps(scene: SetupScene, bench: Bench, reached_before: dict[int, float], halfway: dict[int, bool]) -> PlannedSteps:
    """All workingsteps of a setup.

    `reached_before`: shares of walls that a setup along the same axis has machined; they are gone over only where that gains.
    `halfway`: walls that the opposite side sees too: True where it leaves this side the upper half, False where that is open.
    """
    table = ReachTable(replace(scene.around, body_step_mm=body_step(scene.stance.top_z - scene.stance.lowest_z), made={}))
    mills = end_mills(bench.tools)
    steps: list[Workingstep] = []
    facing = facing_step(scene, bench)
    steps += [facing] if facing else []
    top = scene.stance.top_z
    roughers = roughing_tools(scene, bench, table, mills)
    first = next((r.tool for r in roughers if r.tool in mills), None)
    if first is None:
        return PlannedSteps(steps + hole_steps(scene.id, scene.holes, bench), {})
    roughing = [r.tool.id for r in roughers]
    feet = wall_feet(scene.vertices, scene.triangles, scene.face, scene.roles.walls, scene.stance.lowest_z)
    feet, halved = halved_feet(scene, feet, table, mills, halfway)
    ladder = climb(table, mills, first, feet, visible_floors(scene))
    ladder.drop({f for f in feet if f in reached_before and ladder.reached[f] <= reached_before[f] + WORTH_SHARE})
    by_id = {t.id: t for t in mills}
    sloped = plan_slopes(scene, bench)
    order = [first.id] + sorted((set(ladder.walls) | set(ladder.floors)) - {first.id}, key=lambda k: (-by_id[k].DC, k))
    steps += [rough_step(scene, bench, r.tool, top, r.why) for r in roughers]
    rest = slope_rough_steps(scene, bench, first, top, sloped)
    for k in (k for k in order if k not in roughing):
        faces = ladder.walls.get(k, set()) | ladder.floors.get(k, set())
        for group, before in by_earlier(faces, order[: order.index(k)], ladder):
            rest.append(rest_step(scene, bench, by_id[k], top, group, before))
    steps += sorted(rest, key=lambda w: -w.tool.DC if w.tool.id != first.id else -np.inf)
    finishing = [w for k in order for w in finish_steps(scene, bench, by_id[k], ladder, order[: order.index(k)], feet, top)]
    # The neck of a floor's tool would touch what roughing left on the walls beside it: those are finished first.
    steps += sorted(finishing, key=lambda w: w.strategy == "floor" and w.tool.LU > w.tool.APMX)
    steps += hole_steps(scene.id, scene.holes, bench)
    steps += slope_steps(sloped, bench)
    return PlannedSteps(steps, ladder.reached, halved)


def body_step(deep_mm: float) -> float:
    """How much lower shanks and holders are taken in a setup so deep: doubled, so that a tool just long enough for a depth in round numbers stays so."""
    return BODY_STEP_MM * 2.0 ** max(0, math.floor(math.log2(deep_mm / BODY_STEPS / BODY_STEP_MM))) if deep_mm > 0.0 else BODY_STEP_MM


def visible_floors(scene: SetupScene) -> dict[int, tuple[float, BaseGeometry]]:
    """Height and what is seen from above of every wanted level face."""
    floors = {
        f: (level.z, polygons(level.region.difference(scene.design.above(level.z))))
        for level in scene.design.floors
        for f in level.faces
        if f in scene.roles.floors and level.z > scene.stance.lowest_z - 1e-3
    }
    return {f: v for f, v in floors.items() if not v[1].is_empty}


def halved_feet(scene: SetupScene, feet: dict[int, WallFoot], table: ReachTable, mills: list[Tool], halfway: dict[int, bool]):
    """Feet raised to half height where no tool reaches as much of the wall all the way down; which walls these are."""
    out, halved = dict(feet), set()
    for f, decided in halfway.items():
        if f not in feet:
            continue
        raised = half_foot(feet[f], scene.vertices[scene.triangles[scene.face == f]][:, :, 2])
        if decided or half_pays(table, mills, feet[f], raised):
            out[f] = raised
            halved.add(f)
    return out, frozenset(halved)


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


@dataclass(frozen=True)
class Rougher:
    """An end mill that clears a setup down to its floors, and why."""

    tool: Tool
    why: str


def roughing_tools(scene: SetupScene, bench: Bench, table: ReachTable, mills: list[Tool]) -> list[Rougher]:
    """The mill that clears the setup soonest, what it leaves counted at the rate of the tools that follow; then, as long as one reaches
    much that those before leave (deeper, mostly), the one that clears that soonest. A shoulder mill goes first where that saves much time."""
    shoulder = [t for t in shoulder_mills(bench.tools) if t.DC <= LARGEST_FACE_MILL_MM]
    cuts = {t.id: cut for t in (*mills, *shoulder) if (cut := rough_cut(t, bench)) is not None and cut.vf > 0}
    rates = {k: cut.ap * cut.ae * cut.vf / 1000.0 for k, cut in cuts.items()}
    slices = counted_slices(scene)
    left = [polygons(scene.footprint.difference(scene.design.above(z))) for z, _ in slices]
    whole = sum(area.area * height for area, (_, height) in zip(left, slices))
    if whole / 1000.0 < WORTH_A_SHOULDER_MILL_MIN * max((rates[t.id] for t in mills if t.id in cuts), default=0.0):
        shoulder = []  # no more to clear than a mill does in that time
    able, least_mm3 = [t for t in (*shoulder, *mills) if t.id in cuts], LEAST_VOLUME_MM3
    out: list[Rougher] = []
    while gains := [(t, volume) for t in able if (volume := cleared_volume(table, t, slices, left)) > least_mm3]:
        most = max(v for _, v in gains)

        def minutes(gain: tuple[Tool, float], most: float = most) -> float:
            return (gain[1] + (most - gain[1]) / REST_RATE_SHARE) / rates[gain[0].id] / 1000.0

        tool, volume = min((g for g in gains if g[0] in mills), key=lambda g: (minutes(g), -g[0].DC, g[0].id), default=gains[0])
        for gain in gains:
            if gain[0] in shoulder and minutes((tool, volume)) - minutes(gain) > WORTH_A_SHOULDER_MILL_MIN:
                tool, volume = gain
        of, share = ("the volume, out of reach of those before,", volume / whole) if out else ("the volume", volume / most)
        out.append(Rougher(tool, f"D{tool.DC:g} clears {100 * share:.0f} % of {of} at {rates[tool.id]:.1f} cm3/min, soonest of {len(gains)} mills"))
        left = [polygons(area.difference(table.swept(tool, z))) for area, (z, _) in zip(left, slices)]
        pace = next((rates[r.tool.id] for r in out if r.tool in mills), None)
        least_mm3 = WORTH_A_ROUGHER * whole if pace else LEAST_VOLUME_MM3
        able = [t for t in able if t in mills and (pace is None or (t.DC >= LEAST_ROUGHER_MM and rates[t.id] >= WORTH_ITS_RATE * pace))]
    return out


def counted_slices(scene: SetupScene) -> list[tuple[float, float]]:
    """(height, thickness over it) of the slices by which a setup's volume is counted, from the top: at floors, and between."""
    low, high = scene.stance.lowest_z, scene.stance.top_z
    between = np.linspace(low, high, COUNTED_LEVELS + 1)[:-1].tolist()  # a tool may be too short for the lowest floor, not for all above it
    stops = sorted({f.z for f in scene.design.floors if low <= f.z < high - 0.01} | set(between))
    if len(stops) > COUNTED_LEVELS:
        stops = [stops[int(i)] for i in np.linspace(0, len(stops) - 1, COUNTED_LEVELS)]
    stops = stops[::-1]
    return list(zip(stops, (np.array([high, *stops[:-1]]) - stops).tolist()))


def cleared_volume(table: ReachTable, tool: Tool, slices: list[tuple[float, float]], left: list[BaseGeometry]) -> float:
    """What of the slices' remaining areas the tool sweeps, mm3."""
    return sum(table.swept(tool, z).intersection(area).area * height for (z, height), area in zip(slices, left))


def rough_step(scene: SetupScene, bench: Bench, tool: Tool, top: float, why: str) -> Workingstep:
    """Clear everything down to the lowest level at constant engagement."""
    ap, ae = suggested_ap_ae(tool, bench.material, "roughing")
    cutting = cut_with(tool, bench, "roughing", ap, ae)
    par = {
        "top_z": round(top, 4), "bottom_z": round(scene.stance.lowest_z, 4),
        "allowance_mm": wall_allowance(tool), "floor_allowance_mm": FLOOR_ALLOWANCE_MM,
    }  # fmt: skip
    return Workingstep("", "roughing", "adaptive", tool, cutting, parameters=par, why=why)


def rest_step(scene: SetupScene, bench: Bench, tool: Tool, top: float, faces: list[int], larger: list[str]) -> Workingstep:
    """Clear the corners and narrow places that the larger tools left."""
    ap, ae = suggested_ap_ae(tool, bench.material, "roughing")
    cutting = cut_with(tool, bench, "roughing", ap, ae)
    par = {
        "top_z": round(top, 4), "bottom_z": round(scene.stance.lowest_z, 4), "allowance_mm": wall_allowance(tool),
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
    """Floors, then walls, that this tool finishes."""
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
        cutting = cut_with(tool, bench, "finishing", ap, wall_allowance(tool))
        par = {"top_z": round(top, 4), "bottom_z": round(min(float(feet[f].z.min()) for f in faces), 4)}
        if before:
            par["rest_after"] = before
        out.append(Workingstep("", "wall finishing", "wall", tool, cutting, faces=tuple(faces), parameters=par,
                               why=f"{len(faces)} upright faces in climb, {cutting.ap:g} mm deep a pass"))  # fmt: skip
    return out


def number_steps(setup_id: str, steps: list[Workingstep]) -> tuple[Workingstep, ...]:
    """Ids `setup.n` in order."""
    return tuple(replace(s, id=f"{setup_id}.{k}") for k, s in enumerate(steps, 1))
