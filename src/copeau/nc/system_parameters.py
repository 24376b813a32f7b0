"""Parameters that the control keeps: positions, offsets, modes (LinuxCNC manual, "Numbered Parameters", "Named Parameters").

Lengths are in the program's units for positions, millimetres for stored offsets.
"""

import math

from copeau.nc.control import Control
from copeau.nc.offsets import set_offset
from copeau.nc.state import AXES, INCH, SYSTEMS, WorkOffset

_HOMES = {5160: 28, 5180: 30}
_FIRST_OFFSET, _OFFSET_STEP, _ROTATION = 5220, 20, 10
_G92 = 5210
_MACHINE, _CURRENT = 5020, 5419
_FANUC_CURRENT = (5000, 5040)


def _length(control: Control, value: float, axis: int) -> float:
    return value / INCH if control.state.inches and axis < 3 else value


def numbered(control: Control, number: int) -> float | None:
    """Value of a system parameter, None where `number` is none."""
    if number < 5000 or number > 5500:
        return None
    st = control.state
    for base, which in _HOMES.items():
        if base < number <= base + 6:
            return st.homes[which][number - base - 1]
    if number == _G92:
        return float(st.g92_on)
    if _G92 < number <= _G92 + 6:
        return st.g92_stored[number - _G92 - 1]
    if number == _FIRST_OFFSET:
        return float(SYSTEMS.index(st.system) + 1) if st.system in SYSTEMS else 0.0
    place = _offset_place(number)
    if place is not None:
        offset, axis = st.offsets[SYSTEMS[place[0]]], place[1]
        return offset.rotation_deg if axis == 6 else offset.origin[axis]
    if _MACHINE < number <= _MACHINE + 6:
        return _length(control, st.machine_position()[number - _MACHINE - 1], number - _MACHINE - 1)
    if _CURRENT < number <= _CURRENT + 6:
        return _length(control, st.at[number - _CURRENT - 1], number - _CURRENT - 1)
    if control.dialect != "linuxcnc":
        for base in _FANUC_CURRENT:
            if base < number <= base + 6:
                return _length(control, st.at[number - base - 1], number - base - 1)
    if number == 5400:
        return float(st.tool)
    if number == 5403:
        tool = control.tools.get(st.length_offset)
        return 0.0 if tool is None or math.isnan(tool.length_mm) else _length(control, tool.length_mm, 2)
    if number == 5410:
        tool = control.tools.get(st.tool)
        return 0.0 if tool is None else _length(control, tool.DC, 0)
    return None


def _offset_place(number: int) -> tuple[int, int] | None:
    """System (0 to 8) and axis (6: rotation) of #5221 to #5390."""
    system, rest = divmod(number - _FIRST_OFFSET, _OFFSET_STEP)
    if not 0 <= system < len(SYSTEMS):
        return None
    if 1 <= rest <= 6:
        return system, rest - 1
    return (system, 6) if rest == _ROTATION else None


def set_numbered(control: Control, number: int, value: float) -> bool:
    """Set a stored offset; False where `number` is none."""
    st = control.state
    for base, which in _HOMES.items():
        if base < number <= base + 6:
            st.homes[which][number - base - 1] = value
            return True
    place = _offset_place(number)
    if place is None:
        return False
    system, axis = SYSTEMS[place[0]], place[1]
    old = st.offsets[system]
    origin = list(old.origin)
    if axis == 6:
        set_offset(control, system, WorkOffset(origin, value))
    else:
        origin[axis] = value
        set_offset(control, system, WorkOffset(origin, old.rotation_deg))
    return True


def named(control: Control, name: str) -> float | None:
    """Value of a predefined named parameter, None where `name` is none."""
    st = control.state
    if len(name) == 2 and name[1] in AXES:
        n = AXES.index(name[1])
        return _length(control, st.at[n], n)
    if name.startswith("_abs_") and name[5:] in tuple(AXES):
        n = AXES.index(name[5:])
        return _length(control, st.machine_position()[n], n)
    getter = _NAMED.get(name)
    return None if getter is None else float(getter(control))


_NAMED = {
    "_line": lambda c: c.line,
    "_motion_mode": lambda c: c.state.motion,
    "_plane": lambda c: c.state.plane * 10,
    "_ccomp": lambda c: {0: 400, 1: 410, -1: 420}[c.state.comp_side],
    "_metric": lambda c: not c.state.inches,
    "_imperial": lambda c: c.state.inches,
    "_absolute": lambda c: not c.state.incremental,
    "_incremental": lambda c: c.state.incremental,
    "_inverse_time": lambda c: c.state.feed_mode == 93,
    "_units_per_minute": lambda c: c.state.feed_mode == 94,
    "_units_per_rev": lambda c: c.state.feed_mode == 95,
    "_coord_system": lambda c: c.state.system,
    "_tool_offset": lambda c: c.state.length_offset != 0,
    "_retract_r_plane": lambda c: not c.state.retract_to_initial,
    "_retract_old_z": lambda c: c.state.retract_to_initial,
    "_spindle_rpm_mode": lambda c: not c.state.surface_speed,
    "_spindle_css_mode": lambda c: c.state.surface_speed,
    "_ijk_absolute_mode": lambda c: c.state.arc_absolute,
    "_lathe_diameter_mode": lambda c: c.state.diameter_mode,
    "_lathe_radius_mode": lambda c: not c.state.diameter_mode,
    "_spindle_on": lambda c: c.state.spindle != 0,
    "_spindle_cw": lambda c: c.state.spindle > 0,
    "_mist": lambda c: 7 in c.state.coolant,
    "_flood": lambda c: 8 in c.state.coolant,
    "_speed_override": lambda c: 1,
    "_feed_override": lambda c: 1,
    "_adaptive_feed": lambda c: 0,
    "_feed_hold": lambda c: 0,
    "_feed": lambda c: c.state.feed / (1.0 if c.state.feed_mode == 93 else c.state.scale),
    "_rpm": lambda c: c.state.speed,
    "_current_tool": lambda c: c.state.tool,
    "_selected_tool": lambda c: max(c.state.tool_selected, 0),
    "_current_pocket": lambda c: c.state.tool,
    "_selected_pocket": lambda c: max(c.state.tool_selected, 0),
    "_value": lambda c: c.return_value[0],
    "_value_returned": lambda c: c.return_value[1],
    "_call_level": lambda c: c.call_level,
    "_remap_level": lambda c: 0,
    "_task": lambda c: 0,
    "_vmajor": lambda c: 2.9,
    "_vminor": lambda c: 0,
}
