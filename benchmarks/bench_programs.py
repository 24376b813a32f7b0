"""Reading programs: our interpreter as `copeau simulate` calls it, against LinuxCNC's."""

from collections.abc import Callable
from pathlib import Path

import measure
import peers
import programs
from found import Found, Group

from copeau.nc import interpret


def lines_per_cpu_s(text: str, file: Path) -> tuple[float, measure.Cost]:
    """Our speed on a program file, reading of the file included."""
    file.write_text(text)
    cost, _ = measure.best_call(lambda: interpret(file.read_bytes().decode("utf-8", errors="replace"), file.name))
    return text.count("\n") / cost.cpu_s, cost


def reading(name: str, make: Callable[[], str]) -> Callable:
    """Measure one program with both."""

    def measured(setting) -> dict[str, Found]:
        text, file = make(), setting.scratch / f"{name}.ngc"
        ours, cost = lines_per_cpu_s(text, file)
        peer = peers.rs274(file, setting.scratch)
        return {name: Found(ours, text.count("\n") / peer.cpu_s if peer else None, cost.cpu_s, cost.wall_s)}

    return measured


GROUPS = (
    Group(("interpreter_g1_lines_per_cpu_s",), reading("interpreter_g1_lines_per_cpu_s", programs.straight_lines)),
    Group(("interpreter_arc_ratio",), reading("interpreter_arc_ratio", programs.arcs)),
)
