"""The one place that knows Numba's flags.

`kernel` compiles a pure function on scalars and arrays: cached on disk, without the GIL, IEEE arithmetic (no fastmath, so that
the same input gives the same bytes on every run). Nobody calls kernels as C callbacks: their wrappers are not compiled.
"""

from numba import njit, prange

__all__ = ["inlined_kernel", "inner_kernel", "kernel", "parallel_kernel", "prange"]

kernel = njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
parallel_kernel = njit(cache=True, nogil=True, error_model="numpy", parallel=True)

inner_kernel = njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True, no_cpython_wrapper=True)
"""For a kernel that only kernels call: unpacking its arguments from Python objects takes as long to compile as the kernel itself."""

inlined_kernel = njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
"""For a small kernel inside a hot loop: a call that hands over five arrays costs more than the work of some."""
