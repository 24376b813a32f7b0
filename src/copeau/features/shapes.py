"""What a group of faces is: along which direction it was cut, which faces are walls and floor, closed or open, how large."""

from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from copeau.features.regions import Plane, planes_of
from copeau.features.revolution import plane_basis
from copeau.features.scene import ALIGNED_COS, ALIGNED_SIN, Scene

OPEN_GAP_RAD = np.pi - np.radians(2.0)  # walls whose normals leave out half a turn hold nothing between them
UNDERCUT_COS = 0.02  # a wall that leans over by more than a degree hides behind itself
DRAFT_SIN = 0.26  # 15 degrees: more is no draft for a cutter or a mould to leave
MAX_DRAFT_SIN = 0.5  # walls that lean by 30 degrees and less still enclose


@dataclass(frozen=True)
class Shape:
    """A group seen along `axis`, from the floor outwards. Faces by role; `closed`: the walls go all round."""

    axis: NDArray[np.float64]
    walls: tuple[int, ...]
    floors: tuple[int, ...]
    lean: tuple[int, ...]  # planes that are neither
    blends: tuple[int, ...]  # curved faces whose axis is not along `axis`
    islands: tuple[int, ...]
    freeform: tuple[int, ...]
    closed: bool
    planes: tuple[Plane, ...] = field(default=())

    through: bool = False  # nothing stops a tool along the axis


def shape_of(scene: Scene, group: set[int]) -> Shape:
    """The group along the direction that explains most of it."""
    planes = planes_of(scene, group)
    seen = [_seen_along(scene, group, planes, axis) for axis in _candidates(scene, group, planes)]
    return min(seen, key=lambda s: _unlikeliness(scene, s))


def _candidates(scene: Scene, group: set[int], planes: list[Plane]) -> list[NDArray[np.float64]]:
    """Directions worth a look: normals, intersections of two walls, axes of cylinders, axes of the block."""
    found = [p.normal for p in planes]
    for a, b in combinations(planes[:12], 2):
        cross = np.cross(a.normal, b.normal)
        if np.linalg.norm(cross) > ALIGNED_SIN:
            found += [cross / np.linalg.norm(cross), -cross / np.linalg.norm(cross)]
    for f in sorted(group):
        if scene.faces[f].kind in ("cylinder", "cone", "torus"):
            found += [scene.faces[f].axis, -scene.faces[f].axis]
    found += [*scene.frame, *-scene.frame]
    return distinct(found)


def distinct(directions) -> list[NDArray[np.float64]]:
    """The directions without those that repeat an earlier one to a degree."""
    out: list[NDArray[np.float64]] = []
    for d in directions:
        if not any(d @ e > ALIGNED_COS for e in out):
            out.append(d)
    return out


def _seen_along(scene: Scene, group: set[int], planes: list[Plane], axis) -> Shape:
    walls: list[int] = []
    floors: list[int] = []
    lean: list[int] = []
    blends, freeform = [], []
    for p in planes:
        up = p.normal @ axis
        (floors if up > ALIGNED_COS else walls if abs(up) < ALIGNED_SIN else lean).extend(p.faces)
    for f in sorted(group):
        face = scene.faces[f]
        if face.kind == "freeform":
            freeform.append(f)
        elif face.kind == "cylinder" and abs(face.axis @ axis) > ALIGNED_COS:
            walls.append(f)
        elif face.kind != "plane":
            blends.append(f)
    islands = _islands(scene, group, walls, floors, axis)
    outer = [f for f in walls if f not in islands]
    drafted = [f for f in lean if 0.0 < scene.faces[f].axis @ axis < MAX_DRAFT_SIN]
    closed = _all_round(scene, outer + drafted, axis) > 0
    # A lean face that has corners all round is a floor; a drafted wall ends at a ridge.
    stopped = any(not scene.graph.neighbours(f, 1) for f in lean) or any(scene.faces[f].kind == "sphere" for f in blends)
    return Shape(
        axis, tuple(outer), tuple(floors), tuple(lean), tuple(blends), tuple(islands), tuple(freeform), closed, tuple(planes),
        through=not floors and not stopped,
    )  # fmt: skip


def _islands(scene: Scene, group: set[int], walls: list[int], floors: list[int], axis) -> list[int]:
    """Walls that stand on the floor and not round it: beyond its inner loops, or joined to an outline that looks outwards all round."""
    inner = {f for g in floors for loop in scene.graph.inner_loops.get(g, ()) for f in loop if f in group}
    inner &= {f for g in floors for f in scene.graph.neighbours(g, -1) | scene.graph.neighbours(g, 0)}
    out = inner & set(walls)
    if floors:
        for outline in _outlines(scene, set(walls) - out):
            if _all_round(scene, sorted(outline), axis) < 0:
                out |= outline
    return sorted(out)


def _outlines(scene: Scene, walls: set[int]) -> list[set[int]]:
    """Walls that hang together along any edge."""
    rest, out = set(walls), []
    while rest:
        todo, seen = [min(rest)], set()
        while todo:
            f = todo.pop()
            if f not in seen:
                seen.add(f)
                todo.extend({g for k in scene.graph.of_face[f] for g in scene.graph.links[k].faces} & rest - seen)
        rest -= seen
        out.append(seen)
    return out


def _all_round(scene: Scene, walls: list[int], axis) -> int:
    """+1 if the walls look inwards from all sides, -1 if they look outwards to all sides, 0 if they leave a side open."""
    if not walls:
        return 0
    rows = np.concatenate([scene.rows[f] for f in walls])
    if not len(rows):
        return 0
    basis = plane_basis(axis)
    flat = scene.normals[rows] @ basis.T
    turned = np.sort(np.arctan2(flat[:, 1], flat[:, 0]))
    gaps = np.diff(np.append(turned, turned[0] + 2 * np.pi))
    if gaps.max() > OPEN_GAP_RAD:
        return 0
    at, weight = scene.centres[rows] @ basis.T, scene.areas[rows]
    middle = (at * weight[:, None]).sum(0) / weight.sum()
    return 1 if (((middle - at) * flat).sum(1) * weight).sum() > 0.0 else -1


def _unlikeliness(scene: Scene, s: Shape) -> tuple:
    """Order of interpretations, best first: little unexplained area, closed walls, a floor that is one, a wide shallow opening."""
    area = {f: scene.faces[f].area_mm2 for f in (*s.walls, *s.floors, *s.lean, *s.blends, *s.islands)}
    total = max(sum(area.values()), np.finfo(float).tiny)
    steep = [f for f in s.lean if not 0.0 < scene.faces[f].axis @ s.axis < DRAFT_SIN]
    unexplained = sum(area[f] for f in steep) + sum(area[f] for f in s.blends)
    hidden = sum(scene.faces[f].area_mm2 for f in s.lean if scene.faces[f].axis @ s.axis < -UNDERCUT_COS)
    floor = sum(area[f] for f in s.floors)
    facing = -max(scene.frame @ s.axis, key=abs) if s.through else 0.0
    return (
        round(hidden / total, 2),
        round(unexplained / total, 2) if not s.closed else round(unexplained / total / 2, 2),
        not s.closed,
        -round(floor / total, 6),
        round(facing, 6),
    )


def approach_directions(scene: Scene, group: set[int], s: Shape) -> NDArray[np.float64]:
    """Directions (n, 3) from which every face of the group can be seen by a tool that comes straight in, likeliest first."""
    rows = np.concatenate([scene.rows[f] for f in sorted(group)])
    normals, areas = scene.normals[rows], scene.areas[rows]
    likely = [s.axis, -s.axis, *(p.normal for p in s.planes), *scene.frame, *-scene.frame]
    total = [p.normal for p in s.planes]
    if len(total) >= 2 and np.linalg.norm(sum(total)) > ALIGNED_SIN:
        likely.append(sum(total) / np.linalg.norm(sum(total)))
    floors = set(s.floors)
    out = []
    for d in distinct(likely):
        hidden = areas[normals @ d < -UNDERCUT_COS].sum()
        if hidden > 1e-3 * areas.sum():
            continue
        # Without a floor that looks this way a tool must be able to leave at the far end.
        if d @ s.axis > -ALIGNED_COS or not floors:
            out.append(d)
    return np.array(out).reshape(-1, 3) + 0.0


def open_sides(scene: Scene, planes: tuple[Plane, ...]) -> int:
    """How many sides of the block the space in front of all `planes` reaches; 0 where that space is empty.

    The space is that of the cut as it was before others crossed it: what is left of the faces does not matter.
    """
    normals = np.vstack([[p.normal for p in planes], scene.frame, -scene.frame])
    offsets = np.concatenate([[p.offset for p in planes], scene.block[0], -scene.block[1]])
    if len(normals) > MAX_HALF_SPACES:
        return 0
    triples = np.array(list(combinations(range(len(normals)), 3)))
    matrix, right = normals[triples], offsets[triples]
    regular = np.abs(np.einsum("ni,ni->n", matrix[:, 0], np.cross(matrix[:, 1], matrix[:, 2]))) > ALIGNED_SIN**2
    corners = np.linalg.solve(matrix[regular], right[regular][:, :, None])[:, :, 0]
    corners = corners[(corners @ normals.T >= offsets - scene.tol_mm).all(1)]
    sides = 0
    for n, d in zip(normals[-6:], offsets[-6:]):
        on = corners[np.abs(corners @ n - d) < 2 * scene.tol_mm]
        # A side is reached by an area, not by an edge that only touches it.
        spread = np.linalg.svd(on - on.mean(0), compute_uv=False) if len(on) >= 3 else np.zeros(3)
        sides += bool(len(spread) > 1 and spread[1] > 2 * scene.tol_mm)
    return sides


MAX_HALF_SPACES = 20  # 1140 corners to solve; a body of more planes is no step or slot
