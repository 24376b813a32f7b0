"""Tessellation whose triangles meet node to node along every edge of the solid."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from OCP.BRep import BRep_Tool
from OCP.BRepMesh import BRepMesh_IncrementalMesh
from OCP.BRepTools import BRepTools
from OCP.TopAbs import TopAbs_Orientation
from OCP.TopLoc import TopLoc_Location

from copeau.model.errors import CopeauError
from copeau.model.part import Face, Mesh, Part
from copeau.part.distance import surface_distance
from copeau.part.walk import EDGE, FACE, Ranks, subshapes

ANGLE_RAD = 0.2  # largest turn of the normal between neighbour nodes: 32 chords a circle, whatever its size

ROUGH_TRIANGLES = 60_000
"""Of a mesh that is too fine to be roughed by: its outlines at some hundred levels would take most of the planning."""
ROUGH_DEFLECTION_MM, ROUGH_ANGLE_RAD = 0.05, 0.4
"""Of the mesh that such a part is roughed by: a fifth of what roughing leaves on walls."""

SAMPLE_WEIGHTS = np.array([[1, 1, 1], [1, 1, 0], [0, 1, 1], [1, 0, 1]]) / np.array([[3.0], [2.0], [2.0], [2.0]])


def tessellate(part: Part, deflection_mm: float, angle_rad: float = ANGLE_RAD) -> Mesh:
    """Outward triangles of the part's solid, meant to be no further than `deflection_mm` from it.

    The kernel keeps to that on cylinders and cones, not quite on spheres and tori: the mesh's own `deflection_mm` is the larger of
    what was asked and what is measured on the analytic faces, at the middles of triangles and of their sides.
    Nodes on the edges of the solid lie on the edges' curves and are shared by the faces that meet there.

    Parameters
    ----------
    part : Part
    deflection_mm : float, mm, > 0
    angle_rad : float, rad, > 0
        Largest angle between the normals of neighbour nodes.
    """
    return mesh_of(part.shape, part.faces, deflection_mm, angle_rad, part.file)


def rough_mesh(part: Part) -> Mesh:
    """The part's own mesh, or a coarser one where that has more than `ROUGH_TRIANGLES`."""
    if len(part.mesh.triangles) <= ROUGH_TRIANGLES:
        return part.mesh
    BRepTools.Clean_s(part.shape)  # a mesh that is there and finer than asked would be kept
    try:
        coarse = tessellate(part, ROUGH_DEFLECTION_MM, ROUGH_ANGLE_RAD)
    except CopeauError:  # a face that the kernel only meshes finely: the fine mesh is slower, not worse
        return part.mesh
    return coarse if len(coarse.triangles) < len(part.mesh.triangles) else part.mesh


def mesh_of(solid, faces: Sequence[Face], deflection_mm: float, angle_rad: float, where: str) -> Mesh:
    """Mesh of a kernel solid; `faces` is its face table in the order of its own walk."""
    if not deflection_mm > 0.0 or not angle_rad > 0.0:
        raise CopeauError(
            f"deflection {deflection_mm} mm and angle {angle_rad} rad must be positive", where=where, mend="give positive tolerances"
        )
    BRepMesh_IncrementalMesh(solid, deflection_mm, False, angle_rad, False)
    points: list[NDArray] = []
    triangles: list[NDArray] = []
    owner: list[NDArray] = []
    start = 0
    nodes_of_edge = _EdgeNodes(solid)
    for face, row in zip(subshapes(solid, FACE), faces):
        place = TopLoc_Location()
        mesh = BRep_Tool.Triangulation_s(face, place)
        if mesh is None:
            raise CopeauError("the face cannot be meshed", where=f"{where}, face {row.index}", mend="repair the face in the CAD system")
        points.append(_nodes(mesh, place))
        triangles.append(_triangles(mesh, face) + start)
        owner.append(np.full(len(triangles[-1]), row.index))
        nodes_of_edge.add(face, mesh, place, start)
        start += len(points[-1])
    mesh = _welded(np.vstack(points), np.vstack(triangles), np.concatenate(owner), nodes_of_edge.pairs(), deflection_mm)
    return replace(mesh, deflection_mm=max(deflection_mm, _measured_deflection(mesh, faces)))


def _measured_deflection(mesh: Mesh, faces: Sequence[Face]) -> float:
    """Largest distance of a triangle's middle or of a side's middle to the analytic surface of its face, mm."""
    order = np.argsort(mesh.face, kind="stable")
    numbers, start = np.unique(mesh.face[order], return_index=True)
    rows = dict(zip(numbers.tolist(), np.split(order, start[1:])))
    worst = 0.0
    for face in faces:
        if face.kind in ("plane", "freeform") or face.index not in rows:
            continue
        c = mesh.vertices[mesh.triangles[rows[face.index]]]
        for weights in SAMPLE_WEIGHTS:
            worst = max(worst, float(np.abs(surface_distance(face, np.einsum("k,nkx->nx", weights, c))).max()))
    return worst


def _nodes(mesh, place) -> NDArray[np.float64]:
    nodes = np.array([mesh.Node(i).Coord() for i in range(1, mesh.NbNodes() + 1)])
    if place.IsIdentity():
        return nodes
    move = place.Transformation()
    matrix = np.array([[move.Value(r, c) for c in range(1, 5)] for r in range(1, 4)])
    return nodes @ matrix[:, :3].T + matrix[:, 3]


def _triangles(mesh, face) -> NDArray[np.int64]:
    tri = np.array([mesh.Triangle(i).Get() for i in range(1, mesh.NbTriangles() + 1)], np.int64).reshape(-1, 3) - 1
    return tri[:, ::-1] if face.Orientation() == TopAbs_Orientation.TopAbs_REVERSED else tri


class _EdgeNodes:
    """Which nodes of neighbour faces are one: the kernel keeps, for each edge and face, the edge's nodes in the face's mesh."""

    def __init__(self, solid):
        self._ranks = Ranks(subshapes(solid, EDGE))
        self._first: dict[int, NDArray] = {}
        self._pairs: list[NDArray] = []

    def add(self, face, mesh, place, start: int) -> None:
        """Join the nodes on the edges of `face` with those that its neighbours have there."""
        for edge in subshapes(face, EDGE):
            # A seam is met twice, once in each direction, and has two rows of nodes in the one face.
            chain = BRep_Tool.PolygonOnTriangulation_s(edge, mesh, place)
            if chain is None:
                continue
            ids = np.array([chain.Node(i) for i in range(1, chain.NbNodes() + 1)]) - 1 + start
            if BRep_Tool.Degenerated_s(edge):
                self._pairs.append(np.column_stack([np.full(len(ids), ids[0]), ids]))
                continue
            seen = self._first.setdefault(self._ranks.of(edge), ids)
            if seen is not ids and len(seen) == len(ids):
                self._pairs.append(np.column_stack([seen, ids]))

    def pairs(self) -> NDArray[np.int64]:
        """(k, 2) nodes that are the same point."""
        return np.vstack(self._pairs) if self._pairs else np.zeros((0, 2), np.int64)


def _welded(points, triangles, owner, pairs, deflection_mm: float) -> Mesh:
    """One node for each class of equal ones; triangles that lost an edge are dropped."""
    root = _classes(len(points), pairs)
    keep, compact = np.unique(root, return_inverse=True)
    tri = compact[triangles]
    whole = (tri[:, 0] != tri[:, 1]) & (tri[:, 1] != tri[:, 2]) & (tri[:, 2] != tri[:, 0])
    return Mesh(points[keep], tri[whole].astype(np.int64), owner[whole].astype(np.int64), deflection_mm)


def _classes(n: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Smallest member of each node's class: labels sink along the pairs until nothing changes."""
    label = np.arange(n)
    while True:
        low = np.minimum(label[pairs[:, 0]], label[pairs[:, 1]])
        sunk = label.copy()
        np.minimum.at(sunk, pairs[:, 0], low)
        np.minimum.at(sunk, pairs[:, 1], low)
        sunk = sunk[sunk]
        if np.array_equal(sunk, label):
            return label
        label = sunk
