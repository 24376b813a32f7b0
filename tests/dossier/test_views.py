import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCylinder

from copeau.dossier import outlines as hidden_lines
from copeau.dossier.outlines import outlines
from copeau.dossier.views import FRONT, ISOMETRIC, RIGHT, SCALES, TOP, drawing, scale_text
from tests.dossier.sample import block_shape, part_of, sample_part

SVG = "{http://www.w3.org/2000/svg}"


def spans(lines):
    points = np.vstack(lines)
    return points.min(0), points.max(0)


@pytest.mark.parametrize(("axes", "size"), [(FRONT, (120, 25)), (RIGHT, (80, 25)), (TOP, (120, 80))])
def test_outlines_of_a_block_span_its_box(axes, size):
    low, high = spans(outlines(block_shape(), axes, 0.05).visible)
    assert high - low == pytest.approx(size, abs=1e-6)


def test_view_axes_are_right_handed_frames():
    for axes in (FRONT, RIGHT, TOP, ISOMETRIC):
        assert np.allclose(axes @ axes.T, np.eye(3)) and np.linalg.det(axes) == pytest.approx(1.0)


def test_bores_are_hidden_from_the_front_and_visible_from_above():
    shape = block_shape(pocket=False)
    front, top = outlines(shape, FRONT, 0.05), outlines(shape, TOP, 0.05)
    walls = [line for line in front.hidden if np.allclose(line[:, 0], line[0, 0]) and np.ptp(line[:, 1]) > 20]
    assert sorted({round(float(line[0, 0])) for line in walls} - {0, 120}) == [12, 24, 96, 108]
    circles = [line for line in top.visible if len(line) > 8]
    for line in circles:
        centre = np.array([18.0, 40.0]) if line[:, 0].mean() < 60 else np.array([102.0, 40.0])
        assert np.linalg.norm(line - centre, axis=1) == pytest.approx(np.full(len(line), 6.0), abs=1e-6)
    assert len(circles) >= 2


def test_outline_of_a_cylinder_is_found_though_it_is_no_edge():
    low, high = spans(outlines(BRepPrimAPI_MakeCylinder(10.0, 40.0).Solid(), FRONT, 0.05).visible)
    assert low == pytest.approx((-10, 0), abs=1e-3) and high == pytest.approx((10, 40), abs=1e-3)


def test_triangles_serve_where_the_exact_algorithm_does_not(monkeypatch):
    monkeypatch.setattr(hidden_lines, "MOST_EXACT_FACES", 0)
    low, high = spans(outlines(block_shape(), TOP, 0.05).visible)
    assert high - low == pytest.approx((120, 80), abs=1e-6)


def test_first_angle_layout():
    drawn = drawing(sample_part(), ["a", "b", "c"], 273.0, 140.0)
    paths = [e.get("d") for e in ET.fromstring(drawn.svg).iter(f"{SVG}path") if e.get("class") == "v"]
    corners = []
    for path in paths:
        xy = np.array(re.findall(r"(-?[\d.]+) (-?[\d.]+)", path), float)
        corners.append((xy.min(0), xy.max(0)))
    right, front, top, _ = corners
    assert right[1][0] < front[0][0] and right[0][1] == pytest.approx(front[0][1], abs=0.02)  # right view left of the front view
    assert top[0][1] > front[1][1] and top[0][0] == pytest.approx(front[0][0], abs=0.02)  # top view below it
    assert front[1] - front[0] == pytest.approx(np.array([120, 25]) * drawn.scale, abs=0.03)


def test_up_in_the_part_is_up_on_the_paper():
    drawn = drawing(sample_part(), ["a", "b", "c"], 273.0, 140.0)
    visible, hidden = ([e.get("d") for e in ET.fromstring(drawn.svg).iter(f"{SVG}path") if e.get("class") == c][1] for c in "vh")
    top = np.array(re.findall(r"(-?[\d.]+) (-?[\d.]+)", visible), float)[:, 1].min()
    level = [m for m in re.findall(r"M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)", hidden) if m[1] == m[3]]
    floors = {round((float(y) - top) / drawn.scale, 1) for _, y, _, _ in level}
    assert floors == {10.0}  # the pocket's floor, 10 under the top of a block 25 high


@pytest.mark.parametrize("size", [(0.3, 0.2, 0.1), (7, 5, 90), (5, 900, 4), (2400, 1200, 300)])
def test_every_view_stays_on_the_paper(size):
    drawn = drawing(part_of(BRepPrimAPI_MakeBox(*map(float, size)).Solid()), ["1", "2", "3"], 273.0, 140.0)
    xy = np.array(re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", drawn.svg.decode()), float)
    assert drawn.scale in SCALES and xy.min() >= 0 and (xy.max(0) <= (273.0, 140.0)).all()


def test_sizes_are_written_as_given_and_escaped():
    svg = drawing(sample_part(), ["<&>", "12,5", "not given"], 273.0, 140.0).svg
    assert [e.text for e in ET.fromstring(svg).iter(f"{SVG}text")] == ["<&>", "not given", "12,5"]


def test_same_part_same_bytes():
    part = sample_part()
    assert drawing(part, ["1", "2", "3"], 273.0, 140.0) == drawing(part, ["1", "2", "3"], 273.0, 140.0)


def test_scales_are_written_as_on_drawings():
    assert [scale_text(s) for s in (5.0, 1.0, 0.5, 0.02)] == ["5:1", "1:1", "1:2", "1:50"]
