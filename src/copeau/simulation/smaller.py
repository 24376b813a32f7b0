"""Which smaller tool at hand would have reached further into a corner: the test behind "the smallest that reaches that depth".

A tool reaches a corner if, standing in it with its tip at the corner's foot, its shank and holder stay clear of the design with the
gaps that toolpaths keep (`features.reach`). Stock and fixture are left out: they never excuse a larger tool here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from copeau.model.tool import Tool
from copeau.part.bvh import Closest, closest
from copeau.part.heights import Heights
from copeau.simulation.closest import Design
from copeau.simulation.corners import LEVEL_COS, Claim, ConcaveEdges, nose_radius, segment_tree
from copeau.simulation.design_top import reaches, top_of
from copeau.simulation.deviation import EXCESS_MM
from copeau.simulation.visited import SetupMotion

UPRIGHT_COS = 0.02  # a face whose normal is this near to square to the axis is a wall
CLEARLY_SMALLER_MM = EXCESS_MM / (math.sqrt(2.0) - 1.0)
"""A cutter is smaller if it leaves `EXCESS_MM` less in the middle of a square corner, which is (sqrt 2 - 1) R away from its circle."""
PLACE_MM = 1.0  # one place of a corner is tried for each such square
LEAST_SUM = 0.2  # 1 + cosine between two walls of a corner: 37 degrees open, as sharp as corners are looked at


@dataclass(frozen=True)
class Places:
    """Where a tool of radius rho stands to cut a leftover sample in one setup: tip at foot + rho away, work coordinates.

    `square`: at the foot of a wall on a level floor.
    """

    foot: NDArray[np.float64]  # (n, 3)
    away: NDArray[np.float64]  # (n, 2)
    square: NDArray[np.bool_]


def belied(claim: Claim, at_hand: Sequence[Tool], design: Design, edges: ConcaveEdges, points, normals) -> NDArray[np.bool_]:
    """Which leftover samples, `points` and `normals` (n, 3), explained by a claim, a smaller tool at hand would have reached."""
    out = np.zeros(len(points), np.bool_)
    better = [t for t in at_hand if sharper(t, claim, True)]
    if not len(points) or not better:
        return out
    for setup, pieces in zip(claim.setups, claim.pieces):
        top = top_of(design, setup)
        near = nearby(design, edges, points, setup.axis, claim.radius_mm)
        lowest_tip = float(pieces[:, [2, 5]].min())
        for places in stances(setup, design, edges, near, points, normals, claim.radius_mm, lowest_tip):
            one, which = distinct(places)
            reached = np.zeros(len(one.foot), np.bool_)
            for tool in better:
                reached |= (one.square | sharper(tool, claim, False)) & stands(tool, one, top)
            out |= reached[which]
    return out


def distinct(places: Places) -> tuple[Places, NDArray[np.int64]]:
    """One of the places in each square of `PLACE_MM` that look the same way, and for each place which of them stands for it."""
    if not len(places.foot):
        return places, np.zeros(0, np.int64)
    looks = np.column_stack([np.floor(places.foot / PLACE_MM), np.round(2.0 * places.away), places.square]).astype(np.int64)
    looks -= looks.min(axis=0)
    _, first, which = np.unique(np.ravel_multi_index(looks.T, looks.max(axis=0) + 1), return_index=True, return_inverse=True)
    return Places(places.foot[first], places.away[first], places.square[first]), which


def sharper(tool: Tool, claim: Claim, square: bool) -> bool:
    """Whether a tool would leave clearly less than the claimed round; `square`: at a wall on a level floor, where flat ends serve."""
    if claim.flat:
        same_floor = tool.type in ("endmill", "bullnose_endmill") and nose_radius(tool) <= nose_radius(claim.tool)
        return same_floor and tool.DC / 2.0 < claim.radius_mm - CLEARLY_SMALLER_MM
    kinds = ("ball_endmill", "bullnose_endmill", "endmill") if square else ("ball_endmill", "bullnose_endmill")
    return tool.type in kinds and tool.DC <= claim.tool.DC and nose_radius(tool) < claim.radius_mm - CLEARLY_SMALLER_MM


@dataclass(frozen=True)
class Nearby:
    """What lies near leftover samples: the `face` (n,) of each; of the edges between walls, then of those at feet, their rows and the closest."""

    face: NDArray[np.int64]
    corners: tuple[tuple[NDArray[np.int64], Closest], ...]

    def of(self, k: NDArray[np.int64]) -> "Nearby":
        """For some of the samples only."""
        return Nearby(self.face[k], tuple((rows, Closest(*(getattr(c, f.name)[k] for f in fields(Closest)))) for rows, c in self.corners))


def nearby(design: Design, edges: ConcaveEdges, points: NDArray[np.float64], axis: NDArray[np.float64], within_mm: float) -> Nearby:
    """Faces of leftover samples (n, 3), and the corners near enough for a cutter of radius `within_mm` that comes along `axis`."""
    between_walls = (np.abs(edges.normal @ axis) < LEVEL_COS).all(1)
    groups = [rows for rows in (np.flatnonzero(between_walls), np.flatnonzero(~between_walls)) if len(rows)]
    corners = tuple((rows, closest(segment_tree(edges.ends[rows]), points, within_mm * edges.reach[rows].max())) for rows in groups)
    return Nearby(design.mesh.face[closest(design.tree, points).triangle], corners)


def stances(
    setup: SetupMotion, design: Design, edges: ConcaveEdges, near: Nearby, points, normals, within_mm: float, lowest_tip: float
) -> list[Places]:  # fmt: skip
    """Where a tool may stand for each leftover sample: against its own face, in the nearest corner between walls, at the nearest foot.

    Corners further than `within_mm` are left out; the tool's tip goes down to the lower end of the faces, no lower than `lowest_tip`.
    """
    turn = np.asarray(setup.part_to_wcs, float)[:3, :3]
    p, low = setup.to_wcs(points), lowest_of_faces(design, setup)
    foot = p.copy()
    foot[:, 2] = np.minimum(p[:, 2], np.maximum(low[near.face], lowest_tip))
    out = [Places(foot, _level_unit(normals @ turn.T), np.zeros(len(p), np.bool_))]
    for rows, corner in near.corners:
        k = np.flatnonzero((corner.triangle >= 0) & (corner.distance <= within_mm * edges.reach[rows].max()))
        at = _in_corners(edges, rows[corner.triangle[k]], turn, setup.to_wcs(corner.point[k]))
        at.foot[:, 2] = np.minimum(p[k, 2], np.maximum(low[edges.face[rows[corner.triangle[k]]]].max(1), lowest_tip))
        out.append(_replaced(out[0], k, at))
    return out


def _in_corners(edges: ConcaveEdges, e: NDArray[np.int64], turn: NDArray[np.float64], foot: NDArray[np.float64]) -> Places:
    """On the bisector of the two walls of each edge at the distance that touches both; beside the one wall where the other is a floor."""
    one, two = edges.normal[e, 0] @ turn.T, edges.normal[e, 1] @ turn.T
    m1, m2 = _level_unit(one), _level_unit(two)
    both = (m1 != 0.0).any(1) & (m2 != 0.0).any(1)
    away = (m1 + m2) / np.where(both, np.maximum(1.0 + (m1 * m2).sum(1), LEAST_SUM), 1.0)[:, None]
    steep, flat = np.minimum(np.abs(one[:, 2]), np.abs(two[:, 2])), np.maximum(np.abs(one[:, 2]), np.abs(two[:, 2]))
    return Places(foot, away, (steep < UPRIGHT_COS) & (flat > LEVEL_COS))


def _replaced(places: Places, k: NDArray[np.int64], by: Places) -> Places:
    foot, away, square = places.foot.copy(), places.away.copy(), places.square.copy()
    foot[k], away[k], square[k] = by.foot, by.away, by.square
    return Places(foot, away, square)


def _level_unit(n: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit vectors (n, 2) of the level parts; zero for normals along the tool axis."""
    level = n[:, :2]
    size = np.linalg.norm(level, axis=1, keepdims=True)
    return np.divide(level, size, out=np.zeros_like(level), where=np.abs(n[:, 2:]) < LEVEL_COS)


def lowest_of_faces(design: Design, setup: SetupMotion) -> NDArray[np.float64]:
    """Lowest place of each face by number, work coordinates."""
    z = setup.to_wcs(design.mesh.vertices)[:, 2][design.mesh.triangles].min(1)
    out = np.full(int(design.mesh.face.max()) + 1, np.inf)
    np.minimum.at(out, design.mesh.face, z)
    return out


def stands(tool: Tool, places: Places, top: Heights) -> NDArray[np.bool_]:
    """Whether a tool stands clear of the design at each of the places."""
    rho = tool.DC / 2.0
    tips = np.column_stack([places.foot[:, :2] + rho * places.away, places.foot[:, 2]])
    return reaches(tool, top, tips)
