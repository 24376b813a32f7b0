"""The modal state of the control while a program is read, and the motions recorded so far.

Positions in `State.at` are in the program's own coordinates (work offset, G92 and rotation applied), mm and degrees, in the
order x y z a b c. What is recorded is in the coordinates of G54.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from copeau.model.moves import MOVE, Moves
from copeau.nc.faults import BlockFault

INCH = 25.4
AXES = "xyzabc"
SYSTEMS = (540, 550, 560, 570, 580, 590, 591, 592, 593)
"""The nine work coordinate systems, P1 to P9 of G10, as G codes times ten."""
NO_MOTION = 800


@dataclass
class WorkOffset:
    """Origin of a coordinate system in machine coordinates (mm, degrees) and its rotation about Z (degrees)."""

    origin: list[float]
    rotation_deg: float = 0.0


@dataclass
class Frame:
    """Program coordinates to recorded coordinates: p -> R(cos, sin) p + shift."""

    cos: float = 1.0
    sin: float = 0.0
    shift: list[float] = field(default_factory=lambda: [0.0] * 6)
    identity: bool = True

    def forward(self, p: list[float]) -> list[float]:
        """Recorded coordinates of `p`."""
        if self.identity:
            return p
        s = self.shift
        x, y = self.cos * p[0] - self.sin * p[1], self.sin * p[0] + self.cos * p[1]
        return [x + s[0], y + s[1], p[2] + s[2], p[3] + s[3], p[4] + s[4], p[5] + s[5]]


@dataclass
class Cycle:
    """Sticky words of the canned cycles (RS274/NGC, 3.5.16): values stay while the cycle's code stays."""

    r: float = math.nan
    bottom: float = math.nan
    peck: float = math.nan
    dwell_s: float = math.nan
    i: float = 0.0
    j: float = 0.0
    k: float = 0.0
    initial: float = math.nan  # level of the normal axis when the first cycle of the run began


@dataclass
class State:
    """Everything modal. Lengths mm, feeds as programmed in the feed mode, converted to mm."""

    at: list[float]
    offsets: dict[int, WorkOffset]
    reference: WorkOffset  # the G54 in which motions are recorded
    system: int = 540
    g92: list[float] = field(default_factory=lambda: [0.0] * 6)
    g92_stored: list[float] = field(default_factory=lambda: [0.0] * 6)
    g92_on: bool = False
    frame: Frame = field(default_factory=Frame)
    homes: dict[int, list[float]] = field(default_factory=lambda: {28: [0.0] * 6, 30: [0.0] * 6})
    motion: int = NO_MOTION
    plane: int = 17
    inches: bool = False
    incremental: bool = False
    arc_absolute: bool = False
    feed_mode: int = 94
    feed: float = 0.0
    retract_to_initial: bool = True
    path_mode: int = 640
    speed: float = 0.0  # S word
    spindle: int = 0  # 1 clockwise, -1 counterclockwise, 0 stopped
    surface_speed: bool = False
    surface_limit: float = math.inf
    tool_selected: int = -1
    tool: int = 0
    length_offset: int = 0
    length_shift: list[float] = field(default_factory=lambda: [0.0] * 3)
    comp_side: int = 0  # 1 left, -1 right
    comp_radius: float = 0.0
    cycle: Cycle = field(default_factory=Cycle)
    coolant: frozenset[int] = frozenset()
    has_fed: bool = False
    diameter_mode: bool = False

    @property
    def scale(self) -> float:
        """Millimetres in one programmed unit of length."""
        return INCH if self.inches else 1.0

    def spindle_speed(self) -> float:
        """Signed speed, 1/min, 0 stopped."""
        if not self.spindle:
            return 0.0
        if not self.surface_speed:
            return self.spindle * self.speed
        radius_mm = abs(self.at[0])
        # G96: S is a surface speed in m/min (feet/min with G20), the radius is the distance along X from the axis.
        metres = self.speed * (0.3048 if self.inches else 1.0)
        n = metres * 1000.0 / (2.0 * math.pi * radius_mm) if radius_mm > 0.0 else math.inf
        n = min(n, self.surface_limit)
        if math.isinf(n):
            raise BlockFault("constant surface speed at X0 has no finite spindle speed", "limit it: G96 D<max rpm>")
        return self.spindle * n

    def machine_position(self) -> list[float]:
        """Tool tip in machine coordinates, all offsets of length left out."""
        return to_machine(self.at, self.offsets[self.system], self.g92)

    def reframe(self, machine: list[float]) -> None:
        """Offsets have changed: `machine` stays where it is, the program's coordinates of it change."""
        self.at = from_machine(machine, self.offsets[self.system], self.g92)
        self.frame = frame_between(self.offsets[self.system], self.g92, self.reference)


def _turn(x: float, y: float, deg: float) -> tuple[float, float]:
    if deg == 0.0:
        return x, y
    c, s = math.cos(math.radians(deg)), math.sin(math.radians(deg))
    return c * x - s * y, s * x + c * y


def to_machine(p: list[float], offset: WorkOffset, g92: list[float]) -> list[float]:
    """Machine coordinates of the program point `p`."""
    q = [a + b for a, b in zip(p, g92, strict=True)]
    q[0], q[1] = _turn(q[0], q[1], offset.rotation_deg)
    return [a + b for a, b in zip(q, offset.origin, strict=True)]


def from_machine(m: list[float], offset: WorkOffset, g92: list[float]) -> list[float]:
    """Program coordinates of the machine point `m`."""
    q = [a - b for a, b in zip(m, offset.origin, strict=True)]
    q[0], q[1] = _turn(q[0], q[1], -offset.rotation_deg)
    return [a - b for a, b in zip(q, g92, strict=True)]


def frame_between(offset: WorkOffset, g92: list[float], reference: WorkOffset) -> Frame:
    """From program coordinates under `offset` and `g92` to those of `reference`."""
    turn = offset.rotation_deg - reference.rotation_deg
    shift = [a - b for a, b in zip(offset.origin, reference.origin, strict=True)]
    shift[0], shift[1] = _turn(shift[0], shift[1], -reference.rotation_deg)
    gx, gy = _turn(g92[0], g92[1], turn)
    shift = [shift[0] + gx, shift[1] + gy] + [a + b for a, b in zip(shift[2:], g92[2:], strict=True)]
    return Frame(
        math.cos(math.radians(turn)), math.sin(math.radians(turn)), shift, identity=turn == 0.0 and not any(shift)
    )


class Recorder:
    """Rows of `MOVE` in the order made: single rows from the general interpreter, whole blocks from the scanner."""

    def __init__(self) -> None:
        self._chunks: list[Moves] = []
        self._rows: list[tuple] = []

    def add(self, row: tuple) -> None:
        """One motion, its fields in the order of `MOVE`."""
        self._rows.append(row)

    def extend(self, moves: Moves) -> None:
        """Many motions."""
        self._flush()
        self._chunks.append(moves)

    def _flush(self) -> None:
        if self._rows:
            self._chunks.append(np.array(self._rows, MOVE))
            self._rows = []

    def is_empty(self) -> bool:
        """No motion yet."""
        return not self._rows and not self._chunks

    def moves(self) -> Moves:
        """All motions."""
        self._flush()
        return np.concatenate(self._chunks) if self._chunks else np.zeros(0, MOVE)

    def replace(self, moves: Moves) -> None:
        """Take `moves` in place of all recorded so far."""
        self._rows, self._chunks = [], [moves]
