"""Going to single places once more: short runs through the tips that a plan names, never under the design's drop surface."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from copeau.features.reach import PATH_TOL_MM
from copeau.model.plan import Workingstep
from copeau.model.program import Segment
from copeau.toolpath.generate import strategy
from copeau.toolpath.milling.surfaces import driven
from copeau.toolpath.scene import Scene
from copeau.toolpath.surface import shape_of
from copeau.toolpath.surface.dropcutter import DropMesh
from copeau.toolpath.surface.sampling import S, Z, sample_line
from copeau.toolpath.surface.shape import ToolShape

LINK_MM = 1.5  # places nearer than this are joined where the drop surface lets the tool pass
LEVEL_MM = 0.01  # places whose heights differ by less are one level
RISES_MM = 0.02  # a drop surface this far over the way is a wall: the tool lifts instead
DAB_MM = 0.02  # a single place is cut by a motion this long


@strategy("places")
def places(step: Workingstep, scene: Scene) -> tuple[Segment, ...]:
    """Runs through the tips `places`, the highest first.

    Parameters read: `places`, rows (x, y, z) of tips, work coordinates; `snug_mm`, by which the cutter is taken thinner on each side.
    """
    tips = np.asarray(step.parameters["places"], float).reshape(-1, 3)
    snug = float(step.parameters.get("snug_mm", 0.0))
    # Twice: a tip that stands as far into a wall as it may is told to the micrometre.
    shape = shape_of(replace(step.tool, DC=step.tool.DC - 2.0 * 2.0 * snug))
    lines: list[NDArray[np.float64]] = []
    for level in levels(tips):
        for chain in chains(level):
            lines += passable(scene.drop_mesh, shape, chain, scene.lowest_z)
    return driven(step, scene, lines)


def levels(tips: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Tips (n, 3) by height, the highest level first."""
    order = np.argsort(-tips[:, 2], kind="stable")
    tips = tips[order]
    return np.split(tips, np.flatnonzero(-np.diff(tips[:, 2]) > LEVEL_MM) + 1)


def chains(tips: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Tips in the order of the nearest neighbour, a new chain where that is further than `LINK_MM`."""
    left = np.ones(len(tips), bool)
    out: list[list[int]] = []
    at = int(np.lexsort((tips[:, 1], tips[:, 0]))[0])
    while True:
        left[at] = False
        if out and np.hypot(*(tips[at] - tips[out[-1][-1]])[:2]) <= LINK_MM:
            out[-1].append(at)
        else:
            out.append([at])
        if not left.any():
            return [tips[k] for k in out]
        rows = np.flatnonzero(left)
        at = int(rows[np.argmin(((tips[rows] - tips[at]) ** 2).sum(1))])


def passable(mesh: DropMesh, shape: ToolShape, chain: NDArray[np.float64], lowest_z: float) -> list[NDArray[np.float64]]:
    """The chain as polylines (m, 3) on or over the drop surface; parted where that rises over the way, a single place as a dab."""
    held = [np.array([*p[:2], max(p[2], float(sample_line(mesh, shape, p[:2], p[:2], PATH_TOL_MM, lowest_z)[0, Z]) + PATH_TOL_MM)]) for p in chain]
    out: list[list[NDArray[np.float64]]] = [[held[0]]]
    for a, b in zip(held[:-1], held[1:]):
        rows = sample_line(mesh, shape, a[:2], b[:2], PATH_TOL_MM, lowest_z)
        length = float(np.hypot(*(b - a)[:2]))
        straight = a[2] + rows[:, S] / max(length, 1e-9) * (b[2] - a[2])
        if float((rows[:, Z] - straight).max()) > RISES_MM:
            out.append([b])
            continue
        over = float(np.maximum(rows[:, Z] + PATH_TOL_MM - straight, 0.0).max())
        if over > 0.0:
            out[-1] += [a + (0.0, 0.0, over), b + (0.0, 0.0, over)]
        out[-1].append(b)
    return [np.array(line if len(line) > 1 else [line[0] + (0.0, 0.0, DAB_MM), line[0]]) for line in out]
