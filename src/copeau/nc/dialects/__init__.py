"""Posts: one file a controller, on a shared order of the program (`program`) and a shared writer."""

from copeau.nc.dialects import fanuc, haas, linuxcnc
from copeau.nc.dialects.registry import dialect, dialects, post

__all__ = ["dialect", "dialects", "fanuc", "haas", "linuxcnc", "post"]
