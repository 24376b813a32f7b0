"""One door to all strategies: a strategy registers its name, a workingstep names it."""

import difflib
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from functools import partial
from typing import Any

from copeau.model.errors import CopeauError
from copeau.model.plan import Workingstep
from copeau.model.program import Segment
from copeau.toolpath.scene import Scene

Strategy = Callable[[Workingstep, Scene], tuple[Segment, ...]]
STRATEGIES: dict[str, Strategy] = {}
BEFOREHAND: dict[str, Callable[[Workingstep, Scene], Any]] = {}
"""By strategy: what of its work asks nothing of the in-process stock."""


def strategy(name: str) -> Callable[[Strategy], Strategy]:
    """Register a toolpath generator under `name`; a name taken twice is an error of ours."""

    def register(generator: Strategy) -> Strategy:
        assert name not in STRATEGIES, f"strategy {name} is registered twice"
        STRATEGIES[name] = generator
        return generator

    return register


def beforehand(name: str) -> Callable[[Callable[[Workingstep, Scene], Any]], Callable[[Workingstep, Scene], Any]]:
    """Register what of a strategy's work asks nothing of the stock; called through the result it is done once for a workingstep."""

    def register(work: Callable[[Workingstep, Scene], Any]) -> Callable[[Workingstep, Scene], Any]:
        BEFOREHAND[name] = work
        return lambda step, scene: scene.ahead.result(step, partial(work, step, scene))

    return register


def begin(workingsteps: Iterable[Workingstep], scene: Scene, pool: Executor) -> None:
    """Have done in `pool` what of the workingsteps asks nothing of the stock, so that it is there when their turn comes."""
    _load()
    for step in workingsteps:
        if step.strategy in BEFOREHAND:
            scene.ahead.begin(pool, step, partial(BEFOREHAND[step.strategy], step, scene))


def generate(workingstep: Workingstep, scene: Scene) -> tuple[Segment, ...]:
    """Motions of one workingstep.

    Raises `Refusal` where the path cannot be made, `CopeauError` for a strategy that nobody registered.
    """
    _load()
    if workingstep.strategy not in STRATEGIES:
        near = difflib.get_close_matches(workingstep.strategy, STRATEGIES, 3) or sorted(STRATEGIES)
        raise CopeauError(f"strategy {workingstep.strategy!r} is unknown", f"workingstep {workingstep.id}", f"use one of: {', '.join(near)}")
    segments = STRATEGIES[workingstep.strategy](workingstep, scene)
    assert segments, f"{workingstep.strategy} gave an empty path instead of a refusal"
    return segments


def _load() -> None:
    """Import the modules that register themselves; late, since their kernels are heavy."""
    from copeau.toolpath.holes import drilling  # noqa: F401
    from copeau.toolpath.milling import facing, floors, places, roughing, surfaces, walls  # noqa: F401


def strategies() -> list[str]:
    """Names of all strategies."""
    _load()
    return sorted(STRATEGIES)
