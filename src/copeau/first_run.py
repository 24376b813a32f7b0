"""The first job after an installation compiles every kernel: a second process does a share of that beside it.

Compiled kernels go through Numba's cache on disk, each as soon as it is done. The second process begins with those that a job needs late,
then makes a small part of its own: whatever it gets to first the job finds compiled.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

PLATE_MM = (24.0, 18.0, 8.0)
POCKET_MM = (6.0, 5.0, 4.0, 18.0, 13.0, 9.0)  # low and high corner


class CompiledBeside:
    """A second process that compiles from `begin` to the end of the context, where there are kernels to compile and more than one thread is allowed."""

    def __init__(self, threads: int):
        self.threads, self.asked = threads, False
        self.helper: subprocess.Popen | None = None

    def __enter__(self) -> "CompiledBeside":
        return self

    def begin(self) -> bool:
        """Start it; whether that was done now."""
        from copeau.toolpath.milling.adaptive_walk import walk

        if self.asked or self.threads == 1:
            return False
        self.asked = True
        if is_compiled(walk):
            return False
        self.helper = subprocess.Popen([sys.executable, "-m", __name__], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return True

    def __exit__(self, *_) -> None:
        if self.helper is not None:
            self.helper.kill()
            self.helper.wait()


def is_compiled(a_kernel) -> bool:
    """Whether the cache on disk holds a kernel of this name from this line of its module."""
    code = a_kernel.py_func.__code__
    name = f"{Path(code.co_filename).stem}.{a_kernel.py_func.__qualname__}-{code.co_firstlineno}."
    folder = Path(a_kernel.stats.cache_path)
    return folder.is_dir() and any(f.name.startswith(name) and f.suffix == ".nbi" for f in folder.iterdir())


def compile_share() -> None:
    """Clearing first: its kernels are a third of all, and a job needs them after a third of its time. Then all the rest."""
    cleared_pocket()
    with tempfile.TemporaryDirectory() as folder:
        from copeau.chain import Options, make

        make(small_part(Path(folder)), Path(folder) / "job", Options(threads=1))


def cleared_pocket():
    """Rows of motions that clear a pocket with an island."""
    import shapely

    from copeau.toolpath.milling.adaptive import Descent, clear, to_moves

    material = shapely.box(0.0, 0.0, 40.0, 30.0).difference(shapely.Point(15.0, 15.0).buffer(4.0))
    path = clear(material.buffer(-4.0), material, 8.0, 2.0, descent=Descent(3.0, 0.05, 3.0))
    return to_moves(path, 0.0, -3.0, 1.0, 800.0, 200.0, ramp_rad=0.05, max_link_mm=20.0)


def small_part(folder: Path) -> Path:
    """A STEP file of a plate with a pocket."""
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox
    from OCP.gp import gp_Pnt

    from copeau.part import write_step

    low, high = POCKET_MM[:3], POCKET_MM[3:]
    plate = BRepPrimAPI_MakeBox(*PLATE_MM).Shape()
    pocket = BRepPrimAPI_MakeBox(gp_Pnt(*low), gp_Pnt(*high)).Shape()
    file = folder / "plate.step"
    write_step(BRepAlgoAPI_Cut(plate, pocket).Shape(), file)
    return file


if __name__ == "__main__":
    compile_share()
