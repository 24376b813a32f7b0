"""Cutting conditions of holes: drilling, spot drilling, countersinking, reaming, boring, tapping."""

import math

from copeau.data.cutting_data import Choice, cutting_row, family
from copeau.model.errors import CopeauError, Refusal
from copeau.model.machine import Machine, Material
from copeau.model.plan import Cutting
from copeau.model.tool import Tool
from copeau.process import cutting_forces as forces
from copeau.process.cutting_milling import SLOWEST_SHARE, coolant, reason, rounded_feed, rounded_speed, spindle_speed

# Speed and feed of HSS drills by depth in diameters (Decimal Equivalents Guide, deep hole drilling: speed -10, -20, -30, -35 to 40 %,
# feed -10, -10, -20, -20 % at 3, 4, 5, 6 to 8 diameters).
_DEEP_HSS = ((6.0, 0.60, 0.80), (5.0, 0.70, 0.80), (4.0, 0.80, 0.90), (3.0, 0.90, 0.90))

# The rows' own notes: solid carbide does not peck to 3 diameters, HSS pecks by one diameter beyond 4.
_NO_PECK_DIAMETERS = {"carbide": 3.0, "insert": 4.0, "HSS": 4.0}

# Deeper than this the flutes no longer lift a chip of a whole diameter (shop rule).
_VERY_DEEP_DIAMETERS = 8.0


def drilling(tool: Tool, material: Material, machine: Machine, depth_mm: float = math.nan) -> Cutting:
    """Conditions of a drill; `depth_mm` slows HSS in deep holes."""
    choice = cutting_row(tool, material)
    speed_share, feed_share, deep = _deep(tool, depth_mm)
    n, why = spindle_speed(choice.vc * speed_share, choice.row.vc_max, tool.DC, tool, machine)
    fn = choice.row.feed_mm(choice.row.feed_start, tool.DC) * feed_share
    n, fn, weak = _by_power(tool, material, machine, n, fn, choice)
    return _hole_cutting(tool, n, fn, choice, reason(choice, deep, why, weak))


def pointing(tool: Tool, material: Material, machine: Machine) -> Cutting:
    """Conditions of spot drills, centre drills and countersinks: speed on the largest diameter that may cut."""
    choice = cutting_row(tool, material)
    d = max(tool.DC, tool.DCON) if tool.type == "center_drill" and not math.isnan(tool.DCON) else tool.DC
    n, why = spindle_speed(choice.vc, choice.row.vc_max, d, tool, machine)
    return _hole_cutting(tool, n, choice.row.feed_mm(choice.row.feed_start, tool.DC), choice, reason(choice, why))


def reaming(tool: Tool, material: Material, machine: Machine) -> Cutting:
    """Conditions of a reamer or a fine boring tool: the row's speed and feed a revolution."""
    choice = cutting_row(tool, material)
    n, why = spindle_speed(choice.vc, choice.row.vc_max, tool.DC, tool, machine)
    return _hole_cutting(tool, n, choice.row.feed_mm(choice.row.feed_start, tool.DC), choice, reason(choice, why))


def tapping(tool: Tool, material: Material, machine: Machine) -> Cutting:
    """Conditions of rigid tapping: the row's lowest speed, vf = n P exactly.

    Raises
    ------
    CopeauError
        The tap has no pitch.
    Refusal
        The thread's torque (Mc = P^2 D kc / 8000, Sandvik Coromant) is more than the spindle gives.
    """
    if not tool.TP > 0.0:
        raise CopeauError("a tap without its pitch TP", where=f"tool {tool.id}", mend="state TP in mm")
    choice = cutting_row(tool, material)
    # The rows' note: whoever has no experience with the tap starts at the minimum.
    n, why = spindle_speed(choice.row.vc_min, choice.row.vc_max, tool.DC, tool, machine)
    torque = tool.TP**2 * tool.DC * forces.kc(material, tool.TP / 2.0) / 8000.0
    if forces.torque_power(torque, n) > forces.power_at(machine, n):
        raise Refusal("too_weak", f"{tool.id} needs {torque:.1f} N m, more than {machine.id} gives at {n:g} 1/min")
    vf = n * tool.TP
    return Cutting(
        n=n, vc=math.pi * tool.DC * n / 1000.0, vf=vf, fn=tool.TP, vf_plunge=vf, coolant=coolant(choice), why=reason(choice, why)
    )  # fmt: skip


def peck_mm(tool: Tool, depth_mm: float) -> float:
    """Depth of one peck, mm, NaN where the hole is drilled in one go.

    One diameter beyond 3 diameters of depth for solid carbide and 4 for HSS (the notes of the cutting data), half of it beyond 8.
    """
    ratio = depth_mm / tool.DC
    if ratio <= _NO_PECK_DIAMETERS[family(tool.material)]:
        return math.nan
    return tool.DC if ratio <= _VERY_DEEP_DIAMETERS else 0.5 * tool.DC


def drilling_power(material: Material, tool: Tool, fn_mm: float, n: float) -> float:
    """Pc = fn vc DC kc / 240e3, kW, chip fn / NOF sin(SIG / 2) (Sandvik Coromant, Metal cutting technology, drilling)."""
    chip = fn_mm / max(tool.NOF, 1) * math.sin(math.radians(tool.SIG) / 2.0)
    vc = math.pi * tool.DC * n / 1000.0
    return fn_mm * vc * tool.DC * forces.kc(material, chip) / 240e3


def _hole_cutting(tool: Tool, n: float, fn: float, choice: Choice, why: str) -> Cutting:
    vf = rounded_feed(n * fn)
    return Cutting(
        n=n,
        vc=math.pi * tool.DC * n / 1000.0,
        vf=vf,
        fz=vf / n / max(tool.NOF, 1),
        fn=vf / n,
        vf_plunge=vf,
        coolant=coolant(choice),
        why=why,
    )


def _deep(tool: Tool, depth_mm: float) -> tuple[float, float, str]:
    if family(tool.material) == "HSS":
        for diameters, speed, feed in _DEEP_HSS:
            if depth_mm >= diameters * tool.DC:
                return speed, feed, f"speed {speed:.0%} and feed {feed:.0%} in a hole of {depth_mm / tool.DC:.1f} diameters"
    return 1.0, 1.0, ""


def _by_power(tool: Tool, material: Material, machine: Machine, n: float, fn: float, choice: Choice) -> tuple[float, float, str]:
    """Speed and feed within the spindle: first the feed falls to the row's smallest, then the speed."""
    available, needed = forces.power_at(machine, n), drilling_power(material, tool, fn, n)
    if needed <= available:
        return n, fn, ""
    smallest = choice.row.feed_mm(choice.row.feed_min, tool.DC)
    fed = fn * (available / needed) ** (1.0 / (1.0 - material.mc))
    if fed >= smallest:
        return n, fed, f"the {available:.1f} kW at the cutter decide fn"
    slower = rounded_speed(n * available / drilling_power(material, tool, smallest, n))
    slowest = max(machine.rpm_min, SLOWEST_SHARE * min(n, 1000.0 * choice.row.vc_min / (math.pi * tool.DC)))
    # At constant torque a slower spindle gives less power too.
    if slower < slowest or drilling_power(material, tool, smallest, slower) > forces.power_at(machine, slower):
        raise Refusal("too_weak", f"{tool.id} needs {needed:.1f} kW at {n:g} 1/min, {machine.id} gives {available:.1f} kW")
    return slower, smallest, f"the {available:.1f} kW at the cutter decide, at the smallest feed and a lower speed"
