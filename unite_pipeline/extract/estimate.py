"""What a sync would ask for, before it asks: requests, by feed.

Here: counting beforehand, from what the manifests tell and a fresh list of extensions. Not here: words and minutes
(`cli/plan.py`), which days are wanted (`plan.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import ceil

from unite_pipeline.api.endpoints import LIST_EXTENSIONS, PAGE_SIZE
from unite_pipeline.api.paging import walk
from unite_pipeline.extract import call_records, extension_properties, extension_status, phonebook
from unite_pipeline.extract.lists import ALL_LISTS, EXTENSIONS, Extensions, ListFeed, recording_counts
from unite_pipeline.extract.snapshots import done_since
from unite_pipeline.extract.source import Source
from unite_pipeline.lake.manifests import Read


def counted_recordings(source: Source) -> dict[str, int | None]:
    """How many recordings each extension tells to have just now, by its id; asks for the whole list, keeps nothing.

    Raises:
        ApiError: the API failed for good.
    """
    rows: list[bytes] = []
    walk(lambda page: source.client.fetch(LIST_EXTENSIONS, page=page), lambda _number, _count, page: rows.extend(page))
    return recording_counts(rows)


def list_requests(source: Source, counts: Mapping[str, int | None]) -> dict[str, int]:
    """Requests that a sync would send for lists, by feed; changes that nothing tells of are not in it.

    Args:
        source: whose manifests are looked at; nothing is asked.
        counts: recordings by extension, as of now.
    """
    now = source.clock.utc()
    extensions = Extensions(frozenset(counts), is_proven=True)
    costs = {feed.name: _plain(source, feed, now) for feed in ALL_LISTS}
    costs[EXTENSIONS.name] = _pages(len(counts))
    book = source.read_log(phonebook.FEED).reads()
    costs[phonebook.FEED] = 1 if book else 2
    costs[call_records.FEED] = call_records.pages_due(counts, source.read_log(call_records.FEED).reads(), now)
    costs[extension_status.FEED] = ceil(len(counts) / extension_status.IDS_A_REQUEST)
    costs[extension_properties.FEED] = len(extension_properties.due_at(source, extensions, now)[0])
    return costs


def _plain(source: Source, feed: ListFeed, now: datetime) -> int:
    reads = source.read_log(feed.name).reads()
    if done_since(reads, now - feed.every) is not None:
        return 0
    return _pages(_rows_before(reads)) if feed.endpoint.is_paged else 1


def _rows_before(reads: list[Read]) -> int:
    return max((part.received_rows for part in reads[-1].manifest.parts), default=0) if reads else 0


def _pages(rows: int) -> int:
    return max(ceil(rows / PAGE_SIZE), 1)
