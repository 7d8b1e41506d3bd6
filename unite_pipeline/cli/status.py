"""`unite-pipeline status`: how each feed stands, read off the manifests; nothing is asked of the API."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

import click

from unite_pipeline.cli.directory import check_directory
from unite_pipeline.cli.screen import say
from unite_pipeline.clock import Clock
from unite_pipeline.errors import UnitePipelineError
from unite_pipeline.extract import call_records, cdr_window, extension_properties
from unite_pipeline.extract.days import DAY, DayRange, local_day, ranges, starts_at
from unite_pipeline.extract.known import KnownDay, is_proven, known_days
from unite_pipeline.extract.rotation import PERIOD
from unite_pipeline.extract.verdict import BY_TURNS, EVERY
from unite_pipeline.installation import Unite, check_pin, has_login_token
from unite_pipeline.lake.manifests import Read, finished_reads
from unite_pipeline.settings import load_settings
from unite_pipeline.syncing import request_for

STALE_AFTER = timedelta(hours=26)
"""A feed that was not confirmed for a day and two hours is said to be stale."""
_MIDNIGHT = timedelta(hours=2)


class DueError(UnitePipelineError):
    """Something that is due is not proven, or old."""


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """How one feed stands.

    Args:
        feed: its name.
        proven_days: for calls, the days that are proven by now.
        open_days: for calls, those that are not.
        open_ranges: the open days as ranges.
        last_read_at: when the last complete reading ended.
        last_run_at: when the last reading ended, complete or not.
        last_run_is_complete: whether that one was complete.
        reason: why it was not.
        note: what else there is to say.
        is_due: something wants doing.
    """

    feed: str
    last_read_at: str | None
    last_run_at: str | None
    last_run_is_complete: bool | None
    reason: str | None
    is_due: bool
    proven_days: int | None = None
    open_days: int | None = None
    open_ranges: tuple[str, ...] = ()
    note: str | None = None


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for scripts.")
@click.pass_obj
def status(clock: Clock, *, as_json: bool) -> None:
    """Per feed: days proven complete, days open, last run, requests left in the window."""
    settings = load_settings()
    check_directory(settings.data_dir)
    check_pin(settings)
    request_for(settings, None, None, clock.utc())  # what a sync refuses it would be wrong to advise
    unite = Unite(settings, clock)
    feeds = [
        _calls(unite),
        *(_list(unite, feed) for feed in EVERY),
        *(_by_turns(unite, feed) for feed in BY_TURNS),
    ]
    left = unite.budget().use().left if has_login_token(settings) and unite.places.state.exists() else None
    if as_json:
        click.echo(json.dumps({"feeds": [asdict(feed) for feed in feeds], "requests_left": left}))
    else:
        _print(feeds, left, settings.rate_limit)
    due = [feed.feed for feed in feeds if feed.is_due]
    if due:
        message = f"Due: {', '.join(due)}. Run `unite-pipeline sync`"
        raise DueError(message)


def _calls(unite: Unite) -> FeedStatus:
    settings, now = unite.settings, unite.clock.utc()
    reads = _reads(unite, cdr_window.FEED)
    known = known_days(reads)
    today = local_day(now, settings.zone)
    days = DayRange(min(settings.start_date, today), today)
    open_days = [day for day in days if not is_proven(known.get(day), day, now, settings.zone)]
    checked = _newest_check(known, days)
    # Just after midnight today was never read, and yesterday not since it ended or became final.
    excused = {today, today - DAY} if _is_settling(unite, known, today) else set()
    return FeedStatus(
        **_last_run(reads),
        feed=cdr_window.FEED,
        last_read_at=_text(checked),
        is_due=bool(set(open_days) - excused or checked is None or now - checked > STALE_AFTER),
        proven_days=len(days) - len(open_days),
        open_days=len(open_days),
        open_ranges=tuple(str(each) for each in ranges(open_days)),
    )


def _newest_check(known: Mapping[date, KnownDay], days: DayRange) -> datetime | None:
    return max((known[day].checked_at for day in days if day in known and known[day].is_complete), default=None)


def _is_settling(unite: Unite, known: Mapping[date, KnownDay], today: date) -> bool:
    """Whether the newest days are open only because the next sync has not come yet."""
    now, zone = unite.clock.utc(), unite.settings.zone
    yesterday = known.get(today - DAY)
    has_just_ended = now - starts_at(today, zone) < _MIDNIGHT
    may_just_be_final = yesterday is not None and yesterday.is_complete and now - yesterday.checked_at < STALE_AFTER
    return has_just_ended or (may_just_be_final and today in known)


def _list(unite: Unite, feed: str) -> FeedStatus:
    reads = _reads(unite, feed)
    complete = [read.manifest.fetched_at for read in reads if read.manifest.is_complete]
    is_refused = bool(reads) and not reads[-1].manifest.is_permitted
    is_old = not complete or unite.clock.utc() - complete[-1] > STALE_AFTER + EVERY[feed]
    note = "not permitted to this login" if is_refused else _slow_lists(unite, feed, reads)
    last = _text(complete[-1] if complete else None)
    return FeedStatus(**_last_run(reads), feed=feed, last_read_at=last, is_due=is_old and not is_refused, note=note)


def _slow_lists(unite: Unite, feed: str, reads: Sequence[Read]) -> str | None:
    """How far the reading by turns of unchanged lists has come."""
    if feed != call_records.FEED or not reads:
        return None
    recent, lists = call_records.read_to_the_end(reads, unite.clock.utc() - PERIOD)
    return f"{recent} of {lists} lists read to the end within a week"


def _by_turns(unite: Unite, feed: str) -> FeedStatus:
    """A list that a sync reads a little of: how many of its items were read within the period."""
    reads = _reads(unite, feed)
    read_at, standing = extension_properties.turns_taken(unite.places)
    recent = sum(unite.clock.utc() - moment <= PERIOD for moment in read_at.values())
    complete = [read.manifest.fetched_at for read in reads if read.manifest.is_complete]
    is_refused = bool(reads) and not reads[-1].manifest.is_permitted
    failed = bool(reads) and not reads[-1].manifest.is_complete and not is_refused
    note = "not permitted to this login" if is_refused else f"{recent} of {standing} read within a week"
    last = _text(complete[-1] if complete else None)
    return FeedStatus(**_last_run(reads), feed=feed, last_read_at=last, is_due=failed, note=note)


def _last_run(reads: Sequence[Read]) -> dict[str, Any]:
    newest = reads[-1].manifest if reads else None
    return {
        "last_run_at": None if newest is None else _text(newest.fetched_at),
        "last_run_is_complete": None if newest is None else newest.is_complete,
        "reason": None if newest is None or newest.is_complete else newest.reason,
    }


def _reads(unite: Unite, feed: str) -> list[Read]:
    return finished_reads(unite.places.raw, feed, unite.settings.tenant)


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat(timespec="seconds")


def _print(feeds: Sequence[FeedStatus], left: int | None, limit: int) -> None:
    say(f"{'feed':<22}{'proven days':>12}{'open days':>11}  last complete reading (UTC)")
    for feed in feeds:
        proven: Any = "-" if feed.proven_days is None else feed.proven_days
        open_days: Any = "-" if feed.open_days is None else feed.open_days
        note = "" if feed.note is None else f"  ({feed.note})"
        say(f"{feed.feed:<22}{proven:>12}{open_days:>11}  {feed.last_read_at or 'never'}{note}")
        for each in feed.open_ranges[:10]:
            say(f"{'':<22}open: {each}")
        if feed.last_run_is_complete is False and not (feed.note or "").startswith("not permitted"):
            say(f"{'':<22}last run {feed.last_run_at} not complete: {feed.reason or 'no reason was told'}")
    if left is not None:
        say(f"{left} of {limit} requests are left in the running window")
