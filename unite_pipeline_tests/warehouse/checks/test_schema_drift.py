"""Fields and codes that this version does not know are told, and fields that no longer come."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from unite_pipeline.extract.verdict import FEEDS
from unite_pipeline.lake.manifests import Manifest, Part
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.raw import Begun, begin
from unite_pipeline.warehouse.checks.known import KNOWN_CODES, KNOWN_FIELDS, fields_of
from unite_pipeline_tests.warehouse.checks.conftest import Checked, Doctor

NAME = "schema_drift"
CALL = {
    "uniqueid": "a",
    "calltime": "2026-10-28 10:00:00",
    "billsecond": "1",
    "duration": "2",
    "direction": "in",
    "call_chain": [{"number": "1", "desc": "", "number_formats": [], "number_formatted": "1"}],
}
COLUMNS = {"extensions": "extension_history", "contacts": "contact_history", "call_flows": "call_flow_history",
           "switches": "switch_history", "extension_properties": "extension_property_history"}  # fmt: skip


def landed(places: Places, feed: str, *rows: Any) -> None:
    """Land one more read of a feed, the newest."""
    now = datetime(2026, 10, 28, 17, 30, tzinfo=UTC)
    facts = {"feed": feed, "tenant": places.tenant, "read_id": "newest", "timezone": "UTC", "started_at": now}
    read = begin(places.feed(feed), Begun(**facts))
    page = read.land(
        "list", 1, len(rows), [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    )
    part = Part(part="list", pages=(page,), landed_rows=len(rows))
    read.finish(Manifest(**facts, fetched_at=now, requests=1, is_complete=True, parts=(part,)))


def test_good(good: Checked):
    """The newest rows of every feed are looked at, and nothing in them is new."""
    result = good.run(NAME)
    assert result.says == ("114 fields of 10 feeds looked at in the newest rows, and the codes of the warehouse.")


def test_every_feed_is_known():
    """There are known fields for each feed that a sync reads."""
    assert set(FEEDS) <= set(KNOWN_FIELDS)


def test_a_new_field(doctored: Doctor):
    """A new field is told by its feed and place, whether one row has it or all, and nothing below it is."""
    checked = doctored()
    leg = {**CALL["call_chain"][0], "role": "caller", "number_formats": {"CountryID": "NL", "Carrier": "x"}}
    landed(checked.places, "cdr_logs", CALL, {**CALL, "hangup": {"cause": 16}, "call_chain": [leg]})
    result = checked.run(NAME)
    assert (result.violations, result.findings) == (
        3,
        (
            "new field in cdr_logs: call_chain.number_formats.Carrier",
            "new field in cdr_logs: call_chain.role",
            "new field in cdr_logs: hangup",
        ),
    )


def test_a_field_that_no_longer_comes(doctored: Doctor):
    """A field that a column is made of is missed where no row has it; one that some rows lack is not."""
    checked = doctored()
    gone = {name: value for name, value in CALL.items() if name != "billsecond"}
    landed(checked.places, "cdr_logs", gone, {**gone, "talktime": "1"})
    result = checked.run(NAME)
    assert result.findings == ("new field in cdr_logs: talktime", "field no longer sent in cdr_logs: billsecond")


def test_a_field_that_some_rows_lack(doctored: Doctor):
    """One row that lacks a field is no drift; what is no JSON is left to rejected_rows."""
    checked = doctored()
    landed(checked.places, "cdr_logs", CALL, {"uniqueid": "b"}, b"no json", [], "text")
    assert checked.run(NAME).passed


@pytest.mark.parametrize(
    "name", ["31612345678", "Jan Jansen", "06-12345678", "a@b.nl"], ids=["number", "name", "written number", "address"]
)
def test_a_field_named_by_somebody(doctored: Doctor, name):
    """Where a map's keys are data, in a place that was not known to hold any, they are not shown."""
    checked = doctored()
    landed(checked.places, "cdr_logs", {**CALL, name: 1})
    assert checked.run(NAME).findings == (f"new field in cdr_logs: (not shown: {len(name)} characters)",)


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        ({"a": 1}, {"a"}),
        ({"a": {"b": [{"c": 1}]}}, {"a", "a.b", "a.b.c"}),
        ({"a": {"b": {"0": {"c": 1}, "1": {"d": 2}}}}, {"a", "a.b", "a.b.c", "a.b.d"}),
        ({"map": {"0031": {"x": 1}, "Jan": {"y": 2}}}, {"map", "map.*", "map.*.x", "map.*.y"}),
        ({"map": [{"x": 1}]}, {"map", "map.*.x"}),
        ({"map": []}, {"map"}),
        ({"new": {"deep": 1}}, {"new"}),
        ([1, "text", None], set()),
    ],
    ids=["flat", "nested", "list as a map", "map of data", "map as a list", "empty map", "unknown", "no object"],
)
def test_fields_of_a_row(value, fields):
    """Nested fields have dots, lists none, keys that are data a star; below an unknown field nothing is looked at."""
    assert fields_of(value, frozenset({"a", "a.b", "a.b.c", "map", "map.*", "map.*.x"})) == fields


@pytest.mark.parametrize(("table", "column"), KNOWN_CODES, ids=[".".join(each) for each in KNOWN_CODES])
def test_a_new_code(doctored: Doctor, table, column):
    """A code that is not known is told by table, column and code."""
    where = COLUMNS.get(table, table)
    result = doctored(f"update {where} set {column} = 'zz9' where rowid = (select max(rowid) from {where})").run(NAME)
    assert result.findings == (f"new code in {table}: {column} = zz9",)


def test_a_code_in_capitals(doctored: Doctor):
    """The direction is known in any case, as the tables read it; a missing code is none."""
    assert doctored("update calls set direction_sent = 'IN'").run(NAME).passed
    assert doctored("update calls set direction_sent = null").run(NAME).passed


def test_a_new_value_of_a_property(doctored: Doctor):
    """A value that the API's own list lacks is told; a property without codes holds any text."""
    update = "update extension_property_history set value = '7' where property"
    assert doctored(f"{update} = 'callrecord_email_address'").run(NAME).passed
    result = doctored(f"{update} = 'callrecord_inbound'").run(NAME)
    assert result.findings == ("new code in extension_properties: callrecord_inbound = 7",)


@pytest.mark.parametrize("code", ["31612345678", "Jansen", "Jan Jansen", "12345"])
def test_a_code_that_may_be_somebody(doctored: Doctor, code):
    """What does not read like a code is not shown."""
    result = doctored(f"update contact_history set phone_number_type = '{code}'").run(NAME)
    assert result.findings == (f"new code in contacts: phone_number_type = (not shown: {len(code)} characters)",)


def test_a_code_is_new_for_a_month(doctored: Doctor):
    """A code that came more than a month ago is no news any more; a momentary status always is."""
    checked = doctored("update calls set direction_sent = 'both'", "update extension_status set status_code = '9'")
    later = checked.run(NAME, now=checked.facts.now + timedelta(days=31))
    assert checked.run(NAME).violations == 2
    assert later.violations == 0  # nor is a status that nobody has observed since
