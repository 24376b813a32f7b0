"""What the toolpath room hands to the post, and what the interpreter gives back."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from copeau.model.moves import Moves
from copeau.model.plan import Workingstep
from copeau.model.tool import Tool


@dataclass(frozen=True)
class Run:
    """Motions from a start point that the spindle is already at or goes to by the rows themselves.

    The first row is a rapid above the work. `compensated` rows lie between entry and exit of a finishing pass: the post
    may switch cutter compensation in wear mode on at row `comp_on` and off at row `comp_off` (left of the path, climb).
    """

    moves: Moves
    comp_on: int = -1
    comp_off: int = -1


@dataclass(frozen=True)
class DrillCycle:
    """A canned cycle at several points. `code`: 81, 82, 83, 73, 84, 85. Z values absolute in WCS, mm."""

    code: int
    points: NDArray[np.float64]  # (n, 2) mm
    retract_z: float  # R plane
    bottom_z: NDArray[np.float64]  # (n,) of the tip
    clearance_z: float  # initial level between holes (G98)
    vf: float  # mm/min
    peck_mm: float = np.nan
    dwell_s: float = np.nan
    pitch_mm: float = np.nan  # tapping


Segment = Run | DrillCycle


@dataclass(frozen=True)
class PostedStep:
    """A workingstep with the motions that make it."""

    workingstep: Workingstep
    segments: tuple[Segment, ...]
    written: dict = field(default_factory=dict, compare=False, repr=False)  # by the posts: their text of it, by the state before, and the state after


@dataclass(frozen=True)
class ProgramSheet:
    """All that a program's text needs beyond the steps: header, safety, what was assumed."""

    part: str
    phase: str
    machine: str
    material: str
    stock: str  # in words
    wcs_origin: str  # in words
    plan_hash: str
    assumed: tuple[str, ...]
    tools: tuple[Tool, ...]
    steps: tuple[PostedStep, ...]
    clearance_z: float  # above everything, WCS, mm
    units: str = "mm"
    remarks: tuple[str, ...] = ()
    end_position: tuple[float, float] | None = None  # machine X, Y to present the table at the end (G53)


@dataclass(frozen=True)
class Program:
    """An interpreted program text.

    `start` is where the first row begins (the machine's own zero unless said). `tools_called` in order of M6.
    `remarks`: what was read and has no effect here, with its line.
    """

    name: str
    dialect: str
    moves: Moves
    start: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    tools_called: tuple[int, ...] = ()
    units: str = "mm"
    coolant_on: bool = False
    machine_lines: tuple[int, ...] = ()  # lines that name places in machine coordinates: G53, G28, G30
    remarks: tuple[str, ...] = ()
