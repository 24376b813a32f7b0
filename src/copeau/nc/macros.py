"""Custom macro B of Haas and Fanuc: IF GOTO, IF THEN, GOTO, WHILE DO END, and calls by M97, M98, M99 and G65."""

import re

from copeau.nc import source as src
from copeau.nc.blocks import Block
from copeau.nc.execute import MACRO_CALL
from copeau.nc.expressions import Reader, whole
from copeau.nc.faults import BlockFault
from copeau.nc.flow import MACRO_LETTERS, Flow

MOST_CALLS = 9999
"""Largest L of a call (Fanuc, four digits)."""
_START = re.compile(r"^/?(?:n\d+)?(if|while|goto|do|end(?=\d))")
_END = re.compile(r"^[ \t]*(?:n[ \t]*\d+[ \t]*)?end[ \t]*(\d)[ \t]*$", re.IGNORECASE)
_DO = re.compile(r"do(\d)$")


def statement(flow: Flow, text: str) -> str | None:
    """Execute a macro statement of the comment-free `text`.

    Returns
    -------
    str or None
        What is left to execute as a block (after THEN); None where `text` is no statement; '' where all is done.
    """
    match = _START.match(text)
    if not match:
        return None
    word, rest = match.group(1), text[match.end() :]
    if word == "goto":
        _goto(flow, rest)
        return ""
    if word == "if":
        return _if(flow, rest)
    if word == "end":
        _end(flow, rest)
    else:
        _while(flow, rest if word == "while" else "[1]do" + rest)
    return ""


def _goto(flow: Flow, text: str) -> None:
    reader = Reader(text, flow.control.parameters)
    number = whole(reader.value(), "GOTO")
    index = src.sequence_line(flow.source, number)
    if index is None:
        raise BlockFault(f"GOTO {number}: no line N{number}", "number the line that is meant")
    flow.jump(index)


def _if(flow: Flow, text: str) -> str:
    reader = Reader(text, flow.control.parameters)
    holds = reader.bracketed() != 0.0
    rest = text[reader.at :]
    if rest.startswith("goto"):
        if holds:
            _goto(flow, rest[4:])
        else:
            flow.jump(flow.at + 1)
        return ""
    if not rest.startswith("then"):
        raise BlockFault("IF without GOTO or THEN", "write IF[..]GOTO n or IF[..]THEN #1=..")
    if holds:
        return rest[4:]
    flow.jump(flow.at + 1)
    return ""


def _while(flow: Flow, text: str) -> None:
    reader = Reader(text, flow.control.parameters)
    holds = reader.bracketed() != 0.0
    match = _DO.match(text[reader.at :])
    if not match:
        raise BlockFault("WHILE without DO", "write WHILE[..]DO1 ... END1")
    end = _loop_end(flow, match.group(1))
    flow.jump(flow.at + 1 if holds else end + 1)


def _loop_end(flow: Flow, number: str) -> int:
    """Line of the END of the loop that begins at `flow.at`; looked for once, since a loop comes back here each time."""
    key = (id(flow.source), flow.at)
    if key not in flow.loop_ends:
        end = _find(flow, number, range(flow.at + 1, flow.source.last), _END)
        if end is None:
            raise BlockFault(f"DO{number} without END{number}", "close the loop")
        flow.loop_ends[key] = end
    return flow.loop_ends[key]


def _end(flow: Flow, text: str) -> None:
    start = re.compile(rf"(?:\]|^[ \t]*(?:n[ \t]*\d+)?)[ \t]*do[ \t]*{text}[ \t]*$", re.IGNORECASE)
    index = _find(flow, None, range(flow.at - 1, flow.source.first - 1, -1), start)
    if index is None:
        raise BlockFault(f"END{text} without DO{text}", "open the loop")
    flow.jump(index)


def _find(flow: Flow, number: str | None, places: range, pattern: re.Pattern[str]) -> int | None:
    for index in places:
        match = pattern.search(src.strip_comments(flow.source.lines[index])[0])
        if match and (number is None or match.group(1) == number):
            return index
    return None


def call(flow: Flow, block: Block) -> bool:
    """M97, M98, M99 and G65 in a block already executed. False where it has none of them."""
    codes = block.m.values()
    if 98 in codes:
        _call_numbered(flow, block, None)
    elif 97 in codes:
        _call_local(flow, block)
    elif 99 in codes:
        _return(flow, block)
    elif MACRO_CALL in block.g.values():
        arguments = {MACRO_LETTERS[letter]: value for letter, value in block.words.items() if letter in MACRO_LETTERS}
        _call_numbered(flow, block, arguments)
    else:
        return False
    return True


def _times(block: Block) -> int:
    times = whole(block.words.get("l", 1.0), "L of a call")
    if not 0 <= times <= MOST_CALLS:
        raise BlockFault(f"L of a call is {times}", f"L is 1 to {MOST_CALLS}")
    return times


def _call_numbered(flow: Flow, block: Block, arguments: dict[int, float] | None) -> None:
    name = "M98" if arguments is None else "G65"
    if "p" not in block.words:
        raise BlockFault(f"found '{name}' code with no P-word", "P is the number of the sub-program")
    number, times = whole(block.words["p"], "P"), _times(block)
    if arguments is None and "l" not in block.words and number > MOST_CALLS and flow.control.dialect == "fanuc":
        # Older Fanuc form: M98 P0031234 calls O1234 three times.
        times, number = divmod(number, MOST_CALLS + 1)
    if times == 0:
        flow.jump(flow.at + 1)
        return
    place, start = flow.find_numbered(number)
    flow.enter(place, start, arguments, times, True, str(number))


def _call_local(flow: Flow, block: Block) -> None:
    if "p" not in block.words:
        raise BlockFault("found 'M97' code with no P-word", "P is the N number of the local sub-program")
    number = whole(block.words["p"], "P")
    index = src.sequence_line(flow.source, number)
    if index is None:
        raise BlockFault(f"M97 P{number}: no line N{number}", "number the line that is meant")
    flow.enter(flow.source, index, None, _times(block), True, f"N{number}")


def _return(flow: Flow, block: Block) -> None:
    if not flow.calls:
        flow.control.remark("M99 repeats the main program for ever; read once")
        flow.ended = True
        return
    if not flow.call.is_numbered:
        raise BlockFault("'O.... endsub' or 'O.... return' must follow 'O.... sub' subroutine definition", "write endsub, not M99")
    flow.leave()
    if "p" in block.words:
        number = whole(block.words["p"], "P of M99")
        index = src.sequence_line(flow.source, number)
        if index is None:
            raise BlockFault(f"M99 P{number}: no line N{number}", "number the line that is meant")
        flow.jump(index)
