"""Numerical control: program text in, motions out, and motions in, program text out.

In comes a program of LinuxCNC, Haas or Fanuc, or a `ProgramSheet`. Out goes a `Program` (all motions in the coordinates of G54),
or the text for one controller. The room never plans a motion and never looks at stock or workpiece.
"""

from copeau.nc.dialects import dialect, dialects, post
from copeau.nc.dialects.program import as_verified
from copeau.nc.interpreter import interpret

__all__ = ["as_verified", "dialect", "dialects", "interpret", "post"]
