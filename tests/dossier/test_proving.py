"""The first-part table holds what an instrument can measure, with its unit and in the language asked for."""

import pytest

from copeau.dossier.sheets.proving import proving_sheet
from copeau.dossier.words import words_of

REPORT = {
    "features": [
        {"id": "S1", "type": "slot", "dims": {"length": 40.0, "planes": 5.0, "walls": 2.0, "open_sides": 1.0, "slope": 8.0}, "tolerances": None},
        {"id": "F1", "type": "planar_face", "dims": {"area": 1200.0}, "tolerances": None},
        {"id": "H1", "type": "round_hole", "dims": {"diameter": 8.0, "point_angle": 118.0}, "tolerances": None},
        {"id": "H2", "type": "round_hole", "dims": {"diameter": 9.0}, "tolerances": None},
    ],
    "setups": [{"workingsteps": [{"features": ["S1", "F1"]}, {"feature": "H1"}], "tools": []}],
}


@pytest.mark.parametrize("lang, named", [("en", ("length", "slope", "diameter", "point angle")), ("fr", ("longueur", "pente", "diamètre", "angle de pointe"))])
def test_only_sizes_of_this_setup_are_asked_for(lang, named):
    sizes = proving_sheet(REPORT, "setups.0", words_of(lang)).blocks[-1]
    rows = {(row[0], row[2]): row[3].replace("\u00a0", " ") for row in sizes["rows"]}
    length, slope, diameter, point = named
    assert set(rows) == {("S1", length), ("S1", slope), ("H1", diameter), ("H1", point)}
    assert rows["S1", length].endswith(" mm") and rows["S1", slope].endswith(" °") and rows["H1", point].endswith(" °")
