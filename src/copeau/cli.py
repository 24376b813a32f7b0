"""The command: thin. Parses words, calls `chain` and the rooms, prints; heavy modules are imported by the command that needs them."""

import json
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from copeau.model.errors import CopeauError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="From a STEP file to verified G-code.")

PartArg = Annotated[Path, typer.Argument(help="STEP file (AP203, AP214, AP242)")]
JobArg = Annotated[Path, typer.Argument(help="job folder written by copeau make")]
OutOpt = Annotated[Path, typer.Option("-o", "--output", help="job folder to write")]
JsonOpt = Annotated[bool, typer.Option("--json", help="one JSON document on standard output")]
LangOpt = Annotated[str, typer.Option("--lang", help="en or fr")]
SolidOpt = Annotated[str | None, typer.Option("--solid", help="number or name of a solid of an assembly")]
MaterialOpt = Annotated[str | None, typer.Option("--material")]
MachineOpt = Annotated[str | None, typer.Option("--machine")]
ControllerOpt = Annotated[list[str] | None, typer.Option("--controller", help="linuxcnc, haas, fanuc; may be given several times")]
ToolsOpt = Annotated[Path | None, typer.Option("--tools", help="tools.yaml of the workshop")]
RequirementsOpt = Annotated[Path | None, typer.Option("--requirements")]
PlanOpt = Annotated[Path | None, typer.Option("--plan", help="edited plan.yaml to carry out")]
ThreadsOpt = Annotated[int, typer.Option("--threads", min=1, max=64)]
VerboseOpt = Annotated[bool, typer.Option("-v", "--verbose")]

WORDS = {
    "en": {"ok": "verified: ok", "not": "NOT VERIFIED", "why": "reasons", "wrote": "wrote", "features": "features", "face": "face", "setups": "setups", "time": "machining time",
           "first": "first run: the kernels are compiled, once; this takes about a minute more"},
    "fr": {"ok": "vérifié : conforme", "not": "NON VÉRIFIÉ", "why": "motifs", "wrote": "écrit", "features": "entités", "face": "face", "setups": "phases", "time": "temps d'usinage",
           "first": "première exécution : les noyaux de calcul sont compilés, une seule fois ; environ une minute de plus"},
}  # fmt: skip


def _options(**kw):
    from copeau.chain import Options

    _check_lang(kw["lang"])
    kw["controllers"] = _controllers(kw.pop("controller")) or ("linuxcnc",)
    for option in ("material", "machine"):
        if kw.get(option):
            _check_table(option, kw[option])
    return Options(**kw)


def _check_lang(lang: str) -> None:
    if lang not in WORDS:
        raise CopeauError(f"language {lang!r} is unknown", "--lang", f"use {' or '.join(WORDS)}")


def _controllers(names: list[str] | None, option: str = "--controller") -> tuple[str, ...]:
    from copeau.nc import dialects

    for name in names or ():
        if name not in dialects():
            raise CopeauError(f"controller {name!r} is unknown", option, f"use {', '.join(dialects())}")
    return tuple(names or ())


def _check_table(option: str, name: str) -> None:
    """Refuse a name that the package's table does not have before the work begins."""
    from copeau import data

    try:
        getattr(data, option)(name)
    except CopeauError as e:
        raise CopeauError(e.what, f"--{option}", e.mend) from None


class _Bar:
    """A progress bar on standard error; silent when the answer is JSON or nobody watches. Between stages dropped memory goes back to the system."""

    def __init__(self, quiet: bool):
        from rich.progress import Progress

        self.bar = None if quiet or not sys.stderr.isatty() else Progress(transient=True, console=_err_console())
        self.task, self.stage = None, ""

    def __enter__(self):
        if self.bar:
            self.bar.start()
            self.task = self.bar.add_task("read", total=1.0)
        return self

    def __exit__(self, *_):
        if self.bar:
            self.bar.stop()

    def say(self, text: str) -> None:
        """A line that stays, over the bar."""
        if self.bar:
            self.bar.console.print(text)
        else:
            typer.echo(text, err=True)

    def __call__(self, stage: str, share: float) -> None:
        if stage != self.stage:
            self.stage = stage
            trim_memory()
        if self.bar:
            self.bar.update(self.task, description=stage, completed=share)


def _err_console():
    from rich.console import Console

    return Console(stderr=True)


def _finish(report: dict, as_json: bool, lang: str, out: Path) -> None:
    words, ok = WORDS[lang], report["verification"]["ok"]
    if as_json:
        typer.echo(json.dumps(report))
    else:
        typer.echo(f"{report['part']['name']}: {len(report['features'])} {words['features']}, {len(report['setups'])} {words['setups']}, {words['time']} {report['time_s'] / 60:.1f} min")
        v = report["verification"]
        typer.echo(f"max gouge {v['max_gouge_mm']:.4f} mm, max excess {v['max_excess_mm']:.3f} mm, collisions {len(v['collisions'])}")
        typer.echo(words["ok"] if ok else f"{words['not']}: " + "; ".join(v["reasons"]))
        typer.echo(f"{words['wrote']} {out}")
    raise typer.Exit(0 if ok else 3)


@app.command()
def make(
    part: PartArg, output: OutOpt = Path("job"), material: MaterialOpt = None, machine: MachineOpt = None, controller: ControllerOpt = None,
    stock: Annotated[str | None, typer.Option("--stock")] = None, tools: ToolsOpt = None, requirements: RequirementsOpt = None,
    plan: PlanOpt = None, lot: Annotated[int, typer.Option("--lot", min=1)] = 1, lang: LangOpt = "en", solid: SolidOpt = None,
    threads: ThreadsOpt = 2, as_json: JsonOpt = False, verbose: VerboseOpt = False,
) -> None:  # fmt: skip
    """STEP file to a job folder: plan, verified programs, documents."""
    from copeau.chain import make as run
    from copeau.first_run import CompiledBeside
    from copeau.job_folder import check_place

    check_place(output)
    options = _options(material=material, machine=machine, controller=controller, stock=stock, tools=tools, requirements=requirements, plan=plan, lot=lot, lang=lang,
                       solid=solid, threads=threads)  # fmt: skip
    with CompiledBeside(threads) as beside, _Bar(as_json) as bar:

        def progress(stage: str, share: float) -> None:
            # Not before the part is read: a file that is refused gets its error and no other word.
            if stage != "read" and beside.begin() and not as_json:
                bar.say(WORDS[lang]["first"])
            bar(stage, share)

        _, report = run(part, output, options, progress)
    if verbose:
        for line in report["remarks"]:
            typer.echo(line, err=True)
        typer.echo(f"elapsed: {report['elapsed_s']}", err=True)
    _finish(report, as_json, lang, output)


@app.command()
def inspect(part: PartArg, as_json: JsonOpt = False, lang: LangOpt = "en", solid: SolidOpt = None) -> None:
    """Features of a part, and the feature of every face."""
    from copeau.chain import read
    from copeau.inspection import inspection, table

    options = _options(controller=None, lang=lang, solid=solid)
    told = inspection(*read(part, options))
    typer.echo(json.dumps(told) if as_json else table(told, lang))


@app.command()
def plan(
    part: PartArg, output: OutOpt = Path("plan.yaml"), material: MaterialOpt = None, machine: MachineOpt = None, tools: ToolsOpt = None,
    lang: LangOpt = "en", solid: SolidOpt = None, as_json: JsonOpt = False,
) -> None:  # fmt: skip
    """The process plan alone, to read and edit."""
    from copeau.chain import plan_only
    from copeau.job_folder import check_parent

    check_parent(output)
    options = _options(material=material, machine=machine, controller=None, tools=tools, lang=lang, solid=solid)
    with _Bar(as_json) as bar:
        made, text = plan_only(part, options, bar)
    output.write_text(text, encoding="utf-8")
    steps = sum(len(s.workingsteps) for s in made.setups)
    told = {"plan": str(output), "setups": [s.id for s in made.setups], "workingsteps": steps}
    words = WORDS[lang]
    typer.echo(json.dumps(told) if as_json else f"{words['wrote']} {output}: {len(made.setups)} {words['setups']}, {steps} workingsteps")


@app.command()
def program(job: JobArg, part: Annotated[Path | None, typer.Option("--part", help="the STEP file, if it is not beside the job")] = None,
            controller: ControllerOpt = None, lang: LangOpt = "en", as_json: JsonOpt = False) -> None:  # fmt: skip
    """Programs again from the job's own, perhaps edited, plan.yaml."""
    from copeau.chain import make as run
    from copeau.jobs import options_of, part_of

    _check_lang(lang)
    step = part or part_of(job)
    options = options_of(job, _controllers(controller), lang)
    with _Bar(as_json) as bar:
        _, report = run(step, job, options, bar)
    _finish(report, as_json, lang, job)


@app.command()
def simulate(
    program: Annotated[Path, typer.Argument(help="program of any origin: LinuxCNC, Haas, Fanuc")],
    stock: Annotated[str, typer.Option("--stock", help="box:x0,y0,z0,x1,y1,z1 | cyl:d,z0,z1 | FILE.step | FILE.stl")],
    tools: Annotated[Path, typer.Option("--tools", help="tools.yaml | tool.tbl | FILE.camotics")],
    cell: Annotated[float, typer.Option("--cell", min=0.005, max=50.0)] = 0.2,
    threads: ThreadsOpt = 2, output: OutOpt = Path("simulation"), dialect: Annotated[str, typer.Option("--dialect")] = "linuxcnc",
    machine: MachineOpt = None, lang: LangOpt = "en", as_json: JsonOpt = False,
) -> None:  # fmt: skip
    """Cut a program, written by anybody, out of a stock, and tell what it hits."""
    from copeau.alone import simulate_program
    from copeau.job_folder import check_place

    check_place(output)
    _check_lang(lang)
    _controllers([dialect], "--dialect")
    if machine:
        _check_table("machine", machine)
    report = simulate_program(program, stock, tools, cell, threads, output, dialect, machine)
    if as_json:
        typer.echo(json.dumps(report))
    else:
        typer.echo(f"{report['moves']} moves, {report['removed_mm3']:.1f} mm3 removed, {len(report['collisions'])} findings; {WORDS[lang]['wrote']} {output}")
        for c in report["collisions"][:20]:
            typer.echo(f"  line {c['line']}: {c['kind']} {c['with']} {c['detail']}")
    raise typer.Exit(3 if report["collisions"] else 0)


@app.command()
def verify(job: JobArg, part: Annotated[Path | None, typer.Option("--part")] = None, lang: LangOpt = "en", as_json: JsonOpt = False) -> None:
    """Read and simulate the posted programs of a job again, and judge the result."""
    from copeau.jobs import verify_job

    _check_lang(lang)
    verdict = verify_job(job, part)
    words = WORDS[lang]
    typer.echo(json.dumps(verdict) if as_json else (words["ok"] if verdict["ok"] else f"{words['not']}: " + "; ".join(verdict["reasons"])))
    raise typer.Exit(0 if verdict["ok"] else 3)


def main() -> None:
    """Entry point: errors of the person's input are told in words, never as a traceback."""
    give_memory_back()
    try:
        app()
    except CopeauError as e:
        typer.echo(f"error: {e}", err=True)
        sys.exit(e.exit_code)
    except OSError as e:
        # Whatever file it was: a full disk, a folder that may not be written.
        named = CopeauError(f"a file cannot be read or written: {e.strerror or e}", str(e.filename or "-o"), "check the path, your permission and the room on the disk")
        typer.echo(f"error: {named}", err=True)
        sys.exit(named.exit_code)
    except ImportError as e:
        typer.echo(f"error: {missing_library(e)}", err=True)
        sys.exit(INTERNAL)
    except Exception:
        # The outermost door: nothing is hidden, only the exit code says that the fault is ours.
        traceback.print_exc()
        typer.echo("error: this is a fault of Copeau itself\n  where: see the lines above\n  mend:  report them with the file that caused it", err=True)
        sys.exit(INTERNAL)


MMAP_THRESHOLD, LARGE_BYTES = -3, 1 << 20  # a parameter of glibc's mallopt, and from where on an array is large


def give_memory_back() -> None:
    """Have the C library return every large array to the system when it is dropped: glibc otherwise keeps ever larger ones, a third of what a
    large part needs."""
    _of_glibc("mallopt", MMAP_THRESHOLD, LARGE_BYTES)


def trim_memory() -> None:
    """Give back what small blocks have left free: many thousands of outlines make holes among what stays."""
    _of_glibc("malloc_trim", 0)


def _of_glibc(name: str, *arguments: int) -> None:
    """Call a function of glibc's own; other C libraries have none of it and need none."""
    import ctypes

    function = getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
    if function is not None:
        function(*arguments)


INTERNAL = 70  # exit code of what no input should cause


def missing_library(e: ImportError) -> CopeauError:
    """What to install for a module that cannot be loaded."""
    shared = ".so" in str(e)
    mend = "install the system's library (on Debian: apt-get install libgl1 libx11-6)" if shared else "install Copeau again: pip install copeau"
    return CopeauError(f"a library cannot be loaded: {e}", e.name or "Python's packages", mend)


if __name__ == "__main__":
    main()
