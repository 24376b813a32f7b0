"""Jobs that exist: find their part, run them again, judge their posted texts again."""

import json
from pathlib import Path

import numpy as np

from copeau.model.errors import CopeauError
from copeau.model.tool import Tool

STL_HEAD, STL_ROW = 84, np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def read_report(job: Path) -> dict:
    """`report.json` of a job folder."""
    try:
        report = json.loads((job / "report.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CopeauError("no report.json", str(job), "name a folder that copeau make wrote") from None
    except ValueError as e:
        raise CopeauError(f"report.json cannot be read: {e}", str(job / "report.json"), "make the job again") from None
    if not isinstance(report, dict) or report.get("schema") != "copeau/report@1":
        raise CopeauError("report.json is no copeau/report@1", str(job / "report.json"), "make the job again")
    return report


def part_of(job: Path) -> Path:
    """The job's STEP file: in the job, beside it, or in the current folder."""
    name = read_report(job)["part"]["file"]
    for folder in (job, job.parent, Path.cwd()):
        if (folder / name).is_file():
            return folder / name
    raise CopeauError(f"the part {name} is not at hand", str(job), "name it with --part FILE.step")


def options_of(job: Path, controllers: tuple[str, ...], lang: str):
    """Options that carry out the job's own plan again."""
    from copeau.chain import Options
    from copeau.job_folder import REQUIREMENTS_FILE

    report = read_report(job)
    if not (job / "plan.yaml").is_file():
        raise CopeauError("no plan.yaml", str(job), "make the job again")
    return Options(
        controllers=controllers or tuple(report["options"].get("controllers", ["linuxcnc"])), plan=job / "plan.yaml", lang=lang,
        lot=report["options"].get("lot", 1), requirements=asked if (asked := job / REQUIREMENTS_FILE).is_file() else None,
    )  # fmt: skip


def verify_job(job: Path, part_file: Path | None) -> dict:
    """Interpret and simulate the LinuxCNC texts of a job folder anew; the verification as in the report."""
    from copeau.chain import Options, choose_bench, read
    from copeau.nc import interpret
    from copeau.simulation.remove import simulate
    from copeau.simulation.tridexel import TriDexel
    from copeau.simulation.visited import SetupMotion
    from copeau.text_simulation import verification_cell
    from copeau.verdict import judge_job, told_too_short

    report = read_report(job)
    part, _ = read(part_file or part_of(job), Options())
    if part.sha256 != report["part"]["sha256"]:
        raise CopeauError("the STEP file is not the one that the job was made from", str(part_file or part.file), "name the right file with --part")
    bench, _ = choose_bench(part, Options(material=report["material"], machine=report["machine"]))
    first = report["setups"][0]
    inverse = np.linalg.inv(np.array(first["part_to_wcs"]))
    vertices, triangles = read_stl(job / first["stock_in"])
    stock = TriDexel.from_mesh(vertices @ inverse[:3, :3].T + inverse[:3, 3], triangles, verification_cell(vertices))
    motions, findings = [], []
    for s in report["setups"]:
        tools = {t["number"]: tool_of(t) for t in s["tools"]}
        text = (job / s["program"]).read_text(encoding="ascii", errors="replace")
        program = interpret(text, s["program"], tools=tools)
        matrix = np.array(s["part_to_wcs"])
        fixture = fixture_bodies(job / s["fixture"]["file"])
        result = simulate(stock, program.moves, program.start, tools, matrix, fixture, setup=s["id"], machine=bench.machine, machine_lines=program.machine_lines)
        findings += result.findings
        motions.append(SetupMotion(s["id"], matrix, (program,), tools))
    left_raw = report["options"].get("left_raw_faces", [])
    verdict = judge_job(part, stock, (), motions, bench.tools, findings, left_raw)
    return told_too_short(verdict, motions, bench.tools, left_raw).report()


def tool_of(row: dict) -> Tool:
    """The tool that a row of the report tells."""
    return Tool(**{k: tuple(map(tuple, v)) if k == "holder" else v for k, v in row.items() if v is not None})


def fixture_bodies(path: Path):
    """The fixture file as one body."""
    from copeau.model.plan import Body

    return (Body("fixture", *read_stl(path)),)


def read_stl(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and triangles of a binary STL, equal corners made one.

    Raises `CopeauError` for a file that is no binary STL.
    """
    raw = path.read_bytes() if path.is_file() else b""
    count = int.from_bytes(raw[80:84], "little") if len(raw) >= STL_HEAD else -1
    if count <= 0 or len(raw) < STL_HEAD + count * STL_ROW.itemsize:
        raise CopeauError("no binary STL with triangles", str(path), "export the mesh as binary STL")
    corners = np.frombuffer(raw, STL_ROW, count, STL_HEAD)["corners"].astype(float).reshape(-1, 3)
    vertices, index = np.unique(corners, axis=0, return_inverse=True)
    triangles = index.reshape(-1, 3).astype(np.int64)
    flat = (triangles[:, 0] == triangles[:, 1]) | (triangles[:, 1] == triangles[:, 2]) | (triangles[:, 2] == triangles[:, 0])
    return vertices, triangles[~flat]
