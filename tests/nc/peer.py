"""rs274, LinuxCNC's own interpreter, as the peer: run it, read its canonical motions, bring ours to the same form.

Both are given as rows (kind, x, y, z, c1, c2, turns, f) in machine coordinates, mm; kind as in `Moves`; c1, c2 the arc's centre in
its plane; straight motions of no length are left out on both sides.
"""

import math
import os
import re
import shutil
import subprocess

import numpy as np
import pytest

from copeau.model.moves import AXES_OF_PLANE
from copeau.nc.interpreter import make_control, run
from copeau.nc.state import to_machine

TIMEOUT_S = 20
PRINTED_MM = 1.01e-4
"""Two numbers printed with four decimals and one of ours: half a digit, and half a digit of a sum."""
PRINTED_INCH = 2.6e-3
DOUBLE = 1e-12
"""Two orders of summation of the same doubles, relative."""
FIELDS = ("kind", "x", "y", "z", "c1", "c2", "turns", "f")

needs_rs274 = pytest.mark.skipif(
    shutil.which("rs274") is None and not os.environ.get("COPEAU_REQUIRE_PEERS"), reason="rs274 is not installed"
)

_CALL = re.compile(r"^\s*\d*\s*N\s*[\d.]+\s*([A-Z_0-9]+)\((.*)\)\s*$")


def run_rs274(text, folder, table=""):
    """(exit code, canonical text, first line of the error)."""
    program, tools, out = folder / "q.ngc", folder / "q.tbl", folder / "out.txt"
    for left in folder.glob("q.var*"):
        left.unlink()  # offsets of an earlier run
    program.write_text(text)
    tools.write_text(table)
    command = ["rs274", "-t", str(tools), "-v", str(folder / "q.var"), "-g", str(program), str(out)]
    own_home = os.environ | {"HOME": str(folder)}  # its tool table lives in the home folder: two runs at once would share it
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT_S, cwd=folder, env=own_home
    )
    errors = [line for line in done.stderr.splitlines() if line and line != "executing" and "variable file" not in line]
    return done.returncode, out.read_text() if out.exists() else "", errors[0] if errors else ""


def table_of(tools):
    """Tool table for rs274, which reads it in inches whatever it is told; lengths 0, as ours are taken as right."""
    return "".join(f"T{n} P{n} Z0 D{t.DC / 25.4:.12f}\n" for n, t in tools.items())


class _Peer:
    def __init__(self):
        self.scale, self.plane = 1.0, 17
        self.g5x, self.g92, self.turn = np.zeros(6), np.zeros(6), 0.0
        self.at, self.rows, self.feed, self.per_turn = np.zeros(6), [], math.nan, False

    def machine(self, p):
        q = np.asarray(p, float) + self.g92
        c, s = math.cos(self.turn), math.sin(self.turn)
        q[0], q[1] = c * q[0] - s * q[1], s * q[0] + c * q[1]
        return q + self.g5x

    def scaled(self, values):
        v = np.array(values[:6], float)
        v[:3] *= self.scale
        return v

    def straight(self, kind, p):
        end = self.machine(p)
        if not np.allclose(end, self.at, atol=1e-9, rtol=0.0):
            f = math.nan if kind == 0 or self.per_turn else self.feed
            self.rows.append((kind, *end[:3], math.nan, math.nan, 0, f))
        self.at = end

    def arc(self, v):
        p, q, n = AXES_OF_PLANE[self.plane]
        end, centre = np.zeros(6), np.zeros(6)
        end[p], end[q], end[n] = v[0] * self.scale, v[1] * self.scale, v[5] * self.scale
        end[3:] = v[6:9]
        centre[p], centre[q] = v[2] * self.scale, v[3] * self.scale
        end, centre = self.machine(end), self.machine(centre)
        turns = int(v[4])
        f = math.nan if self.per_turn else self.feed
        self.rows.append((2 if turns < 0 else 3, *end[:3], centre[p], centre[q], abs(turns) - 1, f))
        self.at = end

    def call(self, name, text):
        if name == "USE_LENGTH_UNITS":
            self.scale = 25.4 if "INCH" in text else 1.0
            return
        if name == "SELECT_PLANE":
            self.plane = {"XY": 17, "XZ": 18, "YZ": 19}[text[-2:]]
            return
        if name.endswith("_SPEED_FEED_SYNC") or name.endswith("_SPEED_FEED_SYNCH"):
            self.per_turn = name.startswith("START")
            return
        if name not in _NUMERIC:
            return
        v = [float(x) for x in text.replace(";", ",").split(",")]
        if name == "SET_G5X_OFFSET":
            self.g5x = self.scaled(v[1:])
        elif name == "SET_G92_OFFSET":
            self.g92 = self.scaled(v)
        elif name == "SET_XY_ROTATION":
            self.turn = math.radians(v[0])
        elif name == "SET_FEED_RATE":
            self.feed = v[0] * self.scale
        elif name == "SET_FEED_MODE":
            self.per_turn = v[1] != 0
        elif name == "STRAIGHT_TRAVERSE":
            self.straight(0, self.scaled(v))
        elif name in ("STRAIGHT_FEED", "STRAIGHT_PROBE"):
            self.straight(1, self.scaled(v))
        elif name == "ARC_FEED":
            self.arc(v)
        elif name == "RIGID_TAP":
            start = self.at.copy()
            end = self.machine(np.append(np.array(v[:3]) * self.scale, [0.0, 0.0, 0.0]))
            for to in (end, start):
                self.rows.append((1, *to[:3], math.nan, math.nan, 0, math.nan))


_NUMERIC = {
    "SET_G5X_OFFSET", "SET_G92_OFFSET", "SET_XY_ROTATION", "SET_FEED_RATE", "SET_FEED_MODE", "STRAIGHT_TRAVERSE", "STRAIGHT_FEED",
    "STRAIGHT_PROBE", "ARC_FEED", "RIGID_TAP",
}  # fmt: skip


def canonical_rows(text):
    """Rows of a canonical text."""
    peer = _Peer()
    for line in text.splitlines():
        match = _CALL.match(line)
        if match:
            peer.call(*match.groups())
    return np.array(peer.rows, float).reshape(-1, len(FIELDS))


def our_rows(text, tools=None, registers=None, subprograms=None, dialect="linuxcnc", name="q.ngc"):
    """Rows of our interpreter on a machine whose work offsets are all 0, as rs274's are."""
    control = make_control(dialect, tools or {}, (0.0, 0.0, 0.0), registers or {})
    run(control, text, name, subprograms)
    return rows_of(control.recorder.moves(), control.state.reference)


def rows_of(moves, reference):
    """Rows of `moves`, recorded in the coordinates of `reference`, in machine coordinates."""
    rows, at, none = [], np.zeros(6), [0.0] * 6
    at[:3] = 0.0
    for m in moves:
        if m["kind"] > 3:
            continue
        end = np.array(to_machine([float(m[a]) for a in "xyzabc"], reference, none))
        if m["kind"] < 2:
            if not np.allclose(end, at, atol=1e-9, rtol=0.0):
                rows.append((m["kind"], *end[:3], math.nan, math.nan, 0, m["f"]))
        else:
            p, q, _ = AXES_OF_PLANE[int(m["plane"])]
            centre = to_machine([float(m[a]) for a in "ijk"] + [0.0] * 3, reference, none)
            rows.append((m["kind"], *end[:3], centre[p], centre[q], m["turns"], m["f"]))
        at = end
    return np.array(rows, float).reshape(-1, len(FIELDS))


def difference(ours, theirs, tolerance=PRINTED_MM):
    """'' where the rows agree, else where they first differ."""
    # Motions that print as no motion are no motion: leave out what is shorter than the printed digit on either side.
    ours, theirs = _visible(ours, tolerance), _visible(theirs, tolerance)
    for n, (a, b) in enumerate(zip(ours, theirs)):
        near = np.abs(a[1:6] - b[1:6]) <= tolerance + DOUBLE * np.abs(b[1:6])
        same = a[0] == b[0] and a[6] == b[6] and np.all(near | (np.isnan(a[1:6]) & np.isnan(b[1:6])))
        # The peer prints a feed with four decimals of its own unit, and none where the motion is in step with the spindle.
        feed = math.isnan(b[7]) or abs(a[7] - b[7]) <= max(tolerance, 1e-4 * abs(b[7]))
        if not same or not feed:
            return f"motion {n}: ours {np.round(a, 4).tolist()}, theirs {np.round(b, 4).tolist()}"
    if len(ours) != len(theirs):
        longer = ours if len(ours) > len(theirs) else theirs
        return f"ours has {len(ours)} motions, theirs {len(theirs)}; next {longer[min(len(ours), len(theirs))]}"
    return ""


def _visible(rows, tolerance):
    keep, at = [], np.zeros(3)
    for n, row in enumerate(rows):
        if row[0] > 1 or np.max(np.abs(row[1:4] - at)) > tolerance:
            keep.append(n)
            at = row[1:4]
    return rows[keep]
