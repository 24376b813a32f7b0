"""The triangles of a lattice cube for each of the 256 ways in which its corners lie in or out of the material.

Corner c of the cube has the offsets (c & 1, c >> 1 & 1, c >> 2 & 1). The surface crosses each edge between a corner inside and one
outside; on each face the crossings are joined so that corners inside stay apart. Both cubes at a face join them alike, so that the surface
is closed whatever the corners. Loops of crossings are cut into triangles with no diagonal on a face of the cube: such a
diagonal could meet another one of the neighbour.
"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

EDGES = [(a, a | 1 << d, d) for d in range(3) for a in range(8) if not a & 1 << d]
"""Edges of the cube: first corner, second corner, axis."""
FACES = [(0, 2, 6, 4), (1, 5, 7, 3), (0, 4, 5, 1), (2, 3, 7, 6), (0, 1, 3, 2), (4, 6, 7, 5)]
"""Corners of each face, counterclockwise seen from outside of the cube."""
EDGE_OF = {frozenset(e[:2]): k for k, e in enumerate(EDGES)}
CENTRE = 12
"""Stands for a vertex in the middle of a loop that has no cut without a diagonal on a face."""


def cube_cases() -> tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.int8]]:
    """`first` (257,) and `corners` (t, 3): triangles first[case] : first[case + 1] by edge 0..11, or 12 + loop for its middle.

    `loops` (256, 4, 8): edges of the loops that need a middle, -1 where there is none.
    """
    rows, first, loops = [], [0], np.full((256, 4, 8), -1, np.int8)
    for case in range(256):
        middles = 0
        for loop in _loops(case):
            cut = _triangulated(loop)
            if cut is None:
                loops[case, middles, : len(loop)] = loop
                cut = [(loop[k], loop[(k + 1) % len(loop)], CENTRE + middles) for k in range(len(loop))]
                middles += 1
            # The loop turns clockwise seen from outside of the material.
            rows += [(c, b, a) for a, b, c in cut]
        first.append(len(rows))
    return np.array(first), np.array(rows, np.int8), loops


def _loops(case: int) -> list[list[int]]:
    """Closed loops of crossed edges, turning clockwise seen from outside of the material."""
    follow = {}
    for face in FACES:
        inside = [bool(case >> c & 1) for c in face]
        for k in range(4):
            # Walking round the face, the surface leaves the face's edge where the material begins and comes back where it ends.
            if inside[k] and not inside[k - 1]:
                end = k
                while inside[(end + 1) % 4]:
                    end += 1
                begins = EDGE_OF[frozenset((face[k - 1], face[k]))]
                ends = EDGE_OF[frozenset((face[end % 4], face[(end + 1) % 4]))]
                follow[begins] = ends
    loops = []
    while follow:
        edge = min(follow)
        loop = []
        while edge in follow:
            loop.append(edge)
            edge = follow.pop(edge)
        loops.append(loop)
    return loops


def _share_face(a: int, b: int) -> bool:
    """True where two edges of the cube lie on one face."""
    corners = set(EDGES[a][:2]) | set(EDGES[b][:2])
    return any(corners <= set(face) for face in FACES)


def _triangulated(loop: list[int]) -> list[tuple[int, int, int]] | None:
    """Triangles of a loop without a diagonal on a face of the cube; None where there are none."""
    n = len(loop)
    if n == 3:
        return [(loop[0], loop[1], loop[2])]
    for k in range(1, n - 1):
        if all(abs(a - b) == 1 or not _share_face(loop[a], loop[b]) for a, b in combinations((0, k, n - 1), 2) if {a, b} != {0, n - 1}):
            parts = [loop[: k + 1], loop[k:]]
            cut = [(loop[0], loop[k], loop[-1])]
            done = [_triangulated(part) if len(part) > 2 else [] for part in parts]
            if all(d is not None for d in done):
                return cut + [t for d in done if d is not None for t in d]
    return None
