"""Setups whose tool axis is no axis of the part: every field is cut by the general test of `oblique_field`."""

import math

import numpy as np
from numpy.typing import NDArray

from copeau.model.moves import Moves
from copeau.simulation.axis_field import BODIES, BODY, CHAINED, DEEPEST, RAPID, RAPID_DEPTH, REMOVED, SIDE_MM, STEEP, TEST_ONLY
from copeau.simulation.motions import Pieces, tool_runs
from copeau.simulation.oblique_field import sweep_oblique
from copeau.simulation.tools import CORE, ToolBodies
from copeau.simulation.tridexel import DexelField, TriDexel

CORNER_MM = 1e-3
"""Sagitta of the chords that stand for the round of a corner: what they leave is as thin."""
GRAZE_MM = 1e-9
"""Shorter pieces of a line are rounding."""


def cut_tilted(
    stock: TriDexel, matrix: NDArray[np.float64], parts: Pieces, moves: Moves, bodies: dict[int, ToolBodies]
) -> NDArray[np.float64]:
    """Cut all fields; the results of each piece as `axis_field.cut_axis` gives them. `parts` in WCS, straight."""
    out = np.zeros((len(parts.row), BODY + BODIES))
    turn = np.ascontiguousarray(matrix[:3, :3])
    shift = matrix[:3, 3]
    seg = np.hstack([(parts.seg[:, k : k + 3] - shift) @ turn for k in (0, 3)])
    corners = np.array([[stock.bbox[a, 0], stock.bbox[b, 1], stock.bbox[c, 2]] for a in (0, 1) for b in (0, 1) for c in (0, 1)])
    top = float((corners @ turn[2]).max() + shift[2])
    straightest = int(np.abs(turn[2]).argmax())
    numbers = moves["tool"][parts.row]
    for s in tool_runs(numbers):
        if numbers[s.start] > 0:
            tool = bodies[int(numbers[s.start])]
            for n in range(s.start, s.stop):
                _cut_piece(stock, turn, seg[n], parts.seg[n], int(parts.flags[n]), tool, top, straightest, out[n])
    return out


def _cut_piece(stock, turn, seg, tip, flags: int, tool: ToolBodies, top: float, straightest: int, out) -> None:
    """One motion: bodies that meet material before, the cutter, bodies that meet it after."""
    low = min(tip[2], tip[5])
    if low >= top:
        return
    across = 2.0 * math.hypot(tip[3] - tip[0], tip[4] - tip[1]) > abs(tip[5] - tip[2])
    _bodies_met(stock, turn, seg, tip, flags, tool, top, straightest, out, True, across)
    c = tool.cutter
    if c is not None:
        elements = below_height(coned(c.elements), top - low)
        if flags & RAPID:
            thin = elements.copy()
            thin[:, 2:4] = np.maximum(thin[:, 2:4] - SIDE_MM, 0.0)
            thin[:, 6] = np.maximum(thin[:, 6] - SIDE_MM, 0.0)
            met = _sweep(stock.fields[straightest], turn, seg, tip, thin, 0.0, False)
            out[RAPID_DEPTH] = max(out[RAPID_DEPTH], met[1])
        risen = flags & CHAINED and tip[0] == tip[3] and tip[1] == tip[4] and tip[5] >= tip[2] and tip[2] + c.H >= top
        if not (flags & TEST_ONLY or risen):
            for f in stock.fields:
                taken = _sweep(f, turn, seg, tip, elements, 0.0, True)
                if f.axis == straightest:
                    out[REMOVED] += taken[0]
                    out[DEEPEST] = max(out[DEEPEST], taken[1])
    _bodies_met(stock, turn, seg, tip, flags, tool, top, straightest, out, False, across)


def _bodies_met(stock, turn, seg, tip, flags, tool, top, straightest, out, early: bool, across: bool) -> None:
    """Longest piece of a line in each body above the cutter, by kind; see `axis_field.strike` for when."""
    for r, h0, h1, kind, rub in tool.bodies:
        core = int(kind) == CORE
        if (core and not flags & STEEP) or (core or across) != early or min(tip[2], tip[5]) + h0 >= top:
            continue
        height = min(h1, top - min(tip[2], tip[5])) - h0
        cylinder = np.array([[0.0, height, r + rub, r + rub, 0.0, 0.0, 0.0]])
        met = _sweep(stock.fields[straightest], turn, seg, tip, cylinder, h0, False)
        out[BODY + int(kind)] = max(out[BODY + int(kind)], met[1])


def _sweep(f: DexelField, turn, seg, tip, elements, base: float, cut: bool) -> NDArray[np.float64]:
    """`sweep_oblique`, the pool grown where it must: (sum, longest)."""
    out = np.zeros(2)
    radius, height = float(elements[:, 2:4].max()), float(elements[-1, 1])
    while not sweep_oblique(
        f.count, f.first, f.capacity, f.pool, f.used, f.origin[0], f.origin[1], f.cell, *f.shape, f.axis, turn, seg, tip, elements,
        radius, height, base, cut, out,
    ):  # fmt: skip
        f.grow()
    return out if out[1] > GRAZE_MM else np.zeros(2)


def coned(elements: NDArray[np.float64]) -> NDArray[np.float64]:
    """The profile with the round of a corner that is no sphere about the axis cut in cones."""
    rows = []
    for e in elements:
        if e[6] > 0.0 and e[5] != 0.0:
            a0, a1 = math.atan2(e[0] - e[4], e[2] - e[5]), math.atan2(e[1] - e[4], e[3] - e[5])
            n = max(1, math.ceil((a1 - a0) / (2.0 * math.acos(1.0 - min(1.0, CORNER_MM / e[6])))))
            a = np.linspace(a0, a1, n + 1)
            h, r = e[4] + e[6] * np.sin(a), e[5] + e[6] * np.cos(a)
            h[0], h[-1], r[0], r[-1] = e[0], e[1], e[2], e[3]
            rows += [(h[k], h[k + 1], r[k], r[k + 1], 0.0, 0.0, 0.0) for k in range(n)]
        else:
            rows.append(tuple(e))
    return np.array(rows, float)


def below_height(elements: NDArray[np.float64], height: float) -> NDArray[np.float64]:
    """The profile without what lies above `height`, where nothing is to be met; whole pieces of it but for the last cylinder."""
    keep = elements[elements[:, 0] < height].copy()
    if len(keep) and keep[-1, 6] == 0.0 and keep[-1, 2] == keep[-1, 3]:
        keep[-1, 1] = min(keep[-1, 1], height)
    return keep if len(keep) else elements[:1]
