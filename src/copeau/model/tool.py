"""Cutting tools, with the property symbols of ISO 13399."""

from dataclasses import dataclass

import numpy as np

CUTTER_TYPES = (
    "endmill", "ball_endmill", "bullnose_endmill", "tapered_endmill", "face_mill", "drill", "spot_drill", "center_drill",
    "countersink", "chamfer_mill", "tap", "reamer", "boring_bar", "thread_mill", "tslot_cutter", "dovetail", "lollipop", "probe",
)  # fmt: skip
END_MILLS = ("endmill", "ball_endmill", "bullnose_endmill")


@dataclass(frozen=True)
class Tool:
    """A tool in its holder. Lengths mm, angles degrees, NaN where the type has no such property or nobody gave it."""

    id: str
    type: str
    DC: float  # largest cutting diameter
    number: int = 0  # T word; 0 before the planner numbers it
    description: str = ""
    RE: float = 0.0  # corner radius
    SIG: float = np.nan  # point angle
    KAPR: float = np.nan  # lead angle
    LU: float = np.nan  # usable length from the tip
    APMX: float = np.nan  # cutting edge length
    NOF: int = 0  # teeth
    DN: float = np.nan  # neck
    DCON: float = np.nan  # shank
    DCX: float = np.nan  # largest diameter of a face mill with KAPR < 90
    LPR: float = np.nan  # tip to holder nose
    OAL: float = np.nan
    TP: float = np.nan  # thread pitch
    CW: float = np.nan  # cutting width (T-slot)
    tip_diameter: float = 0.0  # flat at the point of a cone
    thread: str = ""  # designation, taps and thread mills
    chamfer_length: float = np.nan  # TCL of a tap
    THCHT: str = ""  # chamfer form of a tap, DIN 2197: B through holes, C and E blind holes
    forming: bool = False  # a tap that displaces: its hole is the larger forming drill's
    iso513: str = ""  # letters of the workpiece groups it is made for, empty: not stated
    centre_cutting: bool = False  # may plunge
    RPMX: float = np.nan  # limit of tool or holder, 1/min
    length_mm: float = np.nan  # gauge length: tip to gauge line
    holder: tuple[tuple[float, float, float], ...] = ()  # (diameter, z0, z1) from the holder nose upwards
    holder_id: str = ""
    nose_mm: float = np.nan  # diameter of the spindle's face, which begins at the gauge line
    material: str = ""  # carbide, HSS-Co, ...
    coating: str = ""
    quality: str = ""
    source: str = ""
