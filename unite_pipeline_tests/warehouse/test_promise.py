"""The promise to whoever reads the warehouse, written out a second time: names, types and keys (interface section 4).

Here: literals, so that a change of the declared tables alone cannot change the promise. Not here: how tables are made.
"""

from __future__ import annotations

import re

import pytest

from unite_pipeline.errors import WarehouseError
from unite_pipeline.warehouse import build_warehouse

INSTANT = "TIMESTAMP WITH TIME ZONE"
EXTENSION = {
    "tenant": "VARCHAR",
    "extension_id": "VARCHAR",
    "username": "VARCHAR",
    "name": "VARCHAR",
    "extension_number": "VARCHAR",
    "email": "VARCHAR",
}
CONTACT = {
    "tenant": "VARCHAR",
    "contact_id": "VARCHAR",
    "extension_id": "VARCHAR",
    "first_name": "VARCHAR",
    "last_name": "VARCHAR",
    "company_name": "VARCHAR",
    "phone_number": "VARCHAR",
}
VALIDITY = {"valid_from": INSTANT, "valid_to": INSTANT, "is_current": "BOOLEAN"}

COLUMNS = {
    "calls": {
        "tenant": "VARCHAR",
        "uniqueid": "VARCHAR",
        "call_date": "DATE",
        "started_at": INSTANT,
        "started_at_local": "TIMESTAMP",
        "is_ambiguous_local_time": "BOOLEAN",
        "first_seen_at": INSTANT,
        "last_seen_at": INSTANT,
        "is_gone": "BOOLEAN",
        "direction": "VARCHAR",
        "scope": "VARCHAR",
        "answered": "BOOLEAN",
        "duration_s": "INTEGER",
        "talk_s": "INTEGER",
        "ring_s": "INTEGER",
        "leg_count": "INTEGER",
        "first_number": "VARCHAR",
        "last_number": "VARCHAR",
    },
    "call_legs": {
        "tenant": "VARCHAR",
        "uniqueid": "VARCHAR",
        "position": "INTEGER",
        "number": "VARCHAR",
        "description": "VARCHAR",
        "number_formatted": "VARCHAR",
        "country": "VARCHAR",
    },
    "recordings": {
        "tenant": "VARCHAR",
        "callrecordkey": "VARCHAR",
        "recorded_at": INSTANT,
        "duration_s": "INTEGER",
        "size_bytes": "BIGINT",
        "part_count": "INTEGER",
        "filename": "VARCHAR",
        "from_number": "VARCHAR",
        "to_number": "VARCHAR",
        "from_callerid": "VARCHAR",
        "queue_name": "VARCHAR",
    },
    "recording_extensions": {"tenant": "VARCHAR", "callrecordkey": "VARCHAR", "extension_id": "VARCHAR"},
    "extensions": {**EXTENSION, "is_deleted": "BOOLEAN"},
    "extension_history": {**EXTENSION, **VALIDITY},
    "contacts": {**CONTACT, "is_deleted": "BOOLEAN"},
    "contact_history": {**CONTACT, **VALIDITY},
    "coverage": {
        "tenant": "VARCHAR",
        "feed": "VARCHAR",
        "window_start": INSTANT,
        "window_end": INSTANT,
        "expected_rows": "BIGINT",
        "received_rows": "BIGINT",
        "requests": "BIGINT",
        "is_complete": "BOOLEAN",
        "is_final": "BOOLEAN",
        "is_presumed": "BOOLEAN",
        "fetched_at": INSTANT,
    },
    "rejected_rows": {
        "tenant": "VARCHAR",
        "feed": "VARCHAR",
        "reason": "VARCHAR",
        "row": "JSON",
        "fetched_at": INSTANT,
    },
}

KEYS = {
    "calls": ("uniqueid",),
    "call_legs": ("uniqueid", "position"),
    "recordings": ("callrecordkey",),
    "recording_extensions": ("callrecordkey", "extension_id"),
    "extensions": ("extension_id",),
    "extension_history": ("extension_id", "valid_from"),
    "contacts": ("contact_id",),
    "contact_history": ("contact_id", "valid_from"),
    "coverage": ("feed", "window_start", "window_end"),
}
"""Within a tenant; `rejected_rows` promises none."""

FOLDERS = {"calls": "2026-03-01", "call_legs": "2026-03-01", "recordings": "2026-03-01"}


def test_promised_columns_are_there(places, lake):
    """Every promised table has every promised column, of the promised type; others may stand beside them."""
    build_warehouse(places)
    found = lake.query("select table_name, column_name, data_type from duckdb_columns() where schema_name = 'main'")
    promised = {(table, *column) for table, columns in COLUMNS.items() for column in columns.items()}
    assert promised - set(found) == set()


def test_what_a_name_promises(places, lake):
    """Columns named is_ are flags that are never NULL, and names of instants stand for instants, in every table."""
    build_warehouse(places)
    columns = lake.query(
        "select column_name, data_type, is_nullable and table_oid in (select table_oid from duckdb_tables()) "
        "from duckdb_columns() where schema_name = 'main' and not internal"
    )
    flags = [(kind, may_be_null) for name, kind, may_be_null in columns if name.startswith("is_")]
    assert set(flags) == {("BOOLEAN", False)}  # of a view DuckDB cannot say that a column is never NULL
    instants = [kind for name, kind, _ in columns if re.fullmatch(r"\w+_at|valid_\w+|window_\w+", name)]
    assert set(instants) == {INSTANT}


def test_everything_is_commented(places, lake):
    """Every table and every column, those beside the promised ones too, has a comment that is not empty."""
    build_warehouse(places)
    of_tables = lake.query(
        "select table_name, comment from duckdb_tables() where schema_name = 'main' union all "
        "select view_name, comment from duckdb_views() where schema_name = 'main' and not internal"
    )
    of_columns = lake.query(
        "select table_name || '.' || column_name, comment from duckdb_columns() "
        "where schema_name = 'main' and not internal"
    )
    assert {table for table, _ in of_tables} >= set(COLUMNS)
    assert [name for name, comment in [*of_tables, *of_columns] if not (comment or "").strip()] == []


@pytest.mark.parametrize(("table", "key"), KEYS.items(), ids=KEYS.keys())
def test_promised_keys_are_kept(places, lake, table, key):
    """Two rows with the same promised key are never published, and no column of a key is ever NULL."""
    lake.put(table, FOLDERS.get(table), {})
    build_warehouse(places)
    nullable = lake.query(
        f"select column_name from duckdb_columns() where table_name = '{table}' and is_nullable "
        f"and column_name in {('tenant', *key)}"
    )
    assert nullable == []
    lake.put(table, FOLDERS.get(table), {}, {})
    with pytest.raises(WarehouseError, match=rf"in table {table}, 1 values of its key \({', '.join(key)}\)"):
        build_warehouse(places)
