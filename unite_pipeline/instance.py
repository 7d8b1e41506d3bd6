"""The Dagster instance of a data directory: the same one whichever way it is started.

Here: where it stands, its configuration, runs that a killed process left behind. Not here: assets and jobs.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import dagster as dg

from unite_pipeline import locks
from unite_pipeline.lake.durable import write_durably
from unite_pipeline.lake.places import Places

RUN_LOCK_TAG = "unite_pipeline/lock"
"""Names the kernel lock that the process of a run holds while it lives."""
CODE_LOCATION = "unite_pipeline"
PROCESS_GONE = "The process of this run is gone; the next sync goes on where it stopped"
_MAY_START_S = 180.0
"""From its launch until it holds its lock a run takes seconds; on a machine that is very busy, as long as Dagster gives
it to start (`start_timeout_seconds`)."""
_PRIVATE_FOLDER = 0o700
_CONFIGURATION = ("dagster.yaml", "workspace.yaml")
_WITHOUT_HEAD = {
    "dagster.yaml": ("816cdbf2f3c07432", "f2cde5b39f69b260", "ba9835919ee32ec0"),
    "workspace.yaml": ("2dd070fe120f3f9a",),
}
"""Beginnings of the SHA-256 of what was written before each file told its own; no later version adds to them."""
_UNDER_WAY = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def prepare(places: Places) -> Path:
    """Make the instance's folder and its configuration as this version ships it; returns the folder (a DAGSTER_HOME).

    An upgrade reaches the instance by this: a file that stands as an earlier version wrote it is replaced. One that was
    changed by hand is left as it is (`changed_by_hand`).
    """
    home = places.dagster
    home.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_FOLDER)
    close_instance(places)
    kept = changed_by_hand(places)
    for path, content in ((home / name, _as_written(name)) for name in _CONFIGURATION):
        if path not in kept and _content(path) != content:
            write_durably(path, content)
    return home


def changed_by_hand(places: Places) -> list[Path]:
    """The files of the instance's configuration that are as no version of ours wrote them."""
    found = [(places.dagster / name, name) for name in _CONFIGURATION]
    return [path for path, name in found if not _is_ours(_content(path), name)]


def close_instance(places: Places) -> None:
    """Close the instance's folder to others, if it is there: it holds runs' logs.

    Dagster's servers make it by themselves where they are started first, under whatever mask their shell has.
    """
    with suppress(OSError):  # another user's: nothing can be done about it here, and `doctor` tells
        if stat.S_IMODE(places.dagster.stat().st_mode) != _PRIVATE_FOLDER:
            places.dagster.chmod(_PRIVATE_FOLDER)


def _as_written(name: str) -> bytes:
    """A file of the configuration with a first line by which it is known again as unchanged."""
    shipped = importlib.resources.files("unite_pipeline").joinpath(name).read_bytes()
    return _head(shipped) + shipped


def _head(content: bytes) -> bytes:
    return b"# As unite-pipeline wrote it (%s); once changed, upgrades leave it alone\n" % _digest(content)


def _is_ours(content: bytes | None, name: str) -> bool:
    if content is None:
        return True
    _, _, rest = content.partition(b"\n")
    return content == _head(rest) + rest or _digest(content).decode() in _WITHOUT_HEAD[name]


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest()[:16].encode()


@contextmanager
def alive(places: Places, token: str) -> Iterator[None]:
    """Hold the lock that tells others that the process of a run lives."""
    path = run_lock(places, token)
    with locks.held(path):
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


@contextmanager
def opened(places: Places) -> Iterator[dg.DagsterInstance]:
    """The instance, for runs of this process."""
    home = prepare(places)
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    # The first process makes the databases; two at once get in each other's way.
    with locks.held(places.locks / "instance.lock"):
        instance = dg.DagsterInstance.from_config(str(home))
    with instance:
        yield instance


def run_lock(places: Places, token: str) -> Path:
    """The lock that the process of a run holds; named by the run's id, or by the token that its tag tells."""
    return places.locks / f"run-{token}.lock"


@dataclass(frozen=True, slots=True)
class LookedAfter:
    """What became of the runs that say they are under way.

    Args:
        ended: runs whose process is gone, marked as such now.
        suspects: runs that show no life yet, by id, each with the moment at which that was first seen.
    """

    ended: tuple[str, ...]
    suspects: dict[str, float]


def end_dead_runs(instance: dg.DagsterInstance, places: Places) -> int:
    """Mark runs as failed whose process is gone for certain; Dagster would show them as running for ever.

    Returns:
        How many there were.
    """
    return len(look_after_runs(instance, places, {}, 0.0).ended)


def look_after_runs(
    instance: dg.DagsterInstance, places: Places, suspects: Mapping[str, float], now_s: float
) -> LookedAfter:
    """End runs whose process is gone, at once where its lock tells, and after a while where it never took one.

    Dagster's own run monitoring does neither: its launcher cannot ask whether a process lives. A code server notices
    that a process it started died; if it was killed with it, nobody does before `max_runtime_seconds`.

    Args:
        instance: whose runs.
        places: where their locks are.
        suspects: what the last look found.
        now_s: seconds on a clock that stands still while the machine sleeps.
    """
    ended, still = [], {}
    for run in instance.get_runs(dg.RunsFilter(statuses=_UNDER_WAY)):
        since = min(suspects.get(run.run_id, now_s), now_s)  # a clock that began anew tells nothing
        life = _life(run, places)
        if life is _Life.GONE or (life is _Life.NOT_SHOWN and now_s - since >= _MAY_START_S):
            if _end(instance, run.run_id, places):
                ended.append(run.run_id)
        elif life is _Life.NOT_SHOWN:
            still[run.run_id] = since
    return LookedAfter(tuple(ended), still)


def _end(instance: dg.DagsterInstance, run_id: str, places: Places) -> bool:
    """Mark a run as ended, unless it has come to its end by itself: read anew, since its lock is freed after that."""
    run = instance.get_run_by_id(run_id)
    if run is None or run.status not in _UNDER_WAY:
        return False
    if run.status is dg.DagsterRunStatus.CANCELING:
        instance.report_run_canceled(run, "The process of this run is gone; it was being cancelled")
    else:
        instance.report_run_failed(run, PROCESS_GONE)
    for path in _locks(run, places):
        path.unlink(missing_ok=True)
    return True


class _Life(Enum):
    SHOWN = "shown"
    NOT_SHOWN = "not shown"
    """It is about to take its lock, or has just given it back, or its process is gone."""
    GONE = "gone"


def _life(run: dg.DagsterRun, places: Places) -> _Life:
    """Whether the process of a run lives.

    A run of the command line is started under the lock that its tag names, so without that it is gone; one of the UI
    takes its own a moment after it started. Runs of other code on the same instance take none.
    """
    paths = _locks(run, places)
    if any(locks.is_held(path) for path in paths):
        return _Life.SHOWN
    if len(paths) > 1 or locks.is_left(paths[0]):
        return _Life.GONE
    origin = run.remote_job_origin
    return _Life.NOT_SHOWN if origin is not None and origin.location_name == CODE_LOCATION else _Life.SHOWN


def _locks(run: dg.DagsterRun, places: Places) -> list[Path]:
    """The locks that tell that a run lives: the one with its id, and of one of the command line that of its tag.

    Only there: whoever executes such a run again in the UI copies its tags, and runs in another process.
    """
    names = [run.run_id]
    if run.remote_job_origin is None and RUN_LOCK_TAG in run.tags:
        names.append(run.tags[RUN_LOCK_TAG])
    return [run_lock(places, name) for name in names]
