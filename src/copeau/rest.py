"""What the simulation of the posted programs finds left without a cause is gone over once more, in the setups that reach it."""

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np

from copeau.clear_runs import clear_runs, comes_near
from copeau.model.errors import Refusal
from copeau.model.program import PostedStep
from copeau.process.numbering import numbered
from copeau.process.places import Been, rest_steps
from copeau.process.scene import Bench
from copeau.process.stands import Left
from copeau.setup_cutting import SIMULATED, Bound, SetupResult, cleared_step, cut_from, cut_step, name_of, posted, toolpath_scene
from copeau.simulation.deviation import Samples
from copeau.simulation.local import joined
from copeau.simulation.tridexel import TriDexel, packed
from copeau.simulation.within import within
from copeau.toolpath import Ahead, generate

STEP_COMMENT = re.compile(r"\(step ([\w.]+): ")  # what a program says before each workingstep


def without_hits(job: Bound, r: SetupResult) -> SetupResult:
    """The setup without the paths that touch, in its fine incoming stock, what they should not; drilling cycles stay.

    Of the steps that touch nothing themselves those are looked at that come near a place where an earlier one leaves material now.
    """
    struck = struck_steps(r)
    last = max(k for k, step in enumerate(r.steps) if step.workingstep.id in struck)
    stock, kept, remarks = r.stock_in.unpacked(), [], []
    changed, clamping = np.zeros((0, 2, 3)), job.clamping(r.setup, r.clearance_z)
    for k, step in enumerate(r.steps):
        w = step.workingstep
        if k > last and not len(changed):
            kept += r.steps[k:]
            break
        if k == last + 1:
            stock = within(stock, changed)
        is_struck = w.id in struck
        if not is_struck and not comes_near(changed, step.segments, w, clamping):
            cut_from(job, r.setup, r.scene, stock, step, r.clearance_z)
            kept.append(step)
            continue
        after, found = (None, True) if is_struck else cut_step(job, r.setup, r.scene, stock, step, r.clearance_z)
        if found:
            where = None if is_struck else changed
            before, stock, after = packed(stock), None, None  # three large ones would be too many
            cleared, after = cleared_step(job, r.setup, r.scene, before, step, r.clearance_z, where)
            changed = joined([*changed, *cleared.changed])
            if cleared.left_out:
                remarks.append(f"{name_of(w)}: {cleared}, where the tool would touch in the simulation of the whole program")
            if not cleared.segments:
                continue
            step = PostedStep(w, cleared.segments) if len(cleared.changed) else step
        stock = after
        kept.append(step)
    return posted(job, replace(r, steps=tuple(kept), remarks=[*r.remarks, *remarks])) if len(changed) else r


def struck_steps(r: SetupResult) -> set[str]:
    """Ids of the workingsteps in whose lines of the simulated program there are findings; all of them where a finding lies in none."""
    begins = [(n, m[1]) for n, line in enumerate(r.texts[SIMULATED].splitlines(), 1) if (m := STEP_COMMENT.match(line))]
    where = np.searchsorted([n for n, _ in begins], [f.line for f in r.findings], side="right") - 1
    ids = {step.workingstep.id for step in r.steps}
    named = {begins[k][1] for k in where if k >= 0} & ids
    return named if (where >= 0).all() and named else ids


def with_rest_steps(
    job: Bound, bench: Bench, setups: list[SetupResult], stocks: Iterable[TriDexel], left: Samples, been: Been, others: Collection[int] = ()
) -> list[SetupResult]:  # fmt: skip
    """The setups, with workingsteps at their ends that clean the places `left`, but not those on the faces `others`; the same list where none does.

    `bench`: its tools are chosen from. `stocks`: the fine stock after each setup. Further tools get numbers in `job.numbers`.
    `been`: where which tool went for the same reason before.
    """
    out, rest = list(setups), ~np.isin(left.face, list(others))
    for k, (r, stock) in enumerate(zip(setups, stocks)):
        rows = np.flatnonzero(rest)
        if not len(rows):
            break
        matrix = r.setup.part_to_wcs
        points = left.points[rows] @ matrix[:3, :3].T + matrix[:3, 3]
        here = Left(points, left.normals[rows] @ matrix[:3, :3].T, left.area[rows], left.face[rows], left.depth[rows])
        steps, meant = rest_steps(r.scene, bench, here, [w.tool for w in r.setup.workingsteps], been, r.setup.id)
        steps = [numbered(w, r.setup.direction, job.numbers) for w in steps]
        made = made_steps(job, r, stock, steps)
        if made:
            out[k] = posted(job, replace(r, steps=(*r.steps, *made), tools=job.tools()))
            rest[rows[meant]] = False
    return out


def made_steps(job: Bound, r: SetupResult, stock: TriDexel, steps) -> list[PostedStep]:
    """The steps with their motions, those that touch nothing they should not."""
    last = max(int(w.id.split(".")[1]) for w in r.setup.workingsteps)
    out, before, ahead = [], packed(stock), Ahead(r.scene.vertices, r.scene.triangles)
    for w in steps:
        w = replace(w, id=f"{r.setup.id}.{last + 1 + len(out)}")
        try:
            segments = generate(w, toolpath_scene(job, r.setup, r.scene, stock, r.clearance_z, ahead))
        except Refusal:
            continue
        segments = clear_runs(before, segments, w, job.clamping(r.setup, r.clearance_z)).segments
        if segments:
            out.append(PostedStep(w, segments))
    return out
