"""The text of a program as numbered lines, and where its O-words and sequence numbers stand."""

import re
from dataclasses import dataclass, field

import numpy as np

from copeau.model.errors import CopeauError
from copeau.nc.blocks import LONGEST_LINE, strip_comments
from copeau.nc.faults import BlockFault

_MAYBE_O = re.compile(r"^[ \t]*(?:/[ \t]*)?(?:\([^()\n]*\)[ \t]*)*(?:n[ \t]*[\d.]+[ \t]*)?o", re.IGNORECASE | re.MULTILINE)
_O_LINE = re.compile(r"^/?(?:n[\d.]+)?o(\d+|<[^<>]*>|(?=[#\[]))(.*)$", re.DOTALL)
_SEQUENCE = re.compile(r"^[ \t]*n[ \t]*0*(\d+)", re.IGNORECASE)
_KEYWORD = re.compile(
    r"(endsub|endwhile|endrepeat|endif|elseif|else|continue|return|repeat|while|break|call|sub|if|do)(.*)$", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class OLine:
    """An O-word line: its label ('' where computed when executed), keyword ('' for a bare number) and the rest of the text."""

    index: int
    label: str
    keyword: str
    rest: str


@dataclass
class Source:
    """One file. `lines` without line ends; `first` and `last` bound what the control reads (between the percent signs)."""

    name: str
    text: str
    lines: list[str] = field(default_factory=list)
    first: int = 0
    last: int = 0
    o_lines: dict[int, OLine] = field(default_factory=dict)
    by_label: dict[str, list[OLine]] = field(default_factory=dict)
    percent_ended: bool = False
    sequence: dict[int, int] | None = None  # line of each N number, once asked for
    _bytes: tuple[np.ndarray, np.ndarray] | None = None

    def bytes(self) -> tuple[np.ndarray, np.ndarray]:
        """The text as bytes, and the place where each line starts; one more for where a further line would."""
        if self._bytes is None:
            buffer = np.frombuffer(self.text.encode() + b"\n", np.uint8)
            self._bytes = buffer, np.concatenate([[0], np.flatnonzero(buffer == ord("\n")) + 1])
        return self._bytes

    def where(self, index: int) -> str:
        """How errors name a line."""
        return f"{self.name}, line {index + 1}"


def normal_label(text: str) -> str:
    """One spelling for each label: O001 is O1, names are lower case."""
    return str(int(text)) if text.isdigit() else text


def parse_o(text: str, index: int) -> OLine | None:
    """The O-word of the comment-free `text`, or None."""
    match = _O_LINE.match(text)
    if not match:
        return None
    label, rest = match.group(1), match.group(2)
    if label == "":
        return OLine(index, "", "", rest)
    if label == "<>":
        raise BlockFault("named O-word without a name", "write o<name>")
    keyword = _KEYWORD.match(rest)
    if keyword:
        return OLine(index, normal_label(label), keyword.group(1), keyword.group(2))
    if rest and rest[0].isalpha():
        raise BlockFault("unknown control command in O word", "sub, call, if, while, do, repeat, return and their ends are known")
    return OLine(index, normal_label(label), "", rest)


def read_source(text: str, name: str) -> Source:
    """Split `text` and find its O-words.

    Raises
    ------
    CopeauError
        Text before the first percent sign; a line that is too long; an O-word that cannot be read.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    source = Source(name, text)
    source.lines = text.split("\n")
    source.last = len(source.lines)
    _find_percent(source)
    index, counted = 0, 0
    for match in _MAYBE_O.finditer(text):
        index, counted = index + text.count("\n", counted, match.end()), match.end()
        if not source.first <= index < source.last:
            continue
        try:
            o_line = parse_o(strip_comments(source.lines[index])[0], index)
        except BlockFault as e:
            raise CopeauError(e.what, source.where(index), e.mend) from None
        if o_line is not None:
            source.o_lines[index] = o_line
            if o_line.label:
                source.by_label.setdefault(o_line.label, []).append(o_line)
    return source


def _find_percent(source: Source) -> None:
    if "%" not in source.text:
        return
    marks = [n for n, line in enumerate(source.lines) if line.strip() == "%"]
    if not marks:
        return
    before = next((n for n in range(marks[0]) if source.lines[n].strip()), None)
    if before is None:
        source.first = marks[0] + 1
        marks = marks[1:]
    if marks:
        source.last, source.percent_ended = marks[0], True


def check_length(line: str) -> None:
    """Raise on a line that LinuxCNC would not read."""
    if len(line) > LONGEST_LINE:
        raise BlockFault(f"command too long: {len(line)} characters", f"keep lines under {LONGEST_LINE} characters")


def sequence_line(source: Source, number: int) -> int | None:
    """Index of the first line that bears N`number`."""
    if source.sequence is None:
        source.sequence = {}
        for index in range(source.first, source.last):
            match = _SEQUENCE.match(source.lines[index])
            if match:
                source.sequence.setdefault(int(match.group(1)), index)
    return source.sequence.get(number)


def closing(source: Source, opening: OLine) -> OLine | None:
    """The line that closes the loop that `opening` opens: endwhile, the while of a do, endrepeat."""
    depth = 0
    for o_line in source.by_label[opening.label]:
        if o_line.index <= opening.index:
            continue
        if o_line.keyword == opening.keyword and opening.keyword != "do":
            depth += 1
        if o_line.keyword == {"while": "endwhile", "do": "while", "repeat": "endrepeat"}[opening.keyword]:
            if depth == 0:
                return o_line
            depth -= 1
    return None


def following(source: Source, label: str, index: int, keywords: tuple[str, ...]) -> OLine | None:
    """The next line after `index` with this label and one of these keywords."""
    for o_line in source.by_label.get(label, ()):
        if o_line.index > index and o_line.keyword in keywords:
            return o_line
    return None


def opening(source: Source, closer: OLine, keyword: str) -> OLine | None:
    """The last line before `closer` with its label and `keyword`."""
    found = None
    for o_line in source.by_label[closer.label]:
        if o_line.index >= closer.index:
            break
        if o_line.keyword == keyword:
            found = o_line
    return found


def closes_do(source: Source, o_line: OLine) -> bool:
    """Is this `while` the end of a `do`?"""
    is_open = False
    for other in source.by_label[o_line.label]:
        if other.index >= o_line.index:
            return is_open
        if other.keyword == "do":
            is_open = True
        elif other.keyword == "while" and is_open:
            is_open = False
    return is_open
