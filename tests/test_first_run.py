from types import SimpleNamespace

import numpy as np

from copeau import first_run
from copeau.chain import Options, make
from copeau.part import read_step


def a_kernel(x):
    return x


def cached_at(folder):
    return SimpleNamespace(py_func=a_kernel, stats=SimpleNamespace(cache_path=str(folder)))


def test_a_kernel_is_compiled_once_the_cache_holds_it_as_it_stands_in_its_module(tmp_path):
    line = a_kernel.__code__.co_firstlineno
    assert not first_run.is_compiled(cached_at(tmp_path / "none"))
    assert not first_run.is_compiled(cached_at(tmp_path))
    (tmp_path / f"test_first_run.a_kernel-{line + 1}.py311.nbi").touch()
    (tmp_path / f"test_first_run.a_kernel-{line}.py311.1.nbc").touch()
    assert not first_run.is_compiled(cached_at(tmp_path))
    (tmp_path / f"test_first_run.a_kernel-{line}.py311.nbi").touch()
    assert first_run.is_compiled(cached_at(tmp_path))


def test_a_second_process_works_only_where_there_is_something_to_compile_and_a_thread_for_it(monkeypatch):
    begun = []

    class Helper:
        def __init__(self, command, **_):
            begun.append(command)

        def kill(self):
            begun.append("killed")

        def wait(self):
            begun.append("gone")

    monkeypatch.setattr(first_run.subprocess, "Popen", Helper)
    monkeypatch.setattr(first_run, "is_compiled", lambda _: True)
    with first_run.CompiledBeside(2) as beside:
        assert not beside.begin()
    monkeypatch.setattr(first_run, "is_compiled", lambda _: False)
    with first_run.CompiledBeside(1) as beside:
        assert not beside.begin()
    with first_run.CompiledBeside(2):
        pass
    assert begun == []
    with first_run.CompiledBeside(2) as beside:
        assert beside.begin() and not beside.begin()
        assert [words[1:] for words in begun] == [["-m", "copeau.first_run"]]
    assert begun[1:] == ["killed", "gone"]


def test_what_the_second_process_does_is_a_whole_job(tmp_path):
    assert len(first_run.cleared_pocket()) > 50
    file = first_run.small_part(tmp_path)
    part = read_step(file)
    low, high = np.reshape(first_run.POCKET_MM, (2, 3))
    assert abs(part.volume_mm3 - (np.prod(first_run.PLATE_MM) - np.prod((high - low)[:2]) * (first_run.PLATE_MM[2] - low[2]))) < 1e-3
    _, report = make(file, tmp_path / "job", Options(threads=1))
    assert {w["strategy"] for s in report["setups"] for w in s["workingsteps"]} >= {"facing", "adaptive", "floor", "wall"}
