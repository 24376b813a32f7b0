"""Plans edited by hand through the command: a broken one is refused with its line, a sound edit is in the program."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from copeau.process.step_parameters import HOLE_TOOLS, WANTED
from copeau.toolpath.generate import strategies
from copeau.toolpath.holes.drilling import CYCLE_OF_OPERATION
from tests.command import Told, assert_refused, call


@pytest.fixture(scope="module")
def plan(job) -> str:
    return (job / "plan.yaml").read_text()


def carried_out(capsys, tmp_path: Path, block: Path, text: str) -> Told:
    """`copeau make --plan` with this text."""
    (tmp_path / "plan.yaml").write_text(text)
    return call(capsys, "make", block, "--plan", tmp_path / "plan.yaml", "-o", tmp_path / "job", "--json")


def changed(text: str, edit: Callable[[dict], None]) -> str:
    """The plan after an edit of its tree."""
    from io import StringIO

    yaml, out = YAML(), StringIO()
    yaml.width = 200
    tree = yaml.load(text)
    edit(tree)
    yaml.dump(tree, out)
    return out.getvalue()


def step_of(tree: dict, strategy: str) -> dict:
    """The first workingstep of a strategy."""
    return next(w for s in tree["setups"] for w in s["workingsteps"] if w["strategy"] == strategy)


def put(strategy: str, *keys: str, value) -> Callable[[dict], None]:
    """An edit: one value of the first step of a strategy."""

    def edit(tree: dict) -> None:
        place = step_of(tree, strategy)
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = value

    return edit


def drop(strategy: str, *keys: str) -> Callable[[dict], None]:
    """An edit: one key of the first step of a strategy taken out."""

    def edit(tree: dict) -> None:
        place = step_of(tree, strategy)
        for key in keys[:-1]:
            place = place[key]
        del place[keys[-1]]

    return edit


def setups(change: Callable[[list], object]) -> Callable[[dict], None]:
    """An edit of the list of setups."""
    return lambda tree: change(tree["setups"]) and None


# Name, the edit, what the error says, the key on the line that it names.
BROKEN = [
    ("unknown_tool", put("adaptive", "tool", value="M1111"), "M1111", "tool: M1111"),
    ("unknown_strategy", put("adaptive", "strategy", value="adaptve"), "adaptive", "strategy: adaptve"),
    ("negative_step_over", put("adaptive", "cutting", "ae", value=-1.5), "greater than 0", "ae: -1.5"),
    ("step_over_wider_than_the_tool", put("adaptive", "cutting", "ae", value=99.0), "diameter", "ae: 99.0"),
    ("no_step_over", drop("adaptive", "cutting", "ae"), "ae", "cutting:"),
    ("too_fast_for_the_spindle", put("adaptive", "cutting", "n", value=50000.0), "limit", "n: 50000.0"),
    ("feed_in_words", put("adaptive", "cutting", "vf", value="fast"), "vf", "vf: fast"),
    ("feed_not_a_number", put("adaptive", "cutting", "vf", value=float("nan")), "vf", "vf: .nan"),
    ("no_cutting", drop("adaptive", "cutting"), "'cutting' is missing", "id: '10.2'"),
    ("no_tool", drop("wall", "tool"), "'tool' is missing", "id: '10.5'"),
    ("unknown_key", put("wall", "colour", value="red"), "colour", "colour: red"),
    ("unknown_parameter", put("wall", "parameters", "bottom", value=3.0), "bottom", "bottom: 3.0"),
    ("parameter_missing", drop("facing", "parameters", "bottom_z"), "bottom_z", "parameters:"),
    ("parameter_in_words", put("wall", "parameters", "top_z", value="high"), "top_z", "top_z: high"),
    ("bottom_over_top", put("adaptive", "parameters", "bottom_z", value=400.0), "not below", "parameters:"),
    ("rest_after_nothing", put("wall", "parameters", "rest_after", value=[77]), "T77", "rest_after:"),
    ("negative_allowance", put("wall", "parameters", "allowance_mm", value=-1.0), "allowance_mm", "allowance_mm: -1.0"),
    ("drill_that_mills", put("adaptive", "tool", value="D045"), "cannot be made", "tool: D045"),
    ("mill_that_drills", put("drill", "tool", value="M111"), "cannot be made", "tool: M111"),
    ("operation_without_cycle", put("drill", "operation", value="driling"), "driling", "operation: driling"),
    ("hole_upwards", put("drill", "parameters", "bottom_z", value=[50.0]), "above its entry", "parameters:"),
    ("hole_without_depth", put("drill", "parameters", "bottom_z", value=[]), "one of each", "parameters:"),
    ("no_holes", put("drill", "parameters", "points", value=[]), "points", "points: []"),
    ("face_of_another_part", put("wall", "faces", value=[999]), "999", "faces:"),
    ("faces_in_words", put("wall", "faces", value=["left"]), "faces", "- left"),
    ("steps_not_a_list", setups(lambda s: s[0].update(workingsteps=5)), "workingsteps", "workingsteps: 5"),
    ("same_step_twice", setups(lambda s: s[0]["workingsteps"].append(dict(s[0]["workingsteps"][0]))), "twice", "id: '10.1'"),
    ("same_setup_twice", setups(lambda s: s.append(dict(s[0]))), "twice", "id: '10'"),
    ("setup_of_another_plan", setups(lambda s: s[1].update(id="70")), "'70'", "id: '70'"),
    ("impossible_order", setups(lambda s: s.reverse()), "comes first", "id: '20'"),
    ("first_setup_dropped", setups(lambda s: s.pop(0)), "comes first", "id: '20'"),
    ("no_setups", setups(lambda s: s.clear()), "setups", "setups: []"),
    ("turned_direction", setups(lambda s: s[1].update(direction=[1.0, 0.0, 0.0])), "machined from", "direction:"),
    ("left_raw_of_another_part", lambda t: t.update(left_raw_faces=[99]), "99", "left_raw_faces:"),
    ("other_part", lambda t: t["part"].update(sha256="0" * 64), "another part", "sha256:"),
    ("other_schema", lambda t: t.update(schema="copeau/plan@9"), "schema", "schema: copeau/plan@9"),
    ("unknown_material", lambda t: t.update(material="unobtainium"), "unobtainium", "material: unobtainium"),
    ("unknown_machine", lambda t: t.update(machine="shovel"), "shovel", "machine: shovel"),
    ("a_blank_under_the_part", lambda t: t["stock"]["bbox"][1].__setitem__(2, 1.0), "blank", "bbox:"),
    ("no_stock", lambda t: t.pop("stock"), "'stock' is missing", "schema:"),
]


@pytest.mark.parametrize("name, edit, said, key", BROKEN, ids=[b[0] for b in BROKEN])
def test_a_broken_plan_is_refused_with_its_line(capsys, tmp_path, block, plan, name, edit, said, key):
    text = changed(plan, edit)
    told = carried_out(capsys, tmp_path, block, text)
    assert_refused(told, said, "plan.yaml, line ")
    assert [p.name for p in tmp_path.iterdir()] == ["plan.yaml"]
    line = int(re.search(r"where: .*line (\d+)", told.err)[1])
    assert key in text.splitlines()[line - 1], (key, line, text.splitlines()[line - 1])


FILES = [
    ("tab", lambda t: t.replace("  kind: box", "\tkind: box"), "not YAML"),
    ("bracket_open", lambda t: t.replace("left_raw_faces: []", "left_raw_faces: ["), "not YAML"),
    ("key_twice", lambda t: t.replace("material:", "machine: x\nmaterial:", 1), "machine"),
    ("control_character", lambda t: t.replace("material:", "material: \x07", 1), "not allowed"),
    ("empty", lambda t: "", ""),
    ("prose", lambda t: "take the big cutter, please", ""),
    ("list", lambda t: "- 1\n- 2\n", ""),
]  # fmt: skip


@pytest.mark.parametrize("name, change, said", FILES, ids=[f[0] for f in FILES])
def test_a_file_that_is_no_plan_is_refused(capsys, tmp_path, block, plan, name, change, said):
    told = carried_out(capsys, tmp_path, block, change(plan))
    assert_refused(told, "plan.yaml, line ", said)
    assert not (tmp_path / "job").exists()


def test_a_plan_that_is_not_there_or_no_text_is_refused(capsys, tmp_path, block):
    assert_refused(call(capsys, "make", block, "--plan", tmp_path / "none.yaml", "-o", tmp_path / "job"), "none.yaml")
    (tmp_path / "noise.yaml").write_bytes(bytes(range(128, 256)))
    assert_refused(call(capsys, "make", block, "--plan", tmp_path / "noise.yaml", "-o", tmp_path / "job"), "noise.yaml")
    assert not (tmp_path / "job").exists()


def test_the_planner_writes_only_what_may_be_read():
    assert set(WANTED) == set(strategies())
    assert {*HOLE_TOOLS, *WANTED["counterbore"].by_operation} == set(CYCLE_OF_OPERATION)


def test_a_plan_and_an_option_that_contradict_each_other_are_refused(capsys, tmp_path, block, plan):
    (tmp_path / "plan.yaml").write_text(plan)
    told = call(capsys, "make", block, "--plan", tmp_path / "plan.yaml", "--material", "C45", "-o", tmp_path / "job")
    assert_refused(told, "C45", "plan.yaml, line ")


def made(capsys, tmp_path, block, plan, edit) -> tuple[Told, dict]:
    told = carried_out(capsys, tmp_path, block, changed(plan, edit))
    return told, json.loads(told.out)


def text_of(tmp_path: Path, report: dict, setup: str) -> str:
    row = next(s for s in report["setups"] if s["id"] == setup)
    return (tmp_path / "job" / row["program"]).read_text()


def sound_edits(tree: dict) -> None:
    """Another tool for the walls, half the step-over, two floors in the other order."""
    put("wall", "tool", value="M008")(tree)
    roughing = step_of(tree, "adaptive")
    roughing["cutting"]["ae"] = float(roughing["cutting"]["ae"]) / 2
    steps = tree["setups"][0]["workingsteps"]
    steps[2], steps[3] = steps[3], steps[2]
    tree["material"] = "C45"


@pytest.fixture(scope="module")
def edited(block, plan, tmp_path_factory) -> Path:
    """The job of the plan with sound edits."""
    from copeau.chain import Options, make

    folder = tmp_path_factory.mktemp("edited")
    (folder / "plan.yaml").write_text(changed(plan, sound_edits))
    make(block, folder / "job", Options(plan=folder / "plan.yaml"))
    return folder / "job"


def test_sound_edits_are_verified_and_written_back(edited):
    report = json.loads((edited / "report.json").read_text())
    assert report["verification"]["ok"], report["verification"]["reasons"]
    again = YAML().load((edited / "plan.yaml").read_text())
    assert step_of(again, "wall")["tool"] == "M008"
    assert again["material"] == report["material"] == "C45"
    assert not any("material" in a for a in report["assumed"])
    assert any("machine" in a for a in report["assumed"])


def test_another_tool_is_in_the_program(edited):
    report = json.loads((edited / "report.json").read_text())
    wall = next(w for w in report["setups"][0]["workingsteps"] if w["strategy"] == "wall")
    tool = next(t for t in report["setups"][0]["tools"] if t["number"] == wall["tool"])
    assert tool["id"] == "M008"
    step = (edited / report["setups"][0]["program"]).read_text().split(f"(step {wall['id']}:")[1].split("(step ")[0]
    assert re.findall(r"^T(\d+) M6", step, re.MULTILINE) == [str(tool["number"])]


def test_a_smaller_step_over_makes_a_longer_path(edited, job):
    reports = (json.loads((folder / "report.json").read_text()) for folder in (edited, job))
    now, then = (next(w["time_s"] for w in r["setups"][0]["workingsteps"] if w["strategy"] == "adaptive") for r in reports)
    assert now > 1.3 * then


def test_swapped_workingsteps_are_swapped_in_the_program(edited):
    report = json.loads((edited / "report.json").read_text())
    steps = re.findall(r"\(step ([\w.]+):", (edited / report["setups"][0]["program"]).read_text())
    assert steps[:4] == ["10.1", "10.2", "10.4", "10.3"]


def test_a_dropped_workingstep_is_not_made_and_the_job_not_verified(capsys, tmp_path, block, plan):
    told, report = made(capsys, tmp_path, block, plan, setups(lambda s: s[0]["workingsteps"].pop()))
    assert told.code == 3
    assert "drill" not in {w["strategy"] for w in report["setups"][0]["workingsteps"]}
    assert all(s["program"].endswith(".unverified.ngc") for s in report["setups"])
    assert "UNVERIFIED" in text_of(tmp_path, report, "10").splitlines()[0]


def test_a_dropped_setup_is_not_made_and_the_job_not_verified(capsys, tmp_path, block, plan):
    told, report = made(capsys, tmp_path, block, plan, setups(lambda s: s.pop(1)))
    assert told.code == 3 and [s["id"] for s in report["setups"]] == ["10"]
    assert any("setup 20" in r for r in report["remarks"])


def test_a_drill_too_large_for_its_hole_is_never_verified(capsys, tmp_path, block, plan):
    from copeau.data import load_tools

    large = min((t for t in load_tools() if t.type == "drill" and t.DC > 9.0 and t.LU > 25.0), key=lambda t: t.DC)
    told, report = made(capsys, tmp_path, block, plan, put("drill", "tool", value=large.id))
    assert told.code == 3 and not report["verification"]["ok"]
    assert report["verification"]["max_gouge_mm"] > 0.4
