"""Cutting conditions and engagements: what a tool does in a material on a machine, and which limit decided."""

import math
from typing import NamedTuple

from copeau.data.cutting_data import cutting_row, family
from copeau.model.errors import CopeauError
from copeau.model.machine import Machine, Material
from copeau.model.plan import Cutting
from copeau.model.tool import Tool
from copeau.process import cutting_holes as holes
from copeau.process.cutting_holes import peck_mm
from copeau.process.cutting_milling import BENDING_SLACK, bending_limit, engagement, least_feed, milling, table_feed

__all__ = ["conditions", "peck_mm", "suggested_ap_ae"]

# Radial share ae / DC and axial share ap / DC of roughing at constant engagement with solid carbide, by ISO 513 letter: makers' range
# for this strategy is 5 to 25 % of DC at 1 to 2 DC; the low half of it, since holder and machine are not the maker's.
ROUGHING_SHARES = {
    "P": (0.15, 1.5), "M": (0.10, 1.2), "K": (0.15, 1.5), "N": (0.20, 1.5), "S": (0.08, 1.0), "H": (0.05, 0.5), "O": (0.25, 1.5),
}  # fmt: skip
HSS_ROUGHING_SHARE = (0.20, 1.0)  # the rows' note: side ae <= 0.25 D, ap <= 1.5 D
INSERT_ROUGHING_SHARE = 0.30  # shoulder milling with inserts, ap by their edge

FACING_AE_SHARE = 0.70  # the rows' engagement 0.6 to 0.75 DC: the cutter's centre stays off the middle of the work
FACING_AP_MM = 2.0  # the rows' note: ap 1 to 3 mm
SOLID_FACING_AP_SHARE = 0.3  # an end mill facing at 0.7 DC is nearly in a slot
EDGE_SHARE = 0.8  # of an insert's edge or of a ball's radius that is used

FINISHING_AE_SHARE = 0.05
FINISHING_AE_MM = 0.25  # stock that roughing leaves on a wall
FINISHING_AP_SHARE = 2.0
DEEPER_SHARE = 0.6  # of the removal: so much fewer passes are worth, each of which leads in and out and leaves a line on the wall
FLOOR_AP_MM = 0.2
FLOOR_AE_SHARE = 0.5
BALL_SHARE = 0.2  # ap and ae of a ball that roughs

# The search goes down from the wanted depth in these steps to this share of DC.
_AP_STEP = 0.85
_LEAST_AP_SHARE = 0.02

_HOLE_TOOLS = {
    "drill": holes.drilling,
    "spot_drill": holes.pointing,
    "center_drill": holes.pointing,
    "countersink": holes.pointing,
    "reamer": holes.reaming,
    "boring_bar": holes.reaming,
    "tap": holes.tapping,
}


def conditions(
    tool: Tool,
    material: Material,
    machine: Machine,
    operation: str,
    ap: float = math.nan,
    ae: float = math.nan,
    *,
    overhang_mm: float | None = None,
    depth_mm: float = math.nan,
) -> Cutting:
    """Cutting conditions from the sourced table, lowered by whatever limit is reached first.

    Parameters
    ----------
    tool, material, machine
    operation : str
        A name with "finish" in it allows the tip 0.02 mm of bending, any other 0.05 mm.
    ap, ae : float, mm
        Depth and width of cut of milling; a missing ae is a full slot. Holes need none.
    overhang_mm : float, optional
        Tip to holder nose where it is not the tool's LPR.
    depth_mm : float
        Depth of a drilled hole.

    Returns
    -------
    Cutting
        `n` within machine, tool and holder; `vf` within chip thickness, machine, power, torque and bending; `vf_plunge` for ramps;
        `why` names the row and the limits that decided. A thread mill's vf is that of its centre inside the thread.

    Raises
    ------
    CopeauError
        The tables have no row for this tool in this material, or the engagement is impossible.
    Refusal
        "spindle_too_fast", "too_slender", "too_weak": the engagement must be smaller or the tool another.
    """
    if tool.type in _HOLE_TOOLS:
        more = (depth_mm,) if tool.type == "drill" else ()
        return _HOLE_TOOLS[tool.type](tool, material, machine, *more)
    overhang = math.nan if overhang_mm is None else overhang_mm
    return milling(tool, material, machine, operation, ap, ae, overhang)


def suggested_ap_ae(tool: Tool, material: Material, operation: str) -> tuple[float, float]:
    """Depth and width of cut for a milling tool, mm, such that it bends no more than it may at a feed that cuts.

    `operation`: "facing", "floor..." (finishing a floor), any other with "finish" (a wall), else roughing at constant engagement.
    Of the depths from the wanted one downwards it takes the one that removes most with a full chip; along walls the deepest that removes
    nearly as much.

    Raises
    ------
    CopeauError
        No cutting data for this tool in this material.
    """
    if tool.type in _HOLE_TOOLS:
        raise CopeauError(f"a {tool.type} has no ap and ae to choose", where=f"tool {tool.id}, {operation}", mend="ask for its conditions")
    choices = _candidates(tool, *_wanted(tool, material, operation))
    judged = [_judged(tool, material, operation, a, e) for a, e in choices]
    best = max(range(len(choices)), key=lambda k: (judged[k], -k)) if max(judged).chip else len(choices) - 1
    if judged[best].chip and _is_wall(tool, operation):
        least = _Judged(judged[best].chip, DEEPER_SHARE * judged[best].removed_mm3)
        best = max((k for k in range(len(choices)) if judged[k] >= least), key=lambda k: (choices[k][0], judged[k]), default=best)
    return _readable(choices[best][0]), _readable(choices[best][1])


def _candidates(tool: Tool, ap: float, ae: float) -> list[tuple[float, float]]:
    """Falling depths at the wanted width, then at half of it."""
    depths = [ap]
    while depths[-1] * _AP_STEP > _LEAST_AP_SHARE * tool.DC:
        depths.append(depths[-1] * _AP_STEP)
    return [(depth, width) for width in (ae, 0.5 * ae) for depth in depths]


def _is_wall(tool: Tool, operation: str) -> bool:
    return "finish" in operation and not operation.startswith("floor") and tool.type != "ball_endmill"


def _wanted(tool: Tool, material: Material, operation: str) -> tuple[float, float]:
    edge = tool.APMX if tool.APMX > 0.0 else tool.DC
    if operation.startswith("fac"):
        solid = SOLID_FACING_AP_SHARE * tool.DC
        is_insert = family(tool.material) == "insert"
        return min(FACING_AP_MM, edge * EDGE_SHARE if is_insert else min(edge, solid)), FACING_AE_SHARE * tool.DC
    if operation.startswith("floor"):
        return min(FLOOR_AP_MM, edge, FINISHING_AE_SHARE * tool.DC), FLOOR_AE_SHARE * tool.DC
    if "finish" in operation and tool.type == "ball_endmill":
        return min(edge, FINISHING_AE_MM, FINISHING_AE_SHARE * tool.DC), min(FINISHING_AE_MM, FINISHING_AE_SHARE * tool.DC)
    if "finish" in operation:
        return min(edge, FINISHING_AP_SHARE * tool.DC), min(FINISHING_AE_MM, FINISHING_AE_SHARE * tool.DC)
    if tool.type == "ball_endmill":
        return min(edge, BALL_SHARE * tool.DC), BALL_SHARE * tool.DC
    if family(tool.material) == "insert":
        return edge * EDGE_SHARE, INSERT_ROUGHING_SHARE * tool.DC
    ae, ap = HSS_ROUGHING_SHARE if family(tool.material) == "HSS" else ROUGHING_SHARES[material.iso513]
    return min(edge, ap * tool.DC), ae * tool.DC


class _Judged(NamedTuple):
    """How good an engagement is: a full chip before a thin one before rubbing, then what one tooth removes, mm3."""

    chip: int
    removed_mm3: float


def _judged(tool: Tool, material: Material, operation: str, ap: float, ae: float) -> _Judged:
    cut = engagement(tool, material, operation, ap, ae)
    choice = cutting_row(tool, material, ae / tool.DC)
    fz = bending_limit(cut, table_feed(cut, choice)[0])
    least = least_feed(cut, choice)
    chip = 2 if fz >= least else 1 if fz >= BENDING_SLACK * least else 0
    return _Judged(chip, ap * ae * fz)


def _readable(size_mm: float) -> float:
    """Rounded down to three digits, so that what a person reads in the plan is what is cut."""
    step = 10.0 ** (math.floor(math.log10(size_mm)) - 2)
    return round(math.floor(size_mm / step + 1e-9) * step, 6)
