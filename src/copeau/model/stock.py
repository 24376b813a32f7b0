"""The in-process stock as the planner and the toolpath room see it; the simulation owns the real one."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Raster:
    """A grid in work coordinates: cell (j, i) has its centre at (x0 + i cell, y0 + j cell), mm."""

    values: NDArray  # (ny, nx)
    x0: float
    y0: float
    cell: float


class Stock(Protocol):
    """In-process stock seen from one setup, in that setup's work coordinates."""

    @property
    def bounds(self) -> NDArray[np.float64]:
        """(2, 3) mm."""
        ...

    def top(self) -> Raster:
        """Height of the highest material over each cell, -inf where there is none."""
        ...

    def section(self, z: float) -> Raster:
        """Boolean: material at height `z`."""
        ...

    def layer(self, z0: float, z1: float) -> Raster:
        """Boolean: any material with z0 < z < z1."""
        ...

    def ends(self, z0: float, z1: float) -> NDArray[np.float64]:
        """Rows (x, y, dx, dy): where material begins or ends along the level lines at heights in z0..z1, and the unit direction into it."""
        ...
