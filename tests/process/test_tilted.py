"""Holes that no setup can look along are left to a tilted setup, with words a technician can act on."""

import numpy as np
import pytest

from copeau.dossier.words import words_of
from copeau.model.feature import Feature
from copeau.process.tilted import tilted_holes, tilted_remark


def hole(axis, depth=40.0) -> Feature:
    """A round hole D12."""
    unit = np.array(axis, float) / np.linalg.norm(axis)
    return Feature("H2", "round_hole", (69, 172), unit[None], {"diameter": 12.0, "depth": depth}, axis=unit)


ACROSS = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]])


@pytest.mark.parametrize(
    "axis, depth, is_tilted",
    [((0, 0, 1), 40.0, False), ((0, 0, -1), 40.0, False), ((0, 0.4, 0.9), 40.0, True), ((1, 0, 0), 40.0, True), ((0, 0.4, 0.9), 2.0, False)],
)
def test_a_hole_is_tilted_when_no_setup_can_look_along_it_and_it_is_no_spot_face(axis, depth, is_tilted):
    assert bool(tilted_holes([hole(axis, depth)], ACROSS)) is is_tilted


def test_a_mesh_leans_an_axis_a_little_without_tilting_the_hole():
    assert not tilted_holes([hole((1e-4, 0, 1))], ACROSS)


def test_the_remark_names_hole_angle_and_direction():
    told = tilted_remark(hole((0, np.sin(np.radians(22)), np.cos(np.radians(22)))), ACROSS)
    assert "H2 (D12, faces 69, 172)" in told and "22.0 degrees" in told and "(0.000, 0.375, 0.927)" in told
    assert words_of("fr").sentence(told).startswith("trou H2 (D12, faces 69, 172) laissé : incliné de 22.0°")
