"""Threads by designation: pitch, core, tap drills, clearance holes."""

import re
from dataclasses import dataclass
from functools import lru_cache

from copeau.data.table import number, rows, unknown


@dataclass(frozen=True)
class Thread:
    """A thread of the table; mm, NaN where the table has no value."""

    id: str
    series: str
    designation: str
    nominal_mm: float
    pitch_mm: float
    major_mm: float
    minor_mm: float  # D1 of the nut thread
    minor_min_mm: float  # D1 limits of the internal class
    minor_max_mm: float
    tap_drill_mm: float
    form_tap_drill_mm: float
    clear_fine_mm: float
    clear_medium_mm: float
    clear_coarse_mm: float
    int_class: str
    source: str


@lru_cache(maxsize=1)
def load_threads() -> tuple[Thread, ...]:
    """Every thread of the table."""
    return tuple(_thread(row) for row in rows("threads"))


def thread(designation: str) -> Thread:
    """The thread of a designation: "M8", "M8x1", "M8 x 1.25" (the coarse pitch), "m8-6H", "1/4-20 UNC", "G 1/4".

    Raises
    ------
    CopeauError
        No such thread in the table; near designations are offered.
    """
    found = _by_key().get(_key(designation))
    if found is None:
        raise unknown("thread", designation, [t.designation for t in load_threads()])
    return found


@lru_cache(maxsize=1)
def _by_key() -> dict[str, Thread]:
    out: dict[str, Thread] = {}
    for t in load_threads():
        keys = {_key(t.id), _key(t.designation)}
        if t.series == "M-coarse":
            keys.add(_key(f"{t.designation}x{t.pitch_mm:g}"))
        for key in sorted(keys):
            out.setdefault(key, t)
    return out


def _key(designation: str) -> str:
    """The designation without spaces, case and tolerance class, with "x" and "." for "×", "*" and ","."""
    text = designation.strip().casefold().replace("×", "x").replace("*", "x")
    text = re.sub(r"(\d),(\d)", r"\1.\2", text)
    if text.startswith("m"):
        text = re.sub(r"[\s-]+\d[a-z]{1,2}(?:\d[a-z])?$", "", text)
    return re.sub(r"\s+", "", text)


def _thread(row: dict[str, str]) -> Thread:
    return Thread(
        id=row["id"],
        series=row["series"],
        designation=row["designation"],
        nominal_mm=number(row["nominal_mm"]),
        pitch_mm=number(row["pitch_mm"]),
        major_mm=number(row["major_mm"]),
        minor_mm=number(row["minor_int_D1_mm"]),
        minor_min_mm=number(row["D1_min_mm"]),
        minor_max_mm=number(row["D1_max_mm"]),
        tap_drill_mm=number(row["tap_drill_mm"]),
        form_tap_drill_mm=number(row["form_tap_drill_mm"]),
        clear_fine_mm=number(row["clear_fine_mm"]),
        clear_medium_mm=number(row["clear_medium_mm"]),
        clear_coarse_mm=number(row["clear_coarse_mm"]),
        int_class=row["int_class"],
        source=row["source"],
    )
