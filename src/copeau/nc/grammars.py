"""What Haas and Fanuc read beyond the codes that all three controls share.

The codes here are read and noted; none moves an axis. Codes that do and that are not read stay unknown, so that they are refused.
"""

from copeau.nc.blocks import Grammar

CALL = ""
"""No remark: the code is a call, which `macros` makes."""

_CANCELS = {500: "scaling off", 690: "rotation off", 150: "polar coordinates off"}
_HAAS_G = {
    **_CANCELS,
    90: "exact stop in this block",
    650: CALL,
    1000: "mirror image off", 1010: "mirror image off",
    1030: "look-ahead limited",
    1870: "accuracy of the path set",
}  # fmt: skip
_FANUC_G = {
    **_CANCELS,
    51: "high-speed machining mode",
    81: "look-ahead mode",
    90: "exact stop in this block",
    501: "mirror image off",
    620: "automatic corner override",
    630: "tapping mode",
    650: CALL,
    670: "modal macro call off",
}  # fmt: skip
_HAAS_M = {
    10: "4th axis brake on", 11: "4th axis brake off", 12: "5th axis brake on", 13: "5th axis brake off", 31: "chip conveyor on",
    33: "chip conveyor off", 34: "coolant spigot down", 35: "coolant spigot up", 83: "air on", 84: "air off",
    88: "coolant through the spindle on", 89: "coolant through the spindle off", 97: CALL,
}  # fmt: skip
_FANUC_M = {
    10: "brake on", 11: "brake off", 29: "rigid tapping", 88: "coolant through the spindle on", 89: "coolant through the spindle off",
}  # fmt: skip

_HAAS_SYSTEMS = range(1100, 1300, 10)  # G110 to G129, which are G154 P1 to P20

GRAMMARS = {
    "linuxcnc": Grammar({}, {}),
    "haas": Grammar(_HAAS_G, _HAAS_M, bare_expressions=True, cancel_apart=True, extra_systems=frozenset({1540, *_HAAS_SYSTEMS})),
    "fanuc": Grammar(_FANUC_G, _FANUC_M, bare_expressions=True, cancel_apart=True, extra_systems=frozenset({541})),
}
"""Grammar by dialect."""
