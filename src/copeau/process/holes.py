"""Which holes are drilled in a setup, with which tools, how deep; what is not drilled is milled like any pocket.

Each hole gets its cuts in order: spot, pilots, drill, bottom, countersink, reamer, tap. Cuts of one kind and tool are one workingstep.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from copeau.model.plan import Workingstep
from copeau.model.tool import Tool
from copeau.process.cutting import conditions, peck_mm
from copeau.process.hole_asks import HoleAsk
from copeau.process.hole_finishing import Finish, finish
from copeau.process.hole_points import POINT_LEFT_MM, Point, PointPlan, half_angle, plan_point
from copeau.process.hole_room import Room
from copeau.process.hole_shape import HoleShape, Level
from copeau.process.hole_tools import ANGLE_TOL_DEG, DRILL_OVER_MM, DRILL_UNDER_MM, countersinks, drills, matching_drills

BREAKTHROUGH_MM = 0.5  # full diameter beyond the exit
SPOT_SHARE = 0.9  # of the drill's diameter: the spot guides the drill and leaves no ring
COMMON_SPOT_MM = 10.0  # one spot drill serves all smaller holes
DEEP_RATIO = 3.0  # deeper than this many diameters: chips are broken or lifted
CHIP_BREAK_RATIO = 5.0  # solid carbide up to here breaks its chips without leaving the hole: its edges chip when it comes back
FILL_GROW_MM = 0.01  # the plug of a drilled hole overlaps its rim, so that no ring of milling remains
BOTTOM_LEFT_MM = 0.3  # left under the drill's tip for the mill that makes a flat bottom

SPOT, PILOT, DRILL, BOTTOM, COUNTERSINK, REAM, TAP = range(7)
OPERATIONS = ("spot_drilling", "drilling", "drilling", "counterboring", "countersinking", "reaming", "tapping")


@dataclass(frozen=True)
class HoleCut:
    """One tool going down once. `kind` is its place in the order of a hole's cuts; heights in work coordinates, mm."""

    kind: int
    tool: Tool
    entry_z: float
    bottom_z: float  # of the tip
    faces: tuple[int, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class HoleJob:
    """One hole that is made in a setup, in work coordinates. `unmet`: what was asked of it and is not carried out, in words."""

    feature: str
    faces: tuple[int, ...]
    centre: NDArray[np.float64]  # (2,)
    diameter_mm: float
    cuts: tuple[HoleCut, ...]
    fill: BaseGeometry
    fill_top_z: float
    unmet: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    is_whole: bool = True  # False: what lies beyond a gap waits for the setup on its side


def from_each_side(shape: HoleShape, room: Room, tools: Sequence[Tool], ask: HoleAsk) -> HoleJob | None:
    """This side's part of a bore across a gap that no drill at hand is long enough for; None for any other hole."""
    core, part = shape.core(), shape.above_gap()
    if core is None or part is None:
        return None
    depth = shape.levels[core[0]].top_z - shape.levels[core[1]].bottom_z
    if any((t.LU if t.LU == t.LU else t.OAL) >= depth for t in matching_drills(shape.levels[core[0]].top_mm, tools)):
        return None
    job = drillable(part, room, tools, ask)
    return replace(job, is_whole=False) if job else None


def drillable(shape: HoleShape, room: Room, tools: Sequence[Tool], ask: HoleAsk) -> HoleJob | None:
    """The hole's narrowest bore, its point and its countersink as cuts of this setup; None where no drill makes it from this side."""
    core = shape.core()
    if core is None:
        return None
    first, last = core
    top, bottom = shape.levels[first], shape.levels[last]
    options = [made for end in finish(top.top_mm, top.top_z - bottom.bottom_z, shape.through, ask, tools) if (made := _bore(shape, core, room, tools, end))]
    if not options:
        return None
    # What is asked counts first; then a bottom without left over, then fewer tools.
    job = min(options, key=lambda o: (len(o.unmet), o.left_mm > 0.0, len(o.cuts)))
    cuts, faces, fill_mm, fill_z = list(job.cuts), list(job.faces), top.top_mm, top.top_z
    cone = shape.levels[first - 1] if first else None
    sunk = countersink_cut(cone, shape, room, tools) if cone else None
    if sunk and cone:
        cuts.append(sunk)
        faces += cone.faces
        fill_mm, fill_z = cone.top_mm, cone.top_z
    spot = _spot(shape, job.cuts, cone.top_z if sunk and cone else top.top_z, bottom, room, tools)
    fill = shapely.Point(*shape.centre).buffer(fill_mm / 2.0 + FILL_GROW_MM, quad_segs=32)
    cuts = [*spot, *cuts]
    return HoleJob(shape.feature.id, tuple(faces), shape.centre, top.top_mm, tuple(cuts), fill, fill_z, job.unmet, tuple(f"{shape.feature.id}: {r}" for r in job.remarks))


def sunk_later(shape: HoleShape, room: Room, tools: Sequence[Tool]) -> HoleJob | None:
    """The countersink of a hole that another setup has drilled; None where it has none on this side, or no tool makes it."""
    cone = shape.levels[0]
    cut = countersink_cut(cone, shape, room, tools)
    if cut is None:
        return None
    fill = shapely.Point(*shape.centre).buffer(cone.top_mm / 2.0 + FILL_GROW_MM, quad_segs=32)
    return HoleJob(shape.feature.id, tuple(cone.faces), shape.centre, cone.bottom_mm, (cut,), fill, cone.top_z)


def countersink_cut(cone: Level, shape: HoleShape, room: Room, tools: Sequence[Tool]) -> HoleCut | None:
    """A cone that opens upwards, by a tool of its angle."""
    if cone.is_straight or cone.top_mm < cone.bottom_mm or cone.bottom_mm < FILL_GROW_MM:
        return None
    for tool in countersinks(cone.angle_deg, cone.top_mm, cone.bottom_mm, tools):
        tip = cone.top_z - (cone.top_mm - tool.tip_diameter) / 2.0 / math.tan(half_angle(tool))
        if room.is_free(tool, shape.centre, tip, cone.top_z, cone.top_mm):
            why = f"countersink D{cone.top_mm:g}, {cone.angle_deg:.0f} deg"
            return HoleCut(COUNTERSINK, tool, cone.top_z, tip, cone.faces, why)
    return None


@dataclass(frozen=True)
class _Bore:
    """One way to make the core of a hole."""

    cuts: tuple[HoleCut, ...]
    faces: tuple[int, ...]
    left_mm: float  # on the drawn point, 0 where it is good enough
    unmet: tuple[str, ...]
    remarks: tuple[str, ...]


def _bore(shape: HoleShape, core: tuple[int, int], room: Room, tools: Sequence[Tool], end: Finish) -> _Bore | None:
    """Pilots, drill, bottom, reamer and tap of one way to finish the core; None where a tool does not fit."""
    top, bottom = shape.levels[core[0]], shape.levels[core[1]]
    entry, centre, size = top.top_z, shape.centre, top.top_mm
    best: _Bore | None = None
    cone = shape.point(core[1])
    # The drill with the drawn point first: with it no other has to be looked at.
    for drill in sorted(end.drills, key=lambda t: cone is not None and abs(t.SIG - cone.angle_deg) > ANGLE_TOL_DEG):
        made = _drilled(shape, core, room, tools, end, drill)
        if made is None:
            continue
        if best is None or (made.left_mm > 0.0, len(made.cuts)) < (best.left_mm > 0.0, len(best.cuts)):
            best = made
        if best.left_mm == 0.0 and len(best.cuts) == 1:
            break
    if best is None or end.tool is None:
        return best
    tip = bottom.bottom_z - end.below_mm
    if not room.is_free(end.tool, centre, tip, entry, size):
        return None
    kind = TAP if end.tool.type == "tap" else REAM
    cut = HoleCut(kind, end.tool, entry, tip, shape.walls(core), end.why)
    return replace(best, cuts=(*best.cuts, cut))


def _drilled(shape: HoleShape, core: tuple[int, int], room: Room, tools: Sequence[Tool], end: Finish, drill: Tool) -> _Bore | None:
    """The core with one drill."""
    top, bottom = shape.levels[core[0]], shape.levels[core[1]]
    entry, centre, size = top.top_z, shape.centre, top.top_mm
    walls = shape.walls(core)
    cone = shape.point(core[1])
    height = drill.DC / 2.0 / math.tan(half_angle(drill))

    def fits(tool: Tool, tip_z: float) -> bool:
        usable = tool.LU if tool.LU == tool.LU else tool.OAL
        return usable >= entry - tip_z and room.is_free(tool, centre, tip_z, entry, size)

    if shape.through:
        full = max(0.0, end.below_mm)
        tip = max(bottom.bottom_z - full - height - BREAKTHROUGH_MM, room.lowest_z)
        if tip > bottom.bottom_z - full - height + 1e-6 or not fits(drill, tip):
            return None
        return _Bore((HoleCut(DRILL, drill, entry, tip, walls),), walls, 0.0, end.unmet, end.remarks)
    if cone is not None:
        point = Point(cone.bottom_z, math.radians(cone.angle_deg) / 2.0, cone.top_mm / 2.0)
        plan = plan_point(drill, point, drills(tools), fits)
        if not fits(drill, plan.tip_z):
            return None
        return _pointed(shape, core, drill, plan, cone, end)
    return _flat(shape, core, tools, end, drill, fits)


def _pointed(shape: HoleShape, core: tuple[int, int], drill: Tool, plan: PointPlan, cone: Level, end: Finish) -> _Bore:
    """A bore that ends in a drawn point."""
    entry = shape.levels[core[0]].top_z
    walls = shape.walls(core)
    whole = not plan.pilots and plan.left_mm <= POINT_LEFT_MM
    why = f"the drawn point of {cone.angle_deg:.0f} deg is cut step by step, the drill at hand has {drill.SIG:g} deg"
    cuts = [HoleCut(PILOT, t, entry, z, cone.faces, why) for t, z in plan.pilots]
    cuts.append(HoleCut(DRILL, drill, entry, plan.tip_z, walls + (cone.faces if whole else ())))
    good = plan.left_mm <= POINT_LEFT_MM
    told = () if good else (f"the drawn point of {cone.angle_deg:.0f} deg keeps up to {plan.left_mm:.2f} mm: no drill at hand has that point",)
    return _Bore(tuple(cuts), walls + tuple(cone.faces), 0.0 if good else plan.left_mm, end.unmet, end.remarks + told)


def _flat(shape: HoleShape, core: tuple[int, int], tools: Sequence[Tool], end: Finish, drill: Tool, fits) -> _Bore | None:
    """A flat bottom: drilled short, then an end mill of the bore's own diameter goes down; None leaves the hole to milling."""
    top, bottom = shape.levels[core[0]], shape.levels[core[1]]
    if core[1] != len(shape.levels) - 1:
        return None
    tip = bottom.bottom_z + BOTTOM_LEFT_MM
    if tip >= top.top_z or not fits(drill, tip):
        return None
    mills = [t for t in tools if t.type == "endmill" and t.centre_cutting and not t.RE > 0 and -DRILL_UNDER_MM <= t.DC - top.top_mm <= DRILL_OVER_MM]
    for mill in sorted(mills, key=lambda t: (abs(t.DC - top.top_mm), t.LU, t.id)):
        if fits(mill, bottom.bottom_z):
            faces = tuple(f for s in shape.levels[core[0] :] for f in s.faces)
            cuts = (HoleCut(DRILL, drill, top.top_z, tip), HoleCut(BOTTOM, mill, top.top_z, bottom.bottom_z, faces, "flat bottom to depth"))
            return _Bore(cuts, faces, 0.0, end.unmet, end.remarks)
    return None


def _spot(shape: HoleShape, cuts: Sequence[HoleCut], entry: float, bottom: Level, room: Room, tools: Sequence[Tool]) -> list[HoleCut]:
    """A spot for the first drill of a hole, unless it is of carbide: those start by themselves."""
    first = cuts[0]
    if first.tool.material.lower().startswith("carbide"):
        return []
    size = bottom.top_mm
    spots = [t for t in tools if t.type == "spot_drill" and t.SIG == t.SIG]
    for tool in sorted(spots, key=lambda t: (t.DC < size, abs(t.DC - max(size, COMMON_SPOT_MM)), t.id)):
        opened = min(SPOT_SHARE * size, tool.DC)
        tip = entry - (opened - tool.tip_diameter) / 2.0 / math.tan(half_angle(tool))
        tip = max(tip, room.lowest_z) if shape.through else max(tip, bottom.bottom_z)
        if tip < entry and room.is_free(tool, shape.centre, tip, entry, size):
            return [HoleCut(SPOT, tool, entry, tip, (), "twist drills start in a spot that keeps them from wandering")]
    return []


def hole_steps(setup_id: str, jobs: Sequence[HoleJob], bench) -> list[Workingstep]:
    """Workingsteps in the order of the cuts; within one kind by falling diameter, pilots by rising."""
    groups: dict[tuple, list[tuple[HoleJob, HoleCut]]] = {}
    for job in jobs:
        for cut in job.cuts:
            rising = cut.tool.DC if cut.kind == PILOT else -cut.tool.DC
            groups.setdefault((cut.kind, rising, cut.tool.id), []).append((job, cut))
    return [_step(key[0], groups[key], bench) for key in sorted(groups)]


def _step(kind: int, group: list[tuple[HoleJob, HoleCut]], bench) -> Workingstep:
    tool = group[0][1].tool
    deepest = max(c.entry_z - c.bottom_z for _, c in group)
    operation, par = OPERATIONS[kind], _points(group)
    count = f"{len(group)} hole{'s' if len(group) > 1 else ''} D{group[0][0].diameter_mm:g}"
    why = f"{count}, deepest {deepest:.1f} mm" + "".join(f": {w}" for w in dict.fromkeys(c.why for _, c in group if c.why))
    depth = math.nan
    if kind in (PILOT, DRILL):
        depth = deepest
        if deepest > DEEP_RATIO * tool.DC:
            operation, said = _deep(tool, deepest)
            par["peck_mm"] = round(_peck(tool, deepest), 3)
            why += said
    cutting = _conditions(tool, bench, operation, depth)
    features = tuple(dict.fromkeys(j.feature for j, _ in group))
    strategy = "counterbore" if kind == BOTTOM else "drill"
    return Workingstep("", operation, strategy, tool, cutting, features, tuple(f for _, c in group for f in c.faces), par, why)


def _deep(tool: Tool, depth_mm: float) -> tuple[str, str]:
    if tool.material.lower().startswith("carbide") and depth_mm <= CHIP_BREAK_RATIO * tool.DC:
        return "chip_breaking", f": over {DEEP_RATIO:g} D, solid carbide breaks its chips and stays in the hole"
    return "deep_drilling", f": over {DEEP_RATIO:g} D, chips are lifted by pecking"


def _peck(tool: Tool, depth_mm: float) -> float:
    peck = peck_mm(tool, depth_mm)
    return peck if peck == peck else tool.DC


def _conditions(tool: Tool, bench, operation: str, depth_mm: float):
    if tool.type == "endmill":
        # Straight down in its own bore: the feed is the plunging feed of a full slot as deep as what the drill has left.
        milled = conditions(tool, bench.material, bench.machine, operation, BOTTOM_LEFT_MM, tool.DC)
        return replace(milled, vf=milled.vf_plunge, fz=milled.vf_plunge / milled.n / max(tool.NOF, 1))
    return conditions(tool, bench.material, bench.machine, operation, math.nan, math.nan, depth_mm=depth_mm)


def _points(group: list[tuple[HoleJob, HoleCut]]) -> dict:
    return {
        "points": [[round(float(v), 4) for v in j.centre] for j, _ in group],
        "entry_z": [round(c.entry_z, 4) for _, c in group],
        "bottom_z": [round(c.bottom_z, 4) for _, c in group],
    }
