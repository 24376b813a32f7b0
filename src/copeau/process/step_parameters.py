"""What the strategies read from a workingstep, as a person may write it in `plan.yaml`: names, types, and the tools that can do it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter, model_validator

from copeau.data.yaml_file import Strict, line_of, validated
from copeau.model.errors import CopeauError
from copeau.model.tool import END_MILLS, Tool

Allowance = Annotated[float, Field(ge=0)]
POINTED = ("spot_drill", "center_drill", "countersink", "chamfer_mill")
HOLE_TOOLS = {
    "spot_drilling": POINTED, "drilling": ("drill",), "deep_drilling": ("drill",), "chip_breaking": ("drill",),
    "countersinking": POINTED, "reaming": ("reamer",), "tapping": ("tap",),
}  # fmt: skip
ROUNDING = 1e-4  # of a diameter: what the file's four decimals may add


class FacingParameters(Strict):
    """Down to which height."""

    bottom_z: float


class _Levels(Strict):
    top_z: float
    bottom_z: float

    @model_validator(mode="after")
    def _falls(self):
        if self.bottom_z >= self.top_z:
            raise ValueError(f"bottom_z {self.bottom_z:g} is not below top_z {self.top_z:g}")
        return self


class AdaptiveParameters(_Levels):
    """Heights, what is left, and where a rest pass works."""

    allowance_mm: Allowance = 0.0
    floor_allowance_mm: Allowance = 0.0
    rest_after: list[int] = []
    zone_faces: list[int] = []


class WallParameters(_Levels):
    """Heights and what is left."""

    allowance_mm: Allowance = 0.0
    rest_after: list[int] = []


class FloorParameters(Strict):
    """Whose cover is not gone over again."""

    rest_after: list[int] = []


class SlopeParameters(Strict):
    """Height of the cusps."""

    scallop_mm: Annotated[float, Field(gt=0)]
    rest_after: list[int] = []


class PlacesParameters(Strict):
    """Tips of the cutter, mm in work coordinates, and how far into walls on both sides it may be taken to stand."""

    places: Annotated[list[tuple[float, float, float]], Field(min_length=1)]
    snug_mm: Annotated[float, Field(ge=0, le=0.005)] = 0.0


class DrillParameters(Strict):
    """Holes: places, where they begin and where the tip ends, mm in work coordinates."""

    points: Annotated[list[tuple[float, float]], Field(min_length=1)]
    entry_z: list[float]
    bottom_z: list[float]
    peck_mm: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one_each(self):
        if not len(self.points) == len(self.entry_z) == len(self.bottom_z):
            raise ValueError(f"{len(self.points)} points, {len(self.entry_z)} entry_z and {len(self.bottom_z)} bottom_z: one of each for every hole")
        if any(b >= e for e, b in zip(self.entry_z, self.bottom_z)):
            raise ValueError("a hole ends above its entry")
        return self


@dataclass(frozen=True)
class Wanted:
    """What one strategy wants of its workingstep: `cutting` names the conditions that must be there, `by_operation` the tools of the only
    operations that it has; where that is empty an operation is any word and every one of `tool_types` will do."""

    parameters: type[BaseModel]
    tool_types: tuple[str, ...] = ()
    cutting: tuple[str, ...] = ()
    by_operation: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


MILLS = (*END_MILLS, "face_mill")
WANTED = {
    "facing": Wanted(FacingParameters, MILLS, ("ap", "ae")),
    "adaptive": Wanted(AdaptiveParameters, MILLS, ("ap", "ae")),
    "floor": Wanted(FloorParameters, MILLS),
    "wall": Wanted(WallParameters, MILLS, ("ap",)),
    "parallel": Wanted(SlopeParameters, END_MILLS),
    "waterline": Wanted(SlopeParameters, END_MILLS),
    "places": Wanted(PlacesParameters, END_MILLS),
    "counterbore": Wanted(DrillParameters, by_operation={"counterboring": ("endmill",)}),
    "drill": Wanted(DrillParameters, by_operation=HOLE_TOOLS),
}


def check_step(file: Path, tree: Any, at: tuple[int | str, ...], step: Any, tool: Tool, numbers: set[int]) -> None:
    """Raise `CopeauError`, with the line, for a workingstep that its strategy cannot carry out as written.

    `at`: place of the step in the file's `tree`; `step`: its text model; `numbers`: T numbers given out so far.
    """
    wanted = WANTED.get(step.strategy)
    if wanted is None:
        return

    def refuse(key: tuple[str, ...], what: str, mend: str) -> None:
        raise CopeauError(what, f"{file}, line {line_of(tree, (*at, *key))}", mend)

    if wanted.by_operation and step.operation not in wanted.by_operation:
        refuse(("operation",), f"strategy {step.strategy} has no operation {step.operation!r}", f"use one of: {', '.join(wanted.by_operation)}")
    types = wanted.by_operation.get(step.operation, wanted.tool_types)
    if tool.type not in types:
        refuse(("tool",), f"{step.operation} by strategy {step.strategy} cannot be made with tool {tool.id}, a {tool.type}", f"choose one of the types {', '.join(types)}")
    for name in wanted.cutting:
        if getattr(step.cutting, name) is None:
            refuse(("cutting",), f"strategy {step.strategy} wants {name}", f"give {name} in mm")
    # How deep is too deep the simulation sees: edges end where the shank begins.
    if "ae" in wanted.cutting and step.cutting.ae > tool.DC * (1.0 + ROUNDING):
        refuse(("cutting", "ae"), f"ae {step.cutting.ae:g} mm is over the diameter {tool.DC:g} mm of tool {tool.id}", "lower ae, or choose another tool")
    read = validated(file, tree, TypeAdapter(wanted.parameters), (*at, "parameters"))
    for number in getattr(read, "rest_after", ()):
        if number not in numbers:
            refuse(("parameters", "rest_after"), f"rest_after names T{number}, which the plan does not use", f"name some of: {', '.join(f'T{n}' for n in sorted(numbers))}")
