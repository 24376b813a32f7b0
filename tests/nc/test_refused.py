"""Broken programs are refused with the words and the line that mend them."""

from pathlib import Path

import pytest

from copeau.model.errors import CopeauError
from copeau.nc import flow, interpret
from tests.nc.peer import needs_rs274, run_rs274

FOLDER = Path(__file__).parent.parent / "refused"
PROGRAMS = sorted(FOLDER.glob("*.ngc"))
NOT_FOR_PEER = {"endless_loop", "spline"}
"""The peer loops for ever; the peer reads splines, which we do not."""


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.stem)
def test_refused_with_its_words_and_line(program, monkeypatch):
    monkeypatch.setattr(flow, "MAX_JUMPS", 1000)
    text = program.read_text()
    expected = text.splitlines()[0].removeprefix("; expect: ")
    with pytest.raises(CopeauError) as refused:
        interpret(text, program.name)
    assert expected in refused.value.what
    assert refused.value.where.startswith(f"{program.name}, line ")
    line = int(refused.value.where.rsplit(" ", 1)[1])
    assert 2 <= line <= len(text.splitlines())
    assert refused.value.mend


@needs_rs274
@pytest.mark.parametrize("program", [p for p in PROGRAMS if p.stem not in NOT_FOR_PEER], ids=lambda p: p.stem)
def test_the_peer_refuses_it_too(program, tmp_path):
    code, _, error = run_rs274(program.read_text(), tmp_path)
    assert code != 0, error


def test_there_are_enough_of_them():
    assert len(PROGRAMS) >= 20
