"""The company's days have the hours, weights and holidays that Dutch days have."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from unite_pipeline.simulator.company.calendar import (
    LocalDay,
    day_weight,
    is_ambiguous,
    is_holiday,
    is_open,
    open_slots,
    slot_weights,
)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("day", "closed"),
    [
        pytest.param(date(2025, 4, 26), True, id="kings-day-a-day-early"),
        pytest.param(date(2026, 4, 27), True, id="kings-day"),
        pytest.param(date(2026, 5, 14), True, id="ascension"),
        pytest.param(date(2026, 12, 26), True, id="second-christmas-day"),
        pytest.param(date(2026, 4, 3), False, id="good-friday"),
        pytest.param(date(2026, 11, 16), False, id="some-monday"),
    ],
)
def test_dutch_holidays(day, closed):
    """Offices close on the Dutch public holidays, and work on Good Friday."""
    assert is_holiday(day) == closed


def test_mondays_are_busiest_and_holidays_all_but_empty():
    """The weights of a plain week are the design's, and a holiday has a fiftieth of a day."""
    week = [day_weight(date(2026, 11, 16) + timedelta(days=number)) for number in range(7)]
    assert week == [1.2, 1.05, 0.95, 1.0, 0.8, 0.05, 0.01]
    assert day_weight(date(2026, 4, 27)) == pytest.approx(0.02)


def test_summer_and_short_days_are_quieter():
    """A Wednesday in August has 85 % of the weight, the Thursday of Christmas Eve 60 %."""
    assert day_weight(date(2026, 8, 12)) == pytest.approx(0.95 * 0.85)
    assert day_weight(date(2026, 12, 24)) == pytest.approx(0.6)


def test_opening_hours():
    """Open from 08:30 until before 17:30 on working days, until before 15:30 on Christmas Eve, never on Sundays."""
    assert [is_open(datetime(2026, 11, 16, h, m)) for h, m in ((8, 29), (8, 30), (17, 29), (17, 30))] == [  # noqa: DTZ001
        False, True, True, False,
    ]  # fmt: skip
    assert open_slots(date(2026, 12, 24)).stop == 31
    assert len(open_slots(date(2026, 11, 15))) == 0


def test_the_share_out_of_hours_is_what_is_asked():
    """Three percent of the weight of a working day lies outside opening hours."""
    weights = slot_weights(date(2026, 11, 16), 0.03)
    assert weights[-1] == pytest.approx(1.0)
    assert weights[16] + weights[-1] - weights[34] == pytest.approx(0.03)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 10, 26), 24)],
    ids=str,
)
def test_days_have_23_24_or_25_hours(day, hours):
    """A local day runs from midnight to midnight, whatever the clock does in between."""
    local = LocalDay.of(day, AMSTERDAM)
    assert local.ends_at - local.starts_at == timedelta(hours=hours)


def test_the_doubled_hour_is_found():
    """On 25 October 2026 the hour from 02:00 to 03:00 runs from 00:00 UTC and again from 01:00 UTC."""
    midnight = datetime(2026, 10, 25, tzinfo=UTC)
    hour = timedelta(hours=1)
    assert LocalDay.of(date(2026, 10, 25), AMSTERDAM).doubled() == (midnight, midnight + hour, midnight + 2 * hour)
    assert LocalDay.of(date(2026, 3, 29), AMSTERDAM).doubled() is None


def test_both_passes_show_the_same_wall_clock():
    """Half past two happens at 00:30 UTC and at 01:30 UTC, and both are ambiguous."""
    local = LocalDay.of(date(2026, 10, 25), AMSTERDAM)
    early, late = (local.instant(2.5 * 3600, second_pass=second) for second in (False, True))
    assert (early.hour, late.hour) == (0, 1)
    assert local.local(early) == local.local(late)
    assert is_ambiguous(local.local(early), AMSTERDAM)
    assert not is_ambiguous(local.local(late + timedelta(hours=1)), AMSTERDAM)
