"""Exact distance of a tool centre to the border of the region that it may be in."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from copeau.kernels import inner_kernel, kernel
from copeau.toolpath.milling.engagement import CAP_CELLS, Field, height

BIN_CELLS = 4  # side of a bin: a few segments each
EXACT_CELLS = 2.0  # nearer to the border than this the field is replaced by the distance to the segments


class Room(NamedTuple):
    """A region: its distance field and, near its border, the segments by bins."""

    field: Field
    segments: NDArray[np.float64]  # (m, 4), the region on the left
    first: NDArray[np.int64]  # (bins + 1,) into `members`
    members: NDArray[np.int64]
    bins_x: int
    bin_mm: float


def room_of(field: Field, segments: NDArray[np.float64]) -> Room:
    """The segments sorted into bins; every segment within `CAP_CELLS` of a bin is its member."""
    ny, nx = field.values.shape
    bin_mm = BIN_CELLS * field.cell
    bins_x, bins_y = nx // BIN_CELLS + 1, ny // BIN_CELLS + 1
    count = np.zeros(bins_x * bins_y + 1, np.int64)
    bin_segments(segments, field.x0, field.y0, bin_mm, bins_x, bins_y, field.cell, count, np.zeros(0, np.int64))
    first = np.concatenate([[0], np.cumsum(count[:-1])])
    members = np.empty(first[-1], np.int64)
    bin_segments(segments, field.x0, field.y0, bin_mm, bins_x, bins_y, field.cell, first[:-1].copy(), members)
    return Room(field, segments, first, members, bins_x, bin_mm)


@kernel
def bin_segments(segments, x0, y0, bin_mm, bins_x, bins_y, cell, cursor, members):
    """Count the members of each bin into `cursor`, or, with room in `members`, write them from `cursor` on."""
    margin = CAP_CELLS * cell
    for k in range(len(segments)):
        ax, ay, bx, by = segments[k]
        for j in range(max(0, int((min(ay, by) - margin - y0) / bin_mm)), min(bins_y, int((max(ay, by) + margin - y0) / bin_mm) + 1)):
            low, high = y0 + j * bin_mm - margin, y0 + (j + 1) * bin_mm + margin
            t0, t1 = 0.0, 1.0
            if by != ay:
                ta, tb = (low - ay) / (by - ay), (high - ay) / (by - ay)
                t0, t1 = max(0.0, min(ta, tb)), min(1.0, max(ta, tb))
                if t0 > t1:
                    continue
            xa, xb = ax + t0 * (bx - ax), ax + t1 * (bx - ax)
            for i in range(max(0, int((min(xa, xb) - margin - x0) / bin_mm)), min(bins_x, int((max(xa, xb) + margin - x0) / bin_mm) + 1)):
                if len(members):
                    members[cursor[j * bins_x + i]] = k
                cursor[j * bins_x + i] += 1


@inner_kernel
def nearest(room, x, y):
    """Signed distance to the border and its nearest point; NaN for the point where the border is further than the bins look.

    At a corner both segments are equally near; the one that the point stands more upright on tells the side.
    """
    i, j = int((x - room.field.x0) / room.bin_mm), int((y - room.field.y0) / room.bin_mm)
    best, qx, qy, side, upright = np.inf, np.nan, np.nan, -1.0, -1.0
    for m in range(room.first[j * room.bins_x + i], room.first[j * room.bins_x + i + 1]):
        ax, ay, bx, by = room.segments[room.members[m]]
        dx, dy = bx - ax, by - ay
        length = np.sqrt(dx * dx + dy * dy)
        t = min(1.0, max(0.0, ((x - ax) * dx + (y - ay) * dy) / (length * length)))
        px, py = ax + t * dx, ay + t * dy
        d = np.sqrt((x - px) * (x - px) + (y - py) * (y - py))
        cross = (dx * (y - ay) - dy * (x - ax)) / length
        if d < best - 1e-12 or (d <= best + 1e-12 and abs(cross) > upright):
            best, qx, qy, side, upright = d, px, py, 1.0 if cross >= 0.0 else -1.0, abs(cross)
    return side * best, qx, qy


@inner_kernel
def clearance(room, x, y):
    """Signed distance (mm) of a centre to the border of its region, positive inside, capped a few cells away."""
    f = room.field
    ny, nx = f.values.shape
    if not (f.x0 <= x < f.x0 + (nx - 1) * f.cell and f.y0 <= y < f.y0 + (ny - 1) * f.cell):
        return -CAP_CELLS * f.cell
    rough = height(f, x, y)
    if abs(rough) > EXACT_CELLS * f.cell:
        return rough
    exact, _, _ = nearest(room, x, y)
    return exact if abs(exact) < CAP_CELLS * f.cell else rough


FIT_AT_BORDER_MM = 0.0005  # how far lines and arcs may stray from points on the border


@kernel
def fit_tolerance(room, points, widest):
    """For each point (n, 2) how far a line or arc may pass it and stay in the region, mm, `widest` at most."""
    out = np.empty(len(points))
    for k in range(len(points)):
        out[k] = min(widest, max(clearance(room, points[k, 0], points[k, 1]), 0.0) + FIT_AT_BORDER_MM)
    return out


@kernel
def least_clearance(room, x, y, turn, ends_x, ends_y, centre_x, centre_y, spacing):
    """Smallest clearance (mm) along lines (`turn` 0) and arcs (+1 ccw, -1 cw) that follow each other from (x, y)."""
    least = np.inf
    for k in range(len(turn)):
        bx, by = ends_x[k], ends_y[k]
        radius = sweep = start = 0.0
        length = np.hypot(bx - x, by - y)
        if turn[k] != 0:
            radius = np.hypot(x - centre_x[k], y - centre_y[k])
            start = np.arctan2(y - centre_y[k], x - centre_x[k])
            sweep = turn[k] * ((turn[k] * (np.arctan2(by - centre_y[k], bx - centre_x[k]) - start)) % (2.0 * np.pi))
            length = radius * abs(sweep)
        n = int(length / spacing) + 1
        for m in range(1, n + 1):
            px, py = x + (bx - x) * m / n, y + (by - y) * m / n
            if turn[k] != 0:
                px, py = centre_x[k] + radius * np.cos(start + sweep * m / n), centre_y[k] + radius * np.sin(start + sweep * m / n)
            least = min(least, clearance(room, px, py))
        x, y = bx, by
    return least
