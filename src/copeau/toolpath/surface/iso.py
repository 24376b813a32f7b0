"""Iso-lines of the drop surface: where the tip, held at one height, just clears the mesh.

A place is *blocked* at height z when the cutter's rest lies above z, else *free*. Lines are walked with the blocked side to the
right. All points lie on the free side, at most `accuracy` from the blocked one.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from copeau.kernels import kernel
from copeau.toolpath.surface.dropcutter import rest_point

LEVEL_MM = 1e-6  # a rest this little above the level is on it: floors are levels, and their coordinates are rounded
FAR_ALONG = 1.0  # lengths of a chord within which the line must be found beside it; farther, it is another line
X, Y, CX, CY = 0, 1, 2, 3  # columns of a line's points: the tip, and the contact of the blocked side next to it


class Surface(NamedTuple):
    """A mesh and a cutter as kernels take them: the four arrays of a `DropMesh`, `ToolShape.numbers()`."""

    rows: NDArray
    edges: NDArray
    boxes: NDArray
    children: NDArray
    shape: tuple


@kernel
def _rest(surface, x, y, hint):
    return rest_point(surface.rows, surface.edges, surface.boxes, surface.children, surface.shape, x, y, hint)


@kernel
def border_between(surface, z, free_x, free_y, blocked_x, blocked_y, accuracy, out):
    """Write the tip on the border between a free and a blocked place, and the contact that blocks, to `out` (4,).

    A secant step, then a step of the accuracy across it, then a halving, in turn: few rests on a slope, never more than three
    halvings' worth at a wall, where the rest jumps.
    """
    ex, ey = blocked_x - free_x, blocked_y - free_y
    length = math.hypot(ex, ey)
    blocked_z, cx, cy, _, holder = _rest(surface, blocked_x, blocked_y, -1)
    free_z = _rest(surface, free_x, free_y, holder)[0]
    near, far, turn, at, was_blocked = 0.0, 1.0, 0, 0.0, False
    while (far - near) * length > accuracy:
        if turn % 3 == 0 and math.isfinite(free_z) and blocked_z > free_z:
            at = near + (far - near) * (z - free_z) / (blocked_z - free_z)
        elif turn % 3 == 1:
            at += (-0.75 if was_blocked else 0.75) * accuracy / length
        if turn % 3 == 2 or not near < at < far:
            at = 0.5 * (near + far)
        if not near < at < far:
            break
        height, hx, hy, _, holder = _rest(surface, free_x + at * ex, free_y + at * ey, holder)
        was_blocked = height > z + LEVEL_MM
        if was_blocked:
            far, blocked_z, cx, cy = at, height, hx, hy
        else:
            near, free_z = at, height
        turn += 1
    out[X], out[Y], out[CX], out[CY] = free_x + near * ex, free_y + near * ey, cx, cy


@kernel
def border_beside(surface, z, px, py, nx, ny, least, most, accuracy, out):
    """Find the border on the line through p along +-n (unit, towards the free side), nearest outwards by doubling from `least`.

    Returns
    -------
    int : 0 the border is within `least` of p, 1 found and written to `out`, 2 p is free and no blocked place within `most`,
    3 p is blocked and no free place within `most`
    """
    height, _, _, _, holder = _rest(surface, px, py, -1)
    blocked = height > z + LEVEL_MM
    sign = 1.0 if blocked else -1.0
    before, w = 0.0, least
    while True:
        x, y = px + sign * w * nx, py + sign * w * ny
        height, _, _, _, holder = _rest(surface, x, y, holder)
        if (height > z + LEVEL_MM) != blocked:
            break
        if w >= most:
            return 3 if blocked else 2
        before, w = w, min(2.0 * w, most)
    ox, oy = px + sign * before * nx, py + sign * before * ny
    if blocked:
        border_between(surface, z, x, y, ox, oy, accuracy, out)
    else:
        border_between(surface, z, ox, oy, x, y, accuracy, out)
    return 0 if before == 0.0 else 1


@kernel
def grid_crossings(surface, z, heights, x0, y0, cell, accuracy):
    """Iso-line of a height grid as linked border points (marching squares).

    `heights` (ny, nx): rests, NaN where unknown. Saddles are cut so that the blocked corners stay joined: the cutter never runs
    between two obstacles on the word of a grid.

    Returns
    -------
    points (n, 4) : border points on grid edges; following (n,) : the next point with the blocked side to the right, -1 at an end
    """
    ny, nx = heights.shape
    number = np.full((2, ny, nx), -1, np.int64)
    count = 0
    for axis in range(2):
        for j in range(ny - axis):
            for i in range(nx - 1 + axis):
                a, b = heights[j, i], heights[j + axis, i + 1 - axis]
                if not (math.isnan(a) or math.isnan(b)) and (a > z + LEVEL_MM) != (b > z + LEVEL_MM):
                    number[axis, j, i] = count
                    count += 1
    points = np.empty((count, 4))
    for axis in range(2):
        for j in range(ny):
            for i in range(nx):
                if number[axis, j, i] >= 0:
                    ax, ay = x0 + i * cell, y0 + j * cell
                    bx, by = x0 + (i + 1 - axis) * cell, y0 + (j + axis) * cell
                    if heights[j, i] > z + LEVEL_MM:
                        ax, ay, bx, by = bx, by, ax, ay
                    border_between(surface, z, ax, ay, bx, by, accuracy, points[number[axis, j, i]])
    following = np.full(count, -1, np.int64)
    for j in range(ny - 1):
        for i in range(nx - 1):
            _link_cell(heights, number, z, j, i, following)
    return points, following


@kernel
def _link_cell(heights, number, z, j, i, following):
    """Join the crossings of one cell. Sides counterclockwise from the lower one; corner k starts side k."""
    corner = (heights[j, i], heights[j, i + 1], heights[j + 1, i + 1], heights[j + 1, i])
    for k in range(4):
        if math.isnan(corner[k]):
            return
    side = (number[0, j, i], number[1, j, i + 1], number[0, j + 1, i], number[1, j, i])
    for k in range(4):
        # walking round the cell, leaving the blocked side at side k: a line leaves the cell here when it came in where the
        # blocked corners began, so that they lie to its right
        if corner[k] > z + LEVEL_MM and not corner[(k + 1) % 4] > z + LEVEL_MM:
            back = (k + 1) % 4
            # blocked corners stay joined: pair with the next side, past free corners only
            while not corner[(back + 1) % 4] > z + LEVEL_MM:
                back = (back + 1) % 4
            following[side[back]] = side[k]


@kernel
def trace(following):
    """Order of the points by line: (order, starts (lines + 1), is closed (lines)); open lines first."""
    n = len(following)
    has_before = np.zeros(n, np.bool_)
    for k in range(n):
        if following[k] >= 0:
            has_before[following[k]] = True
    order, seen = np.empty(n, np.int64), np.zeros(n, np.bool_)
    starts, closed = np.zeros(n + 1, np.int64), np.zeros(n, np.bool_)
    size, lines = 0, 0
    for ring in range(2):
        for first in range(n):
            if seen[first] or (ring == 0 and has_before[first]):
                continue
            k = first
            while k >= 0 and not seen[k]:
                order[size], seen[k] = k, True
                size += 1
                k = following[k]
            closed[lines] = ring == 1
            lines += 1
            starts[lines] = size
    return order, starts[: lines + 1].copy(), closed[:lines].copy()


@kernel
def refined(surface, z, line, tolerance, accuracy):
    """The line (n, 4) with border points put in until the middle of every chord is within `tolerance` of the border.

    Returns
    -------
    points (m, 4), broken (m,) bool : True where the chord to the next point runs through blocked places and no border is near
    """
    out, broken = np.empty((4 * len(line) + 16, 4)), np.zeros(4 * len(line) + 16, np.bool_)
    stack = np.empty((64, 4))
    size = 0
    here = line[0].copy()
    for k in range(1, len(line)):
        stack[0], waiting = line[k], 1
        while waiting > 0:
            goal = stack[waiting - 1]
            status = _middle(surface, z, here, goal, tolerance, accuracy, stack[min(waiting, 63)])
            if status == 1 and waiting < 63:
                waiting += 1
                continue
            if size + 2 > len(out):
                more, flags = np.empty((2 * len(out), 4)), np.zeros(2 * len(out), np.bool_)
                more[:size], flags[:size] = out[:size], broken[:size]
                out, broken = more, flags
            out[size], broken[size] = here, status == 3
            size += 1
            here = goal.copy()
            waiting -= 1
    out[size], broken[size] = here, False
    return out[: size + 1].copy(), broken[: size + 1].copy()


@kernel
def _middle(surface, z, a, b, tolerance, accuracy, out):
    """As `border_beside` for the middle of the chord a-b; 0 for chords too short to matter."""
    dx, dy = b[X] - a[X], b[Y] - a[Y]
    length = math.hypot(dx, dy)
    if length <= 2.0 * tolerance:
        return 0
    status = border_beside(
        surface, z, 0.5 * (a[X] + b[X]), 0.5 * (a[Y] + b[Y]), -dy / length, dx / length, tolerance, FAR_ALONG * length, accuracy, out
    )
    # a point that brings the halves no nearer to the border (a wall met end on) would be asked for again without end
    longest = max(math.hypot(out[X] - a[X], out[Y] - a[Y]), math.hypot(out[X] - b[X], out[Y] - b[Y]))
    return 0 if status == 1 and longest >= length else status
