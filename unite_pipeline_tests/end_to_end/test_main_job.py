"""The main job from the command line: API to warehouse, equal to the truth, again and from the raw layer alone."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from datetime import date
from math import ceil
from pathlib import Path

import pytest

from unite_pipeline.simulator import CompanyPlan
from unite_pipeline.warehouse.model import WAREHOUSE_TABLES
from unite_pipeline_tests.end_to_end.installation import Installation, days_ago, installed
from unite_pipeline_tests.end_to_end.truth import assert_equals_truth

pytestmark = pytest.mark.processes

BOTH_CLOCK_CHANGES = CompanyPlan(seed=3, first_day=date(2026, 3, 20), calls_per_working_day=30, extension_count=8)


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A company whose history holds both clock changes of 2026, synced once."""
    with installed(tmp_path_factory.mktemp("main_job"), BOTH_CLOCK_CHANGES) as installation:
        done = installation.run("sync")
        assert done.code == 0, done.err
        yield installation


def test_warehouse_equals_truth(synced: Installation) -> None:
    """Calls, legs, recordings, extensions and contacts equal the truth over a range with both clock-change days."""
    assert assert_equals_truth(synced, BOTH_CLOCK_CHANGES.first_day, days_ago(1)) > 4000
    ambiguous = synced.query("select count(*) from calls where is_ambiguous_local_time")
    assert ambiguous[0][0] > 0


def test_every_day_is_covered(synced: Installation) -> None:
    """Coverage has one row a day, all complete, and every day but the newest ones final."""
    rows = synced.query(
        "select day, is_complete, is_final, expected_rows = received_rows from coverage "
        "where feed = 'cdr_logs' order by day"
    )
    days = (days_ago(0) - BOTH_CLOCK_CHANGES.first_day).days + 1
    assert [row[0] for row in rows] == [days_ago(days - 1 - index) for index in range(days)]
    assert all(row[1] and row[3] for row in rows)
    assert all(row[2] for row in rows[:-2])


def test_second_sync_changes_nothing(synced: Installation) -> None:
    """A second sync asks each list once and the calls' count, and leaves the lake's partitions and the calls."""
    lake = _lake(synced)
    calls = synced.query("from calls order by uniqueid")
    before = synced.requests()
    done = synced.run("sync")
    assert done.code == 0, done.err
    endpoints = sorted(record.endpoint for record in synced.simulator.requests[before:])
    assert [each for each in endpoints if each != "getextensionproperties"] == [
        "downloadphonebookdata", "listcallflows", "listcdrflows", "listcdrlogs", "listextensions",
        "listextensionsstatus", "listswitches",
    ]  # fmt: skip
    assert endpoints.count("getextensionproperties") == 3
    assert _lake(synced) == lake
    assert synced.query("from calls order by uniqueid") == calls


def test_rebuild_gives_the_same_without_a_request(synced: Installation) -> None:
    """After deleting lake and warehouse `rebuild` brings back every table without one request."""
    named = "select table_name from information_schema.tables where table_schema = 'main'"
    tables = [row[0] for row in synced.query(named)]
    assert set(tables) == {table.name for table in WAREHOUSE_TABLES}
    before = {table: synced.query(f"from {table} order by all") for table in tables}
    requests = synced.requests()
    shutil.rmtree(synced.data / "lake")
    synced.warehouse.unlink()
    done = synced.run("rebuild")
    assert done.code == 0, done.err
    assert synced.requests() == requests
    assert {table: synced.query(f"from {table} order by all") for table in tables} == before


def test_requests_are_near_the_least_possible(tmp_path: Path) -> None:
    """A first sync of 28 days with 10,000 calls costs at most 10 % above the least possible, and says how many."""
    plan = CompanyPlan(seed=5, first_day=days_ago(27), calls_per_working_day=480, extension_count=25)
    with installed(tmp_path, plan, is_silent=False) as installation:  # too busy to be silent; the bound has room
        before = installation.requests()
        done = installation.run("sync")
        assert done.code == 0, done.err
        sent = installation.requests() - before
        assert int(re.search(r"^(\d+) requests were sent", done.out, re.MULTILINE)[1]) == sent
        calls = installation.simulator.truth.calls(plan.first_day, days_ago(0))
        assert 7_000 < len(calls) < 13_000  # 20 working days, fewer where holidays fall into them
        assert sent <= 1.10 * _least_possible(installation, calls)
        assert installation.simulator.refused_count == 0


def _least_possible(installation: Installation, calls: list) -> int:
    """Rows of each quadrant by 300, one control count, one page a list, the recordings of extensions that have any."""
    quadrants = {(scope, answered): 0 for scope in ("internal", "external") for answered in (True, False)}
    for call in calls:
        quadrants[call.scope, call.answered] += 1
    owners: dict[str, int] = {}
    for recording in installation.simulator.truth.recordings():
        for owner in recording.extension_ids:
            owners[owner] = owners.get(owner, 0) + 1
    lists = 7  # extensions, phonebook, call flows, switches, the directory, the company's numbers, status
    return sum(ceil(rows / 300) for rows in [*quadrants.values(), *owners.values()]) + 1 + lists


def _lake(installation: Installation) -> dict[Path, str]:
    files = (installation.data / "lake").rglob("*date=*/*.parquet")
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
