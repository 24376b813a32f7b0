"""Which workingsteps are gone over where the simulation of the whole program finds a touch."""

from types import SimpleNamespace

import pytest

from copeau.rest import struck_steps

TEXT = "(head)\n(step 10.1: facing)\nT1 M6\nG1 X1\n(step 10.2: roughing)\nG1 X2\nG1 X3\n(step 10.4: wall finishing, P1)\nG1 X4\n"


def carried(*lines):
    steps = [SimpleNamespace(workingstep=SimpleNamespace(id=k)) for k in ("10.1", "10.2", "10.4")]
    return SimpleNamespace(texts={"linuxcnc": TEXT, "haas": "%"}, findings=[SimpleNamespace(line=n) for n in lines], steps=steps)


@pytest.mark.parametrize(("lines", "struck"), [((3,), {"10.1"}), ((6, 7), {"10.2"}), ((4, 9), {"10.1", "10.4"})])
def test_a_finding_belongs_to_the_step_whose_comment_comes_before_its_line(lines, struck):
    assert struck_steps(carried(*lines)) == struck


def test_a_finding_before_every_step_makes_all_of_them_suspect():
    assert struck_steps(carried(1, 6)) == {"10.1", "10.2", "10.4"}
