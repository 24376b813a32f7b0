"""Walls of threaded holes: a tap or thread mill takes material there that the design, drawn as a plain bore, still has."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from copeau.part.distance import surface_distance
from copeau.simulation.closest import Design
from copeau.simulation.deviation import Deviation, Samples
from copeau.simulation.visited import SetupMotion, cutting_pieces, passed_over

THREADING = ("tap", "thread_mill")
THREAD_TOL_MM = 0.02  # a wall is the tool's own if it lies no further outside of the tool than this
AT_MAJOR = 0.25  # of the pitch: a bore drawn within this of the thread's outer radius is drawn at its nominal diameter
CORE_SHARE = 0.6  # of the pitch, on the radius: tap drills leave 0.5, the basic profile 0.541 (ISO 68-1)
ALONG_COS = 0.999  # a bore along the tool axis


def thread_allowance(design: Design, setups: Sequence[SetupMotion]) -> dict[int, float]:
    """For each concave cylinder that a threading tool of the job works, how far (mm) the thread may go into its wall."""
    out: dict[int, float] = {}
    bores = [f for f in design.faces.values() if f.kind == "cylinder" and f.concave]
    for setup in setups:
        for number, pieces in cutting_pieces(setup).items():
            tool = setup.tools.get(number)
            if tool is None or tool.type not in THREADING:
                continue
            for face in bores:
                if abs(face.axis @ setup.axis) < ALONG_COS:
                    continue
                own = design.mesh.triangles[design.mesh.face == face.index]
                middles = setup.to_wcs(design.mesh.vertices[own].mean(1))
                deepest = float(tool.DC) / 2.0 + THREAD_TOL_MM
                if len(own) and passed_over(middles, pieces, deepest, 0.0).any():
                    out[face.index] = max(out.get(face.index, 0.0), thread_depth(tool.DC, tool.TP, face.radius_mm))
    return {f: d for f, d in out.items() if d > 0.0}


def thread_depth(dc_mm: float, pitch_mm: float, bore_radius_mm: float) -> float:
    """How far a thread of outer diameter `dc_mm`, or, cut by a thread mill, of that pitch, goes into the wall of a bore, mm."""
    return max(dc_mm / 2.0 - bore_radius_mm, 0.0 if np.isnan(pitch_mm) else pitch_mm) + THREAD_TOL_MM


def forgive_threads(deviation: Deviation, design: Design, allowance: Mapping[int, float]) -> Deviation:
    """The same deviation without the gouges that lie within the threads of the bores in `allowance` (`thread_allowance`)."""
    if not allowance:
        return deviation
    g = deviation.gouged
    keep = ~in_threads(design, allowance, g.points, g.depth)
    gouged = Samples(g.points[keep], g.normals[keep], g.face[keep], g.area[keep], g.depth[keep])
    there = (deviation.mm > 0.0) | ~in_threads(design, allowance, deviation.points, -deviation.mm)
    table = deviation.by_face.copy()
    size = int(table["face"].max()) + 1
    deepest = np.zeros(size)
    np.maximum.at(deepest, gouged.face, gouged.depth)
    np.maximum.at(deepest, deviation.face[there], -deviation.mm[there])
    table["max_gouge_mm"] = deepest[table["face"]]
    table["gouge_mm2"] = np.bincount(gouged.face, gouged.area, size)[table["face"]]
    return replace(
        deviation, gouged=gouged, by_face=table, points=deviation.points[there], mm=deviation.mm[there], face=deviation.face[there],
        max_gouge_mm=float(table["max_gouge_mm"].max()), gouge_area_mm2=float(table["gouge_mm2"].sum()),
    )  # fmt: skip


def core_allowance(design: Design, setups: Sequence[SetupMotion]) -> dict[int, float]:
    """For each bore drawn at the nominal diameter of the tap that works it: how far (mm) the thread's ridges stand into it."""
    taps = [t for s in setups for t in s.tools.values() if t.type in THREADING and t.TP > 0.0]
    out: dict[int, float] = {}
    for number in thread_allowance(design, setups):
        radius = design.faces[number].radius_mm
        own = [t for t in taps if abs(t.DC / 2.0 - radius) <= AT_MAJOR * t.TP]
        if own:
            out[number] = CORE_SHARE * max(t.TP for t in own) + THREAD_TOL_MM
    return out


def forgive_cores(deviation: Deviation, design: Design, allowance: Mapping[int, float]) -> Deviation:
    """The same deviation without what the tap drill leaves inside bores that are drawn at the thread's nominal diameter (`core_allowance`)."""
    if not allowance:
        return deviation
    e = deviation.excess
    keep = ~in_cores(design, allowance, e.points, e.depth)
    excess = Samples(e.points[keep], e.normals[keep], e.face[keep], e.area[keep], e.depth[keep])
    there = (deviation.mm < 0.0) | ~in_cores(design, allowance, deviation.points, deviation.mm)
    table = deviation.by_face.copy()
    size = int(table["face"].max()) + 1
    highest = np.zeros(size)
    np.maximum.at(highest, excess.face, excess.depth)
    np.maximum.at(highest, deviation.face[there], deviation.mm[there])
    table["max_excess_mm"] = highest[table["face"]]
    table["excess_mm2"] = np.bincount(excess.face, excess.area, size)[table["face"]]
    return replace(
        deviation, excess=excess, by_face=table, points=deviation.points[there], mm=deviation.mm[there], face=deviation.face[there],
        max_excess_mm=float(table["max_excess_mm"].max()), excess_area_mm2=float(table["excess_mm2"].sum()),
    )  # fmt: skip


def in_cores(design: Design, allowance: Mapping[int, float], points, height) -> NDArray[np.bool_]:
    """Which excesses, `height` mm high at `points` (n, 3), lie in the ring that the ridges of a thread take inside their bore, its end with it."""
    out = np.zeros(len(points), np.bool_)
    for number, most in allowance.items():
        face = design.faces[number]
        own = design.mesh.vertices[design.mesh.triangles[design.mesh.face == number]].reshape(-1, 3) @ face.axis
        along, inside = points @ face.axis, surface_distance(face, points)
        out |= (inside <= most) & (inside >= -THREAD_TOL_MM) & (along >= own.min() - most) & (along <= own.max() + most) & (height <= most)
    return out


def in_threads(design: Design, allowance: Mapping[int, float], points, depth) -> NDArray[np.bool_]:
    """Which gouges, `depth` mm deep at `points` (n, 3), lie in the ring that a thread takes around its bore, rims with it."""
    out = np.zeros(len(points), np.bool_)
    for number, most in allowance.items():
        face = design.faces[number]
        own = design.mesh.vertices[design.mesh.triangles[design.mesh.face == number]].reshape(-1, 3) @ face.axis
        along, into = points @ face.axis, -surface_distance(face, points)
        out |= (into <= most) & (into >= -THREAD_TOL_MM) & (along >= own.min() - most) & (along <= own.max() + most) & (depth <= most)
    return out
