"""Which solid of the file is the part."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from OCP.BRep import BRep_Builder
from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeSolid, BRepBuilderAPI_Sewing
from OCP.collections import Sequence_TDF_Label
from OCP.STEPCAFControl import STEPCAFControl_Reader
from OCP.TCollection import TCollection_ExtendedString
from OCP.TDataStd import TDataStd_Name
from OCP.TDF import TDF_Label
from OCP.TDocStd import TDocStd_Document
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS_Shell
from OCP.XCAFApp import XCAFApp_Application
from OCP.XCAFDoc import XCAFDoc_DocumentTool, XCAFDoc_ShapeTool

from copeau.model.errors import CopeauError
from copeau.part.walk import FACE, SHELL, SOLID, subshapes

SEWING_TOL_MM = 0.01  # gaps up to the smallest gouge that the verification reports may be closed
LISTED = 40  # solids that an error names before it says how many more there are


@dataclass(frozen=True)
class Chosen:
    """One solid of the file, its name there and what had to be said. `origins`: for each face of its walk the face as transferred."""

    shape: Any
    name: str
    origins: tuple
    remarks: tuple[str, ...] = ()


def choose_solid(shape, path: Path, wanted: str | None) -> Chosen:
    """The only solid of `shape`, or the one with the number (from 1) or name `wanted`.

    Raises
    ------
    CopeauError
        No closed body, or several and `wanted` names none or more than one.
    """
    solids = list(subshapes(shape, SOLID))
    if not solids:
        return _sewn(shape, path.name)
    if len(solids) == 1 and wanted in (None, "1"):
        return Chosen(solids[0], "", tuple(subshapes(solids[0], FACE)))
    names = _solid_names(path, len(solids))
    k = _pick(names, wanted, path.name)
    return Chosen(solids[k], names[k], tuple(subshapes(solids[k], FACE)), () if len(solids) == 1 else (f"solid {k + 1} of {len(solids)}",))


def _pick(names: list[str], wanted: str | None, where: str) -> int:
    if wanted is None:
        raise CopeauError(
            f"the file holds {len(names)} solids:\n{_listed(names)}", where=where, mend="choose one by --solid NUMBER or --solid NAME"
        )
    if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return int(wanted) - 1
    hits = [k for k, name in enumerate(names) if wanted in (name, name.rsplit("/", 1)[-1])]
    if len(hits) == 1:
        return hits[0]
    if hits:
        numbers = ", ".join(str(k + 1) for k in hits)
        raise CopeauError(f"{len(hits)} solids are named {wanted!r}: numbers {numbers}", where=where, mend="choose one by its number")
    near = get_close_matches(wanted, [n.rsplit("/", 1)[-1] for n in names], 1)
    hint = f"did you mean {near[0]!r}?" if near else "choose one of the list by its number"
    raise CopeauError(f"no solid is named or numbered {wanted!r}; the file holds {len(names)}:\n{_listed(names)}", where=where, mend=hint)


def _listed(names: list[str]) -> str:
    rows = [f"  {k + 1}  {name or '(no name)'}" for k, name in enumerate(names[:LISTED])]
    if len(names) > LISTED:
        rows.append(f"  ... and {len(names) - LISTED} more")
    return "\n".join(rows)


def _solid_names(path: Path, count: int) -> list[str]:
    """Path of instance names of each solid, in the order of the walk over the transferred shape."""
    document = TDocStd_Document(TCollection_ExtendedString("MDTV-XCAF"))
    XCAFApp_Application.GetApplication_s().InitDocument(document)
    reader = STEPCAFControl_Reader()
    reader.SetNameMode(True)
    reader.ReadFile(str(path))
    reader.Transfer(document)
    solids = list(subshapes(reader.ChangeReader().OneShape(), SOLID))
    assert len(solids) == count, "one file gives one shape"
    names = [""] * count
    roots = Sequence_TDF_Label()
    XCAFDoc_DocumentTool.ShapeTool_s(document.Main()).GetFreeShapes(roots)
    for k in range(1, roots.Length() + 1):
        for solid, name in _named(roots.Value(k), TopLoc_Location(), ()):
            for i, other in enumerate(solids):
                if other.IsSame(solid):
                    names[i] = name
    return names


def _named(label, place, above: tuple[str, ...]):
    """(solid, name path) of every solid below a label of the document."""
    referred = TDF_Label()
    target = referred if XCAFDoc_ShapeTool.GetReferredShape_s(label, referred) else label
    trail = (*above, _label_name(label))
    if XCAFDoc_ShapeTool.IsAssembly_s(target):
        parts = Sequence_TDF_Label()
        XCAFDoc_ShapeTool.GetComponents_s(target, parts, False)
        for k in range(1, parts.Length() + 1):
            part = parts.Value(k)
            yield from _named(part, place.Multiplied(XCAFDoc_ShapeTool.GetLocation_s(part)), trail)
        return
    name = "/".join(t for t in trail[1:] or trail if t)
    for solid in subshapes(XCAFDoc_ShapeTool.GetShape_s(target).Moved(place), SOLID):
        yield solid, name


def _label_name(label) -> str:
    name = TDataStd_Name()
    return name.Get().ToExtString() if label.FindAttribute(TDataStd_Name.GetID_s(), name) else ""


def _sewn(shape, where: str) -> Chosen:
    """A solid from loose faces that close, with the transferred face that each of its faces came from."""
    loose = list(subshapes(shape, FACE))
    if not loose:
        raise CopeauError("the file holds curves or points but no face", where=where, mend="export the part as a solid body")
    sewing = BRepBuilderAPI_Sewing(SEWING_TOL_MM)
    sewing.Add(shape)
    sewing.Perform()
    shells = list(subshapes(sewing.SewedShape(), SHELL))
    if len(shells) != 1 or not shells[0].Closed() or sewing.NbFreeEdges():
        raise CopeauError(
            f"the file holds {len(loose)} surfaces that enclose no solid: {sewing.NbFreeEdges()} open edges", where=where,
            mend="close the body in the CAD system and export it as a solid",
        )  # fmt: skip
    sewn = [(piece, face) for face in loose for piece in subshapes(sewing.ModifiedSubShape(face), FACE)]
    shell = _shell_in_order(shells[0], [piece for piece, _ in sewn])
    solid = BRepBuilderAPI_MakeSolid(shell).Solid()
    origins = [next((old for piece, old in sewn if piece.IsSame(face)), None) for face in subshapes(solid, FACE)]
    if None in origins or len(origins) != len(sewn):
        raise CopeauError(
            "sewing the surfaces made a face that the file does not hold", where=where, mend="export the part as a solid body"
        )
    return Chosen(solid, "", tuple(origins), (f"{len(loose)} surfaces sewn into a solid",))


def _shell_in_order(shell, order: list):
    """The shell with its faces in a given order: sewing leaves them in its own."""
    oriented = list(subshapes(shell, FACE))
    out, builder = TopoDS_Shell(), BRep_Builder()
    builder.MakeShell(out)
    for piece in order:
        for face in oriented:
            if face.IsSame(piece):
                builder.Add(out, face)
    out.Closed(True)
    return out
