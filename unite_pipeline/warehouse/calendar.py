"""The calendar as tables: `dates` and `opening_hours`, for the years that calls stand in and the one after.

Here: their columns and their rows. Not here: when they are made (`loading.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import holidays
import pyarrow as pa
from opening_hours import OpeningHours, State

from unite_pipeline.lake.table import Table, flag, key, text
from unite_pipeline.warehouse.terms import Terms

_NAMES_NL = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
_NAMES_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SATURDAY = 6

DATES = Table(
    "dates",
    "One local day of the calendar, for every year that has calls and the one after.",
    ("date",),
    (
        key("date", "The local day", "DATE"),
        key("year", "Calendar year", "INTEGER"),
        key("quarter", "Quarter of the calendar year, 1 to 4", "INTEGER"),
        key("month", "Month, 1 to 12", "INTEGER"),
        key("day_of_month", "Day of the month, 1 to 31", "INTEGER"),
        key("iso_year", "Year that the ISO week belongs to (ISO 8601)", "INTEGER"),
        key("iso_week", "ISO week, 1 to 53", "INTEGER"),
        key("iso_weekday", "ISO weekday: 1 is Monday, 7 is Sunday", "INTEGER"),
        key("weekday_name", "Weekday in English"),
        key("weekday_name_nl", "Weekday in Dutch"),
        flag("is_weekend", "Whether it is a Saturday or a Sunday"),
        flag("is_holiday", "Whether it is a public holiday of the country (parameters.country)"),
        text("holiday_name", "The holiday in the country's own language; NULL if it is none"),
        key(
            "open_s",
            "Seconds by the wall clock that the company is open that day (parameters.opening_hours); where "
            "the clock changes in them, an hour more or less passes",
            "INTEGER",
        ),
        flag("is_open_day", "Whether it is open at any time of that day"),
    ),
    is_impersonal=True,
)

OPENING_HOURS = Table(
    "opening_hours",
    "One span of a local day in which the company is open; none for a day on which it is closed.",
    ("date", "opens_at_local"),
    (
        key("date", "The local day", "DATE"),
        key("opens_at_local", "First moment of the span on the wall clock", "TIMESTAMP"),
        key("closes_at_local", "Its end on the wall clock, not included", "TIMESTAMP"),
    ),
    is_impersonal=True,
)


def calendar_code() -> str:
    """The text of this module, which decides the rows: a warehouse that another one made is made from scratch."""
    return Path(__file__).read_text(encoding="utf-8")


def years_of(days: list[str]) -> range:
    """The years that the calendar must have, for calls on these local days (ISO dates, in order)."""
    return range(int(days[0][:4]), int(days[-1][:4]) + 2) if days else range(0)


def calendar(years: range, terms: Terms) -> tuple[pa.Table, pa.Table]:
    """The rows of `dates` and of `opening_hours` for these years, without the tenant."""
    spans = [span for year in years for span in _spans(year, terms)]
    open_s: dict[date, int] = {}
    for span in spans:
        lasts = int((span["closes_at_local"] - span["opens_at_local"]).total_seconds())
        open_s[span["date"]] = open_s.get(span["date"], 0) + lasts
    named = _holidays(years, terms.country)
    days = [_date(day, named.get(day), open_s.get(day, 0)) for year in years for day in _days(year)]
    return pa.Table.from_pylist(days, DATES.schema), pa.Table.from_pylist(spans, OPENING_HOURS.schema)


def _holidays(years: range, country: str) -> dict[date, str]:
    """Names by day, in the country's own language whatever this machine's is."""
    if country not in holidays.list_supported_countries():
        return {}
    language = holidays.country_holidays(country).default_language
    return dict(holidays.country_holidays(country, years=list(years), language=language))


def _days(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)


def _date(day: date, holiday: str | None, open_s: int) -> dict[str, Any]:
    iso = day.isocalendar()
    return {
        "date": day,
        "year": day.year,
        "quarter": (day.month + 2) // 3,
        "month": day.month,
        "day_of_month": day.day,
        "iso_year": iso.year,
        "iso_week": iso.week,
        "iso_weekday": iso.weekday,
        "weekday_name": _NAMES_EN[day.weekday()],
        "weekday_name_nl": _NAMES_NL[day.weekday()],
        "is_weekend": iso.weekday >= _SATURDAY,
        "is_holiday": holiday is not None,
        "holiday_name": holiday,
        "open_s": open_s,
        "is_open_day": open_s > 0,
    }


def _spans(year: int, terms: Terms) -> Iterator[dict[str, Any]]:
    """When it is open in this year, cut at midnight."""
    hours = OpeningHours(terms.opening_hours, country=terms.country)
    end = datetime(year + 1, 1, 1)  # noqa: DTZ001  the wall clock
    for begins, ends, state, _ in hours.intervals(datetime(year, 1, 1), end):  # noqa: DTZ001
        opens, closes = begins, min(ends or end, end)
        while state == State.OPEN and opens < closes:
            midnight = datetime.combine(opens.date() + timedelta(days=1), datetime.min.time())
            yield {"date": opens.date(), "opens_at_local": opens, "closes_at_local": min(closes, midnight)}
            opens = midnight
