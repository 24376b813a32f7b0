"""What the drawing asks for beyond the solid: fits, threads, depths, roughness, datums, from a YAML file."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol

from pydantic import BeforeValidator, Field, TypeAdapter, model_validator

from copeau.data.limits import GENERAL_CLASSES, fit_limits, general_tolerance
from copeau.data.materials import material
from copeau.data.table import near_names
from copeau.data.threads import Thread, load_threads, thread
from copeau.data.yaml_file import Strict, line_of, read_tree, validated
from copeau.model.errors import CopeauError
from copeau.model.feature import Feature
from copeau.model.part import Part
from copeau.process.selectors import select_features

# Modelled sizes carry the noise of translators; no two standard drills are nearer than this.
NOMINAL_TOL_MM = 0.01

# Tap drills of the tables are rounded to the drills one buys, in twentieths of a millimetre.
DRILL_STEP_MM = 0.05

_NUMBER = r"[+-]?\d+(?:[.,]\d+)?"
_FIT = re.compile(rf"(?P<nominal>{_NUMBER})\s*(?P<fit>[A-Za-z]{{1,2}}\d{{1,2}})")
_SYMMETRIC = re.compile(rf"(?P<nominal>{_NUMBER})\s*(?:±|\+/?-)\s*(?P<half>\d+(?:[.,]\d+)?)")
_LIMITS = re.compile(rf"(?P<nominal>{_NUMBER})\s+(?P<one>{_NUMBER})\s*/?\s*(?P<other>{_NUMBER})")
_GENERAL = re.compile(r"(?:iso\s*)?(?:2768\s*-?\s*)?(?P<linear>[fmcv])(?P<geometric>[HKL]?)", re.IGNORECASE)


class Recognition(Protocol):
    """What the features room found."""

    @property
    def features(self) -> tuple[Feature, ...]:
        """In a fixed order."""
        ...


@dataclass(frozen=True)
class Size:
    """A size with its deviations, mm. `fit` is the tolerance class it came from; `is_general`: nobody wrote a tolerance at it."""

    nominal_mm: float
    lower_mm: float
    upper_mm: float
    fit: str = ""
    is_general: bool = False

    def holds(self, value_mm: float) -> bool:
        """Whether a modelled size may be meant: within the limits, or the nominal itself."""
        low, high = min(self.lower_mm, 0.0) - NOMINAL_TOL_MM, max(self.upper_mm, 0.0) + NOMINAL_TOL_MM
        return low <= value_mm - self.nominal_mm <= high

    def __str__(self) -> str:
        if self.fit:
            return f"{self.nominal_mm:g} {self.fit}"
        if self.lower_mm == -self.upper_mm:
            return f"{self.nominal_mm:g} ±{self.upper_mm:g}"
        return f"{self.nominal_mm:g} {self.upper_mm:+g}/{self.lower_mm:+g}"


@dataclass(frozen=True)
class Requirement:
    """What is asked of some features and faces. None or NaN: nothing said. `line` of the file."""

    features: tuple[str, ...]
    faces: tuple[int, ...]
    line: int
    diameter: Size | None = None
    depth: Size | None = None
    length: Size | None = None
    thread: Thread | None = None
    ra_um: float = math.nan
    datum: str = ""
    note: str = ""


@dataclass(frozen=True)
class Requirements:
    """All that the file asks. `material` empty: not said. `geometric_class`: H, K, L of ISO 2768-2, or empty."""

    material: str = ""
    general_class: str = "m"
    geometric_class: str = ""
    items: tuple[Requirement, ...] = ()

    def of_feature(self, feature: Feature) -> tuple[Requirement, ...]:
        """The items that name a feature or one of its faces."""
        return tuple(item for item in self.items if feature.id in item.features or set(item.faces) & set(feature.faces))

    def of_face(self, index: int) -> tuple[Requirement, ...]:
        """The items that name a face."""
        return tuple(item for item in self.items if index in item.faces)


def read_requirements(path: Path, part: Part, recognition: Recognition) -> Requirements:
    """The requirements of a YAML file, tied to the features and faces of a part.

    Raises
    ------
    CopeauError
        The file is missing or wrong; a feature, face, thread, fit or material is unknown (near names); a size contradicts the solid;
        a hole has neither the tap drill nor the nominal diameter of its thread. With the line.
    """
    path = Path(path)
    tree = read_tree(path)
    text = validated(path, {} if tree is None else tree, _FILE)
    general = _general(text.general_tolerance)
    items = tuple(
        _requirement(row, part, recognition.features, general[0], _Place(path, tree, k)) for k, row in enumerate(text.requirements)
    )
    _each_datum_once(items, path)
    return Requirements(text.material, general[0], general[1], items)


def hole_remarks(diameter_mm: float) -> tuple[str, ...]:
    """What a plain hole of a diameter may be meant for: "tap drill of M6?", coarse threads first; empty if nothing."""
    meant = [t for t in load_threads() if abs(t.tap_drill_mm - diameter_mm) <= NOMINAL_TOL_MM]
    if not meant:
        return ()
    order = ["M-coarse", "M-fine", "UNC", "UNF", "G"]
    names = [t.designation for t in sorted(meant, key=lambda t: (order.index(t.series), t.nominal_mm))]
    return (f"tap drill of {', '.join(names)}?",)


def parse_size(value: Any, general_class: str = "m") -> Size:
    """A size as people write it: 8, "8 H7", "8 ±0.05", "8 +0.1/-0.2", "8 0/-0,05"; a bare one gets the general tolerance.

    Raises
    ------
    ValueError
        None of these forms, limits in no order, or a tolerance class that ISO 286 does not have at that size.
    """
    if isinstance(value, Size):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError('write a size as 8, "8 H7", "8 ±0.05" or "8 +0.1/-0.2"')
    text = str(value).strip().removeprefix("Ø").removeprefix("ø").strip()
    try:
        if re.fullmatch(_NUMBER, text):
            nominal = _number(text)
            half = general_tolerance(nominal, general_class)
            return Size(nominal, -half, half, is_general=True)
        if match := _FIT.fullmatch(text):
            nominal = _number(match["nominal"])
            return Size(nominal, *fit_limits(match["fit"], nominal), fit=match["fit"])
    except CopeauError as error:
        raise ValueError(f"{error.what}; {error.mend}") from None
    if match := _SYMMETRIC.fullmatch(text):
        half = _number(match["half"])
        return Size(_number(match["nominal"]), -half, half)
    if match := _LIMITS.fullmatch(text):
        one, other = _number(match["one"]), _number(match["other"])
        return Size(_number(match["nominal"]), min(one, other), max(one, other))
    raise ValueError('write a size as 8, "8 H7", "8 ±0.05" or "8 +0.1/-0.2"')


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _sized(value: Any) -> Any:
    """A written size, checked; a bare number waits for the general tolerance of the file."""
    parse_size(value)
    return value


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _threaded(value: Any) -> str:
    try:
        return thread(str(value)).designation
    except CopeauError as error:
        raise ValueError(f"{error.what}; {error.mend}") from None


def _known_material(value: Any) -> str:
    try:
        return material(str(value)).id
    except CopeauError as error:
        raise ValueError(f"{error.what}; {error.mend}") from None


def _known_general(value: Any) -> Any:
    if not _GENERAL.fullmatch(str(value).strip()):
        raise ValueError(f"write it as ISO 2768-m or ISO 2768-mK; classes {', '.join(GENERAL_CLASSES)} and H, K, L")
    return value


_Sized = Annotated[float | str, BeforeValidator(_sized)]


class RequirementText(Strict):
    """One item of the file. Exactly one of `feature`, `face`, `select` says what it is about."""

    feature: Annotated[list[str], BeforeValidator(_listed)] = []
    face: Annotated[list[int | str], BeforeValidator(_listed)] = []
    select: str = ""
    diameter: _Sized | None = None
    depth: _Sized | None = None
    length: _Sized | None = None
    thread: Annotated[str, BeforeValidator(_threaded)] | None = None
    Ra: Annotated[float, Field(gt=0.0)] | None = None
    datum: Annotated[str, Field(pattern=r"^[A-Z]{1,2}$")] = ""
    note: str = ""

    @model_validator(mode="after")
    def _says_what_of_what(self) -> "RequirementText":
        if sum(map(bool, (self.feature, self.face, self.select))) != 1:
            raise ValueError("give exactly one of feature, face, select")
        asked = (self.diameter, self.depth, self.length, self.thread, self.Ra, self.datum or None, self.note or None)
        if all(value is None for value in asked):
            raise ValueError("asks for nothing: give diameter, thread, depth, length, Ra, datum or note")
        return self


class RequirementsText(Strict):
    """The file."""

    material: Annotated[str, BeforeValidator(_known_material)] = ""
    general_tolerance: Annotated[str, BeforeValidator(_known_general)] = "ISO 2768-m"
    requirements: list[RequirementText] = []


_FILE = TypeAdapter(RequirementsText)


@dataclass(frozen=True)
class _Place:
    path: Path
    tree: Any
    item: int

    def line(self, field: str = "") -> int:
        return line_of(self.tree, ("requirements", self.item, field) if field else ("requirements", self.item))

    def where(self, field: str) -> str:
        return f"{self.path}, line {self.line(field)}"


def _requirement(row: RequirementText, part: Part, features: Sequence[Feature], general_class: str, place: _Place) -> Requirement:
    named = _features(row, features, place)
    faces = _faces(row, part, place)
    diameter, depth, length = (_size(row, name, general_class, place) for name in ("diameter", "depth", "length"))
    asked = thread(row.thread) if row.thread else None
    about = named or [f for f in features if set(f.faces) & set(faces)]
    for feature in about:
        if diameter is not None:
            _check_size(feature, "diameter", diameter, _diameters(feature), place)
        if depth is not None:
            _check_size(feature, "depth", depth, _known(feature, "depth"), place)
        if length is not None:
            _check_size(feature, "length", length, _known(feature, "length"), place)
        if asked is not None:
            _check_thread(feature, asked, place)
    return Requirement(
        features=tuple(f.id for f in named),
        faces=faces,
        line=place.line(),
        diameter=diameter,
        depth=depth,
        length=length,
        thread=asked,
        ra_um=math.nan if row.Ra is None else row.Ra,
        datum=row.datum,
        note=row.note,
    )


def _size(row: RequirementText, name: str, general_class: str, place: _Place) -> Size | None:
    written = getattr(row, name)
    try:
        return None if written is None else parse_size(written, general_class)
    except ValueError as error:
        raise CopeauError(str(error), where=place.where(name), mend="write the tolerance at the size") from None


def _features(row: RequirementText, features: Sequence[Feature], place: _Place) -> list[Feature]:
    if row.select:
        return select_features(row.select, features, place.where("select"))
    by_id = {f.id: f for f in features}
    for name in row.feature:
        if name not in by_id:
            near = near_names(name, by_id) or sorted(by_id)[:8]
            raise CopeauError(f"the part has no feature {name!r}", where=place.where("feature"), mend=f"did you mean {', '.join(near)}?")
    return [by_id[name] for name in row.feature]


def _faces(row: RequirementText, part: Part, place: _Place) -> tuple[int, ...]:
    out: list[int] = []
    for name in row.face:
        found = [f.index for f in part.faces if (f.index == name if isinstance(name, int) else f.name == name)]
        if not found:
            near = near_names(str(name), {f.name for f in part.faces if f.name})
            mend = f"did you mean {', '.join(near)}?" if near else f"faces are numbered 0 to {len(part.faces) - 1}"
            raise CopeauError(f"the part has no face {name!r}", where=place.where("face"), mend=mend)
        out += found
    return tuple(dict.fromkeys(out))


def _diameters(feature: Feature) -> list[float]:
    return [s.diameter_mm for s in feature.stages] or _known(feature, "diameter")


def _known(feature: Feature, name: str) -> list[float]:
    return [feature.dims[name]] if name in feature.dims else []


def _check_size(feature: Feature, name: str, size: Size, modelled: list[float], place: _Place) -> None:
    if modelled and not any(map(size.holds, modelled)):
        found = ", ".join(f"{value:g}" for value in modelled)
        raise CopeauError(
            f"{name} {size} is asked of {feature.id}, the solid has {found} mm",
            where=place.where(name),
            mend="correct the size, or address another feature",
        )


def _check_thread(feature: Feature, asked: Thread, place: _Place) -> None:
    diameters = _diameters(feature)
    if feature.type != "round_hole" or not diameters:
        raise CopeauError(f"{feature.id} is a {feature.type}, no hole to thread", where=place.where("thread"), mend="address a hole")
    if any(is_modelled_thread(asked, d) for d in diameters):
        return
    found = ", ".join(f"{d:g}" for d in diameters)
    fitting = [t.designation for t in load_threads() if t.series == "M-coarse" and any(is_modelled_thread(t, d) for d in diameters)]
    raise CopeauError(
        f"{asked.designation} needs a hole of {asked.tap_drill_mm:g} mm (tap drill) or {asked.nominal_mm:g} mm (nominal), "
        f"{feature.id} has {found} mm",
        where=place.where("thread"),
        mend=f"{', '.join(fitting)} would fit" if fitting else "correct the thread or the solid",
    )


def is_modelled_thread(asked: Thread, diameter_mm: float) -> bool:
    """Whether a modelled hole may stand for a thread: at its tap drill, forming drill, core or nominal diameter."""
    at = (asked.tap_drill_mm, asked.form_tap_drill_mm, asked.nominal_mm, asked.minor_mm)
    in_core = asked.minor_min_mm - NOMINAL_TOL_MM <= diameter_mm <= asked.minor_max_mm + NOMINAL_TOL_MM
    return in_core or any(abs(diameter_mm - d) <= DRILL_STEP_MM for d in at)


def _general(text: str) -> tuple[str, str]:
    match = _GENERAL.fullmatch(text.strip())
    assert match  # the model has checked it
    return match["linear"].lower(), match["geometric"].upper()


def _each_datum_once(items: tuple[Requirement, ...], path: Path) -> None:
    lines: dict[str, int] = {}
    for item in items:
        if item.datum and item.datum in lines:
            raise CopeauError(
                f"datum {item.datum} is named twice, first in line {lines[item.datum]}",
                where=f"{path}, line {item.line}",
                mend="give each datum its own letter",
            )
        if item.datum:
            lines[item.datum] = item.line
