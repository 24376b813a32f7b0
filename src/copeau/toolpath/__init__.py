"""From a workingstep and the in-process stock to motions.

In: a `Workingstep` and the `Scene` of its setup (design, fixture, in-process stock, all in work coordinates).
Out: `Segment`s (`Run`s of `Moves` and `DrillCycle`s). Never: G-code, a file, an empty path (a path that cannot be made is a `Refusal`).
"""

from copeau.toolpath.generate import begin, generate
from copeau.toolpath.scene import Ahead, Scene

__all__ = ["Ahead", "Scene", "begin", "generate"]
