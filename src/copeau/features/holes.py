"""Round holes: concave cylinders and cones that go round, with all that stands about the same axis."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copeau.features.revolution import Ring, axes_in, extent, is_about, ring, turn_deg
from copeau.features.scene import ALIGNED_COS, ALIGNED_SIN, Scene
from copeau.model.feature import Feature, HoleStage

ROUND_DEG = 200.0  # a wall that goes farther round holds a drill on more than half of its circumference
TANGENT_ROUND_DEG = 300.0  # with a tangent wall the rest is a keyhole; less is the end of a slot
BROKEN_DEG = 60.0  # a bore that other features broke into may keep as little of its wall
SAME_DIAMETER_MM = 2e-3  # bores across a gap are one hole if a reamer would not tell them apart
POINT_MM = 1e-2  # a cone that ends on a smaller radius ends in a point


@dataclass(frozen=True)
class _Bore:
    """Faces about one axis that hang together and go round."""

    point: NDArray[np.float64]
    axis: NDArray[np.float64]
    faces: tuple[int, ...]


def find_holes(scene: Scene) -> list[Feature]:
    """Every round hole of the part; ids are given by the caller."""
    holes: list[Feature] = []
    taken: set[int] = set()
    for point, axis, members in axes_in(scene, ("cylinder", "cone")):
        seeds = [f for f in members if scene.faces[f].concave and f not in taken]
        if not seeds:
            continue
        bores = _bores(scene, point, axis, seeds, taken)
        for bore in _across_gaps(scene, bores):
            holes.append(_hole(scene, bore))
            taken.update(bore.faces)
    return holes


def _bores(scene: Scene, point, axis, seeds: list[int], taken: set[int]) -> list[_Bore]:
    family = _family(scene, point, axis, seeds, taken)
    out = []
    for connected in _fragments_joined(scene, point, axis, _connected(scene, family)):
        walls = [f for f in connected if f in seeds]
        if any(_goes_round(scene, point, axis, same) for same in _same_surface(scene, walls)) and not _joins_more(scene, connected):
            out.append(_Bore(point, axis, tuple(sorted(connected))))
    return out


def _family(scene: Scene, point, axis, seeds: list[int], taken: set[int]) -> set[int]:
    """Faces of revolution about the axis that belong inside a hole: concave walls, bottoms, shoulders, rounded mouths."""
    family = set(seeds)
    others = [f for f in scene.faces.values() if f.index not in taken and f.index not in scene.hull and is_about(f, point, axis)]
    family |= {f.index for f in others if f.kind in ("sphere", "torus") and f.concave}
    shoulders = {f.index for f in others if f.kind == "plane" or (f.kind == "torus" and not f.concave)}
    while shoulders:
        inside = {f for f in shoulders if _stands_inside(scene, f, family, shoulders)}
        if inside == shoulders:
            break
        shoulders = inside
    return family | shoulders


def _stands_inside(scene: Scene, face: int, family: set[int], shoulders: set[int]) -> bool:
    """In the corner of a wall of the family, and in no other corner; what crossed it left ridges only."""
    joined = scene.graph.neighbours(face, -1) | scene.graph.neighbours(face, 0)
    return bool(joined & family) and joined <= family | shoulders


def _met(scene: Scene, face: int) -> set[int]:
    return {f for k in scene.graph.of_face[face] for f in scene.graph.links[k].faces} - {face}


def _connected(scene: Scene, family: set[int]) -> list[set[int]]:
    rest, out = set(family), []
    while rest:
        todo, seen = [min(rest)], set()
        while todo:
            f = todo.pop()
            if f in seen:
                continue
            seen.add(f)
            todo.extend(_met(scene, f) & rest - seen)
        rest -= seen
        out.append(seen)
    return out


def _fragments_joined(scene: Scene, point, axis, pieces: list[set[int]]) -> list[set[int]]:
    """Pieces of one cylinder side by side, which another feature cut apart, as one."""
    out: list[set[int]] = []
    for piece in pieces:
        beside = [other for other in out if _is_beside(scene, point, axis, piece, other)]
        out = [other for other in out if other not in beside] + [piece.union(*beside)]
    return out


def _is_beside(scene: Scene, point, axis, a: set[int], b: set[int]) -> bool:
    """Both have a cylinder of one diameter over a common length of the axis."""
    for f in a:
        for g in b:
            fa, fb = scene.faces[f], scene.faces[g]
            if fa.kind == fb.kind == "cylinder" and abs(fa.radius_mm - fb.radius_mm) < SAME_DIAMETER_MM:
                (a0, a1), (b0, b1) = extent(scene, f, point, axis), extent(scene, g, point, axis)
                if min(a1, b1) - max(a0, b0) > scene.tol_mm:
                    return True
    return False


def _same_surface(scene: Scene, walls: list[int]) -> list[list[int]]:
    """Walls of one diameter or one cone, together."""
    groups: dict[tuple, list[int]] = {}
    for f in walls:
        face = scene.faces[f]
        size = round(face.radius_mm / SAME_DIAMETER_MM) if face.kind == "cylinder" else round(np.degrees(abs(face.half_angle_rad)))
        groups.setdefault((face.kind, size), []).append(f)
    return list(groups.values())


def _goes_round(scene: Scene, point, axis, walls: list[int]) -> bool:
    turn = turn_deg(scene, walls, point, axis)
    sides = [link for f in walls for link in _side_links(scene, f, walls, axis)]
    if any(link.convexity == 0 for link in sides):
        return turn >= TANGENT_ROUND_DEG
    if turn >= ROUND_DEG:
        return True
    beyond = {f for link in sides for f in link.faces} - set(walls)
    broken = sides and all(link.convexity > 0 for link in sides) and not any(scene.outside(f) for f in beyond)
    return bool(broken and turn >= BROKEN_DEG)


def _side_links(scene: Scene, face: int, walls: list[int], axis):
    """Edges of a wall that run along the axis and lead out of the wall."""
    for k in scene.graph.of_face[face]:
        link = scene.graph.links[k]
        if not set(link.faces) <= set(walls) and abs(link.direction @ axis) > ALIGNED_COS:
            yield link


def _joins_more(scene: Scene, faces: set[int]) -> bool:
    """A corner leads out of the hole: its bottom carries an island or belongs to a larger cut, and no drill makes it."""
    return any(scene.graph.neighbours(f, -1) - faces for f in faces)


def _across_gaps(scene: Scene, bores: list[_Bore]) -> list[_Bore]:
    """Bores of one axis and one diameter are one hole, as in the ears of a clevis."""
    out: list[_Bore] = []
    for bore in sorted(bores, key=lambda b: min(b.faces)):
        size = _plain_diameter(scene, bore)
        for k, other in enumerate(out):
            if size is not None and _plain_diameter(scene, other) == size:
                out[k] = _Bore(other.point, other.axis, tuple(sorted(other.faces + bore.faces)))
                break
        else:
            out.append(bore)
    return out


def _plain_diameter(scene: Scene, bore: _Bore) -> int | None:
    """Diameter in units of `SAME_DIAMETER_MM` of a bore without bottom and with one cylinder; None of any other."""
    radii = {round(2 * scene.faces[f].radius_mm / SAME_DIAMETER_MM) for f in bore.faces if scene.faces[f].kind == "cylinder"}
    if len(radii) != 1 or any(scene.faces[f].kind in ("plane", "sphere") for f in bore.faces):
        return None
    rings = _rings(scene, bore)
    return None if min(min(r.r0, r.r1) for r in rings) < POINT_MM else radii.pop()


def _rings(scene: Scene, bore: _Bore) -> list[Ring]:
    return [ring(scene, f, bore.point, bore.axis) for f in bore.faces if scene.faces[f].kind != "plane"]


def _hole(scene: Scene, bore: _Bore) -> Feature:
    rings = _rings(scene, bore)
    flats = {f: float((scene.faces[f].origin - bore.point) @ bore.axis) for f in bore.faces if scene.faces[f].kind == "plane"}
    low, high = min(r.z0 for r in rings), max(r.z1 for r in rings)
    closed_low, closed_high = (_is_closed(scene, bore, rings, flats, z, side) for z, side in ((low, 1.0), (high, -1.0)))
    sign = _entry_sign(scene, bore, rings, low, high, closed_low, closed_high)
    axis = sign * bore.axis
    entry = high if sign > 0 else low
    through = not (closed_low or closed_high)
    stages = _stages(scene, bore, rings, flats, sign)
    dims, roles = _sizes(scene, stages, bore, entry, sign, through)
    plain = through and len({round(s.diameter_mm / SAME_DIAMETER_MM) for s in stages if s.diameter_mm == s.end_diameter_mm}) == 1
    directions = np.array([axis, -axis]) if plain else axis[None, :]
    radii = [scene.faces[f].smallest_concave_radius_mm for f in bore.faces if scene.faces[f].kind in ("torus", "sphere")]
    remarks = (
        []
        if turn_deg(scene, [f for f in bore.faces if scene.faces[f].kind in ("cylinder", "cone")], bore.point, bore.axis) > 355
        else ["broken_wall"]
    )
    if closed_low and closed_high:
        remarks.append("closed_at_both_ends")
    return Feature(
        "", "round_hole", bore.faces, directions, dims, roles, min(radii, default=np.inf), through,
        axis_point=bore.point + entry * bore.axis, axis=axis, stages=stages, remarks=tuple(remarks),
    )  # fmt: skip


def _is_closed(scene: Scene, bore: _Bore, rings, flats, z: float, inwards: float) -> bool:
    """A bottom at this end: a flat that looks into the hole and has no further bore in it, or a wall that ends in a point."""
    for f, at in flats.items():
        # A shoulder has the smaller bore's wall across a ridge; a bottom has none.
        if (
            abs(at - z) < scene.tol_mm
            and scene.faces[f].axis @ bore.axis * inwards > 0.0
            and not scene.graph.neighbours(f, 1) & set(bore.faces)
        ):
            return True
    ends = [r for r in rings if abs((r.z0 if inwards > 0 else r.z1) - z) < scene.tol_mm]
    return any((r.r0 if inwards > 0 else r.r1) < POINT_MM for r in ends)


def _entry_sign(scene, bore, rings, low, high, closed_low, closed_high) -> float:
    """+1 if the hole is entered at the high end of its axis."""
    if closed_low != closed_high:
        return 1.0 if closed_low else -1.0
    wide_low = max(r.r0 for r in rings if r.z0 - low < scene.tol_mm)
    wide_high = max(r.r1 for r in rings if high - r.z1 < scene.tol_mm)
    if abs(wide_high - wide_low) > SAME_DIAMETER_MM:
        return 1.0 if wide_high > wide_low else -1.0
    # Equal ends: entered from the side of +Z, else +Y, else +X.
    leading = next(c for c in bore.axis[::-1] if abs(c) > ALIGNED_SIN)
    return 1.0 if leading > 0.0 else -1.0


def _stages(scene, bore: _Bore, rings: list[Ring], flats, sign: float) -> tuple[HoleStage, ...]:
    """Rings from the entry inwards, those of one surface and one place as one stage; a flat joins the stage that ends on it."""
    rows: list[list] = []
    for r in sorted(rings, key=lambda r: (-sign * (r.z1 if sign > 0 else r.z0), -sign * (r.z0 if sign > 0 else r.z1))):
        near, far = (r.z1, r.z0) if sign > 0 else (r.z0, r.z1)
        start, end = (r.r1, r.r0) if sign > 0 else (r.r0, r.r1)
        kind = scene.faces[r.face].kind
        last = rows[-1] if rows else None
        if last and last[0] == kind and abs(last[3] - start) < SAME_DIAMETER_MM and kind == "cylinder":
            last[2] = far if sign * (far - last[2]) < 0 else last[2]
            last[5].append(r.face)
        elif last and last[0] == kind and abs(last[1] - near) < scene.tol_mm and abs(last[2] - far) < scene.tol_mm:
            last[5].append(r.face)
        else:
            rows.append([kind, near, far, start, end, [r.face]])
    for f, at in sorted(flats.items()):
        nearest = min(range(len(rows)), key=lambda k: abs(rows[k][2] - at))
        rows[nearest][5].append(f)
    return tuple(HoleStage(2 * r0, 2 * r1, abs(far - near), tuple(sorted(faces))) for _, near, far, r0, r1, faces in rows)


def _sizes(scene, stages, bore: _Bore, entry: float, sign: float, through: bool) -> tuple[dict[str, float], dict[int, str]]:
    """Sizes by name and the role of each face."""
    bores = [s for s in stages if any(scene.faces[f].kind == "cylinder" for f in s.faces)]
    dims: dict[str, float] = {}
    roles = {f: "wall" for f in bore.faces}
    core = min(bores, key=lambda s: s.diameter_mm) if bores else stages[-1]
    dims["diameter"] = core.diameter_mm
    dims["depth"] = _depth_of(scene, stages, core, bore, entry, sign)
    dims["total_depth"] = max(_depth_of(scene, stages, s, bore, entry, sign) for s in stages)
    for s in stages:
        kinds = {scene.faces[f].kind for f in s.faces}
        angle = next((2 * np.degrees(abs(scene.faces[f].half_angle_rad)) for f in s.faces if scene.faces[f].kind == "cone"), np.nan)
        for f in s.faces:
            if scene.faces[f].kind == "cone":
                roles[f] = "cone"
        if "cone" in kinds and s.end_diameter_mm < 2 * POINT_MM and not through:
            dims["point_angle"] = angle
            roles |= {f: "bottom" for f in s.faces if scene.faces[f].kind == "cone"}
        elif "cone" in kinds and s is stages[0]:
            dims["countersink_diameter"], dims["countersink_angle"], dims["countersink_depth"] = s.diameter_mm, angle, s.depth_mm
        if "sphere" in kinds or "torus" in kinds:
            roles |= {f: "blend" for f in s.faces if scene.faces[f].kind in ("sphere", "torus")}
    wider = [s for s in bores if s.diameter_mm > core.diameter_mm + SAME_DIAMETER_MM]
    if wider and stages.index(wider[0]) < stages.index(core):
        dims["counterbore_diameter"] = wider[0].diameter_mm
        dims["counterbore_depth"] = _depth_of(scene, stages, wider[0], bore, entry, sign)
    for f in bore.faces:
        if scene.faces[f].kind == "plane":
            roles[f] = "floor" if scene.graph.neighbours(f, 1) & set(bore.faces) else "bottom"
    return dims, roles


def _depth_of(scene, stages, stage, bore: _Bore, entry: float, sign: float) -> float:
    """Depth below the entry at which a stage ends, mm."""
    ends = []
    for f in stage.faces:
        if scene.faces[f].kind != "plane":
            r = ring(scene, f, bore.point, bore.axis)
            ends.append(sign * (entry - (r.z0 if sign > 0 else r.z1)))
    return max(ends, default=np.nan)
