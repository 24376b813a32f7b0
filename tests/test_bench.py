"""How `make bench` judges: by the table's sense, never without the peer that a ratio needs."""

import csv
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"
sys.path.insert(0, str(FOLDER))

import bench  # noqa: E402
import programs  # noqa: E402
from found import Found  # noqa: E402

MAX = bench.Target("t", "s", "max", 2.0, "", "")
MIN = bench.Target("t", "ours/peer", "min", 2.0, "peer", "")
INVERSE = bench.Target("t", "peer/ours CPU s", "min", 2.0, "peer", "")


@pytest.mark.parametrize(
    ("target", "found", "ok", "ratio"),
    [
        (MAX, Found(1.9), True, None), (MAX, Found(2.1), False, None), (MAX, Found(1.0, 4.0), True, 0.25), (MAX, None, False, None), (MAX, Found(None), False, None),
        (MIN, Found(6.0, 2.0), True, 3.0), (MIN, Found(3.0, 2.0), False, 1.5), (MIN, Found(6.0, None), False, None), (MIN, None, False, None),
        (INVERSE, Found(2.0, 6.0), True, 3.0), (INVERSE, Found(2.0, 3.0), False, 1.5), (INVERSE, Found(2.0), False, None),
    ],
)  # fmt: skip
def test_a_row_is_judged_by_its_sense_and_its_peer(target, found, ok, ratio):
    row = bench.row_of(target, found)
    assert row["ok"] is ok and row["ratio"] == (None if ratio is None else pytest.approx(ratio))
    assert {"name", "ours", "peer", "unit", "ratio", "target", "ok"} <= set(row)


def test_every_target_has_one_measurement():
    names = [n for g in (*bench.bench_programs.GROUPS, *bench.bench_simulation.GROUPS, *bench.bench_chain.GROUPS) for n in g.names]
    assert sorted(names) == sorted(t.name for t in bench.read_targets())
    assert not set(names) & set(bench.NOT_YET)
    with (FOLDER / "targets.csv").open() as f:
        assert {r["sense"] for r in csv.DictReader(f)} == {"max", "min"}


@pytest.mark.parametrize("make", [programs.straight_lines, programs.arcs, programs.raster])
def test_a_program_has_the_lines_that_it_should_and_always_the_same(make):
    text = make(2000)
    assert text == make(2000) and text.endswith("M2\n")
    assert abs(text.count("\n") - 2000) <= 7
