"""Writing motions: a pen that knows where it is and draws rapids, feeds, arcs and fitted paths into `Moves`."""

import numpy as np
from numpy.typing import NDArray

from copeau.model.moves import RAPID, Moves, arc_move, line_moves
from copeau.toolpath.arcs import fit

SAGITTA_MM = 0.006  # chords of the design's mesh stand for arcs up to here: its deflection of 0.005 mm and a little
FIT_TOL_MM = 0.0015  # arcs and lines through the points of an offset path: with the path's own gap never a gouge


class Pen:
    """Collects the motions of one tool, tip positions in work coordinates, mm.

    `at` is where the tip is after the last motion, None before the first.
    """

    def __init__(self, clearance_z: float, feed_mm_min: float, plunge_mm_min: float):
        self.clearance_z, self.feed_mm_min, self.plunge_mm_min = clearance_z, feed_mm_min, plunge_mm_min
        self.at: tuple[float, float, float] | None = None
        self._rows: list[Moves] = []

    @property
    def rows(self) -> int:
        """How many motions there are."""
        return sum(len(r) for r in self._rows)

    def rapid(self, x: float, y: float, z: float) -> None:
        """Straight rapid."""
        self._put(line_moves(np.array([[x, y, z]]), np.nan, RAPID))

    def above(self, x: float, y: float) -> None:
        """Up to the clearance height, across, and no further."""
        if self.at is not None and self.at[2] < self.clearance_z:
            self.rapid(self.at[0], self.at[1], self.clearance_z)
        self.rapid(x, y, self.clearance_z)

    def feed(self, x: float, y: float, z: float, feed_mm_min: float | None = None) -> None:
        """Straight feed, at the cutting feed unless said."""
        self._put(line_moves(np.array([[x, y, z]]), feed_mm_min or self.feed_mm_min))

    def arc(self, end: NDArray[np.float64], centre: NDArray[np.float64], clockwise: bool, feed_mm_min: float | None = None) -> None:
        """Arc or helix about the tool axis to `end` (x, y, z)."""
        self._put(arc_move(end, centre, feed_mm_min or self.feed_mm_min, clockwise))

    def follow(self, points: NDArray[np.float64], z: float, tolerance_mm: float = FIT_TOL_MM) -> None:
        """Lines and arcs through `points` (n, 2), of which the first is where the pen is, at height `z`."""
        rows = fit(np.column_stack([points, np.full(len(points), z)]), tolerance_mm, sagitta_mm=SAGITTA_MM)
        rows["f"] = self.feed_mm_min
        self._put(rows)

    def polyline(self, points: NDArray[np.float64], feed_mm_min: float | None = None) -> None:
        """Straight feeds through `points` (n, 3)."""
        self._put(line_moves(points, feed_mm_min or self.feed_mm_min))

    def lift(self) -> None:
        """Rapid straight up to the clearance height."""
        if self.at is not None and self.at[2] < self.clearance_z:
            self.rapid(self.at[0], self.at[1], self.clearance_z)

    def moves(self) -> Moves:
        """Everything drawn so far."""
        return np.concatenate(self._rows) if self._rows else line_moves(np.zeros((0, 3)), np.nan)

    def _put(self, rows: Moves) -> None:
        self._rows.append(rows)
        last = rows[-1]
        self.at = (float(last["x"]), float(last["y"]), float(last["z"]))
