"""Which triangles of a mesh meet at each of its vertices."""

import numpy as np

from copeau.kernels import kernel


@kernel
def triangles_round(triangles, vertices):
    """Triangles round each of a number of `vertices`: where they start, (vertices + 1,), and the triangles, (3 m,), ascending at each vertex."""
    first = np.zeros(vertices + 1, np.int64)
    for t in range(triangles.shape[0]):
        for corner in range(3):
            first[triangles[t, corner] + 1] += 1
    for v in range(vertices):
        first[v + 1] += first[v]
    place, incident = first[:-1].copy(), np.empty(3 * triangles.shape[0], np.int32)
    for t in range(triangles.shape[0]):
        for corner in range(3):
            v = triangles[t, corner]
            incident[place[v]] = t
            place[v] += 1
    return first, incident
