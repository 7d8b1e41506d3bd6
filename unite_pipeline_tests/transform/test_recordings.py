"""Raw `call_records` to `recordings` and `recording_extensions`."""

# ruff: noqa: DTZ001  expected instants are written in UTC

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from unite_pipeline.transform import transform_recordings

TIMEZONE = "Europe/Amsterdam"


def recording(key, recordtime="2026-02-03 15:23:42.707233+01", **fields):
    """A row of a list of recordings as the API sends it."""
    return {
        "recordtime": recordtime,
        "duration": "33",
        "filename": f"{key}.mp3",
        "from_number": "1234*0002",
        "to_number": "1234*0200",
        "queuename": None,
        "callrecordkey": key,
        "filesize": "192456",
        "file_totalpart": 1,
        "file_partsize": 4194304,
        "to_number_formatted": "1234*0200",
        "tonumber_desc": "",
        "tonumber_formats": None,
        "from_callerid": "31880660550",
        "from_callerid_formatted": "088 066 0550",
        "from_callerid_formats": None,
        **fields,
    }


def gone(lake):
    """Recordings by key."""
    return sorted(lake.rows("recordings", "callrecordkey", "is_gone"))


def links(lake):
    """Which extensions list what."""
    return lake.rows("recording_extensions", "callrecordkey", "extension_id", "is_gone")


def test_a_recording_arrives_typed(places, raw, lake):
    """Every column has the value that the API's row tells, the instant by its offset, and the local day of that."""
    read_id = raw.read("call_records", {"R1": [recording("f1")]})
    transform_recordings(places, TIMEZONE)
    seen = raw.at(read_id)
    assert lake.rows("recordings") == [
        (
            "f1",
            datetime(2026, 2, 3, 14, 23, 42, 707233, UTC),
            1770128622707233,
            33,
            192456,
            1,
            4194304,
            "f1.mp3",
            "1234*0002",
            "1234*0200",
            "1234*0200",
            None,
            "31880660550",
            "088 066 0550",
            None,
            seen,
            seen,
            False,
            read_id,
            date(2026, 2, 3),
        )
    ]
    assert lake.rows("recording_extensions") == [("f1", "R1", seen, seen, False, date(2026, 2, 3))]


@pytest.mark.parametrize(
    ("sent", "expected", "day"),
    [
        pytest.param("2026-07-01 00:30:00+02", datetime(2026, 6, 30, 22, 30), date(2026, 7, 1), id="+02"),
        pytest.param(
            "2026-07-01T00:30:00.5+02:00", datetime(2026, 6, 30, 22, 30, 0, 5 * 10**5), date(2026, 7, 1), id="+02:00"
        ),
        pytest.param("2026-07-01 00:30:00-0330", datetime(2026, 7, 1, 4), date(2026, 7, 1), id="-0330"),
        pytest.param("2026-06-30 22:30:00Z", datetime(2026, 6, 30, 22, 30), date(2026, 7, 1), id="Z"),
        pytest.param("2026-07-01 00:30:00", datetime(2026, 6, 30, 22, 30), date(2026, 7, 1), id="none"),
        pytest.param("2026-10-25 02:30:00", datetime(2026, 10, 25, 0, 30), date(2026, 10, 25), id="doubled"),
        pytest.param("2026-10-25 02:30:00+01", datetime(2026, 10, 25, 1, 30), date(2026, 10, 25), id="doubled, told"),
    ],
)
def test_offsets_are_never_dropped(places, raw, lake, sent, expected, day):
    """Every form of an offset counts; without one the time is on the tenant's clock; the day is always local."""
    raw.read("call_records", {"R1": [recording("f1", sent)]})
    transform_recordings(places, TIMEZONE)
    assert lake.rows("recordings", "recorded_at", "recorded_date") == [(expected.replace(tzinfo=UTC), day)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param([1], "not_an_object", id="list"),
        pytest.param(recording(None), "missing_key", id="no key"),
        pytest.param(recording("f1", "soon"), "bad_time", id="garbage time"),
        pytest.param(recording("f1", None), "bad_time", id="no time"),
        pytest.param(recording("f1", "2026-02-03 15:23:42+1"), "bad_time", id="half an offset"),
        pytest.param(recording("f1", filesize="big"), "bad_number", id="text for bytes"),
    ],
)
def test_what_does_not_fit_is_rejected(places, raw, lake, row, reason):
    """A misfit becomes no recording; it is recorded with its list."""
    raw.read("call_records", {"R1": [row, recording("f2")]})
    transform_recordings(places, TIMEZONE)
    assert gone(lake) == [("f2", False)]
    assert lake.rows("rejected_rows", "part", "position", "reason") == [("R1", 1, reason)]


def test_a_recording_that_two_extensions_list_is_one(places, raw, lake):
    """One row, two links, no duplicate; twice in one list is a duplicate."""
    raw.read("call_records", {"R1": [recording("f1"), recording("f1", duration=34)], "R2": [recording("f1")]})
    transform_recordings(places, TIMEZONE)
    assert lake.rows("recordings", "callrecordkey", "duration_s") == [("f1", 33)]
    assert links(lake) == [("f1", "R1", False), ("f1", "R2", False)]
    assert lake.rows("rejected_rows", "part", "position", "reason") == [("R1", 1, "duplicate_key")]


@pytest.mark.parametrize(
    ("part", "extension_id"),
    [pytest.param("R1", "R1", id="plain"), pytest.param("x-522f31", "R/1", id="in hexadecimal")],
)
def test_a_list_that_was_cut_off_is_told_by_its_name(places, raw, lake, part, extension_id):
    """Its manifest does not say the extension; the folder does."""
    raw.read("call_records", {part: [recording("f1")]}, is_complete=False)
    transform_recordings(places, TIMEZONE)
    assert links(lake) == [("f1", extension_id, False)]


def test_it_is_gone_when_every_list_lost_it(places, raw, lake):
    """One extension that still lists it keeps it; a list proves this only if it is complete and landed in full."""
    raw.read("call_records", {"R1": [recording("f1")], "R2": [recording("f1")]})
    raw.read("call_records", {"R1": []})
    transform_recordings(places, TIMEZONE)
    assert links(lake) == [("f1", "R1", True), ("f1", "R2", False)]
    assert gone(lake) == [("f1", False)]
    raw.read("call_records", {"R2": ([], {"known_rows": 1})})
    raw.read("call_records", {"R2": ([], {"is_presumed": True})})
    raw.read("call_records", {"R2": ([], {"is_complete": False})})
    transform_recordings(places, TIMEZONE)
    assert gone(lake) == [("f1", False)]
    raw.read("call_records", {"R2": []})
    transform_recordings(places, TIMEZONE)
    assert gone(lake) == [("f1", True)]
    raw.read("call_records", {"R2": [recording("f1")]})
    transform_recordings(places, TIMEZONE)
    assert gone(lake) == [("f1", False)]


def test_an_unchanged_list_is_seen_again(places, raw, lake):
    """A part whose rows stand in an earlier read moves `last_seen_at` and proves what it lacks."""
    first = raw.read("call_records", {"R1": [recording("f1")], "R2": [recording("f2")]})
    raw.read("call_records", {"R1": [recording("f1"), recording("f3")]}, is_complete=False)
    third = raw.read("call_records", {"R1": first})
    transform_recordings(places, TIMEZONE)
    rows = lake.rows("recordings", "callrecordkey", "first_seen_at", "last_seen_at", "is_gone")
    assert [row for row in rows if row[0] == "f1"] == [("f1", raw.at(first), raw.at(third), False)]
    assert gone(lake) == [("f1", False), ("f2", False), ("f3", True)]


def test_a_recording_that_moves_to_another_day_stands_once(places, raw, lake):
    """A corrected time replaces the row in the old day's partition."""
    raw.read("call_records", {"R1": [recording("f1"), recording("f2")]})
    transform_recordings(places, TIMEZONE)
    raw.read("call_records", {"R1": [recording("f1", "2026-02-09 10:00:00+01"), recording("f2")]})
    transform_recordings(places, TIMEZONE)
    assert lake.rows("recordings", "callrecordkey", "recorded_date") == [
        ("f2", date(2026, 2, 3)),
        ("f1", date(2026, 2, 9)),
    ]


def test_only_days_that_change_are_made(places, raw, lake):
    """New recordings of today leave the partitions of other days alone."""
    raw.read("call_records", {"R1": [recording("f1")]})
    transform_recordings(places, TIMEZONE)
    raw.read("call_records", {"R1": ([recording("f2", "2026-02-09 10:00:00+01")], {"known_rows": 1})})
    report = transform_recordings(places, TIMEZONE)
    assert report.days == (date(2026, 2, 9),)
    assert gone(lake) == [("f1", False), ("f2", False)]
