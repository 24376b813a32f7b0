"""Reading the report: every number and every name in a document comes through here.

A path is the keys and list places from the top, joined by dots: `setups.0.workingsteps.2.vc`. What the report does not hold reads
as the catalogue's "not given".
"""

import math
import unicodedata
from typing import Any

from copeau.dossier.words import Words

DECIMALS = {
    "n": 0, "vf": 0, "vc": 1, "fz": 4, "fn": 4, "volume_mm3": 0, "area_mm2": 2, "gouge_area_mm2": 2, "excess_area_mm2": 2,
    "clamp_force_N": 0, "max_gouge_mm": 4, "max_excess_mm": 4, "max_mm": 4, "depth_mm": 4,
}  # fmt: skip
OTHER_DECIMALS = 3  # a micrometre
MOST_LETTERS = 600  # of one text; the report has the rest
BREAK_AFTER, BREAK_EVERY = 28, 12  # letters of an unbroken run, so that it cannot leave its column
ZERO_WIDTH_SPACE = "\u200b"


def look_up(report: Any, path: str) -> Any:
    """What stands at `path`, None where there is nothing, or NaN."""
    here = report
    for key in path.split("."):
        if isinstance(here, dict):
            here = here.get(key)
        elif isinstance(here, list | tuple) and key.isdigit() and int(key) < len(here):
            here = here[int(key)]
        else:
            return None
    return None if isinstance(here, float) and math.isnan(here) else here


def number(report: Any, path: str, words: Words) -> str:
    """The number at `path` as text, rounded as its quantity is read on a drawing; "not given" where there is none."""
    value = look_up(report, path)
    if isinstance(value, bool) or value is None or value == "":
        return words("not_given")
    return _value_text(value, path.rsplit(".", 1)[-1], words)


def number_text(value: float, decimals: int, words: Words) -> str:
    """A number with at most `decimals` decimals and without closing zeros; one that would round to 0 keeps two digits."""
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    text = f"{value:.{decimals}f}"
    if value and not text.strip("-0."):
        text = f"{value:.2g}"
    elif "." in text:
        text = text.rstrip("0").rstrip(".")
    if text == "-0":
        text = "0"
    return text.replace(".", words("decimal_mark"))


def percent(report: Any, path: str, words: Words) -> str:
    """The share (0 to 1) at `path` as a percentage."""
    value = look_up(report, path)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return words("not_given")
    return number_text(100.0 * value, 2, words) + " %"


def duration(report: Any, path: str, words: Words) -> str:
    """The seconds at `path` as hours, minutes and seconds."""
    value = look_up(report, path)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return words("not_given")
    whole = round(value)
    hours, minutes, seconds = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"


def text(report: Any, path: str, words: Words) -> str:
    """What stands at `path` in words (lists joined, numbers as `number`), "not given" where there is nothing."""
    return _value_text(look_up(report, path), path.rsplit(".", 1)[-1], words)


def _value_text(value: Any, name: str, words: Words) -> str:
    if isinstance(value, dict):
        pairs = [f"{clean(str(key))} {_value_text(member, str(key), words)}" for key, member in value.items()]
        return "; ".join(pairs) or words("not_given")
    if isinstance(value, list | tuple):
        return ", ".join(_value_text(member, name, words) for member in value) or words("not_given")
    if isinstance(value, bool):
        return words("yes" if value else "no")
    if isinstance(value, int | float) and not math.isnan(value):
        return number_text(value, DECIMALS.get(name, OTHER_DECIMALS), words)
    if isinstance(value, str) and value.strip():
        return clean(words.sentence(value))
    return words("not_given")


def items(report: Any, path: str) -> list[str]:
    """Paths of the members of the list at `path`."""
    value = look_up(report, path)
    return [f"{path}.{i}" for i in range(len(value))] if isinstance(value, list | tuple) else []


def clean(raw: str) -> str:
    """A text that any typesetter can take: one line, no control or direction marks, no run too long for a column."""
    known = raw.encode("utf-8", "replace").decode()
    letters = [" " if c.isspace() or unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in known if unicodedata.category(c) != "Cf"]
    line = " ".join("".join(letters).split())
    if len(line) > MOST_LETTERS:
        line = line[:MOST_LETTERS] + "…"
    return " ".join(_breakable(word) for word in line.split(" "))


def _breakable(word: str) -> str:
    if len(word) <= BREAK_AFTER:
        return word
    return ZERO_WIDTH_SPACE.join(word[i : i + BREAK_EVERY] for i in range(0, len(word), BREAK_EVERY))
