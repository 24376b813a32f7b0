"""The blank as a body: read from its file, built as dexels, held against the part."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from copeau.model.errors import CopeauError
from copeau.model.part import Part
from copeau.model.plan import StockSpec
from copeau.process.blanks import check_holds, parse_blank

CHECK_CELLS = 200  # along the longest side when a cast blank is held against the part
HOLDS_TOL_MM = 0.01  # the part may stick out by no more than a gouge that does not count


@dataclass(frozen=True)
class Blank:
    """`vertices` (n, 3) mm and `triangles` (m, 3) of a blank from a file; None of a box or a bar."""

    spec: StockSpec
    vertices: NDArray[np.float64] | None = None
    triangles: NDArray[np.int64] | None = None

    def body(self, cell: float):
        """The blank as `TriDexel`."""
        from copeau.simulation.tridexel import TriDexel

        if self.vertices is not None:
            return TriDexel.from_mesh(self.vertices, self.triangles, cell)
        if self.spec.kind == "cylinder":
            low, high = self.spec.bbox[:, 2]
            return TriDexel.from_cylinder(self.spec.diameter_mm, float(low), float(high), cell)
        return TriDexel.from_box(self.spec.bbox, cell)


def read_blank(words: str) -> Blank:
    """The blank that `--stock` describes, its file read.

    Raises
    ------
    CopeauError
        Words that are not understood, a file that cannot be read, a mesh that is not closed.
    """
    from copeau.simulation.stock_build import check_closed

    spec = parse_blank(words)
    if spec.kind != "mesh":
        return Blank(spec)
    path = Path(spec.file)
    if not path.is_file():
        raise CopeauError("no such file for the stock", str(path), "name an existing STEP or STL file")
    if path.suffix.lower() == ".stl":
        from copeau.jobs import read_stl

        vertices, triangles = read_stl(path)
    else:
        from copeau.part import read_step

        mesh = read_step(path).mesh
        vertices, triangles = mesh.vertices, mesh.triangles
    try:
        check_closed(triangles)
    except CopeauError as e:
        raise CopeauError(e.what, str(path), e.mend) from None
    return Blank(replace(spec, bbox=np.array([vertices.min(0), vertices.max(0)])), vertices, triangles)


def check_blank(blank: Blank, part: Part) -> None:
    """Raise `CopeauError` where the part sticks out of the blank, with how much is lacking where."""
    check_holds(blank.spec, part, HOLDS_TOL_MM)
    if blank.vertices is None:
        return
    from copeau.simulation.tridexel import TriDexel

    box = blank.spec.bbox
    cell = float((box[1] - box[0]).max() / CHECK_CELLS)
    stock = blank.body(cell)
    design = TriDexel.from_mesh(part.mesh.vertices, part.mesh.triangles, cell, bbox=box)
    lacking = [_outside(d, s) for d, s in zip(design.fields, stock.fields)]
    worst, at = max(lacking, key=lambda r: r[0])
    if worst > HOLDS_TOL_MM:
        where = ", ".join(f"{v:.1f}" for v in at)
        raise CopeauError(f"the blank does not hold the part: {worst:.2f} mm of it are missing at ({where})", str(blank.spec.file), "give a larger blank, or move it")


def _outside(design, stock) -> tuple[float, NDArray[np.float64]]:
    """Longest piece (mm) of a design's line that no interval of the stock's same line holds, and its place."""
    offsets, low, high = design.intervals()
    line = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    own, start, end = stock.intervals()
    missing = high - low
    for k in range(int(np.diff(own).max(initial=0))):
        there = own[line] + k < own[line + 1]
        at = np.minimum(own[line] + k, max(len(start) - 1, 0))
        if len(start):
            missing = np.where(there, np.minimum(missing, np.maximum(np.maximum(start[at] - low, high - end[at]), 0.0)), missing)
    if not len(missing):
        return 0.0, np.zeros(3)
    worst = int(np.argmax(missing))
    return float(missing[worst]), design.points(np.array([(low[worst] + high[worst]) / 2]), line[worst : worst + 1])[0]
