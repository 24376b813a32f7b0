"""The control that executes blocks: state, recorder, tables and remarks of one reading of one program."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from copeau.model.moves import DWELL, RAPID
from copeau.model.tool import Tool
from copeau.nc.blocks import Grammar
from copeau.nc.compensation import Compensator
from copeau.nc.faults import BlockFault
from copeau.nc.parameters import Parameters
from copeau.nc.state import NO_MOTION, Recorder, State

NAN = math.nan
LEAST_INVERSE_TIME_FEED = 0.1
"""A G93 motion never runs slower, in programmed units per minute (LinuxCNC, measured on rs274)."""


@dataclass
class Control:
    """State and effects of one reading. `registers`: D offsets by number, mm."""

    dialect: str
    state: State
    grammar: Grammar
    tools: Mapping[int, Tool]
    registers: dict[int, float]
    start: list[float] = field(init=False)
    parameters: Parameters = field(init=False)
    recorder: Recorder = field(default_factory=Recorder)
    compensator: Compensator | None = None
    line: int = 0
    remarks: list[str] = field(default_factory=list)
    noted: set[str] = field(default_factory=set)
    tools_called: list[int] = field(default_factory=list)
    coolant_used: bool = False
    machine_lines: set[int] = field(default_factory=set)
    units_named: set[str] = field(default_factory=set)
    return_value: tuple[float, bool] = (0.0, False)
    straight_next: bool = False  # the move after G40 must be straight
    tip: list[float] = field(default_factory=list)  # where the last motion ended: beside `state.at` after compensation
    calculator_noted: bool = False  # the remark on numbers without a decimal point is made
    call_level: int = 0

    def remark(self, text: str) -> None:
        """Note once what was read and has no effect on the motion."""
        if text not in self.noted:
            self.noted.add(text)
            self.remarks.append(f"line {self.line}: {text}")

    def feed_mm_min(self, length_mm: float) -> float:
        """Feed of a motion of `length_mm` in the feed mode in force.

        Raises
        ------
        BlockFault
            G95 with the spindle stopped.
        """
        st = self.state
        if st.feed_mode == 94:
            return st.feed
        if st.feed_mode == 93:
            return max(st.feed * length_mm, LEAST_INVERSE_TIME_FEED * st.scale)
        speed = abs(st.spindle_speed())
        if speed == 0.0:
            raise BlockFault("cannot feed with zero spindle speed in feed per rev mode", "program S.. M3 before, or G94")
        return st.feed * speed

    def record(self, kind: int, end: list[float], f: float, s: float | None = None) -> None:
        """A straight motion or dwell ending at the program point `end`."""
        self.record_row(kind, 17, end, None, 0, f, self.state.spindle_speed() if s is None else s, self.line)

    def record_row(self, kind, plane, end, centre, turns, f, s, line) -> None:
        """One row, program coordinates in, recorded coordinates kept; `centre` (x, y, z) or None."""
        st = self.state
        frame = st.frame
        x, y, z, a, b, c = frame.forward(end)
        i = j = k = NAN
        if centre is not None:
            i, j, k = centre if frame.identity else frame.forward([*centre, 0.0, 0.0, 0.0])[:3]
        if kind not in (RAPID, DWELL):
            st.has_fed = True
        self.tip = list(end)
        self.recorder.add((kind, plane, x, y, z, a, b, c, i, j, k, turns, f, s, st.tool, st.length_offset, line, -1))

    def end_cycle(self) -> None:
        """A motion that is no canned cycle ends the run of cycles."""
        self.state.cycle.initial = NAN

    def forbid_compensation(self, what: str) -> None:
        """Raise if cutter compensation is on: `what` cannot be done then."""
        if self.state.comp_side:
            raise BlockFault(f"cannot {what} with cutter radius compensation on", "end it with G40 first")


def stop_motion(control: Control) -> None:
    """G80: no motion mode, the run of cycles is over."""
    control.state.motion = NO_MOTION
    control.end_cycle()
