"""Ways to finish a bore: as drilled, reamed or tapped; the drills that go before, how far the last tool goes beyond the bore's end."""

from collections.abc import Sequence
from dataclasses import dataclass

from copeau.data.limits import fit_limits
from copeau.data.threads import Thread
from copeau.model.errors import CopeauError
from copeau.model.tool import Tool
from copeau.process.hole_asks import HoleAsk
from copeau.process.hole_tools import DRILLED_GRADE, REAMED_GRADE, core_drills, drills, holds, matching_drills, reamers, reaming_drills, taps
from copeau.process.requirements import DRILL_STEP_MM, Size

LEAST_TURNS = 3.0  # fewer full turns of thread carry nothing
ROOM_PITCHES = 1.0  # left under a tap's tip in a blind hole, for chips and the spindle's overrun (the tool table's rule)
REAM_OVER_MM = 1.0  # a reamer's lead leaves a through hole by this much
DRILLED_RA_UM = 3.2  # drilling gives 1.6 to 6.3 um, reaming 0.8 to 3.2 um (Machinery's Handbook, roughness by process)
REAMED_RA_UM = 0.8
THROUGH_FORM = "B"  # DIN 2197: a spiral point pushes its chips ahead, out of a through hole


@dataclass(frozen=True)
class Finish:
    """One way. `drills` in order of preference; `tool` None: as drilled. `below_mm`: tip of the last tool below the bore's end, negative above."""

    drills: tuple[Tool, ...]
    tool: Tool | None = None
    below_mm: float = 0.0
    why: str = ""
    unmet: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def finish(diameter_mm: float, depth_mm: float, through: bool, ask: HoleAsk, tools: Sequence[Tool]) -> list[Finish]:
    """Ways to finish a bore of a modelled diameter and length, what is asked first; the last one is as drilled, with what it does not meet."""
    if ask.thread is not None:
        return _threaded(diameter_mm, depth_mm, through, ask.thread, tools)
    plain = tuple(matching_drills(diameter_mm, tools))
    size = ask.size
    exact = tuple(t for t in plain if size is None or size.is_general or holds(size, t.DC, DRILLED_GRADE))
    if exact and not ask.ra_um < DRILLED_RA_UM:
        return [Finish(exact)]
    wanted = size or Size(diameter_mm, 0.0, _reamed_width(diameter_mm))
    kept = [f"D{size}"] if size and not exact else []
    kept += [f"Ra {ask.ra_um:g}"] if ask.ra_um < DRILLED_RA_UM else []
    missing = tuple(f"{k} not kept by a drill, and no reamer for it is at hand or fits" for k in kept)
    return [*_reamed(wanted, ask, through, tools), Finish(exact or plain, unmet=missing)]


def _reamed_width(diameter_mm: float) -> float:
    """Tolerance (mm) of a reamed hole, 0 where the tables have none at that diameter."""
    try:
        return fit_limits(REAMED_GRADE, diameter_mm).upper_mm
    except CopeauError:
        return 0.0


def _reamed(size: Size, ask: HoleAsk, through: bool, tools: Sequence[Tool]) -> list[Finish]:
    finer = (f"Ra {ask.ra_um:g} is finer than reaming gives",) if ask.ra_um < REAMED_RA_UM else ()
    out = []
    for reamer in reamers(size, tools):
        try:
            before = tuple(reaming_drills(reamer.DC, tools))
        except CopeauError:  # no stock for that diameter in the table: not a hole to ream
            continue
        why = f"reamed to {size}" + (f", Ra {ask.ra_um:g}" if ask.ra_um == ask.ra_um else "")
        out.append(Finish(before, reamer, REAM_OVER_MM if through else 0.0, why, finer))
    return out


def _threaded(diameter_mm: float, depth_mm: float, through: bool, asked: Thread, tools: Sequence[Tool]) -> list[Finish]:
    is_formed = abs(diameter_mm - asked.form_tap_drill_mm) <= DRILL_STEP_MM and not asked.minor_min_mm <= diameter_mm <= asked.minor_max_mm
    out = []
    for tap in taps(asked, tools):
        if tap.forming != is_formed or (tap.THCHT == THROUGH_FORM and not through):
            continue
        room = ROOM_PITCHES * tap.TP
        length = depth_mm if through else depth_mm - room - tap.chamfer_length
        if length < LEAST_TURNS * tap.TP or length > max(tap.LU, tap.APMX):
            continue
        why = f"{asked.designation}, {length:.1f} mm of full thread, feed n P exactly"
        told = () if through else (f"{asked.designation}: full thread to {length:.1f} mm, lead {tap.chamfer_length:g} mm and {room:g} mm of room under the tap",)
        below = tap.chamfer_length if through else -room
        out.append(Finish(tuple(core_drills(asked, diameter_mm, tools, forming=tap.forming)), tap, below, why, remarks=told))
    core = tuple(core_drills(asked, diameter_mm, tools, forming=is_formed)) or tuple(t for t in drills(tools) if abs(t.DC - diameter_mm) <= DRILL_STEP_MM)
    missing = f"{asked.designation} not tapped: no tap at hand does it in a {'through' if through else 'blind'} hole of {depth_mm:.1f} mm"
    return [*out, Finish(core, unmet=(missing,))]
