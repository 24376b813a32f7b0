"""T numbers: given out on first use. An end mill has one for each axis that it works along, so that its wear is corrected, and the rounds
that it leaves in corners are judged, for those set-ups alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from copeau.model.plan import Workingstep
from copeau.model.tool import END_MILLS, Tool

Numbers = dict[tuple[str, str], int]
"""(tool id, axis letter; "" for tools whose number does not depend on it) -> T number."""


def axis_of(direction: NDArray[np.float64]) -> str:
    """The part's axis that a direction is nearest to."""
    return "xyz"[int(np.argmax(np.abs(direction)))]


def number_of(tool: Tool, direction: NDArray[np.float64], numbers: Numbers) -> int:
    """The T number of a tool in a set-up that looks along `direction`; the next free one on first use."""
    axis = axis_of(direction) if tool.type in END_MILLS else ""
    return numbers.setdefault((tool.id, axis), len(numbers) + 1)


def numbered(w: Workingstep, direction: NDArray[np.float64], numbers: Numbers) -> Workingstep:
    """The step with its tool's number; end mills named in `rest_after` by number too."""
    number, par = number_of(w.tool, direction, numbers), dict(w.parameters)
    if "rest_after" in par:
        par["rest_after"] = [numbers[k, axis_of(direction)] if isinstance(k, str) else k for k in par["rest_after"]]
    return replace(w, tool=replace(w.tool, number=number), parameters=par)


def tools_by_number(tools: Sequence[Tool], numbers: Mapping[tuple[str, str], int]) -> dict[int, Tool]:
    """All tools that have numbers."""
    by_id = {t.id: t for t in tools}
    return {n: replace(by_id[tool], number=n) for (tool, _), n in numbers.items()}
