"""Many straight motions written at once are the text that they are one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from copeau.model.moves import empty_moves
from copeau.nc.dialects.writer import Writer

PLACE = st.floats(-300.0, 300.0) | st.sampled_from([0.0, -0.00004, 0.00005, 12.5, 12.50004])


@given(st.lists(st.tuples(PLACE, PLACE, PLACE), min_size=1, max_size=12), st.booleans(), st.lists(PLACE, min_size=3, max_size=3) | st.none())
def test_a_stretch_is_its_rows(places, numbered, before):
    rows = empty_moves(len(places))
    rows["x"], rows["y"], rows["z"] = np.array(places).T
    rows["f"] = 640.0
    one, many = Writer(numbered=numbered), Writer(numbered=numbered)
    for w in (one, many):
        if before:
            w.straight(True, dict(zip("XYZ", before)))
    for row in rows:
        one.row(row)
    many.feeds(rows)
    assert (many.lines, many.at, many.exact, many.motion, many.feed) == (one.lines, one.at, one.exact, one.motion, one.feed)
