"""The machines of the table, as `Machine`."""

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from copeau.data.table import document, number, unknown
from copeau.model.errors import CopeauError
from copeau.model.machine import Machine

# Free way in X and Y besides the work: half a vise jaw's overhang and the approach outside the stock, a shop rule.
TRAVEL_MARGIN_MM = 20.0

# Outside diameter of the spindle nose by size of the 7/24 taper, DIN 2079 (ISO 297).
NOSE_MM = {30: 69.832, 40: 88.882, 45: 101.6, 50: 128.57}


@lru_cache(maxsize=1)
def load_machines() -> tuple[Machine, ...]:
    """Every machine of the table, mills and lathes; what a machine's row does not state is NaN."""
    return tuple(_machine(row) for row in document("machines")["machines"])


def machine(name: str) -> Machine:
    """The machine of that id.

    Raises
    ------
    CopeauError
        No such machine; near names are offered.
    """
    by_id = {m.id: m for m in load_machines()}
    if name not in by_id:
        raise unknown("machine", name, by_id)
    return by_id[name]


def smallest_machine(needed_mm: Iterable[float], mass_kg: float, kinds: tuple[str, ...] = ("mill3", "mill5")) -> Machine:
    """The machine of least working volume that takes a workpiece with its fixture and its tools.

    Of a later kind only where none of the kinds before it does: a 5-axis machine with its tables clamped is a large 3-axis one.

    Parameters
    ----------
    needed_mm : (3,), mm
        Size of workpiece and fixture in X and Y; in Z their height plus the longest tool and its clearance over the work.
    mass_kg : float
        Workpiece and fixture. A machine that does not state its load is taken only when nothing else holds the work.
    kinds : of machine

    Raises
    ------
    CopeauError
        No machine of the table is large enough.
    """
    need = [float(v) for v in needed_mm]
    holding = [m for m in load_machines() if m.kind in kinds and _holds(m, need, mass_kg)]
    fits = [m for m in holding if m.kind == min((h.kind for h in holding), key=kinds.index)]
    if not fits:
        size = " x ".join(f"{v:.0f}" for v in need)
        raise CopeauError(
            f"no machine of kind {', '.join(kinds)} takes {size} mm with {mass_kg:.0f} kg",
            mend="name a machine of your own, or split the part",
        )
    # A router or a bench mill that leaves its load unsaid is no default for work of unknown weight.
    return min(fits, key=lambda m: (math.isnan(m.max_load_kg), math.prod(m.travels_mm), m.id))


def _holds(m: Machine, need: list[float], mass_kg: float) -> bool:
    wide, deep = m.travels_mm[0] - 2 * TRAVEL_MARGIN_MM, m.travels_mm[1] - 2 * TRAVEL_MARGIN_MM
    high = m.travels_mm[2] if math.isnan(m.nose_to_table_mm[1]) else m.nose_to_table_mm[1]
    table = all(math.isnan(t) or n <= t for n, t in zip(need[:2], m.table_mm))
    load = math.isnan(m.max_load_kg) or mass_kg <= m.max_load_kg
    return need[0] <= wide and need[1] <= deep and need[2] <= high and table and load


def _machine(row: dict[str, Any]) -> Machine:
    spindle, changer = row["spindle"], row.get("tool_changer") or {}
    table, nose = row.get("table_mm") or {}, row.get("spindle_nose_to_table_mm") or {}
    return Machine(
        id=row["id"],
        name=row["name"],
        kind=row["kind"],
        dialect=row["controller"]["dialect"],
        travels_mm=_axes(row["travels_mm"]),
        table_mm=(number(table.get("length")), number(table.get("width"))),
        nose_to_table_mm=(number(nose.get("min")), number(nose.get("max"))),
        rapid_mm_min=_axes(row["rapid_m_min"], 1000.0),
        max_feed_mm_min=1000.0 * number(row.get("max_cutting_feed_m_min")),
        accel_m_s2=_axes(row["accel_m_s2"]),
        rpm_min=number(spindle.get("rpm_min")),
        rpm_max=number(spindle.get("rpm_max")),
        power_kw=number(spindle.get("power_kw")),
        torque_nm=number(spindle.get("torque_nm")),
        torque_at_rpm=number(spindle.get("torque_at_rpm")),
        taper=spindle.get("taper") or spindle.get("nose") or "",
        nose_mm=spindle_nose_mm(spindle.get("taper") or ""),
        tool_pockets=int(changer.get("pockets") or 0),
        tool_change_s=number(changer.get("chip_to_chip_s")),
        max_load_kg=number(row.get("max_table_load_kg")),
        quality=_words(row["quality"]),
        source=_words(row["source"]),
    )


def spindle_nose_mm(taper: str) -> float:
    """Diameter (mm) of the nose of a spindle with a 7/24 taper ("BT40 / CT40"), the least that its head measures; NaN for other tapers."""
    size = re.search(r"\b(?:BT|CT|CAT|SK|SA|ISO)\s?(\d\d)\b", taper)
    return NOSE_MM.get(int(size[1]), math.nan) if size else math.nan


def _axes(by_axis: dict[str, Any], factor: float = 1.0) -> tuple[float, float, float]:
    x, y, z = (factor * number(by_axis.get(axis)) for axis in "xyz")
    return x, y, z


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_words(v)}" for key, v in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
