"""`plan.yaml`: the plan as a person reads and edits it; every edit is honoured or refused with its line."""

import difflib
import hashlib
import io
import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, TypeAdapter
from ruamel.yaml import YAML

from copeau.data.yaml_file import Strict, line_of, read_tree, read_yaml_as
from copeau.model.errors import CopeauError
from copeau.model.plan import Cutting, Plan, Setup, StockSpec, Workingstep
from copeau.process.numbering import Numbers, number_of
from copeau.process.step_parameters import check_step


class CuttingText(Strict):
    """Cutting conditions as written."""

    n: float = Field(gt=0, le=60000)
    vc: float = Field(gt=0)
    vf: float = Field(gt=0)
    fz: float | None = Field(None, gt=0)
    fn: float | None = Field(None, gt=0)
    ap: float | None = Field(None, gt=0)
    ae: float | None = Field(None, gt=0)
    vf_plunge: float | None = Field(None, gt=0)
    coolant: Literal["flood", "mist", "air", "off"] = "flood"
    why: str = ""


class StepText(Strict):
    """A workingstep as written."""

    id: str
    operation: str
    strategy: str
    tool: str
    cutting: CuttingText
    features: list[str] = []
    faces: list[int] = []
    parameters: dict[str, Any] = {}
    why: str = ""


class SetupText(Strict):
    """A setup as written."""

    id: str
    direction: tuple[float, float, float]
    why: str = ""
    held: str = ""
    wcs_origin: str = ""
    workingsteps: list[StepText]


class PartText(Strict):
    """Which part the plan is for."""

    file: str
    sha256: str


class StockText(Strict):
    """The blank."""

    kind: Literal["box", "cylinder", "mesh"]
    bbox: tuple[tuple[float, float, float], tuple[float, float, float]]
    diameter_mm: float | None = Field(None, gt=0)
    file: str = ""
    why: str = ""


class PlanText(Strict):
    """The file."""

    schema_: Literal["copeau/plan@1"] = Field(alias="schema")
    part: PartText
    material: str
    machine: str
    stock: StockText
    left_raw_faces: list[int] = []
    assumed: list[str] = []
    unreachable: dict[int, str] = {}
    setups: list[SetupText] = Field(min_length=1)


@dataclass(frozen=True)
class Edits:
    """A plan file that was understood: its text model, the file, and the lines of its nodes."""

    file: str
    text: PlanText
    tree: Any

    @property
    def order(self) -> list[str]:
        """Setup ids in the order of the file."""
        return [s.id for s in self.text.setups]


def write_plan(plan: Plan) -> str:
    """The plan as YAML text; the same plan gives the same bytes."""
    data = {
        "schema": "copeau/plan@1",
        "part": {"file": Path(plan.part_file).name, "sha256": plan.part_sha256},
        "material": plan.material,
        "machine": plan.machine,
        "stock": _stock_data(plan.stock),
        "left_raw_faces": list(plan.left_raw_faces),
        "assumed": list(plan.assumed),
        "unreachable": {int(k): v for k, v in plan.unreachable.items()},
        "setups": [_setup_data(s) for s in plan.setups],
    }
    out = io.StringIO()
    out.write("# Process plan. Edit tools, cutting conditions, steps or their order, then run: copeau make PART.step --plan plan.yaml -o JOB\n")
    yaml = YAML()
    yaml.width = 140
    yaml.dump(data, out)
    return out.getvalue()


def _stock_data(s: StockSpec) -> dict:
    out: dict[str, Any] = {"kind": s.kind, "bbox": _plain(np.round(s.bbox, 4).tolist())}
    if s.kind == "cylinder":
        out["diameter_mm"] = s.diameter_mm
    if s.kind == "mesh":
        out["file"] = Path(s.file).name
    return out | {"why": s.why}


def planned_stock(edits: Edits) -> StockSpec:
    """The blank of the plan file; a mesh is looked for beside the plan.

    Raises `CopeauError` for a box without volume, a bar without diameter, a mesh without file.
    """
    t = edits.text.stock
    low, high = np.array(t.bbox[0]), np.array(t.bbox[1])
    where = f"{edits.file}, line {line_of(edits.tree, ('stock', 'bbox'))}"
    if (high <= low).any():
        raise CopeauError("the plan's blank has no volume", where, "give the lower corner first")
    if (t.kind == "cylinder") != (t.diameter_mm is not None) or (t.kind == "mesh") != bool(t.file):
        raise CopeauError(f"a blank of kind {t.kind} with the wrong fields", where, "cylinder: diameter_mm; mesh: file; box: neither")
    if t.kind == "mesh":
        return StockSpec("mesh", np.array([low, high]), file=str(Path(edits.file).parent / t.file), why=t.why)
    if t.kind == "cylinder":
        r = float(t.diameter_mm or 0.0) / 2.0
        low[:2], high[:2] = -r, r
    return StockSpec(t.kind, np.array([low, high]), 2, t.diameter_mm or math.nan, why=t.why)


def _setup_data(s: Setup) -> dict:
    return {
        "id": s.id,
        "direction": [float(v) + 0.0 for v in np.round(s.direction, 6)],
        "why": s.why,
        "held": f"{s.fixture.why}; {'; '.join(s.fixture.locates)}",
        "wcs_origin": s.wcs_origin,
        "workingsteps": [_step_data(w) for w in s.workingsteps],
    }


def _step_data(w: Workingstep) -> dict:
    c = w.cutting
    cutting = {k: round(float(v), 4) for k in ("n", "vc", "vf", "fz", "fn", "ap", "ae", "vf_plunge") if not math.isnan(v := getattr(c, k))}
    return {
        "id": w.id, "operation": w.operation, "strategy": w.strategy, "tool": w.tool.id,
        "cutting": cutting | {"coolant": c.coolant, "why": c.why},
        "features": list(w.features), "faces": [int(f) for f in w.faces], "parameters": _plain(w.parameters), "why": w.why,
    }  # fmt: skip


def _plain(value):
    """Numbers and lists that YAML writes on one line; tool references stay as they are."""
    from ruamel.yaml.comments import CommentedSeq

    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        seq = CommentedSeq([_plain(v) for v in value])
        seq.fa.set_flow_style()
        return seq
    if isinstance(value, (np.floating, np.integer)):
        return value.item()
    return value


def plan_hash(setup: Setup) -> str:
    """Twelve hexadecimal digits that change with any word of the setup's plan."""
    return hashlib.sha256(json.dumps(_setup_data(setup), sort_keys=True, default=str).encode()).hexdigest()[:12]


def read_plan(path: Path, known_faces: int, part_sha256: str) -> Edits:
    """Read an edited plan.

    Raises `CopeauError` with the line for YAML that cannot be read, unknown or missing words, values out of range, a plan of another
    part, faces that the part does not have.
    """
    text = read_yaml_as(path, TypeAdapter(PlanText))
    edits = Edits(str(path), text, read_tree(path))
    _check(edits, known_faces, part_sha256)
    return edits


@dataclass(frozen=True)
class Asked:
    """What a plan says of the bench: material and machine, with the lines where, and what of it was assumed."""

    file: str
    material: str
    machine: str
    assumed: tuple[str, ...]
    lines: dict[str, int]


def asked_bench(path: Path) -> Asked:
    """Material and machine of a plan file. Raises `CopeauError` as `read_plan` does, but for what needs the part."""
    text, tree = read_yaml_as(path, TypeAdapter(PlanText)), read_tree(path)
    return Asked(str(path), text.material, text.machine, tuple(text.assumed), {k: line_of(tree, (k,)) for k in ("material", "machine")})


def line_of_stock(edits: Edits) -> str:
    """Where the file tells the blank."""
    return f"{edits.file}, line {line_of(edits.tree, ('stock', 'bbox'))}"


def _check(edits: Edits, known_faces: int, part_sha256: str) -> None:
    """Words that are well formed but do not fit the part."""
    text, tree, file = edits.text, edits.tree, edits.file
    if text.part.sha256 != part_sha256:
        raise CopeauError("the plan was made for another part (its sha256 differs)", f"{file}, line {line_of(tree, ('part', 'sha256'))}", "make a new plan of this part")
    seen: set[str] = set()
    for i, s in enumerate(text.setups):
        if s.id in seen:
            raise CopeauError(f"setup {s.id!r} is there twice", f"{file}, line {line_of(tree, ('setups', i, 'id'))}", "give every setup its own number")
        seen.add(s.id)
        steps: set[str] = set()
        for j, w in enumerate(s.workingsteps):
            loc = ("setups", i, "workingsteps", j)
            if w.id in steps:
                raise CopeauError(f"workingstep {w.id!r} is there twice", f"{file}, line {line_of(tree, (*loc, 'id'))}", "give every workingstep its own id")
            steps.add(w.id)
            bad = [f for f in w.faces if not 0 <= f < known_faces]
            if bad:
                raise CopeauError(f"face {bad[0]} does not exist, the part has faces 0 to {known_faces - 1}", f"{file}, line {line_of(tree, (*loc, 'faces'))}", "name existing faces")
    for f in text.left_raw_faces:
        if not 0 <= f < known_faces:
            raise CopeauError(f"face {f} does not exist", f"{file}, line {line_of(tree, ('left_raw_faces',))}", f"name faces 0 to {known_faces - 1}")


def ordered_setups(edits: Edits, ids: list[str]) -> list[str]:
    """Setups in the order of the file. The first of the plan stays first: it makes the faces that the others are held by.

    Raises `CopeauError` for a setup that the part does not have, or another one first.
    """
    for i, s in enumerate(edits.text.setups):
        where = f"{edits.file}, line {line_of(edits.tree, ('setups', i, 'id'))}"
        if s.id not in ids:
            raise CopeauError(f"setup {s.id!r} is none of this part's setups", where, f"use one of: {', '.join(ids)}")
        if i == 0 and s.id != ids[0]:
            raise CopeauError(f"setup {s.id} comes first, but setup {ids[0]} grips the raw blank and makes the faces that the others are held by", where, f"put setup {ids[0]} first")
    return edits.order


DIRECTION_TOL = 1e-3  # the file tells six decimals: any other direction is an edit


def _words(direction) -> str:
    return f"({', '.join(f'{v:g}' for v in np.round(direction, 4) + 0.0)})"


def edited_setup(edits: Edits, setup: Setup, tools, numbers: Numbers, strategies) -> Setup:
    """The setup with the workingsteps of the file instead of the planner's."""
    i = edits.order.index(setup.id)
    text = edits.text.setups[i]
    if not np.allclose(text.direction, setup.direction, atol=DIRECTION_TOL):
        where = f"{edits.file}, line {line_of(edits.tree, ('setups', i, 'direction'))}"
        raise CopeauError(f"setup {setup.id} is machined from {_words(setup.direction)}, not from {_words(text.direction)}", where, "leave the direction as it was, or drop the setup")
    by_id = {t.id: t for t in tools}
    out = []
    for j, w in enumerate(text.workingsteps):
        loc = ("setups", i, "workingsteps", j)
        if w.tool not in by_id:
            near = difflib.get_close_matches(w.tool, by_id, 3)
            raise CopeauError(f"tool {w.tool!r} is not at hand", f"{edits.file}, line {line_of(edits.tree, (*loc, 'tool'))}", f"near names: {', '.join(near) or 'none; see the tools table'}")
        if w.strategy not in strategies:
            near = difflib.get_close_matches(w.strategy, strategies, 3) or sorted(strategies)
            raise CopeauError(f"strategy {w.strategy!r} is unknown", f"{edits.file}, line {line_of(edits.tree, (*loc, 'strategy'))}", f"use one of: {', '.join(near)}")
        tool = by_id[w.tool]
        number = number_of(tool, setup.direction, numbers)
        c = w.cutting
        limit = tool.RPMX if tool.RPMX == tool.RPMX else math.inf
        if c.n > limit:
            raise CopeauError(f"n {c.n:g} 1/min is over the limit {limit:g} of tool {tool.id}", f"{edits.file}, line {line_of(edits.tree, (*loc, 'cutting', 'n'))}", "lower n")
        nan = math.nan
        check_step(Path(edits.file), edits.tree, loc, w, tool, set(numbers.values()))
        cutting = Cutting(c.n, c.vc, c.vf, c.fz or nan, c.fn or nan, c.ap or nan, c.ae or nan, c.vf_plunge or 0.3 * c.vf, c.coolant, c.why)
        out.append(Workingstep(w.id, w.operation, w.strategy, replace(tool, number=number), cutting, tuple(w.features), tuple(w.faces), dict(w.parameters), w.why))
    return replace(setup, workingsteps=tuple(out))
