"""The one place that knows Numba's flags.

`kernel` compiles a pure function on scalars and arrays: cached on disk, without the GIL, IEEE arithmetic (no fastmath, so that
the same input gives the same bytes on every run).
"""

from numba import njit, prange

__all__ = ["inlined_kernel", "kernel", "parallel_kernel", "prange"]

kernel = njit(cache=True, nogil=True, error_model="numpy")
parallel_kernel = njit(cache=True, nogil=True, error_model="numpy", parallel=True)

inlined_kernel = njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
"""For a small kernel inside a hot loop: a call that hands over five arrays costs more than the work of some."""
