"""The chain on the reference part, the reference pocket, recognition, the corpus, and how soon the command answers."""

import csv
import json
import sys
from pathlib import Path

import measure
import peers
from found import Found, Group

HERE = Path(__file__).resolve().parent
COPEAU = [sys.executable, "-m", "copeau.cli"]
CHAIN_RUNS = 3  # of half a minute each


def help_text(setting) -> dict[str, Found]:
    """`copeau --help`."""
    costs = [measure.run([*COPEAU, "--help"]) for _ in range(measure.RUNS)]
    best = min(costs, key=lambda c: c.wall_s)
    return {"help_s": Found(best.wall_s, None, best.cpu_s, best.wall_s)}


def make_command(setting, name: str) -> list:
    """`copeau make` of the reference part."""
    return [*COPEAU, "make", setting.shared / "bench" / "refpart.step", "-o", setting.scratch / name, "--threads", 2]


def chain(setting) -> dict[str, Found]:
    """The reference part, kernels compiled; an unverified job counts as none."""
    if setting.shared is None:
        return {}
    first = measure.run(make_command(setting, "chain"))
    costs = [measure.run(make_command(setting, "chain")) for _ in range(CHAIN_RUNS)] if first.exit_code == 0 else [first]
    best = min(costs, key=lambda c: c.wall_s)
    return {"chain_refpart_s": Found(best.wall_s if best.exit_code == 0 else None, None, best.cpu_s, best.wall_s)}


def first_chain(setting) -> dict[str, Found]:
    """The same with an empty cache of kernels."""
    if setting.shared is None:
        return {}
    cost = measure.run(make_command(setting, "first"), env={"NUMBA_CACHE_DIR": str(setting.scratch / "kernels")})
    return {"chain_refpart_first_s": Found(cost.wall_s if cost.exit_code == 0 else None, None, cost.cpu_s, cost.wall_s)}


def adaptive(setting) -> dict[str, Found]:
    """The reference pocket by our clearing, measured by the analyser; the peer's figures are those of its kept path."""
    if setting.shared is None:
        return {}
    done = measure.run([sys.executable, HERE / "adaptive_pocket.py", setting.shared / "bench" / "freecad" / "analyze.py"])
    if done.exit_code:
        raise RuntimeError(f"adaptive_pocket.py: {done.err[-400:]}")
    ours, peer = json.loads(done.out), peers.analysed(setting.shared) or {}
    cpu = ours["cpu_s_three_levels"]

    def both(key: str) -> Found:
        return Found(float(ours[key]), peer.get(key) and float(peer[key]), cpu)

    return {
        "adaptive_compute_ratio": Found(cpu, setting.freecad.adaptive_cpu_s(), cpu),
        "adaptive_machining_s": both("time_s"),
        "adaptive_cut_mm_per_level": both("cut_mm_per_level"),
        "adaptive_engagement_p99_deg": Found(float(ours["engagement_deg"]["p99"]), peer and float(peer["engagement_deg"]["p99"]), cpu),
        "adaptive_lines": both("program_lines"),
    }


def recognition(setting) -> dict[str, Found]:
    """Faces of the labelled set."""
    folder = setting.shared and setting.shared / "parts" / "mfcad"
    if not folder or not folder.is_dir():
        return {}
    done = measure.run([sys.executable, HERE / "recognition.py", folder, "--json"])
    return {"recognition_mfcad_pct": Found(100.0 * json.loads(done.out)["face_accuracy"], None, done.cpu_s, done.wall_s)}


def corpus(setting) -> dict[str, Found]:
    """From the table of `make corpus`."""
    if not setting.corpus.is_file():
        return {}
    with setting.corpus.open() as f:
        rows = list(csv.DictReader(f))

    def longest(nist: bool) -> float | None:
        return max((float(r["seconds"]) for r in rows if (r["set"] == "nist") == nist), default=None)

    memory = max((float(r["peak_gb"]) for r in rows), default=None)
    return {"corpus_max_part_s": Found(longest(False)), "corpus_nist_max_s": Found(longest(True)), "corpus_max_gb": Found(memory)}


GROUPS = (
    Group(("help_s",), help_text),
    Group(("chain_refpart_s",), chain),
    Group(("chain_refpart_first_s",), first_chain),
    Group(("adaptive_compute_ratio", "adaptive_machining_s", "adaptive_cut_mm_per_level", "adaptive_engagement_p99_deg", "adaptive_lines"), adaptive),
    Group(("recognition_mfcad_pct",), recognition),
    Group(("corpus_max_part_s", "corpus_nist_max_s", "corpus_max_gb"), corpus),
)
