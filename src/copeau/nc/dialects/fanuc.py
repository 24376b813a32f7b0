"""Fanuc 0i and 30i mills: as Haas, with dwells in milliseconds and rigid tapping called by M29."""

from copeau.model.program import DrillCycle, ProgramSheet
from copeau.nc.dialects.haas import HaasWords
from copeau.nc.dialects.program import hole_cycle, whole_speed, write_program
from copeau.nc.dialects.registry import dialect
from copeau.nc.dialects.writer import Writer


class FanucWords(HaasWords):
    """Words of Fanuc."""

    def dwell(self, seconds: float) -> str:
        """P takes no decimal point: milliseconds."""
        return f"G4 P{round(seconds * 1000.0)}"

    def tap(self, w: Writer, cycle: DrillCycle, n: float) -> None:
        """M29 makes the next G84 rigid; G80 ends it."""
        w.block("M29", f"S{whole_speed(n)}")
        hole_cycle(w, "G84", cycle, [], whole_speed(n) * cycle.pitch_mm)


@dialect("fanuc")
def fanuc(sheet: ProgramSheet) -> str:
    """Post for Fanuc 0i-MF and 30i series."""
    return write_program(sheet, FanucWords(), Writer(upper_comments=True))
