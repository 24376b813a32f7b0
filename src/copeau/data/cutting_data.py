"""The sourced cutting data: which row holds for a tool in a material."""

import math
import re
from dataclasses import dataclass
from functools import cache, lru_cache

from copeau.data.table import number, rows
from copeau.model.errors import CopeauError
from copeau.model.machine import Material
from copeau.model.tool import Tool

QUALITIES = ("catalogue", "workshop page", "teaching table", "textbook")  # best first
COMPARED_CHIP_MM = 0.1  # at which groups are compared by their specific cutting force

# Row kinds of the table by tool type; the first that has a row wins. A countersink is driven as the NC spot drill whose cone it has.
_KINDS_OF_TYPE = {
    "endmill": ("endmill",),
    "ball_endmill": ("endmill",),
    "bullnose_endmill": ("endmill",),
    "tapered_endmill": ("endmill",),
    "lollipop": ("endmill",),
    "spot_drill": ("NC spot drill 90 deg", "NC spot drill 90/120 deg"),
    "center_drill": ("NC spot drill 90/120 deg", "NC spot drill 90 deg"),
    "countersink": ("NC spot drill 90/120 deg", "NC spot drill 90 deg"),
    "chamfer_mill": ("chamfer mill 45 deg",),
    "reamer": ("machine reamer H7",),
    "thread_mill": ("solid thread mill",),
    "tslot_cutter": ("T-slot / dovetail cutter",),
    "dovetail": ("T-slot / dovetail cutter",),
    "boring_bar": ("fine boring head",),
}  # fmt: skip
_DRILL_KINDS = {"carbide": ("solid drill 3-5xD",), "insert": ("indexable drill 2-4xD",), "HSS": ("jobber drill DIN 338", "twist drill")}
_GENERIC_NOTES = ("plastics", "thermoplastic", "thermoplastics", "thermoset", "")


@dataclass(frozen=True)
class CuttingRow:
    """One row of the table. vc m/min; feeds in `feed_kind`: fz_mm, fz_over_dc, fn_mm, fn_over_dc, pitch."""

    id: str
    tool_kind: str
    family: str  # carbide, insert, HSS
    tool_materials: frozenset[str]
    is_coated: bool
    iso513: str
    groups: frozenset[int]  # VDI 3323; empty: the whole letter
    note: str
    band: tuple[float, float] | None  # ae / DC for which the row's feed holds, chip thinning included
    dc_min_mm: float
    dc_max_mm: float
    vc_min: float
    vc_start: float
    vc_max: float
    feed_kind: str
    feed_min: float
    feed_start: float
    feed_max: float
    coolant: str
    quality: str
    source: str

    def feed_mm(self, feed: float, dc_mm: float) -> float:
        """A feed of the row at a diameter, mm per tooth or per revolution; it does not grow beyond the row's diameters."""
        if self.feed_kind.endswith("_over_dc"):
            return feed * (dc_mm if math.isnan(self.dc_max_mm) else min(dc_mm, self.dc_max_mm))
        below = 1.0 if math.isnan(self.dc_min_mm) else min(1.0, dc_mm / self.dc_min_mm)
        return feed * below


@dataclass(frozen=True)
class Choice:
    """The row that holds, and in words what it does not quite say about this tool and material."""

    row: CuttingRow
    vc: float  # m/min to start with: the row's lower end where tool or material are not the row's own
    remark: str


@lru_cache(maxsize=1)
def load_cutting_rows() -> tuple[CuttingRow, ...]:
    """The rows for rotating tools."""
    return tuple(_row(r) for r in rows("cutting_data") if not r["operation"].startswith(("turning", "knurling", "grooving", "parting")))


@cache
def cutting_row(tool: Tool, material: Material, share: float = math.nan) -> Choice:
    """The row of the best quality for a tool in a material.

    Parameters
    ----------
    tool : Tool
    material : Material
    share : float
        Radial engagement ae / DC, where it matters.

    Raises
    ------
    CopeauError
        The table has no row for that kind of tool in that group, nor in a group of the same letter that is harder to cut.
    """
    kinds = _kinds(tool)
    ranked = []
    for row in load_cutting_rows():
        group = _group_rank(row, material)
        if group is None or row.tool_kind not in kinds or not row.feed_kind:
            continue
        if _family_fits(tool, row) and _band_fits(row, share):
            ranked.append((_rank(row, tool, group, kinds), row))
    if not ranked:
        raise CopeauError(
            f"no cutting data for {kinds[0]} of {tool.material or 'HSS'} in {material.id} (ISO 513 {material.iso513}, "
            f"VDI 3323 group {material.vdi3323 or '-'})",
            where=f"cutting data table, tool {tool.id}",
            mend="choose a tool of another material, or add the row with its source",
        )
    row = min(ranked, key=lambda pair: pair[0])[1]
    return _choice(row, tool, material)


def family(tool_material: str) -> str:
    """carbide, insert (an indexable body of steel) or HSS; an unknown material is taken as HSS, the slowest."""
    text = tool_material.casefold()
    if "insert" in text:
        return "insert"
    return "carbide" if "carbide" in text or text == "vhm" else "HSS"


def _choice(row: CuttingRow, tool: Tool, material: Material) -> Choice:
    doubts = []
    if not row.groups and _is_hard_of_its_letter(material.vdi3323):
        doubts.append(f"row for all of {row.iso513}, lower end")
    if tool.iso513 and material.iso513 not in tool.iso513:
        doubts.append(f"tool made for {tool.iso513}")
    if family(tool.material) == "HSS" and tool.material not in row.tool_materials and "Co" not in tool.material:
        doubts.append(f"row for {'/'.join(sorted(row.tool_materials))}")
    if _is_coated(tool.coating) != row.is_coated and row.family == "carbide":
        doubts.append(f"row for {'coated' if row.is_coated else 'uncoated'} tools")
    vc = row.vc_min if doubts else row.vc_start
    if row.groups and material.vdi3323 not in row.groups:
        # A harder group's row is slow enough by itself.
        doubts.append(f"no row for group {material.vdi3323}, taken from a harder one")
    return Choice(row, vc, "; ".join(doubts))


def _kinds(tool: Tool) -> tuple[str, ...]:
    if tool.type == "drill":
        return _DRILL_KINDS[family(tool.material)]
    if tool.type == "tap":
        return ("forming tap",) if tool.forming else ("machine tap",)
    if tool.type == "face_mill" or (tool.type == "endmill" and family(tool.material) == "insert"):
        square = "90deg shoulder/face mill"
        return (square,) if math.isnan(tool.KAPR) or tool.KAPR > 60.0 else ("45deg face mill", square)
    if tool.type not in _KINDS_OF_TYPE:
        raise CopeauError(f"a {tool.type} does not cut", where=f"tool {tool.id}", mend="choose a cutting tool")
    return _KINDS_OF_TYPE[tool.type]


def _rank(row: CuttingRow, tool: Tool, group: tuple[int, float], kinds: tuple[str, ...]) -> tuple:
    outside = 0.0
    if row.dc_max_mm < tool.DC:
        outside = math.log(tool.DC / row.dc_max_mm)
    elif row.dc_min_mm > tool.DC:
        outside = math.log(row.dc_min_mm / tool.DC)
    return (
        kinds.index(row.tool_kind),
        row.family != family(tool.material),
        group,
        tool.material not in row.tool_materials,
        _is_coated(tool.coating) != row.is_coated,
        outside,
        row.band is None,
        QUALITIES.index(row.quality),
        row.vc_start,
        row.id,
    )


def _group_rank(row: CuttingRow, material: Material) -> tuple[int, float] | None:
    """0 the group itself, 1 the whole letter, 2 a harder group of the letter (nearest first); None: does not hold."""
    if material.vdi3323 in row.groups:
        return 0, 0.0
    if row.iso513 != material.iso513:
        return None
    if material.iso513 == "O":
        return _plastic_rank(row, material)
    if not row.groups:
        return 1, 0.0
    own = _group_force(material.vdi3323)
    over = min(_group_force(g) for g in row.groups) - own
    return (2, over) if over >= 0.0 else None


def _plastic_rank(row: CuttingRow, material: Material) -> tuple[int, float] | None:
    named = re.split(r"[/,\s]+", row.note)
    short = re.match(r"[A-Z]+", material.id)
    if short and short[0] in named:
        return 0, 0.0
    if row.note in _GENERIC_NOTES:
        return 1, 0.0
    # A plastic that no row names: the slowest of the named ones.
    return 2, row.vc_start


def _family_fits(tool: Tool, row: CuttingRow) -> bool:
    own = family(tool.material)
    if own == row.family:
        return True
    # A carbide tool may run on a row for HSS (slower than it could); never the other way round.
    return own == "carbide" and row.family == "HSS"


def _band_fits(row: CuttingRow, share: float) -> bool:
    if row.band is None or row.tool_kind != "endmill" or math.isnan(share):
        return True
    low, high = row.band
    return low <= share < high


@cache
def _group_force(group: int) -> float:
    """Specific cutting force of a VDI 3323 group at a chip of 0.1 mm, N/mm2; 0 where the table has none."""
    for row in rows("vdi3323"):
        if int(row["vdi3323"]) == group and row["kc11_n_mm2"]:
            return number(row["kc11_n_mm2"]) * COMPARED_CHIP_MM ** -number(row["mc"] or "0")
    return 0.0


@cache
def _is_hard_of_its_letter(group: int) -> bool:
    """Brinell hardness in the upper half of its ISO 513 letter's range; true where the table states none."""
    hardness = {int(r["vdi3323"]): (r["iso513"], r["hardness"].removesuffix(" HB")) for r in rows("vdi3323")}
    letter, own = hardness.get(group, ("", ""))
    if not own.isdigit():
        return group != 0
    others = [int(h) for let, h in hardness.values() if let == letter and h.isdigit()]
    return int(own) > (min(others) + max(others)) / 2


def _row(r: dict[str, str]) -> CuttingRow:
    return CuttingRow(
        id=r["id"],
        tool_kind=r["tool_kind"],
        family=family(r["tool_material"]),
        tool_materials=frozenset(r["tool_material"].split("/")),
        is_coated=_is_coated(r["coating"]),
        iso513=r["iso513"],
        groups=_groups(r["vdi3323"]),
        note=r["material_note"],
        band=_band(r["engagement"]),
        dc_min_mm=number(r["dc_min_mm"]),
        dc_max_mm=number(r["dc_max_mm"]),
        vc_min=number(r["vc_min"]),
        vc_start=number(r["vc_start"]),
        vc_max=number(r["vc_max"]),
        feed_kind=r["feed_kind"],
        feed_min=number(r["feed_min"]),
        feed_start=number(r["feed_start"]),
        feed_max=number(r["feed_max"]),
        coolant=r["coolant"],
        quality=r["quality"],
        source=r["source"],
    )


def _groups(text: str) -> frozenset[int]:
    out: set[int] = set()
    for piece in filter(None, text.split(",")):
        first, _, last = piece.partition("-")
        out.update(range(int(first), int(last or first) + 1))
    return frozenset(out)


def _band(engagement: str) -> tuple[float, float] | None:
    """Shares ae / DC of "slot/rough ae>=0.4D", "shoulder ae=0.1-0.4D", "finish ae=0.05-0.1D"; finishing reaches down to nothing."""
    if match := re.search(r"ae>=([\d.]+)", engagement):
        return float(match[1]), math.inf
    if match := re.search(r"ae=([\d.]+)-([\d.]+)", engagement):
        return (0.0 if engagement.startswith("finish") else float(match[1])), float(match[2])
    return None


def _is_coated(coating: str) -> bool:
    text = coating.casefold()
    return not any(word in text for word in ("uncoated", "polished", "bright", "diamond")) and text != ""
