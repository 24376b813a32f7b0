"""Run `copeau make` on folders of real parts and tell what came of each; with `--check`, an independent checker judges each job too.

usage: corpus.py --shared DIR [--only NAME ...] [--sets refpart milled nist mfcad] [--jobs DIR] [--workers N] [--check] [-o benchmarks/corpus.csv]
DIR holds `bench/refpart.step`, `parts/milled`, `parts/nist`, `parts/mfcad` and, for --check, `bench/verify_mill.py`.
The parts of `mfcad` are scaled five times (blocks of 10 mm become blocks of 50 mm).
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

LIMIT_S = {"nist": 600.0}
DEFAULT_LIMIT_S = 180.0
MFCAD_SCALE = 5.0
COLUMNS = ("set", "part", "exit", "ok", "checker", "features", "setups", "programs", "gouge_mm", "excess_mm", "explained", "unexplained", "collisions", "seconds",
           "cpu_s", "peak_gb", "reasons", "checker_reasons")  # fmt: skip


def parts_of(shared: Path, wanted: list[str]) -> list[tuple[str, Path]]:
    """(set, file) of every part, in a fixed order."""
    out = [("refpart", shared / "bench" / "refpart.step")] if "refpart" in wanted else []
    for name in ("milled", "mfcad", "nist"):
        if name in wanted:
            out += [(name, p) for p in sorted((shared / "parts" / name).iterdir()) if p.suffix.lower() in (".step", ".stp")]
    return out


def scaled(path: Path, factor: float, folder: Path) -> Path:
    """The part as a STEP file of its own, `factor` times as large."""
    from OCP.BRepBuilderAPI import BRepBuilderAPI_Transform
    from OCP.gp import gp_Pnt, gp_Trsf

    from copeau.part import read_step, write_step

    out = folder / f"{path.stem}_x{factor:g}.step"
    if not out.exists():
        t = gp_Trsf()
        t.SetScale(gp_Pnt(0, 0, 0), factor)
        write_step(BRepBuilderAPI_Transform(read_step(path).shape, t, True).Shape(), out)
    return out


def run_part(kind: str, path: Path, jobs: Path, shared: Path, check: bool) -> dict:
    """One part: the row of the table."""
    scratch = jobs / "scaled"
    scratch.mkdir(parents=True, exist_ok=True)
    file = scaled(path, MFCAD_SCALE, scratch) if kind == "mfcad" else path
    job = jobs / f"{kind}_{path.stem.replace(' ', '_')}"
    shutil.rmtree(job, ignore_errors=True)
    row = dict.fromkeys(COLUMNS, "") | {"set": kind, "part": path.name}
    row |= made(file, job, LIMIT_S.get(kind, DEFAULT_LIMIT_S))
    if (job / "report.json").exists():
        row |= from_report(json.loads((job / "report.json").read_text()))
        if check:
            row |= checked(shared, file, job)
    return row


def made(file: Path, job: Path, limit_s: float) -> dict:
    """Exit code, seconds and memory of one `copeau make`; what it said when it made no job."""
    with tempfile.TemporaryFile("w+") as said:
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-m", "copeau.cli", "make", str(file), "-o", str(job)], stdout=subprocess.DEVNULL, stderr=said)
        late = threading.Timer(limit_s, process.kill)
        late.start()
        _, status, usage = os.wait4(process.pid, 0)
        late.cancel()
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        out = {"exit": process.returncode, "seconds": round(seconds, 1), "cpu_s": round(usage.ru_utime + usage.ru_stime, 1), "peak_gb": round(usage.ru_maxrss / 1e6, 2)}
        if seconds >= limit_s:
            return out | {"exit": "time", "reasons": "over the time limit"}
        return out if process.returncode in (0, 3) else out | {"reasons": said.read().strip()[-400:].replace("\n", " ")}


def from_report(report: dict) -> dict:
    """Columns that the report tells."""
    v = report["verification"]
    return {
        "ok": v["ok"], "features": len(report["features"]), "setups": len(report["setups"]), "programs": sum(len(s.get("programs", [0])) for s in report["setups"]),
        "gouge_mm": round(v["max_gouge_mm"], 4), "excess_mm": round(v["max_excess_mm"], 3), "explained": round(v["coverage"]["explained_area_share"], 4),
        "unexplained": round(v["coverage"]["unexplained_area_share"], 5), "collisions": len(v["collisions"]), "reasons": "; ".join(v["reasons"])[:600],
    }  # fmt: skip


def checked(shared: Path, file: Path, job: Path) -> dict:
    """What the independent checker says of the job."""
    with tempfile.TemporaryDirectory() as home:  # rs274 keeps its tool table in the home: two at once would share it
        command = [sys.executable, str(shared / "bench" / "verify_mill.py"), str(file), str(job)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, env=os.environ | {"HOME": home})
    try:
        said = json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        return {"checker": "failed", "checker_reasons": done.stderr[-300:].replace("\n", " ")}
    return {"checker": said["ok"], "checker_reasons": "; ".join(map(str, said["reasons"]))[:600]}


def write_table(output: Path, rows: list[dict]) -> None:
    """The rows so far: a run that is stopped loses none."""
    with output.open("w", newline="") as f:
        writer = csv.DictWriter(f, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def main() -> int:
    """Command line."""
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--shared", type=Path, required=True)
    ap.add_argument("--sets", nargs="+", default=["refpart", "milled", "mfcad", "nist"])
    ap.add_argument("--only", nargs="+", default=[])
    ap.add_argument("--jobs", type=Path, default=Path("jobs"))
    ap.add_argument("--workers", type=int, default=2, help="parts at a time")
    ap.add_argument("--check", action="store_true")
    ap.add_argument("-o", "--output", type=Path, default=Path("benchmarks/corpus.csv"))
    a = ap.parse_args()
    chosen = [(kind, path) for kind, path in parts_of(a.shared, a.sets) if not a.only or any(w in path.name for w in a.only)]

    rows: list[dict] = []
    with ThreadPoolExecutor(a.workers) as pool:
        running = [pool.submit(run_part, *part, a.jobs, a.shared, a.check) for part in chosen]
        for done in as_completed(running):
            rows.append(done.result())
            print(" | ".join(str(rows[-1][c]) for c in COLUMNS), flush=True)
            write_table(a.output, [r.result() for r in running if r.done()])
    for kind in dict.fromkeys(r["set"] for r in rows):
        own = [r for r in rows if r["set"] == kind]
        print(f"{kind}: ok {sum(r['ok'] is True for r in own)} of {len(own)}, longest {max(r['seconds'] for r in own)} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
