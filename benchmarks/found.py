"""What a group of benchmarks hands back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Found:
    """Figures of one row; None where there is none. `cpu_s`, `wall_s`: of our best run."""

    ours: float | None
    peer: float | None = None
    cpu_s: float | None = None
    wall_s: float | None = None


@dataclass(frozen=True)
class Group:
    """Rows that one measurement gives."""

    names: tuple[str, ...]
    measure: Callable[[Any], dict[str, Found]]
