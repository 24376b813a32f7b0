"""The in-process stock as planner and toolpaths see it from one setup: `copeau.model.stock.Stock`."""

import numpy as np
from numpy.typing import NDArray

from copeau.kernels import kernel
from copeau.model.stock import Raster
from copeau.simulation.motions import Frame, aligned_frame, snapped
from copeau.simulation.tridexel import DexelField, TriDexel


class SetupView:
    """A stock in one setup's work coordinates; it shows the stock as it is when asked.

    With the tool axis along an axis of the part each cell stands for one dexel, and heights are exact. With any other axis the stock is
    looked at along rays through the cells' centres, whose crossings with the material are good to a tenth of the cell.

    Parameters
    ----------
    stock : TriDexel
    part_to_wcs : (4, 4) rotation and shift, mm
    """

    def __init__(self, stock: TriDexel, part_to_wcs):
        self._stock = stock
        self._matrix = snapped(part_to_wcs)
        self._frame = aligned_frame(self._matrix)
        self._square = self._frame is not None and bool((np.abs(self._matrix[:3, :3]) == np.round(np.abs(self._matrix[:3, :3]))).all())

    @property
    def bounds(self) -> NDArray[np.float64]:
        """(2, 3) box of the material, mm; the box of the lattice when there is none left."""
        z = self._heights(-np.inf, np.inf)
        rows, columns = np.flatnonzero(z.values.any(1)), np.flatnonzero(z.values.any(0))
        corners = _corners(self._stock.bbox) @ self._matrix[:3, :3].T + self._matrix[:3, 3]
        if not len(rows):
            return np.array([corners.min(0), corners.max(0)])
        half = 0.5 * z.cell
        low = [z.x0 + columns[0] * z.cell - half, z.y0 + rows[0] * z.cell - half]
        high = [z.x0 + columns[-1] * z.cell + half, z.y0 + rows[-1] * z.cell + half]
        top, bottom = self.top().values, self._bottom()
        found = np.array([[*low, bottom], [*high, float(top.max())]])
        # Material on the outermost lines reaches to the box: the rim of the lattice is a fraction of a cell.
        box = np.array([corners.min(0), corners.max(0)])
        return np.where(np.abs(found - box) < z.cell, box, np.clip(found, box[0], box[1]))

    def top(self) -> Raster:
        """Height of the highest material over each cell, -inf where there is none."""
        raster = self._raster(lambda columns: columns.top())
        cells, heights = self._slivers(raster)
        np.maximum.at(raster.values, (cells[:, 1], cells[:, 0]), np.minimum(heights + raster.cell, raster.values.max(initial=-np.inf)))
        return raster

    def section(self, z: float) -> Raster:
        """Boolean: material at height `z`."""
        return self._heights(z, z)

    def layer(self, z0: float, z1: float) -> Raster:
        """Boolean: any material with z0 < z < z1."""
        return self._heights(z0, z1)

    def ends(self, z0: float, z1: float) -> NDArray[np.float64]:
        """Rows (x, y, dx, dy): where material begins or ends along the lines across the tool axis at heights in z0..z1, and the unit direction
        into it. They are exact where the lines along the axis stand a cell apart; none with a tool axis along none of the part's."""
        if not (self._square and self._frame):
            return np.zeros((0, 4))
        matrix, out = self._frame.part_to_wcs, []
        for axis in self._frame.plane:
            f = self._stock.fields[axis]
            offsets, starts, ends = f.intervals()
            line = np.repeat(np.arange(len(f.count)), f.count)
            into = matrix[:2, axis]
            for along, sign in ((starts, 1.0), (ends, -1.0)):
                wcs = f.points(along, line) @ matrix[:3, :3].T + matrix[:3, 3]
                here = (wcs[:, 2] > z0) & (wcs[:, 2] < z1)
                out.append(np.column_stack([wcs[here, :2], np.broadcast_to(sign * into, (int(here.sum()), 2))]))
        return np.vstack(out)

    def _heights(self, z0: float, z1: float) -> Raster:
        raster = self._raster(lambda columns: columns.between(z0, z1))
        cells, heights = self._slivers(raster)
        cells = cells[(heights > z0 - 0.5 * raster.cell) & (heights < z1 + 0.5 * raster.cell)]
        raster.values[cells[:, 1], cells[:, 0]] = True
        return raster

    def _slivers(self, raster: Raster) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Cells (n, 2) of a raster of the stock, x and y, and heights (n,) at which material stands between the lines along the tool axis, more than
        `SLIVER_MM` thick: only the lines across see it."""
        if not (self._square and self._frame) or raster.cell <= SLIVER_MM:
            return np.zeros((0, 2), np.int64), np.zeros(0)
        stock, matrix = self._stock, self._frame.part_to_wcs
        points = np.vstack([between_lines(stock, axis) for axis in self._frame.plane])
        wcs = points @ matrix[:3, :3].T + matrix[:3, 3]
        cells = np.rint((wcs[:, :2] - [raster.x0, raster.y0]) / raster.cell).astype(np.int64)
        return np.clip(cells, 0, np.array(raster.values.shape[::-1]) - 1), wcs[:, 2]

    def _bottom(self) -> float:
        return float(self._columns().bottom().min(initial=np.inf))

    def _columns(self) -> "Columns":
        return field_columns(self._stock, self._frame) if self._square and self._frame else ray_columns(self._stock, self._matrix)

    def _raster(self, values) -> Raster:
        columns = self._columns()
        return Raster(columns.grid(values(columns)), columns.x0, columns.y0, columns.cell)


SLIVER_MM = 0.5
"""Twice what roughing leaves on walls: thinner is no obstacle."""


def between_lines(stock: TriDexel, axis: int) -> NDArray[np.float64]:
    """Middles (n, 3), part coordinates, of the pieces of material along `axis`, thicker than `SLIVER_MM`, that no node of the lattice lies in."""
    f = stock.fields[axis]
    offsets, starts, ends = f.intervals()
    step = np.floor((np.column_stack([starts, ends]) - stock.origin[axis]) / stock.cell)
    k = np.flatnonzero((step[:, 0] == step[:, 1]) & (ends - starts > SLIVER_MM))
    line = np.searchsorted(offsets, k, side="right") - 1
    return f.points(0.5 * (starts[k] + ends[k]), line)


class Columns:
    """Material along the tool axis over a grid in WCS: line (iu, iv) holds starts[o : p], ends[o : p], heights in WCS, falling or rising.

    `grid` puts one value a line into a raster (ny, nx) with its first cell's centre at x0, y0.
    """

    def __init__(self, shape, offsets, starts, ends, order, x0: float, y0: float, cell: float):
        self.shape, self.offsets, self.starts, self.ends = shape, offsets, starts, ends
        self.order, self.x0, self.y0, self.cell = order, x0, y0, cell

    def grid(self, values: NDArray) -> NDArray:
        """Values by line as a raster."""
        return np.ascontiguousarray(self.order(values.reshape(self.shape)))

    def top(self) -> NDArray[np.float64]:
        """Highest material of each line, -inf where there is none."""
        out = np.full(len(self.offsets) - 1, -np.inf)
        highest(self.offsets, self.ends, out)
        return out

    def bottom(self) -> NDArray[np.float64]:
        """Lowest material of each line, inf where there is none."""
        out = np.full(len(self.offsets) - 1, -np.inf)
        highest(self.offsets, -self.starts, out)
        return -out

    def between(self, z0: float, z1: float) -> NDArray[np.bool_]:
        """Lines with material at a height in z0..z1."""
        out = np.zeros(len(self.offsets) - 1, bool)
        occupied(self.offsets, self.starts, self.ends, z0, z1, out)
        return out


@kernel
def highest(offsets, values, out):
    """Largest of the values of each line, into `out`."""
    for line in range(len(out)):
        for k in range(offsets[line], offsets[line + 1]):
            out[line] = max(out[line], values[k])


@kernel
def occupied(offsets, starts, ends, z0, z1, out):
    """Lines with an interval that reaches above z0 and begins below z1 (or spans z0 = z1)."""
    for line in range(len(out)):
        for k in range(offsets[line], offsets[line + 1]):
            if ends[k] > z0 and starts[k] < z1:
                out[line] = True


def field_columns(stock: TriDexel, frame: Frame) -> Columns:
    """The dexels along the tool axis, when all axes of the setup are axes of the part."""
    f: DexelField = stock.fields[frame.axis]
    offsets, starts, ends = f.intervals()
    shift = float(frame.part_to_wcs[2, 3])
    if frame.flip < 0.0:
        starts, ends = -ends, -starts
    rotation, origin = frame.part_to_wcs[:3, :3], frame.part_to_wcs[:3, 3]
    u, v = frame.plane
    lines = f.line_coordinates()
    # WCS X runs along u or along v, in its sense or against it; so does Y.
    x_is_u = rotation[0, u] != 0.0
    x_axis, y_axis = (u, v) if x_is_u else (v, u)
    xs = rotation[0, x_axis] * (lines[0] if x_is_u else lines[1]) + origin[0]
    ys = rotation[1, y_axis] * (lines[1] if x_is_u else lines[0]) + origin[1]

    def order(values: NDArray) -> NDArray:
        rows = values.T if x_is_u else values
        return rows[:: 1 if rotation[1, y_axis] > 0 else -1, :: 1 if rotation[0, x_axis] > 0 else -1]

    return Columns(f.shape, offsets, starts + shift, ends + shift, order, float(xs.min()), float(ys.min()), f.cell)


def ray_columns(stock: TriDexel, matrix: NDArray[np.float64]) -> Columns:
    """Material along rays parallel to the tool axis of a setup turned against the part, through a grid of the stock's cell."""
    cell = stock.cell
    corners = _corners(stock.bbox) @ matrix[:3, :3].T + matrix[:3, 3]
    low, high = corners.min(0), corners.max(0)
    nx, ny = (int(np.ceil((high[k] - low[k]) / cell)) for k in (0, 1))
    z = low[2] + cell * RAY_STEP * (np.arange(int(np.ceil((high[2] - low[2]) / (cell * RAY_STEP))) + 1))
    x = low[0] + cell * (np.arange(nx) + 0.5)
    counts, starts, ends = np.zeros(nx * ny, np.int64), [], []
    packed = [f.intervals() for f in stock.fields]
    for j in range(ny):
        p = np.empty((nx, len(z), 3))
        p[..., 0], p[..., 1], p[..., 2] = x[:, None], low[1] + cell * (j + 0.5), z
        inside = contains(stock, packed, (p.reshape(-1, 3) - matrix[:3, 3]) @ matrix[:3, :3]).reshape(nx, len(z))
        edge = np.diff(np.pad(inside, ((0, 0), (1, 1))).astype(np.int8), axis=1)
        line, s = np.nonzero(edge == 1)
        _, e = np.nonzero(edge == -1)
        counts[np.arange(nx) * ny + j] = np.bincount(line, minlength=nx)
        starts.append((line * ny + j, z[s] - 0.5 * RAY_STEP * cell))
        ends.append(z[e - 1] + 0.5 * RAY_STEP * cell)
    at = np.concatenate([s[0] for s in starts])
    by_line = np.argsort(at, kind="stable")
    offsets = np.concatenate([[0], np.cumsum(counts)])
    lo, hi = np.concatenate([s[1] for s in starts])[by_line], np.concatenate(ends)[by_line]
    return Columns((nx, ny), offsets, lo, hi, lambda v: v.T, float(x[0]), float(low[1] + 0.5 * cell), cell)


RAY_STEP = 0.2
"""Step along a ray, in cells: a height is taken half way, a tenth of a cell off at most."""


def contains(stock: TriDexel, packed, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points (n, 3), part coordinates, lie in material: what two of the three nearest lines say. `packed`: their intervals."""
    votes = np.zeros(len(points), np.int8)
    for f, (offsets, starts, ends) in zip(stock.fields, packed):
        u, v = (f.axis + 1) % 3, (f.axis + 2) % 3
        vote(offsets, starts, ends, f.shape[0], f.shape[1], f.origin, f.cell, points[:, u], points[:, v], points[:, f.axis], votes)
    inside_box = ((points >= stock.bbox[0]) & (points <= stock.bbox[1])).all(1)
    return (votes >= 2) & inside_box


@kernel
def vote(offsets, starts, ends, nu, nv, origin, cell, pu, pv, pa, votes):
    """Add 1 for each point that lies in an interval of the nearest line of a field."""
    for n in range(len(pu)):
        i = min(nu - 1, max(0, int(round((pu[n] - origin[0]) / cell))))
        j = min(nv - 1, max(0, int(round((pv[n] - origin[1]) / cell))))
        for k in range(offsets[i * nv + j], offsets[i * nv + j + 1]):
            if starts[k] <= pa[n] <= ends[k]:
                votes[n] += 1


def _corners(bbox: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([[bbox[a, 0], bbox[b, 1], bbox[c, 2]] for a in (0, 1) for b in (0, 1) for c in (0, 1)])
