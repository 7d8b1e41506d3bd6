"""The histories of a month against the simulator's own record of it, row by row and day by day."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest

from unite_pipeline.lake.places import Places
from unite_pipeline_tests.bench import TIMEZONE
from unite_pipeline_tests.history import reading
from unite_pipeline_tests.history.expectation import Sighting, expected_as_of, expected_rows
from unite_pipeline_tests.history.histories import READ, VALIDITY, History, Item, Values
from unite_pipeline_tests.history.scenario import END, START, Month

each_history = pytest.mark.parametrize("history", [pytest.param(each, id=each.table) for each in READ])


@pytest.fixture(scope="module")
def at_once(month: Month, tmp_path_factory: pytest.TempPathFactory) -> Places:
    """The same raw layer, taken into a new lake in one go."""
    places = Places(tmp_path_factory.mktemp("at_once") / "data", month.bench.places.tenant)
    shutil.copytree(month.bench.places.raw, places.raw)
    for history in READ:
        history.feed.transform(places, TIMEZONE)
    return places


@each_history
def test_the_history_is_what_the_snapshots_saw(month: Month, history: History) -> None:
    """Taken in as the month went by, every row has the state, the beginning and the end that the record calls for."""
    expected = expected_rows(history, month.sightings[history.table], month.truth)
    assert reading.rows(history, month.bench.places) == [row.as_read() for row in expected]


@each_history
def test_a_history_made_at_once_is_the_same(at_once: Places, month: Month, history: History) -> None:
    """All snapshots in one go give the rows that the record calls for as well."""
    expected = expected_rows(history, month.sightings[history.table], month.truth)
    assert reading.rows(history, at_once) == [row.as_read() for row in expected]


@each_history
def test_every_column_is_compared(month: Month, history: History) -> None:
    """The table has the columns that these tests look at, and no other."""
    looked_at = {*history.key, *history.columns, *VALIDITY}
    assert reading.columns(history, month.bench.places) == looked_at


@each_history
def test_every_snapshot_can_be_read_back(month: Month, history: History) -> None:
    """At the moment of each complete snapshot the history tells exactly what there was of all it shows."""
    speaking = [each for each in month.sightings[history.table] if each.is_complete or each.whole]
    for sighting in speaking:
        there = history.of(month.truth.as_of(history.kind, sighting.moment))
        told = reading.as_of(history, month.bench.places, sighting.moment)
        assert _of_what_it_shows(sighting, told) == _of_what_it_shows(sighting, there)
    assert len(speaking) > 50


def _of_what_it_shows(sighting: Sighting, items: dict[Item, Values]) -> dict[Item, Values]:
    return {item: values for item, values in items.items() if sighting.is_complete or item[0] in sighting.shown}


@each_history
def test_as_it_was_on_any_past_day(month: Month, history: History) -> None:
    """At noon and midnight: what was there at the last complete snapshot, changed by what incomplete ones showed since.

    Before the first snapshot there was nothing.
    """
    sightings = month.sightings[history.table]
    instant = START - timedelta(hours=6)
    while instant <= END:
        known = expected_as_of(history, sightings, month.truth, instant)
        assert reading.as_of(history, month.bench.places, instant) == known
        instant += timedelta(hours=12)
