"""The order of a posted program, which all dialects share; each fills in its own words (`Words`)."""

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from copeau.model.errors import CopeauError
from copeau.model.moves import CCW, CW, DWELL, FEED
from copeau.model.program import DrillCycle, PostedStep, ProgramSheet, Run
from copeau.model.tool import Tool
from copeau.nc.dialects.text import number, to_units
from copeau.nc.dialects.writer import Writer

SPIN_UP_S = 2.0
"""Dwell after M3: the time that the slowest spindle of the machine table needs to come to speed."""
COOLANT_ON = {"flood": "M8", "mist": "M7"}
"""Words of the cutting conditions that open a valve; all others run dry."""


class Words(Protocol):
    """What differs between the dialects."""

    comp_by_line: bool  # compensation on a line of its own, before the motion
    end: str

    def begin(self, w: Writer, sheet: ProgramSheet) -> None:
        """What must stand before the header, the line that says UNVERIFIED among it."""

    def safe_block(self, w: Writer, compensated: Sequence[Tool]) -> None:
        """All modes that the program relies on."""

    def dwell(self, seconds: float) -> str:
        """G4."""

    def comp_on(self, tool: Tool) -> tuple[str, ...]:
        """G41 in wear mode."""

    def wear_note(self, tool: Tool) -> str:
        """Where the wear of the tool is entered."""

    def tap(self, w: Writer, cycle: DrillCycle, n: float) -> None:
        """Rigid tapping at all points, from and to the clearance level."""

    def close(self, w: Writer) -> None:
        """What stands after the end of the program."""


def write_program(sheet: ProgramSheet, words: Words, w: Writer) -> str:
    """Header, safe block, the steps tool by tool, the end."""
    _check(sheet)
    compensated = _compensated(sheet)
    words.begin(w, sheet)
    _header(w, sheet, words, compensated)
    words.safe_block(w, compensated)
    tool: Tool | None = None
    coolant = ""
    for step in sheet.steps:
        changed = tool is None or step.workingstep.tool.number != tool.number
        if changed:
            _change(w, words, step, first=tool is None, coolant_was_on=bool(coolant))
            tool, coolant = step.workingstep.tool, ""
            speed = step.workingstep.cutting.n
        else:
            _comment_step(w, step)
            if step.workingstep.cutting.n != speed:
                speed = step.workingstep.cutting.n
                w.block(f"S{whole_speed(speed)}", "M3")
                w.block(words.dwell(SPIN_UP_S))
        coolant = _step_once(w, words, step, sheet, coolant)
    _finish(w, words, sheet)
    return w.text()


def _check(sheet: ProgramSheet) -> None:
    where = f"phase {sheet.phase}"
    if sheet.units != "mm":
        raise CopeauError(f"programs in {sheet.units} are not posted", where, "post in mm")
    if not sheet.steps:
        raise CopeauError("a program without workingsteps", where, "plan at least one workingstep")
    for step in sheet.steps:
        w = step.workingstep
        if w.tool.number <= 0:
            raise CopeauError(f"tool {w.tool.id} has no number", f"{where}, workingstep {w.id}", "number the tools of the plan")
        if not w.cutting.n >= 1.0 or not math.isfinite(w.cutting.n):
            raise CopeauError(f"spindle speed {w.cutting.n:g} 1/min", f"{where}, workingstep {w.id}", "give n of 1 1/min or more")


def whole_speed(n: float) -> int:
    """S as all controls take it: whole turns a minute."""
    return round(n)


def _compensated(sheet: ProgramSheet) -> list[Tool]:
    found: dict[int, Tool] = {}
    for step in sheet.steps:
        if any(isinstance(s, Run) and s.comp_on >= 0 for s in step.segments):
            found[step.workingstep.tool.number] = step.workingstep.tool
    return [found[n] for n in sorted(found)]


VERIFIED, UNVERIFIED = "verified by simulation", "UNVERIFIED - do not run"
"""The first words of a program, as long in lines whatever the verdict: line numbers stay. Some controllers have them in capitals."""


def as_verified(text: str) -> str:
    """A program's text as it was simulated, but with the head that says so."""
    return text.replace(UNVERIFIED, VERIFIED, 1).replace(UNVERIFIED.upper(), VERIFIED.upper(), 1)


def _header(w: Writer, sheet: ProgramSheet, words: Words, compensated: Sequence[Tool]) -> None:
    for label, text in (
        ("part", sheet.part), ("phase", sheet.phase), ("machine", sheet.machine), ("material", sheet.material),
        ("stock", sheet.stock), ("G54", sheet.wcs_origin), ("units", "mm"), ("plan", sheet.plan_hash),
    ):  # fmt: skip
        w.comment(f"{label}: {text}")
    for text in sheet.assumed:
        w.comment(f"ASSUMED: {text}")
    for text in sheet.remarks:
        w.comment(f"remark: {text}")
    for tool in sheet.tools:
        w.comment(_tool_line(tool))
    for tool in compensated:
        w.comment(words.wear_note(tool))


def _tool_line(tool: Tool) -> str:
    text = f"T{tool.number} {tool.type} D{tool.DC:g}"
    for label, value in (("R", tool.RE), ("point", tool.SIG), ("pitch", tool.TP), ("stick-out", tool.LPR)):
        if value and math.isfinite(value):
            text += f" {label} {value:g}"
    return text + (f" {tool.description}" if tool.description else f" {tool.id}")


def _comment_step(w: Writer, step: PostedStep) -> None:
    s = step.workingstep
    w.comment(f"step {s.id}: {s.operation}" + (f", {', '.join(s.features)}" if s.features else ""))


def _to_machine_top(w: Writer) -> None:
    w.moving("G53", "G0", "Z0.")
    w.forget("Z")


def _change(w: Writer, words: Words, step: PostedStep, first: bool, coolant_was_on: bool) -> None:
    """Z to the machine's top, the tool, its length, the spindle up to speed."""
    s = step.workingstep
    if coolant_was_on:
        w.block("M9")
    if not first:
        w.block("M5")
    _to_machine_top(w)
    if not first:
        w.block("M1")
    _comment_step(w, step)
    w.block(f"T{s.tool.number}", "M6")
    w.block(f"S{whole_speed(s.cutting.n)}", "M3")
    w.block(words.dwell(SPIN_UP_S))


def _step_once(w: Writer, words: Words, step: PostedStep, sheet: ProgramSheet, coolant: str) -> str:
    """As `_step`; what was written for the step from the same state before is taken again: a program that is mended changes in few steps."""
    key = type(words), sheet.clearance_z, coolant, *w.state()
    if key not in step.written:
        first = len(w.lines)
        coolant = _step(w, words, step, sheet, coolant)
        step.written[key] = "\n".join(w.lines[first:]), len(w.lines) > first, coolant, w.state()
        return coolant
    text, has_lines, coolant, state = step.written[key]
    w.lines += text.split("\n") if has_lines else []
    w.restore(state)
    return coolant


def _step(w: Writer, words: Words, step: PostedStep, sheet: ProgramSheet, coolant: str) -> str:
    """All segments of a step. Returns the coolant word in force."""
    s = step.workingstep
    wanted = COOLANT_ON.get(s.cutting.coolant, "")
    for segment in step.segments:
        first = segment.points[0] if isinstance(segment, DrillCycle) else [segment.moves[c][0] for c in "xy"]
        level = segment.clearance_z if isinstance(segment, DrillCycle) else float(segment.moves["z"][0])
        _approach(w, s.tool, sheet.clearance_z, float(first[0]), float(first[1]), level)
        if wanted != coolant:
            w.block(wanted or "M9")
            coolant = wanted
        if isinstance(segment, DrillCycle):
            _cycle(w, words, segment, s.cutting.n)
        else:
            _run(w, words, segment, s.tool)
    return coolant


def _approach(w: Writer, tool: Tool, clearance_z: float, x: float, y: float, z: float) -> None:
    """Over the first point: from the machine's top with the length offset, else by way of the clearance level."""
    if w.at[2] is None:
        w.straight(True, {"X": x, "Y": y})
        level = max(clearance_z, z)
        words = w.axis_words({"Z": level})
        w.moving(*w.motion_word("G0"), f"G43 H{tool.number}", *words)
    elif not w.is_at(X=x, Y=y):
        if w.at[2] < to_units(clearance_z):
            w.straight(True, {"Z": clearance_z})
        w.straight(True, {"X": x, "Y": y})
    w.straight(True, {"Z": z})


def _run(w: Writer, words: Words, run: Run, tool: Tool) -> None:
    on: tuple[str, ...] = ()
    n, end = -1, _stretches(run)
    while (n := n + 1) < len(run.moves):
        row = run.moves[n]
        if not on and end[n] > n + 1:
            w.feeds(run.moves[n : end[n]])
            n = int(end[n]) - 1
            continue
        if n == run.comp_on:
            on = words.comp_on(tool)
        if n == run.comp_off and run.comp_on >= 0:
            on = ("G40",)
        if on and words.comp_by_line:
            w.block(*on)
            on = ()
        if row["kind"] == DWELL:
            w.block(words.dwell(float(row["f"])))
            continue
        if on and row["kind"] in (CW, CCW):
            raise CopeauError("compensation begins or ends with an arc", "", "lead in and out by a straight motion")
        if w.row(row, on):
            on = ()
    if on or (run.comp_on >= 0 and not run.comp_on < run.comp_off < len(run.moves)):
        raise CopeauError("compensation is not ended by a straight motion", "", "end the run with a straight motion out")
    w.to_xy_plane()


def _stretches(run: Run) -> NDArray[np.int64]:
    """For each motion (n,) the end of the stretch of straight motions at one feed that begins or goes on with it; itself where none does."""
    feed = run.moves["kind"] == FEED
    f = run.moves["f"]
    breaks = ~feed | np.concatenate([[True], ~feed[:-1] | (f[1:] != f[:-1])])
    breaks[[k for k in (run.comp_on, run.comp_on + 1, run.comp_off, run.comp_off + 1) if 0 <= k < len(f)]] = True
    starts = np.append(np.flatnonzero(breaks), len(f))
    out = starts[np.searchsorted(starts, np.arange(len(f)), side="right")]
    alone = ~feed | np.isin(np.arange(len(f)), (run.comp_on, run.comp_off))
    return np.where(alone, np.arange(len(f)), out)


def _cycle(w: Writer, words: Words, cycle: DrillCycle, n: float) -> None:
    if cycle.code == 84:
        words.tap(w, cycle, n)
        w.straight(True, {"Z": cycle.clearance_z})
        return
    extra = {
        81: lambda: [], 85: lambda: [], 82: lambda: [words.dwell(cycle.dwell_s).split()[1]],
        73: lambda: [f"Q{number(cycle.peck_mm)}"], 83: lambda: [f"Q{number(cycle.peck_mm)}"],
    }[cycle.code]()  # fmt: skip
    hole_cycle(w, f"G{cycle.code}", cycle, extra, cycle.vf)


def hole_cycle(w: Writer, code: str, cycle: DrillCycle, extra: list[str], f: float) -> None:
    """A canned cycle at all points, G98: between the holes the tool is at the clearance level."""
    sticky: dict[str, str] = {}
    for k, ((x, y), bottom) in enumerate(zip(cycle.points, cycle.bottom_z, strict=True)):
        place = [f"X{number(x)}", f"Y{number(y)}"]
        words = [f"Z{number(bottom)}", f"R{number(cycle.retract_z)}", *extra]
        if k == 0:
            w.moving("G98", code, *place, *words, *w.feed_word(f))
        else:
            w.moving(*place, *(v for v in words if sticky[v[0]] != v))
        sticky = {v[0]: v for v in words}
        w.axis_words({"X": float(x), "Y": float(y)})
    w.block("G80")
    w.motion = ""


def _finish(w: Writer, words: Words, sheet: ProgramSheet) -> None:
    w.block("M9")
    w.block("M5")
    _to_machine_top(w)
    if sheet.end_position is not None:
        x, y = sheet.end_position
        w.moving("G53", "G0", f"X{number(x)}", f"Y{number(y)}")
    w.block(words.end)
    words.close(w)

