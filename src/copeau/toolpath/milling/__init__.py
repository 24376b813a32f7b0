"""Milling strategies and the geometry of their paths.

In: regions of the tool's centre, material, tool and cutting conditions. Out: `Moves`. Never: a height or a limit that nobody gave.
"""
