"""The stock: three perpendicular fields of dexels on one lattice, in part coordinates.

Lattice node (i, j, k) lies at `origin + cell (i, j, k)`. Field `a` holds the lines along axis `a`, one through each node of the other two
axes, and on each line the sorted disjoint intervals of material, in float64: a wall is known exactly where a
line crosses it, whatever the cell.
"""

import zlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from copeau.model.errors import CopeauError
from copeau.simulation.intervals import pack, total_length, unpack

LINE_OFFSETS = np.array([0.5381966011, 0.4618033989, 0.5237012764])
"""Place of the first line in its first cell, as a share of the cell: near the middle, so that volumes are true, and of no
small denominator, so that lines do not fall on planes of a design drawn in round numbers."""
ROOM = 1
"""Intervals that a line has room for at first: one from the stock, one more where a cut splits it."""
PACKED_AS = (np.int32, np.float64, np.float64)
"""Types of counts, starts and ends in a packed stock."""
PACK_LEVEL = 1
"""Of compression: the quickest already makes some twenty-five times less of a milled block."""
MOST_LINES = 400_000_000
"""Lines of a field that are refused: some 16 GB."""


@dataclass
class DexelField:
    """The dexels along one axis.

    `axis`: 0, 1, 2; lines are indexed by the lattice along u = (axis + 1) % 3 and v = (axis + 2) % 3, line = iu * nv + iv, at
    coordinates `origin[0] + iu cell` along u and `origin[1] + iv cell` along v. `count` (lines,), `first` (lines,), `capacity` (lines,)
    and `pool` as `copeau.simulation.intervals` says; read them through `intervals()`.
    """

    axis: int
    origin: NDArray[np.float64]  # (2,) mm
    cell: float
    shape: tuple[int, int]  # nu, nv
    count: NDArray[np.int32]
    first: NDArray[np.int64]
    capacity: NDArray[np.int32]
    pool: NDArray[np.float64]
    used: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))

    @classmethod
    def from_intervals(cls, axis, origin, cell, shape, offsets, starts, ends) -> "DexelField":
        """A field from packed intervals: line l has starts/ends[offsets[l] : offsets[l + 1]]."""
        lines = shape[0] * shape[1]
        count = np.diff(offsets).astype(np.int32)
        capacity = np.maximum(count, ROOM).astype(np.int32)
        first = np.zeros(lines, np.int64)
        np.cumsum(2 * capacity[:-1], out=first[1:])
        used = np.array([2 * int(capacity.sum(dtype=np.int64))], np.int64)
        pool = np.zeros(int(used[0]) + 64)
        unpack(offsets, starts, ends, first, pool)
        return cls(axis, np.asarray(origin, float), float(cell), shape, count, first, capacity, pool, used)

    def intervals(self) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Packed intervals: `offsets` (lines + 1,), `starts` and `ends` (m,), mm along the axis, in the order of the lines."""
        offsets = np.zeros(len(self.count) + 1, np.int64)
        np.cumsum(self.count, out=offsets[1:])
        starts, ends = np.empty(offsets[-1]), np.empty(offsets[-1])
        pack(self.count, self.first, self.pool, offsets, starts, ends)
        return offsets, starts, ends

    def line_coordinates(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Coordinates (mm) of the lines along u (nu,) and along v (nv,)."""
        return tuple(self.origin[k] + self.cell * np.arange(self.shape[k]) for k in (0, 1))

    def points(self, along: NDArray[np.float64], lines: NDArray[np.int64]) -> NDArray[np.float64]:
        """Part coordinates (n, 3) of places `along` (mm) on `lines` (indices)."""
        out = np.empty((len(lines), 3))
        out[:, self.axis] = along
        out[:, (self.axis + 1) % 3] = self.origin[0] + self.cell * (lines // self.shape[1])
        out[:, (self.axis + 2) % 3] = self.origin[1] + self.cell * (lines % self.shape[1])
        return out

    def volume(self) -> float:
        """Length of all intervals times the area of a cell, mm3."""
        return float(total_length(self.count, self.first, self.pool)) * self.cell**2

    def grow(self) -> None:
        """Make the pool half as large again."""
        self.pool = np.concatenate([self.pool, np.zeros(len(self.pool) // 2 + 1024)])

    def copy(self) -> "DexelField":
        """The same intervals, packed anew without the waste of moved lines."""
        return DexelField.from_intervals(self.axis, self.origin.copy(), self.cell, self.shape, *self.intervals())


@dataclass
class TriDexel:
    """Three fields of dexels; `fields[a]` holds the lines along axis `a`. `bbox` (2, 3) is the box that the lattice fills."""

    origin: NDArray[np.float64]  # (3,) first node, mm
    cell: float
    shape: tuple[int, int, int]
    bbox: NDArray[np.float64]
    fields: tuple[DexelField, DexelField, DexelField]

    @classmethod
    def from_box(cls, bbox, cell: float) -> "TriDexel":
        """A full box `bbox` (2, 3), mm."""
        from copeau.simulation.stock_build import build_box

        return build_box(np.asarray(bbox, float), cell)

    @classmethod
    def from_cylinder(cls, diameter_mm: float, low_mm: float, high_mm: float, cell: float, axis: int = 2, centre=(0.0, 0.0)) -> "TriDexel":
        """A bar along `axis` from `low_mm` to `high_mm`, its centre on the other two axes in cyclic order."""
        from copeau.simulation.stock_build import build_cylinder

        return build_cylinder(diameter_mm, low_mm, high_mm, cell, axis, centre)

    @classmethod
    def from_mesh(cls, vertices, triangles, cell: float, bbox=None) -> "TriDexel":
        """A closed mesh (n, 3), (m, 3), or the part of it inside `bbox`; overlapping closed bodies are united.

        Raises CopeauError for a mesh that is not closed.
        """
        from copeau.simulation.stock_build import build_mesh

        return build_mesh(np.asarray(vertices, float), np.asarray(triangles, np.int64), cell, bbox)

    def volume(self) -> tuple[float, float, float]:
        """The volume (mm3) as each field sees it."""
        x, y, z = (f.volume() for f in self.fields)
        return x, y, z

    def copy(self) -> "TriDexel":
        """An independent stock with the same material."""
        x, y, z = (f.copy() for f in self.fields)
        return TriDexel(self.origin.copy(), self.cell, self.shape, self.bbox.copy(), (x, y, z))


@dataclass(frozen=True)
class PackedStock:
    """A stock laid aside in a fraction of its memory: lines beside each other are mostly alike. `unpacked` gives it back bit for bit."""

    origin: NDArray[np.float64]
    cell: float
    shape: tuple[int, int, int]
    bbox: NDArray[np.float64]
    fields: tuple[tuple, ...]  # of each field its axis, origin, shape, and counts, starts and ends as compressed bytes

    def unpacked(self) -> TriDexel:
        """The stock, to be cut."""
        made = []
        for axis, origin, shape, *packed in self.fields:
            count, starts, ends = (np.frombuffer(zlib.decompress(b), kind) for b, kind in zip(packed, PACKED_AS))
            offsets = np.zeros(len(count) + 1, np.int64)
            np.cumsum(count, out=offsets[1:])
            made.append(DexelField.from_intervals(axis, origin.copy(), self.cell, shape, offsets, starts, ends))
        x, y, z = made
        return TriDexel(self.origin.copy(), self.cell, self.shape, self.bbox.copy(), (x, y, z))


def packed(stock: TriDexel) -> PackedStock:
    """The stock as it is now, laid aside."""
    fields = []
    for f in stock.fields:
        _, starts, ends = f.intervals()
        columns = (zlib.compress(a.astype(kind).tobytes(), PACK_LEVEL) for a, kind in zip((f.count, starts, ends), PACKED_AS))
        fields.append((f.axis, f.origin.copy(), f.shape, *columns))
    return PackedStock(stock.origin.copy(), stock.cell, stock.shape, stock.bbox.copy(), tuple(fields))


def lattice(bbox: NDArray[np.float64], cell: float) -> tuple[NDArray[np.float64], tuple[int, int, int]]:
    """First node (3,) and nodes along each axis of the lattice that fills a box.

    Raises CopeauError when the box is thinner than a cell or holds too many lines.
    """
    extent = bbox[1] - bbox[0]
    if not (np.isfinite(bbox).all() and cell > 0.0):
        raise CopeauError(f"stock box {bbox.tolist()} with cell {cell} mm is not a box", "stock", "give finite corners and a cell above 0")
    n = np.ceil(extent / cell - LINE_OFFSETS).astype(int)
    if n.min() < 1:
        raise CopeauError(f"stock of {extent.min():.4g} mm is thinner than the cell of {cell:.4g} mm", "stock", "take a smaller cell")
    most = max(int(n[a]) * int(n[(a + 1) % 3]) for a in range(3))
    if most > MOST_LINES:
        raise CopeauError(f"cell {cell:.4g} mm needs {most} lines a field", "stock", "take a larger cell")
    return bbox[0] + LINE_OFFSETS * cell, (int(n[0]), int(n[1]), int(n[2]))
