"""What every feed works with: where to read, where to land, what time it is; and what it reports when done.

Here: the surroundings of a read. Not here: any one feed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from unite_pipeline import locks
from unite_pipeline.api.client import Client
from unite_pipeline.clock import Clock
from unite_pipeline.lake.manifests import Manifest, Part, Read, ReadLog, Window
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.raw import Begun, RawRead, begin, close_as_cut_off, new_read_id, unfinished_reads

log = logging.getLogger(__name__)

CUT_OFF = "The read was cut off before its end; what had come is kept"


@dataclass(frozen=True, slots=True)
class Source:
    """One account and its data directory."""

    client: Client
    places: Places
    clock: Clock
    timezone: str

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the API's naive times."""
        return ZoneInfo(self.timezone)

    @property
    def requests_sent(self) -> int:
        """Requests sent so far, retries included, log-ins not."""
        return self.client.requests_sent - self.client.logins_sent

    def read_log(self, feed: str) -> ReadLog:
        """The finished reads of a feed of this tenant."""
        return ReadLog(self.places.feed(feed))

    @contextmanager
    def alone(self, feed: str) -> Iterator[None]:
        """Hold the feed's lock for the body; first close what somebody who died left behind."""
        path = self.places.locks / f"{self.places.tenant}.{feed}.lock"
        with locks.held(path, on_wait=lambda: log.info("%s: waiting for another process that reads it", feed)):
            for read in unfinished_reads(self.places.feed(feed)):
                close_as_cut_off(read, CUT_OFF)
            yield

    def begin(self, feed: str, asked: dict[str, str]) -> ReadInProgress:
        """Open a read."""
        started_at = self.clock.utc()
        begun = Begun(
            feed=feed,
            tenant=self.places.tenant,
            read_id=new_read_id(started_at),
            timezone=self.timezone,
            started_at=started_at,
            asked=asked,
        )
        return ReadInProgress(begin(self.places.feed(feed), begun), self)


class ReadInProgress:
    """A read that is under way, and what it has cost so far."""

    def __init__(self, raw: RawRead, source: Source) -> None:
        self.raw = raw
        self._source = source
        self._requests_before = source.requests_sent

    @property
    def requests(self) -> int:
        """Requests sent for this read, retries included, log-ins not."""
        return self._source.requests_sent - self._requests_before

    def finish(
        self,
        *,
        parts: tuple[Part, ...],
        windows: tuple[Window, ...],
        is_complete: bool,
        reason: str | None = None,
        is_cut_off: bool = False,
        is_permitted: bool = True,
        callrecordcounts: dict[str, int | None] | None = None,
    ) -> Manifest:
        """Write the manifest; of a read that was cut off, lists that did not reach their end stand in it as well."""
        begun = self.raw.begun
        if is_cut_off:
            parts = (*parts, *self._unfinished_parts(parts))
        manifest = Manifest(
            feed=begun.feed,
            tenant=begun.tenant,
            read_id=begun.read_id,
            timezone=begun.timezone,
            started_at=begun.started_at,
            fetched_at=self._source.clock.utc(),
            requests=self.requests,
            is_complete=is_complete,
            is_cut_off=is_cut_off,
            is_permitted=is_permitted,
            reason=reason,
            asked=begun.asked,
            parts=parts,
            windows=windows,
            callrecordcounts=callrecordcounts,
        )
        self.raw.finish(manifest)
        return manifest

    def finish_as_failed(
        self, parts: tuple[Part, ...], windows: tuple[Window, ...], error: Exception, *, is_permitted: bool = True
    ) -> Manifest:
        """Write the manifest of a read that an error ended: what came is kept, and the error's text says why.

        Args:
            parts: those that reached their end.
            windows: what is to be said of coverage.
            error: what ended it.
            is_permitted: False where the login may not use the endpoint and does without it.
        """
        return self.finish(
            parts=parts,
            windows=windows,
            is_complete=False,
            reason=str(error),
            is_cut_off=True,
            is_permitted=is_permitted,
        )

    def moment(self, *, expected: int | None, received: int, is_complete: bool, is_presumed: bool = False) -> Window:
        """The window of an observation of a list: its moment."""
        now = self._source.clock.utc()
        return Window(
            window_start=now,
            window_end=now,
            expected_rows=expected,
            received_rows=received,
            is_complete=is_complete,
            is_final=is_complete and not is_presumed,
            is_presumed=is_presumed,
        )

    def _unfinished_parts(self, finished: tuple[Part, ...]) -> tuple[Part, ...]:
        names = {part.part for part in finished}
        folders = sorted(path.name for path in self.raw.folder.iterdir() if path.is_dir() and path.name not in names)
        return tuple(self.unfinished_part(name) for name in folders)

    def unfinished_part(self, name: str, extension_id: str | None = None) -> Part:
        """A list that did not reach its end, with the pages that came, if any: it says that it was tried."""
        pages = self.raw.pages(name)
        rows = sum(len(page.rows()) for page in pages)
        return Part(
            part=name,
            extension_id=extension_id,
            itemcount=pages[-1].itemcount if pages else None,
            received_rows=rows,
            landed_rows=rows,
            requests=len(pages),
            pages=tuple(page.path.name for page in pages),
        )


@dataclass(frozen=True, slots=True)
class FeedOutcome:
    """What a sync of one feed came to.

    Args:
        feed: its name.
        requests: requests it sent, log-ins not included.
        received_rows: rows that came.
        is_proven: everything asked is proven, or presumed from a count.
        reasons: why not, each a sentence; also what was noticed though all is proven.
        complete_days: for calls, the days asked for that are proven.
        open_days: for calls, those that are not.
        has_more: for audio, not proven only because a limit of this sync ended it; the next one goes on.
    """

    feed: str
    requests: int
    received_rows: int
    is_proven: bool
    reasons: tuple[str, ...] = ()
    complete_days: tuple[date, ...] = ()
    open_days: tuple[date, ...] = ()
    has_more: bool = False


@dataclass(slots=True)
class Watch:
    """Who wants to know how a sync goes on: called as each read is finished."""

    on_read: Callable[[Manifest], None] = field(default=lambda _manifest: None)
    on_plan: Callable[[int], None] = field(default=lambda _days: None)


def latest(reads: list[Read], since: datetime | None = None) -> Read | None:
    """The newest complete read, if it began at or after `since`."""
    for read in reversed(reads):
        if read.manifest.is_complete:
            return read if since is None or read.manifest.started_at >= since else None
    return None
