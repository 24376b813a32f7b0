"""The workpiece materials of the table, as `Material`."""

import math
import re
from functools import lru_cache
from typing import Any

from copeau.data.table import document, number, rows, unknown
from copeau.model.errors import CopeauError
from copeau.model.machine import Material

# Chip thickness at which two Kienzle pairs of one material are compared: the middle of milling with inserts and end mills.
COMPARED_CHIP_MM = 0.1

# Unalloyed and low alloy structural and engineering steels that a job shop keeps as bar and plate (VDI 3323 groups 1 to 8).
COMMON_STEEL_GROUPS = range(1, 9)


@lru_cache(maxsize=1)
def load_materials() -> tuple[Material, ...]:
    """Every material of the table; kc11 and mc are the pair that asks for the larger force."""
    return tuple(_material(row) for row in document("materials")["materials"])


def material(name: str) -> Material:
    """The material of that id, or of one of its other names (EN, W.-Nr., AISI, UNS, AFNOR), case and spaces ignored.

    Raises
    ------
    CopeauError
        No such material, or a name that several states of a material share; near names are offered.
    """
    by_id = {m.id: m for m in load_materials()}
    if name in by_id:
        return by_id[name]
    matches = sorted(_by_name().get(_folded(name), set()))
    if len(matches) == 1:
        return by_id[matches[0]]
    if matches:
        raise CopeauError(f"several materials are called {name!r}", mend=f"say which: {', '.join(matches)}")
    raise unknown("material", name, by_id)


def conservative_steel() -> Material:
    """The most conservative common steel, for a job that does not say its material.

    Of the unalloyed and low alloy steels of the table, the one with the largest specific cutting force at a chip of 0.1 mm:
    forces, power and clamping are then never planned too small, and the cutting speed of its group (quenched and
    tempered, 300 HB) is below that of any other common steel, so the tool survives in whatever steel lies on the table.
    Stainless, tool and hardened steels are left out: nobody machines them without knowing it.
    """
    steels = [m for m in load_materials() if m.iso513 == "P" and m.vdi3323 in COMMON_STEEL_GROUPS]
    return max(steels, key=lambda m: (specific_force(m, COMPARED_CHIP_MM), m.vdi3323, m.id))


def specific_force(m: Material, h_mm: float) -> float:
    """Specific cutting force kc = kc11 h^-mc, N/mm2, rake 0 (Kienzle); NaN when the material has no kc11."""
    return m.kc11 * h_mm**-m.mc


def _material(row: dict[str, Any]) -> Material:
    kc11, mc = _kienzle(row)
    return Material(
        id=row["id"],
        name=row["names"]["en"],
        iso513=row["iso513"],
        vdi3323=int(row.get("vdi3323") or 0),
        kc11=kc11,
        mc=mc,
        density_g_cm3=number(row.get("density_g_cm3")),
        hardness=_hardness(row.get("hardness")),
        price_eur_kg=number(row.get("price_eur_kg")),
        source=row["source"]["properties"],
    )


def _kienzle(row: dict[str, Any]) -> tuple[float, float]:
    pairs = []
    for key in ("kienzle", "kienzle_alt"):
        pair = row.get(key) or {}
        if pair.get("kc11") is not None:
            pairs.append((float(pair["kc11"]), _exponent(pair.get("mc"))))
    if not pairs:
        return math.nan, math.nan
    return max(pairs, key=lambda p: p[0] * COMPARED_CHIP_MM ** -p[1])


def _exponent(mc: float | None) -> float:
    """The exponent, or the largest of the group table where none is sourced: below 1 mm chips it gives the larger force."""
    if mc is not None:
        return float(mc)
    return max(number(row["mc"]) for row in rows("vdi3323") if row["mc"])


@lru_cache(maxsize=1)
def _by_name() -> dict[str, set[str]]:
    out: dict[str, set[str]] = {}
    for row in document("materials")["materials"]:
        for names in [row["id"], *map(str, row["names"].values())]:
            for name in [names, *names.split("/")]:
                out.setdefault(_folded(name), set()).add(row["id"])
    return out


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).casefold()


def _hardness(value: dict[str, Any] | None) -> str:
    return "" if not value else f"{value['min']}-{value['max']} {value['scale']}"
