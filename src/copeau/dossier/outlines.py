"""Hidden-line removal: the edges and outlines of a solid seen from a direction, as flat polylines."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from OCP.BRepAdaptor import BRepAdaptor_Curve
from OCP.BRepLib import BRepLib
from OCP.BRepMesh import BRepMesh_IncrementalMesh
from OCP.GCPnts import GCPnts_TangentialDeflection
from OCP.GeomAbs import GeomAbs_CurveType
from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt
from OCP.HLRAlgo import HLRAlgo_Projector
from OCP.HLRBRep import HLRBRep_Algo, HLRBRep_HLRToShape, HLRBRep_PolyAlgo, HLRBRep_PolyHLRToShape
from OCP.Standard import Standard_Failure
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopExp import TopExp_Explorer
from OCP.TopoDS import TopoDS

MOST_EXACT_FACES = 2000  # the exact algorithm compares every pair of edges: about a second a view on 700 faces
TURN_RAD = 0.15  # between the chords of a curve
MESH_TURN_RAD = 0.3

Polyline = NDArray[np.float64]  # (k, 2) mm


@dataclass(frozen=True)
class Outlines:
    """One view: visible lines (edges and outlines), smooth (tangent) visible edges, hidden lines; x right, y up, mm."""

    visible: tuple[Polyline, ...]
    smooth: tuple[Polyline, ...]
    hidden: tuple[Polyline, ...]


def outlines(shape, axes: NDArray[np.float64], deflection_mm: float) -> Outlines:
    """What is seen of a kernel shape.

    Parameters
    ----------
    shape : TopoDS_Shape
    axes : (3, 3) float
        Rows: right, up, towards the viewer; orthonormal, right-handed.
    deflection_mm : float, mm, > 0
        Largest distance between a curve and its chords.
    """
    right, _, towards = (gp_Dir(*map(float, row)) for row in axes)
    projector = HLRAlgo_Projector(gp_Ax2(gp_Pnt(0.0, 0.0, 0.0), towards, right))
    if _count_faces(shape) <= MOST_EXACT_FACES:
        try:
            found = _exact(shape, projector, deflection_mm)
        except Standard_Failure:
            # Tolerant or self-touching edges defeat the exact algorithm; the one on triangles has no such cases.
            found = Outlines((), (), ())
        if found.visible:
            return found
    return _on_triangles(shape, projector, deflection_mm)


def _exact(shape, projector, deflection_mm: float) -> Outlines:
    algorithm = HLRBRep_Algo()
    algorithm.Add(shape)
    algorithm.Projector(projector)
    algorithm.Update()
    algorithm.Hide()
    return _collected(HLRBRep_HLRToShape(algorithm), deflection_mm)


def _on_triangles(shape, projector, deflection_mm: float) -> Outlines:
    BRepMesh_IncrementalMesh(shape, deflection_mm, False, MESH_TURN_RAD, False)
    algorithm = HLRBRep_PolyAlgo()
    algorithm.Load(shape)
    algorithm.Projector(projector)
    algorithm.Update()
    result = HLRBRep_PolyHLRToShape()
    result.Update(algorithm)
    return _collected(result, deflection_mm)


def _collected(result, deflection_mm: float) -> Outlines:
    def lines(*compounds) -> tuple[Polyline, ...]:
        return tuple(line for c in compounds for line in _polylines(c, deflection_mm))

    return Outlines(
        lines(result.VCompound(), result.OutLineVCompound()),
        lines(result.Rg1LineVCompound()),
        lines(result.HCompound(), result.OutLineHCompound()),
    )


def _polylines(compound, deflection_mm: float) -> Iterator[Polyline]:
    if compound is None or compound.IsNull():
        return
    BRepLib.BuildCurves3d_s(compound)
    explorer = TopExp_Explorer(compound, TopAbs_ShapeEnum.TopAbs_EDGE)
    while explorer.More():
        curve = BRepAdaptor_Curve(TopoDS.Edge(explorer.Current()))
        yield _points(curve, deflection_mm)
        explorer.Next()


def _points(curve, deflection_mm: float) -> Polyline:
    if curve.GetType() == GeomAbs_CurveType.GeomAbs_Line:
        points = [curve.Value(curve.FirstParameter()), curve.Value(curve.LastParameter())]
    else:
        chords = GCPnts_TangentialDeflection(curve, TURN_RAD, deflection_mm)
        points = [chords.Value(i) for i in range(1, chords.NbPoints() + 1)]
    return np.array([[p.X(), p.Y()] for p in points])


def _count_faces(shape) -> int:
    explorer, count = TopExp_Explorer(shape, TopAbs_ShapeEnum.TopAbs_FACE), 0
    while explorer.More():
        count += 1
        explorer.Next()
    return count
