"""Drilling, spotting, reaming and tapping as canned cycles."""

import numpy as np

from copeau.model.errors import Refusal
from copeau.model.plan import Workingstep
from copeau.model.program import DrillCycle, Segment
from copeau.toolpath.generate import strategy
from copeau.toolpath.scene import Scene

RETRACT_GAP_MM = 2.0  # R plane above the entry: chips and a rough face pass under it
CYCLE_OF_OPERATION = {"spot_drilling": 82, "drilling": 81, "deep_drilling": 83, "chip_breaking": 73, "tapping": 84, "reaming": 85, "countersinking": 82, "counterboring": 82}
DWELL_TURNS = 2.0  # a spot or countersink turns twice at depth to leave a round bottom


@strategy("drill")
def drill(step: Workingstep, scene: Scene) -> tuple[Segment, ...]:
    """Canned cycles at `points`, each from its `entry_z` to its `bottom_z` (work coordinates, mm).

    Holes of one entry height share a cycle; the shortest chain through the points decides the order.
    """
    par = step.parameters
    points = np.asarray(par["points"], float).reshape(-1, 2)
    entry, bottom = np.asarray(par["entry_z"], float), np.asarray(par["bottom_z"], float)
    if not len(points):
        raise Refusal("no_holes", f"workingstep {step.id} names no hole")
    if (bottom >= entry).any():
        raise Refusal("no_depth", f"workingstep {step.id}: a hole ends above its entry")
    tool, cutting = step.tool, step.cutting
    usable = np.nanmax([tool.LU, 0.0])
    for p, e, b in zip(points, entry, bottom):
        if usable and scene.highest(p[0], p[1], tool.DC / 2 + 0.5) - b > usable + tool.DC and e - b > usable:
            raise Refusal("tool_too_short", f"T{tool.number} reaches {usable:g} mm, the hole at ({p[0]:.1f}, {p[1]:.1f}) needs {e - b:.1f} mm")
    code = CYCLE_OF_OPERATION[step.operation]
    dwell = DWELL_TURNS * 60.0 / cutting.n if code == 82 else np.nan
    out = []
    for z in sorted({round(float(e), 4) for e in entry}, reverse=True):
        k = np.flatnonzero(np.abs(entry - z) < 1e-3)
        top = max(z, max(scene.highest(*points[i], tool.DC / 2 + 0.2) for i in k))
        k = k[chain_order(points[k])]
        out.append(
            DrillCycle(
                code, points[k], top + RETRACT_GAP_MM, bottom[k], scene.clearance_z, cutting.vf,
                float(par.get("peck_mm", np.nan)), dwell, tool.TP if code == 84 else np.nan,
            )  # fmt: skip
        )
    return tuple(out)


@strategy("counterbore")
def counterbore(step: Workingstep, scene: Scene) -> tuple[Segment, ...]:
    """A flat end mill straight down to the bottom of bores of its own diameter, with a dwell, as a canned cycle."""
    return drill(step, scene)


def chain_order(points: np.ndarray) -> np.ndarray:
    """Order of visit of `points` (n, 2): nearest neighbour from the lowest corner, then improved by exchanging pairs (2-opt)."""
    n = len(points)
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    order, left = [int(np.lexsort((points[:, 0], points[:, 1]))[0])], set(range(n))
    left.discard(order[0])
    while left:
        here = order[-1]
        order.append(min(sorted(left), key=lambda i: distance[here, i]))
        left.discard(order[-1])
    better = n > 3
    while better:
        better = False
        for i in range(n - 2):
            for j in range(i + 2, n):
                a, b, c = order[i], order[i + 1], order[j]
                d = order[j + 1] if j + 1 < n else None
                now = distance[a, b] + (distance[c, d] if d is not None else 0.0)
                then = distance[a, c] + (distance[b, d] if d is not None else 0.0)
                if then < now - 1e-9:
                    order[i + 1 : j + 1] = order[i + 1 : j + 1][::-1]
                    better = True
    return np.array(order)
