"""CPU seconds, wall seconds and memory of a call or of another program; the best of several runs, CPU deciding."""

import os
import selectors
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

RUNS = 5
KIB = 1024.0


@dataclass(frozen=True)
class Cost:
    """What a run took. `peak_gb` is NaN for a call in this process; `exit_code` is 0 there."""

    cpu_s: float
    wall_s: float
    peak_gb: float = float("nan")
    exit_code: int = 0
    out: str = ""
    err: str = ""


def best_call(work: Callable[[], object], runs: int = RUNS) -> tuple[Cost, object]:
    """The least CPU seconds of `runs` calls after a first one that compiles, and what the last returned."""
    answer = work()
    costs = []
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        answer = work()
        costs.append(Cost(time.process_time() - cpu, time.perf_counter() - wall))
    return min(costs, key=lambda c: c.cpu_s), answer


def run(command: Sequence[str | Path], env: Mapping[str, str] | None = None, folder: Path | None = None) -> Cost:
    """One run of another program, its children included; what it prints is kept."""
    wall = time.perf_counter()
    child = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env and {**os.environ, **env}, cwd=folder)
    out, err = _drained(child)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - wall, used.ru_maxrss * KIB / 1e9, child.returncode, out, err)


def _drained(child: subprocess.Popen) -> tuple[str, str]:
    """All that a program prints, read as it comes so that it never waits for a full pipe."""
    streams = {child.stdout: b"", child.stderr: b""}
    with selectors.DefaultSelector() as ready:
        for stream in streams:
            ready.register(stream, selectors.EVENT_READ)
        while ready.get_map():
            for key, _ in ready.select():
                data = os.read(key.fd, 1 << 16)
                if not data:
                    ready.unregister(key.fileobj)
                streams[key.fileobj] += data
    out, err = (streams[s].decode(errors="replace") for s in (child.stdout, child.stderr))
    child.stdout.close()
    child.stderr.close()
    return out, err


def best_run(command: Sequence[str | Path], runs: int = RUNS, **more) -> Cost:
    """The run of least CPU seconds; the first that fails ends it."""
    costs = []
    for _ in range(runs):
        costs.append(run(command, **more))
        if costs[-1].exit_code not in (0, 3):
            return costs[-1]
    return min(costs, key=lambda c: c.cpu_s)
