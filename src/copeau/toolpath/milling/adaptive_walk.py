"""One pass: a tool that steers so far to its right, into the material, as its engagement and the region allow."""

from typing import NamedTuple

import numpy as np

from copeau.kernels import inner_kernel, kernel
from copeau.toolpath.milling.adaptive_room import clearance
from copeau.toolpath.milling.engagement import carve, engagement, hollow_of, restore

INSET_MM = 0.001  # kept from the border of the region, for the sagitta of steps along it
TRIES = 9  # curvatures between the sharpest turns: 1/256 of their range moves the look-ahead point by microns
HELD_RAD = np.deg2rad(0.15)  # an engagement so near to the target is held: the raster of the rim tells no less
SCARCE_TRIES = 5  # curvatures between the sharpest turns that are tried where material is scarce
LEFTWARDS = 6  # halvings towards the sharpest left turn when the step itself cuts more than allowed
KINK_RAD = np.deg2rad(10.0)  # raster of the headings tried where a wall asks for a corner
MOST_KINKS = 15


class Gait(NamedTuple):
    """How a pass is walked. Lengths mm, angles rad."""

    radius: float  # of the cutter
    skin: float  # material thinner than this is not seen: noise of the field
    rub: float  # links may touch this much: noise of the field where two cuts meet
    thin: float  # layers in corners that may be met by a wide angle of the rim
    thick: float  # a front is worth a pass where it is thicker than this
    target: float  # engagement that is held
    limit: float  # engagement that no step exceeds
    touch: float  # engagement below which a step counts as idle
    look: float  # distance ahead at which the engagement is held: what damps the steering
    step: float
    curvature: float  # sharpest bend, 1/mm
    idle: float  # way without material after which a pass is over
    least: float  # mm2: a pass that cuts less is taken back
    failed: int  # bit of `Centres.tried` of a start from which no pass came off with this gait


@inner_kernel
def along(x, y, heading, curvature, s):
    """Point and heading after an arc of length `s`."""
    half = 0.5 * curvature * s
    chord = s if abs(half) < 1e-9 else s * np.sin(half) / half
    return x + chord * np.cos(heading + half), y + chord * np.sin(heading + half), heading + 2.0 * half


@inner_kernel
def ahead(field, room, x, y, heading, curvature, par):
    """Engagement at the end of the look-ahead along an arc, of the rim that leads over its last step; infinite outside of the region."""
    if clearance(room, x, y) < par.look + INSET_MM:
        for share in (0.1, 0.25, 0.4, 0.55, 0.75, 1.0):
            px, py, _ = along(x, y, heading, curvature, par.look * share)
            if clearance(room, px, py) < INSET_MM:
                return np.inf
    px, py, a = along(x, y, heading, curvature, par.look)
    return engagement(field, px, py, a - 0.5 * curvature * min(par.step, par.look), par.radius, par.skin)


@inner_kernel
def allowed(field, room, x, y, heading, curvature, par):
    """Whether an arc stays in the region over the look-ahead and meets no more material at its end than the target."""
    return ahead(field, room, x, y, heading, curvature, par) <= par.target


@inner_kernel
def steer(field, room, x, y, heading, par):
    """Rightmost allowed curvature (1/mm, left positive); NaN where even the sharpest left turn is not allowed.

    Beside a convex front the sharpest right turns look allowed again, since they turn the material behind the leading half of the
    rim: then the first crossing from the left counts. Where there is none, material is scarce, and the curvature that meets
    most of it is taken, lest the tool turns away from the rest of an island on the spot.
    """
    right, left = -par.curvature, par.curvature
    beyond = most = ahead(field, room, x, y, heading, right, par)
    if most <= par.target:
        best = right
        found = False
        for k in range(SCARCE_TRIES, -1, -1):
            curvature = right + 2.0 * par.curvature * k / (SCARCE_TRIES + 1)
            angle = ahead(field, room, x, y, heading, curvature, par)
            if angle > par.target:
                right, beyond, found = curvature, angle, True
                break
            left = curvature
            if angle > most + par.touch:
                best, most = curvature, angle
        if not found:
            return best
    return crossing(field, room, x, y, heading, left, right, beyond, par)


@inner_kernel
def crossing(field, room, x, y, heading, left, right, beyond, par):
    """Curvature between `left` and `right`, where the engagement is `beyond` the target, at which it is held; NaN where left is not allowed.

    The engagement is nearly linear in between, except where the wall comes in: false position, and bisection where it knows no angle.
    """
    within = ahead(field, room, x, y, heading, left, par)
    if within > par.target:
        return np.nan
    for _ in range(TRIES):
        share = 0.5
        if beyond < np.inf:
            share = min(0.9, max(0.1, (par.target - 0.5 * HELD_RAD - within) / (beyond - within)))
        middle = left + share * (right - left)
        angle = ahead(field, room, x, y, heading, middle, par)
        if angle > par.target:
            right, beyond = middle, angle
            continue
        left, within = middle, angle
        if par.target - within < HELD_RAD:
            break
    return left


@inner_kernel
def kink(field, room, x, y, heading, par):
    """First heading to the left along which the tool may go on; NaN if there is none."""
    for k in range(1, MOST_KINKS + 1):
        a = heading + k * KINK_RAD
        if allowed(field, room, x, y, a, 0.0, par):
            px, py, _ = along(x, y, a, 0.0, par.step)
            if engagement(field, px, py, a, par.radius, par.skin) <= par.limit:
                return a
    return np.nan


@inner_kernel
def step_length(curvature, par):
    """Shorter steps in tighter bends: a quarter of a radian at most."""
    return min(par.step, max(0.25 / max(abs(curvature), 1e-9), 0.1 * par.step))


@kernel
def walk(field, room, x, y, heading, par, path, angles, undo):
    """Cut from (x, y) on until no material or no allowed direction is left.

    Parameters
    ----------
    field : Field of the material, cut as the tool goes
    room : Room
    heading : float, rad
    par : Gait
    path : (n, 3), x, y and heading of every point, written; angles : (n,) engagement there, rad, written
    undo : (n, 2) scratch

    Returns
    -------
    int, points written, ending with the last that cut; 0 for a pass that is not worth it
    """
    n, last, idle, area, logged, hollow = 1, 1, 0.0, 0.0, 0, 0.0
    path[0, 0], path[0, 1], path[0, 2], angles[0] = x, y, heading, 0.0
    while n < len(path):
        curvature = steer(field, room, x, y, heading, par)
        if np.isnan(curvature):
            heading = kink(field, room, x, y, heading, par)
            if np.isnan(heading):
                break
            curvature = 0.0
        angle = np.inf
        for _ in range(LEFTWARDS):
            s = step_length(curvature, par)
            px, py, a = along(x, y, heading, curvature, s)
            angle = engagement(field, px, py, a - 0.5 * curvature * s, par.radius, par.skin)
            if angle <= par.limit:
                break
            curvature = 0.5 * (curvature + par.curvature)
        if angle > par.limit or clearance(room, px, py) < INSET_MM:
            break
        logged = carve(field, x, y, px, py, par.radius, hollow, undo, logged)
        hollow = hollow_of(field, par.radius)
        area += par.radius * (1.0 - np.cos(angle)) * s
        x, y, heading = px, py, a
        path[n, 0], path[n, 1], path[n, 2], angles[n] = x, y, heading, angle
        n += 1
        idle = 0.0 if angle > par.touch else idle + s
        if angle > par.touch:
            last = n
        if idle > par.idle:
            break
    if area < par.least and logged <= len(undo):
        restore(field, undo, logged)
        return 0
    return last
