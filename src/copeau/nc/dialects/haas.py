"""Haas: O number and percent signs, G84 is rigid, a D register that holds the wear only."""

from collections.abc import Sequence

from copeau.model.program import DrillCycle, ProgramSheet
from copeau.model.tool import Tool
from copeau.nc.dialects.program import UNVERIFIED, hole_cycle, whole_speed, write_program
from copeau.nc.dialects.registry import dialect
from copeau.nc.dialects.text import number
from copeau.nc.dialects.writer import Writer

LARGEST_O = 7999
"""O8000 and above are protected on Fanuc; Haas takes five digits but reads four."""


def title_line(sheet: ProgramSheet) -> str:
    """O number from the phase, with the status as its comment."""
    phase = "".join(c for c in sheet.phase if c.isdigit())
    o = int(phase) if phase and 0 < int(phase) <= LARGEST_O else 1
    return f"O{o:04d} ({UNVERIFIED.upper()})"


class HaasWords:
    """Words of Haas."""

    comp_by_line = False
    end = "M30"

    def begin(self, w: Writer, sheet: ProgramSheet) -> None:
        """Percent sign and O number come first of all."""
        w.block("%")
        w.block(title_line(sheet))

    def safe_block(self, w: Writer, compensated: Sequence[Tool]) -> None:
        """All modes that the program relies on."""
        w.block("G17 G21 G40 G49 G54 G80 G90 G94 G98")

    def dwell(self, seconds: float) -> str:
        """P with a decimal point is in seconds."""
        return f"G4 P{number(seconds)}"

    def comp_on(self, tool: Tool) -> tuple[str, ...]:
        """The register of the tool's own number."""
        return ("G41", f"D{tool.number}")

    def wear_note(self, tool: Tool) -> str:
        """The program is the path of the tool's centre, so the register must not hold the radius."""
        return f"D{tool.number} holds the WEAR of T{tool.number} only: geometry 0, nominal wear 0"

    def tap(self, w: Writer, cycle: DrillCycle, n: float) -> None:
        """Feed is speed times pitch, exactly."""
        hole_cycle(w, "G84", cycle, [], whole_speed(n) * cycle.pitch_mm)

    def close(self, w: Writer) -> None:
        """The closing percent sign."""
        w.block("%")


@dialect("haas")
def haas(sheet: ProgramSheet) -> str:
    """Post for Haas NGC mills."""
    return write_program(sheet, HaasWords(), Writer(upper_comments=True))
