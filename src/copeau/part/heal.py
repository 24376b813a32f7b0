"""Healing: what the kernel can mend of a solid, with the way back to the faces as transferred."""

from dataclasses import dataclass
from typing import Any

from OCP.BRepCheck import BRepCheck_Analyzer
from OCP.BRepGProp import BRepGProp
from OCP.BRepLib import BRepLib
from OCP.GProp import GProp_GProps
from OCP.ShapeFix import ShapeFix_Shape

from copeau.model.errors import CopeauError
from copeau.part.walk import FACE, SOLID, subshapes

HEAL_TOL_MM = 1e-3  # largest tolerance that mending may give an edge: a tenth of the smallest gouge reported


@dataclass(frozen=True)
class Healed:
    """A sound solid. `origins`: for each face of its walk the face as transferred that it came from."""

    shape: Any
    origins: tuple
    remarks: tuple[str, ...]


def heal(solid, origins: tuple, where: str) -> Healed:
    """The solid itself if it is sound, else what the kernel mends; turned right side out.

    `origins`: for each face of its walk the face as transferred.

    Raises
    ------
    CopeauError
        The solid is open or stays unsound in a way that leaves no solid.
    """
    remarks: list[str] = []
    shape = solid
    if not BRepCheck_Analyzer(solid).IsValid():
        shape, origins = _mended(solid, origins, where)
        sound = BRepCheck_Analyzer(shape).IsValid()
        remarks.append("the solid was healed" if sound else "the solid is not sound and could not be healed wholly")
    if _signed_volume(shape) < 0.0:
        turned = next(subshapes(shape, SOLID))
        BRepLib.OrientClosedSolid_s(turned)
        if _signed_volume(turned) < 0.0:
            turned.Reverse()
        shape = turned
        remarks.append("the solid was inside out and was turned")
    return Healed(shape, origins, tuple(remarks))


def _mended(solid, came_with: tuple, where: str):
    fixer = ShapeFix_Shape(solid)
    fixer.SetMaxTolerance(HEAL_TOL_MM)
    fixer.Perform()
    solids = list(subshapes(fixer.Shape(), SOLID))
    if len(solids) != 1:
        raise CopeauError(f"mending the solid gives {len(solids)} bodies", where=where, mend="repair the body in the CAD system")
    context = fixer.Context()
    came_from: list[tuple] = []
    for face, old in zip(subshapes(solid, FACE), came_with):
        came_from.extend((piece, old) for piece in subshapes(context.Apply(face), FACE))
    origins = []
    for face in subshapes(solids[0], FACE):
        source = next((old for piece, old in came_from if piece.IsSame(face)), None)
        if source is None:
            raise CopeauError(
                "mending the solid made a face that the file does not hold", where=where, mend="repair the body in the CAD system"
            )
        origins.append(source)
    return solids[0], tuple(origins)


def _signed_volume(shape) -> float:
    props = GProp_GProps()
    BRepGProp.VolumeProperties_s(shape, props)
    return props.Mass()
