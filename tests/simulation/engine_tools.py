"""Tools, paths and slow oracles that the tests of the engine share."""

import numpy as np

from copeau.model.moves import arc_sweeps, ends
from copeau.model.tool import Tool
from copeau.simulation.tools import tool_bodies

ENDMILL = Tool("e", "endmill", 4.0, 1, APMX=6.0, LU=9.0, centre_cutting=True)
BALL = Tool("b", "ball_endmill", 4.0, 1, APMX=6.0, LU=9.0)
SHORT_BALL = Tool("sb", "ball_endmill", 4.0, 1, APMX=3.0, LU=9.0)
BULL = Tool("r", "bullnose_endmill", 4.0, 1, RE=1.0, APMX=6.0, LU=9.0, centre_cutting=True)
DRILL = Tool("d", "drill", 4.0, 1, SIG=118.0, LU=8.0)
CHAMFER = Tool("c", "chamfer_mill", 4.0, 1, SIG=90.0, tip_diameter=1.0, APMX=3.0)
LOLLIPOP = Tool("l", "lollipop", 4.0, 1, DN=2.0, LU=9.0)
TSLOT = Tool("t", "tslot_cutter", 4.0, 1, CW=1.0, DN=2.0, LU=9.0)
DOVETAIL = Tool("v", "dovetail", 4.0, 1, KAPR=60.0, APMX=2.0, DN=1.0, LU=9.0)
TAPERED = Tool("p", "tapered_endmill", 4.0, 1, RE=0.5, SIG=20.0, APMX=8.0)
FACE = Tool("f", "face_mill", 4.0, 1, KAPR=45.0, DCX=6.0, APMX=1.5, LU=9.0)
CUTTERS = (ENDMILL, BALL, SHORT_BALL, BULL, DRILL, CHAMFER, LOLLIPOP, TSLOT, DOVETAIL, TAPERED, FACE)


def run(moves, tool: int = 1):
    """Rows made with a tool, its own offset, spindle on."""
    moves["tool"], moves["h"], moves["s"] = tool, tool, 1000.0
    moves["line"] = np.arange(1, len(moves) + 1)
    return moves


def in_tool(tool: Tool, q, inset: float):
    """Which points q (..., 3), from the tip, lie in the cutter, `inset` mm or more under its surface (negative: or as much above it)."""
    elements = tool_bodies(tool).cutter.elements
    top, h, d = elements[-1, 1], q[..., 2], np.hypot(q[..., 0], q[..., 1])
    found = np.zeros(h.shape, bool)
    for h0, h1, r0, r1, hc, rc, rho in elements:
        here = (h >= h0 + (inset if h0 == 0.0 else 0.0)) & (h <= h1 - (inset if h1 == top else 0.0))
        r = rc + np.sqrt(np.maximum(0.0, rho**2 - (h - hc) ** 2)) if rho > 0.0 else r0 + (r1 - r0) * (h - h0) / (h1 - h0)
        found |= here & (d <= r - inset)
    return found


def dense_path(moves, start, n: int = 4000):
    """Tip positions all along the motions, by their definition."""
    frm, to = ends(moves, start)
    sweep, t, out = arc_sweeps(moves, start), np.linspace(0.0, 1.0, n)[:, None], []
    for k in range(len(moves)):
        p = frm[k] + (to[k] - frm[k]) * t
        if sweep[k] != 0.0:
            c = np.array([moves["i"][k], moves["j"][k]])
            r, a = np.hypot(*(frm[k, :2] - c)), np.arctan2(frm[k, 1] - c[1], frm[k, 0] - c[0]) + sweep[k] * t[:, 0]
            p[:, 0], p[:, 1] = c[0] + r * np.cos(a), c[1] + r * np.sin(a)
        out.append(p)
    return np.concatenate(out)


def pose(rotation, shift=(0.0, 0.0, 0.0)):
    """part_to_wcs from a rotation and a shift."""
    out = np.eye(4)
    out[:3, :3], out[:3, 3] = rotation, shift
    return out


def axis_rotations():
    """The 24 rotations that carry axes to axes."""
    from itertools import permutations, product

    every = (np.eye(3)[list(p)] * np.array(s)[:, None] for p in permutations(range(3)) for s in product((1.0, -1.0), repeat=3))
    return [m for m in every if np.linalg.det(m) > 0.0]


def any_rotation(seed: int):
    """A rotation of no special kind."""
    q = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    return q * np.linalg.det(q)


def same_intervals(a, b, tolerance_mm: float) -> float:
    """Largest length on any line that one field has and the other has not; lines that only touch do not count."""
    worst = 0.0
    for f, g in zip(a.fields, b.fields):
        (o, s, e), (p, t, u) = f.intervals(), g.intervals()
        for line in np.flatnonzero((np.diff(o) > 0) | (np.diff(p) > 0)):
            one = list(zip(s[o[line] : o[line + 1]], e[o[line] : o[line + 1]]))
            two = list(zip(t[p[line] : p[line + 1]], u[p[line] : p[line + 1]]))
            common = sum(max(0.0, min(x1, y1) - max(x0, y0)) for x0, x1 in one for y0, y1 in two)
            worst = max(worst, sum(y - x for x, y in one) - common, sum(y - x for x, y in two) - common)
            if worst > tolerance_mm:
                return worst
    return worst
