"""One setup carried out: the motions of every workingstep made from the stock before it, cut, and posted."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from copeau.clear_runs import Clamping, Cleared, clear_runs, moves_of, start_of, worst
from copeau.features.reach import forget
from copeau.model.errors import Refusal
from copeau.model.finding import Finding
from copeau.model.part import Part
from copeau.model.plan import Setup, Workingstep
from copeau.model.program import PostedStep, Program, ProgramSheet, Run
from copeau.model.tool import Tool
from copeau.nc import interpret, post
from copeau.process.edits import plan_hash
from copeau.process.numbering import Numbers, tools_by_number
from copeau.process.scene import Bench, SetupScene
from copeau.simulation.local import joined
from copeau.simulation.remove import simulate
from copeau.simulation.tridexel import PackedStock, TriDexel, packed
from copeau.simulation.views import SetupView
from copeau.toolpath import Ahead, Scene, begin, generate

FINISHING = ("floor", "wall", "parallel", "waterline")
ROUGHING = ("adaptive",)
NOT_NEEDED = ("nothing_to_finish", "nothing_to_rough")  # refusals of a step whose work others have done
SIMULATED = "linuxcnc"  # the controller whose text is interpreted and simulated
MOST_CLEARINGS = 3  # of one step: each finds less, and what is found after all the texts' simulation tells again
MOST_LEFT_OUT = 0.1  # of the paths of a roughing step that touches: else it waits for the others, for they need what it clears
CLEARANCE_MM = 5.0  # rapids across happen this far above the largest stock that the phase allows


@dataclass
class SetupResult:
    """One setup carried out: motions, texts, their interpretation and what was found."""

    setup: Setup
    scene: SetupScene
    steps: tuple[PostedStep, ...]
    texts: dict[str, str]
    program: Program | None
    stock_in: PackedStock
    findings: list[Finding]
    remarks: list[str]
    tools: dict[int, Tool]
    clearance_z: float
    undone: frozenset[int] = frozenset()  # faces whose finishing was refused, or left out in part


@dataclass(frozen=True)
class Bound:
    """What all setups of a job share: part, bench, numbers of the tools, and what the programs say of themselves."""

    part: Part
    bench: Bench
    numbers: Numbers
    controllers: tuple[str, ...]
    assumed: tuple[str, ...]
    is_edited: bool  # by a person: steps are carried out as written
    threads: int = 1

    def tools(self) -> dict[int, Tool]:
        """Tools by number."""
        return tools_by_number(self.bench.tools, self.numbers)

    def clamping(self, setup: Setup, clearance_z: float) -> Clamping:
        """What its steps are cut with."""
        return Clamping(setup.part_to_wcs, self.tools(), clearance_z, self.threads)


def cut_setup(job: Bound, setup: Setup, scene: SetupScene, stock: TriDexel) -> tuple[SetupResult, TriDexel]:
    """Make the motions of every workingstep from the stock before it, and cut them; the stock that is left with the result.

    A step of the planner whose tool would touch what it cannot cut waits for the others; what still touches then is left out.
    """
    stock_in, tools = packed(stock), job.tools()
    clearance = scene.stance.stock_top_z + CLEARANCE_MM
    with working_ahead(job, setup, scene, stock, clearance) as ahead:
        made, remarks, undone, stock = cut_steps(job, setup, scene, stock, ahead, clearance)
    forget(scene.around)
    if scene.rough is not None and scene.rough is not scene.design:
        scene.rough.forget()
    return posted(job, SetupResult(setup, scene, tuple(made), {}, None, stock_in, [], remarks, tools, clearance, frozenset(undone))), stock


@contextmanager
def working_ahead(job: Bound, setup: Setup, scene: SetupScene, stock: TriDexel, clearance: float) -> Iterator[Ahead]:
    """What depends on the design alone is worked out beside the steps before, if there are threads for it."""
    ahead = Ahead(scene.vertices, scene.triangles)
    if job.threads == 1:
        yield ahead
        return
    pool = ThreadPoolExecutor(job.threads - 1)
    try:
        begin(setup.workingsteps, toolpath_scene(job, setup, scene, stock, clearance, ahead), pool)
        yield ahead
    finally:
        pool.shutdown(cancel_futures=True)


def cut_steps(job: Bound, setup: Setup, scene: SetupScene, stock: TriDexel, ahead: Ahead, clearance: float):
    """The steps that were made, remarks, faces whose finishing is not done, and the stock after all."""
    made, remarks, undone = [], [], set()
    refused: list[Workingstep] = []
    waiting = [(w, False) for w in setup.workingsteps]
    while waiting:
        w, again = waiting.pop(0)
        w = w if job.is_edited else without_counting_on(w, refused)
        try:
            segments = generate(w, toolpath_scene(job, setup, scene, stock, clearance, ahead))
        except Refusal as r:
            if job.is_edited or r.name not in NOT_NEEDED:
                remarks.append(f"{name_of(w)} not made: {r}")
                refused.append(w)
            undone |= set(w.faces) if w.strategy in FINISHING and r.name not in NOT_NEEDED else set()
            continue
        trial, found = cut_step(job, setup, scene, stock, PostedStep(w, segments), clearance)
        if found and not job.is_edited:
            may_wait = not again and w.strategy != "facing"
            if may_wait and w.strategy not in ROUGHING:
                # What stands in the way now may be gone once the other steps are done.
                waiting.append((w, True))
                continue
            cleared, trial = cleared_step(job, setup, scene, packed(stock), PostedStep(w, segments), clearance)
            if may_wait and cleared.left_out > MOST_LEFT_OUT * cleared.of:
                waiting.append((w, True))
                continue
            segments = cleared.segments
            if cleared.left_out:
                remarks.append(f"{name_of(w)}: {cleared}, where {worst(found)}")
                undone |= set(w.faces) if w.strategy in FINISHING else set()
            if not segments:
                continue
        made.append(PostedStep(w, segments))
        ahead.forget(w)
        stock = trial
    return made, remarks, undone, stock


def without_counting_on(w: Workingstep, refused: Sequence[Workingstep]) -> Workingstep:
    """The step as it is, or so that it goes where the larger tools of refused steps over the same faces were to go."""
    missing = {r.tool.number for r in refused if r.strategy == w.strategy and set(r.faces) & set(w.faces)}
    after = w.parameters.get("rest_after", [])
    kept = [n for n in after if n not in missing]
    return w if len(kept) == len(after) else replace(w, parameters={**w.parameters, "rest_after": kept})


def name_of(w: Workingstep) -> str:
    """A workingstep as remarks name it."""
    return f"workingstep {w.id} ({w.operation}, T{w.tool.number} D{w.tool.DC:g})"


def toolpath_scene(job: Bound, setup: Setup, scene: SetupScene, stock: TriDexel, clearance: float, ahead: Ahead) -> Scene:
    """What the toolpaths of a workingstep see, from the stock before it."""
    view = SetupView(stock, setup.part_to_wcs)
    return Scene(
        scene.vertices, scene.triangles, scene.face, scene.design, scene.around.fixture, view, scene.stance.lowest_z, clearance,
        job.tools(), job.threads, ahead, scene.rough, scene.rough_off_mm,
    )  # fmt: skip


def cut_step(job: Bound, setup: Setup, scene: SetupScene, stock: TriDexel, step: PostedStep, clearance: float) -> tuple[TriDexel, list[Finding]]:
    """A copy of the stock after the step, and the findings."""
    trial = stock.copy()
    return trial, cut_from(job, setup, scene, trial, step, clearance)


def cut_from(job: Bound, setup: Setup, scene: SetupScene, stock: TriDexel, step: PostedStep, clearance: float) -> list[Finding]:
    """Cut the step from the stock itself; the findings. Canned cycles are cut as the control expands their text."""
    tools = job.tools()
    if all(isinstance(s, Run) for s in step.segments):
        moves = moves_of(step.segments, step.workingstep)
        start = start_of(moves, clearance)
    else:
        program = interpret(post(program_sheet(job, setup, scene, [step], clearance), SIMULATED), f"{setup.id}.ngc", tools=tools)
        moves, start = program.moves, program.start
    return simulate(stock, moves, start, tools, setup.part_to_wcs, threads=job.threads).findings


def cleared_step(
    job: Bound, setup: Setup, scene: SetupScene, stock: PackedStock, step: PostedStep, clearance: float, where: NDArray[np.float64] | None = None
) -> tuple[Cleared, TriDexel]:  # fmt: skip
    """The step without the paths that touch what they should not, and the stock after it; `where` as in `clear_runs`.

    How the tool goes past what was left out may touch something elsewhere: then it is looked at once more.
    """
    w, so_far, clamping = step.workingstep, None, job.clamping(setup, clearance)
    for _ in range(MOST_CLEARINGS):
        cleared = clear_runs(stock, step.segments, w, clamping, where, wants_after=True)
        so_far = cleared if so_far is None else replace(
            cleared, left_out=min(so_far.left_out + cleared.left_out, so_far.of), of=so_far.of, changed=joined([*so_far.changed, *cleared.changed])
        )  # fmt: skip
        if not cleared.segments:
            return so_far, stock.unpacked()
        step, where = PostedStep(w, cleared.segments), None
        trial, found = cleared.after, cleared.found
        if trial is None:
            trial = stock.unpacked()
            found = cut_from(job, setup, scene, trial, step, clearance)
        if not found or not len(cleared.changed):
            break
    return so_far, trial


def posted(job: Bound, r: SetupResult) -> SetupResult:
    """The result with the setup's workingsteps, texts and program as its steps are."""
    setup = replace(r.setup, workingsteps=tuple(m.workingstep for m in r.steps))
    if not r.steps:
        return replace(r, setup=setup)
    sheet = program_sheet(job, setup, r.scene, r.steps, r.clearance_z)
    texts = {c: post(sheet, c) for c in dict.fromkeys((SIMULATED, *job.controllers))}
    return replace(r, setup=setup, texts=texts, program=interpret(texts[SIMULATED], f"{setup.id}.ngc", tools=r.tools))


def program_sheet(job: Bound, setup: Setup, scene: SetupScene, steps: Sequence[PostedStep], clearance: float) -> ProgramSheet:
    """What the post needs to know."""
    used = {s.workingstep.tool.number: s.workingstep.tool for s in steps}
    size = scene.footprint.bounds
    stock = f"{size[2] - size[0]:.1f} x {size[3] - size[1]:.1f} x {scene.stance.stock_top_z:.1f} mm"
    return ProgramSheet(
        job.part.name, setup.id, job.bench.machine.name, job.bench.material.name, stock, setup.wcs_origin, plan_hash(setup), job.assumed,
        tuple(used[k] for k in sorted(used)), tuple(steps), clearance,
    )  # fmt: skip
