"""Features by a phrase: "every hole D5 on the top face", "tous les trous borgnes Ø5 sur la face du dessus"."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from copeau.data.table import near_names
from copeau.model.errors import CopeauError
from copeau.model.feature import Feature

# As in the requirements: two modelled diameters this near are one.
_SAME_DIAMETER_MM = 0.01
_SAME_DIRECTION = 1.0 - 1e-6  # cosine; directions of prismatic features are exact but for rounding

_KINDS = {
    "round_hole": ("hole", "holes", "bore", "bores", "trou", "trous", "percage", "percages", "alesage", "alesages"),
    "pocket": ("pocket", "pockets", "poche", "poches"),
    "slot": ("slot", "slots", "groove", "grooves", "rainure", "rainures"),
    "step": ("step", "steps", "epaulement", "epaulements"),
    "boss": ("boss", "bosses", "bossage", "bossages"),
    "chamfer": ("chamfer", "chamfers", "chanfrein", "chanfreins"),
    "fillet": ("fillet", "fillets", "conge", "conges"),
    "outside_profile": ("profile", "profiles", "outline", "contour", "contours", "profil", "profils"),
}
_TYPES_OF_KIND = {"pocket": ("closed_pocket", "open_pocket")}
_FACE_WORDS = ("face", "faces", "side", "cote", "surface", "surfaces")
_SIDES = {
    (0.0, 0.0, 1.0): ("top", "upper", "dessus", "superieure", "superieur", "haut"),
    (0.0, 0.0, -1.0): ("bottom", "lower", "under", "dessous", "inferieure", "inferieur", "bas"),
    (0.0, -1.0, 0.0): ("front", "avant", "devant"),
    (0.0, 1.0, 0.0): ("back", "rear", "arriere", "derriere"),
    (-1.0, 0.0, 0.0): ("left", "gauche"),
    (1.0, 0.0, 0.0): ("right", "droite", "droit"),
}
_THROUGH = ("through", "thru", "debouchant", "debouchants", "traversant", "traversants")
_BLIND = ("blind", "borgne", "borgnes")
_FILLERS = (
    "every", "all", "each", "any", "the", "a", "an", "on", "in", "of", "from", "at", "with", "part", "diameter", "dia", "mm",
    "tous", "toutes", "tout", "toute", "chaque", "le", "la", "les", "l", "un", "une", "de", "du", "des", "d", "sur", "dans", "au", "aux",
    "piece", "diametre", "diametres",
)  # fmt: skip


@dataclass
class _Phrase:
    types: list[str] = field(default_factory=list)
    side: tuple[float, float, float] | None = None
    diameter_mm: float | None = None
    through: bool | None = None
    says_face: bool = False


def select_features(phrase: str, features: Sequence[Feature], where: str) -> list[Feature]:
    """The features that an English or French phrase means.

    The phrase has a kind (hole, pocket, slot, step, boss, chamfer, fillet, profile, face), and may have a diameter ("D5", "Ø5"),
    through or blind, and a side of the part: top +Z, bottom -Z, front -Y, back +Y, left -X, right +X. A feature is on a side that a
    tool may look at it from.

    Raises
    ------
    CopeauError
        A word that is not understood (near words), or a phrase that means nothing on this part.
    """
    read = _parse(phrase, where)
    of_kind = [f for f in features if f.type in read.types]
    found = [f for f in of_kind if _fits(f, read)]
    if found:
        return found
    diameters = sorted({round(d, 3) for f in of_kind for d in _diameters(f)})
    there = f"of that kind: {', '.join(f.id for f in of_kind[:8])}" if of_kind else "there is none of that kind"
    sizes = f", diameters {', '.join(f'{d:g}' for d in diameters[:12])}" if read.diameter_mm is not None and diameters else ""
    raise CopeauError(f"{phrase!r} means no feature of this part", where=where, mend=there + sizes)


def _parse(phrase: str, where: str) -> _Phrase:
    read = _Phrase()
    for word in _words(phrase):
        if word[0].isdigit():
            read.diameter_mm = float(word.replace(",", "."))
        elif not _take(word, read):
            known = [w for words in (*_KINDS.values(), *_SIDES.values(), _THROUGH, _BLIND, _FACE_WORDS) for w in words]
            near = near_names(word, known)
            mend = f"did you mean {', '.join(near)}?" if near else 'as in "every hole D5 on the top face"'
            raise CopeauError(f"{word!r} in {phrase!r} is not understood", where=where, mend=mend)
    if not read.types and read.says_face:
        read.types = ["planar_face"]
    if not read.types:
        raise CopeauError(f"{phrase!r} does not say which features", where=where, mend='as in "every hole D5 on the top face"')
    return read


def _take(word: str, read: _Phrase) -> bool:
    for kind, words in _KINDS.items():
        if word in words:
            read.types += _TYPES_OF_KIND.get(kind, (kind,))
            return True
    for side, words in _SIDES.items():
        if word in words:
            read.side = side
            return True
    if word in _THROUGH or word in _BLIND:
        read.through = word in _THROUGH
        return True
    read.says_face = read.says_face or word in _FACE_WORDS
    return word in _FACE_WORDS or word in _FILLERS


def _words(phrase: str) -> list[str]:
    """Lower case words without accents, and numbers; the signs of a diameter are dropped before their number."""
    text = unicodedata.normalize("NFKD", phrase.casefold().replace("ø", "d").replace("⌀", "d"))
    text = "".join(c for c in text if not unicodedata.combining(c))
    return re.findall(r"[a-z]+|\d+(?:[.,]\d+)?", text)


def _fits(feature: Feature, read: _Phrase) -> bool:
    if read.through is not None and feature.through != read.through:
        return False
    if read.diameter_mm is not None and not any(abs(d - read.diameter_mm) <= _SAME_DIAMETER_MM for d in _diameters(feature)):
        return False
    if read.side is None:
        return True
    directions = np.asarray(feature.directions, float).reshape(-1, 3)
    return bool((directions @ np.array(read.side) > _SAME_DIRECTION).any())


def _diameters(feature: Feature) -> list[float]:
    own = [s.diameter_mm for s in feature.stages]
    return own or ([feature.dims["diameter"]] if "diameter" in feature.dims else [])
