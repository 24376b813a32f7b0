"""The stock as a closed triangle mesh.

A lattice node is inside when two of its three dexels say so; every vertex lies on a lattice line, at the dexel's own end. Where the fields
disagree about a sliver thinner than a cell, the vertex is put half way: the mesh stays closed.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from copeau.kernels import inlined_kernel, kernel
from copeau.simulation.mesh_cases import EDGES, cube_cases
from copeau.simulation.mesh_merge import merged
from copeau.simulation.tridexel import TriDexel

NODE_CLEAR_MM = 2e-4
"""A vertex keeps off the nodes of the lattice by this: vertices of two edges that meet there stay apart in the float32 of a file."""
NODES, ALL_INSIDE = 8, np.uint64(0x0101010101010101)
"""Nodes of a layer that are looked at together, and the word of those that are all inside."""
SLAB_TRIANGLES = 1_000_000
"""Of a stock's surface that are merged together: bounds the work arrays to some 150 MB."""
FIRST, TRIANGLES, LOOPS = cube_cases()
EDGE_START = np.array([[e[0] & 1, e[0] >> 1 & 1, e[0] >> 2 & 1] for e in EDGES], np.int64)
EDGE_AXIS = np.array([e[2] for e in EDGES], np.int64)


def to_mesh(stock: TriDexel, stride: int = 1) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Vertices (n, 3), mm, part coordinates, and outward triangles (m, 3) of the material's surface; every edge has two triangles.

    `stride` takes every nth line: a mesh of about 1 / stride^2 triangles, its vertices still exact.
    """
    vertices, triangles = [np.zeros((0, 3))], [np.zeros((0, 3), np.int32)]
    for layer in layers(stock, stride):
        vertices.append(layer.vertices)
        triangles.append(layer.triangles)
    return np.concatenate(vertices), np.concatenate(triangles).astype(np.int64)


def plain_mesh(stock: TriDexel, stride: int = 1) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The same surface as `to_mesh` gives, in few triangles: those in one plane are merged, a slab of some layers at a time."""
    vertices, triangles, count = [], [], 0
    hung = np.zeros(0, np.int64)  # what the vertices that a slab shares with the one before are called
    for slab in slabs(stock, stride):
        used = np.zeros(len(slab.at), np.bool_)
        used[slab.triangles.ravel()] = used[slab.shared] = True
        used[: len(hung)] = False
        number = np.concatenate([hung, np.zeros(len(slab.at) - len(hung), np.int64)])
        number[used] = count + np.arange(used.sum())
        count += int(used.sum())
        vertices.append(slab.at[used])
        triangles.append(number[slab.triangles])
        hung = number[slab.shared]
    return np.concatenate(vertices), np.concatenate(triangles)


class Slab(NamedTuple):
    """Some layers, merged: vertices, those that the slab before shares first; triangles of them; which of them the next slab shares."""

    at: NDArray[np.float64]
    triangles: NDArray[np.int64]
    shared: slice


def slabs(stock: TriDexel, stride: int = 1) -> Iterator[Slab]:
    """The surface from below in slabs of about `SLAB_TRIANGLES`, the triangles of each merged; no vertex that two slabs share is lost."""
    points, rows, shared, base, hung, count = [], [], slice(0, 0), 0, 0, 0
    for layer in layers(stock, stride):
        if count and count + len(layer.triangles) > SLAB_TRIANGLES:
            slab = _slab(points, rows, shared, base, hung)
            yield slab
            points, rows, base, count = [slab.at[slab.shared]], [], base + slab.shared.start, 0
            hung = len(points[0])
        points.append(layer.vertices)
        rows.append(layer.triangles)
        shared, count = layer.shared, count + len(layer.triangles)
    yield _slab(points, rows, shared, base, hung)


def _slab(points, rows, shared: slice, base: int, hung: int) -> Slab:
    """Layers one over the other; `base`: number of their first vertex in the whole mesh, `hung`: how many the slab before shares."""
    at, faces = np.concatenate(points), np.concatenate(rows) - base
    first = len(at) - len(points[-1])
    shared = slice(first + shared.start, first + shared.stop)
    fixed = np.zeros(len(at), np.bool_)
    fixed[:hung] = fixed[shared] = True
    return Slab(at, merged(at, faces, fixed), shared)


class Layer(NamedTuple):
    """What lies between two layers of nodes: vertices, numbered on from those before; triangles; which of the vertices those of the next
    layer hang on."""

    vertices: NDArray[np.float64]
    triangles: NDArray[np.int64]
    shared: slice


def layers(stock: TriDexel, stride: int) -> Iterator[Layer]:
    """The surface from the lowest layer to the highest."""
    packed = [a for f in stock.fields for a in f.intervals()]
    nx, ny, nz = (-(-n // stride) for n in stock.shape)
    cell = stock.cell * stride
    first, lines = turns(*packed[6:], stock.origin[2], cell, nx, ny, nz, stride, stock.shape[1])
    held = np.zeros((nx, NODES * -(-ny // NODES)), np.uint8)  # the nodes of a layer that the lines along z hold
    far = float(np.abs(stock.bbox).max())
    clear = max(NODE_CLEAR_MM, 4.0 * float(np.spacing(np.float32(far))))
    # Two layers of nodes at a time, with one empty node around, or more: rows are words of eight nodes.
    words = -(-(ny + 2) // NODES)
    below, above = np.zeros((nx + 2, NODES * words), np.uint8), np.zeros((nx + 2, NODES * words), np.uint8)
    ids, at = np.empty((2, 3, *below.shape), np.int32), np.empty((2, 3, *below.shape))
    busy = np.empty(((nx + 2) * words, 2), np.int64)
    count = 0
    for k in range(-1, nz):
        below, above = above, below
        above[:] = 0
        if k + 1 < nz:
            turn(held, lines[first[k + 1] : first[k + 2]], ny)
            fill_layer(*packed[:6], held, held.view(np.uint64), stock.origin, cell, ny, k + 1, stride, stock.shape[0], stock.shape[2], above)
        near = busy[: busy_words(below, above, below.view(np.uint64), above.view(np.uint64), busy)]
        vertices = []
        for axis, d in ((2, 0), (0, 1), (1, 1)):
            points = np.empty((count_edges(below, above, near, axis, d), 3))
            count += place_vertices(
                *packed, stock.origin, cell, clear, k, stride, *stock.shape, below, above, near, axis, d, ids, at, count, points
            )
            vertices.append(points)
        rows = np.empty((count_triangles(below, above, near, FIRST), 3), np.int32)
        points = np.empty((len(rows), 3))
        new = place_triangles(
            below, above, near, ids, at, stock.origin, cell, k, count, FIRST, TRIANGLES, LOOPS, EDGE_START, EDGE_AXIS, points, rows
        )
        count += new
        upright, *level = map(len, vertices)
        made = np.concatenate([*vertices, points[:new]])
        del vertices, points  # of a large level face as much as all that follows
        yield Layer(made, rows, slice(upright, upright + sum(level)))


def stride_for(stock: TriDexel, most_triangles: int) -> int:
    """The smallest stride at which `to_mesh` gives about `most_triangles` at most: an end of a dexel is a vertex, a vertex has two triangles."""
    ends = 2 * sum(int(f.count.sum(dtype=np.int64)) for f in stock.fields)
    return max(1, math.ceil(math.sqrt(2 * ends / most_triangles)))


@kernel
def busy_words(below, above, words_below, words_above, busy):
    """Row and word (n, 2) of eight cubes each among which the surface may pass; their number.

    The cube of a node has it as its first corner, so that it has a part in every edge that begins there.
    """
    n = 0
    for i in range(words_below.shape[0] - 1):
        for w in range(words_below.shape[1]):
            one = words_below[i, w]
            alike = (one == 0 or one == ALL_INSIDE) and words_below[i + 1, w] == one and words_above[i, w] == one and words_above[i + 1, w] == one
            j = NODES * (w + 1)
            if alike and j < below.shape[1]:
                last = below[i, j - 1]
                alike = below[i, j] == last and below[i + 1, j] == last and above[i, j] == last and above[i + 1, j] == last
            if not alike:
                busy[n, 0], busy[n, 1] = i, w
                n += 1
    return n


@kernel
def count_edges(below, above, near, axis, d):
    """Edges along `axis` from the nodes of one layer that the surface crosses."""
    n = 0
    nodes = above if d == 1 else below
    for m in range(len(near)):
        a = near[m, 0]
        for b in range(NODES * near[m, 1], min(NODES * (near[m, 1] + 1), below.shape[1] - 1)):
            other = nodes[a + 1, b] if axis == 0 else nodes[a, b + 1] if axis == 1 else above[a, b]
            n += nodes[a, b] != other
    return n


@inlined_kernel
def holds(offsets, starts, ends, line, x):
    """True where x lies in an interval of a line."""
    for k in range(offsets[line], offsets[line + 1]):
        if starts[k] <= x <= ends[k]:
            return True
    return False


@kernel
def turns(oz, sz, ez, z0, cell, nx, ny, nz, stride, my):
    """Where the lines along z begin and end to hold their nodes: lines (m,), numbered over every `stride`th, by layer, and where each layer's begin (nz + 2,)."""
    first = np.zeros(nz + 3, np.int64)
    lines = np.empty(0, np.int32)
    for writing in (False, True):
        for i in range(nx):
            for j in range(ny):
                line = i * stride * my + j * stride
                for m in range(oz[line], oz[line + 1]):
                    low = max(0, int(math.ceil((sz[m] - z0) / cell)) - 1)
                    while low < nz and z0 + low * cell < sz[m]:
                        low += 1
                    high = max(low, int(math.floor((ez[m] - z0) / cell)) - 1)
                    while high < nz and z0 + high * cell <= ez[m]:
                        high += 1
                    if low >= high:
                        continue
                    for k in (low, high):
                        if writing:
                            lines[first[k + 1]] = i * ny + j
                        first[k + 1 if writing else k + 2] += 1
        if not writing:
            for k in range(nz + 2):
                first[k + 1] += first[k]
            lines = np.empty(first[nz + 2], np.int32)
    return first[: nz + 2].copy(), lines


@kernel
def turn(upright, lines, ny):
    """Change what these lines hold."""
    for line in lines:
        upright[line // ny, line % ny] ^= 1


@kernel
def fill_layer(ox, sx, ex, oy, sy, ey, upright, words, origin, cell, ny, k, stride, mx, mz, layer):
    """Mark the nodes of layer k (in strides) that two of the three fields hold, one node in from the layer's rim.

    `upright` (nx, n): those that the lines along z hold, and the same in `words` of eight. Where the lines along y say otherwise, those
    along x decide.
    """
    for i in range(len(upright)):
        row, x = layer[i + 1], origin[0] + i * cell
        for j in range(ny):
            row[j + 1] = upright[i, j]
        along = k * stride * mx + i * stride
        j = 0
        for m in range(oy[along], oy[along + 1] + 1):
            # Nodes that no interval along y holds, up to the next one, then those that it holds.
            for held in range(2):
                end = ny
                if m < oy[along + 1]:
                    while_in = sy[m] if held == 0 else ey[m]
                    end = min(ny, max(j, int((while_in - origin[1]) / cell) - 1))
                    while end < ny and (origin[1] + end * cell < while_in if held == 0 else origin[1] + end * cell <= while_in):
                        end += 1
                elif held == 1:
                    break
                word = np.uint64(0) if held == 0 else ALL_INSIDE
                while j < end:
                    if j % NODES == 0 and j + NODES <= end and words[i, j // NODES] == word:
                        j += NODES
                        continue
                    if upright[i, j] != held:
                        row[j + 1] = holds(ox, sx, ex, j * stride * mz + k * stride, x)
                    j += 1


@kernel
def case_of(below, above, i, j):
    """Which corners of the cube at nodes i..i+1, j..j+1 lie inside, as bits."""
    return (
        below[i, j] | below[i + 1, j] << 1 | below[i, j + 1] << 2 | below[i + 1, j + 1] << 3
        | above[i, j] << 4 | above[i + 1, j] << 5 | above[i, j + 1] << 6 | above[i + 1, j + 1] << 7
    )  # fmt: skip


@kernel
def count_triangles(below, above, near, first):
    """Triangles between two layers of nodes."""
    n = 0
    for m in range(len(near)):
        i = near[m, 0]
        for j in range(NODES * near[m, 1], min(NODES * (near[m, 1] + 1), below.shape[1] - 1)):
            c = case_of(below, above, i, j)
            n += first[c + 1] - first[c]
    return n


@kernel
def crossing(offsets, starts, ends, line, low, high, clear, rising):
    """Where the material begins (`rising`) or ends between two neighbour nodes of a line; half way where its dexels know no such place."""
    best = 0.5 * (low + high)
    for k in range(offsets[line], offsets[line + 1]):
        x = starts[k] if rising else ends[k]
        if low <= x <= high:
            best = x
            if not rising:
                break
    return min(high - clear, max(low + clear, best))


@kernel
def place_vertices(
    ox, sx, ex, oy, sy, ey, oz, sz, ez, origin, cell, clear, k, stride, mx, my, mz, below, above, near, axis, d, ids, at, count, points
):
    """New vertices on the edges along `axis` that begin at the nodes of layer k + d; their number.

    `ids` (2, 3, ...) and `at`: numbers of the vertices and their places along the edges, by layer (even, odd), axis and first node.
    """
    new = 0
    nodes = above if d == 1 else below
    for m in range(len(near)):
        a = near[m, 0]
        for b in range(NODES * near[m, 1], min(NODES * (near[m, 1] + 1), below.shape[1] - 1)):
            inside = nodes[a, b]
            other = nodes[a + 1, b] if axis == 0 else nodes[a, b + 1] if axis == 1 else above[a, b]
            if inside == other:
                continue
            # The rim of empty nodes lies outside of the lattice, on lines that are not there.
            i, j, h = a - 1, b - 1, k + d
            x, y, z = origin[0] + i * cell, origin[1] + j * cell, origin[2] + h * cell
            if axis == 0:
                x = crossing(ox, sx, ex, j * stride * mz + h * stride, x, x + cell, clear, inside == 0)
            elif axis == 1:
                y = crossing(oy, sy, ey, h * stride * mx + i * stride, y, y + cell, clear, inside == 0)
            else:
                z = crossing(oz, sz, ez, i * stride * my + j * stride, z, z + cell, clear, inside == 0)
            points[new, 0], points[new, 1], points[new, 2] = x, y, z
            ids[k + d & 1, axis, a, b], at[k + d & 1, axis, a, b] = count + new, points[new, axis]
            new += 1
    return new


@kernel
def place_triangles(below, above, near, ids, at, origin, cell, k, count, first, triangles, loops, edge_start, edge_axis, points, out):
    """Triangles of the cubes between layers k and k + 1, and the middles of loops; the number of these."""
    new, t = 0, 0
    middle = np.zeros(4, np.int64)
    for w in range(len(near)):
        i = near[w, 0]
        for j in range(NODES * near[w, 1], min(NODES * (near[w, 1] + 1), below.shape[1] - 1)):
            c = case_of(below, above, i, j)
            if first[c] == first[c + 1]:
                continue
            for m in range(4):
                middle[m] = -1
                n, x, y, z = 0, 0.0, 0.0, 0.0
                while n < 8 and loops[c, m, n] >= 0:
                    e = loops[c, m, n]
                    a, b, d, axis = i + edge_start[e, 0], j + edge_start[e, 1], edge_start[e, 2], edge_axis[e]
                    place = at[k + d & 1, axis, a, b]
                    x += place if axis == 0 else origin[0] + (a - 1) * cell
                    y += place if axis == 1 else origin[1] + (b - 1) * cell
                    z += place if axis == 2 else origin[2] + (k + d) * cell
                    n += 1
                if n > 0:
                    points[new, 0], points[new, 1], points[new, 2] = x / n, y / n, z / n
                    middle[m] = count + new
                    new += 1
            for r in range(first[c], first[c + 1]):
                for q in range(3):
                    e = triangles[r, q]
                    if e < 12:
                        out[t, q] = ids[k + edge_start[e, 2] & 1, edge_axis[e], i + edge_start[e, 0], j + edge_start[e, 1]]
                    else:
                        out[t, q] = middle[e - 12]
                t += 1
    return new
