"""Program sheets made by chance, and the motions that their posted programs must make."""

import math

import numpy as np
from hypothesis import strategies as st

from copeau.model.moves import RAPID, arc_move, line_moves
from copeau.model.plan import Cutting, Workingstep
from copeau.model.program import DrillCycle, PostedStep, ProgramSheet, Run
from copeau.model.tool import Tool

CLEARANCE = 20.0
SHORTEST_MM = 1e-3
"""Shorter motions may vanish in rounding; `test_round_trip` has them one by one."""
MILL = Tool("EM10", "endmill", 10.0, number=1, LPR=35.0)
DRILL = Tool("D5", "drill", 5.0, number=2, SIG=118.0, LPR=40.0)
TAP = Tool("M6", "tap", 6.0, number=3, TP=1.0)
TOOLS = {t.number: t for t in (MILL, DRILL, TAP)}
coordinate = st.floats(-80.0, 80.0).map(lambda v: round(v, 6))
depth = st.floats(-30.0, 0.0).map(lambda v: round(v, 6))
feed = st.floats(1.0, 5000.0).map(lambda v: round(v, 3))


@st.composite
def arc_from(draw, at):
    """An arc, helix or full circle from `at`, true to the last bit that floats allow."""
    radius, a0 = draw(st.floats(0.05, 60.0)), draw(st.floats(0.0, 2.0 * math.pi))
    centre = (at[0] - radius * math.cos(a0), at[1] - radius * math.sin(a0))
    clockwise = draw(st.booleans())
    full = draw(st.booleans())
    turns = draw(st.integers(0, 2))
    z = draw(st.one_of(st.just(at[2]), depth))
    if full:
        end = (at[0], at[1], z)
    else:
        least = max(SHORTEST_MM / radius, 1e-6)
        sweep = draw(st.floats(least, 2.0 * math.pi - least)) * (-1.0 if clockwise else 1.0)
        end = (centre[0] + radius * math.cos(a0 + sweep), centre[1] + radius * math.sin(a0 + sweep), z)
    return arc_move(end, centre, draw(feed), clockwise, turns), end


@st.composite
def runs(draw, compensated=False):
    """A rapid above the work, then lines and arcs, then a rapid out."""
    x, y = draw(coordinate), draw(coordinate)
    rows = [line_moves([[x, y, CLEARANCE]], 0.0, RAPID), line_moves([[x, y, draw(depth)]], draw(feed))]
    at = (x, y, float(rows[-1]["z"][0]))
    for _ in range(draw(st.integers(1, 6))):
        if draw(st.booleans()):
            to = (draw(coordinate), draw(coordinate), draw(depth))
            if math.dist(at, to) < SHORTEST_MM:
                continue
            at = to
            rows.append(line_moves([at], draw(feed)))
        else:
            arc, at = draw(arc_from(at))
            rows.append(arc)
    rows.append(line_moves([[at[0], at[1], CLEARANCE]], 0.0, RAPID))
    return Run(np.concatenate(rows))


@st.composite
def cycles(draw, code):
    points = np.array(draw(st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=5)))
    bottoms = np.array([draw(depth) - 0.5 for _ in points])
    return DrillCycle(
        code, points, draw(st.floats(0.5, 5.0)), bottoms, CLEARANCE, draw(feed),
        peck_mm=draw(st.floats(0.5, 10.0)), dwell_s=draw(st.sampled_from([0.0, 0.25, 1.5])),
        pitch_mm=draw(st.sampled_from([0.5, 0.75, 1.0])),
    )  # fmt: skip


def step(number, tool, segments, n=3000.0, coolant="flood"):
    return PostedStep(Workingstep(str(number), "operation", "strategy", tool, Cutting(n, 100.0, 300.0, coolant=coolant)), tuple(segments))


def sheet(steps, **changes):
    """A sheet with these steps."""
    plain = {
        "part": "bracket.step", "phase": "10", "machine": "VF-2", "material": "C45 (S355) ø40", "stock": "box 100 x 60 x 30",
        "wcs_origin": "corner of the fixed jaw", "plan_hash": "0123abcd", "assumed": ("material: C45",),
        "tools": tuple({s.workingstep.tool.number: s.workingstep.tool for s in steps}.values()), "steps": tuple(steps),
        "clearance_z": CLEARANCE,
    }  # fmt: skip
    return ProgramSheet(**{**plain, **changes})


@st.composite
def sheets(draw):
    """A sheet with milling, drilling and tapping in any order."""
    steps = []
    for k in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["mill", "drill", "tap"]))
        if kind == "mill":
            steps.append(step(10 * k, MILL, draw(st.lists(runs(), min_size=1, max_size=2)), n=float(draw(st.integers(500, 12000)))))
        elif kind == "drill":
            made = [draw(cycles(code)) for code in draw(st.lists(st.sampled_from([73, 81, 82, 83, 85]), min_size=1, max_size=2))]
            steps.append(step(10 * k, DRILL, made))
        else:
            steps.append(step(10 * k, TAP, [draw(cycles(84))], n=500.0))
    return sheet(steps)

