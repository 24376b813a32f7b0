"""The process plan: setups, their holding, their workingsteps (ISO 14649)."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copeau.model.tool import Tool


@dataclass(frozen=True)
class Cutting:
    """Cutting conditions of a workingstep, in the trade's units; NaN where the operation has no such quantity."""

    n: float  # 1/min
    vc: float  # m/min
    vf: float  # mm/min
    fz: float = np.nan  # mm/tooth
    fn: float = np.nan  # mm/rev
    ap: float = np.nan  # mm
    ae: float = np.nan  # mm
    vf_plunge: float = np.nan  # mm/min, ramping and plunging
    coolant: str = "flood"
    why: str = ""  # which limit decided


@dataclass(frozen=True)
class Body:
    """A fixture body as triangles in work coordinates (a jaw, a parallel, a clamp, the vise)."""

    name: str
    vertices: NDArray[np.float64]  # (n, 3) mm
    triangles: NDArray[np.int64]  # (m, 3)


@dataclass(frozen=True)
class Fixture:
    """How a setup holds its workpiece: kind, bodies, what locates which face, forces."""

    kind: str  # vise, soft_jaws, plate
    bodies: tuple[Body, ...] = ()
    clamp_force_N: float = np.nan
    grip_mm: float = np.nan  # depth of the grip
    locates: tuple[str, ...] = ()  # in words: which face takes which degrees of freedom
    why: str = ""


@dataclass(frozen=True)
class Workingstep:
    """One tool, one operation, one strategy.

    `operation` is what the technician calls it (facing, roughing, finishing, drilling, ...), `strategy` the name of the
    toolpath generator, `parameters` what that generator reads beyond the cutting conditions.
    """

    id: str
    operation: str
    strategy: str
    tool: Tool
    cutting: Cutting
    features: tuple[str, ...] = ()
    faces: tuple[int, ...] = ()
    parameters: dict[str, Any] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True)
class Setup:
    """One clamping: a direction towards the spindle, the place of the part in work coordinates, the steps made in it."""

    id: str  # phase number: "10", "20", ...
    direction: NDArray[np.float64]  # unit, part coordinates, towards the spindle
    part_to_wcs: NDArray[np.float64]  # 4x4, mm
    fixture: Fixture
    workingsteps: tuple[Workingstep, ...] = ()
    wcs_origin: str = ""  # in words: which corner or face, found how
    why: str = ""


@dataclass(frozen=True)
class StockSpec:
    """The blank in part coordinates: kind box or cylinder (axis along `axis`) or mesh (`file`)."""

    kind: str
    bbox: NDArray[np.float64]  # (2, 3) mm
    axis: int = 2
    diameter_mm: float = np.nan
    file: str = ""
    why: str = ""


@dataclass(frozen=True)
class Plan:
    """Everything that decides the programs."""

    part_file: str
    part_sha256: str
    material: str
    machine: str
    stock: StockSpec
    setups: tuple[Setup, ...]
    assumed: tuple[str, ...] = ()
    left_raw_faces: tuple[int, ...] = ()
    unreachable: dict[int, str] = field(default_factory=dict)  # face -> reason
    remarks: tuple[str, ...] = ()
