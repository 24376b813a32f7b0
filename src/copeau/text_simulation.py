"""Simulation of the posted programs: all of them, or only what was added at the ends of programs that were simulated before."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from copeau.blank import Blank
from copeau.model.machine import Machine
from copeau.model.moves import Moves
from copeau.setup_cutting import SetupResult
from copeau.simulation.remove import SimResult, simulate
from copeau.simulation.tridexel import TriDexel, packed

VERIFY_CELL_MM = 0.2  # the coarsest that a verdict may rest on
VERIFY_MOST_EXTENT_MM = 500.0  # above it the cell grows with the part
VERIFY_CELLS = 2500
MOST_LAST_MOTIONS = 8  # at the end of a program: up, spindle off, to where the part is taken out
OF_TEXT = ("line", "step")  # columns that say where a motion is written: a head with more tools shifts them


def verification_cell(points: NDArray[np.float64]) -> float:
    """Cell (mm) that a verdict rests on, for a stock that spans `points` (n, 3)."""
    extent = float(np.ptp(points, axis=0).max())
    return VERIFY_CELL_MM if extent <= VERIFY_MOST_EXTENT_MM else extent / VERIFY_CELLS


def simulate_texts(setups: Sequence[SetupResult], blank: Blank, machine: Machine, progress: Callable[[str, float], None], threads: int, first: int = 0) -> TriDexel:
    """Cut the posted programs of all setups in a fine stock, which is given back; fills each setup's incoming stock and findings.

    `first`: the setup before which nothing has changed since the last time.
    """
    stock = setups[first].stock_in.unpacked() if first else blank.body(verification_cell(blank.spec.bbox))
    for k, r in enumerate(setups[first:], first):
        progress("simulate", k / len(setups))
        r.stock_in = packed(stock)
        r.findings = [replace(f, setup=r.setup.id) for f in run(stock, r, machine, threads).findings]
    return stock


def simulate_additions(before: Sequence[SetupResult], setups: Sequence[SetupResult], result: TriDexel, machine: Machine, threads: int) -> TriDexel | None:
    """The workpiece, where the programs of `setups` are those of `before`, simulated to `result`, with more at their ends.

    What was simulated before stands, motion for motion as the texts of now are read; what is new is cut out of every stock from its
    setup on, in place. No stock grows by it, so that what touched nothing before touches nothing now. None, and nothing done, where a
    program is not the one of before with more at its end.
    """
    changed = [k for k, (a, b) in enumerate(zip(before, setups)) if a is not b]
    new = {k: added(before[k].program.moves, setups[k].program.moves) for k in changed}
    if any(rows is None or before[k].findings for k, rows in new.items()):
        return None
    for j in range(changed[0], len(setups)) if changed else ():
        last = j == len(setups) - 1
        after = result if last else setups[j + 1].stock_in.unpacked()
        for k in (k for k in changed if k < j):
            run(after, setups[k], None, threads, new[k])
        if j in changed:
            r = setups[j]
            r.findings = [replace(f, setup=r.setup.id) for f in run(after, r, machine, threads, new[j]).findings]
        if not last:
            setups[j + 1].stock_in = packed(after)
    return result


def added(before: Moves, now: Moves) -> NDArray[np.bool_] | None:
    """Which rows of a program are new against `before`, whose last motions only go away from the work; None where it is another program."""
    names = [n for n in before.dtype.names if n not in OF_TEXT]
    n = min(len(before), len(now))
    same = np.ones(n, bool)
    for name in names:
        a, b = before[name][:n], now[name][:n]
        same &= (a == b) | ((a != a) & (b != b))
    first = int(np.argmin(same)) if not same.all() else n
    away = before[first:]
    if len(away) and (len(away) > MOST_LAST_MOTIONS or (np.diff(away["z"]) < 0.0).any()):
        return None
    return np.arange(len(now)) >= first


def run(stock: TriDexel, r: SetupResult, machine: Machine | None, threads: int, rows: NDArray[np.bool_] | None = None) -> SimResult:
    """Cut the program of a setup, or its `rows` only, in `stock`, in place."""
    return simulate(
        stock, r.program.moves, r.program.start, r.tools, r.setup.part_to_wcs, r.setup.fixture.bodies, threads=threads, machine=machine,
        machine_lines=r.program.machine_lines, rows=rows,
    )  # fmt: skip
