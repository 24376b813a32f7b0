"""A job that the tests make themselves: a block with a pocket and two holes, its pictures and its report."""

import functools
import tempfile
from pathlib import Path

import numpy as np
from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCylinder
from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

from copeau.dossier import pictures
from copeau.model.part import Mesh, Part
from copeau.model.plan import Body
from copeau.part import read_step, write_step

SHA = "3f" * 32


def block_shape(size=(120.0, 80.0, 25.0), pocket=True):
    """A box with two through holes and, unless asked otherwise, a pocket in its top."""
    shape = BRepPrimAPI_MakeBox(*size).Solid()
    for x in (18.0, 102.0):
        axis = gp_Ax2(gp_Pnt(x, 40.0, -1.0), gp_Dir(0.0, 0.0, 1.0))
        shape = BRepAlgoAPI_Cut(shape, BRepPrimAPI_MakeCylinder(axis, 6.0, size[2] + 2.0).Solid()).Shape()
    if pocket:
        tool = BRepPrimAPI_MakeBox(gp_Pnt(35.0, 20.0, size[2] - 10.0), 50.0, 40.0, 20.0).Solid()
        shape = BRepAlgoAPI_Cut(shape, tool).Shape()
    return shape


def part_of(shape, file="block.step") -> Part:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file
        write_step(shape, path)
        return read_step(path)


@functools.cache
def sample_part() -> Part:
    return part_of(block_shape())


def box_body(name: str, low, high) -> Body:
    mesh: Mesh = box_mesh(low, high)
    return Body(name, mesh.vertices, mesh.triangles)


def box_mesh(low, high) -> Mesh:
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])], float)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    triangles = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))], np.int64)
    return Mesh(corners, triangles, np.repeat(np.arange(6), 2), 0.0)


def sample_bodies() -> list[Body]:
    return [
        box_body("fixed jaw", (-4, -20, -25), (127, 0, 8)), box_body("moving jaw", (-4, 83, -25), (127, 103, 8)),
        box_body("rear parallel", (0, 0, -25), (123, 5, 0)), box_body("vise bed", (-4, -20, -45), (127, 103, -25)),
    ]  # fmt: skip


@functools.cache
def sample_pictures() -> dict[str, bytes]:
    mesh = sample_part().mesh
    blank = box_mesh((0, 0, 0), (123, 83, 33))
    shifted = mesh.vertices + (1.5, 1.5, 7.0)
    out = {"part": pictures.part_picture(mesh.vertices, mesh.triangles)}
    out["setup_10"] = pictures.setup_picture(blank.vertices, blank.triangles, sample_bodies())
    out["stock_10"] = pictures.stock_picture(shifted, mesh.triangles)
    out["setup_20"] = out["setup_10"]
    out["stock_20"] = pictures.stock_picture(mesh.vertices, mesh.triangles)
    deviation = 0.2 * np.sin(mesh.vertices[:, 0] / 11.0)
    out["deviation"] = pictures.deviation_picture(mesh.vertices, mesh.triangles, deviation)
    return out


def _tool(number, kind, DC, description, **more) -> dict:
    return {"number": number, "type": kind, "DC": DC, "NOF": 4, "APMX": 26.5, "LU": 33.25, "DCON": DC, "LPR": 48.75, "RPMX": 18000,
            "length_mm": 141.375, "description": description, "holder_id": "BT30-ER25", "holder": [[42.0, 0.0, 30.0]], **more}  # fmt: skip


def _step(id_, feature, operation, tool, **more) -> dict:
    common = {"vc": 142.3, "n": 4530, "vf": 1087.2, "time_s": 97.4}
    return {"id": id_, "feature": feature, "operation": operation, "tool": tool, **common, **more}


def _setup(id_, *, first: bool) -> dict:
    face = "sawn" if first else "machined"
    return {
        "id": id_, "process": "milling", "machine": "VMC 600", "controller": "linuxcnc", "program": f"{id_}_block.ngc",
        "programs": {"linuxcnc": f"{id_}_block.ngc", "haas": f"{id_}_block.nc"}, "stock_in": f"stock_{id_}.stl",
        "stock": "sawn box 123 x 83 x 33 mm", "part_to_wcs": np.eye(4).tolist(), "direction": [0.0, 0.0, 1.0 if first else -1.0],
        "wcs_origin": "X0 left end of the blank against the stop, Y0 fixed jaw, Z0 top of the parallels under the blank",
        "why": "sees 11 of 12 faces",
        "fixture": {
            "kind": "vise", "file": f"fixture_{id_}.stl", "clamp_force_N": 20000.0, "grip_mm": 5.25,
            "why": "machine vise, 5.2 mm deep grip",
            "locates": [
                f"seat ({face} underside on the parallels): Z, rotation about X and Y", f"fixed jaw ({face} side): Y, rotation about Z",
                f"stop at the left end ({face} end): X",
            ],
        },
        "tools": [
            _tool(1, "face_mill", 50.0, "face mill D50 KAPR45"), _tool(2, "endmill", 12.0, "carbide end mill D12 Z4", RE=0.0),
            _tool(3, "drill", 11.8, "HSS-Co drill D11.8", SIG=118.0, NOF=2),
        ],
        "workingsteps": [
            _step(f"{id_}.1", "F1", "facing", 1, fz=0.115, ap=1.05, ae=37.5, why="the stock stands over the part's top"),
            _step(f"{id_}.2", "F2, F3", "roughing", 2, fz=0.0625, ap=12.35, ae=1.85),
            _step(f"{id_}.3", "F2", "finishing", 2, fz=0.0412, ap=24.0, ae=0.27),
            _step(f"{id_}.4", "F4", "drilling", 3, fn=0.187, ap=5.9),
        ],
        "time_s": 431.6,
    }  # fmt: skip


def sample_report(ok: bool = True) -> dict:
    """A report with every key that the dossier reads."""
    part = sample_part()
    return {
        "schema": "copeau/report@1",
        "part": {"file": "block.step", "sha256": SHA, "units": "mm", "bbox": part.bbox.tolist(), "volume_mm3": part.volume_mm3,
                 "area_mm2": part.area_mm2, "faces": len(part.faces)},
        "assumed": ["material", "stock"], "material": "C45 (1.0503), normalised", "stock": "sawn box 123 x 83 x 33 mm",
        "options": {"lot": 6, "left_raw_faces": []},
        "features": [
            {"id": "F1", "type": "planar_face", "faces": [3], "dims": {}, "tolerances": [], "status": "machined", "reason": None},
            {"id": "F2", "type": "closed_pocket", "faces": [6, 7, 8, 9, 10], "dims": {"length": 50.0, "width": 40.0, "depth": 10.0},
             "tolerances": ["width +0.1/0"], "status": "partly", "reason": "corner radius 6 mm left by T2"},
            {"id": "F3", "type": "outside_profile", "faces": [0, 1, 4, 5], "dims": {"height": 25.0}, "tolerances": [],
             "status": "machined"},
            {"id": "F4", "type": "round_hole", "faces": [11], "dims": {"diameter": 12.0, "depth": 25.0}, "tolerances": ["12 H7"],
             "status": "machined"},
        ],
        "setups": [_setup("10", first=True), _setup("20", first=False)],
        "verification": {
            "cell_mm": 0.175, "max_gouge_mm": 0.0063, "max_excess_mm": 2.4853, "gouge_area_mm2": 0.0, "excess_area_mm2": 61.75,
            "excess_faces": [{"face": 7, "max_mm": 2.4853, "area_mm2": 30.85, "cause": "corner_radius", "tool": "T2", "radius_mm": 6.0}],
            "coverage": {"machined_area_share": 0.9874, "explained_area_share": 0.0126, "unexplained_area_share": 0.0},
            "collisions": [] if ok else [{"setup": "20", "line": 318, "kind": "rapid_cut", "depth_mm": 1.375, "with": "stock"}],
            "ok": ok,
        },
        "remarks": ["Corner radius of the pocket is not on the drawing: left at the tool's radius."],
        "requirements": [{"name": "Ra", "value": 3.2, "faces": [6, 7]}],
        "time_s": 863.2, "cost": {"machine": 14.4, "currency": "EUR"}, "elapsed_s": {"plan": 1.5},
    }  # fmt: skip
