"""Concave corners of the design, and which leftover a round cutter must leave in them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from copeau.model.tool import END_MILLS, Tool
from copeau.part.bvh import Tree, build_tree, closest
from copeau.simulation.closest import Design
from copeau.simulation.deviation import EXCESS_MM
from copeau.simulation.visited import SetupMotion, passed_over

SHARP_RAD = 0.3  # faces that turn less than this against each other are one surface with a chord between
MOST_REACH = 3.0  # a corner sharper than 37 degrees is no work for a round cutter: what it leaves beyond three radii is a matter of its own
LEVEL_COS = 0.98  # a face whose normal is not this near to a flat cutter's axis is never cut clean up to its walls
TIGHTER_MM = 1e-3  # a face is more tightly curved than a cutter when its radius is smaller by this
CAME_NEAR_MM = EXCESS_MM  # a cutter has been in the corner if a cutter that stopped this much nearer would have touched its place
FLOOR_LIFT_MM = 0.01  # a floor's own height: a cutter that went down to it has been at its walls' feet


@dataclass(frozen=True)
class ConcaveEdges:
    """Mesh edges between two faces that meet concavely: ends (n, 2, 3), both normals, faces (n, 2), for radius 1 the reach (n,) from the edge
    to where a cutter touches the faces, and the `gap` (n,) between it and the edge."""

    ends: NDArray[np.float64]
    normal: NDArray[np.float64]  # (n, 2, 3)
    face: NDArray[np.int64]
    reach: NDArray[np.float64]
    gap: NDArray[np.float64]


@dataclass(frozen=True)
class Claim:
    """The statement that a round of `radius_mm` of a used tool left material. `flat`: the radius of a flat end mill about its axis, which
    cuts a level floor up to its walls; else a corner or ball radius. `setups`: where the tool cuts."""

    number: int
    tool: Tool
    radius_mm: float
    flat: bool
    setups: tuple[SetupMotion, ...]
    pieces: tuple[NDArray[np.float64], ...]  # of each setup, WCS


def claims_of(number: int, tool: Tool, setups: Sequence[SetupMotion], pieces: Sequence[NDArray[np.float64]]) -> list[Claim]:
    """What a used end mill may be named for: its corner or ball radius and, unless it is a ball, its own radius."""
    if tool.type not in END_MILLS:
        return []
    nose = nose_radius(tool)
    out = [Claim(number, tool, nose, False, tuple(setups), tuple(pieces))] if nose > 0.0 else []
    if nose < tool.DC / 2.0:
        out.append(Claim(number, tool, tool.DC / 2.0, True, tuple(setups), tuple(pieces)))
    return out


def nose_radius(tool: Tool) -> float:
    """Radius between the end and the side of an end mill, mm."""
    return tool.DC / 2.0 if tool.type == "ball_endmill" else min(tool.RE, tool.DC / 2.0)


def concave_edges(design: Design, most_reach: float = MOST_REACH) -> ConcaveEdges:
    """Concave edges between faces. A cutter of radius R leaves material up to R / tan(half the open angle) from an edge.

    That is R at 90 degrees, and taken as R above, and as `most_reach` R at most.
    """
    mesh, across = design.mesh, design.across
    t, k = np.nonzero(across > np.arange(len(across))[:, None])
    s = across[t, k]
    other = mesh.face[t] != mesh.face[s]
    t, k, s = t[other], k[other], s[other]
    a, b = mesh.vertices[mesh.triangles[t, k]], mesh.vertices[mesh.triangles[t, (k + 1) % 3]]
    n1, n2 = design.normal[t], design.normal[s]
    turn = np.arctan2(np.linalg.norm(np.cross(n1, n2), axis=1), (n1 * n2).sum(1))
    # Seen along the edge as its first triangle runs it, a concave corner turns to the right.
    concave = ((b - a) * np.cross(n1, n2)).sum(1) < 0.0
    keep = concave & (turn > SHARP_RAD)
    open_rad = np.maximum(math.pi - turn[keep], SHARP_RAD)
    reach = np.clip(1.0 / np.tan(open_rad / 2.0), 1.0, most_reach)
    gap = np.hypot(1.0, reach) - 1.0
    face = np.column_stack([mesh.face[t], mesh.face[s]])[keep]
    return ConcaveEdges(np.stack([a, b], 1)[keep], np.stack([n1, n2], 1)[keep], face, reach, gap)


def sharp_edges(design: Design) -> ConcaveEdges:
    """The edges of corners so sharp that a cutter leaves more than `MOST_REACH` radii, with all that it leaves."""
    edges = concave_edges(design, math.inf)
    keep = edges.reach > MOST_REACH
    return ConcaveEdges(*(getattr(edges, f.name)[keep] for f in fields(edges)))


def segment_tree(ends: NDArray[np.float64]) -> Tree:
    """A tree over segments (n, 2, 3), each as a triangle without width."""
    return build_tree(ends.reshape(-1, 3), np.arange(2 * len(ends)).reshape(-1, 2)[:, [0, 1, 1]])


def clean_cos(radius_mm: float) -> float:
    """Cosine of the steepest floor that a flat end of this radius cuts clean up to a wall: beside it, it stands R tan(slope) over the floor."""
    return max(LEVEL_COS, radius_mm / math.hypot(radius_mm, EXCESS_MM))


def left_by_round(claim: Claim, design: Design, edges: ConcaveEdges, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which leftover samples (n, 3) the round of a claim explains.

    Such a sample lies within reach of a concave edge, or within one radius of a face more tightly curved than the round, and the tool has
    been in that corner: its sweep, grown by what a circle leaves in the corner, holds the sample.
    """
    out = np.zeros(len(points), np.bool_)
    tight = [f.index for f in design.faces.values() if f.smallest_concave_radius_mm < claim.radius_mm - TIGHTER_MM]
    curved = np.flatnonzero(np.isin(design.mesh.face, tight))
    for setup, pieces in zip(claim.setups, claim.pieces):
        # A flat end cuts a level floor clean up to its walls: from this side only corners between walls and slopes excuse it.
        use = (np.abs(edges.normal @ setup.axis) < clean_cos(claim.radius_mm)).all(1) if claim.flat else np.ones(len(edges.ends), np.bool_)
        for gap in np.unique(np.round(edges.gap[use], 2)):
            rows = np.flatnonzero(use & (np.round(edges.gap, 2) == gap))
            near = closest(segment_tree(edges.ends[rows]), points, claim.radius_mm * float(edges.reach[rows].max()))
            _excuse(out, claim, setup, pieces, points, near, float(edges.gap[rows].max()))
        if len(curved):
            near = closest(build_tree(design.mesh.vertices, design.mesh.triangles[curved]), points, claim.radius_mm)
            _excuse(out, claim, setup, pieces, points, near, math.sqrt(2.0) - 1.0)
    return out


def _excuse(out: NDArray[np.bool_], claim: Claim, setup: SetupMotion, pieces, points: NDArray[np.float64], near, gap: float) -> None:
    """Mark in `out` the points that have something near and that the tool was beside in this setup."""
    k = np.flatnonzero((near.triangle >= 0) & ~out)
    out[k] = has_been_there(claim, setup, pieces, points[k], gap)


def has_been_there(claim: Claim, setup: SetupMotion, pieces, points: NDArray[np.float64], gap: float) -> NDArray[np.bool_]:
    """Points within the tool's sweep grown by what its circle leaves in a corner, `gap` times its radius."""
    grow = claim.radius_mm * gap + CAME_NEAR_MM
    nose = nose_radius(claim.tool)
    lift = FLOOR_LIFT_MM if claim.flat else grow
    return passed_over(setup.to_wcs(points) + [0.0, 0.0, lift], pieces, claim.tool.DC / 2.0 - nose + grow, nose)
