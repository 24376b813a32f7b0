"""A YAML file that a person wrote, read through a pydantic model: every error with its line and the near names."""

from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.reader import ReaderError

from copeau.data.table import near_names
from copeau.model.errors import CopeauError

T = TypeVar("T")

# More would hide the first.
SHOWN_ERRORS = 5


def read_yaml_as(path: Path, adapter: TypeAdapter[T]) -> T:
    """The content of a YAML (or JSON) file as the adapter's type.

    Raises
    ------
    CopeauError
        No such file, no YAML, or content that the model refuses; `where` is "file, line N" of the first fault.
    """
    return validated(path, read_tree(path), adapter)


def validated(path: Path, tree: Any, adapter: TypeAdapter[T], at: tuple[int | str, ...] = ()) -> T:
    """A tree of `read_tree`, or what it holds `at` a place, as the adapter's type; CopeauError with the lines of what the model refuses.

    A last key of `at` that the tree does not have stands for an empty mapping.
    """
    value = plain(tree)
    for key in at:
        value = value.get(key, {}) if isinstance(value, dict) else value[key]
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise _refused(path, tree, error, adapter, at) from None


def read_tree(path: Path) -> Any:
    """The file as ruamel.yaml's round-trip tree, which keeps line numbers (`line_of`)."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CopeauError(f"cannot read {path.name}: {error}", where=str(path), mend="give a UTF-8 text file that exists") from None
    try:
        return YAML(typ="rt").load(StringIO(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise CopeauError(f"not YAML: {error.problem}", where=f"{path}{line}", mend="mind the indentation and the colons") from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise CopeauError(f"not YAML: the character {error.character!r} is not allowed", where=f"{path}, line {line}", mend="save the file as plain UTF-8 text") from None


def plain(tree: Any) -> Any:
    """The tree as dicts, lists and scalars of Python."""
    if isinstance(tree, dict):
        return {key: plain(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [plain(value) for value in tree]
    return tree


def line_of(tree: Any, loc: tuple[int | str, ...]) -> int:
    """The line, from 1, of the deepest element of `loc` that the tree has."""
    line = tree.lc.line + 1 if hasattr(tree, "lc") else 1
    for key in loc:
        marks = getattr(tree, "lc", None)
        try:
            if isinstance(tree, dict) and key in tree:
                line = marks.key(key)[0] + 1 if marks else line
            elif isinstance(tree, list) and isinstance(key, int):
                line = marks.item(key)[0] + 1 if marks else line
            else:
                continue
        except (KeyError, IndexError):
            break
        tree = tree[key]
    return line


def _refused(path: Path, tree: Any, error: ValidationError, adapter: TypeAdapter[Any], at: tuple[int | str, ...]) -> CopeauError:
    errors = error.errors(include_url=False, include_context=True)
    first = errors[0]
    what = "; ".join(f"line {line_of(tree, (*at, *e['loc']))}: {_said(e)}" for e in errors[:SHOWN_ERRORS])
    if len(errors) > SHOWN_ERRORS:
        what += f"; and {len(errors) - SHOWN_ERRORS} more"
    return CopeauError(what, where=f"{path}, line {line_of(tree, (*at, *first['loc']))}", mend=_mend(first, adapter))


def _said(error: ErrorDetails) -> str:
    name = ".".join(str(k) for k in error["loc"] if isinstance(k, str))
    if error["type"] == "extra_forbidden":
        return f"unknown field {error['loc'][-1]!r}"
    if error["type"] == "missing":
        return f"{error['loc'][-1]!r} is missing"
    given = "" if isinstance(error["input"], (dict, list)) else f", not {error['input']!r}"
    message = error["msg"].removeprefix("Value error, ")
    return f"{name}: {message}{given}" if name else message


def _mend(error: ErrorDetails, adapter: TypeAdapter[Any]) -> str:
    if error["type"] != "extra_forbidden":
        return "correct the line"
    fields = sorted(_field_names(adapter.json_schema()))
    near = near_names(str(error["loc"][-1]), fields)
    return f"did you mean {', '.join(near)}?" if near else f"known fields: {', '.join(fields)}"


def _field_names(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(_field_names, schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    names = set(schema.get("properties", {}))
    return names.union(*(_field_names(value) for value in schema.values()))


class Strict(BaseModel):
    """A model of something that a person wrote: unknown fields are errors."""

    model_config = {"extra": "forbid", "frozen": True, "allow_inf_nan": False}
