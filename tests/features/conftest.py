import pytest

from copeau.features import recognise
from copeau.part import read_step, write_step


@pytest.fixture
def recognised(tmp_path):
    """Write a kernel shape as STEP, read it back and recognise it."""

    def run(shape, name="part"):
        write_step(shape, tmp_path / f"{name}.step")
        part = read_step(tmp_path / f"{name}.step", deflection_mm=0.02)
        return part, recognise(part)

    return run
