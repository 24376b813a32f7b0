"""First sheet: the part, what was decided about it, and its phases."""

from copeau.dossier.blocks import Column, Sheet, columns, facts, listing, picture, table
from copeau.dossier.reading import duration, items, look_up, number, text
from copeau.dossier.words import Words

MOST_NAMES = 8  # of operations in the list of phases
SHOWN_ELSEWHERE = ("material", "machine", "stock", "lot")  # among the options


def overview_sheet(report: dict, words: Words, file: str | None) -> Sheet:
    """`file`: the part's picture, if there is one."""
    left = [picture("", file, 74.0, missing=words("no_picture")), *_notes(report, words)]
    return Sheet(words("overview_sheet"), "", (columns((1.0, 1.25), left, [_identity(report, words)]), _phases(report, words)))


def material_text(report: dict, words: Words) -> str:
    """The material, wherever the report tells it."""
    for path in ("material.name", "material", "options.material"):
        if look_up(report, path) not in (None, ""):
            return text(report, path, words)
    return words("not_given")


def machine_text(report: dict, words: Words) -> str:
    """The machines of the job, each once."""
    for path in ("machine.name", "machine", "options.machine"):
        if look_up(report, path) not in (None, ""):
            return text(report, path, words)
    named = dict.fromkeys(text(report, f"{s}.machine", words) for s in items(report, "setups") if look_up(report, f"{s}.machine"))
    return ", ".join(named) or words("not_given")


def stock_text(report: dict, words: Words) -> str:
    """The blank: as the job or its first phase tells it."""
    for path in ("stock", "options.stock", "setups.0.stock", "setups.0.stock_in"):
        if look_up(report, path) not in (None, ""):
            return text(report, path, words)
    return words("not_given")


def is_assumed(report: dict, name: str) -> bool:
    """Whether an entry of `assumed` is about `name`: the entry begins with it ("material", "material c45")."""
    entries = (look_up(report, path) for path in items(report, "assumed"))
    return any(isinstance(entry, str) and entry.split()[:1] == [name] for entry in entries)


def size_texts(report: dict, words: Words) -> list[str]:
    """Overall sizes along X, Y, Z from the report's box: two corners, or six numbers (low corner, high corner)."""
    corners = look_up(report, "part.bbox")
    if isinstance(corners, list | tuple) and len(corners) == 6:
        corners = [corners[:3], corners[3:]]
    try:
        low, high = corners
        sizes = [float(h) - float(l) for l, h in zip(low, high, strict=True)]
    except (TypeError, ValueError):
        return [words("not_given")] * 3
    return [number({"size": s}, "size", words) for s in sizes] if len(sizes) == 3 else [words("not_given")] * 3


def _identity(report: dict, words: Words) -> dict:
    def told(name: str, value: str) -> tuple[str, str]:
        return words(name), f"{value}  [{words('assumed')}]" if is_assumed(report, name) else value

    rows = [
        (words("file"), text(report, "part.file", words)),
        (words("sha256"), text(report, "part.sha256", words)),
        (words("units"), text(report, "part.units", words)),
        (words("size"), " × ".join(size_texts(report, words))),
        (words("volume"), number(report, "part.volume_mm3", words)),
        (words("area"), number(report, "part.area_mm2", words)),
        (words("face_count"), number(report, "part.faces", words)),
        told("material", material_text(report, words)),
        told("machine", machine_text(report, words)),
        told("stock", stock_text(report, words)),
        (words("lot"), number(report, "options.lot", words)),
        (words("total_time"), duration(report, "time_s", words)),
    ]
    cost = look_up(report, "cost")
    rows.append((words("cost"), text(report, "cost", words) if cost else words("not_given")))
    others = _other_options(look_up(report, "options"))
    if others:
        rows.append((words("options"), text({"options": others}, "options", words)))
    return facts(words("identity"), rows)


def _other_options(options: object) -> dict:
    if not isinstance(options, dict):
        return {}
    return {k: v for k, v in options.items() if k not in SHOWN_ELSEWHERE and v not in (None, "", [], {})}


def _notes(report: dict, words: Words) -> list[dict]:
    out = []
    for name in ("requirements", "remarks"):
        entries = [text(report, path, words) for path in items(report, name)]
        if entries:
            out.append(listing(words(name), entries, words("none")))
    return out


def _phases(report: dict, words: Words) -> dict:
    heads = (
        Column(words("phase")), Column(words("process")), Column(words("machine"), width=1), Column(words("fixture"), width=0.8),
        Column(words("programs"), width=1.3), Column(words("steps_count"), width=1.2), Column(words("time"), side="right"),
    )  # fmt: skip
    rows = []
    for s in items(report, "setups"):
        rows.append([
            text(report, f"{s}.id", words),
            words.of("process_names", text(report, f"{s}.process", words)),
            text(report, f"{s}.machine", words),
            words.of("fixture_names", text(report, f"{s}.fixture.kind", words)),
            ", ".join(name for _, name in program_rows(report, s, words)) or words("not_given"),
            _from_to([text(report, f"{w}.id", words) for w in items(report, f"{s}.workingsteps")]) or words("none"),
            duration(report, f"{s}.time_s", words),
        ])  # fmt: skip
    return table(words("phase_list"), heads, rows, words("none"))


def _from_to(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= MOST_NAMES else f"{names[0]} … {names[-1]}"


def program_rows(report: dict, setup: str, words: Words) -> list[tuple[str, str]]:
    """Controller and program name of every program of a setup."""
    programs = look_up(report, f"{setup}.programs")
    if isinstance(programs, dict) and programs:
        return [(text({"k": key}, "k", words), text({"v": name}, "v", words)) for key, name in programs.items()]
    if look_up(report, f"{setup}.program"):
        return [(text(report, f"{setup}.controller", words), text(report, f"{setup}.program", words))]
    return []
