"""From depths to findings: what hits, on which line, how deep, and the faults that need no geometry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copeau.kernels import kernel
from copeau.model.finding import Finding
from copeau.model.machine import Machine
from copeau.model.moves import DWELL, RAPID, Moves, ends
from copeau.model.plan import Body
from copeau.model.tool import Tool
from copeau.simulation.axis_field import FLAT, TILE, touch
from copeau.simulation.machine_limits import over_travel, table_top_mm, under_table
from copeau.simulation.motions import Frame, Pieces, tool_runs
from copeau.simulation.stock_build import check_closed, mesh_field, outward
from copeau.simulation.tools import CORE, HOLDER, SHANK, SPINDLE, ToolBodies
from copeau.simulation.tridexel import DexelField, lattice

RAPID_MM = 0.02
"""A rapid that enters material by less only touches it."""
CONTACT_MM = 0.04
"""The same for what does not cut: just under the 0.05 mm at which an inspector would call it a hit."""
FIXTURE_MM = 0.02
FIXTURE_CELL_MM = 0.2
"""Spacing of the lines through fixture bodies; tools are thickened by half of it, so that nothing slips between."""
FEED_MM = 1e-6
"""A shorter feed does not move."""
CLEAR_MM = 2.0
"""Above the stock's top plus this, a rapid may run with another tool's length offset in force."""
MOST_FINDINGS = 1000
"""Findings that are kept of one kind: the rest says nothing new."""


@dataclass(frozen=True)
class Depths:
    """Depths (mm) of each motion in material: of a rapid's cutter, of bodies by kind (n, 4), in fixture bodies by name."""

    rapid: NDArray[np.float64]
    bodies: NDArray[np.float64]
    fixture: Mapping[str, NDArray[np.float64]]


def fixture_depths(
    fixture: Sequence[Body], frame: Frame, parts: Pieces, tool, bodies: Mapping[int, ToolBodies]
) -> dict[str, NDArray[np.float64]]:
    """Depth (mm) of every piece in each fixture body. Raises CopeauError for a body that is not closed."""
    out: dict[str, NDArray[np.float64]] = {}
    numbers = tool[parts.row]
    runs = [(s, bodies[int(numbers[s.start])]) for s in tool_runs(numbers) if numbers[s.start] > 0]
    for k, body in enumerate(fixture):
        check_closed(body.triangles)
        deep = np.zeros(len(parts.row))
        points = frame.points(np.asarray(body.vertices, float))
        near = [(s, t) for s, t in runs if may_reach(parts, s, t, points)]
        field = body_field(body, points) if near else None
        for s, t in near:
            _strike_body(field, parts, s, t, deep[s])
        name = body.name or f"fixture body {k + 1}"
        out[name] = np.maximum(out[name], deep) if name in out else deep
    return out


def may_reach(parts: Pieces, s: slice, tool: ToolBodies, points: NDArray[np.float64]) -> bool:
    """Whether the box of a tool's way meets the box of a body; nothing of a tool is lower than its tip."""
    arcs = parts.arc[s]
    at = np.vstack([parts.seg[s, :3], parts.seg[s, 3:]])
    round_ = arcs[:, :2].repeat(2, axis=0) + np.tile([[-1.0], [1.0]], (len(arcs), 1)) * arcs[:, 2:3].repeat(2, axis=0)
    wide = np.vstack([at[:, :2], round_[np.repeat(arcs[:, 4] != 0.0, 2)]])
    radius = max([*tool.bodies[:, 0].tolist(), 0.0 if tool.cutter is None else tool.cutter.R]) + FIXTURE_CELL_MM
    low, high = np.append(wide.min(0) - radius, at[:, 2].min()), np.append(wide.max(0) + radius, np.inf)
    return bool(((points.max(0) >= low) & (points.min(0) <= high)).all())


def body_field(body: Body, p: NDArray[np.float64]) -> DexelField:
    """Lines along the tool axis through a fixture body whose vertices are at `p` (n, 3) in the frame of the tool axis."""
    box = np.array([p.min(0), p.max(0)])
    cell = min(FIXTURE_CELL_MM, float((box[1] - box[0]).min()) / 2.0)
    origin, shape = lattice(box, cell)
    return mesh_field(p, outward(p, np.asarray(body.triangles, np.int64)), 2, origin, shape, cell, box)


def _strike_body(f: DexelField, parts: Pieces, s: slice, tool: ToolBodies, out: NDArray[np.float64]) -> None:
    tiles = (-(-f.shape[0] // TILE), -(-f.shape[1] // TILE))
    rows = tool.bodies[tool.bodies[:, 3] != CORE]
    c = tool.cutter
    grow = 0.5 * f.cell
    shape, R, H, topped, elements = (FLAT, 0.0, 0.0, True, rows) if c is None else (c.shape, c.R, c.H, c.cylinder < c.H, c.elements)
    strike_all(
        f.count, f.first, f.pool, f.origin[0], f.origin[1], f.cell, *f.shape, np.full(tiles, np.inf), np.ones(tiles, bool),
        parts.seg[s], parts.arc[s], shape, R, H, topped, elements, rows, grow, out,
    )  # fmt: skip


@kernel
def strike_all(count, first, pool, u0, v0, cell, nu, nv, tops, dirty, seg, arc, shape, R, H, topped, elements, bodies, grow, out):
    """Deepest entry (mm along z) of cutter and bodies, `grow` thicker, into a body that stays whole."""
    for n in range(len(seg)):
        if R > 0.0:
            r = R + grow if shape != 2 else R
            d = touch(count, first, pool, 1.0, u0, v0, cell, nu, nv, tops, dirty, seg[n], arc[n], shape, r, H, topped, elements, 0.0, r)
            out[n] = max(out[n], d)
        for b in range(len(bodies)):
            r, h = bodies[b, 0] + grow, bodies[b, 2] - bodies[b, 1]
            d = touch(count, first, pool, 1.0, u0, v0, cell, nu, nv, tops, dirty, seg[n], arc[n], FLAT, r, h, True, bodies, bodies[b, 1], r)
            out[n] = max(out[n], d)


@dataclass(frozen=True)
class Place:
    """Where a program runs: name of the setup, machine (None: not judged), lines in machine coordinates, fixture, top of the stock (WCS, mm)."""

    setup: str
    machine: Machine | None
    machine_lines: Sequence[int]
    fixture: Sequence[Body]
    stock_top_mm: float


def judge(moves: Moves, start, tools: Mapping[int, Tool], depths: Depths, place: Place) -> tuple[Finding, ...]:
    """All findings, one a kind, line and partner, the deepest kept; in the order of lines."""
    frm, to = ends(moves, start)
    length = np.linalg.norm(to - frm, axis=1)
    arcs = (moves["kind"] != RAPID) & (moves["kind"] != DWELL) & ~np.isnan(moves["i"])
    feeds = (moves["kind"] != RAPID) & (moves["kind"] != DWELL) & ((length > FEED_MM) | arcs)
    rapids = (moves["kind"] == RAPID) & (length > FEED_MM)
    found: list[tuple[str, NDArray[np.intp], NDArray[np.float64], str, str]] = []

    def add(kind: str, hit, depth=None, with_: str = "", detail: str = "") -> None:
        k = np.flatnonzero(hit)
        if len(k):
            found.append((kind, k, np.full(len(moves), np.nan) if depth is None else depth, with_, detail))

    add("rapid_cut", depths.rapid > RAPID_MM, depths.rapid, "stock")
    for kind, name in ((SHANK, "shank"), (HOLDER, "holder"), (SPINDLE, "spindle")):
        add(name, depths.bodies[:, kind] > CONTACT_MM, depths.bodies[:, kind], "stock")
    add("plunge", depths.bodies[:, CORE] > CONTACT_MM, depths.bodies[:, CORE], "stock", "the end of the tool does not cut at its centre")
    for name, depth in depths.fixture.items():
        add("fixture", depth > FIXTURE_MM, depth, name)
    kinds = {number: tool.type for number, tool in tools.items()}
    number = moves["tool"]
    probe, tap = (np.isin(number, [n for n, t in kinds.items() if t == which]) for which in ("probe", "tap"))
    add("spindle_stopped", feeds & (moves["s"] == 0.0) & ~probe & (number > 0))
    add("spindle_stopped", feeds & (moves["s"] < 0.0) & ~probe & ~tap & (number > 0), detail="reversed")
    add("feed_missing", feeds & ~(moves["f"] > 0.0))
    add("no_tool", feeds & (number <= 0), detail="feed with no tool in the spindle")
    low = np.minimum(frm[:, 2], to[:, 2]) < place.stock_top_mm + CLEAR_MM
    add("wrong_length_offset", (feeds | (rapids & low)) & (moves["h"] != number) & (number > 0))
    if place.machine is not None:
        for name, over in over_travel(moves, start, place.machine_lines, tools, place.machine):
            travel = place.machine.travels_mm["XYZ".index(name)]
            add("axis_limit", over, with_=f"{name} axis", detail=f"the program spans more than the {travel:g} mm of travel of {place.machine.id}")
        deep = under_table(frm, to, np.isin(moves["line"], list(place.machine_lines)), table_top_mm(place.fixture))
        add("machine", deep > 0.0, deep, "table")
    return _findings(moves, to, found, place.setup)


def _findings(moves: Moves, to, found, setup: str) -> tuple[Finding, ...]:
    out: list[tuple[int, int, Finding]] = []
    for order, (kind, rows, depth, with_, detail) in enumerate(found):
        lines = moves["line"][rows]
        by_line = np.lexsort((rows, -np.nan_to_num(depth[rows]), lines))
        # Where there is no program text each motion is its own place.
        first = np.concatenate([[True], (np.diff(lines[by_line]) != 0) | (lines[by_line][1:] < 0)])
        for k in rows[by_line][first][:MOST_FINDINGS]:
            at = (float(to[k, 0]), float(to[k, 1]), float(to[k, 2]))
            finding = Finding(kind, int(moves["line"][k]), float(depth[k]), with_, setup, int(moves["tool"][k]), at, detail)
            out.append((int(k), order, finding))
    return tuple(f for _, _, f in sorted(out, key=lambda x: x[:2]))
