"""The blank that the person has: written as words, held against the part, and what the first setup needs of it to grip."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from copeau.model.errors import CopeauError
from copeau.model.part import Part
from copeau.model.plan import StockSpec
from copeau.process.holding import CUT_THROUGH_MM, JAW_GAP_MM, LEAST_GRIP_MM

COUNT = {"box": 6, "cyl": 3}
MESH_ENDINGS = (".step", ".stp", ".stl")
FORMS = "box:x0,y0,z0,x1,y1,z1 | cyl:d,z0,z1 | FILE.step | FILE.stl, in mm, in the part's own coordinates"
LEAST_CARRIER_MM = LEAST_GRIP_MM + JAW_GAP_MM + CUT_THROUGH_MM


def parse_blank(words: str) -> StockSpec:
    """The blank that `--stock` describes; of a file only its name is known here, and its box is NaN.

    Raises
    ------
    CopeauError
        None of the forms, a wrong count of numbers, or a body without volume.
    """
    kind, _, rest = words.partition(":")
    why = f"given: {words}"
    if kind not in COUNT:
        if Path(words).suffix.lower() in MESH_ENDINGS:
            return StockSpec("mesh", np.full((2, 3), np.nan), file=words, why=f"given: {Path(words).name}")
        raise CopeauError(f"--stock {words} is not understood", "--stock", FORMS)
    try:
        v = [float(x) for x in rest.split(",")]
    except ValueError:
        v = []
    if len(v) != COUNT[kind]:
        raise CopeauError(f"--stock {words}: {COUNT[kind]} numbers are wanted", "--stock", FORMS)
    if not np.isfinite(v).all():
        raise CopeauError(f"--stock {words}: not every number is finite", "--stock", "give sizes in mm")
    if kind == "cyl":
        if v[0] <= 0.0 or v[2] <= v[1]:
            raise CopeauError(f"--stock {words}: a cylinder without volume", "--stock", "cyl:d,z0,z1 with d > 0 and z1 > z0")
        r = v[0] / 2.0
        return StockSpec("cylinder", np.array([[-r, -r, v[1]], [r, r, v[2]]]), 2, v[0], why=why)
    low, high = np.array(v[:3]), np.array(v[3:])
    if (high <= low).any():
        raise CopeauError(f"--stock {words}: a box without volume", "--stock", "give the lower corner first")
    return StockSpec("box", np.array([low, high]), why=why)


def check_holds(spec: StockSpec, part: Part, tol_mm: float) -> None:
    """Raise `CopeauError` where the blank's box, or its cylinder, does not hold the part, with what is lacking on which side."""
    short = np.array([spec.bbox[0] - part.bbox[0], part.bbox[1] - spec.bbox[1]])
    if (short > tol_mm).any():
        sides = [f"{short[s, a]:.2f} mm at {'-+'[s]}{'xyz'[a]}" for s in (0, 1) for a in range(3) if short[s, a] > tol_mm]
        raise CopeauError(f"the blank does not hold the part: it lacks {', '.join(sides)}", "--stock", "give a larger blank, or move it: part coordinates are meant")
    if spec.kind == "cylinder":
        reach = float(np.hypot(part.mesh.vertices[:, 0], part.mesh.vertices[:, 1]).max())
        if reach > spec.diameter_mm / 2.0 + tol_mm:
            mend = f"give a bar of D{2 * reach:.2f} or more about the part's z axis"
            raise CopeauError(f"the bar does not hold the part: it lacks {reach - spec.diameter_mm / 2.0:.2f} mm on the radius", "--stock", mend)


def carrier_mm(spec: StockSpec, part: Part, up: NDArray[np.float64]) -> float:
    """Stock under the part when `up` points to the spindle, mm."""
    axis = int(np.argmax(np.abs(up)))
    return float(part.bbox[0, axis] - spec.bbox[0, axis]) if up[axis] > 0.0 else float(spec.bbox[1, axis] - part.bbox[1, axis])


def gripped_order(spec: StockSpec, part: Part, directions: NDArray[np.float64], order: Sequence[int]) -> list[int]:
    """The directions in an order whose first setup finds enough of a given blank under the part to grip.

    The first two look at each other: where the blank has its extra stock on the other side, they change places.

    Raises
    ------
    CopeauError
        Too little on either side (exit code 4), with what is there and what is needed.
    """
    there = [carrier_mm(spec, part, directions[k]) for k in order[:2]]
    if there[0] >= LEAST_CARRIER_MM - 1e-6:
        return list(order)
    if len(there) > 1 and there[1] >= LEAST_CARRIER_MM - 1e-6:
        return [order[1], order[0], *order[2:]]
    said = " and ".join(f"{c:.1f} mm under the part seen from {_name(directions[k])}" for c, k in zip(there, order))
    mend = f"{LEAST_CARRIER_MM:g} mm are needed on one of these sides: {LEAST_GRIP_MM:g} mm to grip, {JAW_GAP_MM:g} mm to the jaws, {CUT_THROUGH_MM:g} mm to cut through"
    raise CopeauError(f"the blank has too little to hold it by: {said}", "--stock", mend, exit_code=4)


def _name(direction: NDArray[np.float64]) -> str:
    axis = int(np.argmax(np.abs(direction)))
    return f"{'+' if direction[axis] > 0 else '-'}{'xyz'[axis]}"
