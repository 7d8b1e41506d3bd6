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
class Fault:
    """What of a feed is not proven, and why as far as that is known."""

    feed: str
    what: str
    reason: str | None

    def __str__(self) -> str:
        return f"{self.feed}: {self.what}" if self.reason is None else f"{self.feed}: {self.what}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is not proven; empty if all is."""

    found: tuple[Fault, ...]

    @property
    def is_proven(self) -> bool:
        """Everything asked for is proven complete."""
        return not self.found

    @property
    def faults(self) -> tuple[str, ...]:
        """One sentence a feed."""
        return tuple(map(str, self.found))

    @property
    def in_short(self) -> tuple[str, ...]:
        """One sentence a reason: a log-in that was refused stops all feeds at once, and is told once."""
        feeds: dict[str | None, dict[str, list[str]]] = {}
        for each in self.found:
            feeds.setdefault(each.reason, {}).setdefault(each.what, []).append(each.feed)
        return tuple(
            "; ".join(f"{', '.join(named)}: {what}" for what, named in of_reason.items())
            + ("" if reason is None else f": {reason}")
            for reason, of_reason in feeds.items()
        )


def verdict(places: Places, request: Request, zone: ZoneInfo, feeds: Iterable[str] = FEEDS) -> Verdict:
    """Judge a sync from what stands on disk.

    Args:
        places: the data directory.
        request: what was asked for; its `since` says from when on a list must have been observed.
        zone: whose days.
        feeds: those that were asked for.
    """
    found: list[Fault] = []
    for feed in feeds:
        reads = finished_reads(places.raw, feed, places.tenant)
        fault = _calls(reads, request, zone) if feed == cdr_window.FEED else _list(feed, reads, request)
        if fault is not None:
            found.append(fault)
    return Verdict(tuple(found))


def _calls(reads: Sequence[Read], request: Request, zone: ZoneInfo) -> Fault | None:
    open_days = unproven(request, known_days(reads), zone)
    if not open_days:
        return None
    days = _named(ranges(open_days))
    what = f"{len(open_days)} days are not proven complete ({days})"
    return Fault(cdr_window.FEED, what, _reason(reads, request))


def _list(feed: str, reads: Sequence[Read], request: Request) -> Fault | None:
    newest = reads[-1].manifest if reads and reads[-1].manifest.started_at >= request.since else None
    if newest is not None and not newest.is_permitted:
        return None
    if feed in BY_TURNS:
        is_done = newest is None or newest.is_complete
    else:
        is_done = done_since(reads, request.since - EVERY[feed]) is not None
    if is_done:
        return None
    return Fault(feed, "not proven complete", _reason(reads, request))


def _reason(reads: Sequence[Read], request: Request) -> str | None:
    reasons = (read.manifest.reason for read in reversed(reads) if read.manifest.started_at >= request.since)
    return next((reason for reason in reasons if reason is not None), None)


def _named(days: Sequence[DayRange], most: int = 5) -> str:
    shown = ", ".join(str(each) for each in days[:most])
    return shown if len(days) <= most else f"{shown} and {len(days) - most} more ranges"
