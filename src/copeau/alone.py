"""`copeau simulate`: a program of any origin cut out of a stock."""

import json
import tempfile
from pathlib import Path

import numpy as np

from copeau.blank import read_blank
from copeau.job_folder import move_in_place
from copeau.model.errors import CopeauError

MOST_TRIANGLES = 1_000_000  # of result.stl: what a viewer opens at once; its vertices stay exact whatever their spacing
MOST_LINES = 50_000_000  # of a field: more would not fit a workshop's computer


def simulate_program(program: Path, stock: str, tools: Path, cell: float, threads: int, out: Path, dialect: str, machine: str | None = None) -> dict:
    """Interpret, cut, tell; writes `report.json` and `result.stl` into `out`. With the name of a machine, its travels and its spindle nose are judged too."""
    from copeau.data import machine as machine_named
    from copeau.nc import interpret
    from copeau.simulation.mesh_files import to_stl
    from copeau.simulation.mesh_out import stride_for
    from copeau.simulation.remove import simulate

    try:
        text = program.read_bytes().decode("utf-8", errors="replace")
    except OSError as e:
        raise CopeauError(f"the program cannot be read: {e.strerror}", str(program), "name an existing file") from None
    by_number = {t.number: t for t in tools_from(tools)}
    block = stock_from(stock, cell)
    before = block.volume()
    read = interpret(text, program.name, dialect=dialect, tools=by_number)
    if not len(read.moves):
        raise CopeauError("the program holds no motion", program.name, "name a file of G-code")
    on = machine_named(machine) if machine else None
    result = simulate(block, read.moves, read.start, by_number, np.eye(4), threads=threads, machine=on, machine_lines=read.machine_lines)
    stride = stride_for(block, MOST_TRIANGLES)
    report = {
        "schema": "copeau/simulation@1", "program": program.name, "stock": stock, "cell_mm": cell, "mesh_cell_mm": cell * stride, "moves": len(read.moves),
        "removed_mm3": float(np.mean(before) - np.mean(block.volume())),
        "collisions": [{"line": f.line, "kind": f.kind, "depth_mm": _plain(f.depth_mm), "with": f.with_, "tool": f.tool, "at": [_plain(v) for v in f.at], "detail": f.detail}
                       for f in result.findings],
        "remarks": list(read.remarks),
    }  # fmt: skip
    with tempfile.TemporaryDirectory(dir=out.resolve().parent) as scratch:
        folder = Path(scratch) / "simulation"
        folder.mkdir()
        to_stl(block, folder / "result.stl", stride=stride)
        (folder / "report.json").write_text(a_line_each(report), encoding="utf-8")
        move_in_place(folder, out)
    return report


def a_line_each(report: dict) -> str:
    """JSON with a line for each key: a program of others may have thousands of findings, and a line for each of their values takes as long as the cut."""
    return "{\n" + ",\n".join(f" {json.dumps(key)}: {json.dumps(value)}" for key, value in report.items()) + "\n}\n"


def _plain(value: float) -> float | None:
    return round(float(value), 6) if np.isfinite(value) else None


def tools_from(path: Path):
    """Tools from a YAML list, a LinuxCNC tool table or a CAMotics project, by the file's ending."""
    from copeau.data import read_camotics_tools, read_tool_table, read_tools

    readers = {".yaml": read_tools, ".yml": read_tools, ".tbl": read_tool_table, ".camotics": read_camotics_tools, ".json": read_camotics_tools}
    if path.suffix.lower() not in readers:
        raise CopeauError(f"tools in a file ending in {path.suffix!r} are not known", str(path), "give a .yaml, .tbl or .camotics file")
    if not path.is_file():
        raise CopeauError("no such tool file", str(path), "name an existing file")
    return readers[path.suffix.lower()](path)


def stock_from(words: str, cell: float):
    """The stock that `--stock` describes, in the program's own work coordinates."""
    blank = read_blank(words)
    extent = blank.spec.bbox[1] - blank.spec.bbox[0]
    if np.prod(np.sort(extent / cell)[1:]) > MOST_LINES:
        size = " x ".join(f"{e:g}" for e in extent)
        raise CopeauError(f"--cell {cell:g} is too fine for a stock of {size} mm", "--cell", "take a larger cell")
    return blank.body(cell)
