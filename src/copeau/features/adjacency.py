"""Which faces meet along which edge, and whether the material there is a ridge or a corner."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from OCP.BRep import BRep_Tool
from OCP.BRepAdaptor import BRepAdaptor_Curve, BRepAdaptor_Curve2d, BRepAdaptor_Surface
from OCP.BRepLProp import BRepLProp_SLProps
from OCP.BRepTools import BRepTools
from OCP.collections import IndexedMap_TopoDS_Shape_TopTools_ShapeMapHasher as IndexedMap
from OCP.GCPnts import GCPnts_AbscissaPoint
from OCP.gp import gp_Pnt, gp_Vec
from OCP.TopAbs import TopAbs_Orientation, TopAbs_ShapeEnum
from OCP.TopExp import TopExp_Explorer
from OCP.TopoDS import TopoDS

from copeau.model.part import Part

SMOOTH_RAD = math.radians(1.0)  # faces whose normals differ less along an edge are tangent: kernels write fillets to about 0.1 degrees
NORMAL_TOL_MM = 1e-7  # the kernel's own confusion: below it a surface has no normal
SAMPLES = (0.5, 0.3, 0.7)  # shares of an edge where its faces are compared, the middle first


@dataclass(frozen=True)
class Link:
    """One edge of the solid. `convexity`: +1 ridge, -1 corner, 0 tangent. `faces`: numbers, equal on a seam."""

    faces: tuple[int, int]
    convexity: int
    length_mm: float
    middle: NDArray[np.float64]  # (3,) mm
    direction: NDArray[np.float64]  # unit tangent at the middle
    angle_rad: float  # between the outward normals, 0 tangent


@dataclass(frozen=True)
class Adjacency:
    """Every edge between two faces, in the order of the solid's walk, and the outer loop of each face."""

    links: tuple[Link, ...]
    of_face: dict[int, tuple[int, ...]]  # positions in `links`
    inner_loops: dict[int, tuple[frozenset[int], ...]]  # faces met along each inner loop of a planar face

    def neighbours(self, face: int, convexity: int) -> set[int]:
        """Faces that meet `face` along an edge of that convexity."""
        out: set[int] = set()
        for k in self.of_face.get(face, ()):
            link = self.links[k]
            if link.convexity == convexity:
                out.update(link.faces)
        return out - {face}


def adjacency(part: Part) -> Adjacency:
    """The face adjacency graph of a part."""
    edges = IndexedMap()
    uses: list[list[tuple[int, object, object]]] = []
    faces = list(zip(_walk(part.shape, TopAbs_ShapeEnum.TopAbs_FACE, TopoDS.Face), part.faces))
    for face, row in faces:
        for edge in _walk(face, TopAbs_ShapeEnum.TopAbs_EDGE, TopoDS.Edge):
            if BRep_Tool.Degenerated_s(edge):
                continue
            k = edges.Add(edge) - 1
            if k == len(uses):
                uses.append([])
            uses[k].append((row.index, face, edge))
    links = []
    for use in uses:
        # An edge met twice on one face is a seam; an edge of more than two faces belongs to no manifold solid.
        if len(use) == 2:
            links.append(_link(use[0], use[1]))
    of_face: dict[int, list[int]] = {row.index: [] for row in part.faces}
    for k, link in enumerate(links):
        for f in set(link.faces):
            of_face[f].append(k)
    inner = {row.index: _inner_loops(face, row.index, edges, uses) for face, row in faces if row.kind == "plane"}
    return Adjacency(tuple(links), {f: tuple(k) for f, k in of_face.items()}, inner)


def _inner_loops(face, number: int, edges, uses) -> tuple[frozenset[int], ...]:
    """The faces beyond each loop of `face` but the outer one."""
    outer = BRepTools.OuterWire_s(face)
    loops = []
    for wire in _walk(face, TopAbs_ShapeEnum.TopAbs_WIRE, TopoDS.Wire):
        if not wire.IsSame(outer):
            met = (edges.FindIndex(edge) for edge in _walk(wire, TopAbs_ShapeEnum.TopAbs_EDGE, TopoDS.Edge))
            loops.append(frozenset(use[0] for k in met if k for use in uses[k - 1]) - {number})
    return tuple(loops)


def _walk(shape, kind, cast):
    explorer = TopExp_Explorer(shape, kind)
    while explorer.More():
        yield cast(explorer.Current())
        explorer.Next()


def _link(first, second) -> Link:
    curve = BRepAdaptor_Curve(first[2])
    length = GCPnts_AbscissaPoint.Length_s(curve)
    middle, tangent = gp_Pnt(), gp_Vec()
    u0, u1 = curve.FirstParameter(), curve.LastParameter()
    curve.D1(0.5 * (u0 + u1), middle, tangent)
    direction = np.array(tangent.Coord())
    size = np.linalg.norm(direction)
    direction = direction / size if size > 0.0 else np.full(3, np.nan)
    numbers = (first[0], second[0])
    if first[0] == second[0]:
        return Link(numbers, 0, length, np.array(middle.Coord()), direction, 0.0)
    sampled = [_turn(first, second, curve, u0 + s * (u1 - u0)) for s in SAMPLES]
    turns = [t for t in sampled if t is not None]
    if not turns:
        return Link(numbers, 0, length, np.array(middle.Coord()), direction, 0.0)
    # The median of three: one sample may fall on a point where the faces touch.
    turn = sorted(turns)[len(turns) // 2]
    convexity = 0 if abs(turn) < SMOOTH_RAD else int(math.copysign(1, turn))
    return Link(numbers, convexity, length, np.array(middle.Coord()), direction, abs(turn))


def _turn(first, second, curve, u: float) -> float | None:
    """Signed angle between the outward normals at parameter `u` of the edge, rad: positive on a ridge."""
    n1, n2 = _normal(first[1], first[2], u), _normal(second[1], second[2], u)
    if n1 is None or n2 is None:
        return None
    point, tangent = gp_Pnt(), gp_Vec()
    curve.D1(u, point, tangent)
    along = np.array(tangent.Coord())
    size = np.linalg.norm(along)
    if size == 0.0:
        return None
    # The explorer gives the edge its orientation in the face, that of the face included: the face lies to the left of it.
    if first[2].Orientation() == TopAbs_Orientation.TopAbs_REVERSED:
        along = -along
    inward = np.cross(n1, along / size)
    return math.atan2(-(inward @ n2), float(n1 @ n2))


def _normal(face, edge, u: float) -> NDArray[np.float64] | None:
    on_face = BRepAdaptor_Curve2d(edge, face).Value(u)
    props = BRepLProp_SLProps(BRepAdaptor_Surface(face, False), on_face.X(), on_face.Y(), 1, NORMAL_TOL_MM)
    if not props.IsNormalDefined():
        return None
    normal = np.array(props.Normal().Coord())
    return -normal if face.Orientation() == TopAbs_Orientation.TopAbs_REVERSED else normal
