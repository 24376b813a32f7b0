"""Files of triangle meshes: binary STL and GLB."""

import json
import math
import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from copeau.kernels import kernel
from copeau.simulation.mesh_out import slabs
from copeau.simulation.tridexel import TriDexel


def write_stl(path: Path, vertices: NDArray[np.float64], triangles: NDArray[np.int64]) -> None:
    """Write a mesh as binary STL; vertices are rounded to float32, normals from the rounded ones."""
    write_stl_pieces(path, [(vertices, triangles)])


def write_stl_pieces(path: Path, meshes: Iterable[tuple[NDArray[np.float64], NDArray[np.int64]]]) -> None:
    """Write meshes as one binary STL, each as it comes: a large surface need not be in memory as a whole."""
    count = 0
    with Path(path).open("wb") as f:
        f.write(b"Copeau, mm".ljust(STL_HEAD) + struct.pack("<I", 0))
        for vertices, triangles in meshes:
            records = np.zeros((len(triangles), STL_WORDS), np.uint16)
            fill_records(np.asarray(vertices, np.float32), np.asarray(triangles, np.int64), records, np.zeros(12, np.float32))
            f.write(records.data)
            count += len(triangles)
        f.seek(STL_HEAD)
        f.write(struct.pack("<I", count))


STL_HEAD = 80
"""Bytes before the number of triangles of a binary STL."""
STL_WORDS = 25
"""A triangle of a binary STL in words of two bytes: twelve floats of four, one attribute."""


@kernel
def fill_records(vertices, triangles, records, numbers):
    """Normal, three corners and an attribute of 0 of each triangle, as the words of their bytes; `numbers` (12,) is room to work in."""
    words = numbers.view(np.uint16)
    for n in range(len(triangles)):
        for q in range(3):
            for c in range(3):
                numbers[3 + 3 * q + c] = vertices[triangles[n, q], c]
        ax, ay, az = numbers[6] - numbers[3], numbers[7] - numbers[4], numbers[8] - numbers[5]
        bx, by, bz = numbers[9] - numbers[3], numbers[10] - numbers[4], numbers[11] - numbers[5]
        x, y, z = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
        length = math.sqrt(x * x + y * y + z * z)
        share = 1.0 / length if length > 0.0 else 0.0
        numbers[0], numbers[1], numbers[2] = x * share, y * share, z * share
        for w in range(24):
            records[n, w] = words[w]


def to_stl(stock: TriDexel, path: Path, part_to_wcs=None, stride: int = 1) -> None:
    """Write the stock's surface as binary STL, in few triangles, in work coordinates where a matrix (4, 4) is given."""
    meshes = ((s.at, s.triangles) for s in slabs(stock, stride))
    if part_to_wcs is not None:
        matrix = np.asarray(part_to_wcs, float)
        meshes = ((at @ matrix[:3, :3].T + matrix[:3, 3], triangles) for at, triangles in meshes)
    write_stl_pieces(path, meshes)


def write_glb(path: Path, vertices: NDArray[np.float64], triangles: NDArray[np.int64], colours: NDArray[np.float64] | None = None) -> None:
    """Write a mesh as GLB (glTF 2.0); `colours` (n, 3) or (n, 4), one a vertex, 0 to 1."""
    arrays = [("POSITION", vertices.astype("<f4"), 5126, "VEC3", 34962)]
    if colours is not None:
        rgba = np.ones((len(vertices), 4))
        rgba[:, : np.shape(colours)[1]] = colours
        arrays.append(("COLOR_0", np.round(np.clip(rgba, 0.0, 1.0) * 255).astype("u1"), 5121, "VEC4", 34962))
    arrays.append(("indices", triangles.astype("<u4").ravel(), 5125, "SCALAR", 34963))
    views, accessors, blob = [], [], b""
    for name, data, component, kind, target in arrays:
        views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": data.nbytes, "target": target})
        accessor = {"bufferView": len(views) - 1, "componentType": component, "count": len(data), "type": kind}
        if name == "POSITION":
            accessor |= {"min": data.min(0).tolist(), "max": data.max(0).tolist()}
        if name == "COLOR_0":
            accessor["normalized"] = True
        accessors.append(accessor)
        blob += data.tobytes() + b"\0" * (-data.nbytes % 4)
    attributes = {name: k for k, (name, *_) in enumerate(arrays[:-1])}
    document = {
        "asset": {"version": "2.0", "generator": "Copeau"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": attributes, "indices": len(arrays) - 1}]}],
        "buffers": [{"byteLength": len(blob)}],
        "bufferViews": views,
        "accessors": accessors,
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + len(blob))
    Path(path).write_bytes(head + struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(blob), b"BIN\0") + blob)
