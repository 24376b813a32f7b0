"""Which end mills a setup needs: how much of each wall and floor every tool reaches, judged at the bottom of each face.

A tool serves a wall only if it reaches down to the wall's own foot with its shank and holder clear; so the tool of a deep corner
is the smallest that reaches its depth, not the smallest in the cabinet.
"""

from dataclasses import dataclass, field
from functools import partial

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from copeau.features.feet import feet_of, rises, upright
from copeau.features.reach import Surroundings, centre_region, swept
from copeau.features.shadow import polygons
from copeau.model.tool import Tool

POINT_MM = 0.4  # spacing of contact points along the foot of a wall
OUTSIDE_MM = 0.003  # of the wall: contact points are asked in the open
TOUCH_MM = 0.012  # a contact point farther outside of what a tool covers is not touched: path gap, chords of mesh and offsets add up to 8 um
LEAST_GAIN_MM = 0.8  # a further tool must touch this much more wall
LEAST_GAIN_MM2 = 0.4  # or this much more floor
NEXT_SHARE = 0.67  # the next tool is at most this share of the one before: a tool change must pay
PLAN_QUADRANT = 24
LEVEL = 1 - 1e-6


@dataclass(frozen=True)
class FaceRoles:
    """Faces of the design as one setup sees them."""

    floors: frozenset[int]
    walls: frozenset[int]
    slopes: frozenset[int]


@dataclass
class ReachTable:
    """Centre regions and swept areas by tool and height, each computed once."""

    around: Surroundings
    _regions: dict[tuple[str, float], BaseGeometry] = field(default_factory=dict)
    _swept: dict[tuple[str, float], BaseGeometry] = field(default_factory=dict)

    def region(self, tool: Tool, z: float) -> BaseGeometry:
        """Where the tool's centre may be at `z`."""
        key = (tool.id, round(z, 3))
        if key not in self._regions:
            self._regions[key] = centre_region(tool, z, 0.0, self.around, quadrant=PLAN_QUADRANT)
        return self._regions[key]

    def swept(self, tool: Tool, z: float) -> BaseGeometry:
        """What the tool covers at `z`."""
        key = (tool.id, round(z, 3))
        if key not in self._swept:
            area = swept(self.region(tool, z), tool, quadrant=PLAN_QUADRANT)
            shapely.prepare(area)
            self._swept[key] = area
        return self._swept[key]


def face_roles(vertices: NDArray[np.float64], triangles: NDArray[np.int64], face: NDArray[np.int64], wanted: set[int]) -> FaceRoles:
    """Split the wanted faces into level, upright and sloped ones as seen along +Z."""
    corners = vertices[triangles]
    rise, cross = rises(corners)
    size = np.linalg.norm(cross, axis=1)
    floors, walls, slopes = set(), set(), set()
    for f in wanted:
        k = (face == f) & (size > 1e-9)
        if not k.any():
            continue
        if (rise[k] > LEVEL).all():
            floors.add(f)
        elif upright(corners[k]):
            walls.add(f)
        elif (rise[k] > 1e-3).any():
            slopes.add(f)
    return FaceRoles(frozenset(floors), frozenset(walls), frozenset(slopes))


@dataclass(frozen=True)
class WallFoot:
    """Contact points (n, 2) just outside a wall along its foot, and the height (n,) down to which a tool must come at each."""

    points: NDArray[np.float64]
    z: NDArray[np.float64]


def wall_feet(vertices, triangles, face, walls: frozenset[int], lowest_z: float) -> dict[int, WallFoot]:
    """The foot of each wall; heights of a rising foot are rounded up to a few levels."""
    out = {}
    for f in sorted(walls):
        feet = feet_of(vertices[triangles[face == f]], POINT_MM)
        if not len(feet.low):
            continue
        out[f] = WallFoot(feet.points + OUTSIDE_MM * feet.normals, np.maximum(feet.levels(), lowest_z))
    return out


def wall_gain(table: ReachTable, tool: Tool, foot: WallFoot, done: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Contact points that the tool touches and nobody before it."""
    new = np.zeros(len(done), bool)
    for z in np.unique(foot.z[~done]):
        area = table.swept(tool, float(z))
        left = np.flatnonzero(~done & (foot.z == z))
        if not area.is_empty:
            new[left] = shapely.dwithin(shapely.points(foot.points[left]), area, TOUCH_MM)
    return new


def touched_share(table: ReachTable, tools: list[Tool], foot: WallFoot) -> float:
    """Share of a foot that any of the tools touches."""
    done = np.zeros(len(foot.z), bool)
    for tool in tools:
        if done.all():
            break
        done |= wall_gain(table, tool, foot, done)
    return float(done.mean())


@dataclass
class Ladder:
    """Tools in order of use with the walls and floors that each newly reaches; shares of every face reached at all."""

    walls: dict[str, set[int]] = field(default_factory=dict)  # tool id -> faces
    floors: dict[str, set[int]] = field(default_factory=dict)
    reached: dict[int, float] = field(default_factory=dict)  # face -> share

    def drop(self, faces: set[int]) -> None:
        """Leave out faces that need nothing more; tools without a face go too."""
        for group in (self.walls, self.floors):
            for tool in list(group):
                group[tool] -= faces
                if not group[tool]:
                    del group[tool]


def climb(table: ReachTable, tools: list[Tool], first: Tool, feet, floors: dict[int, tuple[float, BaseGeometry]]) -> Ladder:
    """Choose the tools for each face: the first where it reaches, else the stiffest that does, then ever smaller ones where they touch more.

    `tools` sorted by falling DC, of one DC the shorter first; the smallest that still gains is always taken.
    """
    out = Ladder()
    for f, foot in feet.items():
        total = len(foot.z) * POINT_MM

        def touched(t: Tool, done, foot=foot) -> float:
            return float(wall_gain(table, t, foot, done).sum()) * POINT_MM

        done = np.zeros(len(foot.z), bool)
        for tool in rungs(tools, first, partial(touched, done=done.copy()), LEAST_GAIN_MM, total):
            new = wall_gain(table, tool, foot, done)
            if new.sum() * POINT_MM > LEAST_GAIN_MM or (tool is first and new.any()):
                done |= new
                out.walls.setdefault(tool.id, set()).add(f)
        out.reached[f] = float(done.mean())
    for f, (z, region) in floors.items():
        left = region
        for tool in rungs(tools, first, lambda t, z=z, region=region: region.intersection(table.swept(t, z)).area, LEAST_GAIN_MM2, region.area):
            rest = polygons(left.difference(table.swept(tool, z)))
            if left.area - rest.area > (LEAST_GAIN_MM2 if tool is not first else LEAST_GAIN_MM2 / 4):
                left = rest
                out.floors.setdefault(tool.id, set()).add(f)
        out.reached[f] = 1.0 - left.area / max(region.area, 1e-9)
    return out


MOSTLY = 0.5  # the first tool leads where it reaches this share of a face
NEARLY = 0.97  # tools that reach this share of what the best reaches are alike; the stiffest of them leads


def rungs(tools: list[Tool], first: Tool, reach, least: float, total: float) -> list[Tool]:
    """Tools worth trying on one face, in order; `reach(tool)` is what it reaches of the face's `total`."""
    own = reach(first)
    lead = [first] if own > 0 else []
    if own < MOSTLY * total:
        others = [(reach(t), t) for t in tools if t is not first]
        most = max((g for g, _ in others), default=0.0)
        alike = [t for g, t in others if g > least and g >= NEARLY * most]
        if alike and most > own + least:
            lead.append(min(alike, key=lambda t: (round(slenderness(t), 2), -t.DC)))
    if not lead:
        return []
    last = lead[-1]
    useful = [(reach(t), t) for t in tools if t.DC < last.DC]
    best = reach(last)
    out = list(lead)
    # Smaller tools matter as long as they reach more than every larger one.
    rising = []
    for g, t in useful:
        if g > best + least:
            rising.append(t)
            best = g
    for t in rising:
        if t.DC <= NEXT_SHARE * out[-1].DC or t is rising[-1]:
            out.append(t)
    return out


def slenderness(t: Tool) -> float:
    """Stick-out over diameter: what decides how a tool bends."""
    return (t.LPR if t.LPR == t.LPR else t.LU) / t.DC
