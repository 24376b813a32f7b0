"""The text of many straight feeds at once: a long program is mostly these."""

import numpy as np
from numpy.typing import NDArray

from copeau.kernels import inlined_kernel, kernel
from copeau.nc.dialects.text import DECIMALS, UNIT

LONGEST_LINE = 128
"""Bytes: what it begins with, and six words of an axis, a sign, thirteen digits, a point and a space."""
SPACE, DASH, POINT, ZERO, NEW_LINE = (ord(c) for c in " -.0\n")


def feed_lines(units: NDArray[np.int64], moves: NDArray[np.bool_], axes: str, begin: str) -> list[str]:
    """A line for each row of places `units` (n, axes), in 1/UNIT mm, with the words of those axes that `moves` (n, axes) says; every row moves.

    `begin`: the character that each line begins with, or none.
    """
    if not len(units):
        return []
    out = np.empty(len(units) * LONGEST_LINE, np.uint8)
    letters = np.frombuffer(axes.encode("ascii"), np.uint8).copy()
    size = write_lines(units, moves, letters, ord(begin) if begin else 0, out)
    return out[: size - 1].tobytes().decode("ascii").split("\n")


@inlined_kernel
def write_whole(value, out, at):
    """Digits of a whole number >= 0; the place after them."""
    width, rest = 1, value
    while rest >= 10:
        rest //= 10
        width += 1
    for k in range(width):
        out[at + width - 1 - k] = ZERO + value % 10
        value //= 10
    return at + width


@kernel
def write_lines(units, moves, letters, begin, out):
    """Write the lines into `out`; how many bytes they are. `begin`: a byte, 0 for none."""
    at = 0
    for n in range(len(units)):
        if begin:
            out[at] = begin
            at += 1
        for axis in range(len(letters)):
            if not moves[n, axis]:
                continue
            value = units[n, axis]
            out[at] = letters[axis]
            at += 1
            if value < 0:
                out[at] = DASH
                at, value = at + 1, -value
            at = write_whole(value // UNIT, out, at)
            out[at] = POINT
            at, part = at + 1, value % UNIT
            for k in range(DECIMALS):
                out[at + DECIMALS - 1 - k] = ZERO + part % 10
                part //= 10
            at += DECIMALS
            while out[at - 1] == ZERO:
                at -= 1
            out[at] = SPACE
            at += 1
        out[at - 1] = NEW_LINE
    return at
