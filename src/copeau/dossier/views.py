"""The drawing of the part: front, right and top views in first-angle projection (ISO 5456-2) and an isometric view, as SVG.

First angle: the view from the right stands left of the front view, the view from above stands below it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from copeau.dossier.outlines import Outlines, Polyline, outlines
from copeau.model.part import Part

FRONT = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
RIGHT = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
TOP = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
ISOMETRIC = np.array(
    [
        [math.sqrt(1 / 2), math.sqrt(1 / 2), 0.0],
        [-math.sqrt(1 / 6), math.sqrt(1 / 6), math.sqrt(2 / 3)],
        [math.sqrt(1 / 3), -math.sqrt(1 / 3), math.sqrt(1 / 3)],
    ]
)
"""Rows: right, up, towards the viewer, in part coordinates."""

SCALES = tuple(m * 10.0**e for e in range(3, -5, -1) for m in (5.0, 2.0, 1.0))  # ISO 5455, largest first
GAP_MM = 16.0  # on paper, between views: room for a dimension
DIMENSION_MM = 7.0  # from the view to its dimension line
ISO_SHARE = 0.30  # of the sheet's width
CHORD_MM = 0.02  # on paper: a tenth of a thin line
THICK_MM, THIN_MM = 0.35, 0.18
TEXT_MM = 3.2
STYLE = (
    f".v{{fill:none;stroke:#000;stroke-width:{THICK_MM};stroke-linecap:round;stroke-linejoin:round}}"
    f".s{{fill:none;stroke:#555;stroke-width:{THIN_MM}}}"
    f".h{{fill:none;stroke:#777;stroke-width:{THIN_MM};stroke-dasharray:1.8 0.9}}"
    f".d{{fill:none;stroke:#1f4e8c;stroke-width:{THIN_MM}}}"
    ".a{fill:#1f4e8c;stroke:none}"
    f"text{{font-family:'DejaVu Sans';font-size:{TEXT_MM}px;fill:#1f4e8c;text-anchor:middle}}"
)


@dataclass(frozen=True)
class Drawing:
    """An SVG whose user unit is a millimetre of paper; `scale` and `isometric_scale` as paper over part."""

    svg: bytes
    scale: float
    isometric_scale: float


def drawing(part: Part, sizes: Sequence[str], width_mm: float, height_mm: float) -> Drawing:
    """Views of `part` on a sheet of paper, at the largest standard scale that fits.

    Parameters
    ----------
    part : Part
    sizes : three str
        What is written at the overall dimensions along the part's X, Y, Z.
    width_mm, height_mm : float, mm of paper
    """
    low, high = np.asarray(part.bbox, float)
    dx, dy, dz = np.maximum(high - low, 0.0)
    room_x, room_y = (1.0 - ISO_SHARE) * width_mm - 3 * GAP_MM, height_mm - 3 * GAP_MM
    scale = _standard_scale(min(room_x / (dx + dy), room_y / (dz + dy)))
    flat = _bounds_in(ISOMETRIC, low, high)
    size = flat[1] - flat[0]
    iso_scale = min(scale, _standard_scale(min(ISO_SHARE * width_mm / size[0], (height_mm - GAP_MM) / size[1])))
    views = {}
    for name, axes, k in (("front", FRONT, scale), ("right", RIGHT, scale), ("top", TOP, scale), ("iso", ISOMETRIC, iso_scale)):
        views[name] = (outlines(part.shape, axes, CHORD_MM / k), _bounds_in(axes, low, high), k)
    left, upper = GAP_MM + 0.5 * (room_x - scale * (dx + dy)), GAP_MM + 0.5 * (room_y - scale * (dz + dy))
    x_front, y_top = left + scale * dy + GAP_MM, upper + scale * dz + GAP_MM
    iso_at = ((1.0 - ISO_SHARE) * width_mm + 0.5 * (ISO_SHARE * width_mm - iso_scale * size[0]), 0.5 * (height_mm - iso_scale * size[1]))
    body = [
        _view(*views["right"], (left, upper)), _view(*views["front"], (x_front, upper)), _view(*views["top"], (x_front, y_top)),
        _view(*views["iso"], iso_at, hidden=False),
        _horizontal_size(x_front, x_front + scale * dx, upper, sizes[0]),
        _vertical_size(x_front + scale * dx, upper, upper + scale * dz, sizes[2]),
        _vertical_size(x_front + scale * dx, y_top, y_top + scale * dy, sizes[1]),
    ]  # fmt: skip
    frame = f'width="{width_mm:g}mm" height="{height_mm:g}mm" viewBox="0 0 {width_mm:g} {height_mm:g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {frame}>'
    return Drawing("\n".join([head, f"<style>{STYLE}</style>", *body, "</svg>\n"]).encode(), scale, iso_scale)


def scale_text(scale: float) -> str:
    """A scale as it is written on drawings: 1:2, 5:1."""
    return f"{scale:g}:1" if scale >= 1.0 else f"1:{1.0 / scale:g}"


def _standard_scale(most: float) -> float:
    return next((s for s in SCALES if s <= most), SCALES[-1])


def _bounds_in(axes: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lowest and highest corner (2, 2) of the box in the plane of a view, mm."""
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    flat = corners @ axes[:2].T
    return np.array([flat.min(0), flat.max(0)])


def _view(lines: Outlines, bounds: NDArray[np.float64], scale: float, at: tuple[float, float], *, hidden: bool = True) -> str:
    """SVG paths of a view whose upper left corner stands `at` a point of the paper."""
    groups: list[tuple[str, Sequence[Polyline]]] = [("s", lines.smooth), ("v", lines.visible)]
    if hidden:
        groups.insert(0, ("h", _uncovered(lines.hidden, lines.visible, CHORD_MM / scale)))
    out = []
    for style, group in groups:
        path = _path(group, bounds, scale, at)
        if path:
            out.append(f'<path class="{style}" d="{path}"/>')
    return "\n".join(out)


def _uncovered(hidden: Sequence[Polyline], visible: Sequence[Polyline], near_mm: float) -> list[Polyline]:
    """Hidden lines without the straight ones that run right behind a straight visible one: dashes there would only blur it."""
    straight = np.array([line for line in visible if len(line) == 2]).reshape(-1, 2, 2)
    along = straight[:, 1] - straight[:, 0]
    length = np.linalg.norm(along, axis=1)
    straight, along, length = straight[length > near_mm], along[length > near_mm], length[length > near_mm]
    unit = along / length[:, None]
    kept = []
    for line in hidden:
        if len(line) == 2 and len(straight):
            away = line[:, None, :] - straight[None, :, 0]
            run = np.einsum("ekx,kx->ek", away, unit)
            side = np.abs(away[..., 0] * unit[:, 1] - away[..., 1] * unit[:, 0])
            if ((side < near_mm) & (run > -near_mm) & (run < length + near_mm)).all(0).any():
                continue
        kept.append(line)
    return kept


def _path(group: Sequence[Polyline], bounds: NDArray[np.float64], scale: float, at: tuple[float, float]) -> str:
    """Path data; a line drawn twice (an edge right behind another) is kept once."""
    pieces: dict[str, None] = {}
    for line in group:
        paper = np.column_stack([at[0] + scale * (line[:, 0] - bounds[0, 0]), at[1] + scale * (bounds[1, 1] - line[:, 1])])
        words = [f"{x:.2f} {y:.2f}" for x, y in paper]
        if words[0] == words[-1] and len(words) == 2:
            continue
        pieces.setdefault("M" + "L".join(min(words, words[::-1])))
    return "".join(pieces)


def _horizontal_size(x0: float, x1: float, y: float, text: str) -> str:
    """Dimension above a view whose upper edge runs from x0 to x1 at y."""
    at = y - DIMENSION_MM
    return (
        f'<path class="d" d="M{x0:.2f} {y - 1:.2f}V{at - 1.5:.2f}M{x1:.2f} {y - 1:.2f}V{at - 1.5:.2f}M{x0:.2f} {at:.2f}H{x1:.2f}"/>'
        f'<path class="a" d="M{x0:.2f} {at:.2f}l2.4 0.5v-1zM{x1:.2f} {at:.2f}l-2.4 0.5v-1z"/>'
        f'<text x="{(x0 + x1) / 2:.2f}" y="{at - 1.2:.2f}">{escape(text)}</text>'
    )


def _vertical_size(x: float, y0: float, y1: float, text: str) -> str:
    """Dimension to the right of a view whose right edge runs from y0 down to y1 at x; read from the right (ISO 129-1)."""
    at, middle = x + DIMENSION_MM, (y0 + y1) / 2
    beside = f'<text x="{at + 1.5:.2f}" y="{middle + 0.35 * TEXT_MM:.2f}" style="text-anchor:start">{escape(text)}</text>'
    along = f'<text x="{at - 1.2:.2f}" y="{middle:.2f}" transform="rotate(-90 {at - 1.2:.2f} {middle:.2f})">{escape(text)}</text>'
    fits = y1 - y0 > TEXT_MM * (0.7 * len(text) + 1.0)
    return (
        f'<path class="d" d="M{x + 1:.2f} {y0:.2f}H{at + 1.5:.2f}M{x + 1:.2f} {y1:.2f}H{at + 1.5:.2f}M{at:.2f} {y0:.2f}V{y1:.2f}"/>'
        f'<path class="a" d="M{at:.2f} {y0:.2f}l0.5 2.4h-1zM{at:.2f} {y1:.2f}l0.5 -2.4h-1z"/>'
        f"{along if fits else beside}"
    )
