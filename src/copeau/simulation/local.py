"""Finer fields of a part of the stock, where a small cutter has worked."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from copeau.model.moves import RAPID, Moves
from copeau.model.tool import Tool
from copeau.simulation.motions import Frame, Pieces, pieces, tool_runs
from copeau.simulation.remove import called_tools, check_matrix, cut_pieces
from copeau.simulation.tridexel import TriDexel

CELLS_A_DIAMETER = 10
"""Lines across the smallest cutter of a local field."""


def crop_box(bbox, box, cell: float) -> TriDexel:
    """The part of a full box `bbox` (2, 3) that lies in `box` (2, 3), mm."""
    a, b = np.asarray(bbox, float), np.asarray(box, float)
    return TriDexel.from_box(np.array([np.maximum(a[0], b[0]), np.minimum(a[1], b[1])]), cell)


def remove_local(stock: TriDexel, moves: Moves, start, tools: Mapping[int, Tool], part_to_wcs) -> None:
    """Cut a local stock, in place, by those motions whose sweep meets its box; nothing is judged. Errors as `simulate`."""
    check_matrix(part_to_wcs)
    bodies = called_tools(moves, tools)
    keep = np.zeros(len(moves), bool)
    frame = Frame(2, 1.0, np.eye(4))
    parts = pieces(moves, start, frame, False)
    box = sweep_boxes(parts, moves, {n: (b.cutter.R, b.cutter.H) if b.cutter else (0.0, 0.0) for n, b in bodies.items()}, part_to_wcs)
    meets = (box[:, 0] <= stock.bbox[1]).all(1) & (box[:, 1] >= stock.bbox[0]).all(1)
    np.logical_or.at(keep, parts.row, meets)
    cut_pieces(stock, moves, start, bodies, part_to_wcs, keep)


def sweep_boxes(parts: Pieces, moves: Moves, size: Mapping[int, tuple[float, float]], part_to_wcs) -> NDArray[np.float64]:
    """Box (n, 2, 3), part coordinates, of what each piece (in WCS) sweeps with a cutter of `size` = (radius, height)."""
    low, high = np.minimum(parts.seg[:, :3], parts.seg[:, 3:]), np.maximum(parts.seg[:, :3], parts.seg[:, 3:])
    ring = parts.arc[:, 4] != 0.0
    for k in (0, 1):
        low[ring, k], high[ring, k] = parts.arc[ring, k] - parts.arc[ring, 2], parts.arc[ring, k] + parts.arc[ring, 2]
    numbers, which = np.unique(moves["tool"][parts.row], return_inverse=True)
    r, h = np.array([size.get(int(n), (0.0, 0.0)) for n in numbers]).reshape(-1, 2)[which].T
    low[:, :2] -= r[:, None]
    high[:, :2] += r[:, None]
    high[:, 2] += h
    rotation, shift = np.asarray(part_to_wcs, float)[:3, :3], np.asarray(part_to_wcs, float)[:3, 3]
    centre, half = (0.5 * (low + high) - shift) @ rotation, 0.5 * (high - low) @ np.abs(rotation)
    return np.stack([centre - half, centre + half], axis=1)


def small_boxes(
    moves: Moves, start, removed_mm3: NDArray[np.float64], tools: Mapping[int, Tool], part_to_wcs, cell: float
) -> list[tuple[NDArray[np.float64], float]]:
    """Where cutters of less than CELLS_A_DIAMETER cells have cut: boxes (2, 3), part coordinates, and the cell that each asks for.

    Boxes of one cutter that overlap are joined. A box reaches as high as the motions went, not along the flutes.
    """
    parts = pieces(moves, start, Frame(2, 1.0, np.eye(4)), False)
    numbers = moves["tool"][parts.row]
    cut = (removed_mm3[parts.row] > 0.0) & (moves["kind"][parts.row] != RAPID)
    out = []
    for number in sorted({int(moves["tool"][s.start]) for s in tool_runs(moves["tool"]) if moves["tool"][s.start] > 0}):
        tool = tools[number]
        k = np.flatnonzero(cut & (numbers == number))
        if tool.DC >= CELLS_A_DIAMETER * cell or not len(k):
            continue
        some = Pieces(parts.seg[k], parts.arc[k], parts.flags[k], parts.row[k])
        boxes = sweep_boxes(some, moves, {number: (tool.DC / 2 + cell, tool.DC)}, part_to_wcs)
        out += [(box, tool.DC / CELLS_A_DIAMETER) for box in joined(boxes)]
    return out


def joined(boxes: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Boxes (n, 2, 3) of which none overlaps another: those that do are replaced by the box round both."""
    out: list[NDArray[np.float64]] = []
    for box in boxes:
        box = box.copy()
        again = True
        while again:
            again = False
            for k, other in enumerate(out):
                if (box[0] <= other[1]).all() and (other[0] <= box[1]).all():
                    box = np.array([np.minimum(box[0], other[0]), np.maximum(box[1], other[1])])
                    del out[k]
                    again = True
                    break
        out.append(box)
    return np.array(out).reshape(-1, 2, 3)
