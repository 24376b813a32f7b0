"""Numbers, parameters and expressions of a block.

The text is what `blocks.strip_comments` leaves: lower case, no spaces.
"""

import math
import re
from collections.abc import Callable

from copeau.nc.faults import BlockFault
from copeau.nc.parameters import Parameters

EQUAL = 1e-4
"""EQ and NE compare to this difference, as LinuxCNC does (measured on rs274: 1 EQ 1.00002 holds)."""
INTEGER = 1e-4
"""A number this close to a whole one counts as whole where a whole one is needed (RS274/NGC, 3.3.2.1)."""
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
NAME = re.compile(r"<([^<>]*)>")

_PRECEDENCE = {
    "**": 6,
    "*": 5, "/": 5, "mod": 5,
    "+": 4, "-": 4,
    "eq": 3, "ne": 3, "gt": 3, "ge": 3, "lt": 3, "le": 3,
    "and": 2, "or": 2, "xor": 2,
}  # fmt: skip
"""AND, OR and XOR bind alike and, as all the others, from the left: [1 OR 1 AND 0] is 0."""
_OPERATOR = re.compile(r"\*\*|\*|/|\+|-|mod|eq|ne|gt|ge|lt|le|and|xor|or")


def _divide(a: float, b: float) -> float:
    if b == 0.0:
        raise BlockFault("attempt to divide by zero", "check the divisor before dividing")
    return a / b


def _power(a: float, b: float) -> float:
    if a < 0.0 and abs(b - round(b)) > INTEGER:
        raise BlockFault(f"negative number {a:g} raised to the non-integer power {b:g}", "make the base positive")
    if a == 0.0 and b < 0.0:
        raise BlockFault("attempt to divide by zero in a power of 0", "make the base non-zero")
    try:
        return math.pow(a, b)
    except (OverflowError, ValueError) as e:
        raise BlockFault(f"{a:g} ** {b:g} is no finite number", "check base and exponent") from e


def _mod(a: float, b: float) -> float:
    if b == 0.0:
        raise BlockFault("attempt to divide by zero in MOD", "check the divisor before dividing")
    rest = math.fmod(a, b)
    return rest + abs(b) if rest < 0.0 else rest


_BINARY: dict[str, Callable[[float, float], float]] = {
    "**": _power,
    "*": lambda a, b: a * b,
    "/": _divide,
    "mod": _mod,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "eq": lambda a, b: float(abs(a - b) < EQUAL),
    "ne": lambda a, b: float(abs(a - b) >= EQUAL),
    "gt": lambda a, b: float(a > b),
    "ge": lambda a, b: float(a >= b),
    "lt": lambda a, b: float(a < b),
    "le": lambda a, b: float(a <= b),
    "and": lambda a, b: float(a != 0.0 and b != 0.0),
    "or": lambda a, b: float(a != 0.0 or b != 0.0),
    "xor": lambda a, b: float((a != 0.0) != (b != 0.0)),
}


def _within(low: float, high: float, name: str, f: Callable[[float], float]) -> Callable[[float], float]:
    def checked(v: float) -> float:
        if not low <= v <= high:
            raise BlockFault(f"argument {v:g} to {name} out of range", f"{name} takes {low:g} to {high:g}")
        return f(v)

    return checked


def _ln(v: float) -> float:
    if v <= 0.0:
        raise BlockFault(f"zero or negative argument {v:g} to LN", "LN takes positive numbers")
    return math.log(v)


def _sqrt(v: float) -> float:
    if v < 0.0:
        raise BlockFault(f"negative argument {v:g} to SQRT", "SQRT takes numbers from 0 up")
    return math.sqrt(v)


def _exp(v: float) -> float:
    try:
        return math.exp(v)
    except OverflowError as e:
        raise BlockFault(f"EXP[{v:g}] is no finite number", "use a smaller argument") from e


def _round(v: float) -> float:
    return float(math.floor(v + 0.5)) if v >= 0.0 else -float(math.floor(-v + 0.5))


_UNARY: dict[str, Callable[[float], float]] = {
    "abs": abs,
    "acos": _within(-1.0, 1.0, "ACOS", lambda v: math.degrees(math.acos(v))),
    "asin": _within(-1.0, 1.0, "ASIN", lambda v: math.degrees(math.asin(v))),
    "cos": lambda v: math.cos(math.radians(v)),
    "exp": _exp,
    "fix": lambda v: float(math.floor(v)),
    "fup": lambda v: float(math.ceil(v)),
    "ln": _ln,
    "round": _round,
    "sin": lambda v: math.sin(math.radians(v)),
    "sqrt": _sqrt,
    "tan": lambda v: math.tan(math.radians(v)),
}
_FUNCTION = re.compile(r"acos|asin|atan|abs|cos|exists|exp|fix|fup|ln|round|sin|sqrt|tan")


def whole(value: float, what: str) -> int:
    """The whole number that `value` stands for; a fault if it is none."""
    nearest = math.floor(value + 0.5)
    if abs(value - nearest) > INTEGER:
        raise BlockFault(f"{what} is {value:g}: non-integer value for integer", "write a whole number")
    return nearest


class Reader:
    """Reads values from `text` at `at`, which moves on."""

    def __init__(self, text: str, parameters: Parameters, at: int = 0):
        self.text, self.parameters, self.at = text, parameters, at

    def peek(self) -> str:
        """The next character, '' at the end."""
        return self.text[self.at : self.at + 1]

    def take(self, expected: str, what: str) -> None:
        """Step over `expected` or raise."""
        if self.peek() != expected:
            found = self.peek() or "the end of the line"
            raise BlockFault(f"expected {expected} {what}, found {found}", f"add {expected}")
        self.at += 1

    def value(self) -> float:
        """A number, a parameter, a bracketed expression or a function, with any number of signs before the last three."""
        c = self.peek()
        if c == "[":
            return self.bracketed()
        if c == "#":
            return self.parameter()
        match = NUMBER.match(self.text, self.at)
        if match:
            self.at = match.end()
            return float(match.group())
        if c in ("+", "-") and c:
            self.at += 1
            return self.value() if c == "+" else -self.value()
        return self.function()

    def function(self) -> float:
        """`SIN[..]` and its like, `ATAN[..]/[..]`, `EXISTS[..]`."""
        match = _FUNCTION.match(self.text, self.at)
        if not match:
            rest = self.text[self.at : self.at + 12] or "the end of the line"
            raise BlockFault(f"bad number format: found {rest} where a value is needed", "write digits, a parameter or [expression]")
        self.at = match.end()
        name = match.group()
        if self.peek() != "[":
            raise BlockFault(f"left bracket missing after {name.upper()}", f"write {name.upper()}[..]")
        if name == "exists":
            return self._exists()
        argument = self.bracketed()
        if name != "atan":
            return _UNARY[name](argument)
        if self.peek() != "/":
            raise BlockFault("slash missing after the first argument of ATAN", "write ATAN[y]/[x]")
        self.at += 1
        if self.peek() != "[":
            raise BlockFault("left bracket missing after slash with ATAN", "write ATAN[y]/[x]")
        return math.degrees(math.atan2(argument, self.bracketed()))

    def _exists(self) -> float:
        self.at += 1
        if self.peek() != "#":
            raise BlockFault("expected # reading parameter", "write EXISTS[#<name>]")
        self.at += 1
        key = self.parameter_key()
        self.take("]", "reading bracketed parameter")
        return float(self.parameters.exists(key))

    def parameter_key(self) -> int | str:
        """What follows a `#`: a number, an expression that gives one, or a name."""
        if self.peek() != "<":
            return whole(self.value(), "a parameter's number")
        match = NAME.match(self.text, self.at)
        if not match:
            raise BlockFault("named parameter not terminated", "close it with >")
        self.at = match.end()
        return match.group(1)

    def parameter(self) -> float:
        """`#n`, `#[..]`, `##n`, `#<name>`."""
        self.take("#", "reading parameter")
        key = self.parameter_key()
        return self.parameters.named(key) if isinstance(key, str) else self.parameters.numbered(key)

    def bracketed(self) -> float:
        """`[ expression ]`."""
        self.take("[", "before an expression")
        value = self.expression()
        if self.peek() != "]":
            found = self.text[self.at : self.at + 6]
            if found:
                raise BlockFault(f"unknown operation: {found}", "see the list of operators: ** * / MOD + - EQ NE GT GE LT LE AND OR XOR")
            raise BlockFault("unclosed expression", "add ]")
        self.at += 1
        return value

    def expression(self, level: int = 0) -> float:
        """Values joined by operators, higher precedence first, equal precedence from the left."""
        value = self.value()
        while True:
            match = _OPERATOR.match(self.text, self.at)
            if not match or _PRECEDENCE[match.group()] <= level:
                return value
            self.at = match.end()
            value = _BINARY[match.group()](value, self.expression(_PRECEDENCE[match.group()]))
