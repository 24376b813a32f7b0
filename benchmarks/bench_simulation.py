"""Cutting: `copeau simulate` against FreeCAD's simulator on FreeCAD's own path, and against CAMotics on a raster."""

import sys
from pathlib import Path

import measure
import numpy as np
import peers
import programs
from found import Found, Group

from copeau.alone import simulate_program, stock_from
from copeau.model.moves import line_moves
from copeau.model.tool import Tool
from copeau.nc import interpret
from copeau.simulation.axis_field import BODIES, BODY
from copeau.simulation.mesh_out import to_mesh
from copeau.simulation.motions import aligned_frame, pieces
from copeau.simulation.remove import _cut_along, called_tools, simulate
from copeau.simulation.tridexel import TriDexel

CELL_MM = 0.1
BLOCK, BOX = "box:0,0,0,120,80,30", "box:0,0,-20,100,100,0"
REMOVED_MM3 = 32_877.66  # of FreeCAD's kept path, exact to 0.01: the swept discs united level by level
TOOL = "- {number: 1, type: endmill, DC: 10, APMX: 30, LU: 30, centre_cutting: true}\n"
ORDER_CELLS_MM = (0.8, 0.4, 0.2)
MILLION = 1_000_000


def freecad_path(setting) -> dict[str, Found]:
    """The kept path at 0.1 mm: the whole command, its volume, and the cut alone."""
    if setting.shared is None:
        return {}
    program = setting.shared / "bench" / "freecad" / "adaptive20.ngc"
    tools, out = setting.scratch / "tools.yaml", setting.scratch / "simulation"
    tools.write_text(TOOL)
    whole, report = measure.best_call(lambda: simulate_program(program, BLOCK, tools, CELL_MM, 1, out, "linuxcnc"))
    moves = report["moves"]
    peer = setting.freecad.simulation(CELL_MM)
    error = 100.0 * abs(report["removed_mm3"] / REMOVED_MM3 - 1.0)
    box_mm3 = 120.0 * 80.0 * 30.0
    found = {
        "sim_freecad_path_ratio": Found(moves / whole.cpu_s, peer and peer["motions"] / peer["whole_cpu_s"], whole.cpu_s, whole.wall_s),
        "sim_freecad_path_volume_error_pct": Found(error, peer and 100.0 * abs((box_mm3 - peer["mesh_volume_mm3"]) / REMOVED_MM3 - 1.0), whole.cpu_s, whole.wall_s),
    }
    return found | cut_alone(program, peer)


def cut_alone(program: Path, peer: dict | None) -> dict[str, Found]:
    """All three fields with their findings, and the field along Z alone; the stock is made anew outside of the clock."""
    tools = {1: Tool("T1", "endmill", 10.0, 1, APMX=30.0, LU=30.0, centre_cutting=True)}
    read = interpret(program.read_text(), program.name, tools=tools)
    speed = peer and peer["motions"] / peer["cut_cpu_s"]
    out = {}
    for name, cut in (
        ("sim_threefield_ratio", lambda s: simulate(s, read.moves, read.start, tools, np.eye(4))),
        ("sim_zfield_ratio", lambda s: cut_along_z(s, read, tools)),
    ):
        stocks = [stock_from(BLOCK, CELL_MM) for _ in range(measure.RUNS + 1)]
        cost, _ = measure.best_call(lambda cut=cut, stocks=stocks: cut(stocks.pop()))
        out[name] = Found(len(read.moves) / cost.cpu_s, speed, cost.cpu_s, cost.wall_s)
    return out


def cut_along_z(stock: TriDexel, read, tools) -> None:
    """The field along Z, and what the bodies of the tool touch in it."""
    frame = aligned_frame(np.eye(4))
    parts = pieces(read.moves, read.start, frame, False)
    _cut_along(stock, frame, parts, read.moves, called_tools(read.moves, tools), np.zeros((len(parts.row), BODY + BODIES)), None)


def volume_order(setting) -> dict[str, Found]:
    """Exponent of the error of the workpiece's mesh against the cell, at nine places of the lattice."""
    errors = [np.sqrt(np.mean([volume_error(cell, k) ** 2 for k in range(9)])) for cell in ORDER_CELLS_MM]
    return {"sim_volume_order": Found(float(np.polyfit(np.log(ORDER_CELLS_MM), np.log(errors), 1)[0]))}


def volume_error(cell_mm: float, place: int) -> float:
    """Volume of the mesh of a block with a hemisphere and a slot in it, less the exact one, mm3; `place` shifts both against the lattice."""
    x, y = (place % 3) * cell_mm / 3.0, (place // 3) * cell_mm / 3.0
    radius, half, length, depth = 8.0, 5.0, 10.0, 6.3
    tools = {
        1: Tool("B", "ball_endmill", 2 * radius, 1, RE=radius, APMX=40.0, LU=40.0, centre_cutting=True),
        2: Tool("F", "endmill", 2 * half, 2, APMX=40.0, LU=40.0, centre_cutting=True),
    }
    stock = TriDexel.from_box([[-24.0, -12.0, -12.0], [24.0, 12.0, 0.0]], cell_mm)
    for number, points in ((1, [[x - 12, y, -radius]]), (2, [[x + 4, y, -depth], [x + 4 + length, y, -depth]])):
        moves = line_moves(np.array(points), 500.0)
        moves["tool"], moves["h"], moves["s"] = number, number, 8000.0
        simulate(stock, moves, [*points[0][:2], 5.0], tools, np.eye(4))
    exact = 48.0 * 24.0 * 12.0 - 2.0 / 3.0 * np.pi * radius**3 - (np.pi * half**2 + 2 * half * length) * depth
    return mesh_volume(*to_mesh(stock)) - exact


def mesh_volume(vertices: np.ndarray, triangles: np.ndarray) -> float:
    """Volume that a closed mesh encloses, mm3."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6.0)


def command(project: Path, cell_mm: float, out: Path, threads: int = 1) -> list:
    """`copeau simulate` on the raster of a project."""
    words = ["simulate", project.parent / "raster20k.nc", "--stock", BOX, "--tools", project, "--cell", f"{cell_mm:g}", "--threads", threads, "-o", out, "--json"]
    return [sys.executable, "-m", "copeau.cli", *words]


def raster_costs(setting, cell_mm: float) -> tuple[Path, measure.Cost, measure.Cost]:
    """The raster's project; our call, kernels loaded; our command as a program of its own, whose memory counts."""
    project = programs.raster_project(setting.scratch, cell_mm)
    program, out = project.parent / "raster20k.nc", setting.scratch / "raster"
    call, _ = measure.best_call(lambda: simulate_program(program, BOX, project, cell_mm, 1, out, "linuxcnc"))
    return project, call, measure.run(command(project, cell_mm, out))


def camotics_coarse(setting) -> dict[str, Found]:
    """CAMotics' own kind of job at 0.25 mm."""
    project, call, whole = raster_costs(setting, 0.25)
    peer = peers.camsim(project, setting.scratch)
    return {
        "sim_camotics_025_ratio": Found(call.cpu_s, peer and peer.cpu_s, call.cpu_s, call.wall_s),
        "sim_camotics_025_memory_ratio": Found(whole.peak_gb, peer and peer.peak_gb, whole.cpu_s, whole.wall_s),
    }


def camotics_fine(setting) -> dict[str, Found]:
    """The same at 0.1 mm."""
    _, call, whole = raster_costs(setting, 0.1)
    return {"sim_camotics_01_cpu_s": Found(call.cpu_s, None, call.cpu_s, call.wall_s), "sim_camotics_01_gb": Found(whole.peak_gb, None, whole.cpu_s, whole.wall_s)}


def million_lines(setting) -> dict[str, Found]:
    """A raster of a million lines, once."""
    project = programs.raster_project(setting.scratch, 0.2)
    (setting.scratch / "raster20k.nc").write_text(programs.raster(MILLION, 2000))
    cost = measure.run(command(project, 0.2, setting.scratch / "million", threads=2))
    return {"sim_million_lines_s": Found(cost.wall_s if cost.exit_code in (0, 3) else None, None, cost.cpu_s, cost.wall_s)}


GROUPS = (
    Group(("sim_freecad_path_ratio", "sim_freecad_path_volume_error_pct", "sim_threefield_ratio", "sim_zfield_ratio"), freecad_path),
    Group(("sim_volume_order",), volume_order),
    Group(("sim_camotics_025_ratio", "sim_camotics_025_memory_ratio"), camotics_coarse),
    Group(("sim_camotics_01_cpu_s", "sim_camotics_01_gb"), camotics_fine),
    Group(("sim_million_lines_s",), million_lines),
)
