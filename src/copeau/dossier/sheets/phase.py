"""The phase sheet (contrat de phase): how the workpiece is held, what is done to it, with what, how fast."""

from copeau.dossier.blocks import Column, Sheet, columns, facts, listing, picture, table
from copeau.dossier.reading import duration, items, look_up, number, text
from copeau.dossier.sheets.overview import program_rows
from copeau.dossier.sheets.tooling import tool_columns, tool_row
from copeau.dossier.words import Words

PICTURE_MM = 62.0
CONDITIONS = (
    ("vc", "m/min"), ("n", "1/min"), ("fz", "mm"), ("fn", "mm"), ("vf", "mm/min"), ("ap", "mm"), ("ae", "mm"),
)  # fmt: skip
NOT_OF_THIS_OPERATION = "–"


def phase_sheet(report: dict, setup: str, words: Words, before: str | None, after: str | None) -> Sheet:
    """`setup`: path of the setup; `before`, `after`: pictures of the setup and of the workpiece at its end."""
    top = columns(
        (1.0, 1.0, 1.1),
        [picture(words("setup_picture"), before, PICTURE_MM, words("setup_legend"), words("no_picture"))],
        [picture(words("after_picture"), after, PICTURE_MM, missing=words("no_picture"))],
        [_setting(report, setup, words)],
    )
    heads = tool_columns(words)
    tools = [tool_row(report, t, words) for t in items(report, f"{setup}.tools")]
    blocks = [
        top,
        columns((1.0, 1.0), [_holding(report, setup, words)], [_programs(report, setup, words)]),
        _operations(report, setup, words),
        table(words("phase_tools"), heads, tools, words("none"), words("lengths_note")),
    ]
    reasons = _reasons(report, setup, words)
    if reasons:
        blocks.append(listing(words("reasons"), reasons, words("none")))
    return Sheet(words("contract_sheet"), subject(report, setup, words), tuple(blocks))


def subject(report: dict, setup: str, words: Words) -> str:
    """Phase 10 – milling."""
    name = f"{words('phase')} {text(report, f'{setup}.id', words)}"
    if look_up(report, f"{setup}.process"):
        name += " – " + words.of("process_names", text(report, f"{setup}.process", words))
    return name


def feature_names(report: dict, step: str, words: Words) -> str:
    """Features of a workingstep, joined."""
    for path in (f"{step}.feature", f"{step}.features"):
        if look_up(report, path) not in (None, "", [], ()):
            return text(report, path, words)
    return words("not_given")


def _setting(report: dict, setup: str, words: Words) -> dict:
    force, grip = number(report, f"{setup}.fixture.clamp_force_N", words), number(report, f"{setup}.fixture.grip_mm", words)
    incoming = "stock" if look_up(report, f"{setup}.stock") else "stock_in"
    return facts(words("setting"), [
        (words("machine"), text(report, f"{setup}.machine", words)),
        (words("fixture"), words.of("fixture_names", text(report, f"{setup}.fixture.kind", words))),
        (words("clamp_force"), force),
        (words("grip"), grip),
        (words("wcs_origin"), text(report, f"{setup}.wcs_origin", words)),
        (words("direction"), text(report, f"{setup}.direction", words)),
        (words("stock_in"), text(report, f"{setup}.{incoming}", words)),
        (words("fixture_file"), text(report, f"{setup}.fixture.file", words)),
        (words("time"), duration(report, f"{setup}.time_s", words)),
    ])  # fmt: skip


def _holding(report: dict, setup: str, words: Words) -> dict:
    rows = []
    for path in items(report, f"{setup}.fixture.locates"):
        contact, _, freedoms = text(report, path, words).partition(":")
        rows.append([contact.strip(), freedoms.strip() or words("not_given")])
    heads = (Column(words("contact"), width=1.4), Column(words("freedoms"), width=1))
    return table(words("holding"), heads, rows, words("not_given"))


def _programs(report: dict, setup: str, words: Words) -> dict:
    heads = (Column(words("controller"), width=1), Column(words("program"), width=2))
    return table(words("programs"), heads, program_rows(report, setup, words), words("not_given"))


def _operations(report: dict, setup: str, words: Words) -> dict:
    heads = [Column(words("step")), Column(words("operation"), width=1.2), Column(words("feature"), width=1.2)]
    heads.append(Column(words("tool"), width=1.5))
    heads += [Column(words(name), unit, side="right") for name, unit in CONDITIONS]
    heads.append(Column(words("time"), side="right"))
    rows = []
    for w in items(report, f"{setup}.workingsteps"):
        rows.append([
            text(report, f"{w}.id", words),
            words.of("operation_names", text(report, f"{w}.operation", words)),
            feature_names(report, w, words),
            _tool_name(report, setup, w, words),
            *(_condition(report, w, name, words) for name, _ in CONDITIONS),
            duration(report, f"{w}.time_s", words),
        ])  # fmt: skip
    return table(words("operations"), heads, rows, words("none"), words("conditions_note"))


def _condition(report: dict, step: str, name: str, words: Words) -> str:
    """A cutting condition; a dash for the feed that the operation does not have, since it has the other."""
    other = {"fz": "fn", "fn": "fz"}.get(name)
    if look_up(report, f"{step}.{name}") is None and other and look_up(report, f"{step}.{other}") is not None:
        return NOT_OF_THIS_OPERATION
    return number(report, f"{step}.{name}", words)


def _tool_name(report: dict, setup: str, step: str, words: Words) -> str:
    called = look_up(report, f"{step}.tool")
    for t in items(report, f"{setup}.tools"):
        if called is not None and look_up(report, f"{t}.number") == called:
            kind = words.of("tool_names", text(report, f"{t}.type", words))
            return f"T{number(report, f'{t}.number', words)} {kind} Ø{number(report, f'{t}.DC', words)}"
    told = text(report, f"{step}.tool", words)
    return f"T{told}" if isinstance(called, int) else told


def _reasons(report: dict, setup: str, words: Words) -> list[str]:
    told, colon = [], words("colon")
    for path, name in ((f"{setup}.why", words("phase")), (f"{setup}.fixture.why", words("fixture"))):
        if look_up(report, path):
            told.append(f"{name}{colon} {text(report, path, words)}")
    for w in items(report, f"{setup}.workingsteps"):
        reasons = [text(report, path, words) for path in (f"{w}.why", f"{w}.limit") if look_up(report, path)]
        if reasons:
            told.append(f"{text(report, f'{w}.id', words)}{colon} {'; '.join(reasons)}")
    return told
