"""The proving-out sheet of a phase: what is checked before and during the first part, and room to write it down."""

from copeau.dossier.blocks import Column, Sheet, checklist, columns, signature, table
from copeau.dossier.reading import items, look_up, number, text
from copeau.dossier.sheets.overview import program_rows
from copeau.dossier.sheets.phase import subject
from copeau.dossier.words import Words

ANGLES = ("angle", "end_angle", "slope", "point_angle", "countersink_angle")  # dimensions in degrees; all others are lengths
NOT_MEASURED = ("planes", "walls", "open_sides", "area")  # what tells one feature from another, no size to hold an instrument to


def proving_sheet(report: dict, setup: str, words: Words) -> Sheet:
    """`setup`: path of the setup."""
    left = [checklist(words("checks"), _checks(report, setup, words), words("done")), signature(words("visa"))]
    right = [_lengths(report, setup, words)]
    blocks = (columns((1.0, 1.25), left, right), _sizes(report, setup, words))
    return Sheet(words("proving_sheet"), subject(report, setup, words), blocks)


def _checks(report: dict, setup: str, words: Words) -> list[tuple[str, str]]:
    colon = words("colon")
    force = f"{words('clamp_force')}{colon} {number(report, f'{setup}.fixture.clamp_force_N', words)}"
    programs = "; ".join(f"{controller}{colon} {name}" for controller, name in program_rows(report, setup, words)) or words("not_given")
    figures = {
        "check_fixture": words.of("fixture_names", text(report, f"{setup}.fixture.kind", words)),
        "check_clamp": force,
        "check_origin": text(report, f"{setup}.wcs_origin", words),
        "check_program": programs,
    }
    order = ("fixture", "clamp", "origin", "tools", "program", "dry", "single", "togo", "measure")
    return [(words(f"check_{name}"), figures.get(f"check_{name}", "")) for name in order]


def _lengths(report: dict, setup: str, words: Words) -> dict:
    heads = (
        Column(words("number"), side="right"), Column(words("tool_type"), width=1.5), Column(words("stick_out"), "mm", side="right"),
        Column(words("gauge_length"), "mm", side="right"), Column(words("measured"), "mm", width=0.8), Column(words("to_go"), width=0.9),
    )  # fmt: skip
    rows = [
        [
            number(report, f"{t}.number", words),
            f"{words.of('tool_names', text(report, f'{t}.type', words))} Ø{number(report, f'{t}.DC', words)}",
            number(report, f"{t}.LPR", words),
            number(report, f"{t}.length_mm", words),
            "",
            "",
        ]
        for t in items(report, f"{setup}.tools")
    ]
    return table(words("tool_check"), heads, rows, words("none"), tall=True)


def _sizes(report: dict, setup: str, words: Words) -> dict:
    heads = (
        Column(words("feature")), Column(words("type"), width=1), Column(words("quantity"), width=1),
        Column(words("nominal"), side="right"), Column(words("tolerance"), width=1), Column(words("instrument"), width=0.9),
        Column(words("measured"), width=0.9),
    )  # fmt: skip
    made = _features_made(report, setup)
    rows = []
    for f in items(report, "features"):
        if look_up(report, f"{f}.id") not in made:
            continue
        dims = look_up(report, f"{f}.dims")
        for name in (d for d in dims if d not in NOT_MEASURED) if isinstance(dims, dict) else ():
            unit = " °" if name in ANGLES else " mm"
            rows.append([
                text(report, f"{f}.id", words),
                words.of("feature_names", text(report, f"{f}.type", words)),
                words.of("size_names", text({"k": name}, "k", words)),
                text({"k": dims[name]}, "k", words) + unit,
                text(report, f"{f}.tolerances", words),
                "",
                "",
            ])  # fmt: skip
    return table(words("first_part"), heads, rows, words("none"), tall=True)


def _features_made(report: dict, setup: str) -> list[str]:
    """Features that a workingstep of the setup names: as one name, a list, or names joined by commas."""
    made: list[str] = []
    for w in items(report, f"{setup}.workingsteps"):
        for key in ("feature", "features"):
            named = look_up(report, f"{w}.{key}")
            if isinstance(named, str):
                made += [name.strip() for name in named.split(",")]
            elif isinstance(named, list | tuple):
                made += [name for name in named if isinstance(name, str)]
    return made
