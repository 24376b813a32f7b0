"""Numbered and named parameters of RS274/NGC, local to a call or global."""

from collections.abc import Callable

from copeau.nc.faults import BlockFault

LAST_PARAMETER = 5602
"""Highest numbered parameter of LinuxCNC (its manual, "Numbered Parameters")."""
FANUC_LAST_PARAMETER = 99999
"""Custom macro B numbers its system variables up to five digits."""
SUB_LOCALS = 30
"""#1 to #30 are local to an O-word sub-program and carry its arguments."""
MACRO_LOCALS = 33
"""#1 to #33 are local to a macro called by G65 (custom macro B)."""

System = Callable[[int | str], float | None]
Setter = Callable[[int, float], bool]


class Parameters:
    """Values of `#n` and `#<name>`.

    `system` answers those that the control itself keeps, None for all others; `setter` takes those that it lets be set, True
    if it has.
    """

    def __init__(self, system: System, setter: Setter, last: int, locals_count: int):
        self._system, self._setter, self._last, self._locals_count = system, setter, last, locals_count
        self._numbered: dict[int, float] = {}
        self._named: dict[str, float] = {}
        self._frames: list[tuple[dict[int, float], dict[str, float]]] = [({}, {})]

    def enter(self, arguments: dict[int, float]) -> None:
        """A call begins: local parameters are those of `arguments`, all others 0 or undefined."""
        self._frames.append((dict(arguments), {}))

    def leave(self) -> None:
        """A call ends: the caller's local parameters are back."""
        self._frames.pop()

    def _checked(self, number: int) -> int:
        if not 0 <= number <= self._last:
            raise BlockFault(f"parameter number {number} out of range", f"use #1 to #{self._last}")
        return number

    def numbered(self, number: int) -> float:
        """Value of `#number`; 0 where nobody set it."""
        number = self._checked(number)
        kept = self._system(number)
        if kept is not None:
            return kept
        store = self._frames[-1][0] if number <= self._locals_count else self._numbered
        return store.get(number, 0.0)

    def named(self, name: str) -> float:
        """Value of `#<name>`; an undefined name is a fault."""
        kept = self._system(name) if name.startswith("_") else None
        if kept is not None:
            return kept
        store = self._named if name.startswith("_") else self._frames[-1][1]
        if name not in store:
            raise BlockFault(f"named parameter #<{name}> not defined", f"set it first: #<{name}> = 0")
        return store[name]

    def set_numbered(self, number: int, value: float) -> None:
        """`#number = value`."""
        number = self._checked(number)
        if number == 0:
            raise BlockFault("parameter #0 cannot be set", "use #1 or higher")
        if self._setter(number, value):
            return
        store = self._frames[-1][0] if number <= self._locals_count else self._numbered
        store[number] = value

    def set_named(self, name: str, value: float) -> None:
        """`#<name> = value`; a leading underscore makes it global."""
        if name.startswith("_") and self._system(name) is not None:
            raise BlockFault(f"#<{name}> is kept by the control and cannot be set", "use another name")
        (self._named if name.startswith("_") else self._frames[-1][1])[name] = value

    def exists(self, key: int | str) -> bool:
        """Does EXISTS find this parameter?"""
        if isinstance(key, int):
            return 0 < key < self._last
        if key.startswith("_"):
            return key in self._named or self._system(key) is not None
        return key in self._frames[-1][1]
