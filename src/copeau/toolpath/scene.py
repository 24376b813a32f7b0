"""What a toolpath generator sees of its setup."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import contourpy
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from copeau.features.reach import Surroundings
from copeau.features.shadow import NOTHING, Shadow, polygons
from copeau.model.errors import Refusal
from copeau.model.plan import Workingstep
from copeau.model.stock import Raster, Stock
from copeau.model.tool import Tool
from copeau.part.dilation import dilated_at_least
from copeau.toolpath.surface.dropcutter import DropMesh

WALL_LEFT_MM = 0.6  # more than roughing leaves on a wall
OUTLINE_CELLS = 1.2  # outlines of the raster lie at most this far outside of the stock
CORNER_CELLS = 0.15  # outlines cut a square corner just where a line of the raster may stand: they are let out by this


@dataclass
class Ahead:
    """What the workingsteps of a setup share: the design's drop mesh, what was worked out for steps before their turn, and where passes were left out."""

    vertices: NDArray[np.float64]
    triangles: NDArray[np.int64]
    made: dict[int, tuple[Workingstep, Future]] = field(default_factory=dict)  # by the identity of the workingstep: two may have one number
    missed: dict[str, tuple[Workingstep, BaseGeometry]] = field(default_factory=dict)  # by the workingstep's id: where something was in its tool's way

    @cached_property
    def drop_mesh(self) -> DropMesh:
        """The design for drop-cutter kernels."""
        return DropMesh(self.vertices, self.triangles)

    def begin(self, pool: Executor, step: Workingstep, work: Callable[[], Any]) -> None:
        """Have `work` done for a workingstep."""
        self.made[id(step)] = step, pool.submit(work)

    def result(self, step: Workingstep, work: Callable[[], Any]) -> Any:
        """What `work` gives for a workingstep, done already or now; its refusal too."""
        if id(step) not in self.made:
            done: Future = Future()
            try:
                done.set_result(work())
            except Refusal as r:
                done.set_exception(r)
            self.made[id(step)] = step, done
        return self.made[id(step)][1].result()

    def forget(self, step: Workingstep) -> None:
        """Let go of what was worked out for a workingstep."""
        self.made.pop(id(step), None)


@dataclass
class Scene:
    """Design, fixture and in-process stock of one setup in work coordinates.

    `vertices`, `triangles`, `face`: the design's mesh. `stock`: the in-process stock before the workingstep.
    `lowest_z`: no tip goes below. `clearance_z`: rapids across happen here, above everything the phase allows.
    """

    vertices: NDArray[np.float64]
    triangles: NDArray[np.int64]
    face: NDArray[np.int64]
    design: Shadow
    fixture: Shadow | None
    stock: Stock
    lowest_z: float
    clearance_z: float
    _dilated: dict[float, Raster] = field(default_factory=dict, init=False, repr=False)
    _above: dict[int, BaseGeometry] = field(default_factory=dict, init=False, repr=False)  # by how many of the heights of `top` are not above
    tools: Mapping[int, Tool] = field(default_factory=dict)  # by number: tools of the setup that a rest pass may name
    threads: int = 1
    ahead: Ahead | None = None  # shared with the other steps of the setup; of its own where nobody gives one
    rough: Shadow | None = None  # of a coarser mesh to rough by; None where the design is as good
    rough_off_mm: float = 0.0  # how far off the design it may be

    def __post_init__(self) -> None:
        if self.ahead is None:
            self.ahead = Ahead(self.vertices, self.triangles)

    @property
    def drop_mesh(self) -> DropMesh:
        """The design for drop-cutter kernels."""
        return self.ahead.drop_mesh

    @cached_property
    def top(self) -> Raster:
        """Top of the in-process stock, once a workingstep."""
        return self.stock.top()

    @cached_property
    def _heights(self) -> NDArray[np.float64]:
        """The heights that occur in `top`, rising."""
        return np.unique(self.top.values)

    def dilated_top(self, radius: float) -> Raster:
        """Largest height of the in-process stock within `radius` or a little more, each radius once."""
        if radius not in self._dilated:
            self._dilated[radius] = dilated_at_least(self.top, radius)
        return self._dilated[radius]

    def around(self, margin_mm: float, left_mm: float = -WALL_LEFT_MM) -> Surroundings:
        """What a tool must keep clear of, tool centres at most `margin_mm` outside of the stock.

        `left_mm`: how far outside of its cutter the walls over its edges stand; negative where the step itself takes that off.
        """
        lo, hi = self.stock.bounds[:, :2]
        window = shapely.box(*(lo - margin_mm), *(hi + margin_mm))
        return Surroundings(self.design, window, self.lowest_z, self.fixture, self.stock_above, self.clearance_z, OUTLINE_CELLS * self.top.cell - left_mm)

    def stock_above(self, z: float) -> BaseGeometry:
        """Shadow of the in-process stock above `z`, to the cell."""
        rank = int(np.searchsorted(self._heights, z, side="right"))
        if rank not in self._above:
            self._above[rank] = above(self.top, z)
        return self._above[rank]

    def highest(self, x: float, y: float, radius: float) -> float:
        """Top of the in-process stock within `radius` of a point, -inf where there is none."""
        return highest(self.top, x, y, radius)


def above(top: Raster, z: float) -> BaseGeometry:
    """Outline of the cells that are higher than `z`."""
    return mask_polygons(Raster(top.values > z, top.x0, top.y0, top.cell))


def highest(top: Raster, x: float, y: float, radius: float) -> float:
    """Largest value of a raster within `radius` of a point, cells that the circle cuts included; -inf outside of it."""
    i0, i1 = (int(np.floor((x + s * radius - top.x0) / top.cell)) + k for s, k in ((-1, 0), (1, 2)))
    j0, j1 = (int(np.floor((y + s * radius - top.y0) / top.cell)) + k for s, k in ((-1, 0), (1, 2)))
    i0, j0 = max(i0, 0), max(j0, 0)
    part = top.values[j0 : max(j1, 0), i0 : max(i1, 0)]
    if not part.size:
        return -np.inf
    gx = top.x0 + (np.arange(i0, i0 + part.shape[1])) * top.cell - x
    gy = top.y0 + (np.arange(j0, j0 + part.shape[0])) * top.cell - y
    near = gx[None, :] ** 2 + gy[:, None] ** 2 <= (radius + 0.71 * top.cell) ** 2
    return float(part[near].max()) if near.any() else -np.inf


def lowered(top: Raster, region: BaseGeometry, z: float) -> Raster:
    """The raster with every cell whose centre lies in `region` at `z` or lower."""
    if region.is_empty:
        return top
    x0, y0, x1, y1 = region.bounds
    ny, nx = top.values.shape
    i0, i1 = (int(np.clip((v - top.x0) / top.cell, 0, nx)) for v in (x0, x1 + top.cell))
    j0, j1 = (int(np.clip((v - top.y0) / top.cell, 0, ny)) for v in (y0, y1 + top.cell))
    gx, gy = np.meshgrid(top.x0 + np.arange(i0, i1) * top.cell, top.y0 + np.arange(j0, j1) * top.cell)
    shapely.prepare(region)
    inside = shapely.contains_xy(region, gx, gy)
    values = top.values.copy()
    part = values[j0:j1, i0:i1]
    part[inside] = np.minimum(part[inside], z)
    return Raster(values, top.x0, top.y0, top.cell)


def mask_polygons(mask: Raster) -> BaseGeometry:
    """Boundary polygons of a boolean raster, never inside of what its true cells may hold."""
    if not mask.values.any():
        return NOTHING
    padded = np.pad(mask.values.astype(float), 1)
    ny, nx = padded.shape
    x = mask.x0 + (np.arange(nx) - 1) * mask.cell
    y = mask.y0 + (np.arange(ny) - 1) * mask.cell
    # Level 0.01: the outline runs all but a cell outside the last true centre, so no stock is missed.
    shapes, offsets = contourpy.contour_generator(x, y, padded, fill_type="OuterOffset").filled(0.01, 2.0)
    rings = [[p[a:b] for a, b in zip(o[:-1], o[1:])] for p, o in zip(shapes, offsets)]
    found = [shapely.Polygon(r[0], r[1:]) for r in rings if len(r[0]) >= 4]
    whole = shapely.union_all([p if p.is_valid else shapely.make_valid(p) for p in found])
    return polygons(whole.buffer(CORNER_CELLS * mask.cell, join_style="mitre"))
