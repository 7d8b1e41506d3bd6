"""Keys stand once; legs and calls, recordings and extensions find each other."""

from __future__ import annotations

import pytest

from unite_pipeline.warehouse.model import STORED_TABLES
from unite_pipeline_tests.warehouse.checks.conftest import Checked, Doctor

_VALUES = {"VARCHAR": "'x'", "JSON": "'{}'", "BOOLEAN": "true", "INTEGER": "1", "BIGINT": "1", "DATE": "'2026-10-20'",
           "DOUBLE": "1.5"}  # fmt: skip


@pytest.mark.parametrize("table", [pytest.param(table, id=table.name) for table in STORED_TABLES])
def test_a_key_that_stands_thrice(doctored: Doctor, table):
    """Of every table a key in three rows is found, and told as one key and two rows too many."""
    values = ", ".join(_VALUES.get(column.type, "'2026-10-20 12:00:00Z'") for column in table.all_columns)
    result = doctored(f"insert into {table.name} values ({values}), ({values}), ({values})").run(
        "keys_unique", table.name
    )
    assert result.findings == (f"{table.name}: 1 key in more than one row, 2 rows too many",)
    assert result.rows.to_pylist() == [{"violations": 1, "table_name": table.name, "rows_too_many": 2}]


@pytest.mark.parametrize("column", ["tenant", "uniqueid", "position"])
def test_all_of_the_key_counts(doctored: Doctor, column):
    """Rows that differ in one column of the key have different keys."""
    other = "-1" if column == "position" else "'another'"
    checked = doctored(f"insert into call_legs select * replace ({other} as {column}) from call_legs limit 1")
    assert checked.run("keys_unique", "call_legs").passed


def test_a_leg_without_its_call(doctored: Doctor):
    """Legs of calls that are not there are told by day."""
    checked = doctored(
        "delete from calls where uniqueid in (select min(uniqueid) from calls where call_date = '2026-10-20' "
        "and leg_count = 2)"
    )
    result = checked.run("legs_belong_to_calls")
    assert (result.violations, result.findings) == (2, ("2026-10-20: 2 legs without a call of that day",))


def test_a_call_without_its_legs(doctored: Doctor):
    """Calls that have fewer legs than they say are told by day, with both numbers."""
    checked = doctored(
        "delete from call_legs where position = 2 and uniqueid in (select min(uniqueid) from calls "
        "where call_date in ('2026-10-20', '2026-10-21') and leg_count = 2 group by call_date)"
    )
    result = checked.run("legs_belong_to_calls")
    assert result.violations == 2
    assert result.findings == (
        "2026-10-21: 1 call with 1 leg in call_legs instead of 2",
        "2026-10-20: 1 call with 1 leg in call_legs instead of 2",
    )


def test_a_call_without_any_leg(doctored: Doctor):
    """A call that has none and says so is none; one that says otherwise is told."""
    checked = doctored("delete from call_legs where call_date = '2026-10-20'", "update calls set leg_count = 0")
    assert not [finding for finding in checked.run("legs_belong_to_calls").findings if "2026-10-20" in finding]


def test_a_leg_on_another_day_than_its_call(doctored: Doctor):
    """A leg stands on the day of its call, or both sides say that something is missing."""
    checked = doctored(
        "update call_legs set call_date = '2026-10-21' where position = 1 and uniqueid in "
        "(select min(uniqueid) from calls where call_date = '2026-10-20' and leg_count = 2)"
    )
    assert checked.run("legs_belong_to_calls").findings == (
        "2026-10-21: 1 leg without a call of that day",
        "2026-10-20: 1 call with 1 leg in call_legs instead of 2",
    )


def test_a_recording_that_nobody_lists(doctored: Doctor):
    """A recording without a listing is told by the day it was recorded."""
    key = "select min(callrecordkey) from recordings where recorded_date = '2026-10-20'"
    result = doctored(f"delete from recording_extensions where callrecordkey = ({key})").run(
        "recordings_belong_to_extensions"
    )
    assert (result.violations, result.findings) == (1, ("2026-10-20: 1 recording that no extension lists",))


def test_a_listing_without_its_recording(doctored: Doctor):
    """A listing whose recording is not there is told by the day it was first seen."""
    key = "select min(callrecordkey) from recordings where recorded_date = '2026-10-20'"
    result = doctored(f"delete from recordings where callrecordkey = ({key})").run("recordings_belong_to_extensions")
    assert result.findings == ("2026-10-28: 1 listing of a recording that is not there",)


def test_an_extension_that_nobody_knows(doctored: Doctor, good: Checked):
    """Listings by an extension that was never seen are told; a deleted extension is known."""
    listings = "from recording_extensions where extension_id = (select min(extension_id) from recording_extensions)"
    known = doctored("update extensions set is_deleted = true")
    assert known.run("recordings_belong_to_extensions").passed
    result = doctored(f"delete from extensions where extension_id = (select min(extension_id) {listings})").run(
        "recordings_belong_to_extensions"
    )
    assert 0 < result.violations < good.run("recordings_belong_to_extensions").numbers["listings"]
    assert all(finding.endswith("by an extension that is not in extensions") for finding in result.findings)
