"""Signed distance of points to the analytic surface of a face."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from copeau.model.part import Face


def surface_distance(face: Face, points: ArrayLike) -> NDArray[np.float64]:
    """Distance of each point to the untrimmed surface of `face`, positive outside the material.

    Parameters
    ----------
    face : Face
        Plane, cylinder, cone, sphere or torus.
    points : (n, 3) float, mm

    Returns
    -------
    (n,) float, mm
        NaN for a freeform face: its distance is that of the mesh.
    """
    p = np.asarray(points, float).reshape(-1, 3)
    if face.kind == "freeform":
        return np.full(len(p), np.nan)
    away = _away_from_axis(face, p)
    return -away if face.concave else away


def _away_from_axis(face: Face, p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Signed distance, positive on the side away from the axis, centre or tube circle (a plane: along its normal)."""
    r = p - face.origin
    if face.kind == "sphere":
        return np.linalg.norm(r, axis=1) - face.radius_mm
    along = r @ face.axis
    if face.kind == "plane":
        return along
    rho = np.linalg.norm(r - along[:, None] * face.axis, axis=1)
    if face.kind == "cylinder":
        return rho - face.radius_mm
    if face.kind == "cone":
        slope = face.half_angle_rad
        return (rho - face.radius_mm) * np.cos(slope) - along * np.sin(slope)
    assert face.kind == "torus", face.kind
    return np.hypot(rho - face.radius_mm, along) - face.minor_radius_mm
