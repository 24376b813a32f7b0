"""Copeau against its targets and its peers: `bench.py [--shared DIR] [--freecad DIR] [--corpus CSV] [--only WORD ...] [-o results.json]`.

Writes a list of {"name", "ours", "peer", "unit", "ratio", "target", "ok", "cpu_s", "wall_s"} and prints it as a table; names, units and targets are
those of `targets.csv`. `ratio` is ours / peer, or peer / ours where the unit says so; a row whose target is such a ratio is not ok without its peer.
Speeds are the best of five runs, CPU seconds deciding, of the very call that the command makes.

DIR of --shared holds `bench/` (refpart.step, freecad/) and `parts/mfcad`; what can be measured without it is. DIR of --freecad is a folder that
`bench/freecad/setup_chroot.sh DIR` has made. CSV of --corpus is what `make corpus` wrote.
"""

import argparse
import csv
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import bench_chain
import bench_programs
import bench_simulation
import peers
from found import Found

HERE = Path(__file__).resolve().parent
NOT_YET = {
    "sim_random_access_s": "the simulation keeps no states to jump to",
    "sim_next_frame_ms": "the simulation keeps no states to jump to",
    "cycle_time_error_pct": "times have no acceleration in them",
    "pmi_items_missing": "tolerances and datums are not read",
    "turned_max_part_s": "there is no turning",
    "turned_profile_error_um": "there is no turning",
    "turned_roughing_over_bound_pct": "there is no turning",
    "turned_10k_blocks_s": "there is no turning",
}


@dataclass(frozen=True)
class Target:
    """A row of the table: `sense` max or min."""

    name: str
    unit: str
    sense: str
    target: float
    peer: str
    what: str

    @property
    def is_ratio(self) -> bool:
        """The target is a multiple of the peer."""
        return self.unit.startswith(("ours/peer", "peer/ours"))


@dataclass(frozen=True)
class Setting:
    """What the person has given: material, FreeCAD, corpus table, a folder to work in."""

    shared: Path | None
    freecad: peers.FreeCad
    corpus: Path
    scratch: Path


def read_targets() -> list[Target]:
    """The table."""
    with (HERE / "targets.csv").open() as f:
        return [Target(**(row | {"target": float(row["target"])})) for row in csv.DictReader(f)]


def row_of(target: Target, found: Found | None) -> dict:
    """The result of one row."""
    ours, peer = (found.ours, found.peer) if found else (None, None)
    inverse = target.unit.startswith("peer/ours")
    ratio = peers.ratio(peer, ours) if inverse else peers.ratio(ours, peer)
    judged = ratio if target.is_ratio else ours
    ok = judged is not None and (judged <= target.target if target.sense == "max" else judged >= target.target)
    cost = {"cpu_s": found.cpu_s, "wall_s": found.wall_s} if found else {"cpu_s": None, "wall_s": None}
    row = {"name": target.name, "ours": ours, "peer": peer, "unit": target.unit, "ratio": ratio, "target": target.target, "ok": bool(ok)} | cost
    return {k: float(f"{v:.5g}") if isinstance(v, float) else v for k, v in row.items()}


def shown(rows: list[dict], targets: list[Target]) -> str:
    """The table that is printed."""
    sense = {t.name: "<=" if t.sense == "max" else ">=" for t in targets}

    def cell(value) -> str:
        return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)

    head = ("name", "ours", "peer", "ratio", "target", "unit", "ok", "CPU s", "wall s")
    lines = [head] + [
        (r["name"], cell(r["ours"]), cell(r["peer"]), cell(r["ratio"]), f"{sense[r['name']]} {r['target']:g}", r["unit"], "ok" if r["ok"] else "NO", cell(r["cpu_s"]), cell(r["wall_s"])) for r in rows
    ]
    width = [max(len(line[k]) for line in lines) for k in range(len(head))]
    return "\n".join("  ".join(word.ljust(w) for word, w in zip(line, width)).rstrip() for line in lines)


def main() -> int:
    """Command line."""
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--shared", type=lambda s: Path(s).resolve() if s else None)
    ap.add_argument("--freecad", type=lambda s: Path(s).resolve() if s else None)
    ap.add_argument("--corpus", type=Path, default=HERE / "corpus.csv")
    ap.add_argument("--only", nargs="+", default=[], help="rows whose name holds one of these words")
    ap.add_argument("-o", "--output", type=Path, default=HERE / "results.json")
    a = ap.parse_args()
    targets = [t for t in read_targets() if not a.only or any(w in t.name for w in a.only)]
    wanted = {t.name for t in targets}
    found: dict[str, Found] = {}
    with tempfile.TemporaryDirectory() as scratch:
        setting = Setting(a.shared, peers.FreeCad(a.freecad, a.shared), a.corpus, Path(scratch))
        for group in (*bench_programs.GROUPS, *bench_simulation.GROUPS, *bench_chain.GROUPS):
            if set(group.names) & wanted:
                print(f"{', '.join(group.names)} ...", file=sys.stderr, flush=True)
                found |= group.measure(setting)
    rows = [row_of(t, found.get(t.name)) for t in targets]
    a.output.write_text(json.dumps(rows, indent=1) + "\n")
    print(shown(rows, targets))
    for t in targets:
        if t.name not in found:
            print(f"not measured: {t.name}: {'give --shared DIR, --freecad DIR or --corpus CSV' if t.peer == '' or a.shared is None else 'no peer'}")
    for name, why in NOT_YET.items():
        print(f"not measured: {name}: {why}")
    print(f"{sum(r['ok'] for r in rows)} of {len(rows)} rows are ok; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; written to {a.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
