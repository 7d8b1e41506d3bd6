"""Lake to warehouse: what is in it."""

# ruff: noqa: DTZ001  wall-clock times have no zone

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime

import duckdb
import pytest

from unite_pipeline.errors import LakeError, WarehouseError
from unite_pipeline.lake.places import Places
from unite_pipeline.warehouse import build_warehouse, rebuild_warehouse
from unite_pipeline.warehouse.metrics import METRICS
from unite_pipeline.warehouse.model import MODELS, WAREHOUSE_TABLES

CALLS = "select uniqueid, call_date, duration_s from calls order by all"


def change(report):
    """Tables of which files were loaded or dropped, with how many."""
    return {table.table: (table.loaded, table.dropped) for table in report.tables if table.loaded or table.dropped}


def test_an_empty_lake_gives_every_table_empty(places, lake):
    """The tables of the interface stand from the first moment, each with its columns in order and all commented."""
    report = build_warehouse(places)
    assert (report.is_published, report.is_from_scratch) == (True, True)
    filled = {"parameters": 1, "erlang_b": 1200, "metrics": len(METRICS)}
    views = {model.table.name for model in MODELS if model.is_view}
    assert {table.table: table.rows for table in report.tables} == {
        table.name: None if table.name in views else filled.get(table.name, 0) for table in WAREHOUSE_TABLES
    }
    found = lake.query(
        "select table_name, column_name, data_type, comment, is_nullable from duckdb_columns() "
        "where schema_name = 'main' and not internal order by table_name, column_index"
    )
    types = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}
    assert found == [
        (
            table.name,
            column.name,
            types.get(column.type, column.type),
            column.description,
            table.name in views or not column.is_required,
        )
        for table in sorted(WAREHOUSE_TABLES, key=lambda table: table.name)
        for column in table.all_columns
    ]
    assert lake.query("select count(*) from duckdb_tables() where comment is null and not internal") == [(0,)]
    assert lake.query("select count(*) from duckdb_views() where comment is null and not internal") == [(0,)]
    assert lake.query("select count(*) from duckdb_columns() where not internal and comment is null") == [(0,)]


def test_rows_arrive_with_tenant_and_partition(places, lake):
    """The folder's names become columns, and types are those declared."""
    lake.put("calls", "2026-03-01", {"uniqueid": "a"})
    lake.put("rejected_rows", "cdr_logs", {"row": '{"uniqueid": 7}'})
    build_warehouse(places)
    assert lake.query("select tenant, uniqueid, call_date, started_at, started_at_local, is_gone from calls") == [
        ("main", "a", date(2026, 3, 1), datetime(2026, 3, 1, 8, 30, tzinfo=UTC), datetime(2026, 3, 1, 9, 30), False)
    ]
    assert lake.query("select tenant, feed, row ->> 'uniqueid' from rejected_rows") == [("main", "cdr_logs", "7")]


def test_only_changed_partitions_are_loaded(places, lake):
    """A changed, a new and a vanished partition; the others are not read again."""
    for day in ("2026-03-01", "2026-03-02", "2026-03-03"):
        lake.put("calls", day, {"uniqueid": day})
    lake.put("contacts", None, {"contact_id": "P1"})
    build_warehouse(places)
    lake.put("calls", "2026-03-02", {"uniqueid": "2026-03-02", "duration_s": 9}, {"uniqueid": "new"})
    lake.put("calls", "2026-03-04")
    (places.table("calls") / "call_date=2026-03-03" / "part.parquet").unlink()
    report = build_warehouse(places)
    assert (report.is_published, report.is_from_scratch) == (True, False)
    assert change(report) == {"calls": (2, 1)}
    expected = [
        ("2026-03-01", date(2026, 3, 1), 1),
        ("2026-03-02", date(2026, 3, 2), 9),
        ("new", date(2026, 3, 2), 1),
    ]
    assert lake.query(CALLS) == expected
    assert lake.query("select contact_id from contacts") == [("P1",)]
    rebuild_warehouse(places)
    assert lake.query(CALLS) == expected


def test_a_whole_table_is_replaced_by_its_file(places, lake):
    """Small tables have one file; rows that are no longer in it are gone."""
    lake.put("extensions", None, {"extension_id": "R1"}, {"extension_id": "R2"})
    build_warehouse(places)
    lake.put("extensions", None, {"extension_id": "R2", "name": "Desk"})
    assert change(build_warehouse(places)) == {"extensions": (1, 0)}
    assert lake.query("select extension_id, name from extensions") == [("R2", "Desk")]


def test_an_unchanged_lake_publishes_nothing(places, lake):
    """The file that stands is the same file, and readers need not open it again."""
    lake.put("calls", "2026-03-01", {"uniqueid": "a"})
    build_warehouse(places)
    before = places.warehouse.stat()
    report = build_warehouse(places)
    assert (report.is_published, [table.rows for table in report.tables if table.table == "calls"]) == (False, [1])
    after = places.warehouse.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_file_that_was_replaced_often_is_built_from_scratch(places, lake):
    """Replaced rows leave holes; when there are more of them than rows, the file is made anew."""
    seen = []
    for number in range(4):
        lake.put("calls", "2026-03-01", {"uniqueid": "a", "duration_s": number})
        seen.append(build_warehouse(places).is_from_scratch)
    assert seen == [True, False, False, True]
    assert lake.query(CALLS) == [("a", date(2026, 3, 1), 3)]


def test_a_key_that_stands_twice_is_not_published(places, lake):
    """The error names table, key and count, and the last warehouse stays."""
    lake.put("calls", "2026-03-01", {"uniqueid": "a"}, {"uniqueid": "b"})
    build_warehouse(places)
    lake.put("calls", "2026-03-02", {"uniqueid": "a"}, {"uniqueid": "b"}, {"uniqueid": "c"})
    with pytest.raises(WarehouseError, match=r"in table calls, 2 values of its key \(uniqueid\)"):
        build_warehouse(places)
    assert lake.query("select uniqueid from calls order by 1") == [("a",), ("b",)]
    assert [path.name for path in places.root.glob(".*build*")] == []


def test_a_required_value_that_is_missing_is_not_published(places, lake):
    """A NULL where the interface promises a value fails the build, without a row in its text."""
    lake.put("calls", "2026-03-01", {"uniqueid": "secret-key", "is_gone": None})
    with pytest.raises(WarehouseError, match="ConstraintException") as raised:
        build_warehouse(places)
    assert "secret-key" not in str(raised.value)
    assert not places.warehouse.exists()


def test_a_damaged_lake_file_is_named_by_its_table(places, lake):
    """The error tells what makes the lake again; the last warehouse stays."""
    lake.put("calls", "2026-03-01", {"uniqueid": "a"})
    build_warehouse(places)
    (places.table("calls") / "call_date=2026-03-01" / "part.parquet").write_bytes(b"no Parquet")
    with pytest.raises(LakeError, match=r"lake table calls .*unite-pipeline rebuild"):
        build_warehouse(places)
    assert lake.query("select uniqueid from calls") == [("a",)]


@pytest.mark.parametrize("content", [pytest.param(b"no database", id="garbage"), pytest.param(None, id="foreign")])
def test_what_we_did_not_build_is_replaced(places, lake, content):
    """A file that is no database, or somebody else's, is no base to go on from."""
    lake.put("calls", "2026-03-01", {"uniqueid": "a"})
    if content is None:
        duckdb.connect(str(places.warehouse)).close()
    else:
        places.warehouse.write_bytes(content)
    assert build_warehouse(places).is_from_scratch
    assert lake.query("select uniqueid from calls") == [("a",)]


def test_another_tenant_is_built_from_scratch(places, lake):
    """A file of one tenant is never continued with rows of another."""
    lake.put("calls", "2026-03-01", {"uniqueid": "a"})
    build_warehouse(places)
    other = type(places)(places.root, "other")
    assert build_warehouse(other).is_from_scratch
    assert lake.query("select count(*) from calls") == [(0,)]


def test_nothing_does_not_take_the_place_of_another_tenants_calls(places, lake):
    """Where another tenant's reads stand, a warehouse without a call is not published over one that has calls."""
    lake.put("calls", "2026-03-01", {"uniqueid": "a"})
    places.feed("cdr_logs").mkdir(parents=True)
    build_warehouse(places)
    other = Places(places.root, "other")
    for build in (build_warehouse, rebuild_warehouse):
        with pytest.raises(WarehouseError, match=r"of UNITE_TENANT other there is not one call.* those of main\."):
            build(other)
    assert lake.query("select uniqueid from calls") == [("a",)]


def test_nothing_is_published_where_no_other_tenant_is(places, lake):
    """A lake that lost its only calls is published as it is: that is what its raw layer holds."""
    lake.put("calls", "2026-03-01", {"uniqueid": "a"})
    places.feed("cdr_logs").mkdir(parents=True)
    build_warehouse(places)
    shutil.rmtree(places.table("calls"))
    assert build_warehouse(places).is_published
    assert lake.query("select uniqueid from calls") == []
