"""The catalogue of words: `words.toml`, English and French, and the sentences of other rooms in French."""

import functools
import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from copeau.model.errors import CopeauError

LANGUAGES = ("en", "fr")


@dataclass(frozen=True)
class Words:
    """The words of one language: `words("stock")`, `words.of("operation", "facing")`, `words.sentence("...")`."""

    lang: str
    table: dict[str, Any]
    sentences: tuple[tuple[re.Pattern[str], str], ...]

    def __call__(self, key: str) -> str:
        """The word for `key`; an unknown key is a fault of this room."""
        return self.table[key][self.lang]

    def of(self, family: str, key: str) -> str:
        """The word for a value of an open list (operations, tool types, ...); what is not in the catalogue is shown as it is."""
        entry = self.table[family].get(key)
        return entry[self.lang] if entry else key.replace("_", " ")

    def sentence(self, text: str) -> str:
        """A sentence that another room wrote in English, in this language where the catalogue knows it."""
        for pattern, shape in self.sentences:
            found = pattern.fullmatch(text)
            if found:
                return shape.format(*found.groups())
        return text


def words_of(lang: str) -> Words:
    """The catalogue in `lang`.

    Raises
    ------
    CopeauError
        The language is not in the catalogue.
    """
    if lang not in LANGUAGES:
        raise CopeauError(f"no catalogue of words for language '{lang}'", where="--lang", mend=f"choose one of {', '.join(LANGUAGES)}")
    table = _table()
    sentences = [] if lang == "en" else [(_pattern(en), fr) for en, fr in table["sentences"].items()]
    return Words(lang, table, tuple(sentences))


@functools.cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("copeau.dossier").joinpath("words.toml").read_text("utf-8"))


def _pattern(sentence: str) -> re.Pattern[str]:
    """A sentence with `{}` for its changing parts as a pattern that catches them."""
    return re.compile("(.+?)".join(re.escape(piece) for piece in sentence.split("{}")))
