"""One line of a program read into words: RS274/NGC blocks for LinuxCNC, Haas and Fanuc."""

import re
from dataclasses import dataclass, field

from copeau.nc.expressions import NUMBER, Reader, whole
from copeau.nc.faults import BlockFault
from copeau.nc.parameters import Parameters

LONGEST_LINE = 255
"""LinuxCNC refuses longer lines ("Command too long"); the other controls set no lower limit."""
LETTERS = frozenset("abcdefghijklmnpqrstxyz@^")
_SPACE = re.compile(r"[ \t\r\f\v]+")
_PLAIN_WORD = re.compile(r"([a-z@^])([+-]?(?:\d+\.?\d*|\.\d+))(?=[a-z@^/#]|$)")

G_GROUP = {
    **dict.fromkeys((40, 100, 280, 281, 300, 301, 520, 530, 920, 921, 922, 923), 0),
    **dict.fromkeys((0, 10, 20, 30, 50, 51, 52, 53, 330, 331, 382, 383, 384, 385, 730, 740, 760), 1),
    **dict.fromkeys((800, 810, 820, 830, 840, 850, 860, 870, 880, 890), 1),
    **dict.fromkeys((170, 180, 190), 2),
    **dict.fromkeys((900, 910), 3),
    **dict.fromkeys((901, 911), 4),
    **dict.fromkeys((930, 940, 950), 5),
    **dict.fromkeys((200, 210), 6),
    **dict.fromkeys((400, 410, 411, 420, 421), 7),
    **dict.fromkeys((430, 431, 432, 490), 8),
    **dict.fromkeys((980, 990), 10),
    **dict.fromkeys((540, 550, 560, 570, 580, 590, 591, 592, 593), 12),
    **dict.fromkeys((610, 611, 640), 13),
    **dict.fromkeys((960, 970), 14),
    **dict.fromkeys((70, 80), 15),
}
"""Modal group of each G code, times ten (RS274/NGC, table 4). Dwell is 40, G40 is 400."""
NONMODAL, MOTION, PLANE, DISTANCE, ARC_DISTANCE, FEED_MODE, UNITS, COMPENSATION = 0, 1, 2, 3, 4, 5, 6, 7
LENGTH, RETRACT, SYSTEM, PATH, SPEED_MODE, DIAMETER = 8, 10, 12, 13, 14, 15
REMARK_GROUP = 90
"""Codes from here on are read, noted and have no motion; each forms a group of its own."""

M_GROUP = {
    **dict.fromkeys((0, 1, 2, 30, 60, 98, 99), 4),
    **dict.fromkeys((62, 63, 64, 65, 66, 67, 68), 5),
    **dict.fromkeys((6, 61), 6),
    **dict.fromkeys((3, 4, 5, 19), 7),
    **dict.fromkeys((7, 8, 9), 8),
    **dict.fromkeys((48, 49, 50, 51, 52, 53), 9),
    **dict.fromkeys((70, 71, 72, 73), 10),
}
STOPPING, OUTPUTS, TOOLING, SPINDLE, COOLANT, OVERRIDES, SAVED_STATE = 4, 5, 6, 7, 8, 9, 10


@dataclass(slots=True)
class Block:
    """The words of one line. `g` and `m` by modal group, G codes times ten; `words` by letter; lengths as written."""

    g: dict[int, int] = field(default_factory=dict)
    m: dict[int, int] = field(default_factory=dict)
    words: dict[str, float] = field(default_factory=dict)
    unpointed: set[str] = field(default_factory=set)  # letters whose number has no decimal point


@dataclass(frozen=True)
class Grammar:
    """What a dialect adds. `g_remarks` (codes times ten) and `m_remarks` are only noted."""

    g_remarks: dict[int, str]
    m_remarks: dict[int, str]
    bare_expressions: bool = False  # #1=#2+#3 needs no brackets
    cancel_apart: bool = False  # G80 may stand beside another motion code
    extra_systems: frozenset[int] = frozenset()  # further codes that choose a coordinate system, times ten


def strip_comments(line: str) -> tuple[str, tuple[str, ...]]:
    """The line without comments and spaces, in lower case; and the comments.

    Raises
    ------
    BlockFault
        A comment within a comment or one that is not closed.
    """
    if "(" not in line and ";" not in line:
        return _SPACE.sub("", line).lower(), ()
    kept, comments, at = [], [], 0
    while at < len(line):
        c = line[at]
        if c == ";":
            comments.append(line[at + 1 :].strip())
            break
        if c != "(":
            kept.append(c)
            at += 1
            continue
        end = line.find(")", at)
        if end < 0:
            raise BlockFault("unclosed comment found", "close it with )")
        if line.find("(", at + 1, end) >= 0:
            raise BlockFault("nested comment found", "use [ ] or ; inside a comment")
        comments.append(line[at + 1 : end].strip())
        # A space stands for the comment: digits on its two sides are not one number.
        kept.append("\0")
        at = end + 1
    text = _SPACE.sub("", "".join(kept)).lower()
    if re.search(r"[a-z@^+\-.]\0+[\d.+\-\[#]|[\d.]\0+[\d.]", text):
        raise BlockFault("bad number format: a comment stands inside a word", "move the comment to the end of the line")
    return text.replace("\0", ""), tuple(comments)


def _add_g(block: Block, value: float, grammar: Grammar) -> None:
    if value < 0.0:
        raise BlockFault("negative G code used", "write a G code from 0 up")
    code = round(value * 10)
    if abs(value * 10 - code) > 1e-3:
        raise BlockFault(f"G code {value:g} out of range", "G codes have at most one decimal")
    group = SYSTEM if code in grammar.extra_systems else G_GROUP.get(code)
    if group is None and code in grammar.g_remarks:
        group = REMARK_GROUP + code
    if group is None:
        raise BlockFault(f"unknown G code used: G{value:g}", "see the list of codes of this dialect")
    if grammar.cancel_apart and group == MOTION and 800 in (code, block.g.get(group)):
        # On Haas and Fanuc the cycles are a group of their own: G0 G80 ends the cycle and sets G0.
        block.g[group] = block.g.get(group, code) if code == 800 else code
        return
    if group in block.g:
        raise BlockFault(
            f"two G codes used from same modal group: G{block.g[group] / 10:g} and G{value:g}", "write them on two lines"
        )
    block.g[group] = code


def _add_m(block: Block, value: float, remarks: dict[int, str]) -> None:
    if value < 0.0:
        raise BlockFault("negative M code used", "write an M code from 0 up")
    code = whole(value, "M code")
    group = M_GROUP.get(code)
    if code in remarks and group is None:
        group = REMARK_GROUP + code
    if group is None:
        raise BlockFault(f"unknown M code used: M{code}", "see the list of codes of this dialect")
    if group in block.m:
        raise BlockFault(f"two M codes used from same modal group: M{block.m[group]} and M{code}", "write them on two lines")
    block.m[group] = code


def read_block(text: str, parameters: Parameters, grammar: Grammar) -> Block:
    """Words of the comment-free `text`; parameters set in the block take effect when it is read to its end.

    Raises
    ------
    BlockFault
        With what LinuxCNC would say.
    """
    block = Block()
    settings: list[tuple[int | str, float]] = []
    at, end, first = 0, len(text), 0
    while at < end:
        if text[at] == "n" and at != first:
            raise BlockFault("bad character 'n' used", "the N word stands first on its line")
        match = _PLAIN_WORD.match(text, at)
        if match:
            letter, number, at = match.group(1), match.group(2), match.end()
            value = float(number)
            if "." not in number:
                block.unpointed.add(letter)
        elif text[at] == "#":
            reader = Reader(text, parameters, at + 1)
            settings.append(_assignment(reader, grammar.bare_expressions))
            at = reader.at
            continue
        elif text[at] == "/" and at == 0:
            at = first = 1
            continue
        else:
            letter = text[at]
            if letter not in LETTERS:
                raise BlockFault(f"bad character {letter!r} used", "see the list of words")  # before its value is read
            reader = Reader(text, parameters, at + 1)
            if letter == "n":
                number_match = NUMBER.match(text, at + 1)
                if not number_match or text[at + 1] == "-":
                    raise BlockFault("bad format unsigned integer after N", "number lines with digits only")
            elif reader.peek() == "":
                raise BlockFault(f"no characters found in reading real value after {letter.upper()}", "write a number after the letter")
            value = reader.value()
            at = reader.at
        _add_word(block, letter, value, grammar)
    for key, value in settings:
        if isinstance(key, str):
            parameters.set_named(key, value)
        else:
            parameters.set_numbered(key, value)
    return block


def _assignment(reader: Reader, bare: bool) -> tuple[int | str, float]:
    key = reader.parameter_key()
    if reader.peek() != "=":
        raise BlockFault("equal sign missing in parameter setting", "write #1 = value")
    reader.at += 1
    if reader.peek() == "":
        raise BlockFault("no characters found in reading real value after =", "write #1 = value")
    return key, reader.expression() if bare else reader.value()


def _add_word(block: Block, letter: str, value: float, grammar: Grammar) -> None:
    if letter not in LETTERS:
        raise BlockFault(f"bad character {letter!r} used", "see the list of words")
    if letter == "g":
        _add_g(block, value, grammar)
    elif letter == "m":
        _add_m(block, value, grammar.m_remarks)
    elif letter in block.words:
        raise BlockFault(f"multiple {letter.upper()} words on one line", "keep one of them")
    else:
        block.words[letter] = value
