"""Tables with their sources, and their loaders.

In: the tables of the package, and the files in which a workshop keeps its tools. Out: `Machine`, `Material`, `Tool`, sizes and
limits. Never: a choice for a job (that is `process`), a value without a `source`, a formula where a standard has a table.
"""

from copeau.data.holders import ASSUMED_HOLDER, Holder, load_holders
from copeau.data.limits import fit_limits, general_tolerance, reaming_stock
from copeau.data.machines import load_machines, machine, smallest_machine
from copeau.data.materials import conservative_steel, load_materials, material, specific_force
from copeau.data.threads import Thread, load_threads, thread
from copeau.data.tool_files import read_camotics_tools, read_tool_table, read_tools
from copeau.data.tools import load_tools, tool

__all__ = [
    "ASSUMED_HOLDER", "Holder", "Thread", "conservative_steel", "fit_limits", "general_tolerance", "load_holders", "load_machines",
    "load_materials", "load_threads", "load_tools", "machine", "material", "read_camotics_tools", "read_tool_table", "read_tools",
    "reaming_stock", "smallest_machine", "specific_force", "thread", "tool",
]  # fmt: skip
