"""Where upright faces stand: their footprint seen from above and how low they reach at each place of it."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

ONE_PLANE = (1e-5, 1e-3)  # facets whose normals (cosine) and distances (mm) differ by less carry one stretch of wall
RISES_MM = 0.05  # a foot that is level to within this is level
LEVELS = 6  # heights that stand for a rising foot
UPRIGHT = 1e-4  # a face whose triangles rise less than this (cosine) is a wall
LEAN, LEANS_MM = 5e-3, 0.03  # and one whose triangles lean no farther than chords of the mesh do, between corners that stand on a curved wall,
DRIFT_MM = 0.012  # if over its whole height the face leans no farther than this
JOIN_MM = 1e-5  # ends of stretches nearer than this are one


def upright_triangles(corners: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which triangles (m, 3, 3) belong to a wall, as far as one of them can tell."""
    rise = np.abs(rises(corners)[0])
    return (rise <= UPRIGHT) | ((rise <= LEAN) & (rise * np.ptp(corners[:, :, 2], axis=1) <= LEANS_MM))


def upright(corners: NDArray[np.float64]) -> bool:
    """Whether the triangles (m, 3, 3) of a face make a wall: each stands, and over the whole height they do not lean to one side."""
    rise, cross = rises(corners)
    if (np.abs(rise) <= UPRIGHT).all():
        return True
    lean = abs(cross[:, 2].sum()) / np.linalg.norm(cross, axis=1).sum()
    return bool(upright_triangles(corners).all() and lean * np.ptp(corners[:, :, 2]) <= DRIFT_MM)


def rises(corners: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """By how much (m,; cosine) each triangle (m, 3, 3) looks up, 0 where it has no area, and twice its area as a vector (m, 3)."""
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return cross[:, 2] / np.maximum(np.linalg.norm(cross, axis=1), np.finfo(float).tiny), cross


@dataclass(frozen=True)
class Feet:
    """Places along the footprint of upright triangles: `points` (n, 2), outward `normals` (n, 2), `low` and `high` (n,) of the wall there.

    `stretch` (n,) numbers the flat stretch of each place; `half` (n,) is half the length of footprint that it stands for.
    """

    points: NDArray[np.float64]
    normals: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    stretch: NDArray[np.int64]
    half: NDArray[np.float64]

    def levels(self) -> NDArray[np.float64]:
        """Height (n,) of each place, rounded up to one of a few where the foot rises."""
        if not self.rising:
            return np.full(len(self.low), float(self.low.min()))
        step = float(np.ptp(self.low)) / LEVELS
        return float(self.low.min()) + np.ceil((self.low - self.low.min()) / step - 1e-6) * step

    @property
    def rising(self) -> bool:
        """Whether the foot is not level."""
        return len(self.low) > 0 and float(np.ptp(self.low)) > RISES_MM


def feet_of(corners: NDArray[np.float64], spacing_mm: float) -> Feet:
    """Places every `spacing_mm` along the footprint of upright triangles (m, 3, 3), work coordinates, outward."""
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(cross[:, :2], axis=1)
    corners, normal = corners[size > 0.0], cross[size > 0.0, :2] / size[size > 0.0, None]
    rows: list[tuple[NDArray, ...]] = []
    for k in _stretches(corners, normal):
        n = normal[k[0]]
        rows.append(_places(corners[k], n, spacing_mm, len(rows)))
    if not rows:
        return Feet(*(np.zeros((0, 2)),) * 2, *(np.zeros(0),) * 2, np.zeros(0, np.int64), np.zeros(0))
    return Feet(*(np.concatenate(c) for c in zip(*rows)))


def _stretches(corners: NDArray[np.float64], normal: NDArray[np.float64]) -> list[NDArray[np.int64]]:
    """Triangles grouped by the upright plane that carries them, in a fixed order."""
    offset = (corners[:, 0, :2] * normal).sum(1)
    key = np.column_stack([np.round(normal / ONE_PLANE[0]), np.round(offset / ONE_PLANE[1])])
    _, which = np.unique(key, axis=0, return_inverse=True)
    order = np.argsort(which.ravel(), kind="stable")
    return np.split(order, np.flatnonzero(np.diff(which.ravel()[order])) + 1) if len(order) else []


def _places(corners: NDArray[np.float64], n: NDArray[np.float64], spacing_mm: float, stretch: int) -> tuple[NDArray, ...]:
    """One stretch: points, normals, low, high, stretch, half length. It runs with its outward side on the left."""
    along = np.array([n[1], -n[0]])
    s, z = corners[:, :, :2] @ along, corners[:, :, 2]
    start, end = float(s.min()), float(s.max())
    count = max(1, int(np.ceil((end - start) / spacing_mm)))
    at = start + (np.arange(count) + 0.5) * (end - start) / count
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    for ts, tz in zip(s, z):
        order = np.argsort(ts, kind="stable")
        (a, b, c), (za, zb, zc) = ts[order], tz[order]
        k = np.flatnonzero((at >= a) & (at <= c))
        if c <= a or not len(k):
            continue
        over = np.interp(at[k], [a, c], [za, zc])
        bent = np.interp(at[k], [a, b, c], [za, zb, zc]) if a < b < c else np.interp(at[k], [a, c], [zb, zc] if b <= a else [za, zb])
        low[k], high[k] = np.minimum(low[k], np.minimum(over, bent)), np.maximum(high[k], np.maximum(over, bent))
    there = np.isfinite(low)
    points = at[there, None] * along + float((corners[0, 0, :2] * n).sum()) * n
    m = len(points)
    return points, np.tile(n, (m, 1)), low[there], high[there], np.full(m, stretch), np.full(m, (end - start) / count / 2)


def footprints(feet: Feet) -> BaseGeometry:
    """Lines along the foot, joined over stretches, each with the wall's outward side on its left."""
    return shapely.line_merge(footprint_pieces(feet), directed=True)


def footprint_pieces(feet: Feet) -> BaseGeometry:
    """The same, a line for each place."""
    along = np.column_stack([feet.normals[:, 1], -feet.normals[:, 0]]) * feet.half[:, None]
    ends = np.stack([feet.points - along, feet.points + along], 1)
    pieces = shapely.set_precision(shapely.linestrings(ends), JOIN_MM)
    return shapely.multilinestrings(pieces)
