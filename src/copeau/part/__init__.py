"""The part: from a STEP file (AP203, AP214, AP242) to one solid with numbered faces, in millimetres.

In: a file. Out: `Part` with its face table, mass properties and a watertight mesh; signed distances to the analytic surface of a face.
Never: a decision about machining; a solid that was changed without a remark that says so.
"""

from copeau.part.distance import surface_distance
from copeau.part.mesh import tessellate
from copeau.part.step import read_step
from copeau.part.write import write_step

__all__ = ["read_step", "surface_distance", "tessellate", "write_step"]
