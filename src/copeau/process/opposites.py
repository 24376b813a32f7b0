"""Directions added because tools are too short: walls that one side sees whole but no tool reaches down, and the opposite side sees too."""

import numpy as np
import shapely

from copeau.features.reach import Surroundings
from copeau.features.shadow import Shadow
from copeau.model.part import Part
from copeau.process.directions import Sight
from copeau.process.holding import orient
from copeau.process.ladder import ReachTable, WallFoot, face_roles, touched_share, wall_feet
from copeau.process.scene import WINDOW_MM, end_mills

WHOLE_SHARE = 0.95  # a face seen by this share of its samples is seen whole
GLIMPSED_SHARE = 0.5  # a face of which another axis sees this much is left to that one
WORTH_SHARE = 0.02  # of a wall: less more than before is no reason to machine it from the other end too
WORTH_SETUP = 1.5  # times what is reached from one side: less is a somewhat smaller corner radius, no reason to clamp the part once more
HALF_OVERLAP_MM = 0.5  # two halves of a wall, cut from both sides, overlap by this


def seen_shares(sight: Sight) -> np.ndarray:
    """Share (k, faces) of each face's samples that each direction sees."""
    face = sight.samples.face
    total = np.maximum(np.bincount(face), 1)
    return np.array([np.bincount(face[s], minlength=len(total)) for s in sight.seen]) / total


def opposite(sight: Sight, k: int) -> int:
    """The candidate that looks the other way."""
    return int(np.argmin(sight.directions @ sight.directions[k]))


def with_opposites(part: Part, sight: Sight, order: list[int], tools) -> list[int]:
    """The order with the opposite of every direction whose walls are too deep for the tools, where halves are not."""
    out = list(order)
    share = seen_shares(sight)
    for k in order:
        other = opposite(sight, k)
        if other in out:
            continue
        across = [j for j in order if abs(sight.directions[j] @ sight.directions[k]) < WHOLE_SHARE]
        own = np.minimum(share[k], share[other]) > WHOLE_SHARE
        own &= ~(share[across] > GLIMPSED_SHARE).any(0) if across else True
        if own.any() and _halves_gain(part, sight.directions[k], {int(f) for f in np.flatnonzero(own)}, tools):
            out.append(other)
    return out


def _halves_gain(part: Part, direction, faces: set[int], tools) -> bool:
    """Whether tools reach clearly more of some of the walls when they need to go down half way only."""
    vertices = part.mesh.vertices @ orient(direction, np.roll(direction, 1)).T
    low, high = vertices.min(0), vertices.max(0)
    design = Shadow(vertices, part.mesh.triangles, part.mesh.face)
    window = shapely.box(*(low[:2] - WINDOW_MM), *(high[:2] + WINDOW_MM))
    table = ReachTable(Surroundings(design, window, float(low[2]), None, None, float(high[2])))
    walls = face_roles(vertices, part.mesh.triangles, part.mesh.face, faces).walls
    feet = wall_feet(vertices, part.mesh.triangles, part.mesh.face, walls, float(low[2]))
    heights = {f: vertices[part.mesh.triangles[part.mesh.face == f]][:, :, 2] for f in feet}
    return any(half_pays(table, end_mills(tools), foot, half_foot(foot, heights[f]), WORTH_SETUP) for f, foot in feet.items())


def half_foot(foot: WallFoot, z) -> WallFoot:
    """The foot raised to the middle of the wall, whose vertices are at heights `z`."""
    return WallFoot(foot.points, np.maximum(foot.z, 0.5 * (float(z.min()) + float(z.max())) - HALF_OVERLAP_MM))


def half_pays(table: ReachTable, mills, whole: WallFoot, half: WallFoot, times: float = 1.0) -> bool:
    """Whether tools touch clearly more of the half than `times` as much as of the whole."""
    least = times * touched_share(table, mills, whole) + WORTH_SHARE
    return least < 1.0 and touched_share(table, mills, half) > least
