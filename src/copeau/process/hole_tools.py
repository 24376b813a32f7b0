"""Which tools make a hole of a size, a fit or a thread."""

from collections.abc import Sequence

from copeau.data.limits import fit_limits, reaming_stock
from copeau.data.threads import Thread, thread
from copeau.model.errors import CopeauError
from copeau.model.tool import Tool
from copeau.process.requirements import NOMINAL_TOL_MM, Size

DRILL_OVER_MM = 0.005  # a drill cuts at its nominal size or over: no more than this over the design
DRILL_UNDER_MM = 0.08  # an untoleranced hole may be this much under on the diameter
CORE_OVER_MM = 0.015  # on the diameter of a thread's core: on the radius less than the 0.01 mm that count as a gouge
DRILLED_GRADE = "H12"  # what a twist drill holds (shop rule: IT11 to IT13)
REAMED_GRADE = "H7"  # what machine reamers of DIN 212 are ground for
ANGLE_TOL_DEG = 1.0


def matching_drills(diameter_mm: float, tools: Sequence[Tool]) -> list[Tool]:
    """Drills that make this diameter, nearest size first, then the shorter, then carbide."""
    fits = [t for t in drills(tools) if -DRILL_UNDER_MM <= t.DC - diameter_mm <= DRILL_OVER_MM]
    return sorted(fits, key=lambda t: _nearest(t, diameter_mm))


def core_drills(asked: Thread, modelled_mm: float, tools: Sequence[Tool], *, forming: bool) -> list[Tool]:
    """Drills for the core of a thread, none outside of the limits of the minor diameter.

    Those that do not cut over the modelled bore first, then the nearest to the tap drill.
    """
    wanted = asked.form_tap_drill_mm if forming else asked.tap_drill_mm
    low, high = (wanted - NOMINAL_TOL_MM, wanted + NOMINAL_TOL_MM) if forming else (asked.minor_min_mm, asked.minor_max_mm)
    fits = [t for t in drills(tools) if low <= t.DC <= high or abs(t.DC - wanted) <= NOMINAL_TOL_MM]
    return sorted(fits, key=lambda t: (t.DC > modelled_mm + CORE_OVER_MM, *_nearest(t, wanted)))


def reaming_drills(diameter_mm: float, tools: Sequence[Tool]) -> list[Tool]:
    """Drills that leave what a reamer of this diameter wants, those that leave least first.

    Raises `CopeauError` where the table has no stock for the diameter.
    """
    least, most = reaming_stock(diameter_mm)
    fits = [t for t in drills(tools) if least - 1e-6 <= diameter_mm - t.DC <= most + 1e-6]
    return sorted(fits, key=lambda t: _nearest(t, diameter_mm))


def drills(tools: Sequence[Tool]) -> list[Tool]:
    """Drills whose point is known."""
    return [t for t in tools if t.type == "drill" and t.SIG == t.SIG]


def _nearest(t: Tool, diameter_mm: float) -> tuple:
    return (round(abs(t.DC - diameter_mm), 3), t.LU, not t.material.lower().startswith("carbide"), t.id)


def reamers(size: Size, tools: Sequence[Tool]) -> list[Tool]:
    """Reamers whose holes lie within the limits, the shortest first."""
    same = [t for t in tools if t.type == "reamer" and abs(t.DC - size.nominal_mm) <= NOMINAL_TOL_MM]
    return sorted((t for t in same if holds(size, t.DC, REAMED_GRADE)), key=lambda t: (t.LU, t.id))


def holds(size: Size, diameter_mm: float, grade: str) -> bool:
    """Whether a hole that a tool of this diameter makes in this grade lies within the limits of a size."""
    try:
        made = fit_limits(grade, diameter_mm)
    except CopeauError:  # no such grade at that size: nothing can be promised
        return False
    off = diameter_mm - size.nominal_mm
    return size.lower_mm - 1e-6 <= off + made.lower_mm and off + made.upper_mm <= size.upper_mm + 1e-6


def taps(asked: Thread, tools: Sequence[Tool]) -> list[Tool]:
    """Taps of a thread: cutting ones before forming ones, the longer chamfer first (it lasts longer, and needs more room)."""
    own = [t for t in tools if t.type == "tap" and t.TP > 0.0 and t.thread and _is(t.thread, asked)]
    return sorted(own, key=lambda t: (t.forming, -t.chamfer_length, t.LU, t.id))


def _is(designation: str, asked: Thread) -> bool:
    try:
        return thread(designation).id == asked.id
    except CopeauError:  # a tap of a thread that the table does not have
        return False


def countersinks(angle_deg: float, diameter_mm: float, hole_mm: float, tools: Sequence[Tool]) -> list[Tool]:
    """Tools with a point of this angle that cut a cone from the bore's to the given diameter, countersinks first, the smallest first."""
    kinds = ("countersink", "spot_drill")
    fits = [t for t in tools if t.type in kinds and abs(t.SIG - angle_deg) <= ANGLE_TOL_DEG and t.DC >= diameter_mm - 1e-6 and t.tip_diameter < hole_mm]
    return sorted(fits, key=lambda t: (kinds.index(t.type), t.DC, t.id))
