"""The tool holders of the table: profiles from the nose upwards, and the holder of a machine's taper for a shank."""

import re
from dataclasses import dataclass
from functools import lru_cache

from copeau.data.table import number, rows, unknown

ASSUMED_HOLDER = "assumed holder"

# Machine spindles name their taper as the maker does; the table names the holder side. ISO 40 (SA40) cones take DIN 69871 shanks.
_TAPER_ALIASES = {"CT40": "BT40", "CAT40": "BT40", "SA40": "SK40", "ISO40": "SK40", "TTS": "R8 / TTS 3/4in", "R8": "R8 / TTS 3/4in"}

# A collet that is the spindle itself: what its bore does not take cannot be held by any holder.
COLLET_SPINDLES = ("ER20",)


@dataclass(frozen=True)
class Holder:
    """A holder. `profile`: (diameter, z0, z1) from the nose upwards, mm; `lpr_mm` gauge line to nose."""

    id: str
    machine_interface: str
    clamping: str
    clamp_min_mm: float
    clamp_max_mm: float
    lpr_mm: float
    profile: tuple[tuple[float, float, float], ...]
    max_rpm: float
    source: str


@lru_cache(maxsize=1)
def load_holders() -> tuple[Holder, ...]:
    """The holders of rotating tools, in the table's order."""
    return tuple(_holder(row) for row in rows("holders") if _is_stack(row["envelope"]) and number(row["lpr_mm"]) > 0.0)


def holder(name: str) -> Holder:
    """The holder of that id; CopeauError with near names when there is none."""
    by_id = {h.id: h for h in load_holders()}
    if name not in by_id:
        raise unknown("holder", name, by_id)
    return by_id[name]


def interface(taper: str) -> str:
    """The interface name of the holder table for a machine's taper ("BT40 / CT40", "SA40 (ISO 40)"); first word that is known."""
    known = {h.machine_interface for h in load_holders()}
    for word in re.split(r"[\s/()]+", taper):
        name = _TAPER_ALIASES.get(word, word)
        if name in known:
            return name
    return taper


def holder_for(wanted: Holder, shank_mm: float, taper: str) -> tuple[Holder | None, bool]:
    """The holder of a taper that clamps as `wanted` does, and whether it is an assumption.

    Parameters
    ----------
    wanted : Holder
        What the tool's row names.
    shank_mm : float
        Shank diameter.
    taper : str
        Of the machine's spindle.

    Returns
    -------
    (Holder or None, bool)
        The same clamping on that taper; else another holder of that taper whose range takes the shank; else `wanted` with its own
        dimensions, assumed. None when the spindle is a collet that the shank does not enter.
    """
    of_taper = [h for h in load_holders() if h.machine_interface == interface(taper)]
    fits = [h for h in of_taper if h.clamp_min_mm <= shank_mm <= h.clamp_max_mm]
    same = [h for h in fits if h.clamping == wanted.clamping]
    if wanted in same:
        return wanted, False
    if same:
        return same[0], False
    if interface(taper) in COLLET_SPINDLES:
        return (fits[0], False) if fits else (None, False)
    collets = [h for h in fits if h.clamping.startswith("ER")]
    if collets and not wanted.clamping.startswith("arbor"):
        return collets[0], False
    return wanted, True


def _holder(row: dict[str, str]) -> Holder:
    lpr = number(row["lpr_mm"])
    return Holder(
        id=row["id"],
        machine_interface=row["machine_interface"],
        clamping=row["clamping"],
        clamp_min_mm=number(row["clamp_min_mm"]),
        clamp_max_mm=number(row["clamp_max_mm"]),
        lpr_mm=lpr,
        profile=_profile(row["envelope"], lpr),
        max_rpm=number(row["max_rpm"]),
        source=row["source"],
    )


def _is_stack(envelope: str) -> bool:
    return all(re.fullmatch(r"[\d.]+@[\d.]+-[\d.]+", piece) for piece in envelope.split(";"))


def _profile(envelope: str, lpr: float) -> tuple[tuple[float, float, float], ...]:
    """`dia@from-to;...` from the gauge line towards the nose, turned into cylinders from the nose upwards."""
    out = []
    for piece in reversed(envelope.split(";")):
        diameter, _, reach = piece.partition("@")
        frm, to = reach.split("-")
        out.append((float(diameter), lpr - float(to), lpr - float(frm)))
    return tuple(out)
