"""The feed cdr_logs: call detail records by local day, until every day asked for is proven or known not to be.

Here: the loop over windows. Not here: the choice (`plan.py`), one window (`cdr_window.py`).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta

from unite_pipeline import locks
from unite_pipeline.errors import (
    ApiError,
    AuthenticationError,
    IncompleteWindowError,
    NotPermittedError,
    RateLimitedError,
)
from unite_pipeline.extract.cdr_window import FEED, WindowReader, WindowTooLargeError, asked_days, differing_days
from unite_pipeline.extract.days import DayRange, ends_at, ranges, starts_at
from unite_pipeline.extract.known import KnownDay, is_proven, known_days
from unite_pipeline.extract.narrowing import Narrowing
from unite_pipeline.extract.plan import Request, Work, cost, next_window, typical_rows, unproven, work
from unite_pipeline.extract.source import FeedOutcome, Forecast, GaveWayError, Source, Watch
from unite_pipeline.lake.manifests import Manifest, Read, Window

log = logging.getLogger(__name__)

TAKE_UP_WITHIN = timedelta(hours=1)
"""A read that was cut off is taken up for so long, if the counts are still the same."""
MAX_READS_OF_A_DAY = 2
"""A day that does not agree is read once more, alone; then it stays open."""
_OF_EVERY_DAY = (RateLimitedError, NotPermittedError, AuthenticationError)
"""Refusals that no other day could do anything about."""


@dataclass(slots=True)
class _Tally:
    """What one sync has done so far."""

    attempts: Counter[date] = field(default_factory=Counter)
    rows: int = 0
    rows_per_day: float | None = None
    must_read: set[date] = field(default_factory=set)
    counted: set[date] = field(default_factory=set)
    reasons: list[str] = field(default_factory=list)
    has_failed: bool = False
    has_forecast: bool = False
    narrowing: Narrowing = field(default_factory=Narrowing)

    def note(self, manifest: Manifest) -> None:
        self.rows += sum(part.received_rows for part in manifest.parts)
        for window in manifest.windows:
            if window.day is not None and not window.is_presumed:
                self.attempts[window.day] += 1
                self.must_read.discard(window.day)
        if manifest.parts:
            self.rows_per_day = sum(part.received_rows for part in manifest.parts) / max(len(manifest.windows), 1)


def sync_cdr_logs(source: Source, request: Request, watch: Watch | None = None) -> FeedOutcome:
    """Bring the calls of the days asked for up to date.

    The feed's lock is held for one window at a time, and given up between two pages where somebody more urgent waits
    for it, so that an hourly refresh waits for no back-fill; whoever waited uses what was proven meanwhile.

    Returns:
        What came of it; an API that fails ends the feed and is a reason, not an exception.
    """
    watch = watch or Watch()
    tally, read_log = _Tally(), source.read_log(FEED)
    reader = WindowReader(source, lambda days, rows: _learn(source, request, tally, days, rows, watch))
    requests_before = source.requests_sent
    is_more = True
    while is_more:
        with suppress(GaveWayError), source.alone(FEED):
            try:
                is_more = _step(source, reader, request, tally, read_log.reads(), watch)
            except (ApiError, IncompleteWindowError) as error:
                tally.reasons.append(str(error))
                tally.has_failed, is_more = True, False
        locks.let_others_in()
    open_days = unproven(request, known_days(read_log.reads()), source.zone)
    return _outcome(request, tally, open_days, source.requests_sent - requests_before)


def _step(
    source: Source, reader: WindowReader, request: Request, tally: _Tally, reads: list[Read], watch: Watch
) -> bool:
    """Do the next piece of work; False when there is none."""
    known = known_days(reads)
    todo = _todo(source, request, tally, known)
    watch.on_plan(len(todo.to_read) + len(todo.to_count))
    tally.rows_per_day = tally.rows_per_day or typical_rows(known, request.days)
    _tell(source, todo, tally, watch)
    if todo.to_count and not tally.narrowing.is_probing:
        days = counted_together(todo.to_count, known)
        _count(source, reader, days.tail(tally.narrowing.most_counted or len(days)), known, tally, watch)
        return True
    if not todo.to_read:
        return False
    now, zone = source.clock.utc(), source.zone
    proven = frozenset(day for day, state in known.items() if is_proven(state, day, now, zone))
    _read(reader, *_window(source, todo, tally, reads), proven, tally, watch)
    return True


def _learn(source: Source, request: Request, tally: _Tally, days: DayRange, rows: int, watch: Watch) -> None:
    """Take the first window's count for what is typical, where nothing else tells it."""
    if tally.rows_per_day is None:
        tally.rows_per_day = rows / len(days)
        todo = _todo(source, request, tally, known_days(source.read_log(FEED).reads()))
        _tell(source, todo, tally, watch)


def _tell(source: Source, todo: Work, tally: _Tally, watch: Watch) -> None:
    """Say what is left to be done and what it costs, as far as that can be estimated."""
    if tally.rows_per_day is None or not (todo.to_read or todo.to_count):
        return
    costs = cost(todo, tally.rows_per_day)
    seconds = source.client.budget.seconds_for(costs.requests)
    forecast = Forecast(len(todo.to_read), len(todo.to_count), costs.requests, costs.rows, seconds)
    log.info(
        "cdr_logs: %s: %d days to read, %d to count; about %d requests, %d calls, %.1f minutes of waiting",
        "left" if tally.has_forecast else "planned",
        forecast.days_to_read,
        forecast.days_to_count,
        forecast.requests,
        forecast.rows,
        forecast.seconds / 60,
    )
    tally.has_forecast = True
    watch.on_forecast(forecast)


def _read(
    reader: WindowReader, days: DayRange, cut_off: Read | None, proven: frozenset[date], tally: _Tally, watch: Watch
) -> None:
    """Read a window, or learn from its failure."""
    try:
        manifest = reader.read(days, cut_off, proven)
    except WindowTooLargeError as error:
        tally.rows_per_day = error.rows / len(days)
        tally.narrowing.most_days = len(days) // 2
    except _OF_EVERY_DAY:
        raise
    except (ApiError, IncompleteWindowError) as error:
        if tally.narrowing.read_failed(days, error):
            tally.attempts[days.first] = MAX_READS_OF_A_DAY
            tally.reasons.append(f"{days}: {error}")
    else:
        tally.narrowing.read_went_well()
        _note(manifest, tally, watch)


def _window(source: Source, todo: Work, tally: _Tally, reads: list[Read]) -> tuple[DayRange, Read | None]:
    """The days to read next, and the read of them that was cut off, if there is one to take up."""
    fresh = _retry_alone(todo, tally)
    if tally.narrowing.is_probing:
        return DayRange(min(fresh), min(fresh)), None
    cut_off = _to_take_up(source, todo.to_read, reads) if tally.narrowing.most_days is None else None
    if cut_off is not None:
        return asked_days(cut_off), cut_off
    return next_window(fresh, tally.rows_per_day, tally.narrowing.most_days), None


def counted_together(to_count: frozenset[date], known: Mapping[date, KnownDay]) -> DayRange:
    """The newest days to count in one request; proven days between them are counted along, which costs nothing."""
    *older, newest = ranges(to_count)
    for earlier in reversed(older):
        between = DayRange(earlier.last, newest.first)
        if not all(day in known and known[day].is_complete for day in between):
            break
        newest = DayRange(earlier.first, newest.last)
    return newest


def _todo(source: Source, request: Request, tally: _Tally, known: dict[date, KnownDay]) -> Work:
    """What is left: nothing is read more often than MAX_READS_OF_A_DAY in one sync, whatever comes."""
    plan = work(request, known, source.clock.utc(), source.zone)
    open_days = {day for day in tally.attempts if day in known and not known[day].is_complete}
    to_read = {
        day
        for day in (plan.to_read | tally.must_read)
        if tally.attempts[day] == 0 or (day in open_days and tally.attempts[day] < MAX_READS_OF_A_DAY)
    }
    # A wall clock that is set back must not make us count for ever.
    return Work(frozenset(to_read), plan.to_count - to_read - tally.counted)


def _retry_alone(todo: Work, tally: _Tally) -> frozenset[date]:
    """First what was never read in this sync; then, by itself, what did not agree."""
    fresh = frozenset(day for day in todo.to_read if tally.attempts[day] == 0)
    return fresh or todo.to_read


def _count(
    source: Source, reader: WindowReader, days: DayRange, known: dict[date, KnownDay], tally: _Tally, watch: Watch
) -> None:
    """Ask how many calls there are; days whose count did not move are presumed unchanged, the others are read.

    A day whose count cannot be had is left as it is: for this sync it is not proven, and nothing else waits for it.
    """
    progress = source.begin(FEED, {"first_day": str(days.first), "last_day": str(days.last)})
    rows: dict[date | None, int] = {day: known[day].rows for day in days}
    try:
        moved = differing_days(days, rows, reader.count)
    except (ApiError, IncompleteWindowError) as error:
        progress.finish_as_failed((), (), error)
        if isinstance(error, _OF_EVERY_DAY):
            raise
        if tally.narrowing.count_failed(days):
            tally.counted |= set(days)
            tally.reasons.append(f"{days}: {error}")
        return
    tally.narrowing.count_went_well()
    tally.counted |= set(days)
    tally.must_read |= moved
    windows = tuple(_presumed(source, day, known[day]) for day in days if day not in moved)
    manifest = progress.finish(parts=(), windows=windows, is_complete=True, reason=None)
    _note(manifest, tally, watch)


def _presumed(source: Source, day: date, state: KnownDay) -> Window:
    return Window(
        window_start=starts_at(day, source.zone),
        window_end=ends_at(day, source.zone),
        day=day,
        expected_rows=state.rows,
        received_rows=state.rows,
        is_complete=True,
        is_final=state.is_final,
        is_presumed=True,
    )


def _note(manifest: Manifest, tally: _Tally, watch: Watch) -> None:
    tally.note(manifest)
    done = [window for window in manifest.windows if window.is_complete]
    log.info(
        "cdr_logs: %s to %s: %d calls, %d requests, %d of %d days %s",
        manifest.asked["first_day"],
        manifest.asked["last_day"],
        sum(window.received_rows for window in manifest.windows),
        manifest.requests,
        len(done),
        len(manifest.windows),
        "unchanged by count" if not manifest.parts else "proven",
    )
    if manifest.reason is not None:
        log.warning("cdr_logs: %s", manifest.reason)
    watch.on_read(manifest)


def _to_take_up(source: Source, to_read: frozenset[date], reads: Sequence[Read]) -> Read | None:
    """The newest read that was cut off within the hour, if none of its days was read since and all are to be read.

    Counts, and reads of other days, may have landed since: an hourly refresh hides no back-fill that died.
    """
    oldest = source.clock.utc() - TAKE_UP_WITHIN
    read_since: set[date] = set()
    for read in reversed(reads):
        if read.fetched_at < oldest:
            break
        if not any(part.pages for part in read.manifest.parts):
            continue
        days = set(asked_days(read))
        if read.manifest.is_cut_off and days <= to_read - read_since:
            return read
        read_since |= days
    return None


def _outcome(request: Request, tally: _Tally, open_days: tuple[date, ...], requests: int) -> FeedOutcome:
    reasons = list(tally.reasons)
    if open_days:
        reasons.append(f"{len(open_days)} of {len(request.days)} days are not proven complete")
    return FeedOutcome(
        feed=FEED,
        requests=requests,
        received_rows=tally.rows,
        is_proven=not open_days and not tally.has_failed,
        reasons=tuple(reasons),
        complete_days=tuple(day for day in request.days if day not in set(open_days)),
        open_days=open_days,
    )
