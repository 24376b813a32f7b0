"""The job folder: what a technician reads, edits and runs again. Written aside, then moved in place."""

import json
import math
import re
import shutil
from pathlib import Path

import numpy as np

from copeau import __version__
from copeau.model.errors import CopeauError
from copeau.model.moves import times
from copeau.model.plan import Setup, StockSpec, Workingstep
from copeau.model.tool import Tool
from copeau.nc import as_verified
from copeau.process.batch import batch
from copeau.process.edits import write_plan
from copeau.process.outcomes import remarks_of, tolerances

REPORT_SCHEMA = "copeau/report@1"
EXTENSION = {"linuxcnc": "ngc", "haas": "nc", "fanuc": "nc"}
COLOURED_TRIANGLES = 1_000_000  # of the coloured result: a colour for every vertex, and still a file that a viewer loads
REQUIREMENTS_FILE = "requirements.yaml"
STEP_COMMENT = re.compile(r"\(step ([\w.]+):")  # written by the post before each workingstep
TOOL_FIELDS = ("number", "id", "type", "description", "DC", "RE", "SIG", "LU", "APMX", "NOF", "DN", "DCON", "LPR", "KAPR", "TP", "CW", "RPMX",
               "DCX", "tip_diameter", "length_mm", "holder_id", "centre_cutting")  # fmt: skip


def write_job(job, folder: Path) -> dict:
    """Write every file of the job into `folder` (made here); returns the report."""
    from copeau.job_pictures import band_colours
    from copeau.simulation.mesh_files import to_stl, write_glb, write_stl
    from copeau.simulation.mesh_out import stride_for, to_mesh
    from copeau.verdict import signed_deviation

    folder.mkdir()
    ok = job.verdict.ok
    names = {}
    for r in job.setups:
        names[r.setup.id] = write_programs(job, r, folder, ok)
        to_stl(r.stock_in.unpacked(), folder / f"stock_{r.setup.id}.stl", r.setup.part_to_wcs)
        bodies = r.setup.fixture.bodies
        count = np.cumsum([0] + [len(b.vertices) for b in bodies])
        write_stl(folder / f"fixture_{r.setup.id}.stl", np.vstack([b.vertices for b in bodies]), np.vstack([b.triangles + n for b, n in zip(bodies, count)]))
    result = job.result.unpacked()
    to_stl(result, folder / "result.stl")
    vertices, triangles = to_mesh(result, stride_for(result, COLOURED_TRIANGLES))
    del result
    write_glb(folder / "result.glb", vertices, triangles, band_colours(signed_deviation(job.verdict, vertices)))
    (folder / "plan.yaml").write_text(write_plan(job.plan), encoding="utf-8")
    copy_inputs(job, folder)
    report = report_of(job, names)
    (folder / "report.json").write_text(json.dumps(report, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    write_documents(job, report, folder)
    return report


def copy_inputs(job, folder: Path) -> None:
    """What the job is made again from: the requirements, and the blank's own file."""
    if job.options.requirements:
        shutil.copyfile(job.options.requirements, folder / REQUIREMENTS_FILE)
    if job.plan.stock.file:
        shutil.copyfile(job.plan.stock.file, folder / Path(job.plan.stock.file).name)


def write_programs(job, r, folder: Path, ok: bool) -> dict[str, str]:
    """Programs of one setup, one a controller; named `.unverified` unless the job is ok."""
    texts = {c: as_verified(text) if ok else text for c, text in r.texts.items()}
    out = {}
    stem = "".join(c if c.isalnum() or c in "-_" else "_" for c in job.part.name)[:40] or "part"
    for controller, text in texts.items():
        middle = "" if controller == "linuxcnc" else f".{controller}"
        name = f"{r.setup.id}_{stem}{middle}{'' if ok else '.unverified'}.{EXTENSION[controller]}"
        (folder / name).write_text(text, encoding="ascii")
        out[controller] = name
    return out


def report_of(job, names: dict[str, dict[str, str]]) -> dict:
    """`report.json`, schema copeau/report@1."""
    part, verdict = job.part, job.verdict
    setups = [setup_report(job, r, names[r.setup.id]) for r in job.setups]
    made = {f for r in job.setups for w in r.setup.workingsteps for f in w.features}
    return _clean({
        "schema": REPORT_SCHEMA,
        "copeau": __version__,
        "part": {"file": Path(part.file).name, "name": part.name, "sha256": part.sha256, "units": part.units, "bbox": part.bbox.tolist(), "volume_mm3": part.volume_mm3,
                 "area_mm2": part.area_mm2, "faces": len(part.faces)},
        "material": job.bench.material.id,
        "machine": job.bench.machine.id,
        "assumed": list(job.bound.assumed),
        "options": {"left_raw_faces": list(job.plan.left_raw_faces), "controllers": list(job.options.controllers), "lot": job.options.lot},
        "stock": stock_text(job.plan.stock),
        "requirements": requirement_texts(job),
        "features": [feature_report(f, verdict, made, job.asked) for f in job.recognition.features],
        "left_over_faces": list(job.recognition.left_over),
        "unreachable_faces": {str(k): v for k, v in job.plan.unreachable.items()},
        "setups": setups,
        "verification": verdict.report(),
        "remarks": [*part.remarks, *job.remarks],
        "time_s": sum(s["time_s"] for s in setups),
        "cost": batch_of(job, setups).report(),
        "elapsed_s": job.elapsed_s,
    })  # fmt: skip


def stock_text(s: StockSpec) -> str:
    """The blank in words."""
    size = " x ".join(f"{v:.1f}" for v in s.bbox[1] - s.bbox[0])
    body = f"bar D{s.diameter_mm:g} x {s.bbox[1, 2] - s.bbox[0, 2]:.1f} mm" if s.kind == "cylinder" else f"{size} mm"
    return f"{body}: {s.why}"


def batch_of(job, setups: list[dict]):
    """Time and cost of the lot."""
    tools = {t["number"] for s in setups for t in s["tools"]}
    blank_mm3 = float(np.mean(job.setups[0].stock_in.unpacked().volume()))
    return batch(job.options.lot, len(setups), len(tools), sum(s["time_s"] for s in setups), blank_mm3, job.bench.machine, job.bench.material)


def requirement_texts(job) -> list[str]:
    """The general tolerance, then what became of each requirement."""
    general = f"general tolerance ISO 2768-{job.asked.general_class}{job.asked.geometric_class}" if job.asked else "general tolerance ISO 2768-m"
    return [general, *map(str, job.outcomes)]


def feature_report(f, verdict, made: set[str], asked) -> dict:
    """One feature with what became of it."""
    status, reason = verdict.feature_status(f)
    return {"id": f.id, "type": f.type, "faces": list(f.faces), "dims": dict(f.dims), "tolerances": tolerances(asked, f), "through": f.through, "status": status, "reason": reason,
            "remarks": [*f.remarks, *remarks_of(asked, f)]}  # fmt: skip


def setup_report(job, r, names: dict[str, str]) -> dict:
    """One setup with its tools and workingsteps."""
    s: Setup = r.setup
    rapid = min(job.bench.machine.rapid_mm_min)
    seconds = times(r.program.moves, r.program.start, rapid)
    of_step = step_times(r, seconds)
    tools = {w.tool.number: w.tool for w in s.workingsteps}
    owner = {f: x.id for x in job.recognition.features for f in x.faces}
    changes = len(r.program.tools_called) * job.bench.machine.tool_change_s
    return {
        "id": s.id, "process": "milling", "machine": job.bench.machine.id, "controller": "linuxcnc", "program": names["linuxcnc"], **({"programs": names} if len(names) > 1 else {}),
        "stock_in": f"stock_{s.id}.stl", "part_to_wcs": s.part_to_wcs.tolist(), "direction": s.direction.tolist(), "wcs_origin": s.wcs_origin, "why": s.why,
        "fixture": {"kind": s.fixture.kind, "file": f"fixture_{s.id}.stl", "clamp_force_N": s.fixture.clamp_force_N, "grip_mm": s.fixture.grip_mm,
                    "locates": list(s.fixture.locates), "why": s.fixture.why},
        "tools": [tool_report(tools[n]) for n in sorted(tools)],
        "workingsteps": [
            {"id": w.id, "feature": features_of(w, owner), "faces": list(w.faces), "operation": w.operation, "strategy": w.strategy, "tool": w.tool.number, "vc": w.cutting.vc,
             "n": w.cutting.n, "fz": w.cutting.fz, "fn": w.cutting.fn, "vf": w.cutting.vf, "ap": w.cutting.ap, "ae": w.cutting.ae, "time_s": of_step.get(w.id),
             "why": w.why, "limit": w.cutting.why}
            for w in s.workingsteps
        ],
        "time_s": float(np.nansum(seconds)) + changes,
    }  # fmt: skip


def features_of(w: Workingstep, owner: dict[int, str]) -> str:
    """Ids of the features that a workingstep machines: its own list, or those of its faces."""
    return ", ".join(w.features or sorted({owner[f] for f in w.faces if f in owner}))


def step_times(r, seconds: np.ndarray) -> dict[str, float]:
    """Seconds by workingstep id: the motions between the step comments of the posted text."""
    heads = [(n, m[1]) for n, line in enumerate(r.texts["linuxcnc"].splitlines(), 1) if (m := STEP_COMMENT.match(line))]
    starts = np.array([n for n, _ in heads])
    which = np.searchsorted(starts, r.program.moves["line"], side="right") - 1
    return {name: float(np.nansum(seconds[which == k])) for k, (_, name) in enumerate(heads)}


def tool_report(t: Tool) -> dict:
    """A tool with the properties that its type has."""
    out = {k: getattr(t, k) for k in TOOL_FIELDS}
    out = {k: v for k, v in out.items() if not (isinstance(v, float) and math.isnan(v)) and v != ""}
    if t.type not in ("bullnose_endmill", "ball_endmill", "tapered_endmill", "face_mill", "endmill"):
        out.pop("RE", None)
    if not t.tip_diameter:
        out.pop("tip_diameter", None)
    if t.type in ("endmill", "ball_endmill", "bullnose_endmill", "face_mill"):
        out.pop("SIG", None)
    return out | {"holder": [list(row) for row in t.holder]}


def write_documents(job, report: dict, folder: Path) -> None:
    """The dossier, with pictures of every setup and the deviation map."""
    from copeau.dossier import write_dossier
    from copeau.job_pictures import job_pictures

    write_dossier(report, job_pictures(job), job.part, folder / "dossier.pdf", job.options.lang)


def check_place(out: Path) -> None:
    """Raise `CopeauError` unless a job folder may be written at `out`: nothing else is there, and its parent is a folder."""
    check_parent(out)
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / "report.json").exists())):
        raise CopeauError(f"{out} exists and is no job folder", str(out), "name another folder with -o, or remove it")


def check_parent(out: Path) -> None:
    """Raise `CopeauError` unless the folder that `out` is to stand in is there."""
    if not out.resolve().parent.is_dir():
        raise CopeauError("there is no such folder to write into", str(out.resolve().parent), "make it first, or name another with -o")


def move_in_place(written: Path, out: Path) -> None:
    """Replace `out` by the finished folder; refuses to replace what is not a job folder."""
    check_place(out)
    if out.exists():
        shutil.rmtree(out)
    shutil.move(str(written), str(out))


def _clean(value):
    """Plain JSON values: NaN and infinities become null, NumPy numbers plain ones, floats of at most 6 decimals."""
    if isinstance(value, dict):
        return {str(k): _clean(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(v) for v in value]
    if isinstance(value, np.ndarray):
        return _clean(value.tolist())
    if isinstance(value, np.generic):
        return _clean(value.item())
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value
