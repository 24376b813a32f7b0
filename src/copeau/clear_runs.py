"""Leaving out the paths of a workingstep on which its tool would touch what it cannot cut."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from copeau.model.finding import Finding
from copeau.model.moves import FEED, MOVE, RAPID, Moves, line_moves
from copeau.model.plan import Workingstep
from copeau.model.program import Run, Segment
from copeau.model.tool import Tool
from copeau.simulation.local import joined, sweep_boxes
from copeau.simulation.motions import Frame, aligned_frame, pieces
from copeau.simulation.remove import simulate
from copeau.simulation.tools import tool_bodies
from copeau.simulation.tridexel import PackedStock, TriDexel
from copeau.simulation.within import replace_in, within

UP_MM = 1e-6  # rounding
LONG_MM = 5.0  # a longer straight motion that touches is judged in pieces, for nobody knows where on it that is
PIECE_MM = 0.5  # the length of these pieces
BACK_MM = 1.0  # a path ends this far before the place where its tool would touch, and goes on as far after it
LEAST_PATH_MM = 2.0  # what is left of a path is worth its way down if it is so long
AROUND_MM = 0.1  # beside the cutter's way, so that no line at its border is left out
MOST_ROUNDS = 6  # of mending; then what still touches is left out
OVER_LAYER_MM = 1.0  # where a path goes on, the tool comes down at the feed from here over its depth of cut
BODIES = ("shank", "holder", "spindle")  # kinds of findings
WHOLE = ("wall",)  # strategies whose paths do not go on after a touch: coming down beside a finished wall leaves a mark


class Clamping(NamedTuple):
    """How the part lies in a setup, the tools by number, and how high above it rapids go across, mm; and threads to cut it with."""

    part_to_wcs: NDArray[np.float64]  # (4, 4)
    tools: Mapping[int, Tool]
    clearance_z: float
    threads: int = 1


@dataclass(frozen=True)
class Cleared:
    """The segments that stay, and how many of how many paths do not, or not whole. `changed`: boxes (n, 2, 3), part coordinates, round what the
    tool does not do any more, or otherwise. `after`: where asked for, the stock after the segments, and `found`: what touches nevertheless."""

    segments: tuple[Segment, ...]
    left_out: int
    of: int
    changed: NDArray[np.float64]
    after: TriDexel | None = None
    found: tuple[Finding, ...] = ()

    def __str__(self) -> str:
        return f"{self.left_out} of {self.of} paths left out or shortened"


@dataclass(frozen=True)
class _Path:
    """A segment, which path it is a piece of, and whether it is otherwise than it was."""

    now: Segment
    of: int
    is_new: bool = False


def clear_runs(
    stock: PackedStock, segments: Sequence[Segment], step: Workingstep, clamping: Clamping, where: NDArray[np.float64] | None = None, wants_after: bool = False
) -> Cleared:  # fmt: skip
    """The segments that cut without a finding one after the other in the stock; drilling cycles stay.

    `where`: boxes (n, 2, 3) of which none overlaps another, part coordinates; only there is asked. None for everywhere.
    `wants_after`: the stock after them is asked for too; it is given if `where` is None and all segments are runs.

    Runs are parted at each way up to the clearance. Of one that touches, rapids straight up or down become feeds; what touches then is
    cut out, and the run goes on behind it.
    """
    part_to_wcs, tools, clearance_z, threads = clamping
    runs = [p for s in segments for p in (parted(s, clearance_z) if isinstance(s, Run) else (s,))]
    paths, shortened, rounds = [_Path(r, k) for k, r in enumerate(runs)], set(), 0
    tool = tools[step.tool.number]
    cutter_mm, widest_mm = _radii(tool)

    def hits(boxes: NDArray[np.float64] | None) -> tuple[dict[int, Struck], TriDexel | None]:
        moves = moves_of([p.now for p in paths], step)
        if not len(moves):
            return {}, None
        start, owner = start_of(moves, clearance_z), moves["line"].copy()
        moves["line"] = np.arange(len(moves))
        near = None if boxes is None else _near(moves, start, part_to_wcs, widest_mm, boxes)
        if near is not None and not near.any():
            return {}, None
        there = stock.unpacked() if boxes is None else within(stock.unpacked(), boxes)
        return _by_run(owner, simulate(there, moves, start, tools, part_to_wcs, threads=threads, rows=near).findings), there

    (bad, whole), everywhere = hits(where), []
    while bad:
        rounds += 1
        mended: list[_Path] = []
        lost: list[NDArray[np.float64]] = []
        for k, p in enumerate(paths):
            if k not in bad:
                mended.append(p)
                continue
            kept, changed, is_whole = _mended(p.now, bad[k].rows, step, tool, clearance_z) if rounds <= MOST_ROUNDS else ([], np.ones(len(p.now.moves), bool), False)
            mended += [_Path(r, p.of, True) for r in kept]
            shortened |= set() if is_whole else {p.of}
            # What shank or holder ran into, the simulation takes away: it stands there again.
            lost += _boxes(moves_of([p.now], step), changed, part_to_wcs, (widest_mm if bad[k].by_body else cutter_mm) + AROUND_MM, clearance_z)
        paths = mended
        # What is left out may leave material in the way of other paths there, nowhere else.
        bad, _ = hits(joined(lost))
        everywhere += lost
    cleared = Cleared(tuple(p.now for p in paths), len(shortened), len(runs), joined(everywhere))
    if not wants_after or where is not None or whole is None or not all(isinstance(p.now, Run) for p in paths):
        return cleared
    is_new = np.array([p.is_new for p in paths], bool)
    return _with_stock(cleared, stock, whole, is_new, step, clamping)


def _with_stock(cleared: Cleared, before: PackedStock, whole: TriDexel, is_new: NDArray[np.bool_], step: Workingstep, clamping: Clamping) -> Cleared:
    """With the stock after the segments: the one after the `whole` step, in place, but for the boxes, where it is cut again from the one `before`.

    Segments that are new (n,) lead elsewhere too.
    """
    part_to_wcs, tools, clearance_z, threads = clamping
    if not len(cleared.changed) or not cleared.segments:
        return replace(cleared, after=whole if cleared.segments else None)
    replace_in(whole, within(before.unpacked(), cleared.changed), cleared.changed)
    moves = moves_of(cleared.segments, step)
    start = start_of(moves, clearance_z)
    rows = _near(moves, start, part_to_wcs, _radii(tools[step.tool.number])[1], cleared.changed) | is_new[moves["line"]]
    found = simulate(whole, moves, start, tools, part_to_wcs, threads=threads, rows=rows).findings
    return replace(cleared, after=whole, found=tuple(found))


def comes_near(boxes: NDArray[np.float64], segments: Sequence[Segment], step: Workingstep, clamping: Clamping) -> bool:
    """Whether the tool of a workingstep may meet one of the `boxes` (n, 2, 3), part coordinates; a drilling cycle always may."""
    if not len(boxes) or not all(isinstance(s, Run) for s in segments):
        return len(boxes) > 0
    moves, widest_mm = moves_of(segments, step), _radii(clamping.tools[step.tool.number])[1]
    return bool(_near(moves, start_of(moves, clamping.clearance_z), clamping.part_to_wcs, widest_mm, boxes).any())


def _radii(tool: Tool) -> tuple[float, float]:
    """Of the cutter, and of the widest of cutter, shank and holder, mm."""
    bodies = tool_bodies(tool)
    cutter_mm = bodies.cutter.R if bodies.cutter else tool.DC / 2
    return cutter_mm, float(bodies.bodies[:, 0].max(initial=cutter_mm))


class Struck(NamedTuple):
    """Rows of a run that touch what they should not, and whether shank, holder or spindle do so anywhere."""

    rows: list[int]
    by_body: bool


def _by_run(owner: NDArray[np.int32], findings: Sequence[Finding]) -> dict[int, Struck]:
    """What touches of which runs; `owner`: the run of each row, whose number the findings give as line."""
    rows: dict[int, set[int]] = {}
    by_body = {int(owner[f.line]) for f in findings if f.kind in BODIES}
    for f in findings:
        run = int(owner[f.line])
        rows.setdefault(run, set()).add(f.line - int(np.searchsorted(owner, run)))
    return {run: Struck(sorted(own), run in by_body) for run, own in rows.items()}


def _upright_boxes(moves: Moves, start: NDArray[np.float64], part_to_wcs: NDArray[np.float64], radius_mm: float):
    """Boxes (n, 2, 3), part coordinates, round the pieces of a program `radius_mm` wide, without end along the tool axis; the row of each."""
    parts = pieces(moves, start, Frame(2, 1.0, np.eye(4)), False)
    boxes = sweep_boxes(parts, moves, {int(n): (radius_mm, 0.0) for n in np.unique(moves["tool"])}, part_to_wcs)
    frame = aligned_frame(part_to_wcs)
    endless = [0, 1, 2] if frame is None else [frame.axis]
    boxes[:, 0, endless], boxes[:, 1, endless] = -np.inf, np.inf
    return boxes, parts.row


def _near(moves: Moves, start: NDArray[np.float64], part_to_wcs: NDArray[np.float64], radius_mm: float, boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Rows (n,) of a program on which a tool of `radius_mm` may meet one of the boxes."""
    swept, row = _upright_boxes(moves, start, part_to_wcs, radius_mm)
    out = np.zeros(len(moves), bool)
    for box in boxes:
        out[row[(swept[:, 0] <= box[1]).all(1) & (swept[:, 1] >= box[0]).all(1)]] = True
    return out


def _boxes(moves: Moves, which: NDArray[np.bool_], part_to_wcs: NDArray[np.float64], radius_mm: float, clearance_z: float) -> list[NDArray[np.float64]]:
    """Boxes (2, 3), part coordinates, each round rows of `which` (n,) that follow each other."""
    boxes, row = _upright_boxes(moves, start_of(moves, clearance_z), part_to_wcs, radius_mm)
    boxes, row = boxes[which[row]], row[which[row]]
    return [np.array([b[:, 0].min(0), b[:, 1].max(0)]) for b in np.split(boxes, np.flatnonzero(np.diff(row) > 1) + 1) if len(b)]


def _mended(run: Run, struck: list[int], step: Workingstep, tool: Tool, clearance_z: float) -> tuple[list[Run], NDArray[np.bool_], bool]:
    """What becomes of a run that touches at the rows `struck`, which of its rows (n,) change, and whether it is still whole."""
    rows = run.moves
    way, changed = _way_mm(rows), np.zeros(len(rows), bool)
    upright = [k for k in struck if rows["kind"][k] == RAPID and k > 0 and rows["x"][k] == rows["x"][k - 1] and rows["y"][k] == rows["y"][k - 1]]
    if upright:
        rows = rows.copy()
        rows["f"][upright] = np.where(rows["z"][upright] < rows["z"][np.subtract(upright, 1)], _plunge_feed(step), step.cutting.vf)
        rows["kind"][upright] = FEED
        changed[struck] = True
        return [replace(run, moves=rows)], changed, True
    is_long = np.zeros(len(rows), bool)
    is_long[struck] = (way[struck] > LONG_MM) & (rows["kind"][struck] == FEED) & np.isnan(rows["i"][struck])
    if is_long.any() and run.comp_on < 0:
        changed[struck] = True
        return [Run(in_pieces(rows, is_long))], changed, True
    goes_on = tool.centre_cutting and step.strategy not in WHOLE and run.comp_on < 0
    out, changed[:] = [], True
    for a, b in _kept(rows, way, struck):
        piece = _piece(rows, a, b, step, clearance_z) if a == 0 or goes_on else None
        if piece is not None:
            out.append(Run(piece))
            changed[a:b] = False
    return out, changed, False


def _way_mm(rows: Moves) -> NDArray[np.float64]:
    """Straight length of each motion, 0 for rapids and for the first, which comes from elsewhere."""
    way = np.linalg.norm(np.diff(np.column_stack([rows["x"], rows["y"], rows["z"]]), axis=0, prepend=np.nan), axis=1)
    way[(rows["kind"] == RAPID) | np.isnan(way)] = 0.0
    return way


def _kept(rows: Moves, way: NDArray[np.float64], struck: list[int]) -> list[tuple[int, int]]:
    """Ranges of the rows that are `BACK_MM` or more from what is struck."""
    ends = np.cumsum(way)
    out = np.zeros(len(rows), bool)
    for k in struck:
        out |= (ends > ends[k] - way[k] - BACK_MM) & (ends - way < ends[k] + BACK_MM)
        out[k] = True
    edges = np.flatnonzero(np.diff(np.concatenate([[True], out, [True]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist()))


def _piece(rows: Moves, first: int, end: int, step: Workingstep, clearance_z: float) -> Moves | None:
    """Rows of a run from the clearance and back to it; None where they are not worth the way."""
    while 0 < first < end and rows["kind"][first] == RAPID:
        first += 1
    own = rows[first:end]
    if not len(own):
        return None
    before = rows[max(first - 1, 0)]
    level = np.abs(np.diff(own["z"], prepend=before["z"])) < 0.5 * (way := _way_mm(rows)[first:end])
    if way[level].sum() < LEAST_PATH_MM:
        return None
    parts = [own]
    if first > 0:
        x, y, z = (float(before[c]) for c in "xyz")
        over = min(clearance_z, z + step.cutting.ap + OVER_LAYER_MM) if step.cutting.ap > 0.0 else clearance_z
        down = line_moves(np.array([[x, y, clearance_z], [x, y, over]]), np.nan, RAPID)
        parts = [down, line_moves(np.array([[x, y, z]]), _plunge_feed(step)), own]
    if own["z"][-1] < clearance_z - UP_MM:
        parts.append(line_moves(np.array([[own["x"][-1], own["y"][-1], clearance_z]]), np.nan, RAPID))
    return np.concatenate(parts)


def _plunge_feed(step: Workingstep) -> float:
    return step.cutting.vf_plunge if step.cutting.vf_plunge > 0.0 else step.cutting.vf


def in_pieces(rows: Moves, which: NDArray[np.bool_]) -> Moves:
    """The same motions, those straight feeds of `which` in pieces of at most `PIECE_MM`."""
    at = np.column_stack([rows["x"], rows["y"], rows["z"]])
    way = np.diff(at, axis=0, prepend=at[:1])
    straight = (rows["kind"] == FEED) & np.isnan(rows["i"]) & which
    count = np.where(straight, np.maximum(np.ceil(np.linalg.norm(way, axis=1) / PIECE_MM - UP_MM), 1), 1).astype(int)
    owner = np.repeat(np.arange(len(rows)), count)
    share = 1.0 - (np.repeat(np.cumsum(count), count) - 1 - np.arange(len(owner))) / count[owner]
    out = rows[owner].copy()
    for name, column in zip("xyz", (at - way).T):
        out[name] = column[owner] + share * (rows[name] - column)[owner]
    return out


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
