"""The face table: what each B-rep face is, as numbers."""

import math

import numpy as np
from numpy.typing import NDArray
from OCP.Bnd import Bnd_Box
from OCP.BRep import BRep_Tool
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.BRepBndLib import BRepBndLib
from OCP.BRepGProp import BRepGProp
from OCP.BRepLProp import BRepLProp_SLProps
from OCP.BRepTools import BRepTools
from OCP.GeomAbs import GeomAbs_SurfaceType
from OCP.gp import gp_Cone, gp_Cylinder, gp_Pln, gp_Sphere
from OCP.GProp import GProp_GProps
from OCP.ShapeAnalysis import ShapeAnalysis_CanonicalRecognition
from OCP.TopAbs import TopAbs_Orientation

from copeau.model.part import Face

CANONICAL_TOL_MM = (
    1e-4  # a spline face nearer than this to a plane, cylinder, cone or sphere is one: a tenth of the finest control increment
)
CURVATURE_SAMPLES = 7  # per direction: enough for the monotone curvatures of blends and fillets
FLAT_CURVATURE = 1e-6  # 1/mm: a radius of a kilometre is flat


def face_of(shape_face, index: int, name: str) -> Face:
    """The table row of one kernel face."""
    adaptor = BRepAdaptor_Surface(shape_face)
    props = GProp_GProps()
    BRepGProp.SurfaceProperties_s(shape_face, props)
    outward = -1.0 if shape_face.Orientation() == TopAbs_Orientation.TopAbs_REVERSED else 1.0
    place = _analytic(adaptor, outward) or _canonical(shape_face, adaptor, outward) or {"kind": "freeform"}
    box = shape_box(shape_face)
    concave_radius = _smallest_concave_radius(shape_face, adaptor, outward, place)
    return Face(index, name, area_mm2=abs(props.Mass()), bbox=box, smallest_concave_radius_mm=concave_radius, **place)


def shape_box(shape) -> NDArray[np.float64]:
    """Lowest and highest corner (2, 3) of a shape, mm, from its geometry and without the kernel's tolerance gap."""
    box = Bnd_Box()
    BRepBndLib.AddOptimal_s(shape, box, False, False)
    if box.IsVoid():
        return np.full((2, 3), np.nan)
    box.SetGap(0.0)
    low, high = box.CornerMin(), box.CornerMax()
    return np.array([[low.X(), low.Y(), low.Z()], [high.X(), high.Y(), high.Z()]])


def _xyz(p) -> NDArray[np.float64]:
    return np.array([p.X(), p.Y(), p.Z()])


def _analytic(adaptor, outward: float) -> dict | None:
    """Place of an elementary surface; None for any other."""
    kind = adaptor.GetType()
    if kind == GeomAbs_SurfaceType.GeomAbs_Plane:
        return _plane(adaptor.Plane(), outward)
    if kind == GeomAbs_SurfaceType.GeomAbs_Cylinder:
        return _cylinder(adaptor.Cylinder(), outward)
    if kind == GeomAbs_SurfaceType.GeomAbs_Cone:
        return _cone(adaptor.Cone(), outward)
    if kind == GeomAbs_SurfaceType.GeomAbs_Sphere:
        return _sphere(adaptor.Sphere(), outward)
    if kind == GeomAbs_SurfaceType.GeomAbs_Torus:
        return _torus(adaptor.Torus(), outward)
    return None


def _plane(plane, outward: float) -> dict:
    frame = plane.Position()
    side = outward if frame.Direct() else -outward
    return {"kind": "plane", "origin": _xyz(frame.Location()), "axis": side * _xyz(frame.Direction())}


def _cylinder(cylinder, outward: float) -> dict:
    frame = cylinder.Position()
    return {
        "kind": "cylinder", "origin": _xyz(frame.Location()), "axis": _xyz(frame.Direction()),
        "radius_mm": cylinder.Radius(), "concave": (outward > 0) != frame.Direct(),
    }  # fmt: skip


def _cone(cone, outward: float) -> dict:
    frame = cone.Position()
    return {
        "kind": "cone", "origin": _xyz(frame.Location()), "axis": _xyz(frame.Direction()),
        "radius_mm": cone.RefRadius(), "half_angle_rad": cone.SemiAngle(), "concave": (outward > 0) != frame.Direct(),
    }  # fmt: skip


def _sphere(sphere, outward: float) -> dict:
    frame = sphere.Position()
    return {
        "kind": "sphere", "origin": _xyz(frame.Location()), "axis": _xyz(frame.Direction()),
        "radius_mm": sphere.Radius(), "concave": (outward > 0) != frame.Direct(),
    }  # fmt: skip


def _torus(torus, outward: float) -> dict:
    frame = torus.Position()
    return {
        "kind": "torus", "origin": _xyz(frame.Location()), "axis": _xyz(frame.Direction()),
        "radius_mm": torus.MajorRadius(), "minor_radius_mm": torus.MinorRadius(), "concave": (outward > 0) != frame.Direct(),
    }  # fmt: skip


def _canonical(shape_face, adaptor, outward: float) -> dict | None:
    """The elementary surface that a spline, swept or revolved face is, to `CANONICAL_TOL_MM`; None if it is none.

    The fitted surface knows nothing of the face's side: the normal at the middle of the face decides it.
    """
    recognition = ShapeAnalysis_CanonicalRecognition(shape_face)
    fits = (
        ("IsPlane", gp_Pln, _plane),
        ("IsCylinder", gp_Cylinder, _cylinder),
        ("IsCone", gp_Cone, _cone),
        ("IsSphere", gp_Sphere, _sphere),
    )
    for method, surface, place_of in fits:
        found = surface()
        if not getattr(recognition, method)(CANONICAL_TOL_MM, found):
            continue
        place = place_of(found, 1.0)
        point, normal = _middle(adaptor, outward)
        if np.isnan(normal).any():
            return None
        return _sided(place, point, normal)
    return None


def _middle(adaptor, outward: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Point and outward normal at the middle of the face's parameters; a NaN normal where the surface has none."""
    u = 0.5 * (adaptor.FirstUParameter() + adaptor.LastUParameter())
    v = 0.5 * (adaptor.FirstVParameter() + adaptor.LastVParameter())
    props = BRepLProp_SLProps(adaptor, u, v, 1, CANONICAL_TOL_MM)
    if not props.IsNormalDefined():
        return _xyz(props.Value()), np.full(3, np.nan)
    return _xyz(props.Value()), outward * _xyz(props.Normal())


def _sided(place: dict, point: NDArray[np.float64], normal: NDArray[np.float64]) -> dict:
    if place["kind"] == "plane":
        return place | {"axis": place["axis"] * np.sign(place["axis"] @ normal)}
    away = point - place["origin"]
    if place["kind"] != "sphere":
        away = away - (away @ place["axis"]) * place["axis"]
    return place | {"concave": bool(away @ normal < 0.0)}


def _smallest_concave_radius(shape_face, adaptor, outward: float, place: dict) -> float:
    """Smallest radius a ball must not exceed to lie against the face from outside, mm; inf where it is flat or convex."""
    kind = place["kind"]
    if kind in ("cylinder", "sphere"):
        return place["radius_mm"] if place["concave"] else math.inf
    if kind == "plane" or (kind == "cone" and not place["concave"]):
        return math.inf
    if kind == "torus" and place["concave"]:
        return place["minor_radius_mm"]
    return _sampled_concave_radius(shape_face, adaptor, outward)


def _sampled_concave_radius(shape_face, adaptor, outward: float) -> float:
    u0, u1, v0, v1 = BRepTools.UVBounds_s(shape_face)
    sharpest = 0.0
    for u in np.linspace(u0, u1, CURVATURE_SAMPLES):
        for v in np.linspace(v0, v1, CURVATURE_SAMPLES):
            props = BRepLProp_SLProps(adaptor, float(u), float(v), 2, BRep_Tool.Tolerance_s(shape_face))
            if props.IsCurvatureDefined():
                # Curvature is positive towards the surface's own normal: towards the outside of a FORWARD face.
                sharpest = max(sharpest, outward * props.MaxCurvature(), outward * props.MinCurvature())
    return 1.0 / sharpest if sharpest > FLAT_CURVATURE else math.inf
