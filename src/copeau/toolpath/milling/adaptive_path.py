"""What clearing a level gives, and how a level becomes motions."""

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from copeau.model.moves import FEED, RAPID, Moves, arc_move, arc_sweeps, ends, lengths, line_moves
from copeau.toolpath.arcs import SAME_POINT_MM
from copeau.toolpath.milling.adaptive_ring import ENTRY_GAP_MM, laps_of

RAMP_RAD = np.deg2rad(3.0)  # steepest way down that every centre-cutting end mill stands
LIFT_MM = 0.1  # links run this far above the floor, so that the end does not rub
SAFE_MM = 0.2  # rapids down end this far above what may stand there
SLOW_RAPID_MM_MIN = 10_000.0  # what a going over the top is weighed with: a slow machining centre
RETRACT_PAUSE_S = 0.3  # what stopping and turning three times costs it
NEVER_MM_MIN = 1e6  # a feed as fast as the rapid never makes a detour worth while: as good as no limit
SHALLOW_SLOT_SHARE = 0.25  # of the diameter: a full slot no deeper is cut at full feed, a deeper one at the feed of the descent


@dataclass(frozen=True)
class Pass:
    """One piece of a level's path.

    `kind`: entry_helix, entry_ring (round an island), entry_ramp, cut, link (through cleared area), retract (up, across and down on cleared area).
    `points` (n, 2): of the tool centre; the circle of a helix or the closed way of a ring on the floor, the two ends of a ramp, from where to where for the others.
    `rows`: lines and arcs through the points from the first one, z and feed NaN. A helix has its `centre` (2,) and `radius_mm`.
    """

    kind: str
    points: NDArray[np.float64]
    rows: Moves
    centre: NDArray[np.float64] = field(default_factory=lambda: np.full(2, np.nan))
    radius_mm: float = np.nan


@dataclass(frozen=True)
class ClearPath:
    """The passes of one level in order; `left`: material that stays, `missed_mm2` the part of it that the tool could reach."""

    passes: tuple[Pass, ...]
    left: shapely.MultiPolygon
    missed_mm2: float
    dc: float


def to_moves(
    path: ClearPath, z_top: float, z: float, clearance_z: float, vf: float, vf_plunge: float, *,
    vf_link: float | None = None, ramp_rad: float = RAMP_RAD, lift_mm: float = LIFT_MM, max_link_mm: float | None = None,
) -> Moves:  # fmt: skip
    """One level as motions of the tip: the first row is a rapid at `clearance_z`, the last a rapid up to it.

    Parameters
    ----------
    z_top, z : float, mm: top of the material and floor of the level
    vf, vf_plunge, vf_link : float, mm/min: cutting, going down, links (`vf` unless given)
    ramp_rad : float, steepest angle of helix and ramp
    lift_mm : float, height of links over the floor
    max_link_mm : float, longest link on the level, 4 dc unless given; longer ones go over the top
    """
    longest = 4.0 * path.dc if max_link_mm is None else max_link_mm
    rows: list[Moves] = []
    at = np.full(2, np.nan)
    lift = min(lift_mm, max(z_top - z, 0.0))
    kinds = [p.kind for p in path.passes] + [""]
    for p, following in zip(path.passes, kinds[1:]):
        long = p.kind == "link" and float(np.hypot(*np.diff(p.points, axis=0).T).sum()) > longest
        if p.kind == "retract" and following.startswith("entry"):
            continue  # the entry itself comes from above
        if p.kind == "retract" or long:
            rows += _over(at, p.points[-1], z, clearance_z, vf_plunge)
        elif p.kind == "link":
            rows += _link(p, z, lift, vf, vf_plunge, vf_link or vf)
        elif p.kind == "cut":
            rows.append(_at_height(p.rows, z, vf))
        else:
            rows += _entry(p, at, z_top, z, clearance_z, vf, vf_plunge, ramp_rad, path.dc)
        at = p.points[-1]
    if rows:
        rows.append(line_moves(np.array([[*at, clearance_z]]), np.nan, RAPID))
    return np.concatenate(rows) if rows else line_moves(np.zeros((0, 3)), np.nan)


def break_even_mm(height_mm: float, slow_mm: float, vf: float, vf_plunge: float, *, rapid_mm_min: float = SLOW_RAPID_MM_MIN, pause_s: float = RETRACT_PAUSE_S) -> float:
    """Way from which going over the top takes less time than a link at the feed `vf` (mm/min).

    `height_mm`: from the floor to where the tool goes across. On its way down the tool goes `slow_mm` at `vf` and the last bit at `vf_plunge`.
    """
    fixed = (2.0 * height_mm - slow_mm) / rapid_mm_min + slow_mm / vf + SAFE_MM / vf_plunge + pause_s / 60.0
    return fixed / max(1.0 / vf - 1.0 / rapid_mm_min, 1.0 / NEVER_MM_MIN)


def _at_height(rows: Moves, z: float, feed: float) -> Moves:
    out = rows.copy()
    out["z"], out["f"] = z, feed
    out["k"] = np.where(out["kind"] == FEED, np.nan, z)
    return out


def _above(at, to, clearance_z: float) -> list[Moves]:
    """Up and across at the clearance height."""
    rows = [] if np.isnan(at[0]) else [line_moves(np.array([[*at, clearance_z]]), np.nan, RAPID)]
    return [*rows, line_moves(np.array([[*to, clearance_z]]), np.nan, RAPID)]


def _over(at, to, z: float, clearance_z: float, vf_plunge: float) -> list[Moves]:
    """Up, across and down onto cleared area, the last bit at feed."""
    down = line_moves(np.array([[*to, min(z + SAFE_MM, clearance_z)]]), np.nan, RAPID)
    return [*_above(at, to, clearance_z), down, line_moves(np.array([[*to, z]]), vf_plunge)]


def _entry(p: Pass, at, z_top: float, z: float, clearance_z: float, vf: float, vf_plunge: float, ramp_rad: float, dc: float) -> list[Moves]:
    """From above to the start of a helix or ramp just over the material, and down it."""
    start = min(z_top + ENTRY_GAP_MM, clearance_z)
    first = p.points[0]
    if p.kind == "entry_helix":
        turn = (start - z) / (p.radius_mm * np.tan(ramp_rad))
        c, s = np.cos(turn), np.sin(turn)
        first = p.centre + np.array([[c, s], [-s, c]]) @ (p.points[0] - p.centre)
    rows = _above(at, first, clearance_z)
    rows.append(line_moves(np.array([[*first, start]]), np.nan, RAPID))
    if p.kind == "entry_helix":
        return [*rows, *_helix(p, first, turn, start, z, vf, vf_plunge)]
    if p.kind == "entry_ring":
        return [*rows, *_ring(p, start, z_top, z, vf, vf_plunge, ramp_rad, dc)]
    return [*rows, *_ramp(p, start, z, vf, vf_plunge, ramp_rad)]


def _link(p: Pass, z: float, lift: float, vf: float, vf_plunge: float, vf_link: float) -> list[Moves]:
    up = line_moves(np.array([[*p.points[0], z + lift]]), vf)
    down = line_moves(np.array([[*p.points[-1], z]]), vf_plunge)
    return [up, _at_height(p.rows, z + lift, vf_link), down]


def _helix(p: Pass, first, turn_rad: float, start: float, z: float, vf: float, vf_plunge: float) -> list[Moves]:
    """Counterclockwise down by `turn_rad` in equal parts of half a turn at most, then the full circle on the floor."""
    parts = max(1, int(np.ceil(turn_rad / np.pi)))
    angle = np.arctan2(*(first - p.centre)[::-1]) + turn_rad * np.arange(1, parts + 1) / parts
    ends = p.centre + p.radius_mm * np.column_stack([np.cos(angle), np.sin(angle)])
    ends[-1] = p.points[0]
    heights = start + (z - start) * np.arange(1, parts + 1) / parts
    rows = [arc_move((*xy, h), p.centre, vf_plunge, False) for xy, h in zip(ends.tolist(), heights.tolist())]
    return [*rows, _at_height(p.rows, z, vf)]


def _ramp(p: Pass, start: float, z: float, vf: float, vf_plunge: float, ramp_rad: float) -> list[Moves]:
    """To and fro along the line, down at no more than the ramp angle, then flat to its other end and back to where it goes on."""
    a, b = p.points[0], p.points[-1]
    length = float(np.hypot(*(b - a)))
    legs = max(2, int(np.ceil((start - z) / (length * np.tan(ramp_rad)) - 1e-9)))
    legs += legs % 2
    heights = start + (z - start) * np.arange(1, legs + 1) / legs
    ends = np.array([[*(b if n % 2 == 0 else a), h] for n, h in enumerate(heights.tolist())])
    return [line_moves(ends, vf_plunge), line_moves(np.array([[*b, z]]), vf)]


def _ring(p: Pass, start: float, z_top: float, z: float, vf: float, vf_plunge: float, ramp_rad: float, dc: float) -> list[Moves]:
    """Down round an island in laps, then once round on the floor, where the tool takes the wedge under the last lap."""
    floor = _at_height(p.rows, z, vf)
    begin = (*p.points[0], z)
    length = lengths(floor, begin)
    laps = laps_of(float(length.sum()), z_top - z, start - z_top, dc, ramp_rad)
    down = np.concatenate([p.rows] * laps)
    gone = np.cumsum(np.tile(length, laps))
    down["z"], down["f"] = start + (z - start) * gone / gone[-1], vf_plunge
    down["z"][-1] = z
    down["k"] = np.where(down["kind"] == FEED, np.nan, down["z"])
    wedge = (start - z) / laps
    slow = float(length.sum()) * max(0.0, 1.0 - SHALLOW_SLOT_SHARE * dc / wedge)
    floor = divided(floor, begin, slow)
    floor["f"][np.cumsum(lengths(floor, begin)) <= slow + SAME_POINT_MM] = vf_plunge
    return [down, floor]


def divided(rows: Moves, start: tuple[float, float, float], at_mm: float) -> Moves:
    """The same motions at one height, one of them divided at `at_mm` from the start where none ends there."""
    length = lengths(rows, start)
    end = np.cumsum(length)
    k = int(np.searchsorted(end, at_mm + SAME_POINT_MM))
    if k == len(rows) or at_mm - (end[k] - length[k]) <= SAME_POINT_MM or end[k] - at_mm <= SAME_POINT_MM:
        return rows
    share = (at_mm - (end[k] - length[k])) / length[k]
    frm, to = ends(rows, start)
    first = rows[k : k + 1].copy()
    if rows["kind"][k] == FEED:
        first["x"], first["y"] = (frm[k] + share * (to[k] - frm[k]))[:2]
    else:
        angle = share * arc_sweeps(rows, start)[k]
        x, y = frm[k, 0] - rows["i"][k], frm[k, 1] - rows["j"][k]
        first["x"] = rows["i"][k] + x * np.cos(angle) - y * np.sin(angle)
        first["y"] = rows["j"][k] + x * np.sin(angle) + y * np.cos(angle)
    return np.concatenate([rows[:k], first, rows[k:]])
