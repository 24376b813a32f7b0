"""FreeCAD's path simulator on a path text, run by `freecadcmd`: CPU seconds, best of five.

Environment: PATHTEXT (FreeCAD's path text, .gz), CELL (mm), DC (mm), BOX ("x,y,z" of a block at the origin), RESULT (JSON file to write).
`whole_cpu_s`: read, stock, tool, cut, mesh; `cut_cpu_s`: the cut alone.
"""

import gzip
import json
import os
import time

import FreeCAD
import Part
import Path
import PathSimulator

RUNS = 5
CELL, DC = float(os.environ["CELL"]), float(os.environ["DC"])
BOX = [float(v) for v in os.environ["BOX"].split(",")]
MOTIONS = ("G0", "G1", "G2", "G3")


def once():
    """One run: (whole, cut) CPU seconds, motions, volume of the mesh."""
    begin = time.process_time()
    path = Path.Path()
    path.setFromGCode(gzip.open(os.environ["PATHTEXT"], "rt").read())
    commands = [c for c in path.Commands if c.Name in MOTIONS]
    simulator = PathSimulator.PathSim()
    simulator.BeginSimulation(Part.makeBox(*BOX), CELL)
    simulator.SetToolShape(Part.makeCylinder(DC / 2, 4 * DC), CELL)
    at = FreeCAD.Placement(FreeCAD.Vector(0, 0, BOX[2] + 13), FreeCAD.Rotation(FreeCAD.Vector(0, 0, 1), 0))
    cut = time.process_time()
    for command in commands:
        at = simulator.ApplyCommand(at, command)
    cut = time.process_time() - cut
    outer, inner = simulator.GetResultMesh()
    whole = time.process_time() - begin
    outer.addMesh(inner)
    return whole, cut, len(commands), outer.Volume


runs = [once() for _ in range(RUNS)]
with open(os.environ["RESULT"], "w") as f:
    json.dump({"whole_cpu_s": min(r[0] for r in runs), "cut_cpu_s": min(r[1] for r in runs), "motions": runs[0][2], "mesh_volume_mm3": runs[0][3],
               "version": ".".join(FreeCAD.Version()[:3])}, f)  # fmt: skip
