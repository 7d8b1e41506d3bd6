"""What the manifests prove of the calls, day by day, and the one answer to whether a day is proven by now.

Here: reading proof. Not here: acting on it (`plan.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from unite_pipeline.extract.days import ends_at
from unite_pipeline.lake.manifests import Read

FINAL_AFTER = timedelta(hours=6)
"""A day is final when it was read so long after its end: calls are filed at hang-up, or later (contract 39)."""


@dataclass(frozen=True, slots=True)
class KnownDay:
    """What is known of one local day.

    Args:
        rows: calls of the day that the newest read brought, or presumed.
        is_complete: the counts agreed when it was read.
        is_final: it was read after the day's end and the lag for late calls.
        began_at: when the newest read or count of it began.
        checked_at: when that ended.
        read_from: start of the newest full read that proved it; None if none did.
    """

    rows: int
    is_complete: bool
    is_final: bool
    began_at: datetime
    checked_at: datetime
    read_from: datetime | None


def known_days(reads: Iterable[Read]) -> dict[date, KnownDay]:
    """The state of every day that was ever read; `reads` oldest first, so that the newest wins."""
    days: dict[date, KnownDay] = {}
    for read in reads:
        manifest = read.manifest
        for window in manifest.windows:
            if window.day is None:
                continue
            before = days.get(window.day)
            read_from = before.read_from if before is not None and window.is_presumed else None
            if window.is_complete and not window.is_presumed:
                read_from = manifest.started_at
            days[window.day] = KnownDay(
                rows=window.received_rows,
                is_complete=window.is_complete,
                is_final=window.is_final,
                began_at=manifest.started_at,
                checked_at=manifest.fetched_at,
                read_from=read_from,
            )
    return days


def is_proven(state: KnownDay | None, day: date, now: datetime, zone: ZoneInfo) -> bool:
    """Whether all calls of a day are proven to be here, as far as they can be by now.

    A day that was read while it was going on is proven only as long as it goes on. Once it is over, the read or count
    that proves it must have begun after its end, and once it may be final, it must be.

    Args:
        state: what is known of the day, if anything.
        day: the local day.
        now: the instant it is judged at.
        zone: whose days.
    """
    if state is None or not state.is_complete:
        return False
    end = ends_at(day, zone)
    if now >= end + FINAL_AFTER:
        return state.is_final
    return now < end or state.began_at >= end
