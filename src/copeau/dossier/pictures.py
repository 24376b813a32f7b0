"""The pictures of a job: part, stock after a setup, setup with fixture and work offset, deviation map. All as PNG bytes."""

import functools
import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from copeau.dossier.render import Camera, Colour, Scale, Solid, fit_camera, png, render, view_axes
from copeau.model.plan import Body

WIDTH, HEIGHT = 1200, 900  # 10 cm wide at 300 dots an inch

PART_COLOUR: Colour = (0.70, 0.74, 0.79)
STOCK_COLOUR: Colour = (0.86, 0.79, 0.62)
LOCATING_COLOUR: Colour = (0.33, 0.48, 0.68)
CLAMPING_COLOUR: Colour = (0.93, 0.55, 0.18)
AXIS_COLOURS: tuple[Colour, ...] = ((0.84, 0.12, 0.12), (0.10, 0.62, 0.20), (0.12, 0.30, 0.86))
CLAMPING_WORDS = ("moving", "clamp")  # in the name of a fixture body that pushes; every other body locates

GOUGE_MM, EXCESS_MM = -0.01, 0.05  # what the verification allows
BAND_BOUNDS_MM = np.array([-0.5, -0.1, -0.05, GOUGE_MM, EXCESS_MM, 0.1, 0.5, 2.0])
BAND_COLOURS = np.array(
    [
        [0.07, 0.13, 0.47], [0.12, 0.29, 0.72], [0.28, 0.52, 0.89], [0.58, 0.76, 0.96],
        [0.78, 0.78, 0.78],
        [0.99, 0.92, 0.42], [0.98, 0.72, 0.20], [0.91, 0.40, 0.13], [0.70, 0.06, 0.10],
    ]
)  # fmt: skip
BAR_WIDTH, LETTER = 210, 26  # pixels
MAP_AMBIENT = 0.7  # the colours are to be compared with the bar


def part_picture(vertices: NDArray[np.float64], triangles: NDArray[np.int64], width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """The finished part, trimetric. `vertices` (n, 3) mm, `triangles` (m, 3)."""
    return png(render([Solid(vertices, triangles, PART_COLOUR)], width, height))


def stock_picture(vertices: NDArray[np.float64], triangles: NDArray[np.int64], width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """The workpiece after a setup, in that setup's work coordinates, with the work offset's axes."""
    stock = Solid(vertices, triangles, STOCK_COLOUR)
    return _with_triad([stock], width, height)


def setup_picture(
    vertices: NDArray[np.float64], triangles: NDArray[np.int64], bodies: Sequence[Body], width: int = WIDTH, height: int = HEIGHT
) -> bytes:
    """A setup as the operator sees it before the first cut: stock, fixture and work offset, in work coordinates.

    What locates is blue, what clamps is orange (bodies whose name says that they move or clamp). The axes stand on the work offset:
    X red, Y green, Z blue.
    """
    solids = [Solid(vertices, triangles, STOCK_COLOUR)]
    solids += [Solid(b.vertices, b.triangles, _body_colour(b.name), stippled=True) for b in bodies]
    return _with_triad(solids, width, height)


def deviation_picture(
    vertices: NDArray[np.float64],
    triangles: NDArray[np.int64],
    deviation_mm: NDArray[np.float64],
    width: int = WIDTH,
    height: int = HEIGHT,
    *,
    decimal_mark: str = ".",
) -> bytes:
    """The workpiece coloured by its deviation from the design, from two opposite sides, with the colour bar.

    Parameters
    ----------
    vertices : (n, 3) mm
    triangles : (m, 3)
    deviation_mm : (n,)
        Positive where material is left, negative where it is missing; NaN where it was not measured (plain colour).
    """
    solid = Solid(vertices, triangles, PART_COLOUR, values=np.asarray(deviation_mm, float))
    scale = Scale(BAND_BOUNDS_MM, BAND_COLOURS, MAP_AMBIENT)
    picture = Image.new("RGB", (width, height), "white")
    views = (view_axes(), view_axes(118.0, -32.0))
    room = width - BAR_WIDTH
    # Beside or above each other, whichever shows the part larger.
    layouts = [((0, 0), (room // 2, 0), (room // 2, height)), ((0, 0), (0, height // 2), (room, height // 2))]
    *corners, size = max(layouts, key=lambda layout: min(fit_camera([solid], axes, *layout[2]).scale for axes in views))
    for corner, axes in zip(corners, views):
        camera = fit_camera([solid], axes, *size)
        picture.paste(render([solid], *size, camera=camera, scale=scale), corner)
    _draw_bar(picture, room, decimal_mark)
    return png(picture)


def fonts_folder() -> Path:
    """Folder of the DejaVu typefaces, which come with matplotlib: the same letters on every machine."""
    spec = importlib.util.find_spec("matplotlib")
    assert spec is not None and spec.origin is not None, "matplotlib is a dependency"
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"


@functools.cache
def _font(size: int, weight: str = "-Bold"):
    return ImageFont.truetype(str(fonts_folder() / f"DejaVuSans{weight}.ttf"), size, layout_engine=ImageFont.Layout.BASIC)


def _body_colour(name: str) -> Colour:
    return CLAMPING_COLOUR if any(word in name.lower() for word in CLAMPING_WORDS) else LOCATING_COLOUR


def _with_triad(solids: list[Solid], width: int, height: int) -> bytes:
    reach = _reach(solids)
    arrows = [_arrow(axis, reach, AXIS_COLOURS[axis]) for axis in range(3)]
    camera = fit_camera([*solids, *arrows], view_axes(), width, height)
    picture = render([*solids, *arrows], width, height, camera=camera)
    _letter_axes(picture, camera, reach)
    return png(picture)


def _reach(solids: list[Solid]) -> float:
    """Length of the triad's arrows, mm: a fifth of the scene."""
    points = np.vstack([s.vertices for s in solids if len(s.vertices)] or [np.zeros((1, 3))])
    return 0.2 * float(np.linalg.norm(np.ptp(points, axis=0))) or 1.0


def _arrow(axis: int, length_mm: float, colour: Colour) -> Solid:
    """Arrow from the origin along an axis: a rod with a conical head, turned from a profile."""
    sides = 24
    profile = np.array([[0.018, 0.0], [0.018, 0.76], [0.055, 0.76], [0.0, 1.0]]) * length_mm  # radius, height
    turn = np.linspace(0.0, 2.0 * np.pi, sides, endpoint=False)
    ring = np.column_stack([np.cos(turn), np.sin(turn)])
    points = np.vstack([np.column_stack([r * ring, np.full(sides, z)]) for r, z in profile])
    this = np.arange(sides)
    after = (this + 1) % sides
    quads = [(k * sides, (k + 1) * sides) for k in range(len(profile) - 1)]
    triangles = np.vstack(
        [np.vstack([np.column_stack([a + this, a + after, b + after]), np.column_stack([a + this, b + after, b + this])]) for a, b in quads]
    )
    return Solid(np.roll(points, axis + 1, axis=1), triangles, colour, edges=False, on_top=True)


def _letter_axes(picture: Image.Image, camera: Camera, reach_mm: float) -> None:
    draw = ImageDraw.Draw(picture)
    for axis, letter in enumerate("XYZ"):
        tip = np.zeros(3)
        tip[axis] = 1.12 * reach_mm
        x, y = camera.pixel(tip)[0]
        rgb = tuple(round(255 * c) for c in AXIS_COLOURS[axis])
        draw.text((x, y), letter, fill=rgb, font=_font(LETTER + 6), anchor="mm", stroke_width=3, stroke_fill="white")


def _draw_bar(picture: Image.Image, left: int, decimal_mark: str) -> None:
    """Colour bar at the right: a band between each two bounds, largest excess on top."""
    draw = ImageDraw.Draw(picture)
    rows = len(BAND_COLOURS)
    step = round(0.8 * picture.height / rows)
    top = round(0.14 * picture.height)
    draw.text((left + 10, top - 2 * LETTER), "mm", fill="black", font=_font(LETTER))
    for row, colour in enumerate(BAND_COLOURS[::-1]):
        y = top + row * step
        draw.rectangle((left + 10, y, left + 60, y + step), fill=tuple(round(255 * c) for c in colour), outline="black")
    for row, bound in enumerate(BAND_BOUNDS_MM[::-1]):
        y = top + (row + 1) * step
        draw.line((left + 60, y, left + 72, y), fill="black", width=2)
        draw.text((left + 80, y), f"{bound:+g}".replace(".", decimal_mark), fill="black", font=_font(LETTER, ""), anchor="lm")
