"""The dossier as one PDF.

The sheets are gathered as plain values, the template lays them out: a name, however hostile, reaches the typesetter as a string
and is never read as markup.
"""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

from copeau.dossier.blocks import Sheet, views
from copeau.dossier.pictures import fonts_folder
from copeau.dossier.reading import items, look_up, text
from copeau.dossier.sheets.features import features_sheet
from copeau.dossier.sheets.overview import machine_text, material_text, overview_sheet, size_texts, stock_text
from copeau.dossier.sheets.phase import phase_sheet
from copeau.dossier.sheets.proving import proving_sheet
from copeau.dossier.sheets.tooling import tools_sheet
from copeau.dossier.sheets.verification import is_verified, verification_sheet
from copeau.dossier.views import drawing, scale_text
from copeau.dossier.words import Words, words_of
from copeau.model.errors import CopeauError
from copeau.model.part import Part

DRAWING_MM = (273.0, 140.0)  # an A4 sheet on its side, less margins, head and title block
SHA_LETTERS = 16  # of the title block; the first sheet has them all
PICTURE_NAMES = ("part", "deviation")  # and setup_<id>, stock_<id>
PNG_HEAD = b"\x89PNG\r\n\x1a\n"


def write_dossier(report: dict, pictures: Mapping[str, bytes], part: Part | None, path: str | Path, lang: str = "en") -> None:
    """Write the documents of a job.

    Parameters
    ----------
    report : dict
        `copeau/report@1`; what it lacks prints "not given". Unless `verification.ok` is true, UNVERIFIED stands across every page.
    pictures : mapping of str to bytes
        PNG: "part", "deviation", and for each setup id "setup_10" (before its first cut) and "stock_10" (the workpiece at its end).
        A missing one leaves a frame that says so.
    part : Part or None
        For the drawing views; None leaves them out.
    path : str or Path
        The PDF.
    lang : str
        "en" or "fr".

    Raises
    ------
    CopeauError
        Unknown language, a picture that is no PNG, or a path that cannot be written.
    """
    words = words_of(lang)
    sources = _pictures(report, pictures)
    caption = words("not_given")
    if part is not None and part.shape is not None:
        drawn = drawing(part, size_texts(report, words), *DRAWING_MM)
        sources["views.svg"] = drawn.svg
        caption = " – ".join([
            words("projection"), f"{words('scale')} {scale_text(drawn.scale)}",
            f"{words('isometric')} {scale_text(drawn.isometric_scale)}", words("dimensions_mm"),
        ])  # fmt: skip
    content = contents(report, sources, words, caption)
    sources["content.json"] = json.dumps(content).encode()
    pdf = _typeset(sources)
    try:
        Path(path).write_bytes(pdf)
    except OSError as error:
        raise CopeauError(f"the dossier cannot be written: {error.strerror}", where=str(path), mend="check the folder") from error


def _typeset(sources: Mapping[str, bytes]) -> bytes:
    # On disk for the time of the run: the typesetter's in-memory files must be text.
    with tempfile.TemporaryDirectory() as folder:
        for name, data in sources.items():
            (Path(folder) / name).write_bytes(data)
        main = Path(folder) / "main.typ"
        main.write_bytes(files("copeau.dossier").joinpath("template/dossier.typ").read_bytes())
        return typst.compile(str(main), root=folder, format="pdf", font_paths=[str(fonts_folder())], ignore_system_fonts=True)


def contents(report: dict, sources: Mapping[str, bytes], words: Words, drawing_caption: str) -> dict[str, Any]:
    """All that the template prints. `sources`: the files that exist, by name."""

    def file(name: str) -> str | None:
        return name if name in sources else None

    sheets = [
        overview_sheet(report, words, file("part.png")),
        Sheet(words("drawing_sheet"), "", (views(file("views.svg"), drawing_caption, words("no_picture")),)),
    ]
    for place, setup in enumerate(items(report, "setups")):
        sheets.append(phase_sheet(report, setup, words, file(f"setup-{place}.png"), file(f"stock-{place}.png")))
        sheets.append(proving_sheet(report, setup, words))
    sheets += [tools_sheet(report, words), verification_sheet(report, words, file("deviation.png")), features_sheet(report, words)]
    good = is_verified(report)
    return {
        "lang": words.lang,
        "title": f"{words('overview_sheet')} {text(report, 'part.file', words)}",
        "good": good,
        "stamp": words("verified" if good else "unverified").upper(),
        "assumed_head": f"{words('assumed')}{words('colon')}",
        "assumed": _assumed(report, words),
        "assumed_note": words("assumed_note"),
        "sheet_word": words("sheet"),
        "block": _title_block(report, words),
        "sheets": [asdict(sheet) for sheet in sheets],
    }


def _pictures(report: dict, pictures: Mapping[str, bytes]) -> dict[str, bytes]:
    """Pictures by the names of the template's files, which hold nothing that a setup's id could spoil."""
    names = {name: f"{name}.png" for name in PICTURE_NAMES}
    for place, setup in enumerate(items(report, "setups")):
        for moment in ("setup", "stock"):
            names[f"{moment}_{look_up(report, f'{setup}.id')}"] = f"{moment}-{place}.png"
    out = {}
    for name, picture in pictures.items():
        if not picture.startswith(PNG_HEAD):
            raise CopeauError(f"picture '{name}' is not a PNG", where="dossier", mend="give PNG bytes")
        if name in names:
            out[names[name]] = picture
    return out


def _assumed(report: dict, words: Words) -> str:
    values = {"material": material_text, "machine": machine_text, "stock": stock_text}
    told = []
    for path in items(report, "assumed"):
        raw = look_up(report, path)
        name = words.of("assumed_names", text(report, path, words))
        told.append(f"{name} = {values[raw](report, words)}" if isinstance(raw, str) and raw in values else name)
    return "; ".join(told)


def _title_block(report: dict, words: Words) -> list[list[str]]:
    sha = text(report, "part.sha256", words)
    known = bool(look_up(report, "part.sha256"))
    return [
        [words("owner"), text(report, "owner", words)],
        [words("title"), text(report, "part.name" if look_up(report, "part.name") else "part.file", words)],
        [words("sha256"), sha.replace("\u200b", "")[:SHA_LETTERS] if known else sha],
        [words("material"), material_text(report, words)],
        [words("machine"), machine_text(report, words)],
        [words("revision"), text(report, "revision", words)],
        [words("date"), text(report, "date", words)],
        [words("author"), text(report, "author", words)],
        [words("approved"), text(report, "approved", words)],
    ]
