import math
import tomllib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copeau.dossier.reading import ZERO_WIDTH_SPACE, clean, duration, items, look_up, number, percent, text
from copeau.dossier.words import words_of
from copeau.model.errors import CopeauError

EN, FR = words_of("en"), words_of("fr")


@pytest.mark.parametrize("nothing", [{}, {"a": None}, {"a": math.nan}, {"a": ""}, {"a": True}, [], None])
def test_a_missing_number_is_said_to_be_missing(nothing):
    assert number(nothing, "a", EN) == "not given" and number(nothing, "a", FR) == "non donné"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [("n", 4530.4, "4530"), ("fz", 0.0625, "0.0625"), ("ap", 12.0, "12"), ("ap", 0.0, "0"), ("ap", -0.0, "0"), ("ap", 1.23456, "1.235"),
     ("max_mm", 0.00001, "1e-05"), ("n", 0.4, "0.4"), ("ap", -2.5, "-2.5"), ("volume_mm3", 1200000.0, "1200000"), ("ap", 100, "100")],
)  # fmt: skip
def test_numbers_as_they_are_read_on_a_drawing(name, value, shown):
    assert number({name: value}, name, EN) == shown
    assert number({name: value}, name, FR) == shown.replace(".", ",")


@given(st.floats(-1e6, 1e6), st.sampled_from(["n", "vf", "vc", "fz", "ap", "max_mm", "volume_mm3"]))
def test_a_shown_number_is_the_number_to_its_last_digit(value, name):
    shown = number({name: value}, name, EN)
    assert float(shown) == pytest.approx(value, abs=0.5000001, rel=0.05 if abs(value) < 1 else 1e-9)
    assert (float(shown) == 0.0) == (value == 0.0)


def test_paths_reach_into_lists_and_stop_where_there_is_nothing():
    report = {"setups": [{"tools": [{"DC": 12.0}]}], "text": "abc"}
    assert look_up(report, "setups.0.tools.0.DC") == 12.0
    for path in ("setups.1", "setups.x", "setups.0.tools.0.DC.y", "text.0", "no"):
        assert look_up(report, path) is None
    assert items(report, "setups") == ["setups.0"] and items(report, "text") == [] and items(report, "no") == []


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (3599.7, "1 h 00 min"), (7384, "2 h 03 min")]
)
def test_durations(seconds, shown):
    assert duration({"t": seconds}, "t", EN) == shown


def test_shares_are_percentages():
    assert percent({"s": 0.98745}, "s", FR) == "98,75 %" or percent({"s": 0.98745}, "s", FR) == "98,74 %"
    assert percent({}, "s", EN) == "not given"


def test_lists_and_mappings_are_told_in_words():
    report = {"a": [1, 2.5, "x"], "b": {"Ra": 3.2, "faces": [1, 2]}, "c": [], "d": {}, "e": False}
    assert text(report, "a", FR) == "1, 2,5, x" and text(report, "b", EN) == "Ra 3.2; faces 1, 2"
    assert text(report, "c", EN) == text(report, "d", EN) == "not given" and text(report, "e", FR) == "non"


@given(st.text(alphabet=st.characters(), max_size=200))
def test_a_cleaned_text_is_one_line_that_fits_and_encodes(raw):
    line = clean(raw)
    line.encode()
    assert "\n" not in line and "\u202e" not in line and "\x00" not in line
    assert all(len(run) <= 28 for word in line.split(" ") for run in word.split(ZERO_WIDTH_SPACE))


def test_lone_surrogates_and_direction_marks_are_taken_out():
    assert clean("a\ud800b") == "a?b" and clean("abc\u202egnp.exe") == "abcgnp.exe" and clean(" a\r\n\tb ") == "a b"


def test_a_language_without_a_catalogue_is_refused():
    with pytest.raises(CopeauError, match="de"):
        words_of("de")


def test_every_word_is_in_both_languages():
    table = tomllib.loads(files("copeau.dossier").joinpath("words.toml").read_text("utf-8"))
    sentences = table.pop("sentences")
    for key, entry in table.items():
        for name, word in [(key, entry)] if "en" in entry else entry.items():
            assert set(word) == {"en", "fr"} and all(word.values()), name
    for english, french in sentences.items():
        assert english.count("{}") == french.count("{}"), english


def test_the_planners_sentences_are_told_in_french():
    assert FR.sentence("stop at the left end (sawn end): X") == "butée à gauche (bout brut scié) : X"
    assert FR.sentence("machine vise, 5.2 mm deep grip") == "étau, prise sur 5.2 mm"
    assert FR.sentence("{} {0} unknown") == "{} {0} unknown"
    assert EN.sentence("machine vise, 5.2 mm deep grip") == "machine vise, 5.2 mm deep grip"
