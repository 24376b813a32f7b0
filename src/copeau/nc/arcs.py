"""Circular motion of G2 and G3 in its plane: centre from radius, and whether a control accepts a centre.

The kernels serve the general interpreter and the scanner alike. They return a status, the caller has the words.
"""

import math

from copeau.kernels import kernel

OK, TOO_SMALL, SAME_POINT, MISMATCH, ZERO_RADIUS = 0, 1, 2, 3, 4

CHORD_EXCESS_MM = 0.00254
"""How much the half chord of an R arc may exceed R (LinuxCNC, measured: 0.0001 in)."""
RADIUS_TOL_MM = 0.01 * 2.0 * math.sqrt(2.0)
"""Difference of start and end radius that is always accepted with G21: both ends rounded to 0.01 mm (LinuxCNC)."""
RADIUS_TOL_INCH = 0.001 * 2.0 * math.sqrt(2.0)
"""The same with G20, in inches."""
RADIUS_TOL_RELATIVE = 0.001
"""Accepted beyond that, as a share of the radius (LinuxCNC: 0.1 %) ..."""
RADIUS_TOL_CAP = 100.0
"""... up to this multiple of the tolerance above."""
LEAST_RADIUS_MM = 0.00127
"""A smaller arc is a fault (LinuxCNC, measured: 0.00005 in)."""
HALF_CIRCLE = 1.0 - 1e-12
"""Half chord over radius above which an R arc is taken for half a circle, as LinuxCNC does: the centre is ill-conditioned there."""


@kernel
def centre_from_radius(p0, q0, p1, q1, radius, ccw):
    """Centre of the arc from (p0, q0) to (p1, q1) with `radius` > 0 for at most half a turn, < 0 for more.

    Parameters
    ----------
    p0, q0, p1, q1, radius : float, mm
    ccw : bool, as seen from the positive normal axis

    Returns
    -------
    (status, p, q) : OK, TOO_SMALL or SAME_POINT; centre, mm
    """
    if p0 == p1 and q0 == q1:
        return SAME_POINT, p0, q0
    half = 0.5 * math.hypot(p1 - p0, q1 - q0)
    size = abs(radius)
    if half - size > CHORD_EXCESS_MM:
        return TOO_SMALL, p0, q0
    if half > size * HALF_CIRCLE:
        height = 0.0
    else:
        height = math.sqrt((size - half) * (size + half))
    left = 1.0 if ccw == (radius > 0.0) else -1.0
    scale = left * height / (2.0 * half)
    return OK, 0.5 * (p0 + p1) - scale * (q1 - q0), 0.5 * (q0 + q1) + scale * (p1 - p0)


@kernel
def centre_status(p0, q0, p1, q1, cp, cq, tolerance_mm):
    """Does a control accept (cp, cq) as the centre of an arc from (p0, q0) to (p1, q1)?

    Parameters
    ----------
    p0, q0, p1, q1, cp, cq : float, mm
    tolerance_mm : float, `RADIUS_TOL_MM`, or `RADIUS_TOL_INCH` times 25.4

    Returns
    -------
    OK, ZERO_RADIUS or MISMATCH
    """
    r0, r1 = math.hypot(p0 - cp, q0 - cq), math.hypot(p1 - cp, q1 - cq)
    if r0 < LEAST_RADIUS_MM or r1 < LEAST_RADIUS_MM:
        return ZERO_RADIUS
    difference = abs(r0 - r1)
    if difference > tolerance_mm * RADIUS_TOL_CAP:
        return MISMATCH
    if difference > tolerance_mm and difference > RADIUS_TOL_RELATIVE * max(r0, r1):
        return MISMATCH
    return OK
