from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copeau.data import load_threads
from copeau.model.errors import CopeauError
from copeau.model.feature import Feature, HoleStage
from copeau.process.requirements import hole_remarks, is_modelled_thread, parse_size, read_requirements
from copeau.process.selectors import select_features

UP, DOWN, RIGHT = np.array([[0.0, 0, 1]]), np.array([[0.0, 0, -1]]), np.array([[1.0, 0, 0]])


def hole(id, diameter, directions, faces, through=False, depth=10.0):
    stage = HoleStage(diameter, diameter, depth, faces)
    dims = {"diameter": diameter, "depth": depth}
    return Feature(id, "round_hole", faces, directions, dims, through=through, stages=(stage,))


FEATURES = (
    hole("H1", 5.0, UP, (3, 4)),
    hole("H2", 5.0, np.vstack([UP, DOWN]), (5,), through=True),
    hole("H3", 8.0, DOWN, (6, 7)),
    hole("H4", 5.0, RIGHT, (8,)),
    Feature("P1", "closed_pocket", (9, 10, 11), UP, {"length": 40.0, "width": 20.0, "depth": 12.0}),
    Feature("F1", "planar_face", (0,), UP),
)
RECOGNITION = SimpleNamespace(features=FEATURES)
PART = SimpleNamespace(faces=tuple(SimpleNamespace(index=k, name="TOP" if k == 0 else f"FACE_{k}") for k in range(12)))


def read(tmp_path, text):
    path = tmp_path / "asked.yaml"
    path.write_text(text, encoding="utf-8")
    return read_requirements(path, PART, RECOGNITION)


def test_a_file_says_material_classes_and_items(tmp_path):
    asked = read(
        tmp_path,
        """\
material: c45
general_tolerance: ISO 2768-fH
requirements:
  - {feature: H3, diameter: 8 H7, Ra: 1.6, depth: 10 ±0.1}
  - {face: TOP, datum: A, Ra: 0.8}
  - select: every hole D5 on the top face
    thread: M6
  - {feature: [P1], length: 40 +0.1/-0.2, depth: 12}
""",
    )
    assert (asked.material, asked.general_class, asked.geometric_class) == ("C45", "f", "H")
    fit, face, threads, pocket = asked.items
    assert (fit.diameter.lower_mm, fit.diameter.upper_mm, fit.diameter.fit) == (0.0, 0.015, "H7")
    assert fit.ra_um == 1.6 and fit.line == 4
    assert face.faces == (0,) and face.datum == "A"
    assert threads.features == ("H1", "H2") and threads.thread.tap_drill_mm == 5.0
    assert (pocket.length.lower_mm, pocket.length.upper_mm) == (-0.2, 0.1)
    assert pocket.depth.upper_mm == 0.1 and pocket.depth.is_general  # ISO 2768-f over 6 to 30
    assert asked.of_feature(FEATURES[0]) == (threads,) and asked.of_face(0) == (face,)


def test_an_empty_file_asks_for_the_general_tolerance_only(tmp_path):
    asked = read(tmp_path, "")
    assert (asked.general_class, asked.items, asked.material) == ("m", (), "")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("materiel: C45\n", 1, "material"),
        ("material: C46\n", 1, "C45"),
        ("general_tolerance: ISO 2768-x\n", 1, "ISO 2768-m"),
        ("requirements:\n  - feature: P9\n    Ra: 1\n", 2, "P1"),
        ("requirements:\n  - face: TOPP\n    Ra: 1\n", 2, "TOP"),
        ("requirements:\n  - face: 99\n    Ra: 1\n", 2, "0 to 11"),
        ("requirements:\n  - feature: H1\n    diamter: 5\n", 3, "diameter"),
        ("requirements:\n  - feature: H1\n    diameter: 5 Q7\n", 3, "Q7"),
        ("requirements:\n  - feature: H1\n    diameter: 6 H7\n", 3, "the solid has 5"),
        ("requirements:\n  - feature: H1\n    depth: 11 ±0.1\n", 3, "the solid has 10"),
        ("requirements:\n  - feature: H1\n    thread: M8\n", 3, "6.8 mm (tap drill)"),
        ("requirements:\n  - feature: P1\n    thread: M8\n", 3, "no hole to thread"),
        ("requirements:\n  - feature: H1\n    thread: M6x9\n", 3, "M6"),
        ("requirements:\n  - feature: H1\n    thread: 6\n", 3, "unknown thread"),
        ("requirements:\n  - feature: H1\n    Ra: -1\n", 3, "greater than 0"),
        ("requirements:\n  - feature: H1\n", 2, "asks for nothing"),
        ("requirements:\n  - Ra: 1\n", 2, "exactly one"),
        ("requirements:\n  - {feature: H1, face: 0, Ra: 1}\n", 2, "exactly one"),
        ("requirements:\n  - {face: 0, datum: A}\n  - {face: 1, datum: A}\n", 3, "twice"),
        ("requirements:\n  - select: every hoole\n    Ra: 1\n", 2, "hole"),
        ("requirements:\n  - select: every hole D7\n    Ra: 1\n", 2, "5, 8"),
        ("general_tolerance: ISO 2768-v\nrequirements:\n  - {feature: P1, length: 2}\n", 3, "2768-v"),
        ("requirements: [\n", 2, "not YAML"),
    ],
)
def test_a_fault_is_told_with_its_line_and_the_way_out(tmp_path, text, line, said):
    with pytest.raises(CopeauError) as caught:
        read(tmp_path, text)
    assert f"line {line}" in caught.value.where
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("phrase", "ids"),
    [
        ("every hole D5 on the top face", ["H1", "H2"]),
        ("all holes Ø5", ["H1", "H2", "H4"]),
        ("blind holes diameter 5 mm", ["H1", "H4"]),
        ("through holes", ["H2"]),
        ("every hole on the bottom", ["H2", "H3"]),
        ("each hole on the right side", ["H4"]),
        ("tous les trous D5 sur la face du dessus", ["H1", "H2"]),
        ("chaque perçage borgne ⌀5,0 de la face supérieure", ["H1"]),
        ("trous débouchants", ["H2"]),
        ("toutes les poches", ["P1"]),
        ("every face on the top", ["F1"]),
        ("l'alésage D8", ["H3"]),
    ],
)
def test_a_phrase_means_its_features(phrase, ids):
    assert [f.id for f in select_features(phrase, FEATURES, "here")] == ids


@pytest.mark.parametrize("phrase", ["", "every", "D5", "every hole D99", "every chamfer", "hole on the roof"])
def test_a_phrase_that_means_nothing_is_refused(phrase):
    with pytest.raises(CopeauError):
        select_features(phrase, FEATURES, "here")


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("8 H7", (8, 0.0, 0.015)), ("8H7", (8, 0.0, 0.015)), ("Ø8 g6", (8, -0.014, -0.005)), ("8 ±0.05", (8, -0.05, 0.05)),
        ("8 +/-0,05", (8, -0.05, 0.05)),
        ("8 +0.1/-0.2", (8, -0.2, 0.1)), ("8 0/-0.05", (8, -0.05, 0.0)), ("8 +0.2 +0.1", (8, 0.1, 0.2)), (8, (8, -0.2, 0.2)),
        ("8.5", (8.5, -0.2, 0.2)),
    ],
)  # fmt: skip
def test_sizes_are_read_as_people_write_them(text, limits):
    size = parse_size(text)
    assert (size.nominal_mm, size.lower_mm, size.upper_mm) == pytest.approx(limits)


@pytest.mark.parametrize("text", ["", "eight", "8 H7 H7", "8 +0.1", True, None, [8], "8 ±", "0.1"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError):
        parse_size(text)


@given(
    st.floats(0.5, 400).map(lambda v: round(v, 2)), st.floats(0, 2).map(lambda v: round(v, 3)), st.floats(0, 2).map(lambda v: round(v, 3))
)
def test_a_written_size_is_read_again(nominal, lower, upper):
    size = parse_size(f"{nominal} {upper:+}/{-lower:+}")
    assert (size.nominal_mm, size.lower_mm, size.upper_mm) == (nominal, -lower, upper)
    assert parse_size(str(size)) == size
    assert size.holds(nominal) and size.holds(nominal + upper) and not size.holds(nominal + upper + 0.02)


def test_a_plain_hole_of_a_tap_drill_is_remarked():
    assert hole_remarks(5.0)[0].startswith("tap drill of M6")
    assert hole_remarks(6.8)[0].startswith("tap drill of M8")
    assert hole_remarks(11.9) == ()


def test_each_thread_accepts_its_own_drill_core_and_nominal_and_not_a_far_one():
    for t in load_threads():
        assert all(is_modelled_thread(t, d) for d in (t.tap_drill_mm, t.minor_mm, t.nominal_mm)), t.id
        assert not is_modelled_thread(t, t.nominal_mm + 0.5) and not is_modelled_thread(t, 0.5 * t.nominal_mm), t.id
