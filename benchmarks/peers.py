"""The programs that Copeau is measured against, where this machine has them; None where it has not."""

import json
import shutil
from pathlib import Path

import measure
import numpy as np

PATH_TEXT = "adaptive20.path.txt.gz"  # FreeCAD's own clearing of the reference pocket, kept: it is not deterministic


def rs274(program: Path, folder: Path) -> measure.Cost | None:
    """LinuxCNC's interpreter on a program, its canonical calls written to a file."""
    if not shutil.which("rs274"):
        return None
    cost = measure.best_run(["rs274", "-v", folder / "rs274.var", "-g", program, folder / "canon.txt"], env={"HOME": str(folder)})
    return None if cost.exit_code else cost


class FreeCad:
    """FreeCAD 1.0 in a folder that `setup_chroot.sh` has made."""

    def __init__(self, root: Path | None, shared: Path | None):
        self.root = root if root and shared and (root / ".done").exists() else None
        self.shared = shared

    def _run(self, script: str, result: str, **env: str) -> dict | None:
        """The JSON that a script writes; None without FreeCAD. Raises RuntimeError when it fails."""
        if self.root is None:
            return None
        out = self.root / "out"
        out.mkdir(exist_ok=True)
        (out / result).unlink(missing_ok=True)
        shutil.copy(Path(__file__).with_name("freecad_sim.py"), out)
        words = [f"{k}={v}" for k, v in env.items()]
        done = measure.run(["sh", self.shared / "bench" / "freecad" / "setup_chroot.sh", self.root, "run", "env", *words, "freecadcmd", script])
        if not (out / result).exists():
            raise RuntimeError(f"FreeCAD wrote no {result}: {done.err[-400:]}")
        return json.loads((out / result).read_text())

    def adaptive_cpu_s(self) -> float | None:
        """Least CPU seconds of its clearing of the reference pocket."""
        runs = [self._run("/bench/freecad/bench_ops.py", "results.json", OPS="adaptive20") for _ in range(measure.RUNS)] if self.root else []
        return min((r["runs"]["adaptive20"]["cpu_recompute"] for r in runs), default=None)

    def simulation(self, cell_mm: float) -> dict | None:
        """Its simulator on the kept path: `whole_cpu_s`, `cut_cpu_s`, `motions`, `mesh_volume_mm3`."""
        return self._run("/out/freecad_sim.py", "freecad_sim.json", PATHTEXT=f"/bench/freecad/{PATH_TEXT}", CELL=f"{cell_mm:g}", DC="10", BOX="120,80,30", RESULT="/out/freecad_sim.json")


def analysed(shared: Path | None) -> dict | None:
    """The analyser's figures of FreeCAD's kept path; None without the material at hand."""
    if shared is None:
        return None
    folder = shared / "bench" / "freecad"
    done = measure.run([_python(), folder / "analyze.py", folder / PATH_TEXT])
    return json.loads(done.out) if done.exit_code == 0 else None


def camsim(project: Path, folder: Path) -> measure.Cost | None:
    """CAMotics' simulator on a project."""
    if not shutil.which("camsim"):
        return None
    cost = measure.run(["camsim", project, folder / "camsim.stl"])
    return None if cost.exit_code else cost


def _python() -> str:
    import sys

    return sys.executable


def ratio(ours: float | None, peer: float | None) -> float | None:
    """ours / peer, None where one is missing."""
    return None if ours is None or not peer or not np.isfinite(peer) else ours / peer
