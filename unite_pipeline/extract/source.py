"""What every feed works with: where to read, where to land, what time it is; and what it reports when done.

Here: the surroundings of a read. Not here: any one feed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from unite_pipeline import locks
from unite_pipeline.api.client import Client
from unite_pipeline.api.pacing import Priority
from unite_pipeline.clock import Clock
from unite_pipeline.lake.manifests import Manifest, Part, Read, ReadLog, Window
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.raw import Begun, RawRead, begin, close_as_cut_off, new_read_id, unfinished_reads

log = logging.getLogger(__name__)

CUT_OFF = "The read was cut off before its end; what had come is kept"
_GAVE_WAY = "The read let a more urgent one of the same feed go first; what had come is kept, and it goes on afterwards"
_LOOK_AGAIN_S = 0.05


class GaveWayError(Exception):
    """The feed's lock was given up for somebody more urgent: what was under way is to be begun again, and goes on."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What reading calls still wants, estimated.

    Args:
        days_to_read: local days to read in full.
        days_to_count: local days to count.
        requests: to be sent.
        rows: calls that come.
        seconds: of waiting for the budget, if nobody else uses it.
    """

    days_to_read: int
    days_to_count: int
    requests: int
    rows: int
    seconds: float


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
        """Hold the feed's lock for the body; first close what somebody who died left behind.

        Raises:
            GaveWayError: out of the body, where a client of higher priority waits for the same feed. Its read is closed
                as cut off; taken up, it costs a request more.
        """
        began = self.clock.boot()
        while self._is_somebody_urgent_waiting(feed):
            locks.let_others_in(_LOOK_AGAIN_S)
        path, sign = self._lock(feed, "lock"), self._sign(feed, self.client.budget.priority)
        on_wait = partial(log.info, "%s: waiting for another process that reads it", feed)
        with locks.held(path, on_wait=on_wait, sign=sign):
            self.client.waited_for_others_s += self.clock.boot() - began
            self._close_unfinished(feed, CUT_OFF)
            self.client.budget.before_each_try = partial(self._give_way, feed)
            try:
                yield
            except GaveWayError:
                self._close_unfinished(feed, _GAVE_WAY)
                log.info("%s: letting a more urgent run read it first", feed)
                raise
            finally:
                self.client.budget.before_each_try = None

    def _give_way(self, feed: str) -> None:
        if self._is_somebody_urgent_waiting(feed):
            locks.let_others_in()
            # Somebody else who looked at that very instant would show as well; he is gone by now.
            if self._is_somebody_urgent_waiting(feed):
                raise GaveWayError

    def _is_somebody_urgent_waiting(self, feed: str) -> bool:
        mine = self.client.budget.priority
        return any(locks.is_held(self._sign(feed, each)) for each in Priority if each > mine)

    def _sign(self, feed: str, priority: Priority) -> Path:
        return self._lock(feed, f"{priority.name.lower()}-waits")

    def _lock(self, feed: str, suffix: str) -> Path:
        return self.places.locks / f"{self.places.tenant}.{feed}.{suffix}"

    def _close_unfinished(self, feed: str, reason: str) -> None:
        for read in unfinished_reads(self.places.feed(feed)):
            close_as_cut_off(read, reason)

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
        has_more: something is left for the next sync: of audio by the limit of this one, of properties by their turns.
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
    """Who wants to know how a sync goes on: called as each read is finished.

    Args:
        on_read: told of each read.
        on_plan: told how many days are to be read or counted.
        on_forecast: told what is left, as soon as that can be estimated and after each read.
    """

    on_read: Callable[[Manifest], None] = field(default=lambda _manifest: None)
    on_plan: Callable[[int], None] = field(default=lambda _days: None)
    on_forecast: Callable[[Forecast], None] = field(default=lambda _forecast: None)


def latest(reads: list[Read], since: datetime | None = None) -> Read | None:
    """The newest complete read, if it began at or after `since`."""
    for read in reversed(reads):
        if read.manifest.is_complete:
            return read if since is None or read.manifest.started_at >= since else None
    return None
