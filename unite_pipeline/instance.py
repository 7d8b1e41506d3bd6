"""The Dagster instance of a data directory: the same one whichever way it is started.

Here: where it stands, its configuration, runs that a killed process left behind. Not here: assets and jobs.
"""

from __future__ import annotations

import importlib.resources
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from unite_pipeline import locks
from unite_pipeline.lake.durable import write_durably
from unite_pipeline.lake.places import Places

RUN_LOCK_TAG = "unite_pipeline/lock"
"""Names the kernel lock that the process of a run holds while it lives."""


def prepare(places: Places) -> Path:
    """Make the instance's folder and its configuration, if they are missing; returns the folder (a DAGSTER_HOME)."""
    home = places.dagster
    for name in ("dagster.yaml", "workspace.yaml"):
        if not (home / name).exists():
            shipped = importlib.resources.files("unite_pipeline").joinpath(name)
            write_durably(home / name, shipped.read_bytes())
    return home


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


def end_dead_runs(instance: dg.DagsterInstance, places: Places) -> int:
    """Mark runs as failed whose process is gone; Dagster would show them as running for ever.

    Returns:
        How many there were.
    """
    started = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING])
    dead = [run for run in instance.get_runs(started) if _is_dead(run, places)]
    for run in dead:
        instance.report_run_failed(run, "The process of this run is gone; the next sync goes on where it stopped")
        run_lock(places, _lock_name(run)).unlink(missing_ok=True)
    return len(dead)


def _lock_name(run: dg.DagsterRun) -> str:
    return run.tags.get(RUN_LOCK_TAG, run.run_id)


def _is_dead(run: dg.DagsterRun, places: Places) -> bool:
    """Whether the process of a run is gone.

    A run of the command line is started under its lock; one of the UI takes its own a moment after it started.
    """
    path = run_lock(places, _lock_name(run))
    return (RUN_LOCK_TAG in run.tags or path.exists()) and not locks.is_held(path)
