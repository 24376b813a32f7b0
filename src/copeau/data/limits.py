"""Limits of size: ISO 286 fits and ISO 2768 general tolerances, read from their tables; stock for reaming."""

import math
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from copeau.data.table import number, rows
from copeau.model.errors import CopeauError

# Classes of ISO 2768-1 and the letters that stand for one value in both cases of the ISO 286 table.
GENERAL_CLASSES = ("f", "m", "c", "v")
_ZONE = re.compile(r"(?P<deviation>[A-Za-z]{1,2})(?P<grade>01|\d{1,2})")
_MM_PER_UM = 1e-3

# ISO 286-1, 4.3.2.5: for M6 from 250 to 315 mm the upper deviation is -9 um, not the -11 um that the delta rule gives.
_M6_EXCEPTION_MM = (250.0, 315.0)
_M6_EXCEPTION_UM = -9.0


class Limits(NamedTuple):
    """Deviations from the nominal size, mm: lower first."""

    lower_mm: float
    upper_mm: float


@dataclass(frozen=True)
class _Row:
    symbol: str
    grade_min: int
    grade_max: int
    over_mm: float
    upto_mm: float
    limit: str
    value_um: float
    plus_delta: bool


def fit_limits(fit: str, d_mm: float) -> Limits:
    """Lower and upper deviation of a tolerance class at a size, ISO 286-2 (a capital letter is a hole).

    Parameters
    ----------
    fit : str
        "H7", "js6", "P9".
    d_mm : float
        Nominal size, mm.

    Returns
    -------
    Limits
        (lower, upper) mm, from the tables of standard tolerances, fundamental deviations and deltas, never from the formulas.

    Raises
    ------
    CopeauError
        Not a tolerance class, or the tables have no value at that size.
    """
    match = _ZONE.fullmatch(fit.strip())
    if not match:
        raise CopeauError(f"{fit!r} is no tolerance class", mend="a letter and a grade, as in H7 or g6")
    letter, grade = match["deviation"], int(match["grade"])
    width = _tolerance_um(match["grade"], d_mm, fit)
    row = _deviation(letter, grade, d_mm)
    if row is None:
        raise CopeauError(f"the tables have no {letter}{match['grade']} at {d_mm:g} mm", mend="choose a class of ISO 286-2 for this size")
    value = row.value_um + (_delta_um(grade, d_mm) if row.plus_delta else 0.0)
    if fit.strip() == "M6" and _M6_EXCEPTION_MM[0] < d_mm <= _M6_EXCEPTION_MM[1]:
        value = _M6_EXCEPTION_UM
    if row.limit == "sym":
        lower, upper = -width / 2, width / 2
    elif row.limit in ("es", "ES"):
        lower, upper = value - width, value
    else:
        lower, upper = value, value + width
    # The tables are in tenths of a micrometre; what binary fractions add to them is taken away.
    return Limits(round(lower * _MM_PER_UM, 6), round(upper * _MM_PER_UM, 6))


def general_tolerance(length_mm: float, grade: str = "m") -> float:
    """Half width of the ISO 2768-1 tolerance of a linear size, mm: the size may lie within +- this.

    Raises
    ------
    CopeauError
        A grade other than f, m, c, v, or a length that the standard leaves to the drawing (under 0.5 mm, over the last range).
    """
    if grade not in GENERAL_CLASSES:
        raise CopeauError(f"ISO 2768 has no class {grade!r}", mend=f"one of {', '.join(GENERAL_CLASSES)}")
    for row in rows("iso2768"):
        if row["characteristic"] == "linear" and row["class"] == grade:
            over, upto = number(row["over_mm"]), number(row["upto_mm"])
            # The first range starts at 0.5 mm itself, the others above their lower bound.
            if over < length_mm <= upto or length_mm == over == _smallest_general():
                return number(row["value"])
    raise CopeauError(f"ISO 2768-{grade} gives no value for {length_mm:g} mm", mend="write the tolerance at the dimension")


class Stock(NamedTuple):
    """What a roughed hole leaves for the reamer, mm on diameter."""

    least_mm: float
    most_mm: float


def reaming_stock(d_mm: float) -> Stock:
    """Least and most stock on diameter for a reamed hole: the range on which the sources at that size agree best.

    Raises
    ------
    CopeauError
        No row of the table takes that diameter.
    """
    at = [r for r in rows("reaming_stock") if number(r["hole_over_mm"]) < d_mm <= number(r["hole_upto_mm"])]
    if not at:
        raise CopeauError(f"the reaming table has no stock for a hole of {d_mm:g} mm", mend="bore the hole instead")
    least = max(number(r["stock_dia_min_mm"]) for r in at)
    most = min(number(r["stock_dia_max_mm"]) for r in at)
    return Stock(least, most) if least < most else Stock(number(at[0]["stock_dia_min_mm"]), number(at[0]["stock_dia_max_mm"]))


@lru_cache(maxsize=1)
def _smallest_general() -> float:
    return min(number(r["over_mm"]) for r in rows("iso2768") if r["characteristic"] == "linear")


@cache
def _table(name: str) -> tuple[_Row, ...]:
    return tuple(
        _Row(
            symbol=r["symbol"],
            grade_min=int(r["grade_min"] or 0),
            grade_max=int(r["grade_max"] or 0),
            over_mm=number(r["over_mm"]),
            upto_mm=number(r["upto_mm"]),
            limit=r["limit"],
            value_um=math.nan if r["limit"] == "sym" else number(r["value_um"]),
            plus_delta=r["note"] == "plus_delta",
        )
        for r in rows("iso286")
        if r["table"] == name
    )


def _tolerance_um(grade: str, d_mm: float, fit: str) -> float:
    for row in _table("IT"):
        if row.symbol == f"IT{grade}" and row.over_mm < d_mm <= row.upto_mm:
            return row.value_um
    raise CopeauError(f"no standard tolerance IT{grade} at {d_mm:g} mm for {fit}", mend="grades 01 to 18, sizes over 0 mm as in ISO 286-1")


def _deviation(letter: str, grade: int, d_mm: float) -> _Row | None:
    """The row of a fundamental deviation; of two that match, the one made for fewer grades (an exception of the standard)."""
    found = [
        row
        for row in _table("DEV")
        if row.symbol == letter and row.grade_min <= grade <= row.grade_max and row.over_mm < d_mm <= row.upto_mm
    ]
    return min(found, key=lambda r: (r.grade_max - r.grade_min, r.upto_mm - r.over_mm), default=None)


def _delta_um(grade: int, d_mm: float) -> float:
    """Delta of the holes K to ZC; none up to 3 mm and above the table's grades."""
    for row in _table("DELTA"):
        if row.grade_min <= grade <= row.grade_max and row.over_mm < d_mm <= row.upto_mm:
            return row.value_um
    return 0.0
