"""Time and cost of a batch: setting shared by its parts, machining for each."""

import math
from dataclasses import dataclass

from copeau.model.machine import Machine, Material

SETTING_S = 1800.0  # of a setup: fixture, zero, first part measured (small shops reckon 20 to 45 min)
TOOL_SETTING_S = 120.0  # of a tool: mounted and measured once
LOADING_S = 90.0  # of a part in a setup: out, cleaned, in
SECONDS_PER_HOUR = 3600.0
GRAMS_PER_KG, MM3_PER_CM3 = 1e3, 1e3


@dataclass(frozen=True)
class Batch:
    """Seconds and euros; NaN where the machine has no hourly rate or the material no price."""

    lot: int
    setting_s: float
    cycle_s: float  # of one part, loading included
    machine_eur: float  # of one part
    material_eur: float  # of one part

    @property
    def total_s(self) -> float:
        """Of the whole batch."""
        return self.setting_s + self.lot * self.cycle_s

    @property
    def part_s(self) -> float:
        """Of one part, its share of the setting included."""
        return self.total_s / self.lot

    def report(self) -> dict:
        """`cost` of the report; what is not known is left out and said."""
        told = {"machine_eur_per_part": self.machine_eur, "material_eur_per_part": self.material_eur}
        known = {k: round(v, 2) for k, v in told.items() if not math.isnan(v)}
        if len(known) == len(told):
            known["eur_per_part"] = round(sum(told.values()), 2)
        missing = [name for name, v in (("the machine's hourly rate", self.machine_eur), ("the material's price", self.material_eur)) if math.isnan(v)]
        said = {"not_known": ", ".join(missing)} if missing else {}
        assumed = f"{SETTING_S / 60:g} min a setup, {TOOL_SETTING_S / 60:g} min a tool, {LOADING_S:g} s a loading"
        return {
            "lot": self.lot, "setting_s": self.setting_s, "cycle_s": self.cycle_s, "batch_s": self.total_s, "s_per_part": self.part_s,
            **known, **said, "assumed": assumed,
        }  # fmt: skip


def batch(lot: int, setups: int, tools: int, machining_s: float, blank_mm3: float, machine: Machine, material: Material) -> Batch:
    """The batch of a job with so many setups and tools."""
    setting = setups * SETTING_S + tools * TOOL_SETTING_S
    cycle = machining_s + setups * LOADING_S
    mass_kg = blank_mm3 / MM3_PER_CM3 * material.density_g_cm3 / GRAMS_PER_KG
    return Batch(lot, setting, cycle, (setting / lot + cycle) / SECONDS_PER_HOUR * machine.hourly_rate, mass_kg * material.price_eur_kg)
