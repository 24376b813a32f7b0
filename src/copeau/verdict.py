"""The verdict on a job: shape of the workpiece, collisions, and what is told of both in the report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from copeau.model.feature import Feature
from copeau.model.finding import Finding
from copeau.model.part import Part
from copeau.model.tool import Tool
from copeau.simulation.closest import signed_distance
from copeau.simulation.coverage import Coverage, judge, too_much_in_roots
from copeau.simulation.deviation import Deviation, Samples, deviate, verification_design
from copeau.simulation.explain import EXCUSES, ExcessFace, explain
from copeau.simulation.threads import core_allowance, forgive_cores, forgive_threads, thread_allowance
from copeau.simulation.visited import SetupMotion

CAP_MM = 5.0  # deviations are told up to here on the coloured result
PARTLY_SHARE, UNMACHINED_SHARE = 0.002, 0.5  # of a feature's area left in excess without a cause


@dataclass(frozen=True)
class Verdict:
    """Everything that decides `verification.ok`."""

    deviation: Deviation
    explained: tuple[ExcessFace, ...]
    coverage: Coverage
    findings: tuple[Finding, ...]
    design: object
    open_samples: Samples  # of the design's surface on which something is left without a cause that excuses it

    @property
    def ok(self) -> bool:
        """The shape is right or excused, and nothing collides."""
        return self.coverage.ok and not self.findings

    def report(self) -> dict:
        """`verification` of the report."""
        d, c = self.deviation, self.coverage
        return {
            "cell_mm": d.cell_mm, "max_gouge_mm": d.max_gouge_mm, "max_excess_mm": d.max_excess_mm,
            "gouge_area_mm2": d.gouge_area_mm2, "excess_area_mm2": d.excess_area_mm2,
            "excess_faces": [excess_row(e) for e in self.explained],
            "coverage": {"machined_area_share": c.machined_area_share, "explained_area_share": c.explained_area_share,
                         "unexplained_area_share": c.unexplained_area_share},
            "collisions": [collision_row(f) for f in self.findings],
            "reasons": [*c.reasons, *collision_reasons(self.findings)],
            "ok": self.ok,
        }  # fmt: skip

    def feature_status(self, feature: Feature) -> tuple[str, str]:
        """machined, partly or unmachined, and why."""
        rows = [e for e in self.explained if e.face in feature.faces and e.cause not in EXCUSES]
        table = self.deviation.by_face
        own = np.isin(table["face"], feature.faces)
        area = float(table["area_mm2"][own].sum())
        left = sum(e.area_mm2 for e in rows)
        if left <= PARTLY_SHARE * area:
            excused = [e for e in self.explained if e.face in feature.faces and e.cause in EXCUSES]
            return "machined", "; ".join(sorted({e.cause for e in excused}))
        worst = max(rows, key=lambda e: e.max_mm)
        reason = f"up to {worst.max_mm:.2f} mm left on face {worst.face}: {worst.cause or 'no cause that stands'}"
        return ("unmachined" if left > UNMACHINED_SHARE * area else "partly"), reason


def excess_row(e: ExcessFace) -> dict:
    """One explanation as the report tells it; `tool` and `radius_mm` only where they belong."""
    row = {"face": e.face, "max_mm": e.max_mm, "area_mm2": e.area_mm2, "cause": e.cause}
    if e.tool is not None:
        row |= {"tool": e.tool, "radius_mm": e.radius_mm} | ({"sharp": True} if e.sharp else {})
    return row


def collision_row(f: Finding) -> dict:
    """One finding as the report tells it."""
    return {"setup": f.setup, "line": f.line, "kind": f.kind, "depth_mm": f.depth_mm if np.isfinite(f.depth_mm) else None, "with": f.with_, "tool": f.tool, "detail": f.detail}


def collision_reasons(findings: Sequence[Finding]) -> list[str]:
    """Collisions by kind and setup, in words."""
    kinds = sorted({(f.setup, f.kind) for f in findings})
    out = []
    for setup, kind in kinds:
        own = [f for f in findings if (f.setup, f.kind) == (setup, kind)]
        out.append(f"setup {setup}: {kind} at {len(own)} program lines, first at line {min(f.line for f in own)}")
    return out


def judge_job(part: Part, stock, local: Sequence, setups: Sequence[SetupMotion], at_hand: Sequence[Tool], findings: Sequence[Finding],
              left_raw: Sequence[int], threads: int = 1) -> Verdict:  # fmt: skip
    """Deviation of the workpiece from the design, its explanations, and the verdict; `told_too_short` tells more of what stays open."""
    design = verification_design(part)
    deviation = forgive_threads(deviate(stock, design, local, threads), design, thread_allowance(design, setups))
    deviation = forgive_cores(deviation, design, core_allowance(design, setups))
    explained = explain(deviation, design, setups, at_hand, left_raw, ask_too_short=False)
    roots = too_much_in_roots(deviation, explained.faces)  # smaller cutters may leave few enough
    excused = np.array([f.cause in EXCUSES and not (f.sharp and roots) for f in explained.faces], bool)
    open_rows = np.flatnonzero(~excused[explained.row]) if len(excused) else np.zeros(0, np.int64)
    s = deviation.excess
    left = Samples(*(a[open_rows] for a in (s.points, s.normals, s.face, s.area, s.depth)))
    return Verdict(deviation, explained.faces, judge(deviation, explained), tuple(findings), design, left)


def told_too_short(verdict: Verdict, setups: Sequence[SetupMotion], at_hand: Sequence[Tool], left_raw: Sequence[int]) -> Verdict:
    """The same verdict, its open places told apart by whether any tool at hand would reach them."""
    if not len(verdict.open_samples.area):
        return verdict
    explained = explain(verdict.deviation, verdict.design, setups, at_hand, left_raw)
    return replace(verdict, explained=explained.faces, coverage=judge(verdict.deviation, explained))


def signed_deviation(verdict: Verdict, vertices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Signed distance (mm) of the result's vertices to the design, for its colours."""
    return signed_distance(verdict.design, vertices, CAP_MM).mm
