"""What decides the next line: O-words of LinuxCNC, sub-programs of Haas and Fanuc, custom macro B."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from copeau.nc import source as src
from copeau.nc.control import Control
from copeau.nc.expressions import Reader, whole
from copeau.nc.faults import BlockFault
from copeau.nc.source import OLine, Source

MAX_CALL_DEPTH = 9
"""Deepest nesting of calls: LinuxCNC refuses the tenth ("Too many subroutine levels", measured on rs274)."""
MAX_JUMPS = 1_000_000
"""Backward jumps and calls of one reading; a program that makes more is taken for endless."""
MACRO_LETTERS = {
    "a": 1, "b": 2, "c": 3, "i": 4, "j": 5, "k": 6, "d": 7, "e": 8, "f": 9, "h": 11, "m": 13, "q": 17, "r": 18, "s": 19,
    "t": 20, "u": 21, "v": 22, "w": 23, "x": 24, "y": 25, "z": 26,
}  # fmt: skip
"""Local variable that each word of G65 sets (custom macro B, argument specification I)."""


@dataclass
class Call:
    """Where to go back to, and what the call repeats."""

    source: Source
    back: int
    start: int
    left: int  # repeats after this one
    has_locals: bool
    is_numbered: bool  # called by M98, M97 or G65: ends by M99
    label: str = ""
    repeats: dict[str, int] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)  # if-labels whose branch has been taken


class Flow:
    """The line to read next, and the calls that lead there."""

    def __init__(self, control: Control, main: Source, fetch: Callable[[str], Source | None]):
        self.control, self.source, self.fetch = control, main, fetch
        self.at = main.first
        self.calls: list[Call] = []
        self.base = Call(main, -1, main.first, 0, False, False)
        self.jumps = 0
        self.titled = False
        self.ended = False
        self.loop_ends: dict[tuple[int, int], int] = {}  # (source, line of WHILE or DO) -> line of its END, once looked for

    @property
    def call(self) -> Call:
        """The innermost call, or the main program."""
        return self.calls[-1] if self.calls else self.base

    def jump(self, index: int) -> None:
        """Go to a line; backwards is counted."""
        if index <= self.at:
            self._count()
        self.at = index

    def _count(self) -> None:
        self.jumps += 1
        if self.jumps > MAX_JUMPS:
            raise BlockFault(f"endless loop: {MAX_JUMPS} jumps back", "check the condition that ends the loop")

    def enter(self, source: Source, start: int, arguments: dict[int, float] | None, times: int, is_numbered: bool, label: str) -> None:
        """Begin a sub-program at line `start`; `arguments` None where the caller's local parameters stay in sight."""
        if len(self.calls) >= MAX_CALL_DEPTH:
            raise BlockFault("too many subroutine levels", f"nest at most {MAX_CALL_DEPTH} calls")
        self._count()
        if arguments is not None:
            self.control.parameters.enter(arguments)
        self.calls.append(Call(self.source, self.at + 1, start, times - 1, arguments is not None, is_numbered, label))
        self.source, self.at = source, start

    def leave(self) -> None:
        """End of the sub-program: again, or back to the caller."""
        call = self.calls[-1]
        if call.left > 0:
            call.left -= 1
            self._count()
            self.at = call.start
            return
        self.calls.pop()
        if call.has_locals:
            self.control.parameters.leave()
        self.source, self.at = call.source, call.back

    def find_sub(self, label: str) -> tuple[Source, int]:
        """The first line of the body of `o<label> sub`, here or in a file of that name."""
        for place in (self.source, self.base.source):
            start = _sub_start(place, label, "sub")
            if start is not None:
                return place, start
        if any(o.keyword == "" for o in self.source.by_label.get(label, ())):
            raise BlockFault(f"Fanuc 'O{label}' subroutine must be called with 'M98'", f"write M98 P{label}")
        fetched = self.fetch(label.strip("<>"))
        start = None if fetched is None else _sub_start(fetched, label, "sub")
        if fetched is None or start is None:
            raise BlockFault(f"sub-program o{label} not found", f"define it: o{label} sub ... o{label} endsub")
        return fetched, start

    def find_numbered(self, number: int) -> tuple[Source, int]:
        """The line after `O<number>`, here or in a file of that name."""
        label = str(number)
        for place in (self.source, self.base.source):
            start = _sub_start(place, label, "")
            if start is not None:
                return place, start
        if any(o.keyword == "sub" for o in self.source.by_label.get(label, ())):
            raise BlockFault(f"'O{label} sub' subroutine must be called with 'O{label} call'", f"write O{label} call")
        fetched = self.fetch(label)
        if fetched is None:
            raise BlockFault(f"sub-program O{number} not found", "put it into this file or give the folder of sub-programs")
        start = _sub_start(fetched, label, "")
        return fetched, fetched.first if start is None else start

    def o_word(self, o_line: OLine) -> None:
        """Execute an O-word line."""
        if o_line.label == "":
            o_line = self._computed(o_line)
        handler = _HANDLERS.get(o_line.keyword)
        if handler is None:
            raise BlockFault(f"undefined O-word label: o{o_line.label} {o_line.keyword}", "check the label")
        handler(self, o_line)

    def _computed(self, o_line: OLine) -> OLine:
        """Label from `#..` or `[..]`."""
        reader = Reader(o_line.rest, self.control.parameters)
        label = str(whole(reader.value(), "an O-word label"))
        rest = o_line.rest[reader.at :]
        match = re.match(r"(call|return|break|continue)(.*)$", rest, re.DOTALL)
        if not match:
            raise BlockFault("a computed O-word can only call, return, break or continue", "write the label as a number")
        return OLine(o_line.index, label, match.group(1), match.group(2))

    def condition(self, text: str, keyword: str) -> float:
        """Value of the bracketed expression that must follow `keyword`."""
        if not text.startswith("["):
            raise BlockFault(f"left bracket missing after '{keyword}'", f"write {keyword} [condition]")
        reader = Reader(text, self.control.parameters)
        value = reader.bracketed()
        if reader.at != len(text):
            raise BlockFault(f"unexpected text after '{keyword}' condition: {text[reader.at :]}", "remove it")
        return value


def _sub_start(source: Source, label: str, keyword: str) -> int | None:
    for o_line in source.by_label.get(label, ()):
        if o_line.keyword == keyword:
            return o_line.index + 1
    return None


def _undefined(o_line: OLine) -> BlockFault:
    return BlockFault(f"undefined O-word label: 'o{o_line.label} {o_line.keyword}' has no counterpart", "check the label of its other end")


def _sub(flow: Flow, o_line: OLine) -> None:
    """A definition met on the way is stepped over."""
    if flow.calls and not flow.call.is_numbered:
        raise BlockFault("nested subroutine definition", "define sub-programs one after the other")
    end = src.following(flow.source, o_line.label, o_line.index, ("endsub",))
    if end is None:
        raise BlockFault(f"o{o_line.label} sub without endsub", f"end it with o{o_line.label} endsub")
    for other in flow.source.o_lines.values():
        if other.keyword == "sub" and o_line.index < other.index < end.index:
            raise BlockFault("nested subroutine definition", "define sub-programs one after the other")
    flow.jump(end.index + 1)


def _endsub(flow: Flow, o_line: OLine) -> None:
    if not flow.calls:
        raise BlockFault(f"not in a subroutine definition: 'o{o_line.label} {o_line.keyword}'", "remove it, or add the sub line")
    if flow.call.is_numbered:
        raise BlockFault(f"Fanuc 'O{flow.call.label}' subroutine definition must end with 'M99'", "write M99")
    if o_line.rest:
        flow.control.return_value = (flow.condition(o_line.rest, o_line.keyword), True)
    else:
        flow.control.return_value = (0.0, False)
    flow.leave()


def _call(flow: Flow, o_line: OLine) -> None:
    reader = Reader(o_line.rest, flow.control.parameters)
    arguments: dict[int, float] = {}
    while reader.peek():
        arguments[len(arguments) + 1] = reader.bracketed()
    place, start = flow.find_sub(o_line.label)
    flow.enter(place, start, arguments, 1, False, o_line.label)


def _if(flow: Flow, o_line: OLine) -> None:
    taken, label = flow.call.taken, o_line.label
    taken.discard(label)
    if src.following(flow.source, label, o_line.index, ("endif",)) is None:
        raise _undefined(o_line)
    branch: OLine | None = o_line
    while True:
        assert branch is not None
        if branch.keyword in ("if", "elseif"):
            if flow.condition(branch.rest, branch.keyword) != 0.0:
                break
        else:
            break
        here = branch
        branch = src.following(flow.source, label, branch.index, ("elseif", "else", "endif"))
        if branch is None:
            raise _undefined(here)
    taken.add(label)
    flow.jump(branch.index + 1)


def _else(flow: Flow, o_line: OLine) -> None:
    """Reached by walking out of the branch taken before."""
    if o_line.label not in flow.call.taken:
        raise _undefined(o_line)
    end = src.following(flow.source, o_line.label, o_line.index, ("endif",))
    if end is None:
        raise _undefined(o_line)
    flow.jump(end.index + 1)


def _endif(flow: Flow, o_line: OLine) -> None:
    if o_line.label not in flow.call.taken:
        raise _undefined(o_line)
    flow.jump(o_line.index + 1)


def _closing(flow: Flow, o_line: OLine) -> OLine:
    end = src.closing(flow.source, o_line)
    if end is None:
        raise _undefined(o_line)
    return end


def _while(flow: Flow, o_line: OLine) -> None:
    holds = flow.condition(o_line.rest, "while") != 0.0
    if src.closes_do(flow.source, o_line):
        start = src.opening(flow.source, o_line, "do")
        assert start is not None
        flow.jump(start.index + 1 if holds else o_line.index + 1)
    else:
        end = _closing(flow, o_line)
        flow.jump(o_line.index + 1 if holds else end.index + 1)


def _endwhile(flow: Flow, o_line: OLine) -> None:
    start = src.opening(flow.source, o_line, "while")
    if start is None:
        raise _undefined(o_line)
    flow.jump(start.index)


def _do(flow: Flow, o_line: OLine) -> None:
    _closing(flow, o_line)
    flow.jump(o_line.index + 1)


def _repeat(flow: Flow, o_line: OLine) -> None:
    times = math.floor(flow.condition(o_line.rest, "repeat") + 0.5)
    flow.call.repeats[o_line.label] = times
    end = _closing(flow, o_line)
    flow.jump(o_line.index + 1 if times > 0 else end.index + 1)


def _endrepeat(flow: Flow, o_line: OLine) -> None:
    start = src.opening(flow.source, o_line, "repeat")
    if start is None or o_line.label not in flow.call.repeats:
        raise _undefined(o_line)
    flow.call.repeats[o_line.label] -= 1
    flow.jump(start.index + 1 if flow.call.repeats[o_line.label] > 0 else o_line.index + 1)


def _loop_end(flow: Flow, o_line: OLine) -> OLine:
    end = src.following(flow.source, o_line.label, o_line.index, ("endwhile", "while", "endrepeat"))
    if end is None:
        raise _undefined(o_line)
    return end


def _break(flow: Flow, o_line: OLine) -> None:
    flow.jump(_loop_end(flow, o_line).index + 1)


def _continue(flow: Flow, o_line: OLine) -> None:
    flow.jump(_loop_end(flow, o_line).index)


def _numbered(flow: Flow, o_line: OLine) -> None:
    """A bare O number: the program's title, or the sub-program after it."""
    if o_line.rest and flow.control.dialect == "linuxcnc":
        raise BlockFault("unknown control command in O word", "sub, call, if, while, do, repeat, return and their ends are known")
    if flow.calls or flow.titled:
        flow.control.remark("a further O number ends the program")
        flow.ended = True
    flow.titled = True
    flow.jump(o_line.index + 1)


_HANDLERS: dict[str, Callable[[Flow, OLine], None]] = {
    "": _numbered, "sub": _sub, "endsub": _endsub, "return": _endsub, "call": _call, "if": _if, "elseif": _else, "else": _else,
    "endif": _endif, "while": _while, "endwhile": _endwhile, "do": _do, "repeat": _repeat, "endrepeat": _endrepeat,
    "break": _break, "continue": _continue,
}  # fmt: skip
