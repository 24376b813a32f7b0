"""Programs that the benchmarks read and cut, the same bytes each time."""

import json
import math
import random
from pathlib import Path

LINES = 200_000
ROW = 400  # points along one row of the G1 program


def straight_lines(count: int = LINES) -> str:
    """G1 with X, Y and Z on every line."""
    out = ["G21 G90 G17", "F1500 S12000"]
    for i in range(count - 4):
        row, x = i // ROW, (i % ROW) * 0.25
        x = 99.75 - x if row % 2 else x
        y = row * 0.2
        out.append(f"G1 X{x:.4f} Y{y:.4f} Z{5 * math.sin(x / 8) * math.cos(y / 10):.4f}")
    return "\n".join([*out, "G0 Z20", "M2", ""])


def arcs(count: int = LINES) -> str:
    """Chains of G2 and G3: four of five with I and J, one of five with R, one of ten a helix; every one from a known centre."""
    chance = random.Random(1)
    out = ["G21 G90 G91.1 G17 G94", "F1500 S12000", "G0 X0 Y0 Z0"]
    x = y = z = 0.0
    for i in range(count - 5):
        radius, angle, clockwise = round(chance.uniform(0.5, 20), 4), chance.uniform(0, 2 * math.pi), chance.random() < 0.5
        if math.hypot(x, y) > 200:  # back to the middle
            angle = math.atan2(-y, -x) + chance.uniform(-0.5, 0.5)
        ci, cj = round(radius * math.cos(angle), 4), round(radius * math.sin(angle), 4)
        radius, by_radius = math.hypot(ci, cj), i % 5 == 4
        turn = chance.uniform(0.3, 2.6) if by_radius else chance.uniform(0.3, 6.0)
        end = math.atan2(-cj, -ci) + (-turn if clockwise else turn)
        ex, ey = round(x + ci + radius * math.cos(end), 4), round(y + cj + radius * math.sin(end), 4)
        ez = round(chance.uniform(-5, 0), 4) if i % 10 == 7 else z
        words = f"G{2 if clockwise else 3} X{ex:.4f} Y{ey:.4f}" + (f" Z{ez:.4f}" if ez != z else "")
        out.append(words + (f" R{radius:.4f}" if by_radius else f" I{ci:.4f} J{cj:.4f}"))
        x, y, z = ex, ey, ez
    return "\n".join([*out, "G0 Z20", "M2", ""])


def raster(count: int = 20_000, per_row: int = 200) -> str:
    """A ball-nosed raster over a block of 100 x 100 x 20: rows over its whole width at heights of waves."""
    pitch = 100.0 / (count // per_row)
    out = ["G21 G90 G17", "M6 T1", "F1500 S12000 M3", "G0 Z5", "G0 X0 Y0"]
    for i in range(count):
        row, x = i // per_row, (i % per_row) * (100 / (per_row - 1))
        y, x = row * pitch, 100 - x if row % 2 else x
        out.append(f"G1 X{x:.4f} Y{y:.4f} Z{5 * math.sin(x / 8) * math.cos(y / 10) - 6:.4f}")
    return "\n".join([*out, "G0 Z5", "M2", ""])


def raster_project(folder: Path, cell_mm: float) -> Path:
    """The raster as a CAMotics project: program, ball D6, block; the project file."""
    (folder / "raster20k.nc").write_text(raster())
    project = {
        "units": "metric",
        "resolution-mode": "manual",
        "resolution": cell_mm,
        "tools": {"1": {"units": "metric", "shape": "ballnose", "length": 30, "diameter": 6, "description": ""}},
        "workpiece": {"automatic": False, "margin": 0, "bounds": {"min": [0, 0, -20], "max": [100, 100, 0]}},
        "files": ["raster20k.nc"],
    }
    file = folder / f"raster20k_{cell_mm:g}.camotics"
    file.write_text(json.dumps(project, indent=1))
    return file
