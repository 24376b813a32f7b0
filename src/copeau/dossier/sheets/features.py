"""The features that were recognised, and what became of each."""

from copeau.dossier.blocks import Column, Sheet, table
from copeau.dossier.reading import items, look_up, text
from copeau.dossier.words import Words


def features_sheet(report: dict, words: Words) -> Sheet:
    """One row a feature."""
    heads = (
        Column(words("feature")), Column(words("type"), width=1), Column(words("sizes"), width=2.2), Column(words("tolerances"), width=1.2),
        Column(words("faces"), width=1.2), Column(words("status"), width=0.9), Column(words("reason"), width=1.8),
    )  # fmt: skip
    rows = [
        [
            text(report, f"{f}.id", words),
            words.of("feature_names", text(report, f"{f}.type", words)),
            _sizes(report, f, words),
            text(report, f"{f}.tolerances", words),
            text(report, f"{f}.faces", words),
            words.of("status_names", text(report, f"{f}.status", words)),
            text(report, f"{f}.reason", words) if look_up(report, f"{f}.reason") else "",
        ]
        for f in items(report, "features")
    ]
    return Sheet(words("features_sheet"), "", (table("", heads, rows, words("none")),))


def _sizes(report: dict, feature: str, words: Words) -> str:
    dims = look_up(report, f"{feature}.dims")
    if not isinstance(dims, dict) or not dims:
        return words("not_given")
    return ", ".join(f"{words.of('size_names', text({'k': name}, 'k', words))} {text({'k': dims[name]}, 'k', words)}" for name in dims)
