"""Where the next pass begins: a search over tool centres that touch no material, out from where the tool is.

Centres are nodes of a grid over the region; nodes just outside of it stand on its border instead, so that walls and passages narrower
than the grid are seen too. A node is free once the rim there touches nothing, and passable where it touches slivers thinner than
`Gait.thick`; neither changes back.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from copeau.kernels import inner_kernel, kernel
from copeau.toolpath.milling.adaptive_room import clearance, nearest
from copeau.toolpath.milling.adaptive_walk import INSET_MM, allowed
from copeau.toolpath.milling.engagement import contact, is_touching

BORDER_CELLS = 0.75  # a node this far outside of the region stands for the border next to it
UNKNOWN, SLIVER, FREE = 0, 1, 2  # what a cutter at a node meets: material or not known, something thin, nothing
TRIED = 1  # bit: no use this time
FAILED_THICK, FAILED_THIN, FAILED_LEAST = 2, 4, 8  # bits: no use with thick fronts, thin fronts, least passes until something near is cut
MIDST_RADII = 24.0  # what a start in the midst of a front costs, in radii of way: more than the way round most fronts
QUIET = -1.0  # a node amid free nodes, of which no front can come again
MOST_BACK = 3  # steps that a front is followed to its beginning
BACK_CELLS = 8.0  # what a start one step inside of the front's beginning costs, in cells of way
GIVE_UP_NODES = 2  # starts so near to one that failed fail as well
FORGET_SPACING = 0.1  # of the reach: points of a pass round which fronts are forgotten
HEADING_STEP_RAD = np.deg2rad(10.0)
MOST_INWARDS, MOST_OUTWARDS = 6, 6  # headings tried at a start, to the right and to the left of the front


class Centres(NamedTuple):
    """Grid of tool centres: (ny, nx) nodes in rows, flat."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    valid: NDArray[np.bool_]
    border: NDArray[np.bool_]  # stands on the border of the region or within a cell of it
    state: NDArray[np.uint8]
    rim: NDArray[np.bool_]  # `toward` holds what the rim touches; forgotten when something near is cut
    toward: NDArray[np.float64]  # (n, 2) mean direction of the material that the rim touches, zero where there is none
    tried: NDArray[np.uint8]  # whether a start here came to nothing: TRIED and those of the gaits
    known: NDArray[np.bool_]  # `front` holds what is there; forgotten when something near is cut
    front: NDArray[np.float64]  # (n, 3) normal of the front, zero away from it, and steps to its beginning; QUIET among free nodes
    listed: NDArray[np.int64]  # (n + 1,) nodes on fronts, their number first
    is_listed: NDArray[np.bool_]
    x0: float
    y0: float
    nx: int
    cell: float


def centres_of(room, bounds: tuple[float, float, float, float], cell: float) -> Centres:
    """Nodes over `bounds` of the region."""
    nx = int(np.ceil((bounds[2] - bounds[0]) / cell)) + 1
    ny = int(np.ceil((bounds[3] - bounds[1]) / cell)) + 1
    n = nx * ny
    x, y = np.empty(n), np.empty(n)
    valid, border = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    place_nodes(room, bounds[0], bounds[1], cell, nx, ny, x, y, valid, border)
    return Centres(x, y, valid, border, np.zeros(n, np.uint8), np.zeros(n, np.bool_), np.zeros((n, 2)), *unknown_front(n), float(bounds[0]), float(bounds[1]), nx, float(cell))


def unknown_front(n: int) -> tuple:
    """`tried`, `known`, `front`, `listed` and `is_listed` of `n` nodes at the beginning."""
    return np.zeros(n, np.uint8), np.zeros(n, np.bool_), np.zeros((n, 3)), np.zeros(n + 1, np.int64), np.zeros(n, np.bool_)


@kernel
def place_nodes(room, x0, y0, cell, nx, ny, x, y, valid, border):
    """Positions of all nodes, those near the border moved onto it."""
    for k in range(nx * ny):
        px, py = x0 + (k % nx) * cell, y0 + (k // nx) * cell
        x[k], y[k] = px, py
        c = clearance(room, px, py)
        border[k] = c < cell
        valid[k] = c >= 2.0 * INSET_MM
        if -BORDER_CELLS * cell <= c < 2.0 * INSET_MM:
            d, qx, qy = nearest(room, px, py)
            if not np.isnan(qx):
                # The node goes on along the way to the border, to just inside of the inset that passes keep.
                over = 1.0 - 2.0 * INSET_MM / d if d < 0.0 else 0.0
                qx, qy = px + (qx - px) * over, py + (qy - py) * over
                if clearance(room, qx, qy) >= INSET_MM:
                    x[k], y[k], valid[k] = qx, qy, True


@inner_kernel
def edge_is_inside(room, centres, a, b):
    """Whether the straight way between two nodes stays in the region."""
    if not (centres.border[a] or centres.border[b]):
        return True
    for share in (0.25, 0.5, 0.75):
        px = centres.x[a] + share * (centres.x[b] - centres.x[a])
        py = centres.y[a] + share * (centres.y[b] - centres.y[a])
        if clearance(room, px, py) < -INSET_MM:
            return False
    return True


@inner_kernel
def touch_node(field, centres, k, par):
    """Remember what the rim at a node touches; one that touches nothing, or slivers only, becomes free or passable."""
    cx, cy, count = contact(field, centres.x[k], centres.y[k], par.radius, par.thick)
    if count == 0:
        is_sliver = is_touching(field, centres.x[k], centres.y[k], par.radius, par.rub)
        centres.state[k] = max(SLIVER, centres.state[k]) if is_sliver else FREE
    length = np.hypot(cx, cy)
    centres.rim[k] = True
    centres.toward[k, 0] = cx / length if length > 0.0 else 0.0
    centres.toward[k, 1] = cy / length if length > 0.0 else 0.0


@inner_kernel
def front_normal(field, room, centres, k, par):
    """Mean direction of the material that the neighbours of a node touch; zero away from the front.

    Neighbours that touch nothing, or slivers only, become free or passable.
    """
    sx = sy = 0.0
    ny = len(centres.x) // centres.nx
    i, j = k % centres.nx, k // centres.nx
    for dj in range(-1, 2):
        for di in range(-1, 2):
            if not (0 <= i + di < centres.nx and 0 <= j + dj < ny):
                continue
            m = k + dj * centres.nx + di
            if not centres.valid[m] or centres.state[m] == FREE:
                continue
            if not edge_is_inside(room, centres, k, m):
                continue
            if not centres.rim[m]:
                touch_node(field, centres, m, par)
            sx += centres.toward[m, 0]
            sy += centres.toward[m, 1]
    length = np.hypot(sx, sy)
    if length < 1e-9:
        return 0.0, 0.0
    return sx / length, sy / length


@inner_kernel
def steps_to_begin(field, room, centres, k, nx, ny, par):
    """How many steps against the cut (material on the left) the front goes on from a node: `MOST_BACK` where no end is near.

    A front ends at a wall or where it recedes; slivers on the wall behind it, thinner than `par.thick`, do not make it longer.
    """
    s = 1.2 * centres.cell
    for back in range(MOST_BACK):
        ux, uy = centres.x[k] + (back + 1) * s * ny, centres.y[k] - (back + 1) * s * nx  # the heading is the normal turned left
        if clearance(room, ux, uy) < -0.2 * centres.cell:
            return back
        goes_on = False
        for depth in range(3):
            px, py = ux + depth * s * nx, uy + depth * s * ny
            if clearance(room, px, py) < 0.0:
                break
            if is_touching(field, px, py, par.radius, par.thick):
                goes_on = True
                break
        if not goes_on:
            return back
    return MOST_BACK


@inner_kernel
def is_amid_free(centres, k):
    """Whether all neighbours of a node are free or outside of the region."""
    ny = len(centres.x) // centres.nx
    i, j = k % centres.nx, k // centres.nx
    for jj in range(max(j - 1, 0), min(j + 2, ny)):
        for ii in range(max(i - 1, 0), min(i + 2, centres.nx)):
            m = jj * centres.nx + ii
            if centres.valid[m] and centres.state[m] != FREE:
                return False
    return True


@inner_kernel
def look_around(field, room, centres, k, par):
    """Remember the front at a node."""
    nx, ny = front_normal(field, room, centres, k, par)
    centres.front[k, 0], centres.front[k, 1], centres.known[k] = nx, ny, True
    if nx != 0.0 or ny != 0.0:
        centres.front[k, 2] = steps_to_begin(field, room, centres, k, nx, ny, par)
        if not centres.is_listed[k]:
            centres.listed[0] += 1
            centres.listed[centres.listed[0]] = k
            centres.is_listed[k] = True
    elif is_amid_free(centres, k):
        centres.front[k, 2] = QUIET
    else:
        centres.front[k, 2] = 0.0


@kernel
def spread(field, room, centres, seeds, par):
    """Look around from the passable nodes of `seeds` on, as far as passable nodes follow that are not known."""
    ny = len(centres.x) // centres.nx
    stack = [np.int64(0)]
    stack.pop()
    for seed in seeds:
        if centres.state[seed] != UNKNOWN and not centres.known[seed]:
            stack.append(seed)
    while len(stack):
        k = stack.pop()
        if centres.known[k]:
            continue
        look_around(field, room, centres, k, par)
        i, j = k % centres.nx, k // centres.nx
        for jj in range(max(j - 1, 0), min(j + 2, ny)):
            for ii in range(max(i - 1, 0), min(i + 2, centres.nx)):
                m = jj * centres.nx + ii
                if centres.state[m] != UNKNOWN and not centres.known[m]:
                    stack.append(m)


@inner_kernel
def set_out(field, room, x, y, tangent, par):
    """Heading nearest to the material, about the tangent of the front, that is allowed; NaN if none is."""
    for k in range(-MOST_INWARDS, MOST_OUTWARDS + 1):
        a = tangent + k * HEADING_STEP_RAD
        if allowed(field, room, x, y, a, 0.0, par):
            return a
    return np.nan


@kernel
def choose_start(field, room, centres, x, y, par):
    """Node on a front nearest to (x, y), any if NaN, and the heading there; -1 where there is none.

    A front is best met where it begins; in its midst only where none has a beginning near: closed ones.
    """
    n = 0
    for m in range(1, centres.listed[0] + 1):
        k = centres.listed[m]
        if centres.known[k] and (centres.front[k, 0] != 0.0 or centres.front[k, 1] != 0.0):
            n += 1
            centres.listed[n] = k
        else:
            centres.is_listed[k] = False
    centres.listed[0] = n
    while True:
        best, best_cost = np.int64(-1), np.inf
        for m in range(1, n + 1):
            k = centres.listed[m]
            if centres.tried[k] & (TRIED | par.failed):
                continue
            back = centres.front[k, 2]
            cost = MIDST_RADII * par.radius if back == MOST_BACK else back * BACK_CELLS * centres.cell
            if not np.isnan(x):
                cost += np.hypot(centres.x[k] - x, centres.y[k] - y)
            if cost < best_cost or (cost == best_cost and k < best):
                best, best_cost = k, cost
        if best < 0:
            return best, np.nan
        heading = set_out(field, room, centres.x[best], centres.y[best], np.arctan2(centres.front[best, 0], -centres.front[best, 1]), par)
        if not np.isnan(heading):
            return best, heading
        centres.tried[best] |= np.uint8(par.failed)


@kernel
def give_up(centres, k, mark):
    """Mark a node, and those around it that stand as far from the beginning of a front, as starts that came to nothing; `mark`: a bit of `tried`."""
    ny = len(centres.x) // centres.nx
    i, j = k % centres.nx, k // centres.nx
    for jj in range(max(j - GIVE_UP_NODES, 0), min(j + GIVE_UP_NODES + 1, ny)):
        for ii in range(max(i - GIVE_UP_NODES, 0), min(i + GIVE_UP_NODES + 1, centres.nx)):
            m = jj * centres.nx + ii
            if m == k or (centres.known[m] and centres.front[m, 2] == centres.front[k, 2] and centres.state[m] == centres.state[k]):
                centres.tried[m] |= np.uint8(mark)


@kernel
def forget_near(centres, points, reach):
    """Forget what was known of fronts within `reach` of `points` (n, 2), where the material has changed; passable nodes there."""
    ny = len(centres.x) // centres.nx
    found = np.empty(len(centres.x), np.int64)
    n = 0
    far = (1.0 + FORGET_SPACING) * reach
    last_x = last_y = np.inf
    for p in range(len(points)):
        x, y = points[p]
        if p < len(points) - 1 and np.hypot(x - last_x, y - last_y) < FORGET_SPACING * reach:
            continue
        last_x, last_y = x, y
        for j in range(max(0, int((y - far - centres.y0) / centres.cell)), min(ny, int((y + far - centres.y0) / centres.cell) + 2)):
            dy = centres.y0 + j * centres.cell - y
            half = np.sqrt(max(far * far - dy * dy, 0.0)) + centres.cell
            i0, i1 = max(0, int((x - half - centres.x0) / centres.cell)), min(centres.nx, int((x + half - centres.x0) / centres.cell) + 2)
            for k in range(j * centres.nx + i0, j * centres.nx + i1):
                centres.tried[k], centres.rim[k] = 0, False
                if centres.front[k, 2] != QUIET and centres.known[k]:
                    centres.known[k] = False
                    if centres.state[k] != UNKNOWN:
                        found[n] = k
                        n += 1
    return found[:n]


@kernel
def forget_all(centres):
    """Forget all fronts, but not where no pass begins; passable nodes at which there may be one."""
    out = np.empty(len(centres.x), np.int64)
    n = 0
    for k in range(len(centres.x)):
        centres.tried[k] &= np.uint8(FAILED_THICK | FAILED_THIN | FAILED_LEAST)
        centres.rim[k] = False
        if centres.front[k, 2] != QUIET:
            centres.known[k] = False
            if centres.state[k] != UNKNOWN:
                out[n] = k
                n += 1
    return out[:n]
