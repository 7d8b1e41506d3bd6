"""Which days of calls to read, which only to count, and in which windows.

Here: the choice, as pure functions. Not here: reading (`cdr_window.py`) or the loop (`cdr_logs.py`).
Source: architecture section 3, "Windows are planned by cost", "What is not proven is asked again".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from zoneinfo import ZoneInfo

from unite_pipeline.api.endpoints import PAGE_SIZE
from unite_pipeline.extract.days import DAY, DayRange, ends_at, ranges
from unite_pipeline.extract.known import FINAL_AFTER, KnownDay, is_proven

WINDOW_ROWS = 15_000
"""Rows that a window is planned for: 50 pages, under two minutes of the budget, and well-filled quadrants."""
FIRST_WINDOW_DAYS = 31
MAX_WINDOW_DAYS = 92
_TYPICAL_DAYS = 28
TYPICAL_SHARES = (0.55, 0.20, 0.20, 0.05)
"""How calls spread over the quadrants, for estimates only: an assumption, as in the simulated company."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a sync was asked for.

    Args:
        days: local days, both ends included; none after today.
        is_reread: read them whatever is proven (days were named), or only what is not proven, and what may still move.
        since: start of the sync: what somebody else proved after it is not asked again.
        lookback_days: so many days after its end a day is still looked at again, and once more when they are over.
    """

    days: DayRange
    is_reread: bool
    since: datetime
    lookback_days: int


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done just now: days to read in full, and days to count and read only if the count moved."""

    to_read: frozenset[date]
    to_count: frozenset[date]


def work(request: Request, known: Mapping[date, KnownDay], now: datetime, zone: ZoneInfo) -> Work:
    """Which days of the request still want reading or counting: none, if all of it is done."""
    to_read, to_count = set(), set()
    for day in request.days:
        state = known.get(day)
        if request.is_reread:
            if state is None or state.read_from is None or state.read_from < request.since:
                to_read.add(day)
        elif state is None or not state.is_complete or _may_be_final(state, day, now, zone):
            to_read.add(day)
        elif not is_proven(state, day, now, zone) or _may_have_moved(state, day, request, zone):
            to_count.add(day)
    return Work(frozenset(to_read), frozenset(to_count))


def unproven(request: Request, known: Mapping[date, KnownDay], zone: ZoneInfo) -> tuple[date, ...]:
    """The days for which a request is not done, in order.

    It is judged as of its own beginning: what was to be read or counted then, and was not since.
    """
    left = work(request, known, request.since, zone)
    return tuple(sorted(left.to_read | left.to_count))


def next_window(to_read: frozenset[date], rows_per_day: float | None, most_days: int | None = None) -> DayRange:
    """The newest days to read, as many as fill pages well, but never more than `most_days`.

    The newest come first, since they are looked at first.
    """
    days = window_days(rows_per_day)
    return ranges(to_read)[-1].tail(days if most_days is None else min(days, most_days))


def window_days(rows_per_day: float | None) -> int:
    """How many days make a window of about WINDOW_ROWS rows."""
    if rows_per_day is None:
        return FIRST_WINDOW_DAYS
    return max(1, min(int(WINDOW_ROWS / max(rows_per_day, 1.0)), MAX_WINDOW_DAYS))


def typical_rows(known: Mapping[date, KnownDay], days: DayRange) -> float | None:
    """Calls a day, from the complete days that are nearest to those asked for; None where few are known.

    A first guess at windows and cost: each window that is read corrects it.
    """
    complete = sorted(
        (day for day, state in known.items() if state.is_complete),
        key=lambda day: max((days.first - day).days, (day - days.last).days),
    )[:_TYPICAL_DAYS]
    if len(complete) < _TYPICAL_DAYS // 2:
        return None
    return sum(known[day].rows for day in complete) / len(complete)


def is_too_large(rows: int, days: DayRange) -> bool:
    """Whether a window holds so many rows that it is better cut before it is read."""
    return len(days) > 1 and rows > 2 * WINDOW_ROWS


@dataclass(frozen=True, slots=True)
class Cost:
    """What reading costs, estimated."""

    requests: int
    rows: int


def cost(plan: Work, rows_per_day: float) -> Cost:
    """Requests and rows of a plan: each window its control count and four quadrants, part-filled pages included."""
    requests = len(ranges(plan.to_count))
    rows = 0
    for run in ranges(plan.to_read):
        left = len(run)
        while left > 0:
            days = min(left, window_days(rows_per_day))
            rows += round(days * rows_per_day)
            requests += 1 + sum(max(1, ceil(share * days * rows_per_day / PAGE_SIZE)) for share in TYPICAL_SHARES)
            left -= days
    return Cost(requests, rows)


def _may_have_moved(state: KnownDay, day: date, request: Request, zone: ZoneInfo) -> bool:
    """Whether nobody looked since the sync began, nor ever after the look-back was over."""
    return state.checked_at < request.since and state.began_at < ends_at(day + DAY * request.lookback_days, zone)


def _may_be_final(state: KnownDay, day: date, now: datetime, zone: ZoneInfo) -> bool:
    return not state.is_final and now >= ends_at(day, zone) + FINAL_AFTER
