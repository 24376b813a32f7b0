"""The last pass along the walls: slivers that passes leave where they arrive at the border of the region."""

import numpy as np
from numpy.typing import NDArray

from copeau.kernels import kernel
from copeau.toolpath.milling.adaptive_room import clearance
from copeau.toolpath.milling.adaptive_walk import INSET_MM
from copeau.toolpath.milling.engagement import engagement, is_touching


def border_points(ring: NDArray[np.float64], spacing_mm: float) -> NDArray[np.float64]:
    """Closed ring (n, 2), the region on its left, divided and moved `INSET_MM` inwards."""
    d = np.diff(ring, axis=0)
    length = np.hypot(*d.T)
    ring, d, length = ring[np.append(length > 0.0, True)], d[length > 0.0], length[length > 0.0]
    left = np.column_stack([-d[:, 1], d[:, 0]]) / length[:, None]
    corner = left + np.roll(left, 1, axis=0)
    # Both sides of a corner keep the inset when it moves along the bisector by inset / cos of half the turn; a needle's tip moves by four.
    corner *= (2.0 / np.maximum((corner * corner).sum(1), 0.25))[:, None]
    inner = ring[:-1] + INSET_MM * corner
    inner = np.vstack([inner, inner[0]])
    count = np.maximum(1, np.ceil(length / spacing_mm)).astype(int)
    row = np.repeat(np.arange(len(length)), count)
    t = (np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)) / count[row]
    points = inner[row] + (inner[row + 1] - inner[row]) * t[:, None]
    return np.vstack([points, points[0]])


@kernel
def is_round(room, points, gap, margin):
    """Which points (n, 2) of a closed ring, or of the `margin` points before and after, are further than `gap` from the border."""
    n = len(points) - 1
    out = np.zeros(n + 1, np.bool_)
    for k in range(n):
        if clearance(room, points[k, 0], points[k, 1]) > gap:
            for m in range(k - margin, k + margin + 1):
                out[m % n] = True
    out[n] = out[0]
    return out


@kernel
def touches(field, room, points, looked, par):
    """At each point (n, 2) that is `looked` at (n,): -1 outside of the room, as at the others, 0 touches nothing, 1 cuts within the limit or a thin layer, 2 would cut more."""
    out = np.zeros(len(points), np.int64)
    n = len(points)
    for k in range(n):
        x, y = points[k]
        if not looked[k] or clearance(room, x, y) < -INSET_MM:
            out[k] = -1
            continue
        if is_touching(field, x, y, par.radius, par.skin):
            m = k + 1 if k + 1 < n else 1
            heading = np.arctan2(points[m, 1] - y, points[m, 0] - x)
            fits = engagement(field, x, y, heading, par.radius, par.skin) <= par.limit
            # Round the tip of a corner even a thin layer is met by a wide angle of the rim.
            thin = fits or not is_touching(field, x, y, par.radius, par.thin)
            out[k] = 1 if thin else 2
    return out


@kernel
def runs(state, reach):
    """First and last index (m, 2) of the runs to be skimmed of a ring whose first and last points are one.

    A run begins and ends at points that touch nothing and bridges such gaps of up to `reach` points. Indices may pass the end.
    """
    n = len(state) - 1
    out = np.empty((n + 1, 2), np.int64)
    m = 0
    first = -1
    for k in range(n):
        if state[k] == 0:
            first = k
            break
    if first < 0:
        return out[:0]
    k = first
    while k < first + n:
        if state[k % n] != 0 or state[(k + 1) % n] != 1:
            k += 1
            continue
        begin, last, e = k, k, k + 1
        while e < first + n + 1 and e - last <= reach and 0 <= state[e % n] <= 1:
            if state[e % n] == 1:
                last = e
            e += 1
        end = last + 1 if state[(last + 1) % n] == 0 else last
        out[m, 0], out[m, 1] = begin, end
        m += 1
        k = max(last + 1, k + 1)
    return out[:m]
