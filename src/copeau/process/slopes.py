"""Roughing and finishing of slopes: which cutters, chosen by how much of the faces each can touch with shank and holder clear."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copeau.features.contact import touchable
from copeau.features.feet import rises
from copeau.model.part import Mesh
from copeau.model.plan import Workingstep
from copeau.model.tool import Tool
from copeau.part.visibility import sample_faces, spacing_mm2
from copeau.process.cutting import suggested_ap_ae
from copeau.process.ladder import LEAST_GAIN_MM2, rungs
from copeau.process.scene import FLOOR_ALLOWANCE_MM, Bench, SetupScene, ball_mills, cut_with, end_mills, rough_cut, wall_allowance

SCALLOP_MM = 0.02  # finished slopes: half of it stays on average, well under the excess that is judged
SLOPE_ROUGH_MM = 1.0  # steps of roughing over slopes: how far they may stand off, square to the face
LARGEST_SLOPE_DC_MM = 12.0
SAMPLE_MM2, LEAST_SAMPLES, MOST_SAMPLES = 1.0, 200, 40_000  # of the places that are asked: area of each, at least of a face, at most of a setup
FLAT_COS = 1 - 1e-6  # normals nearer than this belong to one plane
LEADS = 0.8  # the largest cutter that touches this share of what any touches goes first
LAY_RAD = np.pi / 12  # slopes that fall the same way to within this share the direction of their passes
ALL_ROUND = 0.1  # of the spread of normals along the main direction: across it no less says that there is none
STEP_AE_SHARE = 0.4  # of the diameter: width of cut of steps, which are shallow
LEAST_RISE = 2.0**-6  # steeper faces are stepped like this one: no tool cuts deeper at once
WORTH_A_STEP = 1.5  # levels of roughing less than this much farther apart than steps over slopes need none between
WORTH_ROUGHING = 0.03  # of the slopes' area out of a roughing cutter's reach: a smaller one follows


@dataclass(frozen=True)
class Slope:
    """Faces finished together, with places on them that look up: points and normals (n, 3), `area` (n,) mm2 each stands for."""

    faces: tuple[int, ...]
    plane: bool
    points: NDArray[np.float64]
    normals: NDArray[np.float64]
    area: NDArray[np.float64]


@dataclass(frozen=True)
class SlopePlan:
    """A slope with its finishing tools in order, and the places (n,) that any of them touches."""

    slope: Slope
    tools: tuple[Tool, ...]
    touched: NDArray[np.bool_]


def plan_slopes(scene: SetupScene, bench: Bench) -> list[SlopePlan]:
    """Finishing tools of every slope of the setup; slopes that no tool touches are left out, curved ones that are finished alike joined."""
    out = [slope_plan(s, scene, bench) for s in slopes(scene)]
    return joined([p for p in out if p.tools])


def joined(plans: list[SlopePlan]) -> list[SlopePlan]:
    """The plans, those of curved faces with the same tools that look the same way as one: hundreds of fillets are no hundreds of workingsteps."""
    groups: dict[tuple, list[SlopePlan]] = {}
    for k, p in enumerate(plans):
        groups.setdefault(("plane", k) if p.slope.plane else (*(t.id for t in p.tools), lay(p.slope)), []).append(p)
    return [_as_one(own) for own in groups.values()]


def lay(slope: Slope) -> int | None:
    """Which way a slope falls, up and down being one, in steps of `LAY_RAD`; None where it falls all round."""
    level = slope.normals[:, :2]
    spread, axes = np.linalg.eigh((level * slope.area[:, None]).T @ level)
    if spread[0] > ALL_ROUND * spread[1]:
        return None
    return int(round(float(np.arctan2(axes[1, 1], axes[0, 1])) / LAY_RAD)) % round(np.pi / LAY_RAD)


def _as_one(plans: list[SlopePlan]) -> SlopePlan:
    parts = [p.slope for p in plans]
    points, normals, area = (np.concatenate([getattr(s, n) for s in parts]) for n in ("points", "normals", "area"))
    slope = Slope(tuple(sorted(f for s in parts for f in s.faces)), parts[0].plane, points, normals, area)
    return SlopePlan(slope, plans[0].tools, np.concatenate([p.touched for p in plans]))


def slopes(scene: SetupScene) -> list[Slope]:
    """Sloped faces by plane; each curved face by itself."""
    keep = np.isin(scene.face, list(scene.roles.slopes))
    if not keep.any():
        return []
    sloped = Mesh(scene.vertices, scene.triangles[keep], scene.face[keep], 0.0)
    samples = sample_faces(sloped, spacing_mm2(sloped, SAMPLE_MM2, MOST_SAMPLES), LEAST_SAMPLES)
    groups: dict[tuple, list[int]] = {}
    for f in sorted(scene.roles.slopes):
        n = samples.normals[samples.face == f]
        plane = bool((n @ n[0] > FLAT_COS).all())
        groups.setdefault(("plane", *np.round(n[0], 3)) if plane else ("curved", f), []).append(f)
    out = []
    for key, faces in groups.items():
        k = np.isin(samples.face, faces) & (samples.normals[:, 2] > 0.0)
        out.append(Slope(tuple(faces), key[0] == "plane", samples.points[k], samples.normals[k], samples.area[k]))
    return out


def slope_plan(slope: Slope, scene: SetupScene, bench: Bench) -> SlopePlan:
    """Flat (plane slopes) or ball end mills: the largest that touches nearly what any touches, then smaller ones where they touch more."""
    kind = end_mills(bench.tools) if slope.plane else ball_mills(bench.tools)
    kind = [t for t in kind if t.DC <= LARGEST_SLOPE_DC_MM]
    touched = {t.id: touchable(t, slope.points, slope.normals, scene.around, wall_allowance(t)) for t in kind}
    area = {k: float(slope.area[v].sum()) for k, v in touched.items()}
    most = max(area.values(), default=0.0)
    first = next((t for t in kind if area[t.id] >= LEADS * most and most > 0.0), None)
    if first is None:
        return SlopePlan(slope, (), np.zeros(len(slope.area), bool))
    done, chosen = np.zeros(len(slope.area), bool), []
    for t in rungs(kind, first, lambda t: area[t.id], LEAST_GAIN_MM2, float(slope.area.sum())):
        if float(slope.area[touched[t.id] & ~done].sum()) > LEAST_GAIN_MM2:
            chosen.append(t)
            done |= touched[t.id]
    return SlopePlan(slope, tuple(chosen), done)


def slope_rough_steps(scene: SetupScene, bench: Bench, first: Tool, top: float, plans: list[SlopePlan]) -> list[Workingstep]:
    """Steps over the slopes fine enough for finishing: with the roughing cutter, then with smaller ones where it does not get in."""
    if not plans:
        return []
    faces = tuple(sorted(f for p in plans for f in p.slope.faces))
    points, normals, area = (np.concatenate([getattr(p.slope, n) for p in plans]) for n in ("points", "normals", "area"))
    want = np.concatenate([p.touched for p in plans])
    out = _steps_down(scene, first, faces, bench)
    left = want & ~touchable(first, points, normals, scene.around)
    if area[left].sum() > WORTH_ROUGHING * area.sum():
        mills = [t for t in end_mills(bench.tools) if t.id != first.id]
        gain = {t.id: float(area[left & touchable(t, points, normals, scene.around)].sum()) for t in mills}
        able = [(t, cut) for t in mills if gain[t.id] >= LEADS * max(gain.values()) > 0.0 and (cut := rough_cut(t, bench)) is not None]
        if able:
            tool, cutting = max(able, key=lambda m: m[1].ap * m[1].ae * m[1].vf)
            par = _zone(scene, tool, faces) | {"top_z": round(top, 4), "rest_after": [first.id]}
            why = f"D{tool.DC:g} gets in over the slopes where D{first.DC:g} does not, soonest of {len(able)} mills"
            out.append(Workingstep("", "rest roughing", "adaptive", tool, cutting, faces=faces, parameters=par, why=why))
            out += _steps_down(scene, tool, faces, bench)
    return out


def _steps_down(scene: SetupScene, tool: Tool, faces: tuple[int, ...], bench: Bench) -> list[Workingstep]:
    """Levels over the faces where those of roughing are too far apart, the steeper faces first: there levels may be farther apart."""
    ap, ae = suggested_ap_ae(tool, bench.material, "roughing")
    groups: dict[float, list[int]] = {}
    for f in faces:
        groups.setdefault(level_step(scene.vertices[scene.triangles[scene.face == f]]), []).append(f)
    out = []
    for step, own in sorted(groups.items(), reverse=True):
        if ap >= WORTH_A_STEP * step:
            why = f"slopes are stepped every {step:g} mm, so that finishing meets no tall step"
            # No larger a cross-section than at the full depth, and hardly wider than a floor is finished.
            cutting = cut_with(tool, bench, "roughing", step, max(ae, min(ae * ap / step, STEP_AE_SHARE * tool.DC)))
            out.append(Workingstep("", "roughing", "adaptive", tool, cutting, faces=tuple(own), parameters=_zone(scene, tool, tuple(own)), why=why))
    return out


def level_step(corners: NDArray[np.float64]) -> float:
    """How far apart levels over a face (m, 3, 3) may be, mm: doubled as often as what stands between two of them stays as thin, measured square to the face."""
    rise, _ = rises(corners)
    return SLOPE_ROUGH_MM * 2.0 ** int(np.floor(-np.log2(np.clip(rise.max(), LEAST_RISE, 1.0))))


def _zone(scene: SetupScene, tool: Tool, faces: tuple[int, ...]) -> dict:
    """Parameters of an adaptive step over `faces` only, over their own heights."""
    z = scene.vertices[scene.triangles[np.isin(scene.face, faces)]][:, :, 2]
    return {
        "top_z": round(min(float(z.max()), scene.stance.top_z), 4), "bottom_z": round(max(float(z.min()), scene.stance.lowest_z), 4),
        "allowance_mm": wall_allowance(tool), "floor_allowance_mm": FLOOR_ALLOWANCE_MM, "zone_faces": list(faces),
    }  # fmt: skip


def slope_steps(plans: list[SlopePlan], bench: Bench) -> list[Workingstep]:
    """Finish slopes: plane ones with the end of a flat mill along the steepest line, curved ones with a ball."""
    out = []
    for p in plans:
        before: list[str] = []
        for tool in p.tools:
            cutting = cut_with(tool, bench, "surface_finishing", 0.05 * tool.DC, 0.05 * tool.DC)
            par: dict = {"scallop_mm": SCALLOP_MM} | ({"rest_after": list(before)} if before else {})
            why = "a plane slope is cut by the end of a flat mill that climbs along the steepest line" if p.slope.plane else "a curved face wants a ball"
            why = f"D{tool.DC:g} where the larger cutters do not fit" if before else why
            out.append(Workingstep("", "surface finishing", "parallel", tool, cutting, faces=p.slope.faces, parameters=par, why=why))
            before.append(tool.id)
    return out
