"""What the machine itself forbids: travel of its axes, its table.

Where the work lies on the table is the operator's choice, so a travel is judged by the span of what a program asks for, in the program's own
coordinates. Places that a program names in machine coordinates (G53, G28, G30) are no part of that span: where they
lie seen from the work nobody knows.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from copeau.model.machine import Machine
from copeau.model.moves import Moves
from copeau.model.plan import Body
from copeau.model.tool import Tool

TABLE_MM = 1e-3
"""Deeper than this under the table's top is in it: what a program's digits may round."""


def over_travel(moves: Moves, start, machine_lines: Sequence[int], tools: Mapping[int, Tool], machine: Machine) -> list[tuple[str, NDArray[np.bool_]]]:
    """Axis and (n,) motions from which on its span exceeds the machine's travel, X, Y and Z.

    Z is that of the spindle: tip and gauge length, where every tool called has one.
    """
    lift = gauge_lengths(moves["tool"], tools)
    out = []
    for axis, name in enumerate("xyz"):
        own = programmed(moves[name], float(np.asarray(start, float)[axis]), np.isin(moves["line"], list(machine_lines)))
        place = moves[name] + (lift if name == "z" else 0.0)
        out.append((name.upper(), own & spans_over(np.where(own, place, np.nan), machine.travels_mm[axis])))
    return out


def gauge_lengths(number: NDArray[np.int32], tools: Mapping[int, Tool]) -> NDArray[np.float64]:
    """Gauge length of the tool of each motion; 0 for all unless every tool has one."""
    called, which = np.unique(number, return_inverse=True)
    length = np.array([tools[n].length_mm if n in tools else 0.0 if n <= 0 else np.nan for n in called.tolist()])
    return length[which] if (length[called > 0] > 0.0).all() else np.zeros(len(number))


def programmed(place: NDArray[np.float64], start: float, in_machine: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Rows whose coordinate was set by the program in work coordinates, not by a machine move or the start before it."""
    if not len(place):
        return np.zeros(0, bool)
    first = np.concatenate([[True], np.diff(place) != 0.0])  # rows that set a new value
    set_by_machine = in_machine.copy()
    set_by_machine[0] |= place[0] == start
    setter = np.maximum.accumulate(np.where(first, np.arange(len(place)), 0))
    return ~set_by_machine[setter]


def spans_over(place: NDArray[np.float64], travel_mm: float) -> NDArray[np.bool_]:
    """Rows at which the span of `place` so far (NaN: not counted) exceeds the travel; none where the travel is NaN."""
    high = np.fmax.accumulate(place) if len(place) else place
    low = np.fmin.accumulate(place) if len(place) else place
    return high - low > travel_mm


def table_top_mm(fixture: Sequence[Body]) -> float:
    """Height of the table in work coordinates: the fixture stands on it. NaN without a fixture."""
    return min((float(np.asarray(b.vertices)[:, 2].min()) for b in fixture), default=np.nan)


def under_table(frm: NDArray[np.float64], to: NDArray[np.float64], in_machine: NDArray[np.bool_], table_mm: float) -> NDArray[np.float64]:
    """Depth (n,) mm of the tool tip under the table's top, 0 above it and on machine moves."""
    low = np.minimum(frm[:, 2], to[:, 2])
    depth = np.where(in_machine | ~(low < table_mm - TABLE_MM), 0.0, table_mm - low)
    return np.nan_to_num(depth)
