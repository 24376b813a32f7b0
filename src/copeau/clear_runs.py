"""Leaving out the paths of a workingstep on which its tool would touch what it cannot cut."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from copeau.model.finding import Finding
from copeau.model.plan import Workingstep
from copeau.model.program import Run, Segment
from copeau.model.tool import Tool
from copeau.simulation.remove import simulate
from copeau.simulation.tridexel import TriDexel


def clear_runs(
    stock: TriDexel, segments: Sequence[Segment], step: Workingstep, part_to_wcs: NDArray[np.float64], tools: Mapping[int, Tool], clearance_z: float
) -> tuple[Segment, ...]:  # fmt: skip
    """The segments (runs; drilling cycles stay) that cut without a finding one after the other in a copy of the stock."""
    rows = []
    for k, s in enumerate(segments):
        if isinstance(s, Run):
            moves = s.moves.copy()
            moves["tool"] = moves["h"] = step.tool.number
            moves["s"], moves["line"] = step.cutting.n, k
            rows.append(moves)
    if not rows:
        return tuple(segments)
    start = (float(rows[0]["x"][0]), float(rows[0]["y"][0]), clearance_z)
    found = simulate(stock.copy(), np.concatenate(rows), start, tools, part_to_wcs).findings
    bad = {f.line for f in found}
    return tuple(s for k, s in enumerate(segments) if k not in bad)


def worst(found: Sequence[Finding]) -> str:
    """The deepest of the findings in words."""
    f = max(found, key=lambda f: f.depth_mm)
    return f"{f.kind} would go {f.depth_mm:.2f} mm into {f.with_}"
