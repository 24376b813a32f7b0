"""Why material is left on the design, face by face, each cause checked on the geometry and on what the programs did.

`left_raw_by_plan`: the person's own edit lists the face. `unreachable`: no approach direction sees the place. `corner_radius`: a round of a
used tool must leave it, the tool has been there, and no smaller one at hand reaches (`corners`, `smaller`). What is left besides is
unexplained; `tool_too_short` then says that no tool at hand would reach, and excuses nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from copeau.model.tool import END_MILLS, Tool
from copeau.part.visibility import visible
from copeau.simulation.closest import Design
from copeau.simulation.corners import Claim, ConcaveEdges, claims_of, concave_edges, left_by_round, sharp_edges
from copeau.simulation.design_top import top_of
from copeau.simulation.deviation import Deviation, Samples
from copeau.simulation.smaller import belied, distinct, nearby, stances, stands
from copeau.simulation.visited import SetupMotion, cutting_pieces

LEFT_RAW, UNREACHABLE, CORNER, TOO_SHORT, NONE = "left_raw_by_plan", "unreachable", "corner_radius", "tool_too_short", ""
EXCUSES = (LEFT_RAW, UNREACHABLE, CORNER)
EYE_LIFT_MM = 0.1  # an undercut place must be hidden even from this far above the surface


Label = tuple[str, int | None, float | None, bool]


@dataclass(frozen=True)
class ExcessFace:
    """A row of `verification.excess_faces`: what is left on one face for one cause, "" if none was found.

    `tool` (number) and `radius_mm` are None except for `corner_radius`; `sharp`: it is the root of a corner too sharp for round cutters,
    further than `corners.MOST_REACH` radii from where the tool could come.
    """

    face: int
    max_mm: float
    area_mm2: float
    cause: str
    tool: int | None = None
    radius_mm: float | None = None
    sharp: bool = False


@dataclass(frozen=True)
class Explained:
    """Rows for every (face, cause, tool), and for each excess sample of the deviation the row (n,) that it belongs to."""

    faces: tuple[ExcessFace, ...]
    row: NDArray[np.int64]


def explain(
    deviation: Deviation,
    design: Design,
    setups: Sequence[SetupMotion],
    at_hand: Sequence[Tool] = (),
    left_raw_faces: Sequence[int] = (),
    directions: ArrayLike = (),
    ask_too_short: bool = True,
) -> Explained:
    """Find the cause of all that is left over `EXCESS_MM`.

    Parameters
    ----------
    deviation : Deviation
    design : Design
        What the deviation was taken from.
    setups : SetupMotion ...
        The milling setups of the job as interpreted from the posted programs.
    at_hand : Tool ...
        All tools that the job could have used.
    left_raw_faces : int ...
        Faces that the person leaves raw.
    directions : (k, 3) float
        Further approach directions, part coordinates, from the part towards the spindle: those of a machine that tilts.
    ask_too_short : bool
        Tell `tool_too_short`, which takes long where much is left and excuses nothing.
    """
    s = deviation.excess
    cause = np.full(len(s.face), -1)
    labels: list[Label] = [(NONE, None, None, False)]

    def give(rows: NDArray[np.int64], label: Label) -> None:
        if label not in labels:
            labels.append(label)
        cause[rows] = labels.index(label)

    give(np.flatnonzero(np.isin(s.face, list(left_raw_faces))), (LEFT_RAW, None, None, False))
    rest = np.flatnonzero(cause < 0)
    give(rest[hidden(design, s.points[rest], s.normals[rest], approach_directions(setups, directions))], (UNREACHABLE, None, None, False))
    edges = concave_edges(design) if (cause < 0).any() else None
    if edges is not None:
        claims, roots = used_claims(setups), sharp_edges(design)
        for corners, sharp in ((edges, False), *(((roots, True),) if len(roots.ends) else ())):
            for claim in claims:
                rest = np.flatnonzero(cause < 0)
                own = _confirmed(claim, at_hand, design, corners, s, rest) if len(rest) else rest
                give(own, (CORNER, claim.number, claim.radius_mm, sharp))
    rest = np.flatnonzero(cause < 0)
    give(rest, (NONE, None, None, False))
    if ask_too_short and len(rest) and edges is not None:
        give(rest[out_of_reach(design, edges, setups, at_hand, s.points[rest], s.normals[rest])], (TOO_SHORT, None, None, False))
    return _rows(s, cause, labels)


def _confirmed(claim: Claim, at_hand, design: Design, edges: ConcaveEdges, s: Samples, rest: NDArray[np.int64]) -> NDArray[np.int64]:
    own = rest[left_by_round(claim, design, edges, s.points[rest])]
    return own[~belied(claim, at_hand, design, edges, s.points[own], s.normals[own])]


def used_claims(setups: Sequence[SetupMotion]) -> list[Claim]:
    """The rounds of all tools that cut in the job, the smallest first."""
    pieces = [cutting_pieces(s) for s in setups]
    out = []
    for number in sorted({n for p in pieces for n in p}):
        users = [(s, p[number]) for s, p in zip(setups, pieces) if number in p and number in s.tools]
        if users:
            out += claims_of(number, users[0][0].tools[number], *zip(*users))
    return sorted(out, key=lambda c: (c.radius_mm, c.number))


def approach_directions(setups: Sequence[SetupMotion], further: ArrayLike = ()) -> NDArray[np.float64]:
    """Unit directions (k, 3) from which a tool could come: + and - each setup's axis, x, y and z of the part, and the further ones."""
    rows = np.vstack([*[s.axis for s in setups], np.eye(3)])
    return np.unique(np.round(np.vstack([rows, -rows, np.asarray(further, float).reshape(-1, 3)]), 6) + 0.0, axis=0)


def hidden(design: Design, points: NDArray[np.float64], normals: NDArray[np.float64], directions: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points of the design's surface none of the directions (k, 3) sees."""
    out = np.ones(len(points), np.bool_)
    for d in directions:
        k = np.flatnonzero(out)
        out[k] = ~visible(design.tree, points[k], normals[k], d, EYE_LIFT_MM)
    return out


def out_of_reach(
    design: Design, edges: ConcaveEdges, setups: Sequence[SetupMotion], at_hand: Sequence[Tool], points, normals
) -> NDArray[np.bool_]:
    """Which places some setup sees, but with no end mill at hand that reaches them there."""
    seen, reached = np.zeros(len(points), np.bool_), np.zeros(len(points), np.bool_)
    mills = [t for t in at_hand if t.type in END_MILLS]
    for setup in setups:
        own = np.flatnonzero(visible(design.tree, points, normals, setup.axis, EYE_LIFT_MM))
        seen[own] = True
        if not len(own) or not mills:
            continue
        top = top_of(design, setup)
        near = nearby(design, edges, points[own], setup.axis, max(t.DC for t in mills) / 2.0)
        for tool in mills:
            k = np.flatnonzero(~reached[own])
            if not len(k):
                break
            for places in stances(setup, design, edges, near.of(k), points[own[k]], normals[own[k]], tool.DC / 2.0, -np.inf):
                one, which = distinct(places)
                reached[own[k]] |= stands(tool, one, top)[which]
    return seen & ~reached if mills else np.zeros(len(points), np.bool_)


def _rows(s: Samples, cause: NDArray[np.int64], labels) -> Explained:
    pairs, row = np.unique(np.column_stack([s.face, cause]), axis=0, return_inverse=True)
    row = row.ravel()
    area, deepest = np.bincount(row, s.area, len(pairs)), np.zeros(len(pairs))
    np.maximum.at(deepest, row, s.depth)
    faces = [ExcessFace(int(f), float(deepest[k]), float(area[k]), *labels[c]) for k, (f, c) in enumerate(pairs)]
    return Explained(tuple(faces), row)
