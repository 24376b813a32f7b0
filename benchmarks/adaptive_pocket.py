"""Constant-engagement clearing of the reference pocket, measured by an independent analyser.

usage: adaptive_pocket.py ANALYZE [--keep FILE.ngc]
ANALYZE  the analyser's script: `ANALYZE program.ngc D --offset x,y,z` prints one JSON document

The pocket: 60 x 40 mm with corner radius 6 round an island of radius 7.5, D10, ae 2 mm, three levels of 5 mm, helix of 5 degrees.
Prints one JSON document with the CPU seconds of the computation (kernels compiled before) and the analyser's figures.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import shapely

from copeau.model.moves import CCW, CW, RAPID
from copeau.toolpath.milling.adaptive import Descent, clear, to_moves
from copeau.toolpath.milling.adaptive_path import break_even_mm

DC, AE, TOP, LEVELS, CLEARANCE = 10.0, 2.0, 0.0, (-5.0, -10.0, -15.0), 1.0
CENTRE = "46,40,30"  # of the pocket in the analyser's coordinates
RAMP_RAD = np.deg2rad(5.0)
VF, VF_PLUNGE, RAPID_MM_MIN = 1000.0, 300.0, 5000.0


def pocket():
    """Region of the tool's centre and material of the pocket round its centre."""
    outline = shapely.box(-24, -14, 24, 14).buffer(6.0, quad_segs=64)
    material = outline.difference(shapely.Point(0, 0).buffer(7.5, quad_segs=64))
    return material.buffer(-DC / 2, quad_segs=64), material


def level_path():
    """Path of one level."""
    region, material = pocket()
    return clear(region, material, DC, AE, descent=Descent(-LEVELS[0], RAMP_RAD, VF / VF_PLUNGE))


def program_moves():
    """All levels; they are alike, so the path is computed once."""
    path = level_path()
    tops = (TOP, *LEVELS[:-1])
    links = [break_even_mm(CLEARANCE - z, 0.0, VF, VF_PLUNGE, rapid_mm_min=RAPID_MM_MIN, pause_s=0.0) for z in LEVELS]
    rows = [to_moves(path, top, z, CLEARANCE, VF, VF_PLUNGE, ramp_rad=RAMP_RAD, max_link_mm=link) for top, z, link in zip(tops, LEVELS, links)]
    return np.concatenate(rows)


def gcode(moves):
    """LinuxCNC text, words only where they change."""
    lines = ["G21 G17 G90 G40 G54", "G91.1"]
    at, now = np.full(3, np.nan), ("", np.nan)
    for m in moves:
        g = "G0" if m["kind"] == RAPID else "G2" if m["kind"] == CW else "G3" if m["kind"] == CCW else "G1"
        to = np.round([m["x"], m["y"], m["z"]], 4)
        words = [g] if g != now[0] else []
        arc = g in ("G2", "G3")
        words += [f"{a}{v:.4f}" for a, v, old in zip("XYZ", to, at) if v != old or (arc and a != "Z")]
        if arc:
            words += [f"I{m['i'] - at[0]:.4f}", f"J{m['j'] - at[1]:.4f}"]
        if g != "G0" and m["f"] != now[1]:
            words.append(f"F{m['f']:g}")
        now = (g, now[1] if g == "G0" else m["f"])
        if len(words) > (g != now[0]) and (arc or np.any(to != at)):
            lines.append(" ".join(words))
        at = to
    return "\n".join([*lines, "M2", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("analyze")
    parser.add_argument("--keep")
    options = parser.parse_args()
    program_moves()
    times, texts = [], []
    for _ in range(10):
        begin = time.process_time()
        moves = program_moves()
        times.append(time.process_time() - begin)
        texts.append(gcode(moves))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(options.keep or Path(folder) / "pocket.ngc")
        file.write_text(texts[0])
        command = [sys.executable, options.analyze, str(file), f"{DC:g}", "--offset", CENTRE]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
    figures = {"cpu_s_three_levels": round(min(times), 4), "identical_runs": len(set(texts)) == 1}
    print(json.dumps({**figures, **json.loads(run.stdout)}, indent=1))


if __name__ == "__main__":
    main()
