"""Numbers and comments as any control can hold them."""

import math
import unicodedata

DECIMALS = 4
"""Of every number: 0.1 um, the finest increment of the controls written for."""
UNIT = 10**DECIMALS

_SWAPS = str.maketrans(
    {"(": "[", ")": "]", ";": ",", "%": " pct", "ø": "D", "Ø": "D", "⌀": "D", "μ": "u", "°": " deg", "–": "-", "—": "-", "×": "x"}
)


def to_units(value: float) -> int:
    """Whole tenths of a micrometre (of one ten-thousandth, for what is no length).

    Raises
    ------
    ValueError
        `value` is not finite.
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be written into a program")
    return round(value * UNIT)


def digits(units: int) -> str:
    """Decimal form of `units`: at most four decimals, always a decimal point, no exponent, no negative zero."""
    whole, part = divmod(abs(units), UNIT)
    return ("-" if units < 0 else "") + f"{whole}." + f"{part:0{DECIMALS}d}".rstrip("0")


def number(value: float) -> str:
    """Decimal form of `value`, see `digits`."""
    return digits(to_units(value))


def plain_ascii(text: str) -> str:
    """Printable ASCII on one line, without parentheses, semicolons and percent signs."""
    # First the forms, then the swaps: a full-width parenthesis becomes a plain one.
    text = unicodedata.normalize("NFKD", text).translate(_SWAPS)
    return " ".join("".join(c for c in text if " " <= c <= "~" or c.isspace()).split())
