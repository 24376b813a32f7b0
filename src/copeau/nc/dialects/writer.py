"""What all dialects write alike: blocks with modal words left out, arcs that controls accept after rounding."""

import math
import textwrap
from dataclasses import dataclass, field

import numpy as np

from copeau.model.errors import CopeauError
from copeau.model.moves import AXES_OF_PLANE, CW, FEED, RAPID, Moves
from copeau.nc import arcs
from copeau.nc.dialects.feed_text import feed_lines
from copeau.nc.dialects.text import UNIT, digits, plain_ascii, to_units

MOTION = "\t"
"""Begins a line that gets a line number once its place in the program is known; comments and blocks hold no such character."""
COMMENT_WIDTH = 72
"""Columns of a comment, so that a control's screen shows it whole."""
STRAIGHT_BELOW_MM = arcs.LEAST_RADIUS_MM + 2.0 / UNIT
"""An arc of a smaller radius is written as its chord: controls call it a zero-radius arc."""
POSTED_MISMATCH_MM = 0.002
"""Most that start and end radius of an arc may differ: a fifth of the strictest usual limit of a control, 0.01 mm."""
LONGEST_ARC_RAD = math.radians(359.0)
"""A longer arc that is no full circle is written in two, so that rounding can't make it a full or an empty one."""
FULL_CIRCLE_RAD = 1e-9
"""An arc that sweeps less is a full circle, as in `model.moves`."""
AXIS_WORDS = "XYZABC"
CENTRE_WORDS = "IJK"
Piece = tuple[list[float], float, int]  # end point, sweep, further full turns


@dataclass
class Writer:
    """Lines of a program and the state that the control has after them. `at` in units of 1/UNIT mm, None unknown."""

    numbered: bool = False  # N = file line on every block with motion
    upper_comments: bool = False
    turns_by_p: bool = False  # the control takes full turns of a helix by P
    lines: list[str] = field(default_factory=list)
    at: list[int | None] = field(default_factory=lambda: [None, None, None, 0, 0, 0])
    exact: list[float] = field(default_factory=lambda: [math.nan] * 3)  # where the motion meant to end, before rounding
    motion: str = ""
    plane: int = 17
    feed: int = 0

    def comment(self, text: str) -> None:
        """A comment, over as many lines as it needs."""
        text = plain_ascii(text)
        if self.upper_comments:
            text = text.upper()
        for line in textwrap.wrap(text, COMMENT_WIDTH) or [""]:
            self.lines.append(f"({line})")

    def block(self, *words: str) -> None:
        """A block without motion in work coordinates."""
        self.lines.append(" ".join(words))

    def moving(self, *words: str) -> None:
        """A block with motion."""
        self.lines.append((MOTION if self.numbered else "") + " ".join(words))

    def text(self) -> str:
        """The program, its blocks with motion numbered by their lines where that is wanted."""
        lines = (f"N{n} {line[1:]}" if line[:1] == MOTION else line for n, line in enumerate(self.lines, 1)) if self.numbered else self.lines
        return "\n".join(lines) + "\n"

    def state(self) -> tuple:
        """What the text of the next motions depends on."""
        return tuple(self.at), tuple(None if math.isnan(v) else v for v in self.exact), self.motion, self.plane, self.feed

    def restore(self, state: tuple) -> None:
        """Go on from a `state`."""
        at, exact, self.motion, self.plane, self.feed = state
        self.at, self.exact = list(at), [math.nan if v is None else v for v in exact]

    def forget(self, axes: str = "XYZ") -> None:
        """The position on `axes` and the motion mode are no longer known."""
        for axis in axes:
            self.at[AXIS_WORDS.index(axis)] = None
        self.motion = ""

    def is_at(self, **axes: float) -> bool:
        """Does the tool stand there, to the increment?"""
        return all(self.at[AXIS_WORDS.index(axis)] == to_units(value) for axis, value in axes.items())

    def motion_word(self, code: str) -> tuple[str, ...]:
        """`code`, or nothing where it is modal already."""
        if self.motion == code:
            return ()
        self.motion = code
        return (code,)

    def feed_word(self, f: float) -> tuple[str, ...]:
        """F, or nothing where it is modal already.

        Raises
        ------
        CopeauError
            A feed that is not above 0.
        """
        units = to_units(f) if math.isfinite(f) else 0
        if units <= 0:
            raise CopeauError(f"feed {f:g} mm/min cannot be posted", "", "give the workingstep a feed above 0")
        if units == self.feed:
            return ()
        self.feed = units
        return (f"F{digits(units)}",)

    def axis_words(self, target: dict[str, float], always: str = "") -> list[str]:
        """Words of the axes that change (and of those in `always`); the tool then stands there."""
        words = []
        for axis, value in target.items():
            n, units = AXIS_WORDS.index(axis), to_units(value)
            if self.at[n] != units or axis in always:
                words.append(f"{axis}{digits(units)}")
            self.at[n] = units
            if n < 3:
                self.exact[n] = value
        return words

    def straight(self, rapid: bool, target: dict[str, float], f: float = math.nan, extra: tuple[str, ...] = ()) -> bool:
        """G0 or G1 to the named axes. False where nothing moves and nothing was written."""
        words = self.axis_words(target)
        if not words:
            return False
        feed = () if rapid else self.feed_word(f)
        self.moving(*self.motion_word("G0" if rapid else "G1"), *extra, *words, *feed)
        return True

    def row(self, row: np.void, extra: tuple[str, ...] = ()) -> bool:
        """One motion of `Moves`, no dwell. False where it vanishes in rounding."""
        kind = int(row["kind"])
        if kind in (RAPID, FEED):
            return self.straight(kind == RAPID, {axis: float(row[axis.lower()]) for axis in AXIS_WORDS}, float(row["f"]), extra)
        return self._arc(row)

    def feeds(self, rows: Moves) -> None:
        """The same text as `row` after `row` for straight motions (n,), n > 0, at one feed, many times as fast."""
        places = np.column_stack([rows[axis.lower()] for axis in AXIS_WORDS])
        if not np.isfinite(places).all():
            raise ValueError("a place is not finite")
        units = np.rint(places * UNIT).astype(np.int64)
        moves = np.diff(units, axis=0, prepend=units[:1]) != 0
        moves[0] = [self.at[n] != u for n, u in enumerate(units[0].tolist())]
        some = np.flatnonzero(moves.any(1))
        if len(some):
            own = [f"{axis}{digits(u)}" for axis, u, moved in zip(AXIS_WORDS, units[some[0]].tolist(), moves[some[0]].tolist()) if moved]
            self.moving(*self.motion_word("G1"), *own, *self.feed_word(float(rows["f"][0])))
            self.lines += feed_lines(units[some[1:]], moves[some[1:]], AXIS_WORDS, MOTION if self.numbered else "")
        self.at, self.exact = units[-1].tolist(), places[-1, :3].tolist()

    def _arc(self, row: np.void) -> bool:
        axes = AXES_OF_PLANE[int(row["plane"])]
        start, end, centre = list(self.exact), [float(row[a]) for a in "xyz"], [float(row[a]) for a in "ijk"]
        p, q, _ = axes
        radii = [math.hypot(at[p] - centre[p], at[q] - centre[q]) for at in (start, end)]
        if not abs(radii[0] - radii[1]) <= POSTED_MISMATCH_MM:
            raise CopeauError(
                f"arc with start radius {radii[0]:.4f} mm and end radius {radii[1]:.4f} mm cannot be posted", "", "correct its centre"
            )
        clockwise = int(row["kind"]) == CW
        wrote = False
        for piece in _pieces(start, end, centre, axes, clockwise, int(row["turns"]), self.turns_by_p):
            wrote |= self._piece(int(row["plane"]), centre, clockwise, piece, float(row["f"]))
        return wrote

    def _piece(self, plane: int, centre: list[float], clockwise: bool, piece: Piece, f: float) -> bool:
        end, sweep, turns = piece
        p, q, _ = AXES_OF_PLANE[plane]
        from_units = [self.at[axis] for axis in (p, q)]
        to = [to_units(end[axis]) for axis in (p, q)]
        assert from_units[0] is not None and from_units[1] is not None, "an arc needs a known start"
        offset = [to_units(centre[axis] - units / UNIT) for axis, units in zip((p, q), from_units, strict=True) if units is not None]
        rounded = _sweep([0, 0], [to[0] - from_units[0], to[1] - from_units[1]], offset, (0, 1), clockwise)
        radius = math.hypot(*offset) / UNIT
        # A small arc whose rounded ends meet, or change places, would sweep a full turn.
        if abs(rounded - sweep) > 1.0 or radius < STRAIGHT_BELOW_MM:
            return self.straight(False, dict(zip("XYZ", end, strict=True)), f)
        words = self.axis_words(dict(zip("XYZ", end, strict=True)), always=AXIS_WORDS[p] + AXIS_WORDS[q])
        words += [f"{CENTRE_WORDS[axis]}{digits(units)}" for axis, units in sorted(zip((p, q), offset, strict=True))]
        if turns:
            words.append(f"P{turns + 1}")
        if plane != self.plane:
            self.plane = plane
            words.insert(0, f"G{plane}")
        self.motion = "G2" if clockwise else "G3"
        self.moving(self.motion, *words, *self.feed_word(f))
        return True

    def to_xy_plane(self) -> None:
        """G17 again, where an arc has left it."""
        if self.plane != 17:
            self.plane = 17
            self.block("G17")


def _sweep(start, end, centre, axes: tuple[int, int], clockwise: bool) -> float:
    """Angle from start to end in the direction of travel, above 0 and at most a full turn, rad."""
    p, q = axes
    ax, ay, bx, by = start[p] - centre[p], start[q] - centre[q], end[p] - centre[p], end[q] - centre[q]
    turn = math.atan2(ax * by - ay * bx, ax * bx + ay * by)
    sweep = (-turn if clockwise else turn) % (2.0 * math.pi)
    return sweep + 2.0 * math.pi if sweep < FULL_CIRCLE_RAD else sweep


def _pieces(start, end, centre, axes, clockwise: bool, turns: int, by_p: bool) -> list[Piece]:
    """The arc in pieces that every control takes: full circles, arcs of less than 359 degrees, helices of constant lead."""
    p, q, n = axes
    sweep = _sweep(start, end, centre, (p, q), clockwise)
    full = 2.0 * math.pi
    is_full = sweep >= full - FULL_CIRCLE_RAD
    if by_p and turns and (is_full or sweep < LONGEST_ARC_RAD):
        return [(end, sweep, turns)]
    total = sweep + full * turns
    pieces: list[Piece] = []
    done = 0.0
    for _ in range(turns):
        done += full
        level = list(start)
        level[n] += (end[n] - start[n]) * done / total
        pieces.append((level, full, 0))
    if not is_full and sweep > LONGEST_ARC_RAD:
        half = 0.5 * sweep * (-1.0 if clockwise else 1.0)
        dp, dq = start[p] - centre[p], start[q] - centre[q]
        middle = list(start)
        middle[p] = centre[p] + dp * math.cos(half) - dq * math.sin(half)
        middle[q] = centre[q] + dp * math.sin(half) + dq * math.cos(half)
        middle[n] += (end[n] - start[n]) * (done + 0.5 * sweep) / total
        return [*pieces, (middle, 0.5 * sweep, 0), (end, 0.5 * sweep, 0)]
    return [*pieces, (end, sweep, 0)]
