"""A STEP file read into a `Part`."""

import hashlib
import re
from pathlib import Path

import numpy as np
from OCP.BRepGProp import BRepGProp
from OCP.collections import Sequence_TCollection_AsciiString
from OCP.GProp import GProp_GProps
from OCP.IFSelect import IFSelect_ReturnStatus
from OCP.Standard import Standard_Failure
from OCP.STEPControl import STEPControl_Reader
from OCP.TopLoc import TopLoc_Location

from copeau.model.errors import CopeauError
from copeau.model.part import Face, Part
from copeau.part.heal import Healed, heal
from copeau.part.mesh import ANGLE_RAD, mesh_of
from copeau.part.quiet import quiet_kernel
from copeau.part.solids import choose_solid
from copeau.part.surfaces import face_of, shape_box
from copeau.part.walk import FACE, Ranks, subshapes

DEFLECTION_MM = 0.005  # half of the smallest gouge that the verification reports
MAX_EXTENT_MM = 20_000.0  # larger than any machining centre's travels: a unit was misread
MIN_EXTENT_MM = 1e-2  # thinner than the smallest gouge that the verification reports: nothing to machine
MIN_FILL = 1e-9  # share of its box that a solid must fill: below it the volume is rounding
MAX_FILE_BYTES = 500_000_000  # half a gigabyte of text: a plant, not a workpiece
INCH_NAMES = ("inch", "in")
INCH_RECORD = re.compile(rb"CONVERSION_BASED_UNIT\s*\(\s*'INCH'", re.IGNORECASE)
GEOMETRY = re.compile("StepGeom_|StepShape_.*(Vertex|Edge|Loop|Face|Shell|Brep|Path|ShapeRepresentation)")
RECORD = re.compile(rb"^\s*(#\d+)\s*=", re.MULTILINE)
MM_NAMES = ("millimetre", "mm", "millimeter")


def read_step(path: str | Path, *, solid: str | None = None, deflection_mm: float = DEFLECTION_MM) -> Part:
    """Read one solid of a STEP file (AP203, AP214, AP242), healed where need be, in millimetres.

    Faces keep the rank that they have in the walk of `TopExp_Explorer` over the whole shape as transferred: of an assembly, the
    numbers of the chosen solid need not begin at 0.

    Parameters
    ----------
    path : str or Path
    solid : str, optional
        Number (from 1) or name of the solid of an assembly.
    deflection_mm : float, mm
        Largest distance of the mesh to the solid; nodes turn by 0.2 rad at most.

    Raises
    ------
    CopeauError
        No such file, not STEP, cut short, no solid, several solids and none chosen, or a body no machine can hold.
    """
    path = Path(path)
    data = _checked_bytes(path)
    shape, reader, units = _transferred(path, data)
    chosen = choose_solid(shape, path, solid)
    healed = heal(chosen.shape, chosen.origins, path.name)
    ranks = Ranks(subshapes(shape, FACE))
    numbers = [ranks.of(f) for f in healed.origins]
    faces = _face_table(healed, numbers, reader.WS().TransferReader())
    box = shape_box(healed.shape)
    volume, centroid, area = _mass(healed.shape)
    _check_size(box, volume, path.name)
    return Part(
        file=path.name, sha256=hashlib.sha256(data).hexdigest(), name=chosen.name or path.stem, units=units, faces=faces,
        mesh=mesh_of(healed.shape, faces, deflection_mm, ANGLE_RAD, path.name), bbox=box, volume_mm3=volume, area_mm2=area,
        centroid=centroid, shape=healed.shape, remarks=chosen.remarks + healed.remarks,
    )  # fmt: skip


def _checked_bytes(path: Path) -> bytes:
    """The file's bytes, once they look like a whole STEP file."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise CopeauError(f"the file has {size / 1e6:.0f} MB, more than {MAX_FILE_BYTES / 1e6:.0f}", where=path.name, mend="export one part alone")
        data = path.read_bytes()
    except FileNotFoundError:
        raise CopeauError("there is no such file", where=str(path), mend="check the path") from None
    except IsADirectoryError:
        raise CopeauError("this is a folder, not a STEP file", where=str(path), mend="name one STEP file in it") from None
    except OSError as e:
        raise CopeauError(f"the file cannot be read: {e.strerror}", where=str(path), mend="check the path and your permission to read it") from None
    if not data.strip():
        raise CopeauError("the file is empty", where=path.name, mend="export the part again")
    if b"ISO-10303-21" not in data[:4096]:
        raise CopeauError(
            "this is not a STEP file: it does not begin with ISO-10303-21",
            where=path.name,
            mend="export the part as STEP AP203, AP214 or AP242",
        )
    if b"END-ISO-10303-21" not in data:
        raise CopeauError(
            f"the file is cut short: END-ISO-10303-21 is missing after {len(data)} bytes",
            where=path.name,
            mend="copy or export the part again",
        )
    return data


def _transferred(path: Path, data: bytes):
    """The shape as transferred, the reader (whose links from shapes to entities die with it), and the unit of the file."""
    quiet_kernel()
    reader = STEPControl_Reader()
    try:
        if reader.ReadFile(str(path)) != IFSelect_ReturnStatus.IFSelect_RetDone:
            raise CopeauError("the kernel cannot read the file's entities", where=path.name, mend="export the part again")
        _check_entities(reader, data, path.name)
        units = _unit(reader, data)
        roots = reader.TransferRoots()
    except Standard_Failure as failure:
        raise CopeauError(f"the kernel gave up on the file: {failure}", where=path.name, mend="export the part again") from failure
    shape = reader.OneShape() if roots else None
    if shape is None or shape.IsNull():
        raise CopeauError("the file holds no shape", where=path.name, mend="export the part as a solid body (STEP AP203, AP214 or AP242)")
    return shape, reader, units


def _check_entities(reader, data: bytes, where: str) -> None:
    """Refuse a file whose geometry does not hold together: the kernel would follow a reference to nowhere and die.

    Faults in styles, dimensions and notes are common in sound files and harm nothing here.
    """
    checks, model = reader.WS().ModelCheckList(True), reader.Model()
    checks.Start()
    while checks.More():
        check, number = checks.Value(), checks.Number()
        if check.HasFailed():
            entity = model.Value(number) if number else None
            name = type(entity).__name__ if number else "the file's syntax"
            faults = [check.CFail(k, True) for k in range(1, check.NbFails() + 1)]
            # A reference to nowhere is also told of the record that holds it: what that record is decides.
            faults = faults if number else [f for f in faults if "syntax" in f]
            if faults and (entity is None or GEOMETRY.search(name)):
                what = f"{name.split('_')[-1]}: {faults[0]}"
                at = f"{where}, {_label(data, number)}" if number else where
                raise CopeauError(what, where=at, mend="the file is damaged: export the part again")
        checks.Next()


def _label(data: bytes, number: int) -> str:
    """`#id` of the n-th record: the kernel numbers entities in the order of the file."""
    ids = RECORD.findall(data)
    return ids[number - 1].decode() if number <= len(ids) else f"entity {number}"


def _unit(reader, data: bytes) -> str:
    """The length unit; the kernel leaves a name empty where the unit sits in a complex record, which the text then tells."""
    length, angle, solid_angle = (Sequence_TCollection_AsciiString() for _ in range(3))
    reader.FileUnits(length, angle, solid_angle)
    names = {length.Value(k).ToCString().lower() for k in range(1, length.Length() + 1)} - {""}
    if names & set(INCH_NAMES) or (not names and INCH_RECORD.search(data)):
        return "inch"
    return "mm" if not names or names & set(MM_NAMES) else sorted(names)[0]


def _face_table(healed: Healed, numbers: list[int], transfer) -> tuple[Face, ...]:
    return tuple(
        face_of(face, number, _name(origin, transfer))
        for face, origin, number in zip(subshapes(healed.shape, FACE), healed.origins, numbers)
    )


def _name(face, transfer) -> str:
    """The STEP name of a face as transferred; of an assembly's instance, that of the face it is an instance of."""
    for shape in (face, face.Located(TopLoc_Location())):
        entity = transfer.EntityFromShapeResult(shape, 1)
        if entity is not None and hasattr(entity, "Name") and entity.Name() is not None:
            return entity.Name().ToCString()
    return ""


def _mass(shape) -> tuple[float, np.ndarray, float]:
    """Volume mm3, centroid mm, area mm2."""
    solid, skin = GProp_GProps(), GProp_GProps()
    BRepGProp.VolumeProperties_s(shape, solid)
    BRepGProp.SurfaceProperties_s(shape, skin)
    centre = solid.CentreOfMass()
    return solid.Mass(), np.array([centre.X(), centre.Y(), centre.Z()]), skin.Mass()


def _check_size(box: np.ndarray, volume: float, where: str) -> None:
    extent = box[1] - box[0]
    text = " x ".join(f"{e:.4g}" for e in extent)
    if not np.isfinite(extent).all() or extent.max() > MAX_EXTENT_MM:
        raise CopeauError(
            f"the solid measures {text} mm, more than {MAX_EXTENT_MM / 1000:.0f} m", where=where, mend="check the length unit of the export"
        )
    if extent.min() < MIN_EXTENT_MM:
        raise CopeauError(
            f"the solid measures {text} mm, thinner than {MIN_EXTENT_MM} mm", where=where, mend="check the length unit of the export"
        )
    if not volume > MIN_FILL * extent.prod():
        raise CopeauError(f"the solid of {text} mm encloses no volume", where=where, mend="export a closed solid body")
