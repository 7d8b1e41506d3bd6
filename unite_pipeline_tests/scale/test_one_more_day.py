"""What one more day costs: the same whatever stands before it. Counted in rows and files, not in seconds."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from unite_pipeline.lake.engine import Limits
from unite_pipeline.lake.partitions import partition_files
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.tables import CALL_LEGS, CALLS, RECORDING_EXTENSIONS, RECORDINGS
from unite_pipeline.transform import (
    transform_calls,
    transform_coverage,
    transform_numbers,
    transform_parties,
    transform_recordings,
)
from unite_pipeline.transform.numbers import make_numbers
from unite_pipeline.transform.parties import make_parties
from unite_pipeline.transform.sightings import NUMBER_SIGHTINGS
from unite_pipeline.warehouse import build_warehouse
from unite_pipeline.warehouse.keys import doubled_keys
from unite_pipeline.warehouse.making import make_all
from unite_pipeline.warehouse.model import STORED_TABLES
from unite_pipeline.warehouse.terms import Terms
from unite_pipeline_tests.scale import history
from unite_pipeline_tests.scale.lists import land_lists
from unite_pipeline_tests.scale.one_day import land_day
from unite_pipeline_tests.scale.traffic import TIMEZONE

DAY = date(2026, 11, 3)
CALLS_A_DAY = 100
ROW_GROUP = 2048
GROW = {"internal.lake_files": "", "numbers": "insert into calls "}
"""What a build looks through whole, and in which statements: a row a lake file, and numbers to tell theirs in E.164."""
DATED = (CALLS, CALL_LEGS, RECORDINGS, RECORDING_EXTENSIONS, NUMBER_SIGHTINGS)


class Profiled:
    """An engine that counts the rows it scans, by table and statement."""

    def __init__(self, engine: duckdb.DuckDBPyConnection) -> None:
        self._engine = engine
        self.scanned: dict[tuple[str, str], int] = {}
        engine.execute("set enable_profiling = 'no_output'")
        engine.execute("set profiling_coverage = 'ALL'")

    def execute(self, query: str, parameters: Any = None) -> duckdb.DuckDBPyConnection:
        done = self._engine.execute(query, parameters)
        for node in _nodes(json.loads(self._engine.get_profiling_information("json"))):
            if node.get("type") == "TABLE_SCAN" and "rows_scanned" in node:
                table = node["extra_info"].get("Table", "").removeprefix("small.").removeprefix("main.")
                scan = (table, query)
                self.scanned[scan] = self.scanned.get(scan, 0) + node["rows_scanned"]
        return done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


def _nodes(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for each in node for found in _nodes(each)]
    below = [found for name in ("operator", "children") for found in _nodes(node.get(name, []))]
    return [node, *below]


def lake_of(root: Path, days: int) -> Places:
    """A lake of so many days before `DAY`."""
    places = Places(root, "main")
    history.write_history(places, [DAY - timedelta(days=back) for back in range(days, 0, -1)], CALLS_A_DAY)
    make_numbers(places, "NL", Limits())
    make_parties(places, Limits())
    return places


def cost_of_a_day(root: Path, days: int) -> Profiled:
    """Build a warehouse in small row groups, add a day, and count what that takes."""
    places = lake_of(root, days)
    with duckdb.connect() as engine:
        engine.execute("set TimeZone = 'UTC'")
        engine.execute(f"attach '{root / 'small.duckdb'}' as small (row_group_size {ROW_GROUP})")
        engine.execute("use small")
        make_all(engine, places, Terms(), "code", is_from_scratch=True)
        engine.execute("checkpoint")
        history.write_history(places, [DAY], CALLS_A_DAY)
        make_numbers(places, "NL", Limits())
        make_parties(places, Limits())
        profiled = Profiled(engine)
        changes = make_all(profiled, places, Terms(), "code", is_from_scratch=False)
        for table in STORED_TABLES:
            if table.name in changes and changes[table.name].is_changed:
                assert doubled_keys(profiled, table, changes[table.name].days) == 0
        assert changes["calls"].days == {str(DAY)}
    return profiled


def test_a_build_scans_no_more_rows_for_a_longer_history(tmp_path):
    """No statement of a build scans more of any table after 600 days than after 120, but for what is named in GROW.

    A hundred days are more than any table looks back. Rows are scanned by row groups, and where these begin and end is
    chance; a look at all of history is five times as many.
    """
    short, long = cost_of_a_day(tmp_path / "short", 120), cost_of_a_day(tmp_path / "long", 600)
    assert {"calls", "call_legs", "recordings", "calls_by_caller"} <= {table for table, _ in short.scanned}
    grown = {
        (table, query[:80]): rows
        for (table, query), rows in long.scanned.items()
        if not query.startswith(GROW.get(table, "no statement"))
        and rows > 1.5 * max(short.scanned.get((table, query), 0), ROW_GROUP) + 3 * ROW_GROUP
    }
    assert grown == {}


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A data directory with sixty days in lake and warehouse, and one more day in the raw layer."""
    places = Places(tmp_path_factory.mktemp("company"), "main")
    holders = land_lists(places, datetime(2026, 8, 1, tzinfo=UTC))
    history.write_history(places, [DAY - timedelta(days=back) for back in range(60, 0, -1)], CALLS_A_DAY)
    for feed in history.FEEDS:
        history.remember(places, feed, {})
    land_day(places, DAY - timedelta(days=1), holders, CALLS_A_DAY)  # the first sync prints what stands
    _sync(places)
    land_day(places, DAY, holders, CALLS_A_DAY)
    return places


def _sync(places: Places) -> None:
    transform_calls(places, TIMEZONE)
    transform_recordings(places, TIMEZONE)
    transform_numbers(places, "NL")
    transform_parties(places)
    transform_coverage(places)
    build_warehouse(places)


def test_a_sync_opens_no_old_file_of_calls(company):
    """With every dated file but yesterday's made unreadable, a day more reaches lake and warehouse all the same."""
    for table in DATED:
        for day, file in partition_files(company, table).items():
            if "1970-01-01" < day < str(DAY - timedelta(days=1)):
                _damage(file)
    _sync(company)
    with duckdb.connect(str(company.warehouse), read_only=True) as reader:
        query = "select count(*), min(call_date), max(call_date), count(distinct call_date) from calls"
        calls, first, last, days = reader.execute(query).fetchall()[0]
        assert (first, last, days) == (DAY - timedelta(days=60), DAY, 61)
        assert calls > 60 * CALLS_A_DAY * 0.8
        assert reader.execute(f"select count(*) from recordings where recorded_date = '{DAY}'").fetchall()[0][0] > 0


def _damage(file: Path) -> None:
    """Other content that looks, from outside, like the same file."""
    facts = file.stat()
    with file.open("r+b") as opened:
        opened.write(bytes(facts.st_size))
    os.utime(file, ns=(facts.st_atime_ns, facts.st_mtime_ns))
