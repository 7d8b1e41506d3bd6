"""Raw `cdr_logs` to `calls` and `call_legs`."""

# ruff: noqa: DTZ001  wall-clock times have no zone

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from unite_pipeline.transform import rebuild_lake, transform_calls
from unite_pipeline.transform.reports import TableReport

TIMEZONE = "Europe/Amsterdam"
DAY = "2026-02-03"


def leg(number="0001", **fields):
    """An entry of a call chain."""
    return {"number": number, "desc": "", "number_formats": [], "number_formatted": f"1237*{number}", **fields}


def call(uniqueid, calltime=f"{DAY} 09:00:00.5", **fields):
    """A call detail record as the API sends it."""
    return {
        "uniqueid": uniqueid,
        "calltime": calltime,
        "billsecond": "20",
        "duration": "30",
        "direction": "in",
        "call_chain": [leg()],
        **fields,
    }


def keys(lake, *columns):
    """Calls by key, with these columns."""
    return sorted(lake.rows("calls", "uniqueid", *columns))


def reasons(lake):
    """Rejected rows: where they stood, and why."""
    return lake.rows("rejected_rows", "part", "position", "leg_position", "reason")


def test_a_call_and_its_legs_arrive_typed(places, raw, lake):
    """Every column of both tables has the value that the API's row tells, of an external and of an internal leg."""
    chain = [
        leg("31880660573", desc="Outside", number_formats={"CountryID": "NL", "owner_country": "BE"}),
        leg("*0006", number_formats={"owner_country": "NL"}),
    ]
    read_id = raw.calls([DAY], {"external_answered": [call("a", call_chain=chain)]})
    report = transform_calls(places, TIMEZONE)
    seen = raw.at(read_id)
    started_at = datetime(2026, 2, 3, 8, 0, 0, 500000, UTC)
    assert lake.rows("calls") == [
        (
            "a",
            started_at,
            datetime(2026, 2, 3, 9, 0, 0, 500000),
            1770105600500000,
            False,
            "inbound",
            "in",
            "external",
            True,
            30,
            20,
            10,
            2,
            "31880660573",
            "*0006",
            seen,
            seen,
            False,
            read_id,
            date(2026, 2, 3),
        )
    ]
    assert lake.rows("call_legs") == [
        ("a", 1, "31880660573", "Outside", "1237*31880660573", "NL", started_at, date(2026, 2, 3)),
        ("a", 2, "*0006", None, "1237**0006", None, started_at, date(2026, 2, 3)),
    ]
    assert report.tables == (TableReport("calls", 1, 1, 0), TableReport("call_legs", 2, 1, 0))
    assert (report.reads, report.raw_rows, report.rejected_rows, report.days) == (1, 1, 0, (date(2026, 2, 3),))


def test_a_day_without_calls_is_an_empty_file(places, raw, lake):
    """No calls is a fact: the day gets a file with the schema and no rows."""
    raw.calls(["2026-02-03", "2026-02-04"], {"external_answered": [call("a")]})
    transform_calls(places, TIMEZONE)
    assert [(path, len(rows)) for path, rows in lake.everything().items() if path.startswith("calls/")] == [
        ("calls/tenant=main/call_date=2026-02-03/part.parquet", 1),
        ("calls/tenant=main/call_date=2026-02-04/part.parquet", 0),
    ]


@pytest.mark.parametrize(
    ("chain", "count"),
    [
        pytest.param([], 0, id="empty list"),
        pytest.param({}, 0, id="empty map"),
        pytest.param(None, 0, id="null"),
        pytest.param("", 0, id="empty text"),
        pytest.param({"0": leg("0001"), "1": leg("0002")}, 2, id="numbered map"),
        pytest.param([[], leg("0002")], 2, id="empty leg sent as a list"),
        pytest.param([leg("0001", number_formats=None), leg("0002", number_formats={})], 2, id="formats null and map"),
        pytest.param([{"number": 1}, {"number": "0002"}], 2, id="number as a number"),
    ],
)
def test_chains_come_in_many_shapes(places, raw, lake, chain, count):
    """PHP's empties and numbered maps are chains like any other."""
    raw.calls([DAY], {"external_answered": [call("a", call_chain=chain)]})
    transform_calls(places, TIMEZONE)
    assert keys(lake, "leg_count") == [("a", count)]
    assert len(lake.rows("call_legs")) == count
    assert reasons(lake) == []


def test_a_missing_chain_is_no_legs(places, raw, lake):
    """A row without the field is a call without legs."""
    row = call("a")
    del row["call_chain"]
    raw.calls([DAY], {"external_answered": [row]})
    transform_calls(places, TIMEZONE)
    assert keys(lake, "leg_count", "first_number") == [("a", 0, None)]


def test_a_bad_leg_is_rejected_alone(places, raw, lake):
    """A leg that is no object is recorded with its place; the call and its other legs stay, with a gap."""
    raw.calls([DAY], {"internal_missed": [call("a", call_chain=[leg("0001"), "x", None, leg("0004")])]})
    transform_calls(places, TIMEZONE)
    assert lake.rows("call_legs", "position", "number") == [(1, "0001"), (4, "0004")]
    assert keys(lake, "leg_count", "first_number", "last_number") == [("a", 2, "0001", "0004")]
    assert lake.rows("rejected_rows", "part", "position", "leg_position", "reason", "row") == [
        ("internal_missed", 1, 2, "bad_leg", '"x"'),
        ("internal_missed", 1, 3, "bad_leg", "null"),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param('{"uniqueid": "a"', "not_json", id="cut off"),
        pytest.param(b'{"uniqueid": "\xff"}', "not_json", id="no UTF-8"),
        pytest.param('["a"]', "not_an_object", id="list"),
        pytest.param("null", "not_an_object", id="null"),
        pytest.param(call(None), "missing_key", id="null key"),
        pytest.param(call(""), "missing_key", id="empty key"),
        pytest.param(call([]), "missing_key", id="list as key"),
        pytest.param(call("a", "garbage"), "bad_time", id="garbage time"),
        pytest.param(call("a", None), "bad_time", id="null time"),
        pytest.param(call("a", "2026-02-30 09:00:00"), "bad_time", id="no such date"),
        pytest.param(call("a", "2026-02-03"), "bad_time", id="date only"),
        pytest.param(call("a", "2026-02-03 24:00:00"), "bad_time", id="hour 24"),
        pytest.param(call("a", "2026-02-03 09:00:00+01"), "bad_time", id="time with offset"),
        pytest.param(call("a", billsecond="abc"), "bad_number", id="text for seconds"),
        pytest.param(call("a", duration="1e3"), "bad_number", id="exponent"),
        pytest.param(call("a", duration=-1), "bad_number", id="negative"),
        pytest.param(call("a", duration=1.5), "bad_number", id="fraction"),
        pytest.param(call("a", duration="99999999999"), "bad_number", id="too large"),
        pytest.param(call("a", duration={"s": 1}), "bad_number", id="map for seconds"),
        pytest.param(call("a", call_chain="x"), "bad_chain", id="text for chain"),
        pytest.param(call("a", call_chain=3), "bad_chain", id="number for chain"),
        pytest.param(call("a", call_chain=leg()), "bad_chain", id="a leg for the chain"),
    ],
)
def test_what_does_not_fit_is_rejected_with_its_row(places, raw, lake, row, reason):
    """A misfit becomes no call and no NULL: it is recorded, as valid JSON, and its neighbours are not touched."""
    raw.calls([DAY], {"external_answered": [call("before"), row, call("behind")]})
    report = transform_calls(places, TIMEZONE)
    assert keys(lake) == [("before",), ("behind",)]
    assert reasons(lake) == [("external_answered", 2, 0, reason)]
    (kept,) = lake.rows("rejected_rows", "row")
    if isinstance(row, dict):
        assert json.loads(kept[0]) == row
    assert report.rejected_rows == 1


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"duration": 30, "billsecond": 20}, (30, 20, 10), id="numbers"),
        pytest.param({"duration": "30.0", "billsecond": 20.0}, (30, 20, 10), id="whole fractions"),
        pytest.param({"duration": "30", "billsecond": "31"}, (30, 31, 0), id="talk above duration"),
        pytest.param({"duration": "", "billsecond": "0"}, (None, 0, None), id="empty is unknown"),
        pytest.param({"duration": None, "billsecond": []}, (None, None, None), id="null and empty list"),
    ],
)
def test_seconds(places, raw, lake, fields, expected):
    """Seconds come as numbers or text; unknown is NULL and not zero."""
    raw.calls([DAY], {"external_answered": [call("a", **fields)]})
    transform_calls(places, TIMEZONE)
    assert keys(lake, "duration_s", "talk_s", "ring_s") == [("a", *expected)]


@pytest.mark.parametrize(
    ("sent", "part", "expected"),
    [
        pytest.param("in", "external_answered", "inbound", id="in"),
        pytest.param("OUT", "external_missed", "outbound", id="out in capitals"),
        pytest.param("in", "internal_answered", "internal", id="internal by filter"),
        pytest.param("Transfer", "external_answered", "transfer", id="unknown word"),
        pytest.param(None, "external_answered", None, id="null"),
    ],
)
def test_direction(places, raw, lake, sent, part, expected):
    """Internal by scope, the usual words by name, any other word in lower case; as sent beside it."""
    raw.calls([DAY], {part: [call("a", direction=sent)]})
    transform_calls(places, TIMEZONE)
    assert keys(lake, "direction", "direction_sent") == [("a", expected, sent)]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param(["external_answered"], ("external", True), id="external answered"),
        pytest.param(["external_missed"], ("external", False), id="external missed"),
        pytest.param(["internal_missed"], ("internal", False), id="internal missed"),
        pytest.param(["external_answered", "internal_answered"], ("mixed", True), id="both scopes"),
        pytest.param(["external_answered", "external_missed"], ("external", None), id="both outcomes"),
        pytest.param(["external_answered", "internal_missed"], ("mixed", None), id="both of both"),
        pytest.param(["unlabelled"], ("unknown", None), id="unlabelled only"),
        pytest.param(["internal_answered", "unlabelled"], ("internal", True), id="quadrant and unlabelled"),
    ],
)
def test_the_same_row_in_several_filters_is_one_call(places, raw, lake, parts, expected):
    """An overlap of filters is a label, not a duplicate."""
    raw.calls([DAY], {part: [call("a")] for part in parts})
    transform_calls(places, TIMEZONE)
    assert keys(lake, "scope", "answered") == [("a", *expected)]
    assert reasons(lake) == []


def test_of_two_rows_of_a_key_in_one_read_the_later_wins(places, raw, lake):
    """The earlier one is rejected as a duplicate, in the same quadrant and across quadrants."""
    raw.calls(
        [DAY],
        {
            "external_answered": [call("a", duration=31), call("a", duration=32)],
            "internal_missed": [call("a", duration=33), call("b"), call("b")],
        },
    )
    transform_calls(places, TIMEZONE)
    assert keys(lake, "duration_s", "scope", "answered") == [("a", 33, "internal", False), ("b", 30, "internal", False)]
    assert reasons(lake) == [
        ("external_answered", 1, 0, "duplicate_key"),
        ("external_answered", 2, 0, "duplicate_key"),
        ("internal_missed", 2, 0, "duplicate_key"),
    ]


def test_an_unlabelled_row_takes_the_label_of_its_quadrant(places, raw, lake):
    """When the row changed between the two passes, the later row counts, with the label of the earlier one."""
    raw.calls([DAY], {"internal_answered": [call("a", duration=31)], "unlabelled": [call("a", duration=32)]})
    transform_calls(places, TIMEZONE)
    assert keys(lake, "duration_s", "scope", "answered") == [("a", 32, "internal", True)]
    assert reasons(lake) == [("internal_answered", 1, 0, "duplicate_key")]


def test_the_newest_read_wins(places, raw, lake):
    """A later read replaces the row and its legs; when it was first seen stays."""
    first = raw.calls([DAY], {"external_missed": [call("a", call_chain=[leg("0001"), leg("0002")])]})
    transform_calls(places, TIMEZONE)
    second = raw.calls([DAY], {"external_answered": [call("a", duration=99)]})
    transform_calls(places, TIMEZONE)
    assert keys(lake, "duration_s", "answered", "leg_count", "first_seen_at", "last_seen_at", "read_id") == [
        ("a", 99, True, 1, raw.at(first), raw.at(second), second)
    ]
    assert lake.rows("call_legs", "number") == [("0001",)]


def test_an_older_read_that_comes_late_does_not_win(places, raw, lake):
    """The order in which manifests appear does not matter: a read cut off long ago is closed after newer ones."""
    late = raw.now.replace(hour=1)
    newest = raw.calls([DAY], {"external_answered": [call("a", duration=2)]})
    transform_calls(places, TIMEZONE)
    raw.calls([DAY], {"external_missed": [call("a", duration=1)]}, fetched_at=late, is_complete=False)
    transform_calls(places, TIMEZONE)
    assert keys(lake, "duration_s", "answered", "first_seen_at", "last_seen_at") == [
        ("a", 2, True, late, raw.at(newest))
    ]


def test_a_call_that_moves_to_another_day_leaves_the_old_one(places, raw, lake):
    """The key stands once over all days, with when it was first seen, although only the new day was read again."""
    first = raw.calls(["2026-02-03"], {"external_answered": [call("a"), call("b")]})
    transform_calls(places, TIMEZONE)
    raw.calls(["2026-02-04"], {"external_answered": [call("a", "2026-02-04 00:00:01")]})
    report = transform_calls(places, TIMEZONE)
    assert keys(lake, "call_date", "first_seen_at") == [
        ("a", date(2026, 2, 4), raw.at(first)),
        ("b", date(2026, 2, 3), raw.at(first)),
    ]
    assert sorted(lake.rows("call_legs", "uniqueid", "call_date")) == [
        ("a", date(2026, 2, 4)),
        ("b", date(2026, 2, 3)),
    ]
    assert report.days == (date(2026, 2, 3), date(2026, 2, 4))


def test_a_call_is_gone_when_a_newer_complete_read_lacks_it(places, raw, lake):
    """It stays in the table, marked; an incomplete or presumed read says nothing; when it comes back it is back."""
    raw.calls([DAY], {"external_answered": [call("a"), call("b")]})
    raw.calls([DAY], {"external_answered": [call("b")]}, is_complete=False)
    raw.calls([DAY], {}, is_presumed=True)
    transform_calls(places, TIMEZONE)
    assert keys(lake, "is_gone") == [("a", False), ("b", False)]
    raw.calls([DAY], {"external_answered": [call("b")]})
    transform_calls(places, TIMEZONE)
    assert keys(lake, "is_gone") == [("a", True), ("b", False)]
    raw.calls([DAY], {"external_answered": [call("a")]}, is_complete=False)
    transform_calls(places, TIMEZONE)
    assert keys(lake, "is_gone") == [("a", False), ("b", False)]


def test_a_call_whose_newest_row_is_rejected_is_not_gone(places, raw, lake):
    """Its last good row stays, and the complete read did have the key."""
    raw.calls([DAY], {"external_answered": [call("a", duration=7)]})
    raw.calls([DAY], {"external_answered": [call("a", duration="?")]})
    transform_calls(places, TIMEZONE)
    assert keys(lake, "duration_s", "is_gone") == [("a", 7, False)]


def test_rows_of_an_earlier_read_are_seen_again(places, raw, lake):
    """A part whose rows stand in an earlier read counts as if they had landed again, without new rejects."""
    first = raw.calls([DAY], {"external_answered": [call("a"), call("x", "?")], "internal_missed": [call("b")]})
    second = raw.calls([DAY], {"external_answered": first, "internal_missed": []})
    transform_calls(places, TIMEZONE)
    assert keys(lake, "last_seen_at", "is_gone", "read_id") == [
        ("a", raw.at(second), False, second),
        ("b", raw.at(first), True, first),
    ]
    assert lake.rows("rejected_rows", "read_id", "reason") == [(first, "bad_time")]


def test_rows_of_a_read_that_failed_under_way_are_kept(places, raw, lake):
    """A re-read that failed tells no window of a day that was proven before; a call that it brought is there."""
    raw.calls([DAY], {"external_answered": [call("a")]})
    raw.read(
        "cdr_logs",
        {"external_answered": [call("a"), call("late")]},
        windows=(),
        asked={"first_day": DAY, "last_day": DAY},
        is_complete=False,
    )
    transform_calls(places, TIMEZONE)
    assert keys(lake, "is_gone") == [("a", False), ("late", False)]


def test_rows_outside_the_days_of_the_read_are_clipped(places, raw, lake):
    """A second on either side was asked and is dropped in silence; what is farther out was not, and is recorded."""
    raw.calls(
        [DAY],
        {
            "external_answered": [
                call("before", "2026-02-02 23:59:59.2"),
                call("first", "2026-02-03 00:00:00"),
                call("last", "2026-02-03 23:59:59.999999"),
                call("after", "2026-02-04 00:00:00.7", duration="?"),
                call("far", "2026-02-06 10:00:00"),
            ]
        },
    )
    transform_calls(places, TIMEZONE)
    assert keys(lake) == [("first",), ("last",)]
    assert reasons(lake) == [("external_answered", 5, 0, "outside_days")]


def test_nothing_new_changes_no_file(places, raw, lake):
    """A second transformation writes nothing, also when a new read brings the same state for another day."""
    raw.calls([DAY], {"external_answered": [call("a")]})
    transform_calls(places, TIMEZONE)
    files = {file: file.stat().st_mtime_ns for file in places.lake.rglob("part.parquet")}
    report = transform_calls(places, TIMEZONE)
    assert (report.reads, report.has_changed) == (0, False)
    assert transform_calls(places, TIMEZONE, [date(2026, 2, 3)]).tables[0] == TableReport("calls", 1, 0, 1)
    assert {file: file.stat().st_mtime_ns for file in places.lake.rglob("part.parquet")} == files


def test_a_partition_that_was_deleted_comes_back(places, raw, lake):
    """The raw layer is enough to heal the lake."""
    raw.calls([DAY], {"external_answered": [call("a")]})
    transform_calls(places, TIMEZONE)
    before = lake.everything()
    (places.table("calls") / f"call_date={DAY}" / "part.parquet").unlink()
    transform_calls(places, TIMEZONE)
    assert lake.everything() == before


NEXT, AFTER = "2026-02-04", "2026-02-05"


def partitions(places):
    """The days whose calls and legs stand in the lake."""
    found = [
        {file.parent.name.partition("=")[2] for file in places.table(name).glob("call_date=*/part.parquet")}
        for name in ("calls", "call_legs")
    ]
    assert found[0] == found[1]
    return sorted(found[0])


def test_a_read_that_brought_nothing_makes_no_day(places, raw):
    """Days of which no page came and nothing is proven get no partition: an empty one would say that nobody called."""
    raw.calls([DAY, NEXT, AFTER], {}, is_complete=False)
    report = transform_calls(places, TIMEZONE)
    assert (report.reads, report.days, partitions(places)) == (1, (), [])
    raw.calls([NEXT], {"control": []})
    assert transform_calls(places, TIMEZONE).days == (date(2026, 2, 4),)
    assert partitions(places) == [NEXT]


def test_a_read_that_was_cut_off_makes_the_days_it_has_calls_of(places, raw, lake):
    """Of a window that failed half way only days with calls are made; the others wait until they are proven."""
    raw.calls([DAY, NEXT, AFTER], {"external_answered": [call("a")]}, is_complete=False)
    assert transform_calls(places, TIMEZONE).days == (date(2026, 2, 3),)
    assert partitions(places) == [DAY]
    assert transform_calls(places, TIMEZONE).reads == 0
    raw.calls([NEXT], {"external_answered": []})
    transform_calls(places, TIMEZONE)
    assert partitions(places) == [DAY, NEXT]
    raw.calls([DAY, NEXT], {}, is_complete=False)
    transform_calls(places, TIMEZONE)
    assert keys(lake) == [("a",)]
    before = lake.everything()
    rebuild_lake(places, TIMEZONE)
    assert {path: rows for path, rows in lake.everything().items() if "/call_date=" in path} == {
        path: rows for path, rows in before.items() if "/call_date=" in path
    }
