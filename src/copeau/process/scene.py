"""What the planner works with: the bench it chooses from, one setup's geometry, and cutting conditions that hold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from copeau.features.reach import Surroundings
from copeau.features.shadow import Shadow
from copeau.model.errors import CopeauError, Refusal
from copeau.model.machine import Machine, Material
from copeau.model.part import Mesh, Part
from copeau.model.plan import Cutting
from copeau.model.tool import END_MILLS, Tool
from copeau.process.cutting import conditions, suggested_ap_ae
from copeau.process.holding import Stance
from copeau.process.holes import HoleJob
from copeau.process.ladder import FaceRoles, face_roles

WALL_ALLOWANCE_MM = 0.25  # left by roughing; the same for all tools, or a smaller one's neck rubs on what a larger one has left higher up
ALLOWANCE_SHARE = 0.15  # of the diameter: more is no finishing cut for the smallest cutters
FLOOR_ALLOWANCE_MM = 0.15
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
    rough: Shadow | None = None  # of a coarser mesh to rough by, where the design's own is too fine
    rough_off_mm: float = 0.0  # how far off the design that mesh may be


def setup_scene(
    part: Part, rough: Mesh, setup_id: str, stance: Stance, wanted: set[int], holes: Sequence[HoleJob], footprint: BaseGeometry
) -> SetupScene:  # fmt: skip
    """The setup's geometry: design and fixture shadows, holes that are drilled filled in. `rough`: the mesh to rough by."""
    vertices, design = _shadow(part.mesh, stance, holes)
    coarse, off_mm = (design, 0.0) if rough is part.mesh else (_shadow(rough, stance, holes)[1], rough.deflection_mm)
    drilled = {f for h in holes for f in h.faces}
    roles = face_roles(vertices, part.mesh.triangles, part.mesh.face, wanted - drilled)
    window = footprint.buffer(WINDOW_MM, join_style="mitre")
    around = Surroundings(design, window, stance.lowest_z, fixture_shadow(stance), None, stance.stock_top_z + 5.0)
    return SetupScene(setup_id, stance, vertices, part.mesh.triangles, part.mesh.face, design, around, roles, tuple(holes), footprint, coarse, off_mm)


def _shadow(mesh: Mesh, stance: Stance, holes: Sequence[HoleJob]) -> tuple[NDArray[np.float64], Shadow]:
    """Vertices in work coordinates, and their shadow with the holes that are drilled filled in."""
    vertices = mesh.vertices @ stance.part_to_wcs[:3, :3].T + stance.part_to_wcs[:3, 3]
    shadow = Shadow(vertices, mesh.triangles, mesh.face)
    for h in holes:
        shadow.fill(h.fill, h.fill_top_z)
    return vertices, shadow


def fixture_shadow(stance: Stance) -> Shadow | None:
    """Shadow of all fixture bodies."""
    bodies = stance.fixture.bodies
    if not bodies:
        return None
    count = np.cumsum([0] + [len(b.vertices) for b in bodies])
    triangles = np.vstack([b.triangles + n for b, n in zip(bodies, count)])
    return Shadow(np.vstack([b.vertices for b in bodies]), triangles, np.zeros(len(triangles), np.int64))


SHOULDER_KAPR = 89.0  # cutting edge angle from which on a face mill leaves an upright wall


def end_mills(tools: Sequence[Tool]) -> list[Tool]:
    """Square centre-cutting carbide end mills by falling diameter; of one diameter the shorter, stiffer one first."""
    square = [t for t in tools if t.type == "endmill" and t.centre_cutting and not t.RE > 0 and t.material.lower().startswith("carbide")]
    kept: dict[tuple[float, float], Tool] = {}
    for t in sorted(square, key=lambda t: (-t.NOF, t.id)):
        kept.setdefault((t.DC, t.LU), t)
    return sorted(kept.values(), key=lambda t: (-t.DC, t.LU))


def shoulder_mills(tools: Sequence[Tool]) -> list[Tool]:
    """Shell mills with inserts that cut a shoulder of 90 degrees, by falling diameter."""
    return sorted((t for t in tools if t.type == "face_mill" and t.KAPR > SHOULDER_KAPR), key=lambda t: (-t.DC, t.id))


def ball_mills(tools: Sequence[Tool]) -> list[Tool]:
    """Carbide ball end mills by falling diameter; of one diameter the shorter, stiffer one first."""
    balls = [t for t in tools if t.type == "ball_endmill" and t.material.lower().startswith("carbide")]
    return sorted(balls, key=lambda t: (-t.DC, t.LU))


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


def rough_cut(tool: Tool, bench: Bench) -> Cutting | None:
    """How the tool roughs at constant engagement; None where nothing is known of it in this material."""
    try:
        return cut_with(tool, bench, "roughing", *suggested_ap_ae(tool, bench.material, "roughing"))
    except (Refusal, CopeauError):
        return None


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


def wall_allowance(tool: Tool) -> float:
    """What roughing with `tool` leaves on walls, mm."""
    return min(WALL_ALLOWANCE_MM, ALLOWANCE_SHARE * tool.DC)
