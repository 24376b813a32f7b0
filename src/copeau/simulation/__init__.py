"""Material removal and its verification.

In: stock, tools, the motions of a posted program. Out: the in-process stock, what was removed, collisions, deviations.
Never: a toolpath of its own, a change to a program, a file format beyond meshes.
"""
