"""The plan, setup by setup: directions first, then each setup's holding and workingsteps when its incoming stock is known."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from copeau.features.shadow import Shadow
from copeau.model.errors import CopeauError
from copeau.model.feature import Feature
from copeau.model.part import Mesh, Part
from copeau.model.plan import Setup, StockSpec
from copeau.part.mesh import rough_mesh
from copeau.process.blanks import gripped_order
from copeau.process.directions import Sight, choose_directions, look, part_frame, unseen_faces
from copeau.process.holding import Stance, blank, box_corners, stance
from copeau.process.hole_asks import hole_ask
from copeau.process.hole_room import Room
from copeau.process.hole_shape import hole_shape
from copeau.process.holes import HoleJob, drillable, from_each_side, sunk_later
from copeau.process.numbering import Numbers, numbered
from copeau.process.opposites import WHOLE_SHARE, opposite, seen_shares, with_opposites
from copeau.process.requirements import Requirements
from copeau.process.roughness import smoother
from copeau.process.scene import Bench, SetupScene, fixture_shadow, setup_scene, usable_tools
from copeau.process.steps import number_steps, plan_steps
from copeau.process.tilted import tilted_holes

DONE_SHARE = 0.995  # a face of which the tools reached this share is not machined again
SEEN_SHARE = 0.02  # of a face's samples: less is the glimpse past an edge
UP_COS = 0.05
LOWEST_TIP_MM = 0.3  # a drill's tip stays this far off the seat of the first setup


@dataclass
class Draft:
    """A plan in the making. `frame` rows: the part's axes; `order`: indices of `sight.directions`."""

    part: Part
    recognition: object
    bench: Bench
    frame: NDArray[np.float64]
    sight: Sight
    order: list[int]
    stock: StockSpec
    unreachable: dict[int, str]
    tilted: list[Feature]  # holes that no setup here can drill
    done_faces: set[int] = field(default_factory=set)  # finished by a setup, or none of theirs to finish
    done_holes: set[str] = field(default_factory=set)
    halved: set[int] = field(default_factory=set)  # walls cut half from one side, half from the other
    wall_reach: dict[tuple[int, int], float] = field(default_factory=dict)  # (axis of the frame, face) -> share that was reached
    asked: Requirements | None = None
    unmet: dict[str, tuple[str, ...]] = field(default_factory=dict)  # hole -> what is asked of it and not carried out
    remarks: list[str] = field(default_factory=list)
    numbers: Numbers = field(default_factory=dict)
    rough: Mesh | None = None  # that the part is roughed by, where its own is too fine


def open_plan(part: Part, recognition, bench: Bench, stock: StockSpec | None = None, asked: Requirements | None = None) -> Draft:
    """Directions and blank. Raises `CopeauError` (exit code 4) where no direction sees anything."""
    frame = part_frame(part)
    sight = look(part, np.vstack([frame, -frame]))
    if not sight.seen.any():
        raise CopeauError("no direction sees any face of the part", part.file, "check that the solid's faces point outwards", exit_code=4)
    usable = usable_tools(bench)
    order = with_opposites(part, sight, choose_directions(sight), usable.tools)
    if stock is not None:
        order = gripped_order(stock, part, sight.directions, order)
    spec = stock or blank(part, frame, sight.directions[order[0]])
    tilted = tilted_holes(recognition.features, sight.directions)
    left = {f for hole in tilted for f in hole.faces}
    return Draft(part, recognition, usable, frame, sight, order, spec, unseen_faces(sight, order), tilted, left, asked=asked, rough=rough_mesh(part))


def setup_ids(draft: Draft) -> list[str]:
    """Phase numbers, in tens."""
    return [str(10 * (k + 1)) for k in range(len(draft.order))]


def wanted_faces(draft: Draft, k: int) -> set[int]:
    """Faces that direction `order[k]` sees and no earlier setup has finished."""
    face, seen = draft.sight.samples.face, draft.sight.seen[draft.order[k]]
    total = np.bincount(face)
    share = np.bincount(face[seen], minlength=len(total)) / np.maximum(total, 1)
    return {int(f) for f in np.flatnonzero(share > SEEN_SHARE)} - draft.done_faces


def place(draft: Draft, k: int, present: NDArray[np.float64]) -> Stance:
    """Holding of setup `k`; `present`: box of the in-process stock along the frame's rows."""
    wanted = wanted_faces(draft, k)
    samples = draft.sight.samples
    direction = draft.sight.directions[draft.order[k]]
    # Floors and slopes: a wall may end behind a jaw, what looks up must be free.
    pick = np.isin(samples.face, list(wanted)) & draft.sight.seen[draft.order[k]] & (samples.normals @ direction > UP_COS)
    return stance(draft.part, draft.stock, draft.frame, direction, k, present, samples.points[pick])


def plan_setup(draft: Draft, k: int, present: NDArray[np.float64]) -> tuple[Setup, SetupScene]:
    """Setup `k` with its workingsteps; marks what it finishes as done."""
    where = place(draft, k, present)
    setup_id = setup_ids(draft)[k]
    holes = hole_jobs(draft, where, k)
    wanted = wanted_faces(draft, k)
    scene = setup_scene(draft.part, draft.rough, setup_id, where, wanted, holes, footprint(draft, where, present))
    axis = draft.order[k] % 3
    before = {f: share for (a, f), share in draft.wall_reach.items() if a == axis and f not in draft.halved}
    planned = plan_steps(scene, draft.bench, before, both_sided(draft, k))
    steps, reached = planned.steps, planned.reached
    for f in scene.roles.walls & set(reached):
        draft.wall_reach[axis, f] = max(reached[f], before.get(f, 0.0))
    draft.done_faces |= {f for f, share in reached.items() if share > DONE_SHARE and (f not in planned.halved or f in draft.halved)}
    draft.halved |= planned.halved
    draft.done_faces |= {f for s in steps if s.strategy in ("parallel", "waterline") for f in s.faces}
    draft.done_holes |= {j.feature for j in holes if j.is_whole}
    draft.unmet |= {j.feature: j.unmet for j in holes if j.unmet}
    draft.remarks += [r for j in holes for r in j.remarks]
    draft.done_faces |= {f for j in holes for f in j.faces}
    direction = draft.sight.directions[draft.order[k]]
    seen = float(draft.sight.samples.area[draft.sight.seen[draft.order[k]]].sum())
    why = f"seen from ({', '.join(f'{v:g}' for v in np.round(direction, 4) + 0.0)}): {seen:.0f} mm2 of the part"
    numbered_steps = tuple(numbered(w, direction, draft.numbers) for w in number_steps(setup_id, smoother(steps, draft.asked)))
    return Setup(setup_id, direction, where.part_to_wcs, where.fixture, numbered_steps, where.wcs_origin, why), scene


def reopen(draft: Draft, direction: NDArray[np.float64], faces: Collection[int]) -> None:
    """Leave faces that the setup along `direction` did not finish as planned to the setups after it."""
    draft.done_faces -= set(faces)
    axis = int(np.argmax(np.abs(draft.frame @ direction)))  # as the candidates of `sight` stand in order
    for f in faces:
        draft.wall_reach.pop((axis, f), None)


def both_sided(draft: Draft, k: int) -> dict[int, bool]:
    """Faces that setup `k` and its opposite both see whole: True where the opposite, done before, has left this side its half."""
    other = opposite(draft.sight, draft.order[k])
    if other not in draft.order:
        return {}
    if draft.order.index(other) < k:
        return dict.fromkeys(sorted(draft.halved), True)
    share = seen_shares(draft.sight)
    whole = np.flatnonzero(np.minimum(share[draft.order[k]], share[other]) > WHOLE_SHARE)
    return {int(f): False for f in whole if int(f) not in draft.done_faces}


def footprint(draft: Draft, where: Stance, present: NDArray[np.float64]):
    """Outline of the incoming stock's box in work coordinates."""
    p = box_corners(present) @ draft.frame @ where.part_to_wcs[:3, :3].T + where.part_to_wcs[:3, 3]
    return shapely.box(*p.min(0)[:2], *p.max(0)[:2])


def hole_jobs(draft: Draft, where: Stance, k: int) -> list[HoleJob]:
    """Holes that this setup makes; a through hole is made in the first setup that can do all that is asked of it."""
    shapes = [s for f in draft.recognition.features if (s := hole_shape(f, draft.part.mesh, where.part_to_wcs))]
    if not shapes:
        return []
    vertices = draft.part.mesh.vertices @ where.part_to_wcs[:3, :3].T + where.part_to_wcs[:3, 3]
    design = Shadow(vertices, draft.part.mesh.triangles, draft.part.mesh.face)
    room = Room(design, fixture_shadow(where) if k > 0 else None, LOWEST_TIP_MM if k == 0 else -np.inf)
    jobs = []
    for shape in shapes:
        if shape.feature.id in draft.done_holes:
            job = None if draft.done_faces.issuperset(shape.levels[0].faces) else sunk_later(shape, room, draft.bench.tools)
        else:
            ask = hole_ask(draft.asked, shape.feature)
            job = drillable(shape, room, draft.bench.tools, ask)
            if job is None and not draft.done_faces.issuperset(shape.levels[0].faces):
                job = from_each_side(shape, room, draft.bench.tools, ask)
            if job and job.unmet and comes_again(draft, shape.feature, k):
                # Worth waiting only where what is lacking is the room under the hole, which the later setup has.
                open_below = drillable(shape, replace(room, lowest_z=-np.inf), draft.bench.tools, ask)
                if open_below and not open_below.unmet:
                    continue
        if job is not None:
            jobs.append(job)
    return jobs


def comes_again(draft: Draft, feature: Feature, k: int) -> bool:
    """Whether a later setup looks at a through hole from one of its ends."""
    later = [draft.sight.directions[d] for d in draft.order[k + 1 :]]
    return feature.through and any(abs(d @ feature.axis) > 1 - 1e-6 for d in later)
