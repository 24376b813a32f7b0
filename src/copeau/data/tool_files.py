"""The workshop's own tools, from the files that shops have: YAML, LinuxCNC `.tbl`, CAMotics JSON."""

import json
import math
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, model_validator

from copeau.data.yaml_file import Strict, read_yaml_as
from copeau.model.errors import CopeauError
from copeau.model.tool import Tool

MM_PER_INCH = 25.4

# A .tbl row has no point angle: the standard point of a general purpose drill (ISO 5419), said to be assumed.
ASSUMED_DRILL_SIG = 118.0

_CONES = ("spot_drill", "countersink", "chamfer_mill", "center_drill")
_Size = Annotated[float, Field(gt=0.0)]
_Length = Annotated[float, Field(ge=0.0)]
_Angle = Annotated[float, Field(gt=0.0, le=180.0)]
_ToolType = Literal[
    "endmill", "ball_endmill", "bullnose_endmill", "tapered_endmill", "face_mill", "drill", "spot_drill", "center_drill",
    "countersink", "chamfer_mill", "tap", "reamer", "boring_bar", "thread_mill", "tslot_cutter", "dovetail", "lollipop", "probe",
]  # fmt: skip


class ToolRow(Strict):
    """One tool of a YAML list; the symbols of ISO 13399, mm and degrees."""

    number: Annotated[int, Field(ge=0)] = 0
    id: str = ""
    type: _ToolType
    DC: _Size
    description: str = ""
    RE: _Length | None = None
    SIG: _Angle | None = None
    KAPR: _Angle | None = None
    LU: _Size | None = None
    APMX: _Length | None = None
    NOF: Annotated[int, Field(ge=0)] = 0
    DN: _Size | None = None
    DCON: _Size | None = None
    DCX: _Size | None = None
    LPR: _Size | None = None
    OAL: _Size | None = None
    TP: _Size | None = None
    CW: _Size | None = None
    tip_diameter: _Length | None = None
    thread: str = ""
    chamfer_length: _Length | None = None
    THCHT: str = ""
    forming: bool = False
    iso513: str = ""
    centre_cutting: bool | None = None
    RPMX: _Length | None = None
    length_mm: _Size | None = None
    holder: list[tuple[_Size, _Length, _Size]] = []
    holder_id: str = ""
    material: str = ""
    coating: str = ""

    @model_validator(mode="after")
    def _has_its_shape(self) -> "ToolRow":
        if self.type in ("drill", *_CONES) and self.SIG is None:
            raise ValueError(f"a {self.type} needs SIG, its point angle in degrees")
        if self.type == "bullnose_endmill" and self.RE is None:
            raise ValueError("a bullnose_endmill needs RE, its corner radius")
        if self.type == "tap" and self.TP is None:
            raise ValueError("a tap needs TP, its pitch")
        if self.RE is not None and self.RE > self.DC / 2:
            raise ValueError(f"RE {self.RE:g} is larger than half of DC {self.DC:g}")
        if self.LU is not None and self.LPR is not None and self.LU > self.LPR:
            raise ValueError(f"LU {self.LU:g} reaches into the holder: LPR is {self.LPR:g}")
        if any(z1 <= z0 for _, z0, z1 in self.holder):
            raise ValueError("holder: each [diameter, z0, z1] rises from the nose, z1 > z0")
        return self


_ROWS = TypeAdapter(list[ToolRow])


def read_tools(path: Path) -> tuple[Tool, ...]:
    """The tools of a file, by what it is: `.tbl` (mm; `read_tool_table` for inches), CAMotics JSON, or a list in YAML or JSON.

    Raises
    ------
    CopeauError
        No such file, an unknown field or type (near names), a tool without what its type needs; with the line.
    """
    path = Path(path)
    if path.suffix.lower() == ".tbl":
        return read_tool_table(path)
    if path.suffix.lower() in (".camotics", ".json") and isinstance(_json(path), dict):
        return read_camotics_tools(path)
    found = read_yaml_as(path, _ROWS)
    return _distinct(tuple(_from_row(row, rank, path) for rank, row in enumerate(found, 1)), path)


def _from_row(row: ToolRow, rank: int, path: Path) -> Tool:
    given = {key: value for key, value in row.model_dump().items() if value is not None}
    given["number"] = row.number or rank
    given["id"] = row.id or f"T{given['number']}"
    given["holder"] = tuple(tuple(piece) for piece in row.holder)
    if row.type in ("ball_endmill", "lollipop"):
        given.setdefault("RE", row.DC / 2)
    if row.centre_cutting is None:
        given["centre_cutting"] = row.type in ("ball_endmill", "drill", "spot_drill", "center_drill")
    if row.length_mm is None and row.LPR is not None and row.holder:
        given["length_mm"] = row.LPR + max(z1 for _, _, z1 in row.holder)
    return Tool(**given, quality="workshop", source=path.name)


def read_tool_table(path: Path, mm_per_unit: float = 1.0) -> tuple[Tool, ...]:
    """A LinuxCNC tool table: `T1 P1 Z50.0 D10.0 ;comment`.

    A row says diameter and length, no shape: a plain end mill, unless its comment names a ball ("ball") or a drill ("drill",
    "foret", whose point is assumed 118 degrees). Rows without a diameter cut nothing and are left out. `mm_per_unit`: 25.4 for a
    machine in inches.
    """
    tools = []
    for line, text in enumerate(_text(path).splitlines(), 1):
        body, _, comment = text.partition(";")
        words = _table_words(body, path, line)
        if not words:
            continue
        if "T" not in words:
            raise CopeauError("a row without a T word", where=f"{path}, line {line}", mend="T<number> P<pocket> Z<length> D<diameter>")
        if words.get("D", 0.0) > 0.0:
            tools.append(_from_table_row(words, comment.strip(), mm_per_unit, path))
    return _distinct(tuple(tools), path)


def _table_words(body: str, path: Path, line: int) -> dict[str, float]:
    words = {}
    for word in body.split():
        match = re.fullmatch(r"([A-Za-z])([-+]?(?:\d+\.?\d*|\.\d+))", word)
        if not match:
            raise CopeauError(f"{word!r} is no word of a tool table", where=f"{path}, line {line}", mend="letter and number, as in D10.0")
        words[match[1].upper()] = float(match[2])
    return words


def _from_table_row(words: dict[str, float], comment: str, mm_per_unit: float, path: Path) -> Tool:
    number, dc = int(words["T"]), words["D"] * mm_per_unit
    length = words["Z"] * mm_per_unit if "Z" in words else math.nan
    kind: str = "endmill"
    more: dict[str, Any] = {}
    if re.search(r"\bball\b|boule|hémisph", comment, re.IGNORECASE):
        kind, more = "ball_endmill", {"RE": dc / 2, "centre_cutting": True}
    elif re.search(r"drill|\bforet", comment, re.IGNORECASE):
        kind, more = "drill", {"SIG": ASSUMED_DRILL_SIG, "centre_cutting": True}
    quality = "workshop; point angle assumed" if kind == "drill" else "workshop"
    return Tool(
        id=f"T{number}", number=number, type=kind, DC=dc, description=comment, length_mm=length, quality=quality, source=path.name, **more
    )


def read_camotics_tools(path: Path) -> tuple[Tool, ...]:
    """The tools of a CAMotics project, or of its tool table alone (JSON): cylinders, balls, cones, cones with a flat.

    Raises
    ------
    CopeauError
        A shape that is not one of these (an ellipsoid), a size that is missing or not positive.
    """
    content = _json(path)
    table = content.get("tools", content)
    if not isinstance(table, dict):
        raise CopeauError("no tool table", where=str(path), mend='give "tools": {"1": {"shape": "cylindrical", ...}}')
    rows = sorted(((key, row) for key, row in table.items() if key.isdigit() and isinstance(row, dict)), key=lambda pair: int(pair[0]))
    return tuple(_from_camotics(int(key), row, path) for key, row in rows)


def _from_camotics(number: int, row: dict[str, Any], path: Path) -> Tool:
    where = f"{path}, tool {number}"
    factor = MM_PER_INCH if str(row.get("units", "metric")).lower() in ("imperial", "inch") else 1.0
    dc, length = (_positive(row, key, where) * factor for key in ("diameter", "length"))
    shape = str(row.get("shape", "cylindrical")).lower()
    kind: str = "endmill"
    more: dict[str, Any] = {}
    if shape == "ballnose" or (shape == "spheroid" and math.isclose(length, dc)):
        kind, more = "ball_endmill", {"RE": dc / 2}
    elif shape in ("conical", "snubnose"):
        flat = float(row.get("snub_diameter", 0.0)) * factor if shape == "snubnose" else 0.0
        kind, more = "chamfer_mill", {"tip_diameter": flat, "SIG": math.degrees(2 * math.atan2((dc - flat) / 2, length))}
        if not 0.0 <= flat < dc:
            raise CopeauError(f"snub_diameter {flat:g} mm does not lie below the diameter {dc:g} mm", where=where, mend="correct the sizes")
    elif shape != "cylindrical":
        raise CopeauError(
            f"the shape {shape!r} is not a body of cylinders, cones and balls",
            where=where,
            mend="use cylindrical, ballnose, conical or snubnose",
        )
    return Tool(
        id=f"T{number}", number=number, type=kind, DC=dc, description=str(row.get("description", "")), LU=length, APMX=length,
        centre_cutting=True, quality="workshop", source=path.name, **more,
    )  # fmt: skip


def _positive(row: dict[str, Any], key: str, where: str) -> float:
    value = row.get(key)
    if not isinstance(value, (int, float)) or not 0.0 < value < math.inf:
        raise CopeauError(f"{key} is {value!r}", where=where, mend=f"give a positive {key}")
    return float(value)


def _distinct(tools: tuple[Tool, ...], path: Path) -> tuple[Tool, ...]:
    seen: dict[int, str] = {}
    for tool in tools:
        if tool.number in seen:
            raise CopeauError(f"two tools have the number {tool.number}", where=str(path), mend="number each tool once")
        seen[tool.number] = tool.id
    return tools


def _json(path: Path) -> Any:
    try:
        return json.loads(_text(path))
    except json.JSONDecodeError as error:
        raise CopeauError(f"not JSON: {error.msg}", where=f"{path}, line {error.lineno}", mend="correct the file") from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CopeauError(f"cannot read {path.name}: {error}", where=str(path), mend="give a UTF-8 text file that exists") from None
