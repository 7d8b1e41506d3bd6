"""Whether everything that was asked for is proven: read off the manifests, never off what a process remembers.

Here: the last word on a sync. Not here: showing it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from unite_pipeline.extract import call_records, cdr_window, extension_properties, extension_status, phonebook
from unite_pipeline.extract.days import DayRange, ranges
from unite_pipeline.extract.known import known_days
from unite_pipeline.extract.lists import ALL_LISTS
from unite_pipeline.extract.plan import Request, unproven
from unite_pipeline.extract.snapshots import done_since
from unite_pipeline.lake.manifests import Read, finished_reads
from unite_pipeline.lake.places import Places

EVERY: Mapping[str, timedelta] = {
    **{feed.name: feed.every for feed in ALL_LISTS},
    phonebook.FEED: timedelta(),
    call_records.FEED: timedelta(),
    extension_status.FEED: timedelta(),
}
"""The lists that are observed as a whole, and how old a complete observation may get before a sync makes another."""
BY_TURNS = (extension_properties.FEED,)
"""Lists that a sync reads a little of, or nothing."""
LISTS = (*EVERY, *BY_TURNS)
FEEDS = (cdr_window.FEED, *LISTS)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is not proven, one sentence a feed; empty if all is."""

    faults: tuple[str, ...]

    @property
    def is_proven(self) -> bool:
        """Everything asked for is proven complete."""
        return not self.faults


def verdict(places: Places, request: Request, zone: ZoneInfo, feeds: Iterable[str] = FEEDS) -> Verdict:
    """Judge a sync from what stands on disk.

    Args:
        places: the data directory.
        request: what was asked for; its `since` says from when on a list must have been observed.
        zone: whose days.
        feeds: those that were asked for.
    """
    faults: list[str] = []
    for feed in feeds:
        reads = finished_reads(places.raw, feed, places.tenant)
        fault = _calls(reads, request, zone) if feed == cdr_window.FEED else _list(feed, reads, request)
        if fault is not None:
            faults.append(fault)
    return Verdict(tuple(faults))


def _calls(reads: Sequence[Read], request: Request, zone: ZoneInfo) -> str | None:
    open_days = unproven(request, known_days(reads), zone)
    if not open_days:
        return None
    days = _named(ranges(open_days))
    return f"cdr_logs: {len(open_days)} days are not proven complete ({days}){_because(reads, request)}"


def _list(feed: str, reads: Sequence[Read], request: Request) -> str | None:
    newest = reads[-1].manifest if reads and reads[-1].manifest.started_at >= request.since else None
    if newest is not None and not newest.is_permitted:
        return None
    if feed in BY_TURNS:
        is_done = newest is None or newest.is_complete
    else:
        is_done = done_since(reads, request.since - EVERY[feed]) is not None
    if is_done:
        return None
    return f"{feed}: not proven complete{_because(reads, request)}"


def _because(reads: Sequence[Read], request: Request) -> str:
    for read in reversed(reads):
        if read.manifest.started_at >= request.since and read.manifest.reason is not None:
            return f": {read.manifest.reason}"
    return ""


def _named(days: Sequence[DayRange], most: int = 5) -> str:
    shown = ", ".join(str(each) for each in days[:most])
    return shown if len(days) <= most else f"{shown} and {len(days) - most} more ranges"
