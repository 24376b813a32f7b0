"""LinuxCNC: N words are file lines, wear compensation by G41.1, rigid tapping by G33.1."""

from collections.abc import Sequence

from copeau.model.program import DrillCycle, ProgramSheet
from copeau.model.tool import Tool
from copeau.nc.dialects.program import UNVERIFIED, write_program
from copeau.nc.dialects.registry import dialect
from copeau.nc.dialects.text import number
from copeau.nc.dialects.writer import Writer


class LinuxCncWords:
    """Words of LinuxCNC."""

    comp_by_line = True
    end = "M2"

    def begin(self, w: Writer, sheet: ProgramSheet) -> None:
        """The status alone."""
        w.comment(UNVERIFIED)

    def safe_block(self, w: Writer, compensated: Sequence[Tool]) -> None:
        """No mode is safe by default (no start-up code)."""
        w.block("G17 G21 G40 G49 G54 G80 G90 G94 G98 G91.1 G97")
        w.block("G64 P0.01")
        for tool in compensated:
            w.block(f"#<wear_t{tool.number}> = 0")

    def dwell(self, seconds: float) -> str:
        """P in seconds."""
        return f"G4 P{number(seconds)}"

    def comp_on(self, tool: Tool) -> tuple[str, ...]:
        """D of G41 would add the table's diameter, so G41.1 with a diameter of the wear alone."""
        return (f"G41.1 D#<wear_t{tool.number}>",)

    def wear_note(self, tool: Tool) -> str:
        """The wear is a parameter set at the head of the program."""
        return f"wear of T{tool.number}: #<wear_t{tool.number}> below, mm on the diameter, positive leaves stock on"

    def tap(self, w: Writer, cycle: DrillCycle, n: float) -> None:
        """G84 of LinuxCNC ignores the pitch: G33.1 hole by hole."""
        w.comment("rigid tapping by G33.1: G84 of this control ignores the pitch")
        for (x, y), bottom in zip(cycle.points, cycle.bottom_z, strict=True):
            w.straight(True, {"Z": cycle.clearance_z})
            w.straight(True, {"X": float(x), "Y": float(y)})
            w.straight(True, {"Z": cycle.retract_z})
            w.moving("G33.1", f"Z{number(bottom)}", f"K{number(cycle.pitch_mm)}")
            w.motion = ""

    def close(self, w: Writer) -> None:
        """Nothing."""


@dialect("linuxcnc")
def linuxcnc(sheet: ProgramSheet) -> str:
    """Post for LinuxCNC 2.9."""
    return write_program(sheet, LinuxCncWords(), Writer(numbered=True, turns_by_p=True))
