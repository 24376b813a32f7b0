import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from copeau.model.part import Mesh
from copeau.part import surface_distance
from copeau.part.bvh import build_tree, closest, first_hits, hits_anything
from copeau.part.visibility import sample_faces, visible
from copeau.simulation.closest import design_of, neighbours, signed_distance

from .workpieces import box, cut, cylinder, fuse, part_of

ROUNDING_MM = 1e-9


@pytest.fixture(scope="module")
def rough():
    """A closed mesh without any regularity."""
    mesh = trimesh.creation.icosphere(3, 10.0)
    mesh.vertices *= 1.0 + 0.2 * np.random.default_rng(5).random((len(mesh.vertices), 1))
    return mesh


@pytest.fixture(scope="module")
def bored(tmp_path_factory):
    return part_of(cut(box(0, 0, 0, 40, 30, 20), cylinder(20, 15, 5, 6, 20)), tmp_path_factory.mktemp("bored"))


def test_closest_points_are_those_of_trimesh(rough):
    p = np.random.default_rng(1).normal(size=(800, 3)) * 9.0
    found = closest(build_tree(rough.vertices, rough.faces), p)
    point, distance, _ = trimesh.proximity.closest_point(rough, p)
    np.testing.assert_allclose(found.distance, distance, rtol=0, atol=ROUNDING_MM)
    np.testing.assert_allclose(np.linalg.norm(found.point - p, axis=1), distance, rtol=0, atol=ROUNDING_MM)


def test_beyond_the_cap_there_is_no_answer(rough):
    p = np.random.default_rng(2).normal(size=(800, 3)) * 9.0
    tree = build_tree(rough.vertices, rough.faces)
    free, capped = closest(tree, p), closest(tree, p, 1.5)
    near = free.distance <= 1.5
    assert near.any() and not near.all()
    np.testing.assert_allclose(capped.distance[near], free.distance[near], rtol=0, atol=ROUNDING_MM)
    assert np.isinf(capped.distance[~near]).all() and (capped.triangle[~near] == -1).all()


def test_the_answer_does_not_depend_on_the_order_of_the_points(rough):
    p = np.random.default_rng(3).normal(size=(500, 3)) * 9.0
    tree = build_tree(rough.vertices, rough.faces)
    np.testing.assert_array_equal(closest(tree, p).distance, closest(tree, p[::-1]).distance[::-1])


@given(st.lists(st.tuples(*[st.integers(-3, 3)] * 3), min_size=3, max_size=12), st.tuples(*[st.floats(-4, 4)] * 3))
@settings(max_examples=200, deadline=None)
def test_closest_point_of_any_triangle_beats_dense_samples(corners, p):
    """Degenerate triangles with it: corners on a coarse grid coincide and fall in line."""
    v = np.array(corners[: len(corners) // 3 * 3], float)
    triangles = np.arange(len(v)).reshape(-1, 3)
    found = closest(build_tree(v, triangles), [p])
    s, t = (g.ravel() for g in np.meshgrid(np.linspace(0, 1, 40), np.linspace(0, 1, 40)))
    s, t = s[s + t <= 1], t[s + t <= 1]
    a, b, c = (v[triangles[:, k]][:, None, :] for k in range(3))
    dense = a + s[:, None] * (b - a) + t[:, None] * (c - a)
    best = np.linalg.norm(dense - np.array(p), axis=2).min()
    assert found.distance[0] <= best + ROUNDING_MM
    assert found.distance[0] >= best - 0.5  # the samples of a triangle of this size are nearer to each other


def test_no_triangles_no_answer():
    tree = build_tree(np.zeros((0, 3)), np.zeros((0, 3), np.int64))
    assert np.isinf(closest(tree, [[0.0, 0.0, 0.0]]).distance).all()
    assert not hits_anything(tree, [[0.0, 0.0, 0.0]], [0, 0, 1.0]).any()


def test_rays_hit_what_trimesh_hits(rough):
    o = np.random.default_rng(4).uniform(-14, 14, (3000, 3))
    d = np.array([0.3, -0.5, 0.7])
    tree = build_tree(rough.vertices, rough.faces)
    t, triangle = first_hits(tree, o, d)
    expected = rough.ray.intersects_any(o, np.tile(d, (len(o), 1)))
    np.testing.assert_array_equal(hits_anything(tree, o, d), expected)
    np.testing.assert_array_equal(triangle >= 0, expected)
    where, ray, _ = rough.ray.intersects_location(o, np.tile(d, (len(o), 1)), multiple_hits=False)
    np.testing.assert_allclose(o[ray] + t[ray, None] * d, where, rtol=0, atol=1e-4)  # embree reckons in single precision


def test_a_ray_through_an_edge_or_a_corner_is_stopped():
    mesh = trimesh.creation.box((2, 2, 2))
    tree = build_tree(mesh.vertices, mesh.faces)
    o = np.array([[0.0, 0.0, 5.0], [1.0, 1.0, 5.0], [0.25, 0.25, 5.0], [1.0, 0.0, 5.0]])
    assert hits_anything(tree, o, [0, 0, -1.0]).all()


def test_neighbours_share_the_edge(rough):
    across = neighbours(np.asarray(rough.faces))
    assert (across >= 0).all()
    for k in range(3):
        mine, theirs = rough.faces[:, [k, (k + 1) % 3]], rough.faces[across[:, k]]
        assert all(set(a) <= set(b) for a, b in zip(mine, theirs))


def box_distance(p, high):
    """Signed distance to the box from the origin to `high`, from its definition."""
    q = np.abs(p - high / 2) - high / 2
    return np.linalg.norm(np.maximum(q, 0), axis=1) + np.minimum(q.max(1), 0)


def test_signed_distance_of_a_box_at_faces_edges_and_corners(tmp_path):
    high = np.array([10.0, 20.0, 30.0])
    design = design_of(part_of(box(0, 0, 0, *high), tmp_path))
    p = np.random.default_rng(6).uniform(-5, 35, (4000, 3))
    np.testing.assert_allclose(signed_distance(design, p).mm, box_distance(p, high), rtol=0, atol=ROUNDING_MM)


def test_the_number_is_that_of_the_surface_and_not_of_its_chords(bored):
    angle = np.linspace(0, 2 * np.pi, 700, endpoint=False)
    for radius in (5.9995, 6.0, 6.02):
        p = np.column_stack([20 + radius * np.cos(angle), 15 + radius * np.sin(angle), np.linspace(7, 18, 700)])
        found = signed_distance(design_of(bored), p)
        np.testing.assert_allclose(found.mm, 6.0 - radius, rtol=0, atol=ROUNDING_MM)
        assert {bored.faces[f].kind for f in np.unique(found.face)} == {"cylinder"}


def test_the_foot_of_a_bore_is_where_wall_and_floor_meet(bored):
    """Within the chords of the rim the mesh is off by micrometres; wall and floor together are not."""
    angle = np.linspace(0, 2 * np.pi, 333, endpoint=False)
    for out, down in ((0.0, 0.0), (0.012, 0.016), (0.015, 0.0), (0.0, 0.015), (-0.003, -0.02)):
        p = np.column_stack([20 + (6 + out) * np.cos(angle), 15 + (6 + out) * np.sin(angle), np.full(333, 5.0 - down)])
        expected = -np.hypot(out, down) if out + down >= 0 else min(-out, -down)
        np.testing.assert_allclose(signed_distance(design_of(bored), p).mm, expected, rtol=0, atol=1e-5)


def test_points_of_the_surface_have_no_distance_to_their_face(bored):
    s = sample_faces(bored.mesh, 1.0)
    for face in bored.faces:
        own = s.face == face.index
        off = np.abs(surface_distance(face, s.points[own]))
        assert off.max() <= bored.mesh.deflection_mm


def test_samples_cover_every_face_and_add_up_to_its_area(bored):
    s = sample_faces(bored.mesh, 0.5, 60)
    area = np.bincount(s.face, s.area)
    count = np.bincount(s.face)
    for face in bored.faces:
        assert count[face.index] >= 60
        assert area[face.index] == pytest.approx(face.area_mm2, rel=1e-3)
    np.testing.assert_array_equal(s.points, sample_faces(bored.mesh, 0.5, 60).points)
    top = s.points[(s.normals[:, 2] > 0.9) & (s.points[:, 2] > 19)]
    quarter = (top[:, 0] < 10).mean() * (1200 - np.pi * 36) / 300
    assert quarter == pytest.approx(1.0, abs=0.03)


def test_samples_of_nothing_are_none():
    mesh = Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int64), np.zeros(0, np.int64), 0.0)
    assert len(sample_faces(mesh, 1.0).points) == 0


def test_what_a_roof_covers_is_not_seen(tmp_path):
    post = fuse(box(0, 0, 0, 20, 20, 5), box(8, 8, 5, 12, 12, 10), box(0, 0, 10, 20, 20, 12))
    part = part_of(post, tmp_path)
    s = sample_faces(part.mesh, 0.5)
    under = (s.normals[:, 2] > 0.9) & (np.abs(s.points[:, 2] - 5) < 1e-6)
    top = (s.normals[:, 2] > 0.9) & (np.abs(s.points[:, 2] - 12) < 1e-6)
    up = visible(part.mesh, s.points, s.normals, [0, 0, 1.0])
    assert under.any() and not up[under].any() and up[top].all()
    side = visible(build_tree(part.mesh.vertices, part.mesh.triangles), s.points, s.normals, [1.0, 0, 0])
    behind_post = under & (s.points[:, 0] < 8) & (np.abs(s.points[:, 1] - 10) < 1.9)
    assert not side[behind_post].any()
    assert side[under & (np.abs(s.points[:, 1] - 10) > 2.1)].all()
