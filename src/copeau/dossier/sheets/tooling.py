"""The tool list: every tool of the job, with its stick-out and the phases that call it."""

from copeau.dossier.blocks import Column, Sheet, table
from copeau.dossier.reading import items, look_up, number, text
from copeau.dossier.words import Words

SIZES = ("DC", "RE", "SIG", "NOF", "APMX", "LU", "LPR", "length_mm")
NO_SUCH_SIZE = "–"
OPTIONAL_SIZES = ("RE", "SIG", "NOF", "APMX")  # absent where the type has no such property


def tools_sheet(report: dict, words: Words) -> Sheet:
    """One row for each different tool, however many phases call it."""
    seen: dict[tuple[str, ...], list[str]] = {}
    for s in items(report, "setups"):
        for t in items(report, f"{s}.tools"):
            phases = seen.setdefault(tuple(tool_row(report, t, words)), [])
            phase = text(report, f"{s}.id", words)
            if phase not in phases:
                phases.append(phase)
    rows = [[*row, ", ".join(phases)] for row, phases in seen.items()]
    heads = [*tool_columns(words), Column(words("phases_used"))]
    return Sheet(words("tools_sheet"), "", (table("", heads, rows, words("none"), words("lengths_note")),))


def tool_columns(words: Words) -> list[Column]:
    """Heads of `tool_row`."""
    names = {"NOF": words("teeth"), "LPR": words("stick_out"), "length_mm": words("gauge_length")}
    return [
        Column(words("number"), side="right"), Column(words("tool_type"), width=1.2), Column(words("description"), width=2),
        *(Column(names.get(size, size), side="right") for size in SIZES), Column(words("holder"), width=1),
    ]  # fmt: skip


def tool_row(report: dict, tool: str, words: Words) -> list[str]:
    """The tool at path `tool` as a row."""
    return [
        number(report, f"{tool}.number", words),
        words.of("tool_names", text(report, f"{tool}.type", words)),
        text(report, f"{tool}.description", words),
        *(_size(report, tool, size, words) for size in SIZES),
        text(report, f"{tool}.holder_id", words),
    ]


def _size(report: dict, tool: str, size: str, words: Words) -> str:
    if size in OPTIONAL_SIZES and look_up(report, f"{tool}.{size}") is None:
        return NO_SUCH_SIZE
    return number(report, f"{tool}.{size}", words)
