"""Local days and their wording to the API."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unite_pipeline.extract.days import DayRange, ends_at, filter_dates, local_day, ranges, starts_at

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
ZONES = (
    "Europe/Amsterdam", "UTC", "America/New_York", "America/Sao_Paulo", "America/Havana", "Asia/Beirut",
    "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati", "Africa/Casablanca",
)  # fmt: skip

days = st.dates(date(2010, 1, 1), date(2037, 12, 30))
zones = st.sampled_from(ZONES).map(ZoneInfo)
day_sets = st.frozensets(st.dates(date(2026, 1, 1), date(2026, 3, 1)), max_size=40)


@pytest.mark.parametrize(
    ("day", "starts", "hours"),
    [
        pytest.param(date(2026, 3, 28), "2026-03-27T23:00:00+00:00", 24, id="winter"),
        pytest.param(date(2026, 3, 29), "2026-03-28T23:00:00+00:00", 23, id="clocks-forward"),
        pytest.param(date(2026, 3, 30), "2026-03-29T22:00:00+00:00", 24, id="summer"),
        pytest.param(date(2026, 10, 25), "2026-10-24T22:00:00+00:00", 25, id="clocks-back"),
        pytest.param(date(2026, 10, 26), "2026-10-25T23:00:00+00:00", 24, id="winter-again"),
    ],
)
def test_a_local_day_is_as_long_as_its_clock_says(day, starts, hours):
    """A day begins at its own midnight and has 23, 24 or 25 hours."""
    assert starts_at(day, AMSTERDAM).isoformat() == starts
    assert ends_at(day, AMSTERDAM) - starts_at(day, AMSTERDAM) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("first", "last", "is_wide", "expected"),
    [
        pytest.param(
            date(2026, 3, 29), date(2026, 3, 29), False, ("2026-03-29 00:00:00", "2026-03-30 00:00:00"), id="23-hours"
        ),
        pytest.param(
            date(2026, 10, 25), date(2026, 10, 25), False, ("2026-10-25 00:00:00", "2026-10-26 00:00:00"), id="25-hours"
        ),
        pytest.param(
            date(2026, 3, 29), date(2026, 10, 25), True, ("2026-03-28 23:59:59", "2026-10-26 00:00:01"), id="both-wide"
        ),
        pytest.param(
            date(2028, 2, 29), date(2028, 2, 29), True, ("2028-02-28 23:59:59", "2028-03-01 00:00:01"), id="leap-day"
        ),
        pytest.param(
            date(2026, 12, 31), date(2026, 12, 31), True, ("2026-12-30 23:59:59", "2027-01-01 00:00:01"), id="new-year"
        ),
    ],
)
def test_filters_are_wall_clock_times(first, last, is_wide, expected):
    """The filters name the days' own midnights on the wall clock, wider by a second where asked."""
    filters = filter_dates(DayRange(first, last), is_wide=is_wide)
    assert (filters["filter_datestart"], filters["filter_dateend"]) == expected


@settings(deadline=None)
@given(day=days, zone=zones)
def test_days_follow_each_other_without_gap(day, zone):
    """One day's end is the next one's start, in every zone, also where midnight is skipped or comes twice."""
    assert ends_at(day, zone) == starts_at(day + timedelta(days=1), zone)
    assert starts_at(day, zone).tzinfo is UTC


@settings(deadline=None)
@given(day=days, zone=zones)
def test_a_day_holds_its_own_instants_only(day, zone):
    """The first and the last instant between a day's bounds fall on it, the ones beside them do not."""
    start, end, least = starts_at(day, zone), ends_at(day, zone), timedelta(microseconds=1)
    if start == end:  # Samoa had no 30 December 2011
        assert local_day(start, zone) != day
        return
    assert local_day(start, zone) == local_day(end - least, zone) == day
    assert local_day(start - least, zone) < day < local_day(end, zone)


@settings(deadline=None)
@given(instant=st.datetimes(datetime(2010, 1, 1), datetime(2037, 12, 30), timezones=st.just(UTC)), zone=zones)  # noqa: DTZ001
def test_every_instant_lies_in_its_local_day(instant, zone):
    """An instant stands between the bounds of the day that it falls on."""
    day = local_day(instant, zone)
    assert starts_at(day, zone) <= instant < ends_at(day, zone)


@settings(deadline=None)
@given(wanted=day_sets)
def test_ranges_are_the_same_days_unbroken(wanted):
    """Ranges hold exactly the days given, oldest first, with a hole between any two."""
    found = ranges(wanted)
    assert [day for run in found for day in run] == sorted(wanted)
    assert all((after.first - before.last).days > 1 for before, after in pairwise(found))


@settings(deadline=None)
@given(first=days, length=st.integers(1, 400), wanted=st.integers(1, 500))
def test_tail_is_the_newest_days(first, length, wanted):
    """The tail of a range ends where the range ends and is as long as asked, or the whole range."""
    run = DayRange(first, first + timedelta(days=length - 1))
    tail = run.tail(wanted)
    assert (tail.last, len(tail)) == (run.last, min(wanted, length))
    assert list(tail) == list(run)[-len(tail) :]
    assert tail.first in run


@pytest.mark.parametrize(
    ("run", "text"),
    [
        pytest.param(DayRange(date(2026, 3, 1), date(2026, 3, 1)), "2026-03-01", id="one-day"),
        pytest.param(DayRange(date(2026, 3, 1), date(2026, 3, 2)), "2026-03-01..2026-03-02", id="two-days"),
    ],
)
def test_a_range_prints_its_ends(run, text):
    """A range reads as its first and last day, or as its only one."""
    assert str(run) == text
