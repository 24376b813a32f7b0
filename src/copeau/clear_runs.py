"""Leaving out the paths of a workingstep on which its tool would touch what it cannot cut."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copeau.model.finding import Finding
from copeau.model.moves import FEED, MOVE, RAPID, Moves, line_moves
from copeau.model.plan import Workingstep
from copeau.model.program import Run, Segment
from copeau.model.tool import Tool
from copeau.simulation.remove import simulate
from copeau.simulation.tridexel import TriDexel

UP_MM = 1e-6  # rounding
PIECE_MM = 0.5  # straight motions of a path that touches are judged in pieces of this length
BACK_MM = 1.0  # a path ends this far before the place where its tool would touch
LEAST_PATH_MM = 2.0  # what is left of a path is worth its way down if it is so long
MOST_ROUNDS = 6  # of shortening; then what still touches is left out


@dataclass(frozen=True)
class Cleared:
    """The segments that stay, and how many of how many paths do not, or not to their ends."""

    segments: tuple[Segment, ...]
    left_out: int
    of: int

    def __str__(self) -> str:
        return f"{self.left_out} of {self.of} paths left out or shortened"


@dataclass(frozen=True)
class _Path:
    """A segment as it is now, and as it was."""

    now: Segment
    was: Segment
    is_short: bool = False


def clear_runs(
    stock: TriDexel, segments: Sequence[Segment], step: Workingstep, part_to_wcs: NDArray[np.float64], tools: Mapping[int, Tool], clearance_z: float,
    threads: int = 1,
) -> Cleared:  # fmt: skip
    """The segments (runs, parted at each way up to the clearance and ended before they touch; drilling cycles stay) that cut without a
    finding one after the other in a copy of the stock."""
    paths = [_Path(p, p) for s in segments for p in (parted(s, clearance_z) if isinstance(s, Run) else (s,))]
    of, rounds = len(paths), 0
    # What is left out may leave material in the way of what comes after it.
    while bad := _hits(stock, [p.now for p in paths], step, part_to_wcs, tools, clearance_z, threads):
        rounds += 1
        ended = [(p if k not in bad else _ended(p, bad[k], clearance_z) if rounds <= MOST_ROUNDS else None) for k, p in enumerate(paths)]
        paths = [p for p in ended if p is not None]
    whole = [p for p in paths if not p.is_short]
    return Cleared(tuple(p.now if p.is_short else p.was for p in paths), of - len(whole), of)


def _ended(path: _Path, row: int, clearance_z: float) -> _Path | None:
    """The path in fine pieces, so that the place is known where it touches; once it is, the path up to shortly before that `row`, if it is long enough."""
    rows = path.now.moves
    fine = in_pieces(rows)
    if len(fine) > len(rows):
        return _Path(Run(fine), path.was, path.is_short)
    step_mm = np.linalg.norm(np.diff(np.column_stack([rows["x"], rows["y"], rows["z"]]), axis=0, prepend=np.nan), axis=1)
    step_mm[rows["kind"] == RAPID] = 0.0
    back = np.cumsum(step_mm[:row][::-1])[::-1]  # way from each row's start to the touch
    keep = int((back > BACK_MM).sum())
    level = np.abs(np.diff(rows["z"][:keep], prepend=np.nan)) < 0.5 * step_mm[:keep]
    if keep == 0 or step_mm[:keep][level].sum() < LEAST_PATH_MM:
        return None
    last = rows[keep - 1]
    return _Path(Run(np.concatenate([rows[:keep], line_moves(np.array([[last["x"], last["y"], clearance_z]]), np.nan, RAPID)])), path.was, True)


def in_pieces(rows: Moves) -> Moves:
    """The same motions, straight feeds in pieces of at most `PIECE_MM`."""
    at = np.column_stack([rows["x"], rows["y"], rows["z"]])
    way = np.diff(at, axis=0, prepend=at[:1])
    straight = (rows["kind"] == FEED) & np.isnan(rows["i"])
    count = np.where(straight, np.maximum(np.ceil(np.linalg.norm(way, axis=1) / PIECE_MM - UP_MM), 1), 1).astype(int)
    owner = np.repeat(np.arange(len(rows)), count)
    share = 1.0 - (np.repeat(np.cumsum(count), count) - 1 - np.arange(len(owner))) / count[owner]
    out = rows[owner].copy()
    for name, column in zip("xyz", (at - way).T):
        out[name] = column[owner] + share * (rows[name] - column)[owner]
    return out


def _hits(stock: TriDexel, pieces: Sequence[Segment], step: Workingstep, part_to_wcs, tools, clearance_z: float, threads: int) -> dict[int, int]:
    """Which of the runs touch what they should not, cut one after the other in a copy of the stock, and at which of their rows first."""
    moves = moves_of(pieces, step)
    if not len(moves):
        return {}
    owner = moves["line"].copy()
    moves["line"] = np.arange(len(moves))
    out: dict[int, int] = {}
    for row in sorted({f.line for f in simulate(stock.copy(), moves, start_of(moves, clearance_z), tools, part_to_wcs, threads=threads).findings}):
        out.setdefault(int(owner[row]), row - int(np.searchsorted(owner, owner[row])))
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
