"""The drop surface along any line in XY."""

import numpy as np
from numpy.typing import NDArray

from copeau.toolpath.surface.dropcutter import DropMesh
from copeau.toolpath.surface.sampling import Z, chords, sample_line
from copeau.toolpath.surface.shape import ToolShape


def follow(mesh: DropMesh, shape: ToolShape, line: NDArray[np.float64], floor_mm: float, below_mm: float, tolerance_mm: float) -> list[NDArray[np.float64]]:
    """Tip positions (m, 3) along a polyline (n, 2), at most `tolerance_mm` above the drop surface, where they are below `below_mm`.

    `floor_mm` holds the tip where nothing does.
    """
    out: list[NDArray[np.float64]] = []
    at: list[NDArray[np.float64]] = []
    for a, b in zip(line[:-1], line[1:]):
        length = float(np.hypot(*(b - a)))
        if length <= 0.0:
            continue
        rows = sample_line(mesh, shape, a, b, tolerance_mm, floor_mm)
        low = rows[:, Z] < below_mm
        cuts = np.flatnonzero(np.diff(low.astype(int))) + 1
        for first, piece in zip((0, *cuts.tolist()), np.split(rows, cuts)):
            if first > 0 or not low[0]:
                out, at = _closed(out, at)
            if low[first] and len(piece) > 1:
                told = chords(piece, tolerance_mm)
                at.append(np.column_stack([a + told[:, :1] / length * (b - a), told[:, 1]]))
    return _closed(out, at)[0]


def _closed(out, at):
    """The finished pieces with the one in hand, and an empty hand."""
    return (out + [np.vstack(at)] if at else out), []
