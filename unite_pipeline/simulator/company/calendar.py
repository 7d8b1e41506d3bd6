"""When the company is busy: week, holidays, season, hours of the day, and the two days a year that are not 24 hours.

Weights: design notes on call centres (Monday first, peak before and after lunch); Dutch holidays from `holidays`.
Nothing here is random.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

import holidays

SLOT_S = 1800
OPEN_SLOTS = range(17, 35)  # 08:30 to 17:30
SHORT_SLOTS = range(17, 31)  # 08:30 to 15:30 on 5, 24 and 31 December
_WEEK = (1.2, 1.05, 0.95, 1.0, 0.8, 0.05, 0.01)
_SATURDAY = 5
_HOLIDAY_FACTOR = 0.02
_SHORT_FACTOR = 0.6
_BRIDGE_FACTOR = 0.8
_SUMMER_FACTOR = 0.85
_SHORT_DAYS = ((12, 5), (12, 24), (12, 31))
_SUMMER = ((7, 15), (8, 25))
_CURVE = (0.7, 1.0, 1.2, 1.4, 1.45, 1.35, 1.1, 0.75, 0.7, 0.95, 1.2, 1.25, 1.25, 1.15, 1.0, 0.85, 0.7, 0.45)
_NIGHT = tuple(0.2 if slot < 12 else 1.5 if slot < 44 else 0.4 for slot in range(48))  # noqa: PLR2004 - 06:00, 22:00


@lru_cache(maxsize=64)
def _days_off(year: int) -> frozenset[date]:
    named = holidays.country_holidays("NL", years=[year], language="en_US")
    return frozenset(day for day, name in named.items() if name != "Good Friday")


def is_holiday(day: date) -> bool:
    """Tells whether Dutch offices are closed; most work on Good Friday."""
    return day in _days_off(day.year)


def open_slots(day: date) -> range:
    """Returns the half hours, counted from midnight, in which the company is open."""
    if day.weekday() >= _SATURDAY or is_holiday(day):
        return range(0)
    return SHORT_SLOTS if (day.month, day.day) in _SHORT_DAYS else OPEN_SLOTS


def is_open(at_local: datetime) -> bool:
    """Tells whether the company is open at a local wall clock time."""
    return (at_local.hour * 3600 + at_local.minute * 60) // SLOT_S in open_slots(at_local.date())


def day_weight(day: date) -> float:
    """Returns how many calls a day has compared with the mean working day."""
    weight = _WEEK[day.weekday()]
    if is_holiday(day):
        return min(weight, 1.0) * _HOLIDAY_FACTOR
    if (day.month, day.day) in _SHORT_DAYS:
        weight *= _SHORT_FACTOR
    if is_holiday(day - timedelta(days=1)) and is_holiday(day - timedelta(days=2)):
        weight *= _BRIDGE_FACTOR
    if _SUMMER[0] <= (day.month, day.day) <= _SUMMER[1]:
        weight *= _SUMMER_FACTOR
    return weight


@lru_cache(maxsize=64)
def _slot_weights(slots: range, out_of_hours: float) -> tuple[float, ...]:
    closed = [0.0 if slot in slots else _NIGHT[slot] for slot in range(48)]
    if not slots:
        return tuple(accumulate(closed))
    opened = [_CURVE[slot - OPEN_SLOTS.start] if slot in slots else 0.0 for slot in range(48)]
    inside, outside = sum(opened), sum(closed)
    mixed = (o * (1 - out_of_hours) / inside + c * out_of_hours / outside for o, c in zip(opened, closed, strict=True))
    return tuple(accumulate(mixed))


def slot_weights(day: date, out_of_hours: float) -> tuple[float, ...]:
    """Returns cumulative weights of the day's 48 half hours, with a share outside opening hours."""
    return _slot_weights(open_slots(day), out_of_hours)


@dataclass(frozen=True, slots=True)
class LocalDay:
    """One local day as instants: it has 23, 24 or 25 hours."""

    day: date
    zone: ZoneInfo
    starts_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, day: date, zone: ZoneInfo) -> "LocalDay":
        """Returns the day's bounds, from midnight to midnight, in UTC."""
        start, end = (
            datetime.combine(which, time(), tzinfo=zone).astimezone(UTC) for which in (day, day + timedelta(days=1))
        )
        return cls(day, zone, start, end)

    def instant(self, wall_s: float, *, second_pass: bool) -> datetime:
        """Returns the instant at which the wall clock shows so many seconds after midnight."""
        naive = datetime.combine(self.day, time()) + timedelta(seconds=wall_s)
        return naive.replace(tzinfo=self.zone, fold=int(second_pass)).astimezone(UTC)

    def local(self, instant: datetime) -> datetime:
        """Returns what the wall clock shows, naive."""
        return instant.astimezone(self.zone).replace(tzinfo=None, fold=0)

    def doubled(self) -> tuple[datetime, datetime, datetime] | None:
        """Returns start, turning point and end of the hour that happens twice, or None on other days."""
        surplus = (self.ends_at - self.starts_at) - timedelta(hours=24)
        if surplus <= timedelta(0):
            return None
        at, before = self.starts_at, self.starts_at.astimezone(self.zone).utcoffset()
        while at.astimezone(self.zone).utcoffset() == before:
            at += timedelta(minutes=30)
        return at - surplus, at, at + surplus


def is_ambiguous(naive: datetime, zone: ZoneInfo) -> bool:
    """Tells whether a wall clock time that did happen happened twice."""
    early, late = (naive.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return early != late
