"""Kernels of the rasteriser: triangles and lines into a depth buffer, then shading.

Screen space: x to the right and y down in pixels (pixel (row, col) has its centre at (col + 0.5, row + 0.5)), depth grows towards
the viewer.
"""

import math

import numpy as np

from copeau.kernels import inlined_kernel, kernel

NOTHING = -1  # owner of a pixel that no triangle covers


@kernel
def draw_triangles(xyz, triangles, stippled, depth, owner, weights):
    """Draw triangles into the buffers, nearest wins, the first drawn wins a tie.

    Parameters
    ----------
    xyz : (n, 3) float64
        Screen x, y (pixels) and depth of each vertex.
    triangles : (m, 3) int64
    stippled : (m,) bool
        Drawn on every other pixel only, so that what lies behind shows through.
    depth : (h, w) float64, in and out
    owner : (h, w) int32, in and out
        Triangle seen at the pixel.
    weights : (h, w, 2) float32, in and out
        Barycentric weights of the triangle's second and third corner.
    """
    height, width = depth.shape
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, az = xyz[a, 0], xyz[a, 1], xyz[a, 2]
        bx, by, bz = xyz[b, 0], xyz[b, 1], xyz[b, 2]
        cx, cy, cz = xyz[c, 0], xyz[c, 1], xyz[c, 2]
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if area == 0.0:
            continue
        left = max(0, math.ceil(min(ax, bx, cx) - 0.5))
        right = min(width - 1, math.floor(max(ax, bx, cx) - 0.5))
        top = max(0, math.ceil(min(ay, by, cy) - 0.5))
        bottom = min(height - 1, math.floor(max(ay, by, cy) - 0.5))
        for row in range(top, bottom + 1):
            py = row + 0.5
            for col in range(left, right + 1):
                if stippled[t] and (row + col) % 2:
                    continue
                px = col + 0.5
                u = ((px - ax) * (cy - ay) - (cx - ax) * (py - ay)) / area
                v = ((bx - ax) * (py - ay) - (px - ax) * (by - ay)) / area
                if u < 0.0 or v < 0.0 or u + v > 1.0:
                    continue
                z = az + u * (bz - az) + v * (cz - az)
                if z > depth[row, col]:
                    depth[row, col] = z
                    owner[row, col] = t
                    weights[row, col, 0] = u
                    weights[row, col, 1] = v


@kernel
def shade(owner, weights, normals, colours, values, bounds, bands, light, ambient, image):
    """Colour every covered pixel.

    Parameters
    ----------
    owner, weights : buffers of `draw_triangles`
    normals : (m, 3, 3) float32
        Unit normal, in view axes, at each corner of each triangle.
    colours : (m, 3) float32
        Colour of a triangle, 0 to 1, used where its values are NaN.
    values : (m, 3) float32
        Scalar at each corner, coloured by the band it falls in.
    bounds : (k,) float64, ascending
        Limits between the bands.
    bands : (k + 1, 3) float32
    light : (3,) float64, unit, towards the light, in view axes
    ambient : float
        Share of the colour that a surface turned straight away from the light keeps; it grows with the cosine of the angle to the
        light over the whole half turn, so that faces turned away from it still differ.
    image : (h, w, 3) float32, out
    """
    for row in range(owner.shape[0]):
        for col in range(owner.shape[1]):
            t = owner[row, col]
            if t < 0:
                continue
            v, w = weights[row, col, 0], weights[row, col, 1]
            u = 1.0 - v - w
            nx = u * normals[t, 0, 0] + v * normals[t, 1, 0] + w * normals[t, 2, 0]
            ny = u * normals[t, 0, 1] + v * normals[t, 1, 1] + w * normals[t, 2, 1]
            nz = u * normals[t, 0, 2] + v * normals[t, 1, 2] + w * normals[t, 2, 2]
            size = math.sqrt(nx * nx + ny * ny + nz * nz)
            lit = 0.5
            if size > 0.0:
                # A triangle seen from its back (an open mesh) is lit as its front would be.
                side = 0.5 if nz >= 0.0 else -0.5
                lit = 0.5 + side * (nx * light[0] + ny * light[1] + nz * light[2]) / size
            tone = ambient + (1.0 - ambient) * lit
            value = u * values[t, 0] + v * values[t, 1] + w * values[t, 2]
            if math.isnan(value):
                for k in range(3):
                    image[row, col, k] = colours[t, k] * tone
            else:
                band = np.searchsorted(bounds, value)
                for k in range(3):
                    image[row, col, k] = bands[band, k] * tone


@kernel
def draw_lines(lines, colour, depth, slack, image):
    """Draw segments over the picture where nothing stands before them.

    A segment lies in the very surfaces that it bounds: it is seen where it is not behind the farthest of the nine pixels round it,
    which holds on any slope without a bias that would let hidden edges through.

    Parameters
    ----------
    lines : (k, 2, 3) float64
        Ends in screen x, y and depth.
    colour : (3,) float32
    depth : (h, w) float64
        Buffer of `draw_triangles`; -inf where nothing was drawn.
    slack : float
        Depth by which a line may lie behind, for rounding.
    image : (h, w, 3) float32, in and out
    """
    height, width = depth.shape
    for s in range(lines.shape[0]):
        x0, y0, z0 = lines[s, 0, 0], lines[s, 0, 1], lines[s, 0, 2]
        x1, y1, z1 = lines[s, 1, 0], lines[s, 1, 1], lines[s, 1, 2]
        steps = int(max(abs(x1 - x0), abs(y1 - y0))) + 1
        for i in range(steps + 1):
            f = i / steps
            col, row = int(math.floor(x0 + f * (x1 - x0))), int(math.floor(y0 + f * (y1 - y0)))
            if row < 1 or col < 1 or row >= height - 1 or col >= width - 1:
                continue
            farthest = math.inf
            for r in range(row - 1, row + 2):
                for c in range(col - 1, col + 2):
                    farthest = min(farthest, depth[r, c])
            if z0 + f * (z1 - z0) + slack >= farthest:
                # Two pixels wide: one after the picture is halved.
                for k in range(3):
                    image[row, col, k] = colour[k]
                    image[row, col + 1, k] = colour[k]
                    image[row + 1, col, k] = colour[k]


@inlined_kernel
def facet(vertices, triangles, t):
    """Unit normal of a triangle and twice its area, mm2; zeros for one without area."""
    a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    px, py, pz = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
    qx, qy, qz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
    x, y, z = py * qz - pz * qy, pz * qx - px * qz, px * qy - py * qx
    size = math.sqrt(x * x + y * y + z * z)
    if size == 0.0:
        return 0.0, 0.0, 0.0, 0.0
    return x / size, y / size, z / size, size


@kernel
def drawn_edges(vertices, triangles, first, incident, cos_crease, towards):
    """Edges that two facets meet at with more than the crease angle or on either side of the outline, or that have not two triangles.

    Parameters
    ----------
    vertices : (n, 3) float64
    triangles : (m, 3) int64
        Those without area count for nothing.
    first, incident : of `part.incidence.triangles_round`
    cos_crease : float
    towards : (3,) float64
        Direction to the viewer.

    Returns
    -------
    (k, 2) int64
        Vertices, the lower number first.
    """
    m = triangles.shape[0]
    unit = np.zeros((m, 3))
    flat = np.zeros(m, np.bool_)
    for t in range(m):
        x, y, z, size = facet(vertices, triangles, t)
        unit[t, 0], unit[t, 1], unit[t, 2] = x, y, z
        flat[t] = size == 0.0
    out, n = np.empty((3 * m, 2), np.int64), 0
    for t in range(m):
        if flat[t]:
            continue
        for corner in range(3):
            a, b = triangles[t, corner], triangles[t, (corner + 1) % 3]
            count, lowest, other = 0, t, t
            for i in range(first[a], first[a + 1]):
                o = incident[i]
                if flat[o] or (triangles[o, 0] != b and triangles[o, 1] != b and triangles[o, 2] != b):
                    continue
                count += 1
                lowest = min(lowest, o)
                if o != t:
                    other = o
            if lowest != t:
                continue
            turn = unit[t, 0] * unit[other, 0] + unit[t, 1] * unit[other, 1] + unit[t, 2] * unit[other, 2]
            here = unit[t, 0] * towards[0] + unit[t, 1] * towards[1] + unit[t, 2] * towards[2]
            there = unit[other, 0] * towards[0] + unit[other, 1] * towards[1] + unit[other, 2] * towards[2]
            if count != 2 or turn < cos_crease or (here >= 0.0) != (there >= 0.0):
                out[n, 0], out[n, 1] = min(a, b), max(a, b)
                n += 1
    return out[:n].copy()


@kernel
def corner_normals(vertices, triangles, first, incident, cos_crease):
    """Normal at each corner of each triangle: the mean of the facets round the vertex that turn less than the crease angle.

    Parameters
    ----------
    vertices : (n, 3) float64
    triangles : (m, 3) int64
    first, incident : of `part.incidence.triangles_round`
    cos_crease : float

    Returns
    -------
    (m, 3, 3) float32
        Unit normals, weighted by facet area; zero for triangles without area.
    """
    m = triangles.shape[0]
    area = np.zeros(m)
    unit = np.zeros((m, 3))
    for t in range(m):
        x, y, z, size = facet(vertices, triangles, t)
        unit[t, 0], unit[t, 1], unit[t, 2], area[t] = x, y, z, size
    out = np.zeros((m, 3, 3), np.float32)
    for t in range(m):
        for corner in range(3):
            vertex = triangles[t, corner]
            x = y = z = 0.0
            for i in range(first[vertex], first[vertex + 1]):
                o = incident[i]
                if unit[o, 0] * unit[t, 0] + unit[o, 1] * unit[t, 1] + unit[o, 2] * unit[t, 2] >= cos_crease:
                    x += area[o] * unit[o, 0]
                    y += area[o] * unit[o, 1]
                    z += area[o] * unit[o, 2]
            size = math.sqrt(x * x + y * y + z * z)
            if size > 0.0:
                out[t, corner, 0], out[t, corner, 1], out[t, corner, 2] = x / size, y / size, z / size
    return out
