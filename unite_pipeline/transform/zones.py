"""The tenant's clock as a small table: local time to UTC and back, exactly as Python's zoneinfo reads it.

DuckDB's own conversion takes the later reading of a doubled hour, silently; here it is the earlier one. A local time
that never was is read with the offset before the jump, as zoneinfo does. Not here: parsing of times.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pyarrow as pa

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(2100, 1, 1, tzinfo=UTC)
_STEP = timedelta(hours=12)
_SCHEMA = pa.schema(
    [
        ("local_from", pa.timestamp("us")),
        ("local_until", pa.timestamp("us")),
        ("utc_from", pa.timestamp("us")),
        ("offset_us", pa.int64()),
        ("doubled_from", pa.timestamp("us")),
    ]
)


@cache
def clock_table(timezone: str) -> pa.Table:
    """Periods of one offset from 1970 to 2100, in order.

    Returns:
        `local_from`, `local_until`: first moment of the period and of the next one, on the wall clock, in their
        earlier reading; `utc_from`: the first moment in UTC; `offset_us`: local less UTC; `doubled_from`: from when
        on the wall clock shows the first of two equal times, until the period ends; NULL if the clock does not go
        back then.
    """
    zone = ZoneInfo(timezone)
    start = _offset(zone, _FIRST)
    rows = [{"local_from": _naive(_FIRST + start), "utc_from": _naive(_FIRST), "offset_us": _us(start)}]
    for moment, before, after in _changes(zone):
        local = _naive(moment + max(before, after))
        rows[-1]["local_until"] = local
        rows[-1]["doubled_from"] = _naive(moment + after) if after < before else None
        rows.append({"local_from": local, "utc_from": _naive(moment), "offset_us": _us(after)})
    rows[-1]["local_until"] = _naive(_LAST + _offset(zone, _LAST))
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def _changes(zone: ZoneInfo) -> list[tuple[datetime, timedelta, timedelta]]:
    found = []
    moment, before = _FIRST, _offset(zone, _FIRST)
    while moment < _LAST:
        after = _offset(zone, moment + _STEP)
        if after != before:
            found.append((_bisect(zone, moment, moment + _STEP), before, after))
        moment, before = moment + _STEP, after
    return found


def _bisect(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """First second at which the offset is that of `high`; at `low` it is another."""
    target = _offset(zone, high)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (low, middle) if _offset(zone, middle) == target else (middle, high)
    return high


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def _us(offset: timedelta) -> int:
    return offset // timedelta(microseconds=1)
