"""Dagster's servers as an operator runs them, in processes of their own, and how they are killed.

Here: starting, finding and killing processes. Not here: what must be true afterwards.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from unite_pipeline.instance import prepare
from unite_pipeline.lake.places import Places
from unite_pipeline_tests.end_to_end.installation import Installation, free_port

COMES_S = 120.0


T = TypeVar("T")


def until(look: Callable[[], T | None], *, comes_s: float = COMES_S, what: str = "it") -> T:
    """Wait until there is something to see, and return it."""
    deadline = time.monotonic() + comes_s
    while not (seen := look()):
        assert time.monotonic() < deadline, f"{what} does not come"
        time.sleep(0.1)
    return seen


def start_dev(installation: Installation) -> subprocess.Popen[bytes]:
    """Start `unite-pipeline dev`; what it says is not looked at."""
    return _start(
        installation, ["-c", "from unite_pipeline.cli import main; main()", "dev", "--port", str(free_port())]
    )


def start_dagster_dev(installation: Installation) -> subprocess.Popen[bytes]:
    """Start `dagster dev` on the installation's instance: nothing of ours runs before Dagster does."""
    home = prepare(Places(installation.data, installation.environment["UNITE_TENANT"]))
    installation.environment["DAGSTER_HOME"] = str(home)
    arguments = ["dev", "--workspace", str(home / "workspace.yaml"), "--host", "127.0.0.1", "--port", str(free_port())]
    return _start(installation, ["-m", "dagster", *arguments])


def _start(installation: Installation, arguments: list[str]) -> subprocess.Popen[bytes]:
    log = (installation.root / "servers.log").open("ab")
    with log:
        return subprocess.Popen(
            [sys.executable, *arguments], env=installation.environment, cwd=installation.root, stdout=log, stderr=log
        )


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """End a server and everything it started, however the test ends."""
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)
        kill_tree(process)


def kill_tree(process: subprocess.Popen[bytes]) -> int:
    """Kill a process and all that it started with -9, as a power cut does; returns how many there were."""
    killed: set[int] = set()
    while alive := _tree(process.pid) - killed:
        for pid in alive:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        killed |= alive
    process.wait(timeout=10)
    return len(killed)


def _tree(pid: int) -> set[int]:
    """A process and its descendants, from /proc."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found = {pid} & set(parents)
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found
