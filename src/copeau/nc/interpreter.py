"""From program text to `Program`: LinuxCNC, Haas and Fanuc milling programs, one interpreter."""

from collections.abc import Callable, Mapping

import numpy as np

from copeau.model.errors import CopeauError
from copeau.model.program import Program
from copeau.model.tool import Tool
from copeau.nc import macros, system_parameters
from copeau.nc.blocks import read_block, strip_comments
from copeau.nc.control import Control
from copeau.nc.execute import MACRO_CALL, execute
from copeau.nc.fast import Scanner
from copeau.nc.faults import BlockFault
from copeau.nc.flow import Flow
from copeau.nc.grammars import GRAMMARS
from copeau.nc.parameters import FANUC_LAST_PARAMETER, LAST_PARAMETER, MACRO_LOCALS, SUB_LOCALS, Parameters
from copeau.nc.source import Source, check_length, read_source
from copeau.nc.state import SYSTEMS, Frame, State, WorkOffset

LENGTHS = frozenset("xyzabcijkr")
DEFAULT_G54 = (-508.0, -508.0, -1016.0)
"""Machine coordinates of the work origin unless said: a table of 1016 mm square under 1016 mm of Z."""


def interpret(
    text: str,
    name: str,
    *,
    dialect: str = "linuxcnc",
    tools: Mapping[int, Tool] | None = None,
    g54: tuple[float, float, float] = DEFAULT_G54,
    subprograms: Callable[[str], str] | None = None,
    registers: Mapping[int, float] | None = None,
) -> Program:
    """Read a program and return its motions.

    Parameters
    ----------
    text : str
        The program.
    name : str
        What errors call it.
    dialect : str
        linuxcnc, haas or fanuc.
    tools : mapping of tool number to Tool, optional
        Where given, a tool that is not in it is an error; G41 and G42 of LinuxCNC take their diameter from it.
    g54 : (x, y, z), mm
        Machine coordinates of the work origin. G55 and the others lie there too unless the program sets them.
    subprograms : callable, optional
        Text of the sub-program of that name ("1234", "probe"); raises KeyError or OSError where there is none.
    registers : mapping of D number to mm, optional
        Cutter compensation offsets. Haas and Fanuc registers that nobody gave are 0: wear only.

    Returns
    -------
    Program
        Motions in mm in the coordinates of G54, the tool tip as if every length offset were right.

    Raises
    ------
    CopeauError
        With the file's line, what is wrong and how to mend it.
    """
    if dialect not in GRAMMARS:
        raise CopeauError(f"unknown dialect {dialect!r}", name, f"known dialects: {', '.join(sorted(GRAMMARS))}")
    control = make_control(dialect, tools or {}, g54, registers or {})
    run(control, text, name, subprograms)
    return Program(
        name=name,
        dialect=dialect,
        moves=control.recorder.moves(),
        start=np.array(control.start),
        tools_called=tuple(control.tools_called),
        units="inch" if control.units_named == {"inch"} else "mm",
        coolant_on=control.coolant_used,
        machine_lines=tuple(sorted(control.machine_lines)),
        remarks=tuple(control.remarks),
    )


def make_control(
    dialect: str, tools: Mapping[int, Tool], g54: tuple[float, float, float], registers: Mapping[int, float]
) -> Control:
    """A control as it stands when a program is started: at machine zero, all modes at their defaults."""
    origin = [float(v) for v in g54] + [0.0, 0.0, 0.0]
    state = State(
        at=[-v + 0.0 for v in origin],
        offsets={system: WorkOffset(list(origin)) for system in SYSTEMS},
        reference=WorkOffset(list(origin)),
        frame=Frame(),
        retract_to_initial=dialect != "linuxcnc",
    )
    control = Control(dialect, state, GRAMMARS[dialect], tools, dict(registers))
    control.start = state.at[:3]
    is_linuxcnc = dialect == "linuxcnc"
    control.parameters = Parameters(
        lambda key: system_parameters.numbered(control, key) if isinstance(key, int) else system_parameters.named(control, key),
        lambda number, value: system_parameters.set_numbered(control, number, value),
        LAST_PARAMETER if is_linuxcnc else FANUC_LAST_PARAMETER,
        SUB_LOCALS if is_linuxcnc else MACRO_LOCALS,
    )
    return control


def run(control: Control, text: str, name: str, subprograms: Callable[[str], str] | None, fast: bool = True) -> None:
    """Execute a whole program on `control`; plain runs of blocks by the scanner unless `fast` is False."""
    fetched: dict[str, Source | None] = {}

    def fetch(label: str) -> Source | None:
        if label not in fetched:
            fetched[label] = _fetch(subprograms, label)
        return fetched[label]

    flow = Flow(control, read_source(text, name), fetch)
    scanner = Scanner()
    while not flow.ended:
        if flow.at >= flow.source.last:
            _at_end_of_file(flow)
            continue
        if fast:
            flow.at = scanner.run(control, flow.source, flow.at)
        index = flow.at
        if index >= flow.source.last:
            continue
        control.line = index + 1
        control.call_level = len(flow.calls)
        source = flow.source
        try:
            _line(flow, source.lines[index])
        except BlockFault as e:
            raise CopeauError(e.what, source.where(index), e.mend) from None


def _fetch(subprograms: Callable[[str], str] | None, label: str) -> Source | None:
    if subprograms is None:
        return None
    try:
        text = subprograms(label)
    except (KeyError, OSError):
        return None
    return read_source(text, label)


def _at_end_of_file(flow: Flow) -> None:
    """Past the last line: the end of a sub-program's file returns, that of the main program ends."""
    if flow.calls:
        where = flow.source.where(flow.source.last - 1)
        raise CopeauError(f"sub-program O{flow.call.label} has no end", where, "end it with M99 or endsub")
    if not flow.source.percent_ended:
        flow.control.remark("file ended with no percent sign or program end: add M2 or M30")
    flow.ended = True
    if flow.control.compensator is not None:
        flow.control.compensator.end(flow.control)


def _line(flow: Flow, line: str) -> None:
    """Read and execute the line at `flow.at` and settle which is next."""
    control = flow.control
    if control.dialect == "linuxcnc":
        check_length(line)
    o_line = flow.source.o_lines.get(flow.at)
    if o_line is not None:
        flow.o_word(o_line)
        return
    text, _ = strip_comments(line)
    if text and control.dialect != "linuxcnc":
        left = macros.statement(flow, text)
        if left == "":
            return
        text = text if left is None else left
    if not text:
        flow.at += 1
        return
    block = read_block(text, control.parameters, control.grammar)
    if not control.calculator_noted and control.dialect != "linuxcnc" and block.unpointed & LENGTHS:
        control.calculator_noted = True
        control.remark("a length without a decimal point is read as whole units (calculator input)")
    at = flow.at
    if execute(control, block):
        flow.ended = True
    elif not ((block.m or MACRO_CALL in block.g.values()) and macros.call(flow, block)):
        flow.at = at + 1
