"""Fewer triangles for the same surface: what lies in one plane is triangulated anew from its border, and a straight border keeps its ends only.

The lattice gives every face of a block as many triangles as its lines; of a milled block nearly all lie in a few planes. No point of the
surface moves by more than `PLANE_MM`.
"""

import math

import manifold3d
import numpy as np
from numpy.typing import NDArray

from copeau.kernels import inlined_kernel, kernel
from copeau.part.incidence import triangles_round

PLANE_MM = 1e-6
"""What lies this near to a plane or a line is in it: far above the rounding of dexels, far below that of a file's float32."""
SEED_SHARE = 1e-3
"""Of the square of the mesh's usual edge: a smaller triangle tells no plane to others."""
MOST_FANNED = 8
"""Corners of a polygon that is tried as a fan, many at once: on a milled slope nearly all are such."""
FACING_COS = 0.5
"""A triangle of a plane looks at least so far its way: what is folded back over it has a plane of its own."""


def merged(vertices: NDArray[np.float64], triangles: NDArray[np.integer], fixed: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Triangles (m, 3) over the same `vertices` (n, 3) that stand for the closed or open mesh `triangles`; edges match as they did.

    `fixed` (n,): vertices that stay, for other triangles hang on them.
    """
    if not len(triangles):
        return np.zeros((0, 3), np.int64)
    across = neighbours_of(triangles, *triangles_round(triangles, len(vertices)))
    corners = vertices[triangles[:: max(1, len(triangles) // 1000)]]
    usual = float(np.median(np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)))
    plane, normals = planes(vertices, triangles, across, SEED_SHARE * usual * usual)
    keep = fixed.copy()
    keep_corners(vertices, triangles, across, plane, keep)
    line, ends, of_plane = loops(triangles, across, plane, keep)
    return filled(vertices, line, ends, of_plane, normals)


@kernel
def neighbours_of(triangles, first, of):
    """For each edge (3 t + q, from corner q to the next) the edge that runs back along it; -1 at a border."""
    out = np.full(3 * len(triangles), -1, np.int32)
    for t in range(len(triangles)):
        for q in range(3):
            a, b = triangles[t, q], triangles[t, (q + 1) % 3]
            for m in range(first[b], first[b + 1]):
                s = of[m]
                for p in range(3):
                    # Where more than two triangles share an edge, each takes one that is free.
                    if triangles[s, p] == b and triangles[s, (p + 1) % 3] == a and (out[3 * s + p] == -1 or out[3 * s + p] == 3 * t + q):
                        if out[3 * t + q] == -1:
                            out[3 * t + q], out[3 * s + p] = 3 * s + p, 3 * t + q
    return out


@inlined_kernel
def cross_of(vertices, triangles, t):
    """Normal of a triangle, as long as twice its area."""
    a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    ux, uy, uz = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
    wx, wy, wz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
    return uy * wz - uz * wy, uz * wx - ux * wz, ux * wy - uy * wx


@kernel
def planes(vertices, triangles, across, seed_mm2):
    """Connected triangles in one plane: their number by triangle, and the unit normal of each number. Large triangles tell planes first."""
    plane = np.full(len(triangles), -1, np.int32)
    normals = np.empty((len(triangles), 3))
    stack = np.empty(len(triangles), np.int32)
    count = 0
    for round_ in range(2):
        for seed in range(len(triangles)):
            if plane[seed] >= 0:
                continue
            nx, ny, nz = cross_of(vertices, triangles, seed)
            size = math.sqrt(nx * nx + ny * ny + nz * nz)
            if round_ == 0 and size < seed_mm2:
                continue
            share = 1.0 / size if size > 0.0 else 0.0
            nx, ny, nz = nx * share, ny * share, nz * share
            o = triangles[seed, 0]
            ox, oy, oz = vertices[o, 0], vertices[o, 1], vertices[o, 2]
            normals[count, 0], normals[count, 1], normals[count, 2] = nx, ny, nz
            plane[seed], stack[0], top = count, seed, 1
            while top > 0 and size > 0.0:
                top -= 1
                t = stack[top]
                for q in range(3):
                    back = across[3 * t + q]
                    if back < 0 or plane[back // 3] >= 0:
                        continue
                    s = back // 3
                    v = triangles[s, (back % 3 + 2) % 3]  # the corner that is not on the edge
                    if abs((vertices[v, 0] - ox) * nx + (vertices[v, 1] - oy) * ny + (vertices[v, 2] - oz) * nz) > PLANE_MM:
                        continue
                    mx, my, mz = cross_of(vertices, triangles, s)
                    if mx * nx + my * ny + mz * nz < FACING_COS * math.sqrt(mx * mx + my * my + mz * mz):
                        continue
                    plane[s], stack[top] = count, s
                    top += 1
            count += 1
    return plane, normals[:count].copy()


@inlined_kernel
def is_border(across, plane, e):
    """Whether an edge parts two planes, or is the mesh's own border."""
    return across[e] < 0 or plane[across[e] // 3] != plane[e // 3]


@kernel
def next_border(across, plane, e):
    """The border edge of the same plane that goes on where border edge `e` ends, through the triangles round that vertex."""
    e = 3 * (e // 3) + (e % 3 + 1) % 3
    while not is_border(across, plane, e):
        back = across[e]
        e = 3 * (back // 3) + (back % 3 + 1) % 3
    return e


@kernel
def keep_corners(vertices, triangles, across, plane, keep):
    """Mark in `keep` (n,) the vertices that borders need: where more than two planes or the mesh's border meet, and where a border bends."""
    leaving = np.zeros(len(keep), np.int32)
    for e in range(len(across)):
        if is_border(across, plane, e):
            v = triangles[e // 3, e % 3]
            leaving[v] += 1
            if across[e] < 0:
                keep[v] = keep[triangles[e // 3, (e % 3 + 1) % 3]] = True
    for v in range(len(keep)):
        # Along a border between two planes one edge of each leaves every vertex.
        if leaving[v] > 0 and leaving[v] != 2:
            keep[v] = True
    seen = np.zeros(len(across), np.bool_)
    for round_ in range(2):
        for start in range(len(across)):
            # Each border once, from the plane of the lower number; from kept vertices first, then rings that have none.
            if seen[start] or not is_border(across, plane, start) or across[start] < 0 or plane[across[start] // 3] < plane[start // 3]:
                continue
            if round_ == 0 and not keep[triangles[start // 3, start % 3]]:
                continue
            keep_bends(vertices, triangles, across, plane, start, seen, keep)


@kernel
def keep_bends(vertices, triangles, across, plane, start, seen, keep):
    """Follow a border from an edge to the next kept vertex; keep its first vertex and those where it bends."""
    a = triangles[start // 3, start % 3]
    keep[a] = True
    e, d = start, np.zeros(3)
    turned = True
    while not seen[e]:
        seen[e] = True
        b = triangles[e // 3, (e % 3 + 1) % 3]
        r = vertices[b] - vertices[a]
        if turned:
            d = r / max(math.sqrt((r * r).sum()), 1e-300)
            turned = False
        along = (r * d).sum()
        off = r - along * d
        before = triangles[e // 3, e % 3]
        if math.sqrt((off * off).sum()) > PLANE_MM or along < ((vertices[before] - vertices[a]) * d).sum():
            keep[before] = True
            a = before
            r = vertices[b] - vertices[a]
            d = r / max(math.sqrt((r * r).sum()), 1e-300)
        if keep[b]:
            return
        e = next_border(across, plane, e)


@kernel
def loops(triangles, across, plane, keep):
    """Borders of the planes along kept vertices: vertices one after the other, where each loop ends (k,), and its plane (k,)."""
    room = 0
    for e in range(len(across)):
        room += is_border(across, plane, e)
    line, ends, of_plane = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
    seen = np.zeros(len(across), np.bool_)
    n = k = 0
    for start in range(len(across)):
        if seen[start] or not is_border(across, plane, start):
            continue
        e, begin = start, n
        while not seen[e]:
            seen[e] = True
            v = triangles[e // 3, e % 3]
            if keep[v]:
                line[n] = v
                n += 1
            e = next_border(across, plane, e)
        if n - begin < 3:  # nothing between two borders that have become one
            n = begin
            continue
        ends[k], of_plane[k] = n, plane[start // 3]
        k += 1
    return line[:n].copy(), ends[:k].copy(), of_plane[:k].copy()


def filled(vertices, line, ends, of_plane, normals) -> NDArray[np.int64]:
    """Triangles of the planes within their loops."""
    begins = np.concatenate([[0], ends[:-1]])
    alone, size = np.bincount(of_plane, minlength=len(normals))[of_plane] == 1, ends - begins
    out, rest = [line[begins[alone & (size == 3)][:, None] + np.arange(3)]], ~alone | (size > MOST_FANNED)
    for n in range(4, MOST_FANNED + 1):
        own = np.flatnonzero(alone & (size == n))
        fans, left = fanned(vertices, line[begins[own][:, None] + np.arange(n)], normals[of_plane[own]])
        out.append(fans)
        rest[own[left]] = True
    kept = np.flatnonzero(rest)
    kept = kept[np.argsort(of_plane[kept], kind="stable")]
    for group in np.split(kept, np.flatnonzero(np.diff(of_plane[kept])) + 1) if len(kept) else ():
        normal = normals[of_plane[group[0]]]
        away = int(np.abs(normal).argmax())
        u, v = ((away + 1) % 3, (away + 2) % 3) if normal[away] > 0.0 else ((away + 2) % 3, (away + 1) % 3)
        rings = [line[begins[k] : ends[k]] for k in group]
        corners = np.concatenate(rings)
        out.append(corners[manifold3d.triangulate([vertices[r][:, [u, v]] for r in rings], PLANE_MM)])
    return np.concatenate(out)


def fanned(vertices, rings: NDArray[np.int64], normals) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Polygons (m, n > 3) of a plane each as triangles round one of their corners, and those (k,) that no corner sees all of.

    A simple polygon is seen from a corner if every triangle of its fan turns with it.
    """
    out, left, n = [], np.arange(len(rings)), rings.shape[1]
    for first in range(n):
        turned = np.roll(rings[left], -first, axis=1)
        at = vertices[turned]
        sides = at[:, 1:] - at[:, :1]
        double = np.einsum("mkx,mx->mk", np.cross(sides[:, :-1], sides[:, 1:]), normals[left])
        good = (double > PLANE_MM * np.linalg.norm(sides, axis=2).max(1)[:, None]).all(1)
        corners = turned[good]
        fan = np.stack([np.repeat(corners[:, :1], n - 2, axis=1), corners[:, 1:-1], corners[:, 2:]], axis=2)
        out.append(fan.reshape(-1, 3))
        left = left[~good]
    return np.concatenate(out), left
