"""What became of each requirement: carried out by a workingstep, kept by measuring, or not carried out and why. Nothing asked goes unsaid."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from copeau.data.limits import fit_limits
from copeau.model.errors import CopeauError
from copeau.model.feature import Feature
from copeau.model.part import Part
from copeau.model.plan import Setup, Workingstep
from copeau.process.hole_finishing import DRILLED_RA_UM, REAMED_RA_UM
from copeau.process.hole_tools import DRILLED_GRADE, REAMED_GRADE, holds
from copeau.process.requirements import Requirement, Requirements, Size, hole_remarks
from copeau.process.roughness import MILLED_RA_UM, theoretical_ra

MILLED_GRADE = "H9"  # width that finish milling keeps once the first part is measured and the wear corrected (shop rule: IT8 to IT10)
DONE, MEASURE, NOT_DONE = "carried out", "to measure", "not carried out"


@dataclass(frozen=True)
class Outcome:
    """`subject`: feature or face; `asks`: in the file's words; `status`: one of `DONE`, `MEASURE`, `NOT_DONE`."""

    line: int
    subject: str
    asks: str
    status: str
    why: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.asks}: {self.status}" + (f", {self.why}" if self.why else "")


def outcomes(asked: Requirements, part: Part, features: Sequence[Feature], setups: Sequence[Setup], unmet: dict[str, tuple[str, ...]]) -> tuple[Outcome, ...]:
    """One row for each thing that each item asks of each of its features and faces.

    `unmet`: for holes, what the planner could not do, in words.
    """
    made = [(s.id, w) for s in setups for w in s.workingsteps]
    out: list[Outcome] = []
    for item in asked.items:
        about = [f for f in features if f.id in item.features or set(item.faces) & set(f.faces)]
        for f in about:
            own = [(i, w) for i, w in made if f.id in w.features or set(f.faces) & set(w.faces)]
            out += _of_feature(item, f, own, unmet.get(f.id, ()))
        loose = [k for k in item.faces if not any(k in f.faces for f in about)]
        for k in loose:
            out += _of_face(item, f"face {k} {part.faces[k].name}".strip(), [(i, w) for i, w in made if k in w.faces])
        if not about and not loose:
            out.append(Outcome(item.line, "line " + str(item.line), _words(item), NOT_DONE, "it names nothing of this part"))
    return tuple(out)


def tolerances(asked: Requirements | None, feature: Feature) -> list[str]:
    """What the drawing says at a feature, for reports and control sheets."""
    if asked is None:
        return []
    return [word for item in asked.of_feature(feature) for word in _each(item)]


def remarks_of(asked: Requirements | None, feature: Feature) -> tuple[str, ...]:
    """A plain hole of the size of a tap drill, of which nobody says what it is for."""
    if feature.type != "round_hole" or "diameter" not in feature.dims:
        return ()
    if asked is not None and any(i.thread or i.diameter for i in asked.of_feature(feature)):
        return ()
    return hole_remarks(feature.dims["diameter"])


def _each(item: Requirement) -> list[str]:
    named = [("depth", item.depth), ("length", item.length)]
    out = [item.thread.designation] if item.thread else []
    out += [f"D{item.diameter}"] if item.diameter else []
    out += [f"{name} {size}" for name, size in named if size]
    out += [f"Ra {item.ra_um:g}"] if item.ra_um == item.ra_um else []
    out += [f"datum {item.datum}"] if item.datum else []
    return out + ([item.note] if item.note else [])


def _words(item: Requirement) -> str:
    return ", ".join(_each(item))


Made = list[tuple[str, Workingstep]]


def _of_feature(item: Requirement, f: Feature, made: Made, unmet: tuple[str, ...]) -> list[Outcome]:
    out = []
    if item.thread:
        tapped = [i for i, w in made if w.operation == "tapping" and f.id in w.features]
        why = f"tapped in setup {tapped[0]}" if tapped else "; ".join(unmet) or "no setup drills this hole"
        out.append(Outcome(item.line, f.id, item.thread.designation, DONE if tapped else NOT_DONE, why))
    for name, size in (("D", item.diameter), ("depth ", item.depth), ("length ", item.length)):
        if size:
            status, why = _sized(size, f, made, unmet) if name == "D" else _kept(size, f.dims.get(name.strip(), math.nan), made)
            out.append(Outcome(item.line, f.id, f"{name}{size}", status, why))
    return out + _rest(item, f.id, made, unmet)


def _of_face(item: Requirement, subject: str, made: Made) -> list[Outcome]:
    sizes = [s for s in (item.diameter, item.depth, item.length) if s]
    out = [Outcome(item.line, subject, str(s), *_kept(s, math.nan, made)) for s in sizes]
    return out + _rest(item, subject, made, ())


def _rest(item: Requirement, subject: str, made: Made, unmet: tuple[str, ...]) -> list[Outcome]:
    out = []
    if item.ra_um == item.ra_um:
        out.append(Outcome(item.line, subject, f"Ra {item.ra_um:g}", *_smooth(item.ra_um, made, unmet)))
    if item.datum:
        out.append(Outcome(item.line, subject, f"datum {item.datum}", MEASURE, "named on the control sheet; the setups locate on the faces that they name"))
    if item.note:
        out.append(Outcome(item.line, subject, item.note, MEASURE, "a note to the operator"))
    return out


def _sized(size: Size, f: Feature, made: Made, unmet: tuple[str, ...]) -> tuple[str, str]:
    """A diameter with its limits."""
    own = [(i, w) for i, w in made if f.id in w.features]
    for i, w in own:
        if w.operation == "reaming" and holds(size, w.tool.DC, REAMED_GRADE):
            return DONE, f"reamed in setup {i}"
    for i, w in own:
        if "drilling" in w.operation and abs(w.tool.DC - size.nominal_mm) < abs(size.upper_mm - size.lower_mm) and holds(size, w.tool.DC, DRILLED_GRADE):
            return DONE, f"drilled D{w.tool.DC:g} in setup {i}"
    if unmet:
        return NOT_DONE, "; ".join(unmet)
    modelled = [s.diameter_mm for s in f.stages] or [f.dims.get("diameter", math.nan)]
    nearest = min(modelled, key=lambda d: abs(d - size.nominal_mm))
    return _kept(size, nearest, made)


def _kept(size: Size, modelled_mm: float, made: Made) -> tuple[str, str]:
    """A size that milling makes at its modelled value."""
    if not made:
        return NOT_DONE, "no workingstep machines it"
    if not size.is_general and size.upper_mm - size.lower_mm < _milled_width(size.nominal_mm):
        return NOT_DONE, "narrower than finish milling keeps: grind or bore it after the job, or let the tolerance grow"
    off = modelled_mm - size.nominal_mm
    if not size.is_general and modelled_mm == modelled_mm and not size.lower_mm - 1e-6 <= off <= size.upper_mm + 1e-6:
        return NOT_DONE, f"the solid has {modelled_mm:g} mm, outside of the limits"
    return MEASURE, "milled to the solid; measure the first part and correct the wear offset"


def _milled_width(nominal_mm: float) -> float:
    try:
        return fit_limits(MILLED_GRADE, nominal_mm).upper_mm
    except CopeauError:  # no standard tolerance at that size
        return 0.0


def _smooth(ra_um: float, made: Made, unmet: tuple[str, ...]) -> tuple[str, str]:
    """A roughness."""
    if not made:
        return NOT_DONE, "no workingstep machines it"
    reached = [(_ra(w), i, w) for i, w in made]
    known = [r for r in reached if r[0] == r[0]]
    if known:
        best, i, w = min(known, key=lambda r: r[0])
        if best <= ra_um + 1e-9:
            return DONE, f"{w.operation} in setup {i} gives Ra {best:.2g} um or better"
        return NOT_DONE, "; ".join(unmet) or f"{w.operation} gives Ra {best:.2g} um at best here"
    return NOT_DONE, "; ".join(unmet) or "no finishing pass reaches it"


def _ra(w: Workingstep) -> float:
    if w.operation == "reaming":
        return REAMED_RA_UM
    if "drilling" in w.operation or w.operation == "chip_breaking":
        return DRILLED_RA_UM
    theory = theoretical_ra(w)
    return max(theory, MILLED_RA_UM) if theory == theory else math.nan


def not_carried_out(rows: Iterable[Outcome]) -> list[str]:
    """The rows that the person must read before cutting, in words."""
    return [f"requirement not carried out (line {r.line}): {r.subject}: {r.asks}: {r.why}" for r in rows if r.status == NOT_DONE]
