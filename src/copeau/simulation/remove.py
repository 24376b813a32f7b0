"""`simulate`: run the motions of a program over the stock."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from copeau.model.errors import CopeauError
from copeau.model.finding import Finding
from copeau.model.machine import Machine
from copeau.model.moves import Moves
from copeau.model.plan import Body
from copeau.model.tool import Tool
from copeau.simulation.axis_field import BODIES, BODY, CHAINED, DEEPEST, RAPID_DEPTH, REMOVED, SIDE_MM, TILE, cut_axis
from copeau.simulation.collide import Depths, Place, fixture_depths, judge
from copeau.simulation.motions import Frame, Pieces, aligned_frame, pieces, tool_runs
from copeau.simulation.plan_sweep import MOST_BREAKS, MOST_SPANS
from copeau.simulation.side_field import GATHERED, cut_side
from copeau.simulation.tilted import cut_tilted
from copeau.simulation.tools import FLAT, Cutter, ToolBodies, tool_bodies
from copeau.simulation.tridexel import DexelField, TriDexel

NOTHING = Cutter(FLAT, 0.0, 0.0, 0.0, np.zeros((1, 7)))
"""The cutter of a tool that takes nothing."""
ROWS_AT_ONCE = 200_000
"""Motions of a program that are looked at together: some 400 bytes each while they are cut."""


@dataclass(frozen=True)
class SimResult:
    """What a program did. `stock` is the same object as was given, cut.

    `removed_mm3` and `depth_mm` (the longest piece taken along the tool axis) have one entry for each motion; `findings` are in the order
    of lines.
    """

    stock: TriDexel
    removed_mm3: NDArray[np.float64]
    depth_mm: NDArray[np.float64]
    findings: tuple[Finding, ...]

    @property
    def deepest_mm(self) -> float:
        """Deepest engagement of any motion along the tool axis."""
        return float(self.depth_mm.max(initial=0.0))


def simulate(
    stock: TriDexel,
    program_moves: Moves,
    start,
    tools: Mapping[int, Tool],
    part_to_wcs,
    fixture: Sequence[Body] = (),
    *,
    rapid_dogleg: bool = False,
    threads: int = 1,
    progress: Callable[[float], None] | None = None,
    setup: str = "",
    machine: Machine | None = None,
    machine_lines: Sequence[int] = (),
    spindle_nose_mm: float = np.nan,
    rows: NDArray[np.bool_] | None = None,
) -> SimResult:
    """Cut `stock`, in place, along a program's motions and find what must not happen.

    Parameters
    ----------
    stock : in part coordinates
    program_moves, start : tip positions in WCS, mm, and where the first row begins (3,)
    tools : by number, in their holders
    part_to_wcs : (4, 4) rotation and shift
    fixture : closed bodies in WCS
    rapid_dogleg : test rapids also on the path of a control that does not interpolate them
    threads : fields are cut side by side; the result is the same for any number
    progress : called with the share done, from 0 to 1
    setup : name that findings carry
    machine : its travels, its table (under the fixture) and, unless `spindle_nose_mm` says another, its spindle nose are checked
    machine_lines : lines whose places are machine coordinates, no part of the work's span
    spindle_nose_mm : diameter of the spindle nose, tested for tools that have `length_mm`
    rows : (n,) the motions that are new to this stock, for a program whose others were cut in it before; all if None

    Raises
    ------
    CopeauError
        A tool that the program calls is unknown or lacks a property; the matrix is no rotation and shift.
    """
    check_matrix(part_to_wcs)
    if machine is not None and np.isnan(spindle_nose_mm):
        spindle_nose_mm = machine.nose_mm
    bodies = called_tools(program_moves, tools, spindle_nose_mm)
    n, top, told = len(program_moves), -np.inf, _ByMotion(len(program_moves))
    for first in range(0, max(n, 1), ROWS_AT_ONCE):
        s = slice(first, min(first + ROWS_AT_ONCE, n))
        if s.stop < n and rows is not None and not rows[s].any():
            continue
        moves, begin = program_moves[s], start if first == 0 else place_of(program_moves[first - 1])
        share = None if progress is None else partial(_share_of, progress, first, len(moves), n)
        frame, parts, out, top = _cut(stock, moves, begin, bodies, part_to_wcs, rapid_dogleg, threads, share, None if rows is None else rows[s])
        told.add(s, parts, out, fixture_depths(fixture, frame, parts, moves["tool"], bodies))
    depths = Depths(rapid=told.rapid, bodies=told.bodies, fixture=told.fixture)
    findings = judge(program_moves, start, tools, depths, Place(setup, machine, machine_lines, fixture, top))
    return SimResult(stock, told.removed * stock.cell**2, told.deepest, findings)


class _ByMotion:
    """What the motions of a program did, one entry each: depths in mm, what they removed in mm of line; filled some motions at a time."""

    def __init__(self, count: int):
        self.rapid, self.deepest, self.removed, self.bodies = np.zeros(count), np.zeros(count), np.zeros(count), np.zeros((count, BODIES))
        self.fixture: dict[str, NDArray[np.float64]] = {}

    def add(self, s: slice, parts: Pieces, out: NDArray[np.float64], struck: Mapping[str, NDArray[np.float64]]) -> None:
        """The motions of `s`, from what was told of their pieces."""
        n = s.stop - s.start
        self.rapid[s], self.deepest[s] = by_row(out[:, RAPID_DEPTH], parts.row, n), by_row(out[:, DEEPEST], parts.row, n)
        self.removed[s] = np.bincount(parts.row, out[:, REMOVED], n)
        for k in range(BODIES):
            self.bodies[s, k] = by_row(out[:, BODY + k], parts.row, n)
        for name, depth in struck.items():
            self.fixture.setdefault(name, np.zeros(len(self.rapid)))[s] = by_row(depth, parts.row, n)


def place_of(move) -> NDArray[np.float64]:
    """Where a motion ends, (3,)."""
    return np.array([move["x"], move["y"], move["z"]])


def _share_of(progress: Callable[[float], None], first: int, count: int, of: int, share: float) -> None:
    """Tell the share of all motions where `share` is one of `count` from the `first`."""
    progress((first + share * count) / of)


def cut_pieces(stock: TriDexel, moves: Moves, start, bodies: dict[int, ToolBodies], part_to_wcs, keep: NDArray[np.bool_]) -> None:
    """Cut `stock`, in place, by the motions of a program that `keep` (n,) marks; nothing is judged."""
    _cut(stock, moves, start, bodies, part_to_wcs, False, 1, None, keep)


def _cut(stock, moves: Moves, start, bodies, part_to_wcs, dogleg: bool, threads: int, progress, keep):
    """Cut along the pieces of a program: their frame, the pieces, what each did, and the stock's top in WCS."""
    frame = aligned_frame(part_to_wcs)
    if frame is None:
        matrix = np.asarray(part_to_wcs, float)
        frame = Frame(2, 1.0, np.eye(4))
        parts = kept(pieces(moves, start, frame, dogleg, arcs=False), keep)
        return frame, parts, cut_tilted(stock, matrix, parts, moves, bodies), _tilted_top(stock, matrix)
    parts = kept(pieces(moves, start, frame, dogleg), keep)
    out = _cut_fields(stock, frame, parts, moves, bodies, threads, progress)
    return frame, parts, out, _stock_top(stock, frame) + frame.part_to_wcs[2, 3]


def kept(parts: Pieces, keep: NDArray[np.bool_] | None) -> Pieces:
    """The pieces of the motions in `keep`; the tool has not stood at the start of one whose forerunner is left out."""
    if keep is None:
        return parts
    k = np.flatnonzero(keep[parts.row])
    flags = parts.flags[k]
    flags[np.diff(k, prepend=-2) != 1] &= ~CHAINED
    return Pieces(parts.seg[k], parts.arc[k], flags, parts.row[k])


def _cut_fields(stock: TriDexel, frame: Frame, parts: Pieces, moves: Moves, bodies, threads: int, progress) -> NDArray[np.float64]:
    """Cut the three fields, side by side where threads allow; each by itself, so that their number changes nothing."""
    out = np.zeros((len(parts.row), BODY + BODIES))
    jobs = [partial(_cut_along, stock, frame, parts, moves, bodies, out, progress)]
    grazed = np.zeros((2, len(parts.row)))
    jobs += [partial(_cut_across, stock, frame, parts, moves, bodies, c, grazed[c]) for c in (0, 1)]
    if threads > 1:
        with ThreadPoolExecutor(min(threads, 3)) as pool:
            for done in [pool.submit(job) for job in jobs]:
                done.result()
    else:
        for job in jobs:
            job()
    # A wall met between the lines along the axis: how deep is the shorter of the two chords through it, of a cutter thinner by SIDE_MM.
    side = np.where(grazed.min(0) > 0.0, grazed.min(0), grazed.max(0))
    out[:, RAPID_DEPTH] = np.where((out[:, RAPID_DEPTH] > 0.0) | (side == 0.0), out[:, RAPID_DEPTH], side + SIDE_MM)
    return out


def _tilted_top(stock: TriDexel, matrix: NDArray[np.float64]) -> float:
    """Highest corner of the stock's box in WCS."""
    reach = np.where(matrix[2, :3] > 0.0, stock.bbox[1], stock.bbox[0])
    return float(matrix[2, :3] @ reach + matrix[2, 3])


def by_row(values: NDArray[np.float64], row: NDArray[np.intp], rows: int) -> NDArray[np.float64]:
    """Largest value of the pieces of each motion."""
    out = np.zeros(rows)
    np.maximum.at(out, row, values)
    return out


def check_matrix(part_to_wcs) -> None:
    """Raise CopeauError unless a 4x4 matrix is a rotation and a shift."""
    m = np.asarray(part_to_wcs, float)
    ok = m.shape == (4, 4) and np.isfinite(m).all() and np.abs(m[:3, :3] @ m[:3, :3].T - np.eye(3)).max() < 1e-6
    if not ok or np.linalg.det(m[:3, :3]) < 0.0:
        raise CopeauError("part_to_wcs is not a rotation and a shift", "setup", "give a right-handed orthonormal 4x4 matrix")


def called_tools(moves: Moves, tools: Mapping[int, Tool], spindle_nose_mm: float = np.nan) -> dict[int, ToolBodies]:
    """Bodies of every tool that the program moves. Raises CopeauError for a number that is not in `tools`."""
    out = {}
    for number in np.unique(moves["tool"][moves["tool"] > 0]).tolist():
        if number not in tools:
            line = int(moves["line"][np.flatnonzero(moves["tool"] == number)[0]])
            known = ", ".join(f"T{n}" for n in sorted(tools)) or "none"
            raise CopeauError(f"tool T{number} is not in the tool table", f"line {line}", f"add it; the table has {known}")
        out[number] = tool_bodies(tools[number], spindle_nose_mm)
    return out


def _stock_top(stock: TriDexel, frame: Frame) -> float:
    """Top of the stock's box along the tool axis, frame."""
    return float((frame.flip * stock.bbox[:, frame.axis]).max())


def _run_pieces(parts: Pieces, tool) -> list[tuple[int, slice]]:
    """(tool number, pieces) of each run; runs without a tool left out."""
    numbers = tool[parts.row]
    return [(int(numbers[s.start]), s) for s in tool_runs(numbers) if numbers[s.start] > 0]


def _field(f: DexelField):
    return f.count, f.first, f.capacity, f.pool, f.used


def _cut_along(stock: TriDexel, frame: Frame, parts: Pieces, moves: Moves, bodies, out, progress) -> None:
    """The field along the tool axis: removal, rapids, bodies above the cutter."""
    f = stock.fields[frame.axis]
    nu, nv = f.shape
    tiles = (-(-nu // TILE), -(-nv // TILE))
    tops, dirty = np.full(tiles, np.inf), np.ones(tiles, bool)
    breaks, spans = np.zeros(MOST_BREAKS), np.zeros(2 * MOST_SPANS)
    highest = _stock_top(stock, frame)
    for number, s in _run_pieces(parts, moves["tool"]):
        tool = bodies[number]
        c = tool.cutter or NOTHING
        seg, arc, flags, result = parts.seg[s], parts.arc[s], parts.flags[s], out[s]
        n = 0
        while True:
            n = cut_axis(
                *_field(f), frame.flip, f.origin[0], f.origin[1], f.cell, nu, nv, tops, dirty, highest, seg, arc, flags, n,
                c.shape, c.R, c.H, c.cylinder < c.H, c.elements, tool.bodies, breaks, spans, result,
            )  # fmt: skip
            if n == len(seg):
                break
            f.grow()
        if progress is not None:
            progress(s.stop / len(parts.row))


def _cut_across(stock: TriDexel, frame: Frame, parts: Pieces, moves: Moves, bodies, cross: int, grazed: NDArray[np.float64]) -> None:
    """A field across the tool axis, whose lines run along u (`cross` 1) or along v (`cross` 0)."""
    along = frame.plane[1 - cross]
    f = stock.fields[along]
    # Lines along part axis p are indexed by the axes p + 1 and p + 2; one of them is the tool's.
    first_is_c = (along + 1) % 3 != frame.axis
    (nc, nw), (oc, ow) = (f.shape, f.origin) if first_is_c else (f.shape[::-1], f.origin[::-1])
    sc, sw = (f.shape[1], 1) if first_is_c else (1, f.shape[1])
    pend, npend = np.zeros((nc, 2 * GATHERED)), np.zeros(nc, np.int64)
    state = np.array([0.0, 0.0, nc, -1.0])
    breaks, spans = np.zeros(MOST_BREAKS), np.zeros(2 * MOST_SPANS)
    highest = _stock_top(stock, frame)
    for number, s in _run_pieces(parts, moves["tool"]):
        c = bodies[number].cutter
        if c is None:
            continue
        seg, arc, flags = parts.seg[s], parts.arc[s], parts.flags[s]
        n = 0
        while True:
            n = cut_side(
                *_field(f), cross, oc, nc, sc, ow, nw, sw, f.cell, frame.flip, highest, seg, arc, flags, n,
                c.shape, c.R, c.H, c.cylinder, c.elements, pend, npend, state, breaks, spans, grazed[s],
            )  # fmt: skip
            if n == len(seg) + 1:
                break
            f.grow()
