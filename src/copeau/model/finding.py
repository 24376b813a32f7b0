"""What a check found about a job: not an error, a fact with its place."""

from dataclasses import dataclass

import numpy as np

COLLISION_KINDS = (
    "rapid_cut", "holder", "shank", "spindle", "fixture", "machine", "axis_limit", "spindle_stopped", "feed_missing",
    "wrong_length_offset", "plunge",
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One collision or fault by program line. `with_`: stock, part, vise jaw, ... ; `at`: tip position, WCS, mm."""

    kind: str
    line: int
    depth_mm: float = np.nan
    with_: str = ""
    setup: str = ""
    tool: int = 0
    at: tuple[float, float, float] = (np.nan, np.nan, np.nan)
    detail: str = ""
