"""The tools of the table in their holders, as `Tool`."""

import math
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path

from copeau.data.holders import ASSUMED_HOLDER, holder, holder_for
from copeau.data.table import least, number, rows, unknown
from copeau.data.tool_files import read_tools
from copeau.model.machine import Machine
from copeau.model.tool import Tool

# Row types of the table and the tool type that simulation and planning know them by. Not here, hence not offered: corner rounding
# cutters (a concave profile) and boring heads (a range of diameters); turning tools and inserts belong to lathes.
TYPE_OF_ROW = {
    "endmill": "endmill",
    "roughing_endmill": "endmill",
    "indexable_endmill": "endmill",
    "ball_endmill": "ball_endmill",
    "bullnose_endmill": "bullnose_endmill",
    "face_mill": "face_mill",
    "twist_drill": "drill",
    "solid_drill": "drill",
    "indexable_drill": "drill",
    "spot_drill": "spot_drill",
    "center_drill": "center_drill",
    "countersink": "countersink",
    "chamfer_mill": "chamfer_mill",
    "engraving": "chamfer_mill",
    "machine_reamer": "reamer",
    "machine_tap": "tap",
    "forming_tap": "tap",
    "thread_mill": "thread_mill",
    "tslot_cutter": "tslot_cutter",
    "dovetail_cutter": "dovetail",
    "touch_probe": "probe",
}


def load_tools(machine: Machine | None = None, path: Path | None = None) -> tuple[Tool, ...]:
    """Milling, drilling, tapping and reaming tools, each in its holder.

    Parameters
    ----------
    machine : Machine, optional
        Its taper chooses the holders (the table's BT40 without one), its speed limits `RPMX`, its spindle's face is over them. Where the table has no holder of that
        taper, the BT40 dimensions stand and `quality` says "assumed holder"; what a collet spindle cannot grip is left out.
    path : Path, optional
        The workshop's own tools (YAML, LinuxCNC `.tbl`, CAMotics JSON) in place of the table.

    Raises
    ------
    CopeauError
        The file is missing or wrong: with its line and near names.
    """
    if machine is None:
        return _table_tools() if path is None else read_tools(path)
    if path is not None:
        return tuple(replace(t, nose_mm=machine.nose_mm) for t in read_tools(path))
    held = (_held(tool, machine.taper) for tool in _table_tools())
    return tuple(replace(t, RPMX=least(t.RPMX, machine.rpm_max), nose_mm=machine.nose_mm) for t in held if t is not None)


def tool(name: str, machine: Machine | None = None) -> Tool:
    """The tool of that id in the table; CopeauError with near names when there is none."""
    by_id = {t.id: t for t in load_tools(machine)}
    if name not in by_id:
        raise unknown("tool", name, by_id)
    return by_id[name]


@lru_cache(maxsize=1)
def _table_tools() -> tuple[Tool, ...]:
    return tuple(_tool(row) for row in rows("tools") if row["type"] in TYPE_OF_ROW)


def _tool(row: dict[str, str]) -> Tool:
    in_holder = holder(row["HOLDER"])
    dc, apmx, kapr, stickout = (number(row[key]) for key in ("DC", "APMX", "KAPR", "LPR_STICKOUT"))
    kind = TYPE_OF_ROW[row["type"]]
    return Tool(
        id=row["id"],
        type=kind,
        DC=dc,
        description=row["description"],
        RE=number(row["RE"] or "0"),
        SIG=number(row["SIG"]),
        KAPR=kapr,
        LU=number(row["LU"]),
        APMX=apmx,
        NOF=int(row["NOF"] or 0),
        DN=number(row["DN"]),
        DCON=number(row["DCON"]),
        DCX=largest_face_mill_diameter(dc, apmx, kapr) if kind == "face_mill" else math.nan,
        LPR=stickout,
        OAL=number(row["OAL"]),
        TP=number(row["TP"]),
        CW=apmx if kind == "tslot_cutter" else number(row["CW"]),
        tip_diameter=number(row["TIPD"] or "0"),
        thread=row["THREAD"],
        chamfer_length=number(row["TCL"]),
        THCHT=row["THCHT"],
        forming=row["type"] == "forming_tap",
        iso513=row["ISO513"],
        centre_cutting=row["CC"] == "yes",
        RPMX=least(number(row["RPMX"]), in_holder.max_rpm),
        length_mm=stickout + in_holder.lpr_mm,
        holder=in_holder.profile,
        holder_id=in_holder.id,
        material=row["tool_material"],
        coating=row["coating"],
        quality=row["quality"],
        source=row["source"],
    )


def largest_face_mill_diameter(dc: float, apmx: float, kapr_deg: float) -> float:
    """DCX = DC + 2 APMX / tan(KAPR), mm: where the edges of a face mill end (ISO 13399); DC itself at 90 degrees."""
    return dc if kapr_deg == 90.0 else dc + 2.0 * apmx / math.tan(math.radians(kapr_deg))


def _held(tool: Tool, taper: str) -> Tool | None:
    wanted = holder(tool.holder_id)
    held, is_assumed = holder_for(wanted, tool.DCON, taper)
    if held is None:
        return None
    return replace(
        tool,
        holder=held.profile,
        holder_id=held.id,
        length_mm=tool.LPR + held.lpr_mm,
        RPMX=least(_own_rpmx(tool.id), held.max_rpm),
        quality=f"{tool.quality}; {ASSUMED_HOLDER}" if is_assumed else tool.quality,
    )


@cache
def _own_rpmx(tool_id: str) -> float:
    return next(number(row["RPMX"]) for row in rows("tools") if row["id"] == tool_id)
