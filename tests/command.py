"""The command as a person calls it, in this process."""

import sys
from dataclasses import dataclass

import pytest

from copeau import cli


@dataclass(frozen=True)
class Told:
    """What a command answered."""

    code: int
    out: str
    err: str


def call(capsys, *words) -> Told:
    """Run `copeau WORDS`; an exception that is no exit of the command goes through, as its traceback would."""
    capsys.readouterr()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["copeau", *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code or 0
    said = capsys.readouterr()
    return Told(code, said.out, said.err)


def assert_refused(told: Told, *words: str) -> None:
    """Exit 2 and one error that says what, where and how to mend it, with `words` in it."""
    text = told.err
    assert told.code == 2, (told.code, text)
    assert text.startswith("error: ") and text.count("error: ") == 1, text
    assert "\n  where: " in text and "\n  mend:  " in text, text
    assert "Traceback" not in text and not told.out.strip(), (told.out, text)
    missing = [w for w in words if w not in text]
    assert not missing, (missing, text)
