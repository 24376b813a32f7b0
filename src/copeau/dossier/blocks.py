"""What a sheet is made of: plain values that the template lays out. Every text in them is ready to print."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Block = dict[str, Any]

MOST_AUTO_LETTERS = 24  # a column as wide as its text must not starve its neighbours


@dataclass(frozen=True)
class Sheet:
    """One document of the file; it may run over several pages. `subject`: what it is about, e.g. the phase."""

    title: str
    subject: str = ""
    blocks: tuple[Block, ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class Column:
    """Head, unit under it, share of the width ("auto" or a weight), and side ("left", "right", "center")."""

    head: str
    unit: str = ""
    width: float | str = "auto"
    side: str = "left"


def facts(title: str, rows: Sequence[tuple[str, str]]) -> Block:
    """Names and values in two columns."""
    return {"kind": "facts", "title": title, "rows": [list(row) for row in rows]}


def table(title: str, columns: Sequence[Column], rows: Sequence[Sequence[str]], empty: str, note: str = "", *, tall: bool = False) -> Block:
    """A ruled table whose head repeats on every page; `empty` is said where there are no rows; `tall` leaves room to write by hand."""
    heads = []
    for place, column in enumerate(columns):
        longest = max((len(row[place]) for row in rows), default=0)
        width = 1.0 if column.width == "auto" and longest > MOST_AUTO_LETTERS else column.width
        heads.append({"head": column.head, "unit": column.unit, "width": width, "side": column.side})
    body = [list(row) for row in rows]
    return {"kind": "table", "title": title, "empty": empty, "note": note, "tall": tall, "rows": body, "columns": heads}


def picture(title: str, file: str | None, height_mm: float, caption: str = "", missing: str = "") -> Block:
    """A picture at most `height_mm` high; a frame that says `missing` where there is none."""
    return {"kind": "picture", "title": title, "file": file, "height": height_mm, "caption": caption, "missing": missing}


def listing(title: str, entries: Sequence[str], empty: str) -> Block:
    """A list of sentences."""
    return {"kind": "list", "title": title, "entries": list(entries), "empty": empty}


def checklist(title: str, entries: Sequence[tuple[str, str]], done: str) -> Block:
    """Numbered checks with a box to tick; each with its figures."""
    return {"kind": "checks", "title": title, "entries": [list(e) for e in entries], "done": done}


def signature(title: str) -> Block:
    """Room to sign."""
    return {"kind": "signature", "title": title}


def verdict(text: str, note: str, *, good: bool) -> Block:
    """The one thing that must be read."""
    return {"kind": "verdict", "text": text, "note": note, "good": good}


def columns(widths: Sequence[float], *cells: Sequence[Block]) -> Block:
    """Blocks side by side."""
    return {"kind": "columns", "widths": list(widths), "cells": [list(c) for c in cells]}


def views(file: str | None, caption: str, missing: str) -> Block:
    """The drawing of the part, with the projection symbol and `caption` under it."""
    return {"kind": "drawing", "title": "", "file": file, "caption": caption, "missing": missing}
