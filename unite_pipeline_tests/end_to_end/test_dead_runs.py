"""Back-fills whose worker, or whole server, is killed with -9: what is dead is ended, and what is left goes on."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.execution.backfill import PartitionBackfill

from unite_pipeline import locks
from unite_pipeline.definitions import build_definitions
from unite_pipeline.defs import lake, raw
from unite_pipeline.instance import PROCESS_GONE, opened, run_lock
from unite_pipeline.lake.places import Places
from unite_pipeline.settings import load_settings
from unite_pipeline.simulator import CompanyPlan
from unite_pipeline_tests.end_to_end.installation import Installation, days_ago, installed
from unite_pipeline_tests.end_to_end.servers import ended, kill_tree, start_dagster_dev, start_dev, until
from unite_pipeline_tests.end_to_end.test_backfills import asked_of_calls, proven
from unite_pipeline_tests.end_to_end.truth import assert_equals_truth

pytestmark = pytest.mark.processes

FIRST_AGO, LAST_AGO = 115, 4
"""More than the days of one run, so that a second one waits in the queue."""
PLAN = CompanyPlan(
    seed=17, first_day=days_ago(FIRST_AGO), calls_per_working_day=150, extension_count=4, recording_share=0.02
)
BACKFILL = "ofthetst"
SOON_S = 120.0
"""Within a minute or two, without anybody's doing."""
S = dg.DagsterRunStatus


@contextmanager
def instance_of(installation: Installation) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of its data directory."""
    with opened(Places(installation.data, "acme")) as instance:
        yield instance


def ask_for_backfill(installation: Installation, instance: dg.DagsterInstance) -> None:
    """Ask for the days as the UI does; the daemon takes it up when it comes."""
    settings = load_settings(data_dir=installation.data, start_date=PLAN.first_day, login_token=None)
    backfill = PartitionBackfill.from_asset_partitions(
        backfill_id=BACKFILL,
        asset_graph=build_definitions(settings).resolve_asset_graph(),
        partition_names=[str(days_ago(ago)) for ago in range(FIRST_AGO, LAST_AGO - 1, -1)],
        asset_selection=[raw.CDR_LOGS, lake.key_of("calls"), lake.key_of("call_legs")],
        backfill_timestamp=time.time(),
        tags={},
        dynamic_partitions_store=instance,
        all_partitions=False,
        title=None,
        description=None,
        run_config=None,
    )
    instance.add_backfill(backfill)


def runs(instance: dg.DagsterInstance, *statuses: dg.DagsterRunStatus) -> list[dg.DagsterRun]:
    """The runs of the back-fill in these states."""
    return list(instance.get_runs(dg.RunsFilter(tags={"dagster/backfill": BACKFILL}, statuses=list(statuses))))


def halfway(installation: Installation, instance: dg.DagsterInstance) -> dg.DagsterRun | None:
    """The run of the back-fill that reads just now, when its first page has come and another waits in the queue."""
    started = runs(instance, S.STARTED)
    has_begun = len(asked_of_calls(installation)) > 8 and len(proven(installation)) < FIRST_AGO - LAST_AGO
    return started[0] if started and has_begun and runs(instance, S.QUEUED) else None


def worker_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> int:
    """The process that executes a run."""
    messages = [each.dagster_event.message or "" for each in instance.all_logs(run.run_id) if each.dagster_event]
    (pid,) = {int(found[1]) for message in messages if (found := re.search(r"\(pid: (\d+)\)", message))}
    return pid


def assert_goes_on(installation: Installation, instance: dg.DagsterInstance, dead: dg.DagsterRun) -> None:
    """The dead run is ended, its place is free for the one that waited, and the next sync brings the rest, once."""
    began = time.monotonic()
    until(
        lambda: instance.get_run_by_id(dead.run_id).status is S.FAILURE, comes_s=SOON_S, what="the end of the dead run"
    )
    until(lambda: runs(instance, S.SUCCESS), what="the run that waited")
    print(f"ended and gone on after {time.monotonic() - began:.0f} s")
    assert not runs(instance, S.QUEUED, S.STARTING, S.STARTED)
    assert not locks.is_held(run_lock(Places(installation.data, "acme"), dead.run_id))


def assert_nothing_lost(installation: Installation) -> None:
    """The next refresh succeeds, the warehouse is the truth, and no request was one too many."""
    done = installation.run("sync")
    assert done.code == 0, done.err
    assert_equals_truth(installation, PLAN.first_day, days_ago(0))
    assert installation.simulator.refused_count == 0


def test_a_killed_worker(tmp_path: Path) -> None:
    """The worker of a back-fill's run killed with -9 under a running server: the run fails, the next one goes on."""
    with installed(tmp_path, PLAN) as installation, instance_of(installation) as instance:
        ask_for_backfill(installation, instance)
        with ended(start_dev(installation)):
            victim = until(lambda: halfway(installation, instance), what="a run half-way")
            os.kill(worker_of(instance, victim), signal.SIGKILL)
            assert_goes_on(installation, instance, victim)
        assert_nothing_lost(installation)


def test_everything_killed(tmp_path: Path) -> None:
    """All processes killed with -9 and Dagster started again: the dead run is ended, the one in the queue goes on."""
    with installed(tmp_path, PLAN) as installation, instance_of(installation) as instance:
        ask_for_backfill(installation, instance)
        with ended(start_dagster_dev(installation)) as server:
            victim = until(lambda: halfway(installation, instance), what="a run half-way")
            assert kill_tree(server) > 3
        assert instance.get_run_by_id(victim.run_id).status is S.STARTED
        with ended(start_dagster_dev(installation)):
            assert_goes_on(installation, instance, victim)
        messages = [each.message for each in instance.all_logs(victim.run_id)]
        assert any(PROCESS_GONE in message for message in messages)
        assert_nothing_lost(installation)
