import copy
import re
import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copeau.dossier import validate_report, write_dossier
from copeau.dossier.words import words_of
from copeau.dossier.write import contents
from copeau.model.errors import CopeauError
from tests.dossier.sample import SHA, sample_part, sample_pictures, sample_report

EN, FR = words_of("en"), words_of("fr")
PDFTOTEXT = shutil.which("pdftotext")
needs_pdftotext = pytest.mark.skipif(PDFTOTEXT is None, reason="pdftotext is not installed")
HOSTILE = '#panic("x") $a^2$ *b* _c_ `d` <e> @f \\g "h" // i /* j #include "/etc/passwd" [k] {l} \u202e \x00 ' + "W" * 300


def strings(value):
    """Every text that the template prints."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, member in value.items():
            if key not in ("kind", "side", "file", "width", "widths", "height", "lang"):
                yield from strings(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from strings(member)


def told(report, words=EN, sources=()):
    return list(strings(contents(report, dict.fromkeys(sources, b""), words, "")))


def pages(path):
    return subprocess.run([PDFTOTEXT, "-raw", str(path), "-"], capture_output=True, text=True, check=True).stdout.split("\f")[:-1]


def numbers_in(value):
    if isinstance(value, dict):
        value = value.values()
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int | float):
        yield float(value)
    elif isinstance(value, str):
        yield from (float(t) for t in re.findall(r"\d+(?:\.\d+)?", value))
    else:
        for member in value:
            yield from numbers_in(member)


def words_numbers():
    """Numbers in the words themselves: ISO 5456-2, G54, 25 %, SHA-256."""
    return {float(t) for key, entry in EN.table.items() if "en" in entry for t in re.findall(r"\d+(?:\.\d+)?", entry["en"])}


def test_the_sample_report_keeps_its_schema_and_a_broken_one_is_refused():
    validate_report(sample_report())
    broken = sample_report()
    del broken["setups"][0]["tools"][2]["SIG"]
    with pytest.raises(CopeauError, match="SIG"):
        validate_report(broken)


def test_every_number_told_is_in_the_report():
    report = sample_report(ok=False)
    sizes = [120.0, 80.0, 25.0]
    known = [*numbers_in(report), *words_numbers(), *sizes]
    shares = [100 * s for s in report["verification"]["coverage"].values()]
    for line in told(report):
        line = re.sub(r"\d+ h \d+ min|\d+ min \d+ s|\d+ s\b", "", line)  # durations: their own test
        line = line.replace("\u200b", "").replace(SHA, "").replace(SHA[:16], "")
        for token in re.findall(r"\d+(?:\.\d+)?", line):
            half = 0.5 * 10 ** -len(token.partition(".")[2]) + 1e-9
            assert any(abs(float(token) - k) <= half for k in [*known, *shares]), (token, line)


def leaves(value, path=()):
    if isinstance(value, dict | list):
        for key, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(member, (*path, key))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path


def test_every_number_of_the_tables_follows_the_report():
    """Change one number of the report: what is told changes."""
    report = sample_report(ok=False)
    before = told(report)
    untold = {"holder", "part_to_wcs", "elapsed_s", "DCON", "RPMX"}  # a sheet has no place for them
    checked = 0
    for path in leaves(report):
        if untold & set(path):
            continue
        changed = copy.deepcopy(report)
        holder = changed
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = holder[path[-1]] + 77
        assert told(changed) != before, path
        checked += 1
    assert checked > 100


def numbers_missing(value):
    if isinstance(value, dict):
        return {k: numbers_missing(v) for k, v in value.items() if isinstance(v, bool | str | dict | list)}
    return [numbers_missing(v) for v in value if isinstance(v, bool | str | dict | list)] if isinstance(value, list) else value


def test_a_report_without_numbers_tells_no_number():
    report = numbers_missing(sample_report())
    given_as_text = {*numbers_in(report), *words_numbers()}
    for line in told(report):
        for token in re.findall(r"\d+(?:\.\d+)?", line.replace("\u200b", "").replace(SHA, "").replace(SHA[:16], "")):
            assert float(token) in given_as_text, (token, line)
    assert told(report).count("not given") > 30


def test_an_empty_report_is_written_with_everything_not_given(tmp_path):
    write_dossier({}, {}, None, tmp_path / "d.pdf")
    assert (tmp_path / "d.pdf").read_bytes().startswith(b"%PDF")
    assert "UNVERIFIED" in told({}) and told({}, FR).count("non donné") > 15


@pytest.mark.parametrize("ok", [None, False, "true", 1])
def test_only_a_verification_that_says_so_is_verified(ok):
    report = sample_report()
    report["verification"]["ok"] = ok
    assert "UNVERIFIED" in told(report) and "VERIFIED" not in told(report)
    assert "NON VÉRIFIÉ" in told(report, FR)


def test_a_verified_job_is_not_stamped():
    assert "VERIFIED" in told(sample_report()) and not any("UNVERIFIED" == line for line in told(sample_report()))


def test_assumed_values_are_marked():
    lines = told(sample_report())
    assert any(line == "C45 (1.0503), normalised  [ASSUMED]" for line in lines)
    assert any(line.startswith("material = C45 (1.0503)") for line in lines)
    assert not any("ASSUMED]" in line and "VMC" in line for line in lines)
    report = sample_report() | {"assumed": ["material c45", "tools of the standard cabinet"]}
    assert "matière c45; outils de l'armoire standard" in told(report, FR)
    assert any("[SUPPOSÉ]" in line for line in told(report, FR))


def test_french_sheets_speak_the_words_of_the_trade():
    lines = " ".join(told(sample_report(), FR))
    for word in ("Contrat de phase", "Porte-pièce", "Mise en position", "Origine programme", "Jauge outil", "avance par dent", "surfaçage",
                 "Nomenclature des phases", "Degrés de liberté supprimés", "fraise deux tailles", "1,05", "appui plan"):  # fmt: skip
        assert word in lines, word


def test_an_operation_shows_a_dash_only_for_the_feed_that_its_kind_has_not():
    report = sample_report()
    sheet = contents(report, {}, EN, "")["sheets"][2]
    rows = next(b["rows"] for b in sheet["blocks"] if b.get("title") == "Operations")
    assert rows[0][6:8] == ["0.115", "–"] and rows[3][6:8] == ["–", "0.187"]
    del report["setups"][0]["workingsteps"][0]["fz"]
    sheet = contents(report, {}, EN, "")["sheets"][2]
    rows = next(b["rows"] for b in sheet["blocks"] if b.get("title") == "Operations")
    assert rows[0][6:8] == ["not given", "not given"]


def test_first_part_measures_are_those_of_the_phase():
    report = sample_report()
    report["setups"][1]["workingsteps"] = report["setups"][1]["workingsteps"][:1]
    sheets = contents(report, {}, EN, "")["sheets"]
    first, second = (sheets[k]["blocks"][1] for k in (3, 5))
    assert first["title"].startswith("First part") and {row[0] for row in first["rows"]} == {"F2", "F3", "F4"} and second["rows"] == []


def test_a_tool_of_two_phases_stands_once_in_the_list():
    sheet = contents(sample_report(), {}, EN, "")["sheets"][-3]
    rows = sheet["blocks"][0]["rows"]
    assert [row[0] for row in rows] == ["1", "2", "3"] and rows[0][-1] == "10, 20"


def test_empty_lists_say_none_and_missing_ones_not_given():
    report = sample_report()
    assert contents(report, {}, EN, "")["sheets"][-2]["blocks"][1]["empty"] == "none"
    del report["verification"]["collisions"]
    assert contents(report, {}, EN, "")["sheets"][-2]["blocks"][1]["empty"] == "not given"


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_same_job_same_bytes(tmp_path, lang):
    for name in ("a", "b"):
        write_dossier(sample_report(), sample_pictures(), sample_part(), tmp_path / f"{name}.pdf", lang)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


@needs_pdftotext
def test_the_stamp_stands_on_every_page_only_of_an_unverified_job(tmp_path):
    for ok in (True, False):
        write_dossier(sample_report(ok), sample_pictures(), sample_part(), tmp_path / "d.pdf")
        found = pages(tmp_path / "d.pdf")
        stamped = [len(re.findall(r"\bUNVERIFIED\b", page)) for page in found]
        assert len(found) >= 9
        # In the head and across the page; a verified job only tells the operator to look for the word.
        assert max(stamped) <= 1 if ok else min(stamped) >= 2
        assert all("ASSUMED" in page and "C45" in page for page in found)


def hostile(value):
    if isinstance(value, dict):
        return {k: hostile(v) for k, v in value.items()}
    if isinstance(value, list):
        return [hostile(v) for v in value]
    return HOSTILE if isinstance(value, str) else value


@needs_pdftotext
def test_hostile_names_are_printed_as_they_are(tmp_path):
    write_dossier(hostile(sample_report()), sample_pictures(), sample_part(), tmp_path / "d.pdf")
    assert '#panic("x") $a^2$ *b*' in " ".join(" ".join(pages(tmp_path / "d.pdf")).split())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_value_in_any_place_is_told_or_not_given(data):
    report = sample_report()
    spots = ["part", "part.bbox", "assumed", "material", "features", "features.0", "features.1.dims", "setups", "setups.0",
             "setups.0.fixture",
             "setups.0.tools", "setups.0.tools.0.DC", "setups.0.workingsteps.0.feature", "setups.0.programs", "verification",
             "verification.coverage", "verification.collisions", "cost", "options", "time_s", "requirements"]  # fmt: skip
    *way, last = data.draw(st.sampled_from(spots)).split(".")
    holder = report
    for key in way:
        holder = holder[int(key) if key.isdigit() else key]
    holder[int(last) if last.isdigit() else last] = data.draw(JSON)
    assert all(isinstance(line, str) for line in told(report, FR) if line is not None)


def test_a_picture_that_is_no_png_is_refused(tmp_path):
    with pytest.raises(CopeauError, match="PNG"):
        write_dossier(sample_report(), {"part": b"GIF89a"}, None, tmp_path / "d.pdf")


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CopeauError, match="cannot be written"):
        write_dossier({}, {}, None, tmp_path / "no" / "d.pdf")
