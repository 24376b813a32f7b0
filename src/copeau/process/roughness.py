"""Roughness of finishing passes: what their marks give in theory, and feeds and steps lowered to what is asked."""

import math
from collections.abc import Sequence
from dataclasses import replace

from copeau.model.plan import Workingstep
from copeau.process.requirements import Requirements

MILLED_RA_UM = 0.8  # finer is ground or lapped (Machinery's Handbook, roughness by process: milling 0.8 to 6.3 um)
ARC_SHARE = 4.0 / (9.0 * math.sqrt(3.0))  # Ra of a row of parabolic cusps as a share of their height
RAMP_SHARE = 0.25  # the same of a saw tooth
DISH_RAD = math.radians(1.5)  # the ends of a flat mill's teeth rise this much towards its centre (makers: 1 to 2 degrees)
UM_PER_MM = 1e3
LEAST_FEED_SHARE = 0.4  # a thinner chip rubs


def theoretical_ra(w: Workingstep) -> float:
    """Ra (um) of the marks of a finishing pass; NaN of an operation that leaves no surface as it shall be."""
    if "finish" not in w.operation and w.operation != "facing":
        return math.nan
    if w.strategy in ("parallel", "waterline"):
        return ARC_SHARE * float(w.parameters.get("scallop_mm", math.nan)) * UM_PER_MM
    if w.strategy == "wall":
        return ARC_SHARE * w.cutting.fz**2 / (4.0 * w.tool.DC) * UM_PER_MM
    if w.tool.RE > 0.0:
        return ARC_SHARE * w.cutting.fz**2 / (8.0 * w.tool.RE) * UM_PER_MM
    return RAMP_SHARE * w.cutting.fz * math.tan(DISH_RAD) * UM_PER_MM


def smoother(steps: Sequence[Workingstep], asked: Requirements | None) -> list[Workingstep]:
    """The steps with finer rows or lower feeds where a face of theirs asks for a roughness that they do not give."""
    return [_smoother(w, asked) for w in steps] if asked else list(steps)


def _smoother(w: Workingstep, asked: Requirements) -> Workingstep:
    wanted = min((i.ra_um for f in w.faces for i in asked.of_face(f) if i.ra_um == i.ra_um), default=math.nan)
    now = theoretical_ra(w)
    if not now > wanted:
        return w
    why = f"{w.why}; Ra {wanted:g} um asked"
    if w.strategy in ("parallel", "waterline"):
        return replace(w, parameters=w.parameters | {"scallop_mm": round(float(w.parameters["scallop_mm"]) * wanted / now, 5)}, why=why)
    share = max(math.sqrt(wanted / now) if w.strategy == "wall" or w.tool.RE > 0.0 else wanted / now, LEAST_FEED_SHARE)
    c = w.cutting
    slower = replace(c, vf=round(c.vf * share, 1), fz=c.fz * share, fn=c.fn * share, why=f"{c.why}; feed lowered for the roughness")
    return replace(w, cutting=slower, why=why)
