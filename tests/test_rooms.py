"""Each room knows only the rooms before it."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "copeau"
ORDER = ["model", "data", "part", "features", "process", "toolpath", "nc", "simulation", "dossier"]
FREE = {"kernels"}


def imported_rooms(path: Path) -> set[str]:
    out = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        out |= {n.split(".")[1] for n in names if n.startswith("copeau.")}
    return out


@pytest.mark.parametrize("room", ORDER)
def test_each_room_knows_only_the_rooms_before_it(room):
    allowed = set(ORDER[: ORDER.index(room) + 1]) | FREE
    for path in sorted((SOURCE / room).rglob("*.py")):
        assert imported_rooms(path) <= allowed, f"{path} imports {imported_rooms(path) - allowed}"


def test_no_module_is_a_drawer():
    for path in SOURCE.rglob("*.py"):
        assert path.stem not in {"utils", "helpers", "common", "misc"}, path
