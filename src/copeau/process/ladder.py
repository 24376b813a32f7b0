"""Which end mills a setup needs: how much of each wall and floor every tool reaches, judged at the bottom of each face.

A tool serves a wall only if it reaches down to the wall's own foot with its shank and holder clear; so the tool of a deep corner
is the smallest that reaches its depth, not the smallest in the cabinet.
"""

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from copeau.features.reach import Surroundings, centre_region, swept
from copeau.features.shadow import polygons
from copeau.model.tool import Tool

POINT_MM = 0.4  # spacing of contact points along the foot of a wall
TOUCH_MM = 0.004  # a contact point this far outside of what a tool covers is not touched by it
LEAST_GAIN_MM = 0.8  # a further tool must touch this much more wall
LEAST_GAIN_MM2 = 0.4  # or this much more floor
NEXT_SHARE = 0.67  # the next tool is at most this share of the one before: a tool change must pay
PLAN_QUADRANT = 24
UPRIGHT = 1e-4
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
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(cross, axis=1)
    rise = cross[:, 2] / np.maximum(size, 1e-300)
    floors, walls, slopes = set(), set(), set()
    for f in wanted:
        k = (face == f) & (size > 1e-9)
        if not k.any():
            continue
        if (rise[k] > LEVEL).all():
            floors.add(f)
        elif (np.abs(rise[k]) <= UPRIGHT).all():
            walls.add(f)
        elif (rise[k] > 1e-3).any():
            slopes.add(f)
    return FaceRoles(frozenset(floors), frozenset(walls), frozenset(slopes))


def wall_feet(vertices, triangles, face, walls: frozenset[int], lowest_z: float) -> dict[int, tuple[float, NDArray[np.float64]]]:
    """For each wall its foot height and contact points (n, 2) just outside the wall, along its footprint."""
    out = {}
    for f in sorted(walls):
        corners = vertices[triangles[face == f]]
        cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normal = cross[:, :2] / np.maximum(np.linalg.norm(cross[:, :2], axis=1), 1e-300)[:, None]
        points = []
        for tri, n in zip(corners[:, :, :2], normal):
            d = np.linalg.norm(tri - np.roll(tri, -1, axis=0), axis=1)
            k = int(np.argmax(d))
            a, b = tri[k], tri[(k + 1) % 3]
            m = max(1, int(np.ceil(d[k] / POINT_MM)))
            t = (np.arange(m) + 0.5)[:, None] / m
            points.append(a + t * (b - a) + 0.003 * n)
        out[f] = (max(float(corners[:, :, 2].min()), lowest_z), np.unique(np.round(np.vstack(points), 4), axis=0))
    return out


def wall_gain(table: ReachTable, tool: Tool, z: float, points: NDArray[np.float64], done: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Contact points that the tool touches and nobody before it."""
    area = table.swept(tool, z)
    if area.is_empty:
        return np.zeros(len(points), bool)
    new = np.zeros(len(points), bool)
    left = np.flatnonzero(~done)
    new[left] = shapely.dwithin(shapely.points(points[left]), area, TOUCH_MM)
    return new


@dataclass
class Ladder:
    """Tools in order of use with the walls and floors that each newly reaches; shares of every face reached at all."""

    walls: dict[str, set[int]] = field(default_factory=dict)  # tool id -> faces
    floors: dict[str, set[int]] = field(default_factory=dict)
    reached: dict[int, float] = field(default_factory=dict)  # face -> share


def climb(table: ReachTable, tools: list[Tool], first: Tool, feet, floors: dict[int, tuple[float, BaseGeometry]]) -> Ladder:
    """Choose the tools for each face: the first where it reaches, then ever smaller ones where they touch more.

    `tools` sorted by falling DC, of one DC the shorter first; the smallest that still gains is always taken.
    """
    out = Ladder()
    for f, (z, points) in feet.items():
        done = wall_gain(table, first, z, points, np.zeros(len(points), bool))
        if done.any():
            out.walls.setdefault(first.id, set()).add(f)
        for tool in _smaller(tools, first, lambda t, z=z, points=points, done=done: wall_gain(table, t, z, points, done).sum() * POINT_MM > LEAST_GAIN_MM):
            new = wall_gain(table, tool, z, points, done)
            if new.sum() * POINT_MM > LEAST_GAIN_MM:
                done |= new
                out.walls.setdefault(tool.id, set()).add(f)
        out.reached[f] = float(done.mean()) if len(done) else 1.0
    for f, (z, region) in floors.items():
        left = polygons(region.difference(table.swept(first, z)))
        if region.area - left.area > LEAST_GAIN_MM2 / 4:
            out.floors.setdefault(first.id, set()).add(f)
        for tool in _smaller(tools, first, lambda t, z=z, left=left: left.intersection(table.swept(t, z)).area > LEAST_GAIN_MM2):
            rest = polygons(left.difference(table.swept(tool, z)))
            if left.area - rest.area > LEAST_GAIN_MM2:
                left = rest
                out.floors.setdefault(tool.id, set()).add(f)
        out.reached[f] = 1.0 - left.area / max(region.area, 1e-9)
    return out


def _smaller(tools: list[Tool], first: Tool, gains) -> list[Tool]:
    """Tools after `first` worth trying: falling in steps of `NEXT_SHARE`, and the smallest that gains at all."""
    rest = [t for t in tools if t.DC < first.DC]
    useful = [t for t in rest if gains(t)]
    if not useful:
        return []
    out, last = [], first.DC
    for t in useful:
        if t.DC <= NEXT_SHARE * last or t.DC == useful[-1].DC:
            if not out or out[-1].DC != t.DC:
                out.append(t)
                last = t.DC
    return out
