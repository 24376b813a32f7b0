"""The chain: STEP file -> plan -> motions -> posted text -> simulation of that text -> verdict -> job folder."""

import itertools
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from copeau.blank import Blank, check_blank, read_blank
from copeau.job_folder import move_in_place, write_job
from copeau.model.errors import CopeauError
from copeau.model.part import Part
from copeau.model.plan import Plan

PLAN_CELLS = 220  # cells of the in-process stock along its longest side while planning: fine enough for rest material
LEAST_PLAN_CELL_MM, MOST_PLAN_CELL_MM = 0.2, 2.5
MENDING_ROUNDS = 6  # collisions first, then what is left, then with other tools and from other sides what still is
SAWN_BOX = "stock sawn box"


@dataclass(frozen=True)
class Options:
    """What the person asked for; None where nobody said, which becomes ASSUMED."""

    material: str | None = None
    machine: str | None = None
    controllers: tuple[str, ...] = ("linuxcnc",)
    stock: str | None = None
    tools: Path | None = None
    requirements: Path | None = None
    plan: Path | None = None
    lot: int = 1
    lang: str = "en"
    solid: str | None = None
    threads: int = 2


@dataclass
class Job:
    """Everything that the job folder tells."""

    part: Part
    recognition: object
    options: Options
    plan: Plan
    bench: object
    setups: list  # setup_cutting.SetupResult, without steps and scenes
    result: object  # tridexel.PackedStock
    verdict: object  # verdict.Verdict
    bound: object  # setup_cutting.Bound
    remarks: list[str] = field(default_factory=list)
    elapsed_s: dict[str, float] = field(default_factory=dict)
    asked: object = None  # process.requirements.Requirements, or None
    outcomes: tuple = ()  # process.outcomes.Outcome


Progress = Callable[[str, float], None]


def silent(stage: str, share: float) -> None:
    """A progress that nobody watches."""


def make(step_file: Path, out: Path, options: Options, progress: Progress = silent) -> tuple[Job, dict]:
    """The whole chain; writes the job folder `out` once the verification has spoken.

    Raises `CopeauError`; nothing is written then.
    """
    from copeau.process.places import Been
    from copeau.simulation.tridexel import packed
    from copeau.verdict import told_too_short

    clock = Clock()
    with clock("read"):
        progress("read", 0.0)
        part, recognition = read(step_file, options)
    with clock("choose"):
        asked = read_asked(part, recognition, options)
        bench, assumed = choose_bench(part, options, asked)
    with clock("plan and cut"):
        results = carry_out(part, recognition, bench, options, assumed, progress, asked)
    result = simulated(results, bench, options, progress, clock)
    verdict, been = None, Been()
    for _ in range(MENDING_ROUNDS if options.plan is None else 0):
        touches = any(r.findings for r in results.setups)
        verdict = None if touches else judged(part, results, result, bench, options, progress, clock)
        if verdict is not None and verdict.ok:
            break
        with clock("mend"):
            progress("mend", 0.0)
            aside, result = (packed(result), None) if touches else (None, result)  # paths that touch are mended without it, and it is large
            setups = mended(results, result, verdict, been)
        if all(a is b for a, b in zip(setups, results.setups)):
            result = aside.unpacked() if aside else result
            break
        old, results, verdict = results.setups, results.with_setups(setups), None
        result, first = more_cut(old, setups, result, bench, options, clock)
        del old, setups  # their motions are as large as those that took their place
        if result is None:
            result = simulated(results, bench, options, progress, clock, first)
    if verdict is None:
        verdict = judged(part, results, result, bench, options, progress, clock)
    with clock("verify"):
        verdict = told_too_short(verdict, setup_motions(results), bench.tools, results.plan.left_raw_faces)
    carried = [replace(r, steps=(), scene=None) for r in results.setups]  # what only planning and mending ask for is large
    job = Job(part, recognition, options, results.plan, bench, carried, packed(result), verdict, results.bound, results.remarks, clock.elapsed_s, asked, results.outcomes)
    del result, results, carried
    with clock("write"), tempfile.TemporaryDirectory(dir=out.resolve().parent) as scratch:
        progress("write", 0.0)
        report = write_job(job, Path(scratch) / "job")
        move_in_place(Path(scratch) / "job", out)
    return job, report


def simulated(results, bench, options: Options, progress: Progress, clock: "Clock", first: int = 0):
    """The workpiece that the posted texts make; those of the setups before the `first` are as they were simulated before."""
    from copeau.text_simulation import simulate_texts

    with clock("simulate"):
        progress("simulate", 0.0)
        return simulate_texts(results.setups, results.blank, bench.machine, progress, options.threads, first)


def more_cut(old: list, setups: list, result, bench, options: Options, clock: "Clock"):
    """The workpiece `result` of the `old` setups with what `setups` cut besides, None where it has to be cut again; and the first setup that differs."""
    from copeau.text_simulation import simulate_additions

    with clock("simulate"):
        more = None if result is None else simulate_additions(old, setups, result, bench.machine, options.threads)
    return more, next(k for k, (a, b) in enumerate(zip(old, setups)) if a is not b)


def judged(part: Part, results, result, bench, options: Options, progress: Progress, clock: "Clock"):
    """The verdict on a workpiece."""
    with clock("verify"):
        progress("verify", 0.0)
        return verify(part, results, result, bench, options.threads)


def mended(results: "CarriedOut", result, verdict, been) -> list:
    """Where paths collide (`verdict` is None then) the setups without them, else with workingsteps for what the verdict finds left without a cause."""
    from copeau.rest import with_rest_steps, without_hits

    if verdict is None:
        return [without_hits(results.bound, r) if r.findings else r for r in results.setups]
    stocks = itertools.chain((r.stock_in.unpacked() for r in results.setups[1:]), (result,))
    return with_rest_steps(results.bound, results.bench, results.setups, stocks, verdict.open_samples, been, results.left_tilted)


class Clock:
    """Seconds of each stage."""

    def __init__(self):
        self.elapsed_s: dict[str, float] = {}

    def __call__(self, stage: str):
        """A context whose duration is added to `stage`."""
        from contextlib import contextmanager

        @contextmanager
        def timed():
            t = time.perf_counter()
            yield
            self.elapsed_s[stage] = round(self.elapsed_s.get(stage, 0.0) + time.perf_counter() - t, 3)

        return timed()


def read(step_file: Path, options: Options):
    """Part and recognition."""
    from copeau.features import recognise
    from copeau.part import read_step

    part = read_step(step_file, solid=options.solid)
    return part, recognise(part)


def read_asked(part: Part, recognition, options: Options):
    """The requirements of the file, None without one. Raises `CopeauError` where it and --material differ."""
    from copeau.data import material
    from copeau.process.requirements import read_requirements

    if options.requirements is None:
        return None
    asked = read_requirements(options.requirements, part, recognition)
    if options.material and asked.material and material(options.material).id != asked.material:
        raise CopeauError(f"--material says {options.material}, the requirements say {asked.material}", str(options.requirements), "leave one of them out")
    return asked


def choose_bench(part: Part, options: Options, asked=None):
    """Machine, material and tools; what nobody said is the conservative choice, listed as assumed."""
    from copeau.data import conservative_steel, load_tools, smallest_machine
    from copeau.process.scene import Bench

    assumed = []
    of_material = named("material", options.material or (asked.material if asked else None), options.plan)
    of_machine = named("machine", options.machine, options.plan)
    chosen_material = of_material.value or conservative_steel()
    if of_material.value is None or of_material.is_assumed:
        assumed.append(f"material {chosen_material.id}")
    if of_machine.value:
        chosen_machine = of_machine.value
    else:
        size = np.sort(part.bbox[1] - part.bbox[0])[::-1]
        mass = float(np.prod(size)) * chosen_material.density_g_cm3 * 1e-6
        chosen_machine = smallest_machine((size[0] + 80.0, size[1] + 80.0, size[2] + 250.0), mass)
    if of_machine.value is None or of_machine.is_assumed:
        assumed.append(f"machine {chosen_machine.id}")
    if not options.stock:
        assumed.append(SAWN_BOX)
    tools = load_tools(chosen_machine, options.tools)
    if not options.tools:
        assumed.append("tools of the standard cabinet")
    return Bench(tuple(tools), chosen_machine, chosen_material), tuple(assumed)


@dataclass(frozen=True)
class Named:
    """A material or a machine, None where nobody named one; `is_assumed`: the plan that names it says that it was assumed."""

    value: object
    is_assumed: bool


def named(kind: str, given: str | None, plan_file: Path | None) -> Named:
    """The `kind` ("material" or "machine") that the person gave by option or requirement, or that the plan names.

    Raises `CopeauError` where these contradict each other, or the name is unknown.
    """
    from copeau import data
    from copeau.process.edits import asked_bench

    plan = asked_bench(plan_file) if plan_file else None
    planned = getattr(plan, kind, None)
    where = f"{plan.file}, line {plan.lines[kind]}" if plan else f"--{kind}"
    if given and planned and given != planned:
        raise CopeauError(f"the plan is for {kind} {planned}, {given} is asked for", where, f"leave --{kind} out, or write it into the plan")
    name = given or planned
    try:
        value = getattr(data, kind)(name) if name else None
    except CopeauError as e:
        raise CopeauError(e.what, where, e.mend) from None
    return Named(value, not given and plan is not None and f"{kind} {planned}" in plan.assumed)


def given_blank(part: Part, options: Options, edits) -> Blank | None:
    """The blank that --stock or else the edited plan asks for, held against the part; None where the planner chooses."""
    from copeau.process.edits import line_of_stock, planned_stock

    if options.stock:
        blank = read_blank(options.stock)
    elif edits:
        spec = planned_stock(edits)
        blank = read_blank(spec.file) if spec.kind == "mesh" else Blank(spec)
    else:
        return None
    try:
        check_blank(blank, part)
    except CopeauError as e:
        raise CopeauError(e.what, e.where if options.stock else line_of_stock(edits), e.mend) from None
    return blank


@dataclass
class CarriedOut:
    """Setups with their motions, and the plan that they follow."""

    plan: Plan
    setups: list  # setup_cutting.SetupResult
    remarks: list[str]
    blank: Blank
    bound: object  # setup_cutting.Bound
    bench: object  # process.scene.Bench: the usable tools
    outcomes: tuple = ()  # process.outcomes.Outcome: what became of each requirement
    left_tilted: tuple[int, ...] = ()  # faces of holes that a tilted setup is to drill

    def with_setups(self, setups: list) -> "CarriedOut":
        """The same job with its setups made again."""
        told = [x for a, b in zip(setups, self.setups) for x in a.remarks[len(b.remarks) :]]
        plan = replace(self.plan, setups=tuple(r.setup for r in setups), remarks=(*self.plan.remarks, *told))
        return replace(self, setups=setups, plan=plan, remarks=[*self.remarks, *told])


def carry_out(part: Part, recognition, bench, options: Options, assumed: Sequence[str], progress: Progress, asked=None) -> CarriedOut:
    """Plan each setup from its incoming stock, make its motions, cut them in a coarse stock, go on to the next."""
    from copeau.process.edits import edited_setup, ordered_setups, read_plan
    from copeau.process.outcomes import not_carried_out, outcomes
    from copeau.process.planner import open_plan, plan_setup, reopen, setup_ids
    from copeau.process.tilted import tilted_remark
    from copeau.setup_cutting import Bound, cut_setup
    from copeau.toolpath.generate import strategies

    edits = read_plan(options.plan, len(part.faces), part.sha256) if options.plan else None
    given = given_blank(part, options, edits)
    if edits and SAWN_BOX not in edits.text.assumed:
        assumed = tuple(a for a in assumed if a != SAWN_BOX)
    draft = open_plan(part, recognition, bench, given.spec if given else None, asked)
    bbox = draft.stock.bbox  # along the frame's rows
    if not np.allclose(draft.frame, np.eye(3)):
        raise CopeauError("the part's faces are turned against the file's axes", part.file, "turn the part so that its main faces lie along x, y, z", 4)
    cell = float(np.clip((bbox[1] - bbox[0]).max() / PLAN_CELLS, LEAST_PLAN_CELL_MM, MOST_PLAN_CELL_MM))
    blank = given or Blank(draft.stock)
    stock = blank.body(cell)
    results, remarks, setups = [], [], []
    bound = Bound(part, bench, draft.numbers, options.controllers, tuple(assumed), options.plan is not None, options.threads)
    ids = setup_ids(draft)
    order = ordered_setups(edits, ids) if edits else ids
    remarks += [f"setup {i} dropped by the plan" for i in ids if i not in order]
    for setup_id in order:
        progress(f"setup {setup_id}", order.index(setup_id) / len(order))
        setup, scene = plan_setup(draft, ids.index(setup_id), stock_box(stock))
        if edits is not None:
            setup = edited_setup(edits, setup, bench.tools, draft.numbers, strategies())
        result, stock = cut_setup(bound, setup, scene, stock)
        reopen(draft, setup.direction, result.undone)
        remarks += result.remarks
        if not result.steps:
            remarks.append(f"setup {setup_id}: nothing left to machine from this side")
            continue
        results.append(result)
        setups.append(result.setup)
    if not results:
        raise CopeauError("no setup can be planned", part.file, "see the remarks: " + "; ".join(remarks[:8]), exit_code=4)
    became = outcomes(asked, part, recognition.features, setups, draft.unmet) if asked else ()
    tilted = [tilted_remark(hole, draft.sight.directions) for hole in draft.tilted]
    remarks += [*dict.fromkeys(draft.remarks), *tilted, *not_carried_out(became)]
    left_raw = tuple(edits.text.left_raw_faces) if edits else ()
    plan = Plan(part.file, part.sha256, bench.material.id, bench.machine.id, draft.stock, tuple(setups), tuple(assumed), left_raw, draft.unreachable, tuple(remarks))
    return CarriedOut(plan, results, remarks, blank, bound, draft.bench, became, tuple(f for hole in draft.tilted for f in hole.faces))


def stock_box(stock) -> np.ndarray:
    """Bounding box of the material that is there, part axes."""
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for f in stock.fields:
        _, starts, ends = f.intervals()
        if len(starts):
            low[f.axis], high[f.axis] = starts.min(), ends.max()
    return np.array([low, high])


def plan_only(step_file: Path, options: Options, progress: Progress = silent):
    """The plan and its text, without a verdict."""
    from copeau.process.edits import write_plan

    part, recognition = read(step_file, options)
    asked = read_asked(part, recognition, options)
    bench, assumed = choose_bench(part, options, asked)
    done = carry_out(part, recognition, bench, options, assumed, progress, asked)
    return done.plan, write_plan(done.plan)


def verify(part: Part, results: CarriedOut, stock, bench, threads: int):
    """Deviation from the design, what explains it, and the verdict."""
    from copeau.verdict import judge_job

    findings = [f for r in results.setups for f in r.findings]
    return judge_job(part, stock, (), setup_motions(results), bench.tools, findings, results.plan.left_raw_faces, threads)


def setup_motions(results: CarriedOut) -> list:
    """What the programs of each setup do, for the judge."""
    from copeau.simulation.visited import SetupMotion

    return [SetupMotion(r.setup.id, r.setup.part_to_wcs, (r.program,), r.tools) for r in results.setups]
