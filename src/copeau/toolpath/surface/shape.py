"""The form of a cutter as a surface sees it: a convex profile of revolution above its tip."""

import math
from dataclasses import dataclass

from copeau.kernels import kernel
from copeau.model.errors import CopeauError
from copeau.model.tool import Tool


@dataclass(frozen=True)
class ToolShape:
    """A flat disc, then a corner arc, then a cone, then the cylinder of the shank.

    `flat_mm`: radius of the disc, which is also the radius of the circle that carries the arc's centre. `corner_mm`: radius
    of the arc, tangent to disc and cone. `half_angle_rad`: of the cone, from the axis, 0 when the arc runs into the cylinder.
    `radius_mm`: of the cylinder, >= `flat_mm`. A flat end mill is (R, 0, 0, R), a ball (0, R, 0, R), a bull nose (R - r, r, 0, R).

    Raises
    ------
    CopeauError
        When the three pieces do not fit into `radius_mm`.
    """

    flat_mm: float
    corner_mm: float
    half_angle_rad: float
    radius_mm: float

    def __post_init__(self):
        reach = self.flat_mm + self.corner_mm * math.cos(self.half_angle_rad)
        fits = reach <= self.radius_mm + FIT_MM and min(self.flat_mm, self.corner_mm) >= 0.0
        if self.half_angle_rad == 0.0:
            fits = fits and abs(reach - self.radius_mm) <= FIT_MM
        if not (fits and self.radius_mm > 0.0 and 0.0 <= self.half_angle_rad < 0.5 * math.pi):
            raise CopeauError(
                f"a cutter with a flat of radius {self.flat_mm:g} mm, corner {self.corner_mm:g} mm and half angle "
                f"{math.degrees(self.half_angle_rad):g} degrees does not fit into radius {self.radius_mm:g} mm",
                mend="correct DC, RE, SIG, KAPR or tip_diameter of the tool",
            )

    def grown(self, allowance_mm: float) -> "ToolShape":
        """The outer parallel of this cutter; its tip lies `allowance_mm` (>= 0) below this one's.

        Driving the grown cutter on a surface and the real one `allowance_mm` higher leaves that much material everywhere.
        """
        return ToolShape(self.flat_mm, self.corner_mm + allowance_mm, self.half_angle_rad, self.radius_mm + allowance_mm)

    def numbers(self) -> tuple[float, float, float, float, float, float]:
        """For kernels: flat, corner, radius, radius and height where the cone starts, cotangent of the half angle (0: no cone)."""
        joint = self.flat_mm + self.corner_mm * math.cos(self.half_angle_rad)
        height = self.corner_mm * (1.0 - math.sin(self.half_angle_rad))
        cot = 0.0 if self.half_angle_rad == 0.0 else 1.0 / math.tan(self.half_angle_rad)
        return float(self.flat_mm), float(self.corner_mm), float(self.radius_mm), float(joint), float(height), cot

    @property
    def smooth_mm(self) -> float:
        """Radius with which the cutter rounds what it rolls over: of the corner arc, else of the rim, mm."""
        return self.corner_mm if self.corner_mm > 0.0 else self.radius_mm


FIT_MM = 1e-6  # a thousandth of the finest size on a drawing: rounding of radii given in inches


def shape_of(tool: Tool) -> ToolShape:
    """Form of `tool` from its ISO 13399 sizes; cones from `SIG`, else from `KAPR` (half angle 90 - KAPR).

    A tapered end mill has the corner `RE` and the flat `tip_diameter` (measured over the corners) at its tip.

    Raises
    ------
    CopeauError
        When a cone has no angle.
    """
    radius, corner = 0.5 * tool.DC, 0.0 if math.isnan(tool.RE) else tool.RE
    if tool.type in ("ball_endmill", "lollipop"):
        return ToolShape(0.0, radius, 0.0, radius)
    if tool.type in CONES:
        half_angle = _half_angle(tool)
        flat = max(0.5 * tool.tip_diameter - corner, 0.0)
        return ToolShape(flat, corner, half_angle, radius)
    if tool.type == "face_mill" and tool.KAPR < 90.0:
        outer = radius if math.isnan(tool.DCX) else 0.5 * tool.DCX
        return ToolShape(radius - corner, corner, math.radians(90.0 - tool.KAPR), max(outer, radius))
    return ToolShape(radius - corner, corner, 0.0, radius)


CONES = ("tapered_endmill", "chamfer_mill", "countersink", "spot_drill", "center_drill", "drill")


def _half_angle(tool: Tool) -> float:
    if not math.isnan(tool.SIG):
        return math.radians(0.5 * tool.SIG)
    if not math.isnan(tool.KAPR):
        return math.radians(90.0 - tool.KAPR)
    raise CopeauError(f"{tool.type} {tool.id} has no SIG and no KAPR", where=f"tool T{tool.number}", mend="give its point angle SIG")


@kernel
def profile(r, shape):
    """Height of the cutter's surface above its tip at distance `r` (mm, 0 <= r <= radius) from its axis, mm."""
    flat, corner, _, joint, height, cot = shape
    if r <= flat:
        return 0.0
    if r <= joint or cot == 0.0:
        w = min(r - flat, corner)
        return corner - math.sqrt(corner * corner - w * w)
    return height + (r - joint) * cot
