import io
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from copeau.dossier import raster
from copeau.dossier.pictures import BAND_BOUNDS_MM, BAND_COLOURS, deviation_picture, setup_picture
from copeau.dossier.render import Camera, Scale, Solid, fit_camera, png, render, view_axes
from copeau.part.incidence import triangles_round
from tests.dossier.sample import box_body, box_mesh, sample_part

FROM_ABOVE = np.eye(3)
RED, GREEN = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)


def camera(scale=1.0, size=40):
    return Camera(FROM_ABOVE, scale, np.array([size / 2, size / 2]))


def box(low, high, **how) -> Solid:
    mesh = box_mesh(low, high)
    return Solid(mesh.vertices, mesh.triangles, edges=False, **how)


def pixels(*solids, size=40, **how):
    return np.asarray(render(solids, size, size, camera=camera(size=size), **how)).astype(int)


def hue(rgb):
    return "red" if rgb[0] > rgb[1] else "green" if rgb[1] > rgb[0] else "none"


def test_nearest_body_hides_the_others():
    low, high = box((-10, -10, 0), (10, 10, 1), colour=RED), box((-5, -5, 5), (5, 5, 6), colour=GREEN)
    for order in ((low, high), (high, low)):
        seen = pixels(*order)
        assert hue(seen[20, 20]) == "green" and hue(seen[12, 12]) == "red" and (seen[2, 2] == 255).all()


@settings(max_examples=25, deadline=None)
@given(st.floats(-12, 12), st.floats(-12, 12), st.floats(1, 8), st.floats(1, 8))
def test_a_box_from_above_covers_the_pixels_whose_centres_it_holds(x, y, a, b):
    seen = pixels(box((x - a, y - b, 0), (x + a, y + b, 1), colour=RED))
    rows, cols = np.mgrid[0:40, 0:40]
    cx, cy = cols + 0.5 - 20, 20 - rows - 0.5
    # A pixel is whole where all four of its finer ones are in, empty where all are out.
    inside = (np.abs(cx - x) <= a - 0.5) & (np.abs(cy - y) <= b - 0.5)
    outside = (np.abs(cx - x) > a + 0.5) | (np.abs(cy - y) > b + 0.5)
    assert (seen[inside][:, 1] == 0).all() and (seen[outside] == 255).all()


def test_stippled_body_mixes_with_what_lies_behind():
    seen = pixels(box((-10, -10, 0), (10, 10, 1), colour=RED), box((-5, -5, 5), (5, 5, 6), colour=GREEN, stippled=True))
    red, green, _ = seen[20, 20]
    assert red == pytest.approx(green, abs=2) and red > 50


def test_body_on_top_is_never_hidden():
    seen = pixels(box((-10, -10, 5), (10, 10, 6), colour=GREEN), box((-3, -3, 0), (3, 3, 1), colour=RED, on_top=True))
    assert hue(seen[20, 20]) == "red"


def test_edges_are_drawn_where_they_are_seen_and_not_where_they_are_hidden():
    mesh = box_mesh((-10, -10, 0), (10, 10, 1))
    bare, lined = Solid(mesh.vertices, mesh.triangles, RED, edges=False), Solid(mesh.vertices, mesh.triangles, RED)
    cover = box((-15, 5, 5), (15, 15, 6), colour=GREEN)
    differs = (pixels(bare, cover) != pixels(lined, cover)).any(2)
    assert differs[29:31, 12:28].any(0).all()  # the edge at y = -10
    assert not differs[6:14].any()  # under the cover
    assert not differs[17:27, 12:28].any()  # the diagonal of the top is no edge


def test_a_round_bar_is_smooth_and_its_facets_are_no_edges():
    turn = np.linspace(0, 2 * math.pi, 32, endpoint=False)
    ring = np.column_stack([10 * np.cos(turn), 10 * np.sin(turn)])
    vertices = np.vstack([np.column_stack([ring, np.full(32, z)]) for z in (0.0, 30.0)])
    k = np.arange(32)
    triangles = np.vstack([np.column_stack([k, (k + 1) % 32, 32 + (k + 1) % 32]), np.column_stack([k, 32 + (k + 1) % 32, 32 + k])])
    side = Camera(np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]]), 4.0, np.array([60.0, 100.0]))
    row = np.asarray(render([Solid(vertices, triangles, RED)], 120, 120, camera=side)).astype(int)[40, 22:98, 0]
    assert np.abs(np.diff(row)).max() < 12  # facets of 11 degrees would step by more, edges by far more


def test_values_are_coloured_by_their_band():
    mesh = box_mesh((-10, -10, 0), (10, 10, 1))
    bands = np.array([[0, 0, 1.0], [0.5, 0.5, 0.5], [1.0, 0, 0]])
    scale = Scale(np.array([-1.0, 1.0]), bands, ambient=1.0)
    for value, band in ((-2.0, 0), (0.0, 1), (3.0, 2)):
        seen = pixels(Solid(mesh.vertices, mesh.triangles, values=np.full(8, value), edges=False), scale=scale)
        assert np.allclose(seen[20, 20] / 255, bands[band], atol=0.01)


def test_values_that_were_not_measured_show_the_plain_colour():
    mesh = box_mesh((-10, -10, 0), (10, 10, 1))
    seen = pixels(Solid(mesh.vertices, mesh.triangles, RED, values=np.full(8, np.nan), edges=False))
    assert hue(seen[20, 20]) == "red"


def test_bands_of_the_map_part_at_what_the_verification_allows():
    band = np.searchsorted(BAND_BOUNDS_MM, [-0.02, 0.0, 0.049, 0.06])
    blue, grey, still_grey, yellow = BAND_COLOURS[band]
    assert blue[2] > blue[0] and grey.std() < 0.01 and (grey == still_grey).all() and yellow[0] > yellow[2]
    assert len(BAND_COLOURS) == len(BAND_BOUNDS_MM) + 1


@settings(max_examples=30, deadline=None)
@given(st.floats(-180, 180), st.floats(-89, 89))
def test_view_axes_are_a_right_handed_frame_and_the_camera_shows_all(azimuth, elevation):
    axes = view_axes(azimuth, elevation)
    assert np.allclose(axes @ axes.T, np.eye(3)) and np.linalg.det(axes) == pytest.approx(1.0)
    mesh = box_mesh((3, -7, 2), (90, 14, 33))
    xy = fit_camera([Solid(mesh.vertices, mesh.triangles)], axes, 300, 200).pixel(mesh.vertices)
    assert (xy >= 0).all() and (xy <= (300, 200)).all()


def test_same_scene_same_bytes():
    mesh = sample_part().mesh
    solids = [Solid(mesh.vertices, mesh.triangles)]
    assert png(render(solids, 200, 150)) == png(render(solids, 200, 150))


@pytest.mark.parametrize("triangles", [np.zeros((0, 3), np.int64), np.array([[0, 0, 0]]), np.array([[0, 1, 2]])])
def test_degenerate_meshes_are_drawn(triangles):
    vertices = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0]], float)
    assert render([Solid(vertices, triangles)], 30, 20).size == (30, 20)
    assert render([], 30, 20).size == (30, 20)


def test_what_clamps_and_what_locates_differ_in_colour():
    stock = box_mesh((0, 0, 0), (10, 10, 10))
    pictures = []
    for name in ("fixed jaw", "moving jaw"):
        data = setup_picture(stock.vertices, stock.triangles, [box_body(name, (-5, -15, -5), (15, -0.1, 5))], 200, 150)
        pictures.append(np.asarray(Image.open(io.BytesIO(data))).reshape(-1, 3).astype(int))
    blue_share, orange_share = ((p[:, 2] - p[:, 0]).clip(20).sum() for p in pictures)
    assert blue_share > orange_share


def test_deviation_map_has_both_sides_and_the_bar():
    mesh = box_mesh((0, 0, 0), (50, 30, 10))
    data = deviation_picture(mesh.vertices, mesh.triangles, np.full(8, 1.0), 500, 400)
    image = np.asarray(Image.open(io.BytesIO(data))).astype(int)
    orange = (image[..., 0] > image[..., 2] + 80) & (image[..., 0] > 150)
    assert orange[:190, :280].any() and orange[210:, :280].any()
    assert (image[:, 310:] < 250).any()


def edges_of_pairs(vertices, triangles, cos_crease, towards):
    """Edges to draw from a table of the triangles at each pair of vertices: the definition."""
    normal = {t: np.cross(vertices[b] - vertices[a], vertices[c] - vertices[a]) for t, (a, b, c) in enumerate(triangles.tolist())}
    normal = {t: n / np.linalg.norm(n) for t, n in normal.items() if np.linalg.norm(n) > 0.0}
    owners = {}
    for t in normal:
        for p, q in itertools.pairwise([*triangles[t].tolist(), int(triangles[t, 0])]):
            owners.setdefault((min(p, q), max(p, q)), []).append(t)

    def drawn(at):
        if len(at) != 2:
            return True
        m, n = normal[at[0]], normal[at[1]]
        return m @ n < cos_crease or (m @ towards >= 0.0) != (n @ towards >= 0.0)

    return sorted(edge for edge, at in owners.items() if drawn(at))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.0, 0.999))
def test_drawn_edges_are_those_of_a_table_of_pairs(seed, cos_crease):
    chance = np.random.default_rng(seed)
    vertices = chance.normal(size=(12, 3))
    triangles = np.array([chance.choice(12, 3, replace=False) for _ in range(25)])
    triangles[0] = triangles[0, 0]  # one without area
    towards = chance.normal(size=3)
    rings = triangles_round(triangles, len(vertices))
    found = sorted(map(tuple, raster.drawn_edges(vertices, triangles, *rings, cos_crease, towards).tolist()))
    assert found == edges_of_pairs(vertices, triangles, cos_crease, towards)
