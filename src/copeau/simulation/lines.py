"""The design on the lines of a stock, and what of either stands without the other.

All kernels work on one field: lines along an axis with packed intervals (offsets, starts, ends); the design's ends know their triangles.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copeau.kernels import kernel
from copeau.model.part import Mesh
from copeau.part.heights import edge_crossing, plane_height
from copeau.simulation.tridexel import DexelField


@dataclass(frozen=True)
class DesignLines:
    """The design on the lines of a field: line l has intervals offsets[l] : offsets[l + 1], with the triangle of each end."""

    offsets: NDArray[np.int64]
    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    start_triangle: NDArray[np.int32]
    end_triangle: NDArray[np.int32]


def design_lines(mesh: Mesh, field: DexelField) -> DesignLines:
    """Intervals of a closed mesh on the lines of a field."""
    u, v = (field.axis + 1) % 3, (field.axis + 2) % 3
    p = np.ascontiguousarray(mesh.vertices[:, [u, v, field.axis]])
    lines = field.shape[0] * field.shape[1]
    size = (field.origin[0], field.origin[1], field.cell, field.shape[0], field.shape[1])
    slot = np.zeros(lines + 1, np.int64)
    cross_lines(p, mesh.triangles, *size, slot[1:], np.empty(0), np.empty(0, np.int32), np.empty(0, np.int8), False)
    offsets = np.cumsum(slot)
    height, triangle, sign = np.empty(offsets[-1]), np.empty(offsets[-1], np.int32), np.empty(offsets[-1], np.int8)
    slot[:] = offsets
    cross_lines(p, mesh.triangles, *size, slot[:-1], height, triangle, sign, True)
    room = offsets[-1] // 2 + 1
    starts, ends, at_start, at_end = np.empty(room), np.empty(room), np.empty(room, np.int32), np.empty(room, np.int32)
    slot[:] = 0
    m = pair_crossings(offsets, height, triangle, sign, slot[1:], starts, ends, at_start, at_end)
    return DesignLines(np.cumsum(slot), starts[:m], ends[:m], at_start[:m], at_end[:m])


@kernel
def cross_lines(p, triangles, u0, v0, cell, nu, nv, slot, height, triangle, sign, fill):
    """Crossings of all lines with all triangles: counted into `slot`, or, with `fill`, stored from `slot` on.

    `sign` is +1 where the line, going up, leaves the material.
    """
    for n in range(len(triangles)):
        a, b, c = p[triangles[n, 0]], p[triangles[n, 1]], p[triangles[n, 2]]
        # One line more on each side: rounding must not drop a line that an edge decides to cross.
        i0 = max(0, int(math.ceil((min(a[0], b[0], c[0]) - u0) / cell)) - 1)
        i1 = min(nu - 1, int(math.floor((max(a[0], b[0], c[0]) - u0) / cell)) + 1)
        j0 = max(0, int(math.ceil((min(a[1], b[1], c[1]) - v0) / cell)) - 1)
        j1 = min(nv - 1, int(math.floor((max(a[1], b[1], c[1]) - v0) / cell)) + 1)
        for i in range(i0, i1 + 1):
            u = u0 + i * cell
            for j in range(j0, j1 + 1):
                v = v0 + j * cell
                s = edge_crossing(a[0], a[1], b[0], b[1], u, v) + edge_crossing(b[0], b[1], c[0], c[1], u, v)
                s += edge_crossing(c[0], c[1], a[0], a[1], u, v)
                if s != 0:
                    line = i * nv + j
                    if fill:
                        k = slot[line]
                        height[k], triangle[k], sign[k] = plane_height(a, b, c, u, v), n, s
                    slot[line] += 1


@kernel
def pair_crossings(offsets, height, triangle, sign, count, starts, ends, at_start, at_end):
    """Intervals of material, where the winding number is above 0; how many there are."""
    m = 0
    for line in range(len(count)):
        o, depth, begin = offsets[line], 0, -1
        if o == offsets[line + 1]:
            continue
        order = np.argsort(height[o : offsets[line + 1]])
        for q in range(len(order)):
            k = o + order[q]
            before = depth
            depth -= sign[k]
            if before <= 0 and depth > 0:
                begin = k
            elif before > 0 and depth <= 0 and height[k] > height[begin]:
                starts[m], ends[m], at_start[m], at_end[m] = height[begin], height[k], triangle[begin], triangle[k]
                count[line] += 1
                m += 1
    return m


@kernel
def is_judged(place, axis, u, v, x, judged, left_out):
    """Whether x on the line at (u, v) along `axis` lies in the box `judged` (6,) and in none of `left_out` (k, 6); `place` is scratch."""
    place[axis], place[(axis + 1) % 3], place[(axis + 2) % 3] = x, u, v
    for c in range(3):
        if not judged[c] < place[c] < judged[3 + c]:
            return False
    for b in left_out:
        if b[0] < place[0] < b[3] and b[1] < place[1] < b[4] and b[2] < place[2] < b[5]:
            return False
    return True


@kernel
def nearest_same_end(x, ends, first, last):
    """Distance from x to the nearest of ends[first:last]; inf when there is none."""
    best = math.inf
    for k in range(first, last):
        best = min(best, abs(ends[k] - x))
    return best


@kernel
def free_ends(lo, hi, grid, judged, left_out, near, w_offsets, w_ends, d_offsets, d_ends, x, line, reach):
    """Ends of the workpiece on lines lo..hi further than `near` from every end of the design that looks the same way; how many.

    `grid`: axis, first u, first v, cell, lines along v. `reach`: that distance, an upper bound for the distance to the design.
    """
    axis, u0, v0, cell, nv = grid
    m, place = 0, np.empty(3)
    for n in range(lo, hi):
        for k in range(w_offsets[n], w_offsets[n + 1]):
            d = nearest_same_end(w_ends[k], d_ends, d_offsets[n], d_offsets[n + 1])
            if d > near and is_judged(place, axis, u0 + cell * (n // nv), v0 + cell * (n % nv), w_ends[k], judged, left_out):
                x[m], line[m], reach[m] = w_ends[k], n, d
                m += 1
    return m


@kernel
def gone_places(
    lo, hi, grid, judged, left_out, least, w_offsets, w_starts, w_ends, d_offsets, d_starts, d_ends, x, line, fill
):  # fmt: skip
    """Places in the design on lines lo..hi where the workpiece has nothing: about one for each cell of every piece longer than `least`.

    Counted, or, with `fill`, stored.
    """
    axis, u0, v0, cell, nv = grid
    m, place = 0, np.empty(3)
    for n in range(lo, hi):
        w, w_last = w_offsets[n], w_offsets[n + 1]
        for k in range(d_offsets[n], d_offsets[n + 1]):
            at, last = max(d_starts[k], judged[axis]), min(d_ends[k], judged[3 + axis])
            while at < last:
                while w < w_last and w_ends[w] <= at:
                    w += 1
                stop = last if w == w_last else min(last, w_starts[w])
                # An odd number: the middle of a wall that is gone is its deepest place.
                pieces = 2 * int((stop - at) / (2.0 * cell)) + 1 if stop - at > least else 0
                for q in range(pieces):
                    y = at + (q + 0.5) / pieces * (stop - at)
                    if is_judged(place, axis, u0 + cell * (n // nv), v0 + cell * (n % nv), y, judged, left_out):
                        if fill:
                            x[m], line[m] = y, n
                        m += 1
                at = last if w == w_last else max(stop, w_ends[w])
    return m


@kernel
def probe_ends(
    lo, hi, grid, judged, left_out, side, above, below, axis_of, share, w_offsets, w_starts, w_ends, d_offsets, d_starts, d_ends,
    triangle, seen, x, line, at, over, under,
):  # fmt: skip
    """Look past the design's ends on lines lo..hi into the workpiece; how many are more than `above` in excess or `below` in default.

    Only ends on triangles whose normal is nearest to the field's axis (`axis_of`) count, each for cell^2 / `share` of area, the cosine
    of that angle; `seen` counts the ends of each triangle. `side` +1: the upper ends. `above`, `below`: along the normal, mm.
    `over`: how far along the line material goes on beyond the end; `under`: how far it is missing behind it; 0 where within.
    """
    axis, u0, v0, cell, nv = grid
    m, place = 0, np.empty(3)
    for n in range(lo, hi):
        for k in range(d_offsets[n], d_offsets[n + 1]):
            t, end = triangle[k], d_ends[k] if side > 0 else d_starts[k]
            if axis_of[t] != axis or not is_judged(place, axis, u0 + cell * (n // nv), v0 + cell * (n % nv), end, judged, left_out):
                continue
            seen[t] += 1
            thick = d_ends[k] - d_starts[k]
            if side > 0:
                gap = d_starts[k + 1] - end if k + 1 < d_offsets[n + 1] else math.inf
                o = beyond_upper(end, above / share[t], gap, n, w_offsets, w_starts, w_ends)
                u = missing_under(end, below / share[t], thick, n, w_offsets, w_starts, w_ends)
            else:
                gap = end - d_ends[k - 1] if k > d_offsets[n] else math.inf
                o = beyond_lower(end, above / share[t], gap, n, w_offsets, w_starts, w_ends)
                u = missing_over(end, below / share[t], thick, n, w_offsets, w_starts, w_ends)
            if o > 0.0 or u > 0.0:
                x[m], line[m], at[m], over[m], under[m] = end, n, t, o, u
                m += 1
    return m


@kernel
def beyond_upper(x, step, gap, n, offsets, starts, ends):
    """Material beyond x upwards, if it is there `step` above x: up to its end, or over the whole gap to the next design."""
    if step >= gap:
        return 0.0
    for k in range(offsets[n], offsets[n + 1]):
        if starts[k] < x + step < ends[k]:
            return min(ends[k] - x, gap)
    return 0.0


@kernel
def beyond_lower(x, step, gap, n, offsets, starts, ends):
    """`beyond_upper`, downwards."""
    if step >= gap:
        return 0.0
    for k in range(offsets[n], offsets[n + 1]):
        if starts[k] < x - step < ends[k]:
            return min(x - starts[k], gap)
    return 0.0


@kernel
def missing_under(x, step, thick, n, offsets, starts, ends):
    """Length without material from x downwards within the design of thickness `thick`, if there is none `step` below x."""
    y = x - min(step, 0.5 * thick)
    floor = x - thick
    for k in range(offsets[n], offsets[n + 1]):
        if starts[k] < y < ends[k]:
            return 0.0
        if ends[k] <= y:
            floor = max(floor, ends[k])
    return x - floor


@kernel
def missing_over(x, step, thick, n, offsets, starts, ends):
    """`missing_under`, upwards."""
    y = x + min(step, 0.5 * thick)
    roof = x + thick
    for k in range(offsets[n], offsets[n + 1]):
        if starts[k] < y < ends[k]:
            return 0.0
        if starts[k] >= y:
            roof = min(roof, starts[k])
    return roof - x
