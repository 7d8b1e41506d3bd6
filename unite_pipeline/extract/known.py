"""What the manifests prove of the calls, day by day.

Here: reading proof. Not here: acting on it (`plan.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from unite_pipeline.lake.manifests import Read


@dataclass(frozen=True, slots=True)
class KnownDay:
    """What is known of one local day.

    Args:
        rows: calls of the day that the newest read brought, or presumed.
        is_complete: the counts agreed when it was read.
        is_final: it was read after the day's end and the lag for late calls.
        checked_at: when it was last read or counted.
        read_from: start of the newest full read that proved it; None if none did.
    """

    rows: int
    is_complete: bool
    is_final: bool
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
                window.received_rows, window.is_complete, window.is_final, manifest.fetched_at, read_from
            )
    return days
