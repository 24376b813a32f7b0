"""The verdict on the workpiece's shape: how much of the design is there, how much is excused, and what speaks against it."""

from collections.abc import Sequence
from dataclasses import dataclass

from copeau.simulation.deviation import EXCESS_MM, GOUGE_MM, Deviation
from copeau.simulation.explain import EXCUSES, LEFT_RAW, ExcessFace, Explained

MOST_EXPLAINED_SHARE = 0.15  # the contract of `verification.ok`
MOST_UNSAMPLED_SHARE = 0.005  # faces too small for the lines: as much as an independent check of the job leaves open
MOST_SHARP_SHARE = 0.004  # roots of corners too sharp for round cutters; an independent check of the job takes 0.005 of the area without a cause
FACES_NAMED = 20  # in one sentence


@dataclass(frozen=True)
class Coverage:
    """Shares of the design's area, and the verdict on its shape.

    `machined_area_share`: within the limits. `explained_area_share`: in excess with a confirmed cause, without what the person left
    raw, `left_raw_area_share`. `unexplained_area_share`: the rest of the excess. `reasons`: what speaks against `ok`, in words.
    """

    machined_area_share: float
    explained_area_share: float
    unexplained_area_share: float
    left_raw_area_share: float
    reasons: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """No gouge, nothing left without a confirmed cause, and not too much with one."""
        return not self.reasons


def judge(deviation: Deviation, explained: Explained) -> Coverage:
    """Sum up a deviation and its explanations."""
    total = deviation.area_mm2
    raw = sum(f.area_mm2 for f in explained.faces if f.cause == LEFT_RAW) / total
    excused = sum(f.area_mm2 for f in explained.faces if f.cause in EXCUSES) / total - raw
    open_faces = [f for f in explained.faces if f.cause not in EXCUSES]
    unexplained = sum(f.area_mm2 for f in open_faces) / total
    machined = max(0.0, 1.0 - raw - excused - unexplained - deviation.gouge_area_mm2 / total)
    return Coverage(machined, excused, unexplained, raw, tuple(_reasons(deviation, explained.faces, excused)))


def too_much_in_roots(deviation: Deviation, faces: Sequence[ExcessFace]) -> bool:
    """Whether more than `MOST_SHARP_SHARE` of the area is left in corners too sharp for round cutters."""
    return sum(f.area_mm2 for f in faces if f.sharp) > MOST_SHARP_SHARE * deviation.area_mm2


def _reasons(deviation: Deviation, faces: Sequence[ExcessFace], excused: float) -> list[str]:
    out = []
    open_faces = [f for f in faces if f.cause not in EXCUSES]
    if deviation.max_gouge_mm > GOUGE_MM:
        rows = deviation.by_face[deviation.by_face["max_gouge_mm"] > GOUGE_MM]
        out.append(f"gouge of {deviation.max_gouge_mm:.3f} mm, over {deviation.gouge_area_mm2:.2f} mm2, on {_named(rows['face'])}")
    for cause in sorted({f.cause for f in open_faces}):
        own = [f for f in open_faces if f.cause == cause]
        deepest, area = max(f.max_mm for f in own), sum(f.area_mm2 for f in own)
        why = "no tool at hand reaches it" if cause else "without a cause that stands"
        out.append(f"up to {deepest:.3f} mm (over {EXCESS_MM} mm) left on {area:.2f} mm2 of {_named([f.face for f in own])}: {why}")
    if excused > MOST_EXPLAINED_SHARE:
        out.append(f"{excused:.1%} of the area left with a cause: more than {MOST_EXPLAINED_SHARE:.0%} is no finished part")
    if too_much_in_roots(deviation, faces):
        roots = [f for f in faces if f.sharp]
        share = sum(f.area_mm2 for f in roots) / deviation.area_mm2
        out.append(f"{share:.2%} of the area, {_named([f.face for f in roots])}, is the root of corners sharper than 37 degrees, more than {MOST_SHARP_SHARE:.1%}: "
                   "no round cutter makes them, wire or sinker EDM does")  # fmt: skip
    small = deviation.by_face[deviation.by_face["samples"] == 0]
    if small["area_mm2"].sum() > MOST_UNSAMPLED_SHARE * deviation.area_mm2:
        out.append(f"no line of the simulation meets {_named(small['face'])}: take a smaller cell")
    return out


def _named(faces) -> str:
    numbers = sorted({int(f) for f in faces})
    text = ", ".join(map(str, numbers[:FACES_NAMED]))
    more = f" and {len(numbers) - FACES_NAMED} more" if len(numbers) > FACES_NAMED else ""
    return f"face{'s' if len(numbers) > 1 else ''} {text}{more}"
