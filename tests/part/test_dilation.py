"""What stands within a radius of each cell, in cells as fine as the radius asks."""

import numpy as np
import pytest

from copeau.model.stock import Raster
from copeau.part.dilation import POOLED_MM, dilated_at_least


def at(r: Raster, x: float, y: float) -> float:
    """The value of the nearest cell."""
    return float(r.values[int((y - r.y0) / r.cell + 0.5), int((x - r.x0) / r.cell + 0.5)])


@pytest.mark.parametrize(("cell", "radius"), [(2.5, 5.6), (1.0, 5.0), (1.0, 0.5), (0.1, 2.0), (0.1, 8.0), (0.15, 6.0), (0.05, 10.0)])
def test_a_post_is_seen_within_the_radius_and_little_beyond(cell, radius):
    n = int(40.0 / cell)
    values = np.full((n, n), -np.inf)
    x, y = (int(20.0 / cell) + 0.5) * cell, (int(17.0 / cell) + 0.5) * cell
    values[int(y / cell), int(x / cell)] = 30.0
    top = dilated_at_least(Raster(values, cell / 2, cell / 2, cell), radius)
    assert top.cell <= max(cell, POOLED_MM)
    off = 2.5 * top.cell + (cell * np.sqrt(0.5) if cell > top.cell else 0.0)  # a post is as wide as its cell
    for angle in np.linspace(0.0, 2 * np.pi, 24):
        away = np.array([np.cos(angle), np.sin(angle)])
        inside, outside = np.array([x, y]) + max(radius - top.cell, 0.0) * away, np.array([x, y]) + (radius + off) * away
        assert at(top, *inside) == 30.0
        assert at(top, *outside) < 0.0
