"""What the rim of a cutter meets: material as a signed distance field that swept discs are cut from.

A field holds the distance to the nearest border of the material at the nodes of a grid, positive in the material, capped a few cells
from the border. Bilinear between nodes it places a border to a small part of a cell, which a bitmap of the same size does not.
"""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from copeau.kernels import inner_kernel, kernel

CAP_CELLS = 3.0  # distances beyond are not needed: only the border between positive and negative nodes is interpolated
MATERIAL_CAP_CELLS = 6.0  # of a field that discs are cut from: far enough for a block of the rim to be told by its middle sample
SURE_CELLS = 1.5  # the interpolated distance tells too much by 0.7 cells at most where it is read, and as much where it is used
RIM_SAMPLES = 90  # on half the rim: 2 degrees, about the cell of the fields in use
RIM_STEP_RAD = np.pi / RIM_SAMPLES
BLOCK = 9  # samples of the rim that are looked at together
MIDDLE = BLOCK // 2
RIM_COS, RIM_SIN = np.cos(RIM_STEP_RAD * np.arange(2 * RIM_SAMPLES)), np.sin(RIM_STEP_RAD * np.arange(2 * RIM_SAMPLES))
BLOCK_COS, BLOCK_SIN = RIM_COS.reshape(-1, BLOCK).sum(1), RIM_SIN.reshape(-1, BLOCK).sum(1)


class Field(NamedTuple):
    """Signed distance at grid nodes, mm: node (j, i) is at (x0 + i cell, y0 + j cell)."""

    values: NDArray[np.float64]  # (ny, nx)
    x0: float
    y0: float
    cell: float


def boundary(area: BaseGeometry) -> NDArray[np.float64]:
    """Boundary segments (m, 4) x0, y0, x1, y1 of polygons, the inside on the left."""
    rows = [np.zeros((0, 4))]
    for polygon in getattr(area, "geoms", [area]):
        if polygon.geom_type != "Polygon" or polygon.is_empty:
            continue
        oriented = shapely.geometry.polygon.orient(polygon, 1.0)
        for ring in (oriented.exterior, *oriented.interiors):
            p = shapely.get_coordinates(ring)
            rows.append(np.hstack([p[:-1], p[1:]]))
    segments = np.vstack(rows)
    return np.ascontiguousarray(segments[np.any(segments[:, :2] != segments[:, 2:], axis=1)])


def field_of(segments: NDArray[np.float64], bounds: tuple[float, float, float, float], cell: float, cap: float) -> Field:
    """Signed distance field of the area within closed `segments` over `bounds` (x0, y0, x1, y1)."""
    nx = int(np.ceil((bounds[2] - bounds[0]) / cell)) + 1
    ny = int(np.ceil((bounds[3] - bounds[1]) / cell)) + 1
    values = np.full((ny, nx), cap)
    stamp_distance(values, bounds[0], bounds[1], cell, segments, cap)
    return Field(values, float(bounds[0]), float(bounds[1]), float(cell))


@kernel
def stamp_distance(values, x0, y0, cell, segments, cap):
    """Distances to the segments, up to `cap`, and the sign by the parity of crossings left of each node."""
    ny, nx = values.shape
    odd = np.zeros((ny, nx + 1), np.bool_)
    for k in range(len(segments)):
        ax, ay, bx, by = segments[k]
        low, high = min(ay, by), max(ay, by)
        for j in range(max(0, int(np.floor((low - cap - y0) / cell))), min(ny, int(np.ceil((high + cap - y0) / cell)) + 1)):
            y = y0 + j * cell
            if (ay > y) != (by > y):
                i = int(np.ceil((ax + (y - ay) / (by - ay) * (bx - ax) - x0) / cell))
                i = min(max(i, 0), nx)
                odd[j, i] = not odd[j, i]
            t0, t1 = 0.0, 1.0
            if by != ay:
                ta, tb = (y - cap - ay) / (by - ay), (y + cap - ay) / (by - ay)
                t0, t1 = max(0.0, min(ta, tb)), min(1.0, max(ta, tb))
                if t0 > t1:
                    continue
            xa, xb = ax + t0 * (bx - ax), ax + t1 * (bx - ax)
            first = max(0, int(np.ceil((min(xa, xb) - cap - x0) / cell)))
            for i in range(first, min(nx, int(np.floor((max(xa, xb) + cap - x0) / cell)) + 1)):
                values[j, i] = min(values[j, i], segment_distance(x0 + i * cell, y, ax, ay, bx, by))
    for j in range(ny):
        inside = False
        for i in range(nx):
            inside = inside != odd[j, i]
            if not inside:
                values[j, i] = -values[j, i]


@inner_kernel
def segment_distance(x, y, ax, ay, bx, by):
    """Distance of a point to a segment, mm."""
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    t = ((x - ax) * dx + (y - ay) * dy) / square if square > 0.0 else 0.0
    t = min(1.0, max(0.0, t))
    ex, ey = ax + t * dx - x, ay + t * dy - y
    return np.sqrt(ex * ex + ey * ey)


@inner_kernel
def height(field, x, y):
    """Bilinear value of a field, its most negative corner of the grid outside of it."""
    per_mm = 1.0 / field.cell
    u, v = (x - field.x0) * per_mm, (y - field.y0) * per_mm
    i, j = int(np.floor(u)), int(np.floor(v))
    ny, nx = field.values.shape
    if i < 0 or j < 0 or i >= nx - 1 or j >= ny - 1:
        return -CAP_CELLS * field.cell
    u, v = u - i, v - j
    f = field.values
    return (f[j, i] * (1.0 - u) + f[j, i + 1] * u) * (1.0 - v) + (f[j + 1, i] * (1.0 - u) + f[j + 1, i + 1] * u) * v


@inner_kernel
def carve(field, ax, ay, bx, by, radius, hollow, undo, logged):
    """Take the disc swept from a to b out of the material.

    `hollow` (mm): where the disc at a is out already, the distance from a within which nothing changes; 0 where it is not.
    While there is room in `undo` (n, 2), node and old value of each change are written to it from row `logged` on; returns the rows
    used so far, one more than there are once they did not suffice.
    """
    ny, nx = field.values.shape
    h = field.cell
    reach = radius + MATERIAL_CAP_CELLS * h
    deep = -MATERIAL_CAP_CELLS * h
    dx, dy = bx - ax, by - ay
    first, last = max(0, int(np.ceil((min(ax, bx) - reach - field.x0) / h))), min(nx, int((max(ax, bx) + reach - field.x0) / h) + 1)
    for j in range(max(0, int(np.ceil((min(ay, by) - reach - field.y0) / h))), min(ny, int((max(ay, by) + reach - field.y0) / h) + 1)):
        y = field.y0 + j * h
        from_i, to_i, gap, end = first, last, last, last
        if hollow > 0.0:
            from_i, to_i = ahead_of(ax - field.x0, y - ay, dx, dy, h, first, last)
            chord = hollow * hollow - (y - ay) * (y - ay)
            if chord > 0.0:
                gap, end = int((ax - np.sqrt(chord) - field.x0) / h) + 1, int((ax + np.sqrt(chord) - field.x0) / h)
        i = from_i
        while i < to_i:
            if gap <= i < end:
                i = end
                continue
            now = field.values[j, i]
            if now > deep:  # nothing nearer than the cap can be new elsewhere
                d = segment_distance(field.x0 + i * h, y, ax, ay, bx, by) - radius
                if d < now:
                    if logged < len(undo):
                        undo[logged, 0], undo[logged, 1] = j * nx + i, now
                    logged = min(logged + 1, len(undo) + 1)
                    field.values[j, i] = d
            i += 1
    return logged


@inner_kernel
def ahead_of(x, y, dx, dy, h, first, last):
    """Range of the nodes i from `first` to `last` of a row that lie before a point at `x` in the direction (dx, dy); the row lies `y` over it."""
    if dx == 0.0:
        return (first, last) if dy * y > 0.0 else (first, first)
    border = (x - dy * y / dx) / h
    if not first <= border <= last:
        return (first, last) if (border < first) == (dx > 0.0) else (first, first)
    return (int(border), last) if dx > 0.0 else (first, int(border) + 1)


@inner_kernel
def hollow_of(field, radius):
    """Within this distance (mm) of a centre whose disc is out of the material, nothing changes when a disc near it is taken out."""
    return max(radius - MATERIAL_CAP_CELLS * field.cell, 0.0)


@inner_kernel
def restore(field, undo, logged):
    """Take back the changes in the first `logged` rows of `undo`, the last first."""
    nx = field.values.shape[1]
    for k in range(logged - 1, -1, -1):
        node = int(undo[k, 0])
        field.values[node // nx, node % nx] = undo[k, 1]


@kernel
def carve_path(field, points, radius):
    """Take the disc swept along a polyline (n, 2) out of the material."""
    none = np.empty((0, 2))
    hollow = 0.0
    for k in range(len(points) - 1):
        carve(field, points[k, 0], points[k, 1], points[k + 1, 0], points[k + 1, 1], radius, hollow, none, 0)
        hollow = hollow_of(field, radius)


@inner_kernel
def sure_distance(field, radius):
    """Middle samples further than this (mm) from the border have their whole block, and the sample after it, on the same side."""
    return (BLOCK - MIDDLE) * radius * RIM_STEP_RAD + SURE_CELLS * field.cell


@inner_kernel
def engagement(field, x, y, heading, radius, skin):
    """Angle (rad) of the leading half of the rim at (x, y) that lies in material thicker than `skin` (mm)."""
    c, s = radius * np.cos(heading - 0.5 * np.pi), radius * np.sin(heading - 0.5 * np.pi)
    sure = sure_distance(field, radius)
    total = 0.0
    for first in range(0, RIM_SAMPLES, BLOCK):
        k = first + MIDDLE
        middle = height(field, x + c * RIM_COS[k] - s * RIM_SIN[k], y + s * RIM_COS[k] + c * RIM_SIN[k]) - skin
        if abs(middle) > sure:
            total += BLOCK if middle > 0.0 else 0
            continue
        before = height(field, x + c * RIM_COS[first] - s * RIM_SIN[first], y + s * RIM_COS[first] + c * RIM_SIN[first]) - skin
        for k in range(first + 1, first + BLOCK + 1):
            after = height(field, x + c * RIM_COS[k] - s * RIM_SIN[k], y + s * RIM_COS[k] + c * RIM_SIN[k]) - skin
            if before > 0.0 and after > 0.0:
                total += 1.0
            elif before > 0.0:
                total += before / (before - after)
            elif after > 0.0:
                total += after / (after - before)
            before = after
    return total * RIM_STEP_RAD


@inner_kernel
def contact(field, x, y, radius, skin):
    """Sum of the unit vectors of the whole rim's samples that lie in material thicker than `skin`, and their number."""
    sure = sure_distance(field, radius)
    sx = sy = 0.0
    count = 0
    for block in range(2 * RIM_SAMPLES // BLOCK):
        first = block * BLOCK
        middle = height(field, x + radius * RIM_COS[first + MIDDLE], y + radius * RIM_SIN[first + MIDDLE]) - skin
        if abs(middle) > sure:
            if middle > 0.0:
                sx += BLOCK_COS[block]
                sy += BLOCK_SIN[block]
                count += BLOCK
            continue
        for k in range(first, first + BLOCK):
            if height(field, x + radius * RIM_COS[k], y + radius * RIM_SIN[k]) > skin:
                sx += RIM_COS[k]
                sy += RIM_SIN[k]
                count += 1
    return sx, sy, count


@inner_kernel
def is_touching(field, x, y, radius, skin):
    """Whether a sample of the rim lies in material thicker than `skin` (mm)."""
    sure = sure_distance(field, radius)
    for first in range(0, 2 * RIM_SAMPLES, BLOCK):
        middle = height(field, x + radius * RIM_COS[first + MIDDLE], y + radius * RIM_SIN[first + MIDDLE]) - skin
        if middle > 0.0:
            return True
        if middle < -sure:
            continue
        for k in range(first, first + BLOCK):
            if height(field, x + radius * RIM_COS[k], y + radius * RIM_SIN[k]) > skin:
                return True
    return False
