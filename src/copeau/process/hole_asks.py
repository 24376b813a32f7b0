"""What the requirements ask of one round hole's narrowest bore."""

import math
from dataclasses import dataclass

from copeau.data.threads import Thread
from copeau.model.feature import Feature
from copeau.process.requirements import Requirements, Size


@dataclass(frozen=True)
class HoleAsk:
    """None or NaN: nothing asked."""

    size: Size | None = None
    thread: Thread | None = None
    ra_um: float = math.nan


NOTHING_ASKED = HoleAsk()


def hole_ask(asked: Requirements | None, feature: Feature) -> HoleAsk:
    """Thread, diameter and roughness that the file asks of the bore whose diameter is the hole's `diameter`."""
    if asked is None:
        return NOTHING_ASKED
    items = asked.of_feature(feature)
    core_mm = feature.dims.get("diameter", math.nan)
    thread = next((i.thread for i in items if i.thread), None)
    size = next((i.diameter for i in items if i.diameter and i.diameter.holds(core_mm)), None)
    roughness = [i.ra_um for i in items if i.ra_um == i.ra_um]
    return HoleAsk(size, thread, min(roughness, default=math.nan))
