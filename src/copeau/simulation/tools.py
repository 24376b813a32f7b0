"""What a tool cuts with and what of it must not touch: convex bodies of revolution from the fields of ISO 13399.

A cutter is one convex body: its radius is a concave function of the height above the tip. Everything above the cutting edges (neck, shank,
holder, spindle) is a stack of cylinders.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copeau.model.errors import CopeauError
from copeau.model.tool import Tool

FLAT, BALL, PROFILE = 0, 1, 2
"""Shapes of a cutter: a cylinder; a ball under a cylinder at least as high as it; any other profile."""
SHANK, HOLDER, SPINDLE, CORE = 0, 1, 2, 3
"""What a body is: neck and shank, holder, spindle nose, the end of a cutter that does not cut."""

TO_LU = ("drill", "spot_drill", "center_drill", "reamer", "countersink", "tap", "boring_bar")
"""Tools whose flutes are taken to reach up to LU: no neck between APMX and LU."""
CONES = ("drill", "spot_drill", "center_drill", "countersink", "chamfer_mill")
PLUNGERS = ("drill", "spot_drill", "center_drill", "countersink", "tap", "ball_endmill", "lollipop")
"""Tools whose tip cuts by nature."""
NECK_SHARE = 0.95
"""Neck of a relieved tool without DN, as a share of DC: the thickest that makers grind."""
NECK_ROOM_MM = 0.1
"""Room that a neck needs: what stands beside it may be thinner than the lines of the stock are apart, and is not for a neck to rub away."""
NECK_SLACK_MM = 0.05
"""A wall that the cutter has made is further from the neck's room than this: it bends and is finished in more than one pass."""
CORE_SHARE = 0.5
"""Diameter that does not cut at the end of a cutter that is not centre cutting, as a share of DC."""
THREAD_DEPTH = 1.2269
"""Diameter lost by an ISO metric thread's root, in pitches (ISO 68-1: core d3 = d - 1.2269 P)."""
TAP_CORE = 0.7
"""Core of a tap of unknown pitch, as a share of DC."""
RUB_MM = 0.25
"""Room that a shank as thick as the cutter needs at the wall that the cutter has just made."""
RUBS_FROM_MM = 0.02
"""A shank that is thinner than the cutter by less counts as as thick."""
UNKNOWN_REACH_MM = 1000.0
"""Height of a cutter whose lengths nobody gave: nothing above it is judged."""
ABOVE_ALL_MM = 1e6
"""Top of the highest body: it stands for all that follows."""


@dataclass(frozen=True)
class Cutter:
    """A convex body of revolution that removes material.

    `R` largest radius, `H` height, `cylinder` height from which on the radius is R up to H. `elements` (m, 7): rows h0, h1, r0,
    r1 (ends of a piece of the profile, upwards) and, on a round piece, hc, rc, rho (centre and radius); rho = 0 on a straight piece.
    """

    shape: int
    R: float
    H: float
    cylinder: float
    elements: NDArray[np.float64]


@dataclass(frozen=True)
class ToolBodies:
    """`cutter` is None for a tool that removes nothing here. `bodies` (k, 5): radius, lowest, highest (mm above the
    tip), what, and the room that it needs beside it in the stock."""

    cutter: Cutter | None
    bodies: NDArray[np.float64]
    plunges: bool


def tool_bodies(tool: Tool, spindle_nose_mm: float = math.nan) -> ToolBodies:
    """Cutter and bodies of a tool; `spindle_nose_mm` is the diameter of the spindle nose, which begins at the gauge line, if the tool knows none.

    Raises CopeauError when a property that the type needs is missing.
    """
    if not tool.DC > 0.0:
        raise CopeauError(f"T{tool.number} {tool.type} has no DC", f"tool {tool.id}", "give the cutting diameter DC")
    cutter = cutter_of(tool)
    rows = _core_rows(tool, cutter) + _upper_rows(tool, spindle_nose_mm)
    plunges = tool.centre_cutting or tool.type in PLUNGERS
    return ToolBodies(cutter, np.array(rows, float).reshape(-1, 5), plunges)


def cutting_height(tool: Tool) -> float:
    """Height (mm) up to which a tool cuts: APMX, or LU for tools fluted all along, or what else is known."""
    lengths = (tool.LU, tool.APMX, tool.LPR) if tool.type in TO_LU else (tool.APMX, tool.LU, tool.LPR)
    return next((x for x in lengths if x > 0.0), UNKNOWN_REACH_MM)


def _needed(tool: Tool, name: str) -> float:
    value = getattr(tool, name)
    if not value > 0.0:
        raise CopeauError(f"T{tool.number} {tool.type} has no {name}", f"tool {tool.id}", f"give {name}")
    return float(value)


def cutter_of(tool: Tool) -> Cutter | None:
    """The cutting body of a tool; None for probes, taps and thread mills, whose thread is not modelled."""
    r, top, kind = tool.DC / 2, cutting_height(tool), tool.type
    if kind in ("probe", "tap", "thread_mill"):
        return None
    if kind in CONES:
        half = math.radians(min(_needed(tool, "SIG"), 180.0 - 1e-4)) / 2
        return _stack(_cone(tool.tip_diameter / 2, r, half), top)
    if kind == "ball_endmill":
        return _stack([(0.0, r, 0.0, r, r, 0.0, r)], top)
    if kind == "lollipop":
        neck = min(_needed(tool, "DN"), 0.999 * tool.DC) / 2
        return _stack([(0.0, r, 0.0, r, r, 0.0, r), (r, r + math.sqrt(r * r - neck * neck), r, neck, r, 0.0, r)], None)
    if kind == "tslot_cutter":
        return _stack([(0.0, _needed(tool, "CW"), r, r, 0.0, 0.0, 0.0)], None)
    if kind == "dovetail":
        height = min(top, r * math.tan(math.radians(_needed(tool, "KAPR"))) * 0.999)
        return _stack([(0.0, height, r, r - height / math.tan(math.radians(tool.KAPR)), 0.0, 0.0, 0.0)], None)
    if kind == "tapered_endmill":
        return _stack(_taper(tool, top), top)
    if kind == "face_mill" and not tool.RE > 0.0 and tool.KAPR < 89.9:
        slope = math.tan(math.radians(tool.KAPR))
        far = tool.DCX / 2 if tool.DCX > 0.0 else r + (tool.APMX if tool.APMX > 0.0 else 0.0) / slope
        return _stack(_cone(r, max(far, r), math.radians(90.0 - tool.KAPR)), top)
    corner = min(tool.RE if tool.RE > 0.0 else 0.0, r)
    return _stack([(0.0, corner, r - corner, r, corner, r - corner, corner)] if corner > 0.0 else [], top, r)


def _cone(tip: float, r: float, half_rad: float) -> list[tuple[float, ...]]:
    """A straight piece from radius `tip` to `r` at `half_rad` from the axis."""
    return [(0.0, (r - tip) / math.tan(half_rad), tip, r, 0.0, 0.0, 0.0)] if r > tip else []


def _taper(tool: Tool, top: float) -> list[tuple[float, ...]]:
    """Tip of radius RE or flat, then a cone to DC: at the half angle SIG / 2, or reached at the cutting height."""
    r, tip = tool.DC / 2, tool.tip_diameter / 2
    if tool.SIG > 0.0:
        half = math.radians(tool.SIG) / 2
    else:
        half = math.atan2(r - max(tip, tool.RE), top)
    if not tool.RE > 0.0:
        return _cone(tip, r, half)
    # The corner's round meets the cone where its normal is the cone's.
    centre = max(0.0, tip - tool.RE)
    h = tool.RE * (1.0 - math.sin(half))
    joint = min(centre + tool.RE * math.cos(half), r)
    rows: list[tuple[float, ...]] = [(0.0, h, centre, joint, tool.RE, centre, tool.RE)]
    if r > joint and half > 0.0:
        rows.append((h, h + (r - joint) / math.tan(half), joint, r, 0.0, 0.0, 0.0))
    return rows


def _stack(lower: list[tuple[float, ...]], top: float | None, radius: float = math.nan) -> Cutter:
    """A cutter from the pieces of its lower part and a cylinder above them up to `top`; no cylinder where `top` is None."""
    base, r = (lower[-1][1], lower[-1][3]) if lower else (0.0, radius)
    rows: list[tuple[float, ...]] = list(lower)
    if top is not None and top > base:
        rows.append((base, top, r, r, 0.0, 0.0, 0.0))
    elements = np.array(rows, float).reshape(-1, 7)
    height, largest = float(elements[-1, 1]), float(elements[:, 2:4].max())
    ball = len(lower) == 1 and lower[0][6] == r and height >= 2.0 * r
    straight = bool((elements[:, 2] == elements[:, 3]).all()) and len(rows) == 1
    shape = BALL if ball else FLAT if straight else PROFILE
    cylinder = 0.0 if straight else base if top is not None else height
    return Cutter(shape, largest, height, cylinder, elements)


def _core_rows(tool: Tool, cutter: Cutter | None) -> list[tuple[float, ...]]:
    """Cores of threading tools, and the end that does not cut of cutters that are not centre cutting."""
    if tool.type in ("tap", "thread_mill"):
        core = tool.DC - THREAD_DEPTH * tool.TP if tool.TP > 0.0 else TAP_CORE * tool.DC
        return [(max(core, TAP_CORE * tool.DC) / 2 if tool.type == "tap" else core / 2, 0.0, cutting_height(tool), SHANK, 0.0)]
    if cutter is None or tool.centre_cutting or tool.type in PLUNGERS:
        return []
    radius = tool.tip_diameter / 2 if tool.type in CONES else CORE_SHARE * tool.DC / 2
    return [(radius, 0.0, cutter.H, CORE, 0.0)] if radius > 0.0 else []


def _upper_rows(tool: Tool, spindle_nose_mm: float) -> list[tuple[float, ...]]:
    """Neck, shank, holder and spindle nose."""
    if tool.type == "probe":
        return []
    cut = tool.APMX if tool.APMX > 0.0 else 0.0
    if tool.type == "tslot_cutter":
        cut = tool.CW
    usable = max(tool.LU if tool.LU > 0.0 else 0.0, cut)
    nose = tool.LPR if tool.LPR > 0.0 else math.nan
    rows: list[tuple[float, ...]] = []
    if usable > cut > 0.0 and tool.type not in TO_LU:
        neck = tool.DN if tool.DN > 0.0 else NECK_SHARE * tool.DC
        rows.append((neck / 2, cut, usable, SHANK, min(NECK_ROOM_MM, max(0.0, (tool.DC - neck) / 2 - NECK_SLACK_MM))))
    if usable > 0.0:
        shank = tool.DCON if tool.DCON > 0.0 else tool.DC
        top = max(nose, usable) if nose > 0.0 else ABOVE_ALL_MM
        rows.append((shank / 2, usable, top, SHANK, RUB_MM if shank > tool.DC - RUBS_FROM_MM else 0.0))
    if nose > 0.0:
        rows += [(d / 2, nose + min(z0, z1), nose + max(z0, z1), HOLDER, 0.0) for d, z0, z1 in tool.holder]
    spindle = tool.nose_mm if tool.nose_mm > 0.0 else spindle_nose_mm
    if spindle > 0.0 and tool.length_mm > 0.0:
        rows.append((spindle / 2, tool.length_mm, ABOVE_ALL_MM, SPINDLE, 0.0))
    return rows
