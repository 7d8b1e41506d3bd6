"""Local days, and how a run of them is told to the API.

Here: day arithmetic in the tenant's zone. Not here: which days are wanted (`plan.py`).
Source: contract 36-38; vendor document, "Get all cdrlog".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
_EDGE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, order=True)
class DayRange:
    """Whole local days, both ends included."""

    first: date
    last: date

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def __iter__(self) -> Iterator[date]:
        return (self.first + DAY * index for index in range(len(self)))

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first}..{self.last}"

    def tail(self, days: int) -> DayRange:
        """The last `days` days of it, or all of it."""
        return DayRange(max(self.first, self.last - DAY * (days - 1)), self.last)


def starts_at(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which a local day begins; days are 23, 24 or 25 hours long."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def ends_at(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which the next local day begins."""
    return starts_at(day + DAY, zone)


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """The local day that an instant falls on."""
    return instant.astimezone(zone).date()


def filter_dates(days: DayRange, *, is_wide: bool) -> dict[str, str]:
    """The two date filters of listcdrlogs, naive local time.

    Args:
        days: which days.
        is_wide: one second wider on either side: whether bounds are included, and how they compare with fractions of
            a second, the document does not say. Rows outside the days are clipped on our side.
    """
    edge = _EDGE if is_wide else timedelta()
    first = datetime.combine(days.first, time()) - edge
    last = datetime.combine(days.last + DAY, time()) + edge
    return {"filter_datestart": f"{first:%Y-%m-%d %H:%M:%S}", "filter_dateend": f"{last:%Y-%m-%d %H:%M:%S}"}


def ranges(days: Iterable[date]) -> list[DayRange]:
    """The days as unbroken ranges, oldest first."""
    found: list[DayRange] = []
    for day in sorted(set(days)):
        if found and day == found[-1].last + DAY:
            found[-1] = DayRange(found[-1].first, day)
        else:
            found.append(DayRange(day, day))
    return found
