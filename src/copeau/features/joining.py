"""Unions of many projected rings at once, by winding number (Clipper2, as Manifold brings it).

A shadow is thousands of triangles that mostly share their edges: summing winding numbers in one sweep is many times quicker than
an overlay of polygons two by two.
"""

from collections.abc import Sequence

import manifold3d
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

SNAP_MM = 1e-6  # grid of the corners: far below any tolerance, coarse enough to close slivers between neighbour triangles
NOTHING = shapely.MultiPolygon()
ZONE_CELLS = 8  # of a zone's width: how roughly it is drawn


def joined(rings: Sequence[NDArray[np.float64]]) -> BaseGeometry:
    """The MultiPolygon of all places round which the `rings`, (n, 2) each and not closed, turn counterclockwise or clockwise on the whole.

    Shells turn counterclockwise and holes clockwise. What is thinner than the grid is left out, as area and as gap.
    """
    snapped = [np.round(r / SNAP_MM) * SNAP_MM for r in rings]
    out = []
    for piece in manifold3d.CrossSection(snapped, manifold3d.FillRule.NonZero).decompose():
        kept = [r for r in piece.to_polygons() if len(r) >= 3 and _wider_than_snap(r)]
        area = [_signed_area(r) for r in kept]
        shells = [r for r, a in zip(kept, area) if a > 0.0]
        if shells:
            out.append(shapely.Polygon(shells[0], [r for r, a in zip(kept, area) if a < 0.0]))
    valid = [p if ok else shapely.make_valid(p) for p, ok in zip(out, shapely.is_valid(out))]
    parts = shapely.get_parts(shapely.get_parts(valid))
    return shapely.multipolygons(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])


def rings_of(region: BaseGeometry) -> list[NDArray[np.float64]]:
    """Rings of the polygons of any geometry, shells counterclockwise, holes clockwise."""
    parts = shapely.get_parts(region)
    rings = shapely.get_rings(shapely.orient_polygons(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]))
    xy, owner = shapely.get_coordinates(rings, return_index=True)
    return [r[:-1] for r in np.split(xy, np.flatnonzero(np.diff(owner)) + 1)] if len(xy) else []


def zone_round(shapes: BaseGeometry, width_mm: float) -> BaseGeometry:
    """A MultiPolygon that holds every place within `width_mm` of lines and polygons, and little beyond: drawn by cells of an eighth of that.

    An exact offset of thousands of short lines costs minutes where they fold over each other; a zone only says what need not be looked at.
    """
    if shapes.is_empty:
        return NOTHING
    cell = width_mm / ZONE_CELLS
    x, y = np.unique(np.floor(shapely.get_coordinates(shapely.segmentize(shapes, cell)) / cell), axis=0).T * cell
    corners = [(x, y), (x + cell, y), (x + cell, y + cell), (x, y + cell)]
    cells = joined([*np.stack([np.column_stack(c) for c in corners], axis=1), *rings_of(shapes)])
    return shapely.multipolygons(shapely.get_parts(cells.buffer(width_mm + cell, quad_segs=4)))


def _signed_area(ring: NDArray[np.float64]) -> float:
    x, y = (ring - ring[0]).T
    return 0.5 * float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))


def _wider_than_snap(ring: NDArray[np.float64]) -> bool:
    around = float(np.linalg.norm(ring - np.roll(ring, 1, axis=0), axis=1).sum())
    return abs(_signed_area(ring)) > SNAP_MM * around
