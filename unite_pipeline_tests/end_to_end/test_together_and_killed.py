"""Several syncs at once, and syncs killed with -9: the end is the truth, and nobody waits for a dead process."""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from unite_pipeline import locks
from unite_pipeline.extract.verdict import FEEDS
from unite_pipeline.lake.manifests import finished_reads
from unite_pipeline.simulator import CompanyPlan
from unite_pipeline_tests.end_to_end.installation import PERIOD_S, Installation, days_ago, finish, installed
from unite_pipeline_tests.end_to_end.truth import assert_equals_truth

pytestmark = pytest.mark.processes

PLAN = CompanyPlan(seed=7, first_day=days_ago(40), calls_per_working_day=60, extension_count=12, recording_share=0.8)
NOTHING_WAITS_S = 45.0
"""A sync alone takes a few seconds here; one that waited for a dead process would take for ever."""


def test_three_syncs_at_once(tmp_path: Path) -> None:
    """Three syncs of overlapping ranges that began together end equal to the truth; nothing is asked twice, or refused.

    Each waits for the feeds before any of them is read, so that what one reads is good for the others.
    """
    with installed(tmp_path, PLAN) as installation:
        with ExitStack() as busy:
            for feed in FEEDS:
                busy.enter_context(locks.held(installation.data / "locks" / f"acme.{feed}.lock"))
            syncs = [
                installation.start("sync"),
                installation.start("sync", "--from", str(days_ago(30)), "--to", str(days_ago(5))),
                installation.start("sync", "--from", str(days_ago(12))),
            ]
            for each in syncs:
                _until_it_waits(each)
        done = [finish(each) for each in syncs]
        assert [each.code for each in done] == [0, 0, 0], [each.err for each in done]
        assert assert_equals_truth(installation, PLAN.first_day, days_ago(0)) > 1000
        _assert_budget_kept(installation)
        # Log-ins, windows, their pages, lists: every one of them once over all three.
        asked = Counter(
            f"{record.endpoint} {sorted(record.form.items())}" for record in installation.simulator.requests
        )
        assert [request for request, times in asked.items() if times > 1] == []
        reads = finished_reads(installation.data / "raw", "cdr_logs", "acme")
        days = [window.day for read in reads for window in read.manifest.windows]
        assert sorted(days) == [days_ago(ago) for ago in range(40, -1, -1)]


def _until_it_waits(process: subprocess.Popen[str]) -> None:
    """Read what a sync says until it says that it waits for a feed."""
    said = b""
    while b"waiting for another process that reads it" not in said:
        assert select.select([process.stderr], [], [], NOTHING_WAITS_S)[0], "the sync does not come to wait"
        more = os.read(process.stderr.fileno(), 4096)
        assert more, f"the sync ended: {said!r}"
        said += more


def _requests(count: int) -> Callable[[Installation], bool]:
    return lambda installation: installation.requests() >= count + 1  # provisioning was one


def _exists(pattern: str) -> Callable[[Installation], bool]:
    return lambda installation: any(installation.data.glob(pattern))


MOMENTS = {
    "logging in": _requests(1),
    "among the pages of calls": _requests(6),
    "among the recordings": _exists("raw/call_records/*/*/*/*/0001-of-*"),
    "writing the lake": _exists("lake/calls/tenant=acme/*"),
    "building the warehouse": _exists(".unite.duckdb*"),
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS.keys())
def test_killed_and_run_again(tmp_path: Path, moment: Callable[[Installation], bool]) -> None:
    """A sync killed with -9 at any moment and run again ends equal to the truth, and leaves nothing lying about."""
    with installed(tmp_path, PLAN) as installation:
        victim = installation.start("sync")
        deadline = time.monotonic() + NOTHING_WAITS_S
        while not moment(installation) and victim.poll() is None and time.monotonic() < deadline:
            time.sleep(0.0005)
        was_alive = victim.poll() is None
        victim.kill()
        finish(victim)
        assert was_alive, "the sync was over before it could be killed"
        began = time.monotonic()
        done = installation.run("sync")
        assert done.code == 0, done.err
        assert time.monotonic() - began < NOTHING_WAITS_S
        assert assert_equals_truth(installation, PLAN.first_day, days_ago(0)) > 1000
        _assert_budget_kept(installation)
        assert not [path for path in installation.data.rglob("*") if path.name.endswith((".tmp", ".build", ".wal"))]
        assert not [path for path in installation.data.glob("raw/*/*/*/*/begun.json") if not _has_manifest(path)]


def test_killed_run_is_ended_in_dagster(tmp_path: Path) -> None:
    """A run whose process was killed does not stay `started`: the next sync ends it, and its own run succeeds."""
    with installed(tmp_path, PLAN) as installation:
        victim = installation.start("sync")
        while not _requests(3)(installation):
            time.sleep(0.001)
        victim.kill()
        finish(victim)
        assert installation.run("sync").code == 0
        with dg.DagsterInstance.from_config(str(installation.data / "dagster")) as instance:
            statuses = sorted(run.status.value for run in instance.get_runs())
        assert statuses == ["FAILURE", "SUCCESS"]


def _has_manifest(begun: Path) -> bool:
    return (begun.parent / "manifest.json").exists()


def _assert_budget_kept(installation: Installation) -> None:
    """No 429, and never more than 30 requests in any period, as the server counts."""
    assert installation.simulator.refused_count == 0
    times = [record.at for record in installation.simulator.requests]
    for index in range(len(times) - 30):
        assert times[index + 30] - times[index] >= timedelta(seconds=PERIOD_S)
