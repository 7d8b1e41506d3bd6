"""Back-fills as Dagster runs them: cancelled and gone on with, and together with what an hour brings."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from unite_pipeline.defs import raw
from unite_pipeline.instance import prepare
from unite_pipeline.lake.places import Places
from unite_pipeline.simulator import CompanyPlan
from unite_pipeline_tests.end_to_end.asked import asked_of_calls, days_of_form, proven
from unite_pipeline_tests.end_to_end.installation import Installation, days_ago, finish, installed
from unite_pipeline_tests.end_to_end.truth import assert_calls_equal_truth

pytestmark = pytest.mark.processes

FIRST_AGO = 91
LAST_AGO = 4
"""Before the look-back: younger days are counted once more by every run, whatever is proven."""
PLAN = CompanyPlan(
    seed=17, first_day=days_ago(FIRST_AGO), calls_per_working_day=400, extension_count=6, recording_share=0.1
)
BACKFILL = {"dagster/backfill": "ofthetest"}
COMES_S = 90.0


def days(first_ago: int, last_ago: int) -> dict[str, str]:
    """The tags of a run of these days."""
    return {
        "dagster/asset_partition_range_start": str(days_ago(first_ago)),
        "dagster/asset_partition_range_end": str(days_ago(last_ago)),
    }


def start(installation: Installation, job: str, tags: dict[str, str], *, period_s: float) -> subprocess.Popen[str]:
    """Start a run in a process of its own; SIGINT ends it, as it ends one whose cancelling the UI asks for."""
    home = prepare(Places(installation.data, installation.environment["UNITE_TENANT"]))
    environment = {
        **installation.environment, "DAGSTER_HOME": str(home), "UNITE_RATE_PERIOD_S": str(period_s)
    }  # fmt: skip
    command = [
        sys.executable, "-m", "dagster", "job", "execute",
        "-m", "unite_pipeline.definitions", "-j", job, "--tags", json.dumps(tags),
    ]  # fmt: skip
    return subprocess.Popen(
        command, env=environment, cwd=installation.root, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def until(condition: Callable[[], bool]) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + COMES_S
    while not condition():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.02)


@contextmanager
def instance_of(installation: Installation) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of its data directory."""
    with dg.DagsterInstance.from_config(str(installation.data / "dagster")) as instance:
        yield instance


def test_cancelled_and_gone_on_with(tmp_path: Path) -> None:
    """A back-fill that is cancelled half-way and started again asks for no proven window twice.

    Of pages only the one that was under way when the process was told to end may be asked for again.
    """
    with installed(tmp_path, PLAN, is_silent=False) as installation:
        tags = {**BACKFILL, **days(FIRST_AGO, LAST_AGO)}
        victim = start(installation, "sync_calls", tags, period_s=2.0)
        until(lambda: bool(proven(installation)))
        had = len(asked_of_calls(installation))
        until(lambda: len(asked_of_calls(installation)) >= had + 5 or victim.poll() is not None)
        assert victim.poll() is None, "the run was over before it could be cancelled"
        victim.send_signal(signal.SIGINT)
        finish(victim)
        cancelled_at, done = len(installation.simulator.requests), proven(installation)
        assert 0 < len(done) < FIRST_AGO - LAST_AGO
        again = start(installation, "sync_calls", tags, period_s=2.0)
        finished = finish(again)
        assert finished.code == 0, finished.err
        after = asked_of_calls(installation, cancelled_at)
        assert after
        assert not [form for form in after if days_of_form(form) & done]
        pages = Counter(
            str(sorted((name, value) for name, value in form.items() if name != "accesstoken"))
            for form in asked_of_calls(installation)
            if form["pagelimit"] != "1"
        )
        assert sum(times - 1 for times in pages.values()) <= 1
        assert proven(installation) == {days_ago(ago) for ago in range(LAST_AGO, FIRST_AGO + 1)}
        with instance_of(installation) as instance:
            assert instance.get_materialized_partitions(raw.CDR_LOGS) == {str(day) for day in proven(installation)}
        assert_calls_equal_truth(installation, PLAN.first_day, days_ago(LAST_AGO))
        assert installation.simulator.refused_count == 0


HOURLY = {"dagster/schedule_name": "hourly"}
SHORT_PERIOD_S = 10.0
"""Long against the second after which a waiter looks again, and short enough for a test."""


def waited_s(installation: Installation, tags: dict[str, str]) -> float:
    """Seconds that the newest run of these tags waited for the budget, or for another one that read the same feed."""
    with instance_of(installation) as instance:
        run = instance.get_runs(dg.RunsFilter(tags=tags), limit=1)[0]
        assert run.status is dg.DagsterRunStatus.SUCCESS
        events = [record.event_log_entry for record in instance.get_records_for_run(run.run_id).records]
        made = [event.asset_materialization for event in events if event.asset_materialization is not None]
    raws = {each.asset_key: each.metadata for each in made if each.asset_key.path[0] == raw.GROUP}
    assert len(raws) == len(raw.FEED_OF)
    return sum(float(metadata["waited_s"].value) for metadata in raws.values())


def test_three_at_once(tmp_path: Path) -> None:
    """A back-fill, a run started by hand and an hourly one share the budget, and the API refuses none of them.

    The hourly one waits at most one period longer than alone: until the budget that others used up is free again.
    """
    with installed(tmp_path, PLAN, is_silent=False, period_s=SHORT_PERIOD_S) as installation:
        backfill = start(installation, "sync_calls", {**BACKFILL, **days(FIRST_AGO, LAST_AGO)}, period_s=SHORT_PERIOD_S)
        until(lambda: len(asked_of_calls(installation)) >= 5)
        by_hand = start(installation, "sync", {"test": "by hand", **days(30, 20)}, period_s=SHORT_PERIOD_S)
        newest = {**HOURLY, **days(2, 0)}
        hourly = start(installation, "sync", newest, period_s=SHORT_PERIOD_S)
        finished = finish(hourly)
        assert finished.code == 0, finished.err
        assert backfill.poll() is None, "the back-fill was over before the hourly run was"
        beside_s, busy = waited_s(installation, HOURLY), installation.requests()
        assert [finish(each).code for each in (by_hand, backfill)] == [0, 0]
        assert installation.requests() > busy
        time.sleep(SHORT_PERIOD_S)
        assert finish(start(installation, "sync", newest, period_s=SHORT_PERIOD_S)).code == 0
        alone_s = waited_s(installation, HOURLY)
        print(f"waited: beside others {beside_s:.1f} s, alone {alone_s:.1f} s")
        assert beside_s <= alone_s + SHORT_PERIOD_S
        assert installation.simulator.refused_count == 0
        assert proven(installation) >= {days_ago(ago) for ago in (*range(LAST_AGO, FIRST_AGO + 1), 2, 1, 0)}
        assert_calls_equal_truth(installation, PLAN.first_day, days_ago(LAST_AGO))
