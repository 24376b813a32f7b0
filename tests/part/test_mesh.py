import numpy as np
import pytest
from OCP.BRepPrimAPI import BRepPrimAPI_MakeCone, BRepPrimAPI_MakeSphere, BRepPrimAPI_MakeTorus

from copeau.model.errors import CopeauError
from copeau.part import mesh, read_step, surface_distance, tessellate, write_step
from copeau.part.mesh import rough_mesh
from tests.part.shapes import box, cut, cylinder

ON_CURVE_MM = 1e-7  # the kernel's own confusion


def crossing_bores():
    return cut(box(0, 0, 0, 40, 30, 20), cylinder(20, 15, -1, 10, 22), cylinder(-1, 15, 10, 6, 42, (1, 0, 0)), box(5, 5, 15, 12, 25, 21))


SHELF = {
    "box": lambda: box(0, 0, 0, 10, 20, 30),
    "crossing bores": crossing_bores,
    "sphere": lambda: BRepPrimAPI_MakeSphere(8.0).Shape(),
    "cone with apex": lambda: BRepPrimAPI_MakeCone(6.0, 0.0, 9.0).Shape(),
    "torus": lambda: BRepPrimAPI_MakeTorus(20.0, 5.0).Shape(),
    "cylinder": lambda: cylinder(0, 0, 0, 10, 10),
}


@pytest.fixture(scope="module", params=list(SHELF))
def part(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("shelf") / "part.step"
    write_step(SHELF[request.param](), path)
    return read_step(path)


def edges_met(mesh):
    pairs = mesh.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    return pairs


def test_every_edge_is_met_once_each_way(part):
    pairs = edges_met(part.mesh)
    forward = {tuple(p) for p in pairs.tolist()}
    assert len(forward) == len(pairs)
    assert all((b, a) in forward for a, b in forward)


def test_the_mesh_encloses_the_volume_outwards(part):
    c = part.mesh.vertices[part.mesh.triangles]
    volume = np.einsum("ij,ij->i", c[:, 0], np.cross(c[:, 1], c[:, 2])).sum() / 6.0
    assert abs(volume - part.volume_mm3) <= part.mesh.deflection_mm * part.area_mm2
    assert volume > 0.0


def test_nodes_lie_on_the_faces(part):
    for face in part.faces:
        nodes = part.mesh.vertices[np.unique(part.mesh.triangles[part.mesh.face == face.index])]
        assert np.abs(surface_distance(face, nodes)).max() < ON_CURVE_MM


def test_no_point_of_a_triangle_is_further_off_than_the_mesh_says(part):
    weights = np.random.default_rng(1).dirichlet(np.ones(3), 20)
    for face in part.faces:
        corners = part.mesh.vertices[part.mesh.triangles[part.mesh.face == face.index]]
        points = np.einsum("sk,nkx->snx", weights, corners).reshape(-1, 3)
        assert np.abs(surface_distance(face, points)).max() <= part.mesh.deflection_mm * 1.0001


@pytest.mark.parametrize("name", ["box", "crossing bores", "cone with apex", "cylinder"])
def test_ruled_faces_keep_the_deflection_that_was_asked_for(name, tmp_path):
    write_step(SHELF[name](), tmp_path / "part.step")
    assert read_step(tmp_path / "part.step", deflection_mm=0.004).mesh.deflection_mm == 0.004


def test_a_finer_mesh_is_finer(part):
    fine = tessellate(part, 0.001, 0.05)
    assert len(fine.triangles) >= len(part.mesh.triangles)
    assert fine.deflection_mm < part.mesh.deflection_mm


def test_nonsense_tolerances_are_refused(part):
    with pytest.raises(CopeauError, match="must be positive"):
        tessellate(part, 0.0)


def test_a_part_is_roughed_by_a_coarser_mesh_only_where_its_own_is_fine(tmp_path, monkeypatch):
    file = tmp_path / "ring.step"
    write_step(BRepPrimAPI_MakeTorus(20.0, 5.0).Shape(), file)
    ring = read_step(file)
    assert rough_mesh(ring) is ring.mesh
    monkeypatch.setattr(mesh, "ROUGH_TRIANGLES", 1000)
    coarse = rough_mesh(ring)
    assert len(coarse.triangles) < len(ring.mesh.triangles) / 3
    assert mesh.ROUGH_DEFLECTION_MM <= coarse.deflection_mm < 5 * mesh.ROUGH_DEFLECTION_MM
    assert len(rough_mesh(ring).triangles) == len(coarse.triangles)


def test_a_part_that_only_meshes_finely_is_roughed_by_its_own_mesh(part, monkeypatch):
    def fails(*_):
        raise CopeauError("the face cannot be meshed")

    monkeypatch.setattr(mesh, "ROUGH_TRIANGLES", 0)
    monkeypatch.setattr(mesh, "tessellate", fails)
    assert rough_mesh(part) is part.mesh
