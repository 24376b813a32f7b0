"""Chip thickness, cutting force, power and the bending of a milling tool."""

import math

from copeau.data.cutting_data import family
from copeau.data.materials import specific_force
from copeau.model.errors import CopeauError
from copeau.model.machine import Machine, Material
from copeau.model.tool import Tool

# Young's moduli: cemented carbide of 8 to 10 % Co 580 to 620, high speed steel and tool bodies of steel 210 (textbook values).
E_CARBIDE_N_MM2 = 600e3
E_STEEL_N_MM2 = 210e3

# A fluted end mill bends as a round bar of 0.8 of its diameter: Kops and Vo, "Determination of the equivalent diameter of an end mill
# based on its compliance", CIRP Annals 39 (1990); Mitsubishi gives 0.7 to 0.8.
CORE_SHARE = 0.8

# Smallest helix of the end mills in the table: a smaller helix gathers more edge in the cut, hence more force.
HELIX_RAD = math.radians(30.0)

# The radial force of a sharp cutter is 0.3 to 0.5 of the tangential one (textbook); both bend the tool.
RADIAL_SHARE = 0.5
LATERAL = math.hypot(1.0, RADIAL_SHARE)

# Share of the motor's power that arrives at the cutter (belt and gear losses; 0.75 to 0.85 in textbooks).
SPINDLE_EFFICIENCY = 0.8


def engagement_rad(ae_mm: float, d_mm: float) -> float:
    """Arc of the circumference in the cut: acos(1 - 2 ae / D), pi in a full slot."""
    return math.acos(1.0 - 2.0 * min(ae_mm / d_mm, 1.0))


def thinning(ae_mm: float, d_mm: float) -> float:
    """By how much the feed per tooth grows to keep the chip as thick as at ae = D / 2: 1 / (2 sqrt(x (1 - x))), x = ae / D.

    From hex = 2 fz sqrt(x (1 - x)) of a straight-edged cutter in side milling (Sandvik Coromant, Metal cutting technology, milling);
    1 for ae of half the diameter and more.
    """
    x = ae_mm / d_mm
    return 1.0 if x >= 0.5 else 1.0 / (2.0 * math.sqrt(x * (1.0 - x)))


def mean_chip(fz_mm: float, ae_mm: float, d_mm: float, kapr_deg: float) -> float:
    """Average chip thickness hm = sin(KAPR) 2 ae fz / (D phi), mm, phi the arc in the cut (Sandvik Coromant, in radian)."""
    phi = engagement_rad(ae_mm, d_mm)
    return math.sin(math.radians(kapr_deg)) * 2.0 * min(ae_mm, d_mm) * fz_mm / (d_mm * phi)


def kc(material: Material, h_mm: float) -> float:
    """Specific cutting force at a chip thickness, N/mm2.

    Raises
    ------
    CopeauError
        The material has no Kienzle constants.
    """
    value = specific_force(material, h_mm)
    if math.isnan(value):
        raise CopeauError(
            f"{material.id} has no kc11, so neither force nor power can be told",
            where="materials table, kienzle",
            mend="add the specific cutting force of the material with its source",
        )
    return value


def cutting_power(ap_mm: float, ae_mm: float, vf: float, kc_n_mm2: float) -> float:
    """Power at the cutter Pc = ap ae vf kc / 60e6, kW."""
    return ap_mm * ae_mm * vf * kc_n_mm2 / 60e6


def power_at(machine: Machine, n: float) -> float:
    """What the spindle gives at the cutter at a speed, kW: constant torque, then constant power, less the drive's losses.

    Infinite where the machine states neither.
    """
    by_power = math.inf if math.isnan(machine.power_kw) else machine.power_kw
    by_torque = math.inf if math.isnan(machine.torque_nm) else torque_power(machine.torque_nm, n)
    return SPINDLE_EFFICIENCY * min(by_power, by_torque)


def torque_power(torque_nm: float, n: float) -> float:
    """Power of a torque at a speed: 2 pi n M / 60, kW."""
    return torque_nm * 2.0 * math.pi * n / 60e3


def lateral_force(material: Material, tool: Tool, fz_mm: float, ap_mm: float, ae_mm: float) -> float:
    """Largest force that bends a milling tool, N: edge length in the cut at once, times hm kc, tangential and radial together.

    The edge in the cut is at most what all engaged teeth have over `ap`, and at most their average plus what the helix gathers of one
    tooth: min(ap ceil(ze), ap ze + min(ap, D phi / (2 tan 30))). Straight edges (inserts) take `ap` whole.
    """
    phi = engagement_rad(ae_mm, tool.DC)
    teeth = max(tool.NOF, 1) * phi / (2.0 * math.pi)
    one = ap_mm if family(tool.material) == "insert" else min(ap_mm, tool.DC * phi / (2.0 * math.tan(HELIX_RAD)))
    edge = min(ap_mm * math.ceil(teeth), ap_mm * teeth + one)
    hm = mean_chip(fz_mm, ae_mm, tool.DC, lead_angle(tool))
    return LATERAL * kc(material, hm) * hm * edge


def lead_angle(tool: Tool) -> float:
    """KAPR in degrees as it thins the chip: 90 where the tool states none or more."""
    return tool.KAPR if 0.0 < tool.KAPR < 90.0 and tool.type == "face_mill" else 90.0


def compliance(tool: Tool, overhang_mm: float) -> float:
    """How far the tip goes for a force at the tip, mm/N: a bar of steps, clamped at the holder's nose.

    Integral of x^2 / (E I) from the tip: cutting part and its neck as a bar of 0.8 DC (or DN), the rest the shank.
    """
    modulus = E_CARBIDE_N_MM2 if family(tool.material) == "carbide" else E_STEEL_N_MM2
    total = 0.0
    for d, x0, x1 in _bar(tool, overhang_mm):
        inertia = math.pi * d**4 / 64.0
        total += (x1**3 - x0**3) / (3.0 * modulus * inertia)
    return total


def _bar(tool: Tool, overhang_mm: float) -> list[tuple[float, float, float]]:
    """(diameter, from, to) from the tip to the holder's nose."""
    if tool.type == "face_mill":
        body = tool.holder[0][0] if tool.holder else CORE_SHARE * tool.DC
        return [(min(body, tool.DC), 0.0, overhang_mm)]
    edge = min(_or(tool.APMX, tool.LU, overhang_mm), overhang_mm)
    reach = min(max(_or(tool.LU, tool.APMX, overhang_mm), edge), overhang_mm)
    core = CORE_SHARE * tool.DC
    shank = _or(tool.DCON, core)
    neck = _or(tool.DN, min(core, shank))
    if tool.type in ("tslot_cutter", "dovetail"):
        core = neck
    pieces = [(core, 0.0, edge), (neck, edge, reach), (shank, reach, overhang_mm)]
    return [piece for piece in pieces if piece[2] > piece[1]]


def _or(*values: float) -> float:
    return next((v for v in values if not math.isnan(v)), math.nan)
