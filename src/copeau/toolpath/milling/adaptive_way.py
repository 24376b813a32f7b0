"""Ways between passes: through free nodes as links, through slivers cut at depth."""

import heapq
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from copeau.kernels import inner_kernel, kernel
from copeau.toolpath.milling.adaptive_front import FREE, SLIVER, UNKNOWN, edge_is_inside
from copeau.toolpath.milling.adaptive_room import clearance
from copeau.toolpath.milling.engagement import engagement, is_touching

GOAL_PULL = 1.1  # ways may be so much longer than the shortest: they are pulled tight afterwards, and far fewer nodes are looked at
SLIVER_COST = 3.0  # way through slivers, which is cut and not linked, against free way


class Search(NamedTuple):
    """Working arrays of a search, one entry a node."""

    before: NDArray[np.int64]  # the node from which the way comes, -1 at its beginning
    way: NDArray[np.float64]  # infinite between two searches
    done: NDArray[np.bool_]  # false between two searches


@inner_kernel
def to_go(centres, k, goal):
    """About the length of the way from node to node of the grid, a little more: the search then goes for the goal."""
    dx, dy = abs(k % centres.nx - goal % centres.nx), abs(k // centres.nx - goal // centres.nx)
    return GOAL_PULL * centres.cell * (max(dx, dy) + (np.sqrt(2.0) - 1.0) * min(dx, dy))


@kernel
def find_way(room, centres, from_nodes, goal, search, longest):
    """Cheapest way through passable nodes from any of `from_nodes` to `goal`, written into `search.before`; whether there is one that costs no more than
    `longest` (mm; A*, within `GOAL_PULL` of the cheapest)."""
    heap = [(0.0, np.int64(-1))]
    reached = [np.int64(-1)]
    heapq.heappop(heap)
    reached.pop()
    for k in from_nodes:
        search.way[k], search.before[k] = 0.0, -1
        reached.append(k)
        heapq.heappush(heap, (to_go(centres, k, goal), k))
    ny = len(centres.x) // centres.nx
    found = False
    while len(heap) and not found:
        _, k = heapq.heappop(heap)
        found = k == goal
        if search.done[k] or found:
            continue
        search.done[k] = True
        i, j = k % centres.nx, k // centres.nx
        for jj in range(max(j - 1, 0), min(j + 2, ny)):
            for ii in range(max(i - 1, 0), min(i + 2, centres.nx)):
                m = jj * centres.nx + ii
                if not centres.valid[m] or centres.state[m] == UNKNOWN or search.done[m]:
                    continue
                price = 1.0 if centres.state[m] == FREE else SLIVER_COST
                c = search.way[k] + price * np.hypot(centres.x[m] - centres.x[k], centres.y[m] - centres.y[k])
                if c < search.way[m] and c + to_go(centres, m, goal) / GOAL_PULL <= longest and edge_is_inside(room, centres, k, m):
                    search.way[m], search.before[m] = c, k
                    reached.append(m)
                    heapq.heappush(heap, (c + to_go(centres, m, goal), m))
    for k in reached:
        search.way[k], search.done[k] = np.inf, False
    return found


@kernel
def nearest_free(room, centres, node, search):
    """Free node with the fewest passable nodes between it and `node`; -1 if there is none."""
    ny = len(centres.x) // centres.nx
    queue = search.before
    queue[0], search.done[node] = node, True
    head, tail, found = 0, 1, np.int64(-1)
    while head < tail and found < 0:
        k = queue[head]
        head += 1
        if centres.state[k] == FREE:
            found = k
            continue
        i, j = k % centres.nx, k // centres.nx
        for jj in range(max(j - 1, 0), min(j + 2, ny)):
            for ii in range(max(i - 1, 0), min(i + 2, centres.nx)):
                m = jj * centres.nx + ii
                if centres.valid[m] and centres.state[m] != UNKNOWN and not search.done[m] and edge_is_inside(room, centres, k, m):
                    queue[tail], search.done[m] = m, True
                    tail += 1
    for n in range(tail):
        search.done[queue[n]] = False
    return found


@inner_kernel
def is_open(field, room, ax, ay, bx, by, spacing, par):
    """Whether the tool moves straight from a to b through cleared area inside the region."""
    n = int(np.hypot(bx - ax, by - ay) / spacing) + 1
    for k in range(1, n):
        x, y = ax + (bx - ax) * k / n, ay + (by - ay) * k / n
        if clearance(room, x, y) < 0.0 or is_touching(field, x, y, par.radius, par.rub):
            return False
    return True


@kernel
def is_free_way(field, room, a, b, spacing, par):
    """Whether the straight way from a to b (2,) is open and ends where the cutter touches nothing."""
    return not is_touching(field, b[0], b[1], par.radius, par.rub) and is_open(field, room, a[0], a[1], b[0], b[1], spacing, par)


@kernel
def pull_tight(field, room, way, spacing, par):
    """Indices of the points of a way (n, 2) that remain when every detour through cleared area that is not needed is left out."""
    keep = np.empty(len(way), np.int64)
    keep[0] = 0
    m, i = 1, 0
    while i < len(way) - 1:
        good = i + 1
        step = 2
        while i + step < len(way) and is_free_way(field, room, way[i], way[i + step], spacing, par):
            good = i + step
            step *= 2
        bad = min(i + step, len(way))
        while bad - good > 1:
            middle = (good + bad) // 2
            if is_free_way(field, room, way[i], way[middle], spacing, par):
                good = middle
            else:
                bad = middle
        keep[m] = good
        m += 1
        i = good
    return keep[:m]


@kernel
def open_segments(field, room, way, spacing, par):
    """Which segments of a way (n, 2) lead through cleared area."""
    out = np.zeros(len(way) - 1, np.bool_)
    for k in range(len(way) - 1):
        out[k] = is_free_way(field, room, way[k], way[k + 1], spacing, par)
    return out


@kernel
def most_engagement(field, way, is_cut, par):
    """Largest engagement (rad) on the segments of a way that are cut, none of them carved yet."""
    most = 0.0
    for k in range(len(way) - 1):
        if not is_cut[k]:
            continue
        dx, dy = way[k + 1, 0] - way[k, 0], way[k + 1, 1] - way[k, 1]
        n = int(np.hypot(dx, dy) / par.step) + 1
        for m in range(1, n + 1):
            angle = engagement(field, way[k, 0] + dx * m / n, way[k, 1] + dy * m / n, np.arctan2(dy, dx), par.radius, par.skin)
            most = max(most, angle)
    return most


@kernel
def free_nodes_near(field, room, centres, x, y, par):
    """Nodes next to a centre that touches nothing, reached straight through cleared area; they become free."""
    found = np.empty(25, np.int64)
    n = 0
    ny = len(centres.x) // centres.nx
    i, j = int(round((x - centres.x0) / centres.cell)), int(round((y - centres.y0) / centres.cell))
    for jj in range(max(j - 2, 0), min(j + 3, ny)):
        for ii in range(max(i - 2, 0), min(i + 3, centres.nx)):
            k = jj * centres.nx + ii
            if not centres.valid[k] or not is_open(field, room, x, y, centres.x[k], centres.y[k], 0.5 * centres.cell, par):
                continue
            touched = is_touching(field, centres.x[k], centres.y[k], par.radius, par.rub)
            if not touched or centres.state[k] != UNKNOWN:
                centres.state[k] = SLIVER if touched else FREE
                found[n] = k
                n += 1
    return found[:n]
