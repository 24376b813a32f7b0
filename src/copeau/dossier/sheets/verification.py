"""What the simulation of the posted programs found, and where the workpiece differs from the design."""

from copeau.dossier.blocks import Column, Sheet, columns, facts, picture, table, verdict
from copeau.dossier.reading import items, look_up, number, percent, text
from copeau.dossier.words import Words

MAP_MM = 96.0
FIGURES = (
    ("cell", "cell_mm"), ("max_gouge", "max_gouge_mm"), ("gouge_area", "gouge_area_mm2"), ("max_excess", "max_excess_mm"),
    ("excess_area", "excess_area_mm2"),
)  # fmt: skip
SHARES = ("machined", "explained", "unexplained")


def is_verified(report: dict) -> bool:
    """Only a verification that says so makes a job verified."""
    return look_up(report, "verification.ok") is True


def verification_sheet(report: dict, words: Words, file: str | None) -> Sheet:
    """`file`: the deviation map, if there is one."""
    good = is_verified(report)
    said = verdict(words("verified" if good else "unverified").upper(), words("verified_note" if good else "unverified_note"), good=good)
    rows = [(words(name), number(report, f"verification.{key}", words)) for name, key in FIGURES]
    rows += [(words(f"{s}_share"), percent(report, f"verification.coverage.{s}_area_share", words)) for s in SHARES]
    left = [said, facts(words("results"), rows)]
    right = [picture(words("deviation_map"), file, MAP_MM, words("deviation_legend"), words("no_picture"))]
    return Sheet(words("verification_sheet"), "", (columns((1.0, 1.15), left, right), _collisions(report, words), _excess(report, words)))


def _collisions(report: dict, words: Words) -> dict:
    heads = (
        Column(words("phase")), Column(words("line"), side="right"), Column(words("kind"), width=1), Column(words("depth"), side="right"),
        Column(words("with"), width=1), Column(words("detail"), width=2),
    )  # fmt: skip
    rows = [
        [
            text(report, f"{c}.setup", words),
            number(report, f"{c}.line", words),
            words.of("collision_names", text(report, f"{c}.kind", words)),
            number(report, f"{c}.depth_mm", words),
            text(report, f"{c}.with", words),
            text(report, f"{c}.detail", words) if look_up(report, f"{c}.detail") else "",
        ]
        for c in items(report, "verification.collisions")
    ]
    return table(words("collisions"), heads, rows, _none_or_not_given(report, "verification.collisions", words))


def _excess(report: dict, words: Words) -> dict:
    heads = (
        Column(words("face"), side="right"), Column(words("largest"), side="right"), Column(words("excess_area"), side="right"),
        Column(words("cause"), width=1), Column(words("tool"), width=1), Column(words("radius"), side="right"),
    )  # fmt: skip
    rows = [
        [
            number(report, f"{e}.face", words),
            number(report, f"{e}.max_mm", words),
            number(report, f"{e}.area_mm2", words),
            words.of("cause_names", "sharp_corner" if look_up(report, f"{e}.sharp") else text(report, f"{e}.cause", words)),
            text(report, f"{e}.tool", words),
            number(report, f"{e}.radius_mm", words),
        ]
        for e in items(report, "verification.excess_faces")
    ]
    return table(words("excess_faces"), heads, rows, _none_or_not_given(report, "verification.excess_faces", words))


def _none_or_not_given(report: dict, path: str, words: Words) -> str:
    """An empty list says that there is none; a missing one says nothing."""
    return words("none" if isinstance(look_up(report, path), list | tuple) else "not_given")
