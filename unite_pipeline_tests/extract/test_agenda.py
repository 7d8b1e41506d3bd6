"""What a sync is cut into: ranges that hold every day with work, the newest first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from unite_pipeline.extract.agenda import agenda
from unite_pipeline.extract.days import DayRange, ends_at
from unite_pipeline.extract.known import KnownDay
from unite_pipeline.extract.plan import Request

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 10, 28, 13, 0, tzinfo=UTC)
DAYS = DayRange(date(2026, 9, 1), date(2026, 10, 28))
NEWEST = DAYS.tail(3)


def _request():
    return Request(DAYS, is_reread=False, since=NOW, lookback_days=2)


def _settled():
    """Every day looked at after its look-back, those that have it still ahead a minute ago."""
    moments = {day: min(ends_at(day, ZONE) + timedelta(days=3), NOW - timedelta(minutes=1)) for day in DAYS}
    return {day: KnownDay(5, True, at >= ends_at(day, ZONE), at, at, at) for day, at in moments.items()}


def test_an_hour_like_any_other_is_the_look_back():
    """With every older day settled there is one range: the look-back and today."""
    assert agenda(_request(), _settled(), NOW, ZONE) == [NEWEST]


def test_days_that_want_only_a_count_are_in_it():
    """A day that was last looked at before its look-back was over has a range, though nothing of it is read."""
    which = date(2026, 9, 9)
    at = ends_at(which, ZONE) + timedelta(hours=7)
    known = {**_settled(), which: KnownDay(5, True, True, at, at, at)}
    assert agenda(_request(), known, NOW, ZONE) == [NEWEST, DayRange(which, which)]
