"""Machining features: from a `Part` to what is machined as one thing, named as in ISO 14649-10.

In: `Part`. Out: `Recognition`: features with their faces, directions and sizes, and the faces that belong to none. Also the shadows
that a solid throws along a tool axis (`shadow`) and where a tool's centre may be (`reach`).
Never: a face's name is read; a setup, tool or order is chosen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from copeau.model.part import Part

if TYPE_CHECKING:
    from copeau.features.recognition import Recognition


def recognise(part: Part) -> Recognition:
    """All features of a part; see `copeau.features.recognition.recognise_features`."""
    from copeau.features.recognition import recognise_features  # loads the kernel, which the 2D geometry of this room does without

    return recognise_features(part)


__all__ = ["recognise"]
