"""Which holes are drilled in a setup, with which tools, how deep; what is not drilled is milled like any pocket."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from copeau.features.reach import FIXTURE_GAP_MM
from copeau.features.shadow import Shadow
from copeau.model.feature import Feature
from copeau.model.plan import Workingstep
from copeau.model.tool import Tool
from copeau.process.cutting import conditions, peck_mm

DRILL_OVER_MM = 0.005  # a drill cuts at its nominal size or over: no more than this over the design
DRILL_UNDER_MM = 0.08  # an untoleranced hole may be this much under on the diameter
BREAKTHROUGH_MM = 0.5  # full diameter beyond the exit
SPOT_SHARE = 0.9  # of the drill's diameter: the spot guides the drill and leaves no ring
DEEP_RATIO = 3.0  # deeper than this many diameters: pecking
ANGLE_TOL_DEG = 1.0
FILL_GROW_MM = 0.01  # the plug of a drilled hole overlaps its rim, so that no ring of milling remains


@dataclass(frozen=True)
class HoleJob:
    """One hole that is drilled in a setup, in work coordinates."""

    feature: str
    faces: tuple[int, ...]
    centre: NDArray[np.float64]  # (2,)
    entry_z: float
    bottom_z: float  # of the tip
    diameter_mm: float
    drill: Tool
    fill: BaseGeometry
    fill_top_z: float
    through: bool


def drillable(feature: Feature, part_to_wcs: NDArray[np.float64], lowest_tip_z: float, drills: Sequence[Tool], fixture: Shadow | None) -> HoleJob | None:
    """The hole's narrowest stage as a drilling job of this setup; None where no drill makes it from this side."""
    rotation = part_to_wcs[:3, :3]
    axis = rotation @ feature.axis
    if feature.type != "round_hole" or abs(abs(axis[2]) - 1) > 1e-6 or (axis[2] < 0 and not feature.through):
        return None
    straight = [s for s in feature.stages if abs(s.diameter_mm - s.end_diameter_mm) < 1e-6]
    if not straight:
        return None
    stage = min(straight, key=lambda s: s.diameter_mm)
    depth = np.concatenate([[0.0], np.cumsum([s.depth_mm for s in feature.stages])])
    k = feature.stages.index(stage)
    entry = feature.axis_point @ rotation.T + part_to_wcs[:3, 3]
    a, b = (float(entry[2] - math.copysign(depth[n], axis[2])) for n in (k, k + 1))
    top, bottom = max(a, b), min(a, b)
    below = feature.stages[k + 1 :] if axis[2] > 0 else feature.stages[:k]
    if any(s.diameter_mm < stage.diameter_mm - 1e-6 for s in below):
        return None
    cone = [s for s in below if s.end_diameter_mm < 1e-6 or s.diameter_mm < 1e-6]
    angle = 2 * math.degrees(math.atan2(stage.diameter_mm / 2, cone[0].depth_mm)) if cone else math.nan
    fits = matching_drills(stage.diameter_mm, drills)
    for drill in sorted(fits, key=lambda t: bool(cone) and abs(t.SIG - angle) > ANGLE_TOL_DEG):
        tip = drill.DC / 2 / math.tan(math.radians(drill.SIG) / 2)
        if feature.through:
            tip_z = max(bottom - tip - BREAKTHROUGH_MM, lowest_tip_z)
            if tip_z > bottom - tip + 1e-6:
                continue
        elif cone:
            # The full diameter ends where it is drawn, and the point goes no deeper than the drawn cone.
            tip_z = bottom - min(tip, cone[0].depth_mm)
        else:
            return None
        disc = shapely.Point(entry[0], entry[1]).buffer(stage.diameter_mm / 2 + FILL_GROW_MM, quad_segs=32)
        usable = drill.LU if drill.LU == drill.LU else drill.OAL
        if usable < top - tip_z:
            continue
        if fixture is not None and disc.buffer(FIXTURE_GAP_MM).intersects(fixture.above(tip_z - FIXTURE_GAP_MM)):
            continue
        same_point = bool(cone) and abs(drill.SIG - angle) <= ANGLE_TOL_DEG
        faces = tuple(stage.faces) + (tuple(f for s in cone for f in s.faces) if same_point else ())
        return HoleJob(feature.id, faces, entry[:2], top, tip_z, stage.diameter_mm, drill, disc, top, feature.through)
    return None


def matching_drills(diameter_mm: float, drills: Sequence[Tool]) -> list[Tool]:
    """Drills that make this diameter, nearest size first, then carbide, then the shorter."""
    fits = [t for t in drills if t.type == "drill" and -DRILL_UNDER_MM <= t.DC - diameter_mm <= DRILL_OVER_MM and t.SIG == t.SIG]
    return sorted(fits, key=lambda t: (round(abs(t.DC - diameter_mm), 3), t.LU, not t.material.lower().startswith("carbide"), t.id))


def hole_steps(setup_id: str, jobs: Sequence[HoleJob], bench) -> list[Workingstep]:
    """Spot all, then drill by falling diameter, one workingstep a drill."""
    if not jobs:
        return []
    out = spot_steps(jobs, bench)
    by_drill: dict[str, list[HoleJob]] = {}
    for j in jobs:
        by_drill.setdefault(j.drill.id, []).append(j)
    for key in sorted(by_drill, key=lambda k: (-by_drill[k][0].drill.DC, k)):
        group = by_drill[key]
        drill = group[0].drill
        deepest = max(j.entry_z - j.bottom_z for j in group)
        deep = deepest > DEEP_RATIO * drill.DC
        cutting = conditions(drill, bench.material, bench.machine, "drilling", math.nan, math.nan)
        par = _points(group) | ({"peck_mm": round(peck_mm(drill, deepest), 3)} if deep else {})
        why = f"{len(group)} holes D{group[0].diameter_mm:g}, deepest {deepest:.1f} mm" + (": over 3 D, chips are lifted by pecking" if deep else "")
        out.append(Workingstep("", "deep_drilling" if deep else "drilling", "drill", drill, cutting, tuple(j.feature for j in group),
                               tuple(f for j in group for f in j.faces), par, why))  # fmt: skip
    return out


def spot_steps(jobs: Sequence[HoleJob], bench) -> list[Workingstep]:
    """One spot drill for all, its cone opened to a share of each drill's diameter."""
    spots = [t for t in bench.tools if t.type == "spot_drill" and t.SIG == t.SIG]
    need = [j for j in jobs if not j.drill.material.lower().startswith("carbide")]
    if not spots or not need:
        return []
    largest = max(j.diameter_mm for j in need)
    tool = min(spots, key=lambda t: (t.DC < largest, abs(t.DC - largest), t.id))
    half = math.tan(math.radians(tool.SIG) / 2)
    par = _points(need)
    par["bottom_z"] = [round(j.entry_z - (min(SPOT_SHARE * j.diameter_mm, tool.DC) - tool.tip_diameter) / 2 / half, 4) for j in need]
    cutting = conditions(tool, bench.material, bench.machine, "spot_drilling", math.nan, math.nan)
    why = "twist drills start in a spot that keeps them from wandering"
    return [Workingstep("", "spot_drilling", "drill", tool, cutting, tuple(j.feature for j in need), (), par, why)]


def _points(jobs: Sequence[HoleJob]) -> dict:
    return {
        "points": [[round(float(v), 4) for v in j.centre] for j in jobs],
        "entry_z": [round(j.entry_z, 4) for j in jobs],
        "bottom_z": [round(j.bottom_z, 4) for j in jobs],
    }
