"""What of a solid stands above each height, seen along the tool axis.

A tool whose tip is at height z may not enter the shadow that the solid above z throws along the axis: what stands there is
either the design or lies under it. Each column of the solid above z ends upwards on a face that looks up, so the shadow is the
union of the projections of the upward triangles above z, clipped at z.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from copeau.features.joining import NOTHING, joined, rings_of
from copeau.part.heights import Heights, heights_of, with_blocks

LEVEL_TOL_MM = 1e-4  # heights nearer than this are one level: a tenth of the finest control increment
STANDS_MM = 1e-3  # what rises less over a tip does not stand over it: heights are rounded to the micrometre on their way
UP_COS = 1e-6  # a triangle whose normal rises less is a vertical wall and throws no shadow of its own


@dataclass(frozen=True)
class Floor:
    """Level faces that look up at one height: what a flat end mill finishes in one plane."""

    z: float
    faces: tuple[int, ...]
    region: BaseGeometry


class Shadow:
    """Projections of one solid in work coordinates; `above(z)` is cached.

    Parameters
    ----------
    vertices : (n, 3) float, mm, work coordinates, tool axis +Z
    triangles : (m, 3) int, outward
    face : (m,) int, B-rep face of each triangle
    """

    def __init__(self, vertices: NDArray[np.float64], triangles: NDArray[np.int64], face: NDArray[np.int64]):
        corners = vertices[triangles]
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        size = np.linalg.norm(normal, axis=1)
        up = normal[:, 2] > UP_COS * np.maximum(size, np.finfo(float).tiny)
        self.bounds = np.array([vertices.min(0), vertices.max(0)])
        self._corners, self._face = corners[up], face[up]
        self._low, self._high = corners[up, :, 2].min(1), corners[up, :, 2].max(1)
        level = self._high - self._low < LEVEL_TOL_MM
        self.floors = _floors(self._corners[level], self._face[level])
        self._slope = ~level
        self.slope_faces = tuple(int(f) for f in np.unique(self._face[self._slope]))
        self._filled([])

    def _filled(self, fills: list[tuple[float, BaseGeometry]]) -> None:
        """Begin with these fills; nothing is asked yet."""
        self._fills = fills
        self._cache: dict[float, BaseGeometry] = {}
        self._heights: Heights | None = None
        self._change = self._changes()

    def forget(self) -> None:
        """Drop what was kept of the questions so far."""
        self._filled(self._fills)

    def fill(self, region: BaseGeometry, top_z: float) -> None:
        """Treat `region` as solid up to `top_z`: a hole that is drilled is no pocket to mill."""
        self._filled([*self._fills, (top_z, region)])

    def near(self, zone: BaseGeometry, reach: Sequence[tuple[float, float]]) -> "Shadow":
        """The part of the solid that matters to a body whose axis stays in `zone`.

        `reach`: rows (height, radius): above that height the body is that wide. The shadow given back is this one's within these radii of
        the zone; what it holds beyond is not told.
        """
        out = copy(self)
        shapely.prepare(zone)
        room = shapely.box(*zone.bounds).buffer(max(r for _, r in reach), join_style="mitre")

        def kept(shapes, high, size=0.0) -> NDArray[np.bool_]:
            radius = np.max([np.where(high > z, r, -1.0) for z, r in reach], axis=0)
            return (radius >= 0.0) & shapely.dwithin(shapes, zone, np.maximum(radius, 0.0) + size)

        def clipped(region: BaseGeometry, z: float) -> BaseGeometry:
            parts = shapely.get_parts(polygons(region.intersection(room)))
            return polygons(shapely.multipolygons(parts[kept(parts, np.full(len(parts), z))])) if len(parts) else NOTHING

        # A triangle by the circle round its box: a few too many are kept, and no polygon is made of each.
        low, high = self._corners[:, :, :2].min(1), self._corners[:, :, :2].max(1)
        keep = kept(shapely.points(0.5 * (low + high)), self._high, 0.5 * np.linalg.norm(high - low, axis=1))
        out._corners, out._face, out._low, out._high, out._slope = (v[keep] for v in (self._corners, self._face, self._low, self._high, self._slope))
        floors = [replace(f, region=clipped(f.region, f.z)) for f in self.floors]
        out.floors = tuple(f for f in floors if not f.region.is_empty)
        fills = [(top, clipped(region, top)) for top, region in self._fills]
        out.slope_faces = tuple(int(f) for f in np.unique(out._face[out._slope]))
        out._filled([(top, region) for top, region in fills if not region.is_empty])
        return out

    def above(self, z: float) -> BaseGeometry:
        """Shadow (Multi)Polygon of what stands above `z`; empty above the solid."""
        key = self._key(z)
        if key not in self._cache:
            self._cache[key] = self._union_above(key)
        return self._cache[key]

    def tops(self) -> NDArray[np.float64]:
        """Heights (k,) of the floors and of what was filled, rising: where a flat end comes to rest."""
        return np.unique([f.z for f in self.floors] + [top for top, _ in self._fills])

    def heights(self) -> Heights:
        """The same in a raster, for questions at many heights."""
        if self._heights is None:
            corners = self._corners.reshape(-1, 3)
            raster = heights_of(corners, np.arange(len(corners)).reshape(-1, 3))
            x, y = raster.middles()
            for top, region in self._fills:
                x0, y0, x1, y1 = region.bounds
                (i0, i1), (j0, j1) = np.searchsorted(x, (x0, x1)), np.searchsorted(y, (y0, y1))
                shapely.prepare(region)
                part = raster.cells[j0:j1, i0:i1]
                own = shapely.contains_xy(region, *np.meshgrid(x[i0:i1], y[j0:j1]))
                part[own] = np.maximum(part[own], top)
            self._heights = with_blocks(raster.cells, raster.x0, raster.y0, raster.cell)
        return self._heights

    def _changes(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Heights (k,) at which the shadow changes, and for each of the k - 1 spans between them whether it is the same all through."""
        low, high = self._low[self._slope], self._high[self._slope] - STANDS_MM
        level = [f.z - STANDS_MM for f in self.floors] + [top - STANDS_MM for top, _ in self._fills]
        heights = np.unique(np.concatenate([low, high, level]))
        crossing = np.zeros(len(heights), np.int64)  # slopes that begin, less those that end, at each height
        np.add.at(crossing, np.searchsorted(heights, np.minimum(low, high)), 1)
        np.add.at(crossing, np.searchsorted(heights, high), -1)
        return heights, np.cumsum(crossing)[:-1] == 0

    def _key(self, z: float) -> float:
        """The height under which the shadow above `z` is kept."""
        return self._alike(round(z / LEVEL_TOL_MM) * LEVEL_TOL_MM)

    def _alike(self, z: float) -> float:
        """The height that stands for all those at which the shadow is as at `z`: walls that stand upright throw one shadow over their whole height."""
        heights, same = self._change
        k = int(np.searchsorted(heights, z))
        if k == len(heights):
            return np.inf
        if heights[k] == z or (k > 0 and not same[k - 1]):
            return z
        return 0.5 * float(heights[k - 1] + heights[k]) if k > 0 else float(heights[0]) - 1.0

    def _union_above(self, z: float) -> BaseGeometry:
        nearest = min((k for k in self._cache if k > z), default=None)
        over = np.inf if nearest is None else nearest + STANDS_MM  # the nearest shadow holds what is higher
        areas = [f.region for f in self.floors if z + STANDS_MM < f.z <= over]
        areas += [region for top, region in self._fills if z + STANDS_MM < top <= over]
        areas += [self._cache[nearest]] if nearest is not None else []
        whole = self._slope & (self._low >= z) & (self._low < over)
        cut = self._slope & (self._low < z) & (self._high > z + STANDS_MM)
        return joined([r for area in areas for r in rings_of(area)] + [*self._corners[whole, :, :2]] + _clipped(self._corners[cut], z))

    def slope_region(self, faces: set[int] | None = None) -> BaseGeometry:
        """Projection of the sloped and curved faces that look up (of `faces` only, if given), hidden or not."""
        keep = self._slope if faces is None else self._slope & np.isin(self._face, list(faces))
        return joined([*self._corners[keep, :, :2]])


def polygons(geometry: BaseGeometry) -> BaseGeometry:
    """The areal part of any geometry, as a MultiPolygon (possibly empty)."""
    if geometry.geom_type == "Polygon":
        return shapely.MultiPolygon([geometry]) if not geometry.is_empty else NOTHING
    if geometry.geom_type == "MultiPolygon":
        return geometry
    flat = [g for g in getattr(geometry, "geoms", []) if g.geom_type in ("Polygon", "MultiPolygon")]
    return polygons(shapely.union_all(flat)) if flat else NOTHING


def _clipped(corners: NDArray[np.float64], z: float) -> list[NDArray[np.float64]]:
    """The parts above z of triangles (n, 3, 3) that cross it, projected: triangles where one corner is above, else quadrangles.

    Two triangles share what they are cut at to the last bit: each edge is cut from its lower end.
    """
    over = corners[:, :, 2] >= z
    out: list[NDArray[np.float64]] = []
    for count in (1, 2):
        own = np.flatnonzero(over.sum(1) == count)
        alone = np.argmax(over[own] == (count == 1), axis=1)
        p, q, r = (corners[own, (alone + k) % 3] for k in range(3))
        ring = [p[:, :2], _cut(p, q, z), _cut(p, r, z)] if count == 1 else [_cut(p, q, z), q[:, :2], r[:, :2], _cut(p, r, z)]
        out += [*np.stack(ring, axis=1)]
    return out


def _cut(a: NDArray[np.float64], b: NDArray[np.float64], z: float) -> NDArray[np.float64]:
    """Where edges (n, 3) to (n, 3) cross a height, (n, 2)."""
    up = (a[:, 2] < b[:, 2])[:, None]
    low, high = np.where(up, a, b), np.where(up, b, a)
    return low[:, :2] + ((z - low[:, 2]) / (high[:, 2] - low[:, 2]))[:, None] * (high - low)[:, :2]


def _floors(corners: NDArray[np.float64], face: NDArray[np.int64]) -> tuple[Floor, ...]:
    """Level triangles joined by height, lowest first."""
    if not len(corners):
        return ()
    z = corners[:, :, 2].mean(1)
    order = np.argsort(z, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(z[order]) > LEVEL_TOL_MM) + 1)
    out = []
    for g in groups:
        region = joined([*corners[g][:, :, :2]])
        if not region.is_empty:
            out.append(Floor(float(z[g].mean()), tuple(int(f) for f in np.unique(face[g])), region))
    return tuple(out)
