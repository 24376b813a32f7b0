"""Deviation of the simulated workpiece from the design, in part coordinates. Positive: excess. Negative: gouge.

Three questions are asked on every line of the stock, each of which the others could miss:
where the workpiece ends, how far is that from the design (`free_ends`); where the design ends, does the workpiece go on, or stop short
(`probe_ends`: this gives areas, face by face); where the design has material and the workpiece none, how deep is that in the design
(`gone_places`: a wall that is wholly gone has no end left). A place is always judged by its distance to the design's surface, never by a
length along the line: a line that runs along a wall meets a thin sliver over its whole length.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copeau.model.errors import CopeauError
from copeau.model.part import Part
from copeau.simulation.closest import Design, Signed, design_of, signed_distance
from copeau.simulation.lines import DesignLines, design_lines, free_ends, gone_places, probe_ends
from copeau.simulation.tridexel import DexelField, TriDexel

GOUGE_MM, EXCESS_MM = 0.01, 0.05
"""What is still ok (the contract of `report.json`, `verification.ok`)."""
NEAR_MM = 1e-3  # an end of the workpiece this near to the design's is not looked at again: a tenth of the gouge that counts
FREEFORM_DEFLECTION_MM = 1e-3  # freeform faces are judged on their mesh
STOCK_TOL_MM = 0.01  # a part may stick out of its stock by no more than a gouge that does not count
INTO_PIECE = (0.25, 0.5, 1.0)  # where what is left beyond a point of the design, or missing behind it, is measured, as shares
CHUNK_LINES = 400_000  # lines at once: bounds the work arrays to some 100 MB

BY_FACE = np.dtype(
    [
        ("face", "i8"),
        ("area_mm2", "f8"),
        ("samples", "i8"),
        ("excess_mm2", "f8"),
        ("gouge_mm2", "f8"),
        ("max_excess_mm", "f8"),
        ("max_gouge_mm", "f8"),
    ]
)


@dataclass(frozen=True)
class Samples:
    """Points of the design's surface: `points` (n, 3) mm, unit outward `normals` (n, 3), `face` (n,), `area` (n,) mm2 that each stands for,
    and how far (n,) mm what is left there stands out of the design, or what is missing goes into it, `depth`."""

    points: NDArray[np.float64]
    normals: NDArray[np.float64]
    face: NDArray[np.int64]
    area: NDArray[np.float64]
    depth: NDArray[np.float64]


@dataclass(frozen=True)
class Deviation:
    """What the workpiece has more or less than the design.

    `points` (n, 3) mm, `mm` (n,) signed, `face` (n,): places of the workpiece's surface, and of design that is gone, beyond the limits.
    `excess`, `gouged`: samples of the design's surface beyond the limits. `max_excess_mm`: of what stands on the design; `furthest_mm`: of
    all material, loose pieces with it. `by_face`: rows `BY_FACE`, every face of the part. `cell_mm`: of the coarsest field.
    """

    points: NDArray[np.float64]
    mm: NDArray[np.float64]
    face: NDArray[np.int64]
    excess: Samples
    gouged: Samples
    max_gouge_mm: float
    max_excess_mm: float
    furthest_mm: float
    gouge_area_mm2: float
    excess_area_mm2: float
    area_mm2: float
    by_face: NDArray[np.void]
    cell_mm: float

    @property
    def unsampled(self) -> tuple[int, ...]:
        """Faces that no line met: smaller than the cells, or seen only at a local field's place."""
        return tuple(int(f) for f in self.by_face["face"][self.by_face["samples"] == 0])


def verification_design(part: Part) -> Design:
    """The design on a mesh that is good to 1 um wherever the distance is taken from the mesh."""
    if all(f.kind != "freeform" for f in part.faces) or part.mesh.deflection_mm <= FREEFORM_DEFLECTION_MM:
        return design_of(part)
    from copeau.part.mesh import tessellate

    return design_of(part, tessellate(part, FREEFORM_DEFLECTION_MM))


def deviate(stock: TriDexel, part: Part | Design, local: Sequence[TriDexel] = (), threads: int = 1) -> Deviation:
    """Compare the workpiece with the design.

    Parameters
    ----------
    stock : TriDexel
        The whole workpiece.
    part : Part or Design
        A `Design` (`verification_design`) serves several comparisons.
    local : TriDexel ...
        Finer fields of boxes of the same workpiece, each of which speaks for its box instead of `stock`; where boxes overlap, the first.
    threads : int
        Fields are compared side by side; the result is the same for any number.

    Raises
    ------
    CopeauError
        The stock's box does not hold the part.
    """
    design = part if isinstance(part, Design) else verification_design(part)
    corners = design.mesh.vertices
    short = max((stock.bbox[0] - corners.min(0)).max(), (corners.max(0) - stock.bbox[1]).max())
    if short > STOCK_TOL_MM:
        raise CopeauError(f"the part sticks out of its stock by {short:.3f} mm", "stock", "take a larger stock, or place it anew")
    boxes = np.array([t.bbox.ravel() for t in local]).reshape(-1, 6)
    everywhere = np.array([-np.inf] * 3 + [np.inf] * 3)
    asked = [(field, design, everywhere, boxes) for field in stock.fields]
    asked += [(field, design, t.bbox.ravel(), boxes[:k]) for k, t in enumerate(local) for field in t.fields]
    with ThreadPoolExecutor(max(1, threads)) as pool:
        found = list(pool.map(lambda a: _compare(*a), asked))
    return _join(found, design, stock.cell)


@dataclass(frozen=True)
class _Found:
    """What one field says; `sampled` mm2 and `samples` by triangle."""

    points: NDArray[np.float64]
    signed: Signed
    excess: Samples
    gouged: Samples
    sampled: NDArray[np.float64]
    samples: NDArray[np.int64]


def _compare(field: DexelField, design: Design, judged: NDArray[np.float64], left_out: NDArray[np.float64]) -> _Found:
    workpiece, target = field.intervals(), design_lines(design.mesh, field)
    axis_of = np.abs(design.normal).argmax(1)
    share = np.abs(design.normal).max(1)
    seen = np.zeros(len(share), np.int64)
    grid = (field.axis, field.origin[0], field.origin[1], field.cell, field.shape[1])
    points, signed, excess, gouged = [], [], [], []
    for lo in range(0, len(field.count), CHUNK_LINES):
        lines = (lo, min(lo + CHUNK_LINES, len(field.count)), grid, judged, left_out)
        at, mm = _surface_of_workpiece(field, design, lines, workpiece, target)
        points.append(at)
        signed.append(mm)
        over, under = _surface_of_design(field, design, lines, workpiece, target, axis_of, share, seen)
        excess.append(over)
        gouged.append(under)
    sampled = np.divide(seen * field.cell**2, share, out=np.zeros(len(share)), where=share > 0.0)
    joined = Signed(*(np.concatenate([getattr(s, name) for s in signed]) for name in ("mm", "face", "triangle", "point")))
    return _Found(np.vstack(points), joined, _stack(excess), _stack(gouged), sampled, seen)


def _surface_of_workpiece(field: DexelField, design: Design, lines, workpiece, target: DesignLines):
    """Places beyond the limits, and their distances: ends of the workpiece, and of the design what is gone."""
    lo, hi = lines[:2]
    offsets, starts, ends = workpiece
    room = int(offsets[hi] - offsets[lo])
    points, caps = [], []
    for w_ends, d_ends in ((starts, target.starts), (ends, target.ends)):
        x, line, reach = np.empty(room), np.empty(room, np.int64), np.empty(room)
        m = free_ends(*lines, NEAR_MM, offsets, w_ends, target.offsets, d_ends, x, line, reach)
        points.append(field.points(x[:m], line[:m]))
        caps.append(reach[:m])
    gone = (*lines, GOUGE_MM, *workpiece, target.offsets, target.starts, target.ends)
    m = gone_places(*gone, np.empty(0), np.empty(0, np.int64), False)
    x, line = np.empty(m), np.empty(m, np.int64)
    gone_places(*gone, x, line, True)
    points.append(field.points(x, line))
    caps.append(np.full(m, np.inf))
    at = np.vstack(points)
    # The design's end on the line is on the mesh, so it bounds the distance; rounding must not put the answer out of reach.
    signed = signed_distance(design, at, np.concatenate(caps) * (1.0 + 1e-6) + NEAR_MM)
    bad = (signed.mm < -GOUGE_MM) | (signed.mm > EXCESS_MM)
    return at[bad], Signed(signed.mm[bad], signed.face[bad], signed.triangle[bad], signed.point[bad])


def _surface_of_design(field: DexelField, design: Design, lines, workpiece, target: DesignLines, axis_of, share, seen):
    """Samples of the design in excess, and gouged."""
    lo, hi = lines[:2]
    room = int(target.offsets[hi] - target.offsets[lo])
    # The probes start from the mesh: they ask for less than the limits, and the distances decide.
    above = max(EXCESS_MM - design.deflection_mm, 0.5 * EXCESS_MM)
    below = max(GOUGE_MM - design.deflection_mm, 0.5 * GOUGE_MM)
    over_samples: list[Samples] = []
    under_samples: list[Samples] = []
    for side, triangles in ((-1, target.start_triangle), (1, target.end_triangle)):
        x, line, at, over, under = np.empty(room), np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room), np.empty(room)
        m = probe_ends(
            *lines, side, above, below, axis_of, share, *workpiece, target.offsets, target.starts, target.ends, triangles,
            seen, x, line, at, over, under,
        )  # fmt: skip
        for length, outwards, limit, out in ((over, side, EXCESS_MM, over_samples), (under, -side, GOUGE_MM, under_samples)):
            k = np.flatnonzero(length[:m] > 0.0)
            depth = _depth(field, design, x[k], line[k], outwards * length[k], np.sign(outwards * side))
            deep = depth > limit
            k, t = k[deep], at[k[deep]]
            area = field.cell**2 / share[t]
            out.append(Samples(field.points(x[k], line[k]), design.normal[t], design.mesh.face[t], area, depth[deep]))
    return _stack(over_samples), _stack(under_samples)


def _depth(field: DexelField, design: Design, x, line, length, sign) -> NDArray[np.float64]:
    """How far the pieces from x over `length` (signed) along their lines get from the design's surface, on its `sign` side."""
    deepest = np.zeros(len(x))
    for share in INTO_PIECE:
        # No piece ends at infinity: it is material, or the gap behind missing material.
        points = field.points(x + share * length, line)
        deepest = np.maximum(deepest, sign * signed_distance(design, points, np.abs(share * length) + NEAR_MM).mm)
    return deepest


def _stack(samples: Sequence[Samples]) -> Samples:
    return Samples(*(np.concatenate([getattr(s, name) for s in samples]) for name in ("points", "normals", "face", "area", "depth")))


def _join(found: list[_Found], design: Design, cell_mm: float) -> Deviation:
    """All fields together; sampled areas are brought to the faces' true areas."""
    face, numbers = design.mesh.face, np.array(sorted(design.faces), np.int64)
    size = int(max(numbers.max(initial=-1), face.max(initial=-1))) + 1
    corners = design.mesh.vertices[design.mesh.triangles]
    area = 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    of_face = np.bincount(face, area, size)
    sampled = np.bincount(face, np.sum([f.sampled for f in found], axis=0), size)
    scale = np.divide(of_face, sampled, out=np.ones(size), where=sampled > 0.0)
    excess, gouged = (_scaled(_stack([getattr(f, name) for f in found]), scale) for name in ("excess", "gouged"))
    points, mm = np.vstack([f.points for f in found]), np.concatenate([f.signed.mm for f in found])
    place_face = np.concatenate([f.signed.face for f in found])
    table = np.zeros(len(numbers), BY_FACE)
    table["face"], table["area_mm2"] = numbers, of_face[numbers]
    table["samples"] = np.bincount(face, np.sum([f.samples for f in found], axis=0), size)[numbers]
    table["excess_mm2"] = np.bincount(excess.face, excess.area, size)[numbers]
    table["gouge_mm2"] = np.bincount(gouged.face, gouged.area, size)[numbers]
    table["max_excess_mm"] = _largest(size, (excess.face, excess.depth))[numbers]
    table["max_gouge_mm"] = _largest(size, (gouged.face, gouged.depth), (place_face, -mm))[numbers]
    return Deviation(
        points, mm, place_face, excess, gouged,
        max_gouge_mm=float(table["max_gouge_mm"].max(initial=0.0)),
        max_excess_mm=float(table["max_excess_mm"].max(initial=0.0)),
        furthest_mm=float(max(mm.max(initial=0.0), excess.depth.max(initial=0.0))),
        gouge_area_mm2=float(table["gouge_mm2"].sum()),
        excess_area_mm2=float(table["excess_mm2"].sum()),
        area_mm2=float(of_face.sum()),
        by_face=table,
        cell_mm=cell_mm,
    )  # fmt: skip


def _scaled(samples: Samples, scale: NDArray[np.float64]) -> Samples:
    return Samples(samples.points, samples.normals, samples.face, samples.area * scale[samples.face], samples.depth)


def _largest(size: int, *pairs) -> NDArray[np.float64]:
    """Largest value of each face, at least 0."""
    out = np.zeros(size)
    for face, value in pairs:
        np.maximum.at(out, face[face >= 0], value[face >= 0])
    return out
