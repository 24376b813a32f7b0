"""Machines and workpiece materials."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Machine:
    """A milling machine. Travels mm, rapids mm/min, accelerations m/s2, power kW, torque N m."""

    id: str
    name: str
    kind: str  # mill3, mill5, lathe2, turnmill
    dialect: str  # controller dialect: linuxcnc, haas, fanuc
    travels_mm: tuple[float, float, float]
    table_mm: tuple[float, float]
    nose_to_table_mm: tuple[float, float]
    rapid_mm_min: tuple[float, float, float]
    max_feed_mm_min: float
    accel_m_s2: tuple[float, float, float]
    rpm_min: float
    rpm_max: float
    power_kw: float
    torque_nm: float
    torque_at_rpm: float
    taper: str
    tool_pockets: int
    tool_change_s: float
    max_load_kg: float
    nose_mm: float = np.nan  # diameter of the spindle's face
    hourly_rate: float = np.nan  # nobody gave it unless the user's data does
    quality: str = ""
    source: str = ""


@dataclass(frozen=True)
class Material:
    """A workpiece material: ISO 513 letter, VDI 3323 group, Kienzle constants (the larger of the sourced pairs), density."""

    id: str
    name: str
    iso513: str
    vdi3323: int
    kc11: float  # N/mm2
    mc: float
    density_g_cm3: float
    hardness: str = ""
    price_eur_kg: float = np.nan
    source: str = ""
