"""Shaded pictures of triangle meshes without a screen: orthographic, hidden surfaces by depth buffer, edges overlaid.

The same scene gives the same bytes.
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from copeau.dossier import raster
from copeau.part.incidence import triangles_round

Colour = tuple[float, float, float]

SUPERSAMPLING = 2
CREASE_DEG = 25.0  # facets that turn more are two surfaces: 32 chords a circle turn 11 degrees
EDGE_COLOUR: Colour = (0.13, 0.15, 0.18)
BACKGROUND: Colour = (1.0, 1.0, 1.0)
AMBIENT = 0.30
LIGHT = np.array([-0.35, 0.50, 0.79])  # over the left shoulder of the viewer
MARGIN_SHARE = 0.05  # of the picture, on every side
DEPTH_SLACK_SHARE = 1e-4  # of the scene's depth: far under a pixel, far over rounding


@dataclass(frozen=True)
class Solid:
    """One body of a scene.

    `colour`, 0 to 1; `face_colours` (m, 3) override it triangle by triangle; `values` (n,) are scalars at the vertices, coloured by
    the scene's `Scale` (NaN: the plain colour). `stippled` lets what lies behind show through. `edges` draws creases and outlines.
    `on_top` draws the body over everything that is not `on_top`.
    """

    vertices: NDArray[np.float64]  # (n, 3) mm
    triangles: NDArray[np.int64]  # (m, 3)
    colour: Colour = (0.72, 0.74, 0.77)
    face_colours: NDArray[np.float64] | None = None
    values: NDArray[np.float64] | None = None
    stippled: bool = False
    edges: bool = True
    on_top: bool = False


@dataclass(frozen=True)
class Scale:
    """Colours of scalars: band i lies between bounds i - 1 and i; there is one band more than there are bounds."""

    bounds: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    bands: NDArray[np.float64] = field(default_factory=lambda: np.full((1, 3), 0.7))
    ambient: float = AMBIENT  # higher: truer colours, flatter shapes


@dataclass(frozen=True)
class Camera:
    """Where the scene is seen from: rows of `axes` (3x3) are the picture's right, up and towards the viewer.

    A scene point p, mm, has its pixel at (x, y) = `origin` + (`scale` (axes[0] . p), -`scale` (axes[1] . p)).
    """

    axes: NDArray[np.float64]
    scale: float  # pixel/mm
    origin: NDArray[np.float64]  # (2,) pixel

    def pixel(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixels (n, 2) of scene points (n, 3), mm."""
        p = np.asarray(points, float).reshape(-1, 3) @ self.axes.T
        return self.origin + self.scale * p[:, :2] * (1.0, -1.0)


def view_axes(azimuth_deg: float = -62.0, elevation_deg: float = 32.0) -> NDArray[np.float64]:
    """Picture axes (3x3) for a viewer at an azimuth from +X towards +Y and an elevation over XY; the default is trimetric."""
    a, e = math.radians(azimuth_deg), math.radians(elevation_deg)
    towards = np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)])
    right = np.array([-math.sin(a), math.cos(a), 0.0])
    return np.array([right, np.cross(towards, right), towards])


def fit_camera(solids: Sequence[Solid], axes: NDArray[np.float64], width: int, height: int) -> Camera:
    """Camera that shows every solid in full, centred, in a picture of `width` x `height` pixels."""
    points = [s.vertices for s in solids if len(s.vertices)]
    seen = np.vstack(points) @ axes[:2].T if points else np.zeros((1, 2))
    low, high = seen.min(0), seen.max(0)
    room = np.array([width, height]) * (1.0 - 2.0 * MARGIN_SHARE)
    size = np.maximum(high - low, np.finfo(float).tiny)
    scale = float(min(room / size)) if (high > low).any() else 1.0
    middle = 0.5 * (low + high)
    return Camera(axes, scale, np.array([0.5 * width, 0.5 * height]) + scale * middle * (-1.0, 1.0))


def render(
    solids: Sequence[Solid], width: int = 1200, height: int = 900, *, camera: Camera | None = None, scale: Scale | None = None
) -> Image.Image:
    """Picture of a scene.

    Parameters
    ----------
    solids : sequence of Solid
        May be empty: an empty picture.
    width, height : int, pixels
    camera : Camera, optional
        Unset: trimetric, everything in view.
    scale : Scale, optional
        Colours of the solids' `values`.
    """
    camera = camera or fit_camera(solids, view_axes(), width, height)
    fine = Camera(camera.axes, camera.scale * SUPERSAMPLING, camera.origin * SUPERSAMPLING)
    image = np.empty((height * SUPERSAMPLING, width * SUPERSAMPLING, 3), np.float32)
    image[:] = BACKGROUND
    for layer in (False, True):
        members = [s for s in solids if s.on_top == layer and len(s.triangles)]
        if members:
            _draw_layer(members, fine, scale or Scale(), image)
    grid = image.reshape(height, SUPERSAMPLING, width, SUPERSAMPLING, 3).mean((1, 3))
    return Image.fromarray(np.rint(np.clip(grid, 0.0, 1.0) * 255.0).astype(np.uint8), "RGB")


def png(image: Image.Image) -> bytes:
    """The picture as PNG bytes, without time or text chunks."""
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _draw_layer(solids: list[Solid], camera: Camera, scale: Scale, image: NDArray[np.float32]) -> None:
    meshes = [_welded(s) for s in solids]
    height, width = image.shape[:2]
    depth = np.full((height, width), -np.inf)
    owner = np.full((height, width), raster.NOTHING, np.int32)
    weights = np.zeros((height, width, 2), np.float32)
    screen = [_screen(camera, m.vertices) for m in meshes]
    shift = np.cumsum([0, *(len(m.vertices) for m in meshes)])
    triangles = np.vstack([m.triangles + start for m, start in zip(meshes, shift)])
    stippled = np.concatenate([np.full(len(m.triangles), m.stippled) for m in meshes])
    raster.draw_triangles(np.vstack(screen), triangles, stippled, depth, owner, weights)
    rings = [_rings(m) for m in meshes]
    normals = np.concatenate([_normals(m, ring) for m, ring in zip(meshes, rings)]) @ camera.axes.T.astype(np.float32)
    colours = np.concatenate([_colours(m) for m in meshes]).astype(np.float32)
    values = np.concatenate([_values(m) for m in meshes]).astype(np.float32)
    light = LIGHT / np.linalg.norm(LIGHT)
    bands = np.asarray(scale.bands, np.float32)
    raster.shade(owner, weights, np.ascontiguousarray(normals), colours, values, scale.bounds, bands, light, scale.ambient, image)
    seen = depth[np.isfinite(depth)]
    slack = DEPTH_SLACK_SHARE * float(np.ptp(seen)) if len(seen) else 0.0
    for mesh, ring, where in zip(meshes, rings, screen):
        if mesh.edges:
            lines = where[_drawn_edges(mesh, ring, camera.axes[2])]
            raster.draw_lines(lines, np.array(EDGE_COLOUR, np.float32), depth, slack, image)


def _screen(camera: Camera, vertices: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([camera.pixel(vertices), vertices @ camera.axes[2]])


def _welded(solid: Solid) -> Solid:
    """The solid with equal vertices made one, so that neighbours know each other (a triangle soup from STL has none).

    Vertices whose values differ stay apart.
    """
    vertices = np.ascontiguousarray(solid.vertices, float)
    keys = vertices if solid.values is None else np.column_stack([vertices, np.asarray(solid.values, float)])
    order = np.lexsort(keys.T)
    starts = np.ones(len(keys), bool)
    starts[1:] = (keys[order[1:]] != keys[order[:-1]]).any(1)
    first = order[starts]
    back = np.empty(len(keys), np.int64)
    back[order] = np.cumsum(starts) - 1
    values = None if solid.values is None else np.asarray(solid.values, float)[first]
    triangles = back[np.asarray(solid.triangles, np.int64)]
    return Solid(
        vertices[first], triangles, solid.colour, solid.face_colours, values, solid.stippled, solid.edges, solid.on_top
    )


def _rings(mesh: Solid) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each vertex's triangles start in the second array, (n + 1,), and these triangles (3 m,)."""
    return triangles_round(mesh.triangles, len(mesh.vertices))


def _normals(mesh: Solid, rings: tuple[NDArray[np.int64], NDArray[np.int64]]) -> NDArray[np.float32]:
    return raster.corner_normals(mesh.vertices, mesh.triangles, *rings, math.cos(math.radians(CREASE_DEG)))


def _colours(mesh: Solid) -> NDArray[np.float64]:
    if mesh.face_colours is not None:
        return np.asarray(mesh.face_colours, float)
    return np.tile(np.array(mesh.colour, float), (len(mesh.triangles), 1))


def _values(mesh: Solid) -> NDArray[np.float64]:
    if mesh.values is None:
        return np.full((len(mesh.triangles), 3), np.nan)
    return mesh.values[mesh.triangles]


def _drawn_edges(mesh: Solid, rings: tuple[NDArray[np.int64], NDArray[np.int64]], towards: NDArray[np.float64]) -> NDArray[np.int64]:
    """Edges (k, 2) that a draughtsman draws: creases, borders of an open mesh, and outlines seen from `towards`."""
    return raster.drawn_edges(mesh.vertices, mesh.triangles, *rings, math.cos(math.radians(CREASE_DEG)), towards)
