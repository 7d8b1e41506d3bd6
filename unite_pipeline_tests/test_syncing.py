"""What a sync asks for: the days of a command line, and what is said of wrong ones."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from unite_pipeline.errors import ConfigurationError
from unite_pipeline.extract.days import DayRange
from unite_pipeline.settings import load_settings
from unite_pipeline.syncing import request_for

NOW = datetime(2026, 10, 28, 13, 0, tzinfo=UTC)
TODAY = date(2026, 10, 28)


def test_without_days_everything_from_the_start_to_today():
    """A sync without days covers the start date to today, and reads nothing again that is proven."""
    request = request_for(load_settings(start_date="2026-10-01"), None, None, NOW)
    assert (request.days, request.is_reread) == (DayRange(date(2026, 10, 1), TODAY), False)


def test_a_start_today_is_one_day():
    """The first day may be today: then today is all."""
    assert request_for(load_settings(start_date=TODAY), None, None, NOW).days == DayRange(TODAY, TODAY)


@pytest.mark.parametrize("first", [None, TODAY], ids=["no-days", "a-day"])
def test_a_start_in_the_future_is_blamed_on_its_setting(first):
    """A start date after today is told under the variable's name, not under that of an option nobody gave."""
    with pytest.raises(ConfigurationError, match=r"UNITE_START_DATE \(2026-10-29\) is in the future") as raised:
        request_for(load_settings(start_date="2026-10-29"), first, None, NOW)
    assert "--from" not in str(raised.value)
