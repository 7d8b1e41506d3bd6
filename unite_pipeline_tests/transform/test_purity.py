"""The lake is a pure function of the raw layer, whatever the order and the grouping in which reads were taken in."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from unite_pipeline.transform import (
    SNAPSHOTS_OF,
    rebuild_lake,
    transform_calls,
    transform_recordings,
    transform_snapshots,
)

TIMEZONE = "Europe/Amsterdam"
DAYS = ["2026-02-03", "2026-02-04", "2026-02-05"]
transform_extensions = partial(transform_snapshots, snapshots=SNAPSHOTS_OF["extensions"])
transform_contacts = partial(transform_snapshots, snapshots=SNAPSHOTS_OF["phonebook"])
QUADRANTS = ["external_answered", "external_missed", "internal_answered", "internal_missed"]
SOME = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))

keys = st.sampled_from(["a", "b", "c", "d"])
rows = st.lists(
    st.tuples(
        keys, st.sampled_from(DAYS), st.sampled_from([0, 1, "bad"]), st.sampled_from(["00:00:00", "12:00:00.25"])
    ),
    max_size=4,
)
reads = st.lists(
    st.fixed_dictionaries(
        {
            "days": st.sampled_from([DAYS[:1], DAYS[1:2], DAYS[2:], DAYS[:2], DAYS[1:]]),
            "parts": st.dictionaries(st.sampled_from([*QUADRANTS, "unlabelled"]), rows, max_size=3),
            "is_complete": st.booleans(),
            "again": st.booleans(),
            "order": st.integers(0, 9),
            "transform_after": st.booleans(),
        }
    ),
    min_size=1,
    max_size=6,
)  # fmt: skip


def call(key, day, duration, time):
    """A call detail record."""
    chain = [{"number": key, "desc": day}] if duration == 1 else []
    return {"uniqueid": key, "calltime": f"{day} {time}", "duration": duration, "billsecond": 0, "call_chain": chain}


def write(raw, given_reads, feed, part_of, transform):
    """Write reads, some with the rows of the one before, and transform after some of them."""
    last = None
    for number, each in enumerate(given_reads):
        parts = {name: part_of(each, part) for name, part in each["parts"].items()}
        if each["again"] and last is not None:
            parts = dict.fromkeys(last[1], last[0])
        facts = {
            "is_complete": each["is_complete"],
            "fetched_at": raw.now + timedelta(hours=each["order"], seconds=number),
        }
        read_id = raw.calls(each["days"], parts, **facts) if feed == "cdr_logs" else raw.read(feed, parts, **facts)
        if not (each["again"] and last is not None):
            last = (read_id, parts)
        if each["transform_after"]:
            transform(raw.places, TIMEZONE)
    transform(raw.places, TIMEZONE)


def from_scratch(places, lake, fresh):
    """What one transformation of the same raw layer makes, in a data directory of its own."""
    other, _, other_lake = fresh()
    shutil.copytree(places.raw, other.raw)
    for transform in (transform_calls, transform_recordings, transform_extensions, transform_contacts):
        transform(other, TIMEZONE)
    return other_lake.everything()


def incomplete(day, *rows, transform_after):
    """A read of one day that does not prove it."""
    return {"days": [day], "parts": {"external_answered": list(rows)}, "is_complete": False, "again": False, "order": 0,
            "transform_after": transform_after}  # fmt: skip


MOVED_AWAY = [
    incomplete(DAYS[0], ("a", DAYS[0], 0, "00:00:00"), transform_after=True),
    incomplete(DAYS[1], ("a", DAYS[1], 0, "00:00:00"), transform_after=False),
]
"""The only call of a day that nothing proves is found on another day."""


@SOME
@example(given_reads=MOVED_AWAY)
@given(given_reads=reads)
def test_calls(fresh, given_reads):
    """Calls that move, come twice, vanish, do not fit; reads incomplete, repeated and late: always the same lake."""
    places, raw, lake = fresh()
    write(raw, given_reads, "cdr_logs", lambda _, part: [call(*row) for row in part], transform_calls)
    made = lake.everything()
    assert made == from_scratch(places, lake, fresh)
    rebuild_lake(places, TIMEZONE)
    of_calls = ("calls/", "call_legs/", "rejected_rows/")
    assert {path: rows for path, rows in lake.everything().items() if path.startswith(of_calls)} == made


@SOME
@given(given_reads=reads)
def test_calls_follow_the_rules_of_reading(fresh, given_reads):
    """The lake has of each key the newest row that fits and lies in its read's days, as a plain model has it, too."""
    _, raw, lake = fresh()
    plain = [{**each, "again": False} for each in given_reads]
    write(raw, plain, "cdr_logs", lambda _, part: [call(*row) for row in part], transform_calls)
    newest, first, proof = {}, {}, {}
    for number, each in sorted(enumerate(plain), key=lambda pair: (pair[1]["order"], pair[0])):
        at = raw.now + timedelta(hours=each["order"], seconds=number)
        near = [
            row for part in each["parts"].values() for row in part if min(each["days"]) <= row[1] <= max(each["days"])
        ]
        has = {key for key, _, duration, _ in near if duration == "bad"}
        for part in each["parts"].values():
            for key, day, duration, time in part:
                if duration != "bad" and day in each["days"]:
                    start = datetime.fromisoformat(f"{day} {time}")
                    newest[key] = (start, duration, first.setdefault(key, at), at)
                    has.add(key)
        if each["is_complete"]:
            proof.update(dict.fromkeys(each["days"], (at, has)))
    expected = []
    for key, (start, duration, first_seen, last_seen) in newest.items():
        at, has = proof.get(start.date().isoformat(), (last_seen, {key}))
        expected.append((key, start, duration, first_seen, last_seen, at > last_seen and key not in has))
    columns = ("uniqueid", "started_at_local", "duration_s", "first_seen_at", "last_seen_at", "is_gone")
    assert sorted(lake.rows("calls", *columns)) == sorted(expected)


def recording(key, day, duration, time):
    """A row of a list of recordings."""
    return {"callrecordkey": key, "recordtime": f"{day} {time}+01", "duration": duration}


@SOME
@given(given_reads=reads)
def test_recordings(fresh, given_reads):
    """Lists that shrink, grow, repeat and come late give the rows that one transformation of all of them gives."""
    places, raw, lake = fresh()
    write(raw, given_reads, "call_records", lambda _, part: [recording(*row) for row in part], transform_recordings)
    assert {path: found for path, found in lake.everything().items() if found} == {
        path: found for path, found in from_scratch(places, lake, fresh).items() if found
    }


def item(key, day, duration, time):
    """A row of a snapshot."""
    return {"id": key, "name": day, "createdate": "2026-01-01 10:00:00" if duration != "bad" else "never"}


@SOME
@given(given_reads=reads)
def test_extensions(fresh, given_reads):
    """Snapshots, complete or not and in any order, give the lake that one transformation of all of them gives."""
    places, raw, lake = fresh()
    write(raw, given_reads, "extensions", lambda _, part: [item(*row) for row in part], transform_extensions)
    assert lake.everything() == from_scratch(places, lake, fresh)


@SOME
@given(given_reads=reads)
def test_extension_history_is_sound(fresh, given_reads):
    """States of an item do not overlap, at most the last one is current, and a deleted item has none."""
    _, raw, lake = fresh()
    write(raw, given_reads, "extensions", lambda _, part: [item(*row) for row in part], transform_extensions)
    by_item = {}
    for key, *state in lake.rows("extension_history", "extension_id", "valid_from", "valid_to", "is_current"):
        by_item.setdefault(key, []).append(tuple(state))
    for states in by_item.values():
        assert all(start < end for start, end, _ in states if end is not None)
        assert all(end is not None and end <= later[0] for (_, end, _), later in pairwise(states))
        assert [current for *_, current in states[:-1]] == [False] * (len(states) - 1)
    deleted = dict(lake.rows("extensions", "extension_id", "is_deleted"))
    assert deleted == {key: states[-1][1] is not None for key, states in by_item.items()}
