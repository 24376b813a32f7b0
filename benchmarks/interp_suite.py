"""LinuxCNC's interpreter tests against our interpreter: canonical motions compared test by test.

usage: interp_suite.py DIR [--json]

DIR holds one folder a test: a program and the canonical text `expected` of LinuxCNC. By rule are skipped: tests that need an ini
file, remapping, Python, HAL or user code, tests of lathe cycles, tests whose `expected` holds no canonical text, and tests of
several programs. Programs of the folder `bad` must be refused.
"""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from copeau.model.errors import CopeauError  # noqa: E402
from copeau.model.tool import Tool  # noqa: E402
from tests.nc.peer import PRINTED_INCH, PRINTED_MM, canonical_rows, difference, our_rows  # noqa: E402

_LATHE = re.compile(r"(?im)^[^(;\n]*g(7[0-2]|76)(\.\d)?(?![\d.])")
_NEEDS_CONTROL = re.compile(r"(?im)^\s*[;(]\s*py,|m6[6-8]|#<_ini\[|#<_hal\[")
_CALLED = re.compile(r"(?i)o(<[^>]*>|\d+)\s*call")
_INCH_TABLE = 25.4


def tools_of(table: Path) -> dict[int, Tool]:
    """Tools of a LinuxCNC table, which its stand-alone interpreter reads in inches."""
    tools = {}
    for line in table.read_text().splitlines():
        words = dict(re.findall(r"([A-Z])\s*([-+]?[\d.]+)", line.split(";")[0].upper()))
        if "T" in words:
            number = int(words["T"])
            tools[number] = Tool(f"T{number}", "endmill", float(words.get("D", 0.0)) * _INCH_TABLE, number=number)
    return tools


def skip_reason(folder: Path, text: str) -> str:
    """Why a test is left out, '' where it is not."""
    if list(folder.glob("*.ini")):
        return "needs an ini file"
    if _LATHE.search(text):
        return "lathe cycle"
    if _NEEDS_CONTROL.search(text):
        return "needs Python or HAL"
    plain = text.lower().replace(" ", "")
    if any(f"o{label.lower()}sub" not in plain and label[0] == "<" for label in _CALLED.findall(text)):
        return "needs a file search path"
    return ""


def one(folder: Path) -> tuple[str, str]:
    """('ok' | 'skip' | 'miss', detail) of the test in `folder`."""
    programs = sorted(folder.glob("*.ngc"))
    if len(programs) != 1:
        return "skip", "several programs or none"
    text = programs[0].read_text(errors="replace")
    reason = skip_reason(folder, text)
    if reason:
        return "skip", reason
    expected = (folder / "expected").read_text(errors="replace")
    if "USE_LENGTH_UNITS" not in expected:
        return "skip", "no canonical text"
    refuses = "PROGRAM_END" not in expected and re.search(r"(?im)^[^(;]*m(2|02|30)\b", text)
    table = next(iter(folder.glob("*.tbl")), None)
    tools = tools_of(table) if table else {}
    theirs = canonical_rows(expected)
    try:
        ours = our_rows(text, tools)
    except CopeauError as e:
        return ("ok", "refused by both") if refuses or _has_error(expected) else ("miss", str(e).replace("\n", " "))
    inch = "CANON_UNITS_INCHES" in expected
    found = difference(ours, theirs, PRINTED_INCH if inch else PRINTED_MM)
    return ("miss", found) if found else ("ok", f"{len(theirs)} motions")


def _has_error(expected: str) -> bool:
    return any(line and not re.match(r"\s*\d*\s*N|\s*executing", line) for line in expected.splitlines())


def refused(program: Path) -> tuple[str, str]:
    """A program of the folder `bad`."""
    text = program.read_text(errors="replace")
    try:
        our_rows(text)
    except CopeauError as e:
        return "ok", e.what
    return "miss", "not refused"


def main() -> None:
    """Print each test and the share that matches."""
    root = Path(sys.argv[1])
    results = [(str(f.parent.relative_to(root)), *one(f.parent)) for f in sorted(root.rglob("expected"))]
    results += [(f"bad/{p.name}", *refused(p)) for p in sorted((root / "bad").glob("*.ngc"))]
    results += [(f"good/{p.name}", *accepted(p)) for p in sorted((root / "good").glob("*.ngc"))]
    counts = {k: sum(r[1] == k for r in results) for k in ("ok", "miss", "skip")}
    share = counts["ok"] / max(1, counts["ok"] + counts["miss"])
    if "--json" in sys.argv:
        print(json.dumps({**counts, "share": share, "tests": [dict(zip(("name", "state", "detail"), r)) for r in results]}, indent=1))
        return
    for name, state, detail in results:
        print(f"{state:5} {name:45} {detail}")
    print(f"{counts['ok']} of {counts['ok'] + counts['miss']} match ({share:.1%}), {counts['skip']} skipped")


def accepted(program: Path) -> tuple[str, str]:
    """A program of the folder `good`."""
    try:
        our_rows(program.read_text(errors="replace"))
    except CopeauError as e:
        return "miss", e.what
    return "ok", "accepted"


if __name__ == "__main__":
    main()
