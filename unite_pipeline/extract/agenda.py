"""What one sync is cut into: ranges of days, each a run that Dagster shows, the newest first.

Here: pure choice of ranges. Not here: what is read or counted within a range (`plan.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from unite_pipeline.extract.days import DAY, DayRange, local_day, ranges
from unite_pipeline.extract.known import KnownDay
from unite_pipeline.extract.plan import MAX_WINDOW_DAYS, Request, work

MAX_GAP_DAYS = 7
"""Ranges so near to each other are one: a run has its price, and proven days within it cost nothing."""


def agenda(request: Request, known: Mapping[date, KnownDay], now: datetime, zone: ZoneInfo) -> list[DayRange]:
    """The ranges that hold all days of the request that want work, newest first, each at most MAX_WINDOW_DAYS long.

    The first one always ends with the newest day asked for and holds the look-back.
    """
    today = local_day(now, zone)
    newest = request.days.tail(request.lookback_days + 1 if request.days.last == today else 1)
    todo = work(request, known, now, zone)
    wanted = set(request.days) if request.is_reread else {*todo.to_read, *todo.to_count}
    found = [*_cut(_merge(ranges(wanted | set(newest))))]
    return found[::-1]


def _merge(parts: list[DayRange]) -> list[DayRange]:
    merged: list[DayRange] = []
    for part in parts:
        if merged and (part.first - merged[-1].last).days <= MAX_GAP_DAYS:
            merged[-1] = DayRange(merged[-1].first, part.last)
        else:
            merged.append(part)
    return merged


def _cut(parts: list[DayRange]) -> list[DayRange]:
    """Oldest first; each range is cut from its end, so that the newest piece is a full one."""
    found: list[DayRange] = []
    for part in reversed(parts):
        last = part.last
        while last >= part.first:
            piece = DayRange(part.first, last).tail(MAX_WINDOW_DAYS)
            found.append(piece)
            last = piece.first - DAY
    return found[::-1]
