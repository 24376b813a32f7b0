"""Copeau: the open digital machining chain, from a part's definition to verified NC programs."""

__version__ = "0.1.0"
