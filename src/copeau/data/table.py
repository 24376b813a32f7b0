"""Rows of the tables that come with the package, and near names for what is not in them."""

import csv
import difflib
import io
import json
import math
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

from copeau.model.errors import CopeauError

_TABLES = resources.files("copeau.data").joinpath("tables")


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """All rows of a CSV table of the package, as text by column."""
    return tuple(csv.DictReader(io.StringIO(_TABLES.joinpath(f"{name}.csv").read_text(encoding="utf-8"))))


@cache
def document(name: str) -> Any:
    """A JSON table of the package; read it, do not change it."""
    return json.loads(_TABLES.joinpath(f"{name}.json").read_text(encoding="utf-8"))


def number(text: str | float | None) -> float:
    """The number in a cell, NaN where it is empty."""
    return math.nan if text is None or text == "" else float(text)


def least(*values: float) -> float:
    """The smallest of the numbers that are known, NaN if none is."""
    known = [v for v in values if not math.isnan(v)]
    return min(known) if known else math.nan


def near_names(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Up to `count` known names that look like `name`, case ignored, best first."""
    by_fold = {k.casefold(): k for k in known}
    return [by_fold[k] for k in difflib.get_close_matches(name.casefold(), list(by_fold), n=count, cutoff=0.5)]


def unknown(kind: str, name: str, known: Iterable[str]) -> CopeauError:
    """The error for a name that no table has, with the near ones as the mend."""
    known = list(known)
    near = near_names(name, known)
    mend = f"did you mean {', '.join(near)}?" if near else f"known: {', '.join(sorted(known)[:12])}{', ...' if len(known) > 12 else ''}"
    return CopeauError(f"unknown {kind} {name!r}", mend=mend)
