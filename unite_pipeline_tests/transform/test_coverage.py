"""Manifests to `coverage`."""

from __future__ import annotations

import random
import shutil
from datetime import UTC, date, datetime, timedelta

import pytest

from unite_pipeline.lake.engine import Limits
from unite_pipeline.lake.partitions import lake_lock
from unite_pipeline.transform import SNAPSHOTS_OF, transform_calls, transform_coverage, transform_snapshots
from unite_pipeline.transform.coverage import make_coverage

TIMEZONE = "Europe/Amsterdam"
START = datetime(2026, 2, 2, 23, tzinfo=UTC)
END = datetime(2026, 2, 3, 23, tzinfo=UTC)


def test_the_newest_read_of_a_window_speaks(places, raw, lake):
    """Every column of a window is of its newest read, though an older was complete; a list's window is its moment."""
    raw.calls(["2026-02-03"], {"external_answered": []})
    newest = raw.calls(["2026-02-03"], {"external_answered": []}, is_complete=False, reason="counts differ")
    listed = raw.read("extensions", {"list": []})
    transform_calls(places, TIMEZONE)
    transform_snapshots(places, TIMEZONE, SNAPSHOTS_OF["extensions"])
    transform_coverage(places)
    at, moment = raw.at(newest), raw.at(listed)
    assert lake.rows("coverage") == [
        (
            "cdr_logs",
            START,
            END,
            date(2026, 2, 3),
            None,
            0,
            1,
            False,
            False,
            False,
            at,
            newest,
            "counts differ",
            date(2026, 2, 1),
        ),
        ("extensions", moment, moment, None, None, 0, 1, True, False, False, moment, listed, None, date(2026, 3, 1)),
    ]


def test_what_has_no_manifest_is_not_proven(places, raw, lake):
    """A read that was moved out of the data directory proves nothing any more: the one before it speaks again."""
    first = raw.calls(["2026-02-03"], {"external_answered": []})
    second = raw.calls(["2026-02-03"], {}, is_presumed=True)
    transform_calls(places, TIMEZONE)
    transform_coverage(places)
    assert lake.rows("coverage", "read_id", "is_presumed") == [(second, True)]
    shutil.rmtree(next(places.feed("cdr_logs").glob(f"*/{second}")))
    transform_coverage(places)
    assert lake.rows("coverage", "read_id", "is_presumed") == [(first, False)]


@pytest.mark.parametrize("seed", range(3), ids=lambda seed: f"history {seed}")
def test_new_manifests_alone_are_enough(places, raw, lake, seed):
    """Whatever is read again, taken in late or moved out: what is made of new manifests equals what all of them say."""
    chance, done, written = random.Random(seed), [], set()
    for number in range(30):
        raw.now += timedelta(hours=chance.randrange(12))
        day = date(2026, 1, 20) + timedelta(days=chance.randrange(20))
        done.append(("cdr_logs", raw.calls([str(day)], {"external_answered": []}, is_complete=chance.random() < 0.7)))
        if chance.random() < 0.4:
            done.append(("extensions", raw.read("extensions", {"list": []})))
        if chance.random() < 0.6:
            transform_calls(places, TIMEZONE)
        if chance.random() < 0.6:
            transform_snapshots(places, TIMEZONE, SNAPSHOTS_OF["extensions"])
        if chance.random() < 0.15:
            feed, read_id = done.pop(chance.randrange(len(done)))
            shutil.rmtree(next(places.feed(feed).glob(f"*/{read_id}")))
        written.add(transform_coverage(places).tables[0].written)
        if number % 5 != 4:
            continue
        found = sorted(lake.rows("coverage"), key=str)
        with lake_lock(places):
            make_coverage(places, Limits(), is_from_scratch=True)
        assert found == sorted(lake.rows("coverage"), key=str)
    assert len(found) > 10
    assert {0, 1} <= written


def test_a_file_that_was_changed_is_made_anew(places, raw, lake):
    """A month that somebody removed comes back, though no manifest is new."""
    raw.calls(["2026-02-03"], {"external_answered": []})
    transform_calls(places, TIMEZONE)
    transform_coverage(places)
    for file in places.table("coverage").rglob("*.parquet"):
        file.unlink()
    transform_coverage(places)
    assert lake.rows("coverage", "day") == [(date(2026, 2, 3),)]


def test_what_the_lake_has_not_taken_in_is_not_shown(places, raw, lake):
    """A read that another run finished since the calls were made says nothing before they are made again."""
    raw.calls(["2026-02-03"], {"external_answered": []})
    transform_calls(places, TIMEZONE)
    raw.calls(["2026-02-04"], {"external_answered": []})
    raw.read("extensions", {"list": []})
    transform_coverage(places)
    assert lake.rows("coverage", "feed", "day") == [("cdr_logs", date(2026, 2, 3))]
    transform_calls(places, TIMEZONE)
    transform_snapshots(places, TIMEZONE, SNAPSHOTS_OF["extensions"])
    transform_coverage(places)
    assert lake.rows("coverage", "feed", "day") == [
        ("cdr_logs", date(2026, 2, 3)),
        ("cdr_logs", date(2026, 2, 4)),
        ("extensions", None),
    ]


def test_a_feed_whose_tables_remember_no_reads_is_shown_as_it_is(places, raw, lake):
    """Tables that are made anew from the newest answers have no memory to compare with."""
    raw.read("extension_status", {"0001": [{"items": {}, "status_list": []}]})
    transform_coverage(places)
    assert lake.rows("coverage", "feed") == [("extension_status",)]


def test_without_any_read_there_is_an_empty_table(places, lake):
    """Nothing proven is a fact too, and the second time nothing is written."""
    assert transform_coverage(places).tables[0].written == 1
    assert lake.rows("coverage") == []
    assert transform_coverage(places).tables[0].written == 0


def test_one_old_read_for_another_is_noticed(places, raw, lake):
    """One read goes and another comes, both long settled: as many as before, and not the same."""
    other = raw.calls(["2026-02-04"], {"external_answered": []}, fetched_at=datetime(2026, 2, 10, tzinfo=UTC))
    gone = raw.calls(["2026-02-03"], {"external_answered": []}, fetched_at=datetime(2026, 2, 10, 1, tzinfo=UTC))
    raw.calls(["2026-02-20"], {"external_answered": []})
    aside = next(places.feed("cdr_logs").glob(f"*/{other}"))
    transform_calls(places, TIMEZONE)
    aside = aside.rename(places.root / other)
    transform_coverage(places)
    assert lake.rows("coverage", "day") == [(date(2026, 2, 3),), (date(2026, 2, 20),)]
    aside.rename(places.feed("cdr_logs") / "2026-02" / other)
    shutil.rmtree(next(places.feed("cdr_logs").glob(f"*/{gone}")))
    transform_coverage(places)
    assert lake.rows("coverage", "day") == [(date(2026, 2, 4),), (date(2026, 2, 20),)]
