"""The calendar: days, holidays and opening hours."""

# ruff: noqa: DTZ001  wall-clock times have no zone

from __future__ import annotations

from datetime import date, datetime

import pytest

from unite_pipeline.warehouse.calendar import calendar, years_of
from unite_pipeline.warehouse.terms import Terms


def rows_of(terms, day, year=2026):
    """The row of a day, and its spans."""
    dates, spans = calendar(range(year, year + 1), terms)
    found = [row for row in dates.to_pylist() if row["date"] == day]
    return found[0], [
        (row["opens_at_local"], row["closes_at_local"]) for row in spans.to_pylist() if row["date"] == day
    ]


def test_every_day_of_the_years_once():
    """A leap year and a common one."""
    dates, _ = calendar(range(2024, 2026), Terms())
    days = dates["date"].to_pylist()
    assert (len(days), len(set(days)), days[0], days[-1]) == (731, 731, date(2024, 1, 1), date(2025, 12, 31))


def test_the_iso_week_may_belong_to_another_year():
    """1 January 2027 is a Friday of week 53 of 2026 (ISO 8601)."""
    row, _ = rows_of(Terms(), date(2027, 1, 1), 2027)
    assert (row["year"], row["iso_year"], row["iso_week"], row["iso_weekday"]) == (2027, 2026, 53, 5)
    assert (row["weekday_name"], row["weekday_name_nl"], row["quarter"]) == ("Friday", "vrijdag", 1)


def test_kings_day_moves_off_a_sunday():
    """27 April 2025 was a Sunday: King's Day was on the 26th."""
    assert rows_of(Terms(), date(2025, 4, 26), 2025)[0]["holiday_name"] == "Koningsdag"
    assert not rows_of(Terms(), date(2025, 4, 27), 2025)[0]["is_holiday"]


@pytest.mark.parametrize(
    ("hours", "day", "expected"),
    [
        pytest.param("Mo-Fr 08:30-17:30; PH off", date(2026, 4, 28), [((8, 30), (17, 30))], id="working day"),
        pytest.param("Mo-Fr 08:30-17:30; PH off", date(2026, 4, 27), [], id="holiday"),
        pytest.param("Mo-Fr 08:30-17:30; PH off", date(2026, 4, 25), [], id="Saturday"),
        pytest.param("Tu 09:00-12:00,13:00-17:00", date(2026, 4, 28), [((9, 0), (12, 0)), ((13, 0), (17, 0))],
                     id="lunch"),
        pytest.param("24/7", date(2026, 4, 28), [((0, 0), (24, 0))], id="always"),
        pytest.param("Mo-Su 22:00-02:00", date(2026, 4, 28), [((0, 0), (2, 0)), ((22, 0), (24, 0))],
                     id="over midnight"),
        pytest.param("Mo-Su 22:00-02:00", date(2026, 12, 31), [((0, 0), (2, 0)), ((22, 0), (24, 0))],
                     id="year's end"),
        pytest.param("off", date(2026, 4, 28), [], id="never"),
    ],
)  # fmt: skip
def test_opening_hours_are_cut_at_midnight(hours, day, expected):
    """Each span lies within one local day, and the day's row holds their sum."""

    def moment(hour, minute):
        return datetime(day.year, day.month, day.day, hour, minute) if hour < 24 else _midnight_after(day)

    row, spans = rows_of(Terms(opening_hours=hours), day)
    assert spans == [(moment(*opens), moment(*closes)) for opens, closes in expected]
    assert row["open_s"] == sum(int((closes - opens).total_seconds()) for opens, closes in spans)
    assert row["is_open_day"] is bool(expected)


def _midnight_after(day):
    return datetime.combine(date.fromordinal(day.toordinal() + 1), datetime.min.time())


def test_where_the_two_calendars_differ_on_dutch_holidays():
    """`PH` closes on the days of `is_holiday`, ten years long, but for Good Friday and Liberation Day."""
    dates, spans = calendar(range(2020, 2030), Terms(opening_hours="Mo-Su 08:00-09:00; PH off"))
    is_open = set(spans["date"].to_pylist())
    holidays = {row["date"]: row["holiday_name"] for row in dates.to_pylist() if row["is_holiday"]}
    closed = set(dates["date"].to_pylist()) - is_open
    assert closed < holidays.keys()
    assert {holidays[day] for day in holidays.keys() - closed} == {"Goede vrijdag", "Bevrijdingsdag"}


def test_the_calendar_reaches_into_the_next_year():
    """Without calls there is none; with calls it begins with their first year."""
    assert list(years_of([])) == []
    assert list(years_of(["2025-12-31", "2026-01-01"])) == [2025, 2026, 2027]
