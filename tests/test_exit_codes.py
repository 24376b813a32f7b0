"""What the exit code says where no input is to blame, and how a missing library is told."""

import pytest

from tests.command import call


@pytest.mark.parametrize(
    ("fault", "said", "code"),
    [
        (RuntimeError("a broken promise"), "fault of Copeau itself", 70),
        (ImportError("libGL.so.1: cannot open shared object file"), "libgl1", 70),
        (ImportError("No module named 'typst'", name="typst"), "install Copeau again", 70),
        (OSError(28, "No space left on device", "/tmp/job"), "No space left on device", 2),
    ],
)
def test_a_fault_has_its_exit_code_and_words(capsys, tmp_path, monkeypatch, block, fault, said, code):
    def broken(*_, **__):
        raise fault

    monkeypatch.setattr("copeau.part.read_step", broken)
    told = call(capsys, "make", block, "-o", tmp_path / "job")
    assert told.code == code and said in told.err and "\n  mend:  " in told.err
    assert ("Traceback" in told.err) is isinstance(fault, RuntimeError)
    assert list(tmp_path.iterdir()) == []
