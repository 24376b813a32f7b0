"""How each setup holds the workpiece: vise or soft jaws, seat, grip, work offset, and the bodies that tools must not touch.

Work coordinates of every setup: Z0 on the seat (parallels), Y0 on the fixed jaw, X0 at the left end against the stop: three faces that
can be touched with a probe. The first setup grips extra stock under the part (the carrier); the second takes the carrier off.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from copeau.features.joining import rings_of
from copeau.features.reach import FIXTURE_GAP_MM
from copeau.features.shadow import Shadow, polygons
from copeau.model.part import Part
from copeau.model.plan import Body, Fixture, StockSpec

SIDE_ALLOWANCE_MM = 1.5  # sawn blank, at least 1 mm on every side
TOP_ALLOWANCE_MM = 1.0
CUT_THROUGH_MM = 0.5  # walls are finished this far below the part's underside, into the carrier
JAW_GAP_MM = 1.5  # between the deepest cut and the jaws
GRIP_SHARE = 0.15  # of the part's height over the jaws
LEAST_GRIP_MM, MOST_GRIP_MM = 5.0, 20.0
JAW_THICKNESS_MM = 20.0
JAW_LENGTH_MM = 125.0  # of a common 125 mm vise; longer on long parts: two vises or a plate with edge clamps
VISE_OPENING_MM = 200.0
PARALLEL_HEIGHT_MM, PARALLEL_WIDTH_MM = 25.0, 5.0
VISE_BED_MM = 40.0
CLAMP_FORCE_N = 20000.0  # hand-tightened 125 mm machine vise, lower end of makers' figures (10 to 40 kN)
EDGE_CLAMP_FORCE_N = 12000.0  # low-profile edge clamp, a pair
FLAT_TOL_MM = 0.01  # faces this near one plane touch a jaw together
JAW_REACH_MM = 12.0  # cuts this near to a jaw's side sweep over the jaw
LEAST_SOFT_GRIP_MM = 2.5
LEAST_THIN_GRIP_MM = 0.5  # of plates so thin that higher jaws would stand in the way of the cut
FLAT_CONTACT_MM2 = 25.0  # less flat contact at a jaw than this wants jaws cut to shape


@dataclass(frozen=True)
class Stance:
    """A setup's geometry before its workingsteps.

    `lowest_z`: no tip goes below; `top_z`: the design's top in work coordinates; `stock_top_z`: the largest stock the phase allows.
    """

    part_to_wcs: NDArray[np.float64]
    fixture: Fixture
    wcs_origin: str
    lowest_z: float
    top_z: float
    stock_top_z: float


def blank(part: Part, frame: NDArray[np.float64], first: NDArray[np.float64]) -> StockSpec:
    """Sawn box round the part: allowances on all sides and a carrier to grip under the first setup's part. Part coordinates."""
    axis = int(np.argmax(np.abs(frame @ first)))
    sign = float(np.sign((frame @ first)[axis]))
    points = part.mesh.vertices @ frame.T
    lo, hi = points.min(0) - SIDE_ALLOWANCE_MM, points.max(0) + SIDE_ALLOWANCE_MM
    carrier = carrier_height(float(np.ptp(points[:, axis])))
    top, bottom = (hi, lo) if sign > 0 else (lo, hi)
    top[axis] = points[:, axis].max() + TOP_ALLOWANCE_MM if sign > 0 else points[:, axis].min() - TOP_ALLOWANCE_MM
    bottom[axis] = points[:, axis].min() - carrier if sign > 0 else points[:, axis].max() + carrier
    why = f"{SIDE_ALLOWANCE_MM:g} mm a side and {TOP_ALLOWANCE_MM:g} mm on top for sawing, {carrier:.1f} mm under the part to grip in the first setup"
    return StockSpec("box", np.array([lo, hi]), axis, why=why)


def carrier_height(height_mm: float) -> float:
    """Extra stock under the part: grip, gap to the jaws and what the cut goes through."""
    return round(float(np.clip(GRIP_SHARE * height_mm, LEAST_GRIP_MM, MOST_GRIP_MM)) + JAW_GAP_MM + CUT_THROUGH_MM, 1)


def orient(direction: NDArray[np.float64], jaw_axis: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotation (3x3) from part to work coordinates: Z along `direction`, Y along `jaw_axis` (from the fixed to the moving jaw)."""
    z = direction / np.linalg.norm(direction)
    y = jaw_axis - (jaw_axis @ z) * z
    y /= np.linalg.norm(y)
    return np.array([np.cross(y, z), y, z])


def stance(
    part: Part, stock: StockSpec, frame: NDArray[np.float64], direction: NDArray[np.float64], index: int,
    present: NDArray[np.float64], wanted: NDArray[np.float64],
) -> Stance:  # fmt: skip
    """Place and hold the workpiece for setup number `index` (0 first).

    Parameters
    ----------
    present : (2, 3) mm, bounding box of the in-process stock along the rows of `frame`
    wanted : (n, 3) mm, points of the design that this setup must cut: they bound the grip
    """
    if index == 0:
        return _first_stance(part, stock, frame, _across(frame, direction)[0])
    scored = []
    for rotation in _across(frame, direction):
        box = box_corners(present) @ frame @ rotation.T
        points = wanted @ rotation.T
        near = (points[:, 1] < box[:, 1].min() + JAW_REACH_MM) | (points[:, 1] > box[:, 1].max() - JAW_REACH_MM)
        deepest = float(points[near, 2].min() - box[:, 2].min()) if near.any() else np.inf
        contact = _jaw_contact(part, rotation, box, max(LEAST_GRIP_MM, min(deepest, MOST_GRIP_MM)))
        held = contact >= FLAT_CONTACT_MM2
        if not held and len(points):
            # Jaws cut to shape reach in between the part's arms: every cut of the setup bounds their height.
            deepest = float(points[:, 2].min() - box[:, 2].min())
        scored.append((held and deepest > LEAST_GRIP_MM + JAW_GAP_MM, held, round(min(deepest, 99.0)), -round(float(np.ptp(box[:, 1]))), rotation, deepest))
    best = max(scored, key=lambda s: s[:4])
    return _later_stance(part, frame, best[4], present, best[5], flat=best[1])


def _across(frame: NDArray[np.float64], direction: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Rotations that put `direction` up and one of the frame's axes across the jaws; the shorter jaw opening first is left to the caller."""
    return [orient(direction, row) for row in frame if abs(row @ direction) < 1e-6]


def _first_stance(part: Part, stock: StockSpec, frame: NDArray[np.float64], rotation: NDArray[np.float64]) -> Stance:
    corners = box_corners(stock.bbox) @ frame @ rotation.T
    if np.ptp(corners[:, 1]) > np.ptp(corners[:, 0]):
        rotation = np.array([-rotation[1], rotation[0], rotation[2]])
        corners = box_corners(stock.bbox) @ frame @ rotation.T
    low, high = corners.min(0), corners.max(0)
    points = part.mesh.vertices @ rotation.T
    to_wcs = np.eye(4)
    to_wcs[:3, :3], to_wcs[:3, 3] = rotation, -low
    carrier = float(points[:, 2].min() - low[2])
    grip = carrier - JAW_GAP_MM - CUT_THROUGH_MM
    size = high - low
    fixture = _jaws(shapely.box(0, 0, size[0], size[1]), grip, shaped=False, first=True)
    origin = "X0 left end of the blank against the stop, Y0 fixed jaw, Z0 top of the parallels under the blank"
    return Stance(to_wcs, fixture, origin, carrier - CUT_THROUGH_MM, float(points[:, 2].max() - low[2]), float(size[2]))


def _later_stance(part: Part, frame, rotation, present, deepest_z: float, flat: bool) -> Stance:
    box = box_corners(present) @ frame @ rotation.T
    low, high = box.min(0), box.max(0)
    points = part.mesh.vertices @ rotation.T - low
    to_wcs = np.eye(4)
    to_wcs[:3, :3], to_wcs[:3, 3] = rotation, -low
    height = float(points[:, 2].max())
    grip = later_grip(height, deepest_z)
    size = high - low
    outline = shapely.box(0, 0, size[0], size[1])
    if not flat:
        # Holes count as full: jaws are cut to the outside, they do not reach up into the part's own holes.
        outside = polygons(Shadow(points, part.mesh.triangles, part.mesh.face).above(0.0))
        outline = shapely.union_all([shapely.Polygon(p.exterior) for p in outside.geoms])
    fixture = _jaws(outline, grip, shaped=not flat, first=False)
    origin = "X0 left end of the part against the stop, Y0 machined face on the fixed jaw, Z0 machined face on the parallels"
    return Stance(to_wcs, fixture, origin, 0.0, height, float(size[2]))


def later_grip(height_mm: float, deepest_mm: float) -> float:
    """Height of the jaws over the seat, for a part of `height_mm` whose deepest cut near the jaws is `deepest_mm` over the seat."""
    least = min(LEAST_SOFT_GRIP_MM, max(deepest_mm - FIXTURE_GAP_MM, LEAST_THIN_GRIP_MM))
    return float(np.clip(min(0.4 * height_mm, deepest_mm - JAW_GAP_MM), least, MOST_GRIP_MM))


def _jaw_contact(part: Part, rotation: NDArray[np.float64], box: NDArray[np.float64], grip: float) -> float:
    """Flat area (mm2) of the design that the worse of the two jaws would touch between seat and grip."""
    points = part.mesh.vertices @ rotation.T
    corners = points[part.mesh.triangles]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    low, high = box.min(0), box.max(0)
    bottom, top = corners[:, :, 2].min(1) - low[2], corners[:, :, 2].max(1) - low[2]
    share = np.clip((np.minimum(top, grip) - bottom) / np.maximum(top - bottom, 1e-9), 0.0, 1.0)
    out = []
    for side, sign in ((low[1], -1.0), (high[1], 1.0)):
        on = (np.abs(corners[:, :, 1] - side) < FLAT_TOL_MM).all(1) & (sign * cross[:, 1] > 0)
        out.append(float((np.linalg.norm(cross[on], axis=1) / 2 * share[on]).sum()))
    return min(out)


def _jaws(outline: BaseGeometry, grip: float, *, shaped: bool, first: bool) -> Fixture:
    """Two jaws, two parallels and the bed, round an outline that stands on Z0 with its fixed side at Y0."""
    x0, y0, x1, y1 = outline.bounds
    middle, half = (x0 + x1) / 2, max(JAW_LENGTH_MM, 0.6 * (x1 - x0)) / 2
    large = (y1 - y0) > VISE_OPENING_MM
    left, right = (x0, x1) if shaped and large else (middle - half, middle + half)
    fixed = shapely.box(left, y0 - JAW_THICKNESS_MM, right, y0)
    moving = shapely.box(left, y1, right, y1 + JAW_THICKNESS_MM)
    if shaped:
        depth = min(0.25 * (y1 - y0), 15.0)
        fixed = polygons(shapely.box(left, y0 - JAW_THICKNESS_MM, right, y0 + depth).difference(outline.buffer(0.01)))
        moving = polygons(shapely.box(left, y1 - depth, right, y1 + JAW_THICKNESS_MM).difference(outline.buffer(0.01)))
    bodies = [_prism("fixed jaw", fixed, -PARALLEL_HEIGHT_MM, grip), _prism("moving jaw", moving, -PARALLEL_HEIGHT_MM, grip)]
    wide = min(PARALLEL_WIDTH_MM, 0.2 * (y1 - y0))
    for name, y in (("rear parallel", y0), ("front parallel", y1 - wide)):
        bodies.append(_prism(name, shapely.box(max(x0, middle - half), y, min(x1, middle + half), y + wide), -PARALLEL_HEIGHT_MM, -0.01))
    bed = shapely.box(left, y0 - JAW_THICKNESS_MM, right, y1 + JAW_THICKNESS_MM)
    bodies.append(_prism("vise bed" if not large else "plate", bed, -PARALLEL_HEIGHT_MM - VISE_BED_MM, -PARALLEL_HEIGHT_MM))
    kind = "plate" if large else ("soft_jaws" if shaped else "vise")
    what = {"plate": "plate with edge clamps", "soft_jaws": "soft jaws cut to the part's outline", "vise": "machine vise"}[kind]
    face = "sawn" if first else "machined"
    locates = (
        f"seat ({face} underside on the parallels): Z, rotation about X and Y",
        f"fixed jaw ({face} side): Y, rotation about Z",
        f"stop at the left end ({face} end): X",
    )
    force = EDGE_CLAMP_FORCE_N if large else CLAMP_FORCE_N
    return Fixture(kind, tuple(bodies), force, grip, locates, f"{what}, {grip:.1f} mm deep grip")


def _prism(name: str, region: BaseGeometry, z0: float, z1: float) -> Body:
    """A region extruded from z0 to z1 as a closed triangle mesh."""
    import manifold3d

    section = manifold3d.CrossSection(rings_of(polygons(region)), manifold3d.FillRule.EvenOdd)
    mesh = section.extrude(z1 - z0).translate((0.0, 0.0, z0)).to_mesh64()
    return Body(name, np.asarray(mesh.vert_properties)[:, :3].copy(), np.asarray(mesh.tri_verts).astype(np.int64))


def box_corners(bbox: NDArray[np.float64]) -> NDArray[np.float64]:
    """The eight corners (8, 3) of a box (2, 3)."""
    return np.array([[bbox[i, 0], bbox[j, 1], bbox[k, 2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
