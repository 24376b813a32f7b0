"""The way down into full material: a helix where it fits, a ramp along a line where it does not."""

import numpy as np

from copeau.kernels import kernel
from copeau.toolpath.milling.adaptive_front import FREE, UNKNOWN
from copeau.toolpath.milling.adaptive_room import clearance
from copeau.toolpath.milling.adaptive_walk import INSET_MM
from copeau.toolpath.milling.engagement import contact, height

SMALLEST_HELIX_SHARE = 0.2  # helix radius per diameter: less is a plunge rather than a helix
SHORTEST_RAMP_SHARE = 0.2  # of the diameter
LONGEST_RAMP_SHARE = 1.5  # half-length of a ramp per diameter
DIRECTIONS = 36  # of the ramps tried, over half a turn
RINGS = 6  # on which material inside of the cutter is looked for


@kernel
def holds_material(field, x, y, radius, skin):
    """Whether a disc covers material."""
    for k in range(RINGS):
        _, _, count = contact(field, x, y, radius * (1.0 - k / RINGS), skin)
        if count:
            return True
    return height(field, x, y) > skin


@kernel
def deepest_blocked(field, centres, depth, hopeless, par):
    """Node of the greatest depth inside of the region whose disc holds material; -1 if none. Empty ones become free."""
    best = -1
    for k in np.argsort(-depth, kind="mergesort"):
        if not centres.valid[k] or centres.state[k] != UNKNOWN or hopeless[k]:
            continue
        if holds_material(field, centres.x[k], centres.y[k], par.radius, par.skin):
            best = k
            break
        centres.state[k] = FREE
    return best


@kernel
def longest_line(room, x, y, half, spacing):
    """Ends of the longest straight way through (x, y) inside the region, at most `half` to each side."""
    best = np.array([x, y, x, y])
    longest = 0.0
    for k in range(DIRECTIONS):
        c, s = np.cos(np.pi * k / DIRECTIONS), np.sin(np.pi * k / DIRECTIONS)
        reach = np.zeros(2)
        for side in range(2):
            sign = 1.0 - 2.0 * side
            while reach[side] + spacing <= half:
                d = sign * (reach[side] + spacing)
                if clearance(room, x + c * d, y + s * d) < INSET_MM:
                    break
                reach[side] += spacing
        if reach[0] + reach[1] > longest + 1e-9:
            longest = reach[0] + reach[1]
            best = np.array([x - c * reach[1], y - s * reach[1], x + c * reach[0], y + s * reach[0]])
    return best


@kernel
def free_along(field, centres, points, reach, par):
    """Nodes within `reach` of `points` that touch nothing become free."""
    for k in range(len(centres.x)):
        if not centres.valid[k] or centres.state[k] == FREE:
            continue
        for p in points:
            if (centres.x[k] - p[0]) ** 2 + (centres.y[k] - p[1]) ** 2 <= reach * reach:
                if not holds_material(field, centres.x[k], centres.y[k], par.radius, par.skin):
                    centres.state[k] = FREE
                break
