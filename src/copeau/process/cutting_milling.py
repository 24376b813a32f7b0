"""Cutting conditions of milling: speed by the table and the spindle, feed by chip, machine, power and bending."""

import math
from dataclasses import dataclass

from copeau.data.cutting_data import Choice, cutting_row
from copeau.data.table import least
from copeau.data.threads import thread
from copeau.model.errors import CopeauError, Refusal
from copeau.model.machine import Machine, Material
from copeau.model.plan import Cutting
from copeau.model.tool import Tool
from copeau.process import cutting_forces as forces

# The tip may yield this far: what roughing leaves to finishing absorbs the one, the tolerance of a general dimension the other.
ROUGHING_DEFLECTION_MM = 0.05
FINISHING_DEFLECTION_MM = 0.02

# The thinned chip is restored at most to this: beyond, the estimate of ae decides the tooth's load.
LARGEST_THINNING = 2.0

# An edge of ground carbide is round by 5 to 10 um and lifts no chip thinner than a third of that (textbook: minimum chip thickness).
LEAST_CHIP_MM = 0.003

# A tool that bends is slowed to half of the least feed before it is refused: its edge may be sharper than that.
BENDING_SLACK = 0.5

# Where power is short the speed may fall to this share of the row's lowest: slower, chips weld to the edge (textbook: built-up edge).
SLOWEST_SHARE = 0.5

# Feed while ramping: half of the table's (Kyocera catalogue 2021 p. 908; Fanar 2021 p. 329: 25 to 50 %), and the low end of that range
# for a tool that has no edge at its centre.
RAMP_SHARE = 0.5
RAMP_SHARE_NO_CENTRE = 0.25

# Feeds are posted in whole mm/min and speeds in tens: below these a step would be more than a percent.
_COARSE_RPM = 1000.0
_COARSE_FEED = 100.0
_ROUNDING = 1e-9  # relative: of two ways to the same power
_ROUND_NOSED = ("ball_endmill", "bullnose_endmill", "lollipop")
_LIMITED_BY_APMX = ("endmill", "ball_endmill", "bullnose_endmill", "face_mill", "tslot_cutter")


@dataclass(frozen=True)
class Limit:
    """The largest feed per tooth that one limit allows, and its name."""

    fz_mm: float
    name: str


@dataclass(frozen=True)
class Cut:
    """One engagement of a milling tool in a material."""

    tool: Tool
    material: Material
    ap_mm: float
    ae_mm: float
    overhang_mm: float  # NaN: nobody knows, bending is not judged
    is_finishing: bool

    @property
    def deflection_limit_mm(self) -> float:
        """Largest bending of the tip that is allowed."""
        return FINISHING_DEFLECTION_MM if self.is_finishing else ROUGHING_DEFLECTION_MM

    @property
    def feed_exponent(self) -> float:
        """Force and power grow with fz to the power 1 - mc (Kienzle); this is the inverse of that exponent."""
        return 1.0 / (1.0 - self.material.mc)

    def deflection_mm(self, fz_mm: float) -> float:
        """Bending of the tip at a feed per tooth."""
        force = forces.lateral_force(self.material, self.tool, fz_mm, self.ap_mm, self.ae_mm)
        return force * forces.compliance(self.tool, self.overhang_mm)

    def power_kw(self, fz_mm: float, n: float) -> float:
        """Power at the cutter at a feed per tooth and a speed."""
        hm = forces.mean_chip(fz_mm, self.ae_mm, self.tool.DC, forces.lead_angle(self.tool))
        vf = fz_mm * max(self.tool.NOF, 1) * n
        return forces.cutting_power(self.ap_mm, self.ae_mm, vf, forces.kc(self.material, hm))


def milling(
    tool: Tool, material: Material, machine: Machine, operation: str, ap: float, ae: float, overhang_mm: float = math.nan
) -> Cutting:
    """Conditions of a milling pass; `conditions` describes parameters, result and errors."""
    cut = engagement(tool, material, operation, ap, ae, overhang_mm)
    choice = cutting_row(tool, material, cut.ae_mm / tool.DC)
    n, speed_reason = _speed(cut, choice, machine)
    fz_table, chip_reason = table_feed(cut, choice)
    n, fz, feed_reason = _feed(cut, choice, machine, n, fz_table)
    vf = rounded_feed(n * fz * max(tool.NOF, 1))
    centre = _centre_path_share(tool)
    fz_slot = choice.row.feed_mm(choice.row.feed_start, tool.DC)
    ramp = (RAMP_SHARE if tool.centre_cutting else RAMP_SHARE_NO_CENTRE) * min(vf, n * fz_slot * max(tool.NOF, 1))
    return Cutting(
        n=n,
        vc=math.pi * tool.DC * n / 1000.0,
        vf=rounded_feed(vf * centre),
        fz=vf / (n * max(tool.NOF, 1)),
        ap=cut.ap_mm,
        ae=cut.ae_mm,
        vf_plunge=rounded_feed(ramp * centre),
        coolant=coolant(choice),
        why=reason(choice, speed_reason, feed_reason or chip_reason),
    )


def engagement(tool: Tool, material: Material, operation: str, ap: float, ae: float, overhang_mm: float = math.nan) -> Cut:
    """The engagement as given: a missing ae is a full slot, a missing overhang the tool's LPR.

    Raises
    ------
    CopeauError
        ap or ae is not positive, or the tool has no edge to cut `ap` deep.
    """
    ae = tool.DC if math.isnan(ae) else min(ae, tool.DC)
    ap = tool.APMX if math.isnan(ap) else ap
    where = f"tool {tool.id}, {operation}"
    if not (ap > 0.0 and ae > 0.0):
        raise CopeauError(f"ap {ap:g} and ae {ae:g} mm are no cut", where=where, mend="give depth and width of cut over 0")
    if tool.type in _LIMITED_BY_APMX and ap > tool.APMX:
        raise CopeauError(f"ap {ap:g} mm is more than the cutting edge, APMX {tool.APMX:g} mm", where=where, mend="cut in several levels")
    overhang = next((v for v in (overhang_mm, tool.LPR, tool.LU) if not math.isnan(v)), math.nan)
    return Cut(tool, material, ap, ae, overhang, "finish" in operation)


def table_feed(cut: Cut, choice: Choice) -> tuple[float, str]:
    """Feed per tooth of the row at this diameter and engagement, mm, and why it is not the row's own."""
    row, tool = choice.row, cut.tool
    fz = row.feed_mm(row.feed_start, tool.DC)
    if row.band is not None or row.tool_kind != "endmill":
        return fz, ""
    factor = min(forces.thinning(cut.ae_mm, tool.DC), LARGEST_THINNING, row.feed_max / row.feed_start)
    return fz * factor, f"fz {factor:.2f} times the table's as the chip is thin at ae {cut.ae_mm:g}" if factor > 1.0 else ""


def least_feed(cut: Cut, choice: Choice) -> float:
    """Feed per tooth under which the edge rubs instead of cutting, mm.

    The row's smallest for inserts, whose edges are honed; for ground edges what makes a chip of `LEAST_CHIP_MM`, or the chip of the
    row's smallest feed at ae = D / 2 if that is thinner (small tools are sharper).
    """
    row, tool = choice.row, cut.tool
    smallest = row.feed_mm(row.feed_min, tool.DC)
    if row.family == "insert":
        return smallest
    chip = min(LEAST_CHIP_MM, forces.mean_chip(smallest, 0.5 * tool.DC, tool.DC, 90.0))
    return min(smallest, chip / forces.mean_chip(1.0, cut.ae_mm, tool.DC, 90.0))


def bending_limit(cut: Cut, fz_mm: float) -> float:
    """Largest feed per tooth, mm, at which the tip bends no more than it may; `fz_mm` if that already holds."""
    if math.isnan(cut.overhang_mm):
        return fz_mm
    return fz_mm * min(1.0, cut.deflection_limit_mm / cut.deflection_mm(fz_mm)) ** cut.feed_exponent


def spindle_speed(vc: float, vc_max: float, d_mm: float, tool: Tool, machine: Machine) -> tuple[float, str]:
    """Speed for a cutting speed on a diameter, 1/min, and which limit decided if it was not vc.

    Raises
    ------
    Refusal
        The slowest speed of the spindle is over the largest cutting speed of the row.
    """
    wanted = 1000.0 * vc / (math.pi * d_mm)
    limits = [(machine.rpm_max, f"the spindle's {machine.rpm_max:g} 1/min decide"), (tool.RPMX, f"RPMX {tool.RPMX:g} 1/min decides")]
    n, why = wanted, ""
    for limit, name in limits:
        if limit < n:
            n, why = limit, name
    if n < machine.rpm_min:
        largest = 1000.0 * vc_max / (math.pi * d_mm)
        if largest < machine.rpm_min or tool.RPMX < machine.rpm_min:
            raise Refusal(
                "spindle_too_fast", f"the spindle turns at {machine.rpm_min:g} 1/min at least, {tool.id} may at {largest:.0f} at most"
            )
        n, why = machine.rpm_min, f"the spindle's least speed {machine.rpm_min:g} 1/min decides"
    return rounded_speed(n), why


def rounded_speed(n: float) -> float:
    """Speed rounded down to what an operator sets."""
    step = 10.0 if n >= _COARSE_RPM else 1.0
    return max(math.floor(n / step) * step, 1.0)


def rounded_feed(vf: float) -> float:
    """Feed rounded down: whole mm/min, tenths below 100, hundredths below 1."""
    step = 1.0 if vf >= _COARSE_FEED else 0.1 if vf >= 1.0 else 0.01
    return round(math.floor(vf / step + 1e-9) * step, 2)


def coolant(choice: Choice) -> str:
    """ "off" where the row cuts dry, else "flood"."""
    return "off" if choice.row.coolant.startswith(("dry", "extraction")) else "flood"


def reason(choice: Choice, *limits: str) -> str:
    """One sentence: which row, what is doubtful about it, which limits decided."""
    row = choice.row
    said = [f"row {row.id} ({row.quality}{': ' + choice.remark if choice.remark else ''})", *filter(None, limits)]
    return ", ".join(said)


def _speed(cut: Cut, choice: Choice, machine: Machine) -> tuple[float, str]:
    tool, row = cut.tool, choice.row
    vc = choice.vc
    if row.band is None and row.tool_kind == "endmill" and cut.ae_mm > 0.5 * tool.DC:
        vc = row.vc_min  # the rows' own note: lower vc in a slot
    d = tool.DC
    if cut.is_finishing and tool.type in _ROUND_NOSED:
        # On a flat the nose turns slower, on a wall it cuts at DC: never faster there than the row's fastest.
        d = max(effective_diameter(tool, cut.ap_mm), tool.DC * vc / row.vc_max)
    return spindle_speed(vc, row.vc_max * tool.DC / d if d < tool.DC else row.vc_max, d, tool, machine)


def effective_diameter(tool: Tool, ap_mm: float) -> float:
    """Diameter on which a round nose cuts at a depth, mm: DC - 2 RE + 2 sqrt(RE^2 - (RE - ap)^2), RE = DC / 2 on a ball."""
    re = tool.DC / 2.0 if tool.type in ("ball_endmill", "lollipop") else tool.RE
    depth = min(ap_mm, re)
    return tool.DC - 2.0 * re + 2.0 * math.sqrt(re**2 - (re - depth) ** 2)


def _feed(cut: Cut, choice: Choice, machine: Machine, n: float, fz_table: float) -> tuple[float, float, str]:
    teeth = max(cut.tool.NOF, 1)
    available = forces.power_at(machine, n)
    by_power = fz_table * min(1.0, available / cut.power_kw(fz_table, n)) ** cut.feed_exponent
    limits = [
        Limit(fz_table, ""),
        Limit(least(machine.max_feed_mm_min, math.inf) / (n * teeth), f"the largest feed {machine.max_feed_mm_min:g} mm/min decides"),
        Limit(by_power, f"the {available:.1f} kW at the cutter decide vf"),
        Limit(bending_limit(cut, fz_table), f"bending of {cut.deflection_limit_mm:g} mm at the tip decides vf"),
    ]
    tightest = min(limits, key=lambda limit: limit.fz_mm)
    bending, floor = limits[3].fz_mm, least_feed(cut, choice)
    if bending < BENDING_SLACK * floor:
        raise Refusal(
            "too_slender",
            f"{cut.tool.id} bends {cut.deflection_mm(floor):.3f} mm at the smallest feed with ap {cut.ap_mm:g}, ae {cut.ae_mm:g} mm, "
            f"{cut.deflection_limit_mm:g} mm are allowed",
        )
    floor = min(floor, bending)
    if tightest.fz_mm >= floor:
        return n, tightest.fz_mm, tightest.name
    slower = rounded_speed(n * min(limits[1].fz_mm / floor, available / cut.power_kw(floor, n), 1.0))
    slowest = max(machine.rpm_min, SLOWEST_SHARE * min(n, 1000.0 * choice.row.vc_min / (math.pi * cut.tool.DC)))
    if slower < slowest or cut.power_kw(floor, slower) > forces.power_at(machine, slower) * (1.0 + _ROUNDING):
        raise Refusal("too_weak", f"{machine.id} has not the power for ap {cut.ap_mm:g}, ae {cut.ae_mm:g} mm with {cut.tool.id}")
    return slower, floor, f"{tightest.name}, at the smallest feed and a lower speed"


def _centre_path_share(tool: Tool) -> float:
    """Feed of the cutter's centre for the feed at its edge inside a thread's bore: (D - DC) / D."""
    if tool.type != "thread_mill" or not tool.thread:
        return 1.0
    major = thread(tool.thread).major_mm
    return (major - tool.DC) / major
