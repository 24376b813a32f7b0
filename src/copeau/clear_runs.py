"""Leaving out the paths of a workingstep on which its tool would touch what it cannot cut."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copeau.model.finding import Finding
from copeau.model.moves import MOVE, RAPID, Moves
from copeau.model.plan import Workingstep
from copeau.model.program import Run, Segment
from copeau.model.tool import Tool
from copeau.simulation.remove import simulate
from copeau.simulation.tridexel import TriDexel

UP_MM = 1e-6  # rounding


@dataclass(frozen=True)
class Cleared:
    """The segments that stay, and how many of how many paths do not."""

    segments: tuple[Segment, ...]
    left_out: int
    of: int

    def __str__(self) -> str:
        return f"{self.left_out} of {self.of} paths left out"


def clear_runs(
    stock: TriDexel, segments: Sequence[Segment], step: Workingstep, part_to_wcs: NDArray[np.float64], tools: Mapping[int, Tool], clearance_z: float
) -> Cleared:  # fmt: skip
    """The segments (runs, parted at each way up to the clearance; drilling cycles stay) that cut without a finding one after the other
    in a copy of the stock."""
    pieces = [piece for s in segments for piece in (parted(s, clearance_z) if isinstance(s, Run) else (s,))]
    kept = pieces
    # What is left out may leave material in the way of what comes after it.
    while bad := _hits(stock, kept, step, part_to_wcs, tools, clearance_z):
        kept = [s for k, s in enumerate(kept) if k not in bad]
    return Cleared(tuple(kept), len(pieces) - len(kept), len(pieces))


def _hits(stock: TriDexel, pieces: Sequence[Segment], step: Workingstep, part_to_wcs, tools, clearance_z: float) -> set[int]:
    """Which of the runs touch what they should not, cut one after the other in a copy of the stock."""
    moves = moves_of(pieces, step)
    if not len(moves):
        return set()
    return {f.line for f in simulate(stock.copy(), moves, start_of(moves, clearance_z), tools, part_to_wcs).findings}


def moves_of(segments: Sequence[Segment], step: Workingstep) -> Moves:
    """The motions of the runs among the segments with tool and speed of the step; the line of each is the number of its segment."""
    rows = []
    for k, s in enumerate(segments):
        if isinstance(s, Run):
            moves = s.moves.copy()
            moves["tool"] = moves["h"] = step.tool.number
            moves["s"], moves["line"] = step.cutting.n, k
            rows.append(moves)
    return np.concatenate(rows) if rows else np.zeros(0, MOVE)


def start_of(moves: Moves, clearance_z: float) -> NDArray[np.float64]:
    """Above the first motion."""
    return np.array([moves["x"][0], moves["y"][0], clearance_z], float)


def parted(run: Run, clearance_z: float) -> list[Run]:
    """The runs between the places where a run is up at the clearance; a run with cutter compensation stays whole."""
    up = np.flatnonzero((run.moves["kind"] == RAPID) & (run.moves["z"] >= clearance_z - UP_MM))
    ends = [int(k) + 1 for k in up if k + 1 < len(run.moves) and run.moves["z"][k + 1] >= clearance_z - UP_MM]
    if not ends or run.comp_on >= 0:
        return [run]
    return [Run(m) for m in np.split(run.moves, ends) if len(m)]


def worst(found: Sequence[Finding]) -> str:
    """The deepest of the findings in words."""
    f = max(found, key=lambda f: f.depth_mm)
    return f"{f.kind} would go {f.depth_mm:.2f} mm into {f.with_}"
