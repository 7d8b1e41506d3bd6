"""`unite-pipeline plan` and `status`: what it would cost, and how things stand."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any, TypedDict

import click

from unite_pipeline.api.endpoints import LIST_EXTENSIONS, PAGE_SIZE
from unite_pipeline.cli.screen import in_words, say
from unite_pipeline.cli.sync import DAY
from unite_pipeline.clock import Clock
from unite_pipeline.defs.resources import say_wait
from unite_pipeline.errors import UnitePipelineError
from unite_pipeline.extract import call_records, cdr_window, extensions, phonebook
from unite_pipeline.extract.cdr_window import WindowReader
from unite_pipeline.extract.days import DAY as ONE_DAY
from unite_pipeline.extract.days import DayRange, local_day, ranges, starts_at
from unite_pipeline.extract.known import KnownDay, known_days
from unite_pipeline.extract.plan import Request, cost, work
from unite_pipeline.extract.verdict import LISTS
from unite_pipeline.installation import Unite, has_login_token
from unite_pipeline.lake.manifests import Read, finished_reads
from unite_pipeline.lake.raw import part_name
from unite_pipeline.settings import load_settings
from unite_pipeline.syncing import request_for

STALE_AFTER = timedelta(hours=26)
"""A feed that was not confirmed for a day and two hours is said to be stale."""
_MIDNIGHT = timedelta(hours=2)
_SAMPLE_DAYS = 28


class DueError(UnitePipelineError):
    """Something that is due is not proven, or old."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a sync would cost: an estimate, and what it rests on."""

    requests: int
    minutes: float
    days_to_read: int
    days_to_count: int
    calls: int
    rests_on: str


@click.command()
@click.option("--from", "first", type=DAY, help="First local day.")
@click.option("--to", "last", type=DAY, help="Last local day.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for scripts.")
def plan(first: datetime | None, last: datetime | None, *, as_json: bool) -> None:
    """What a sync would cost, before it is paid: requests and minutes."""
    settings = load_settings()
    with Unite(settings, on_wait=say_wait) as unite:
        request = request_for(settings, first and first.date(), last and last.date(), unite.clock.utc())
        estimate = _estimate(unite, request)
    if as_json:
        click.echo(json.dumps(asdict(estimate)))
        return
    click.echo(
        f"About {estimate.requests} requests, {in_words(estimate.minutes * 60)} of waiting for the budget included: "
        f"{estimate.days_to_read} days to read (about {estimate.calls:,} calls), {estimate.days_to_count} to count."
    )
    click.echo(f"An estimate from {estimate.rests_on}.")


def _estimate(unite: Unite, request: Request) -> Estimate:
    known = known_days(unite.source.read_log(cdr_window.FEED).reads())
    todo = work(request, known, unite.clock.utc(), unite.settings.zone)
    rows_per_day, rests_on = _rows_per_day(unite, request, known)
    calls = cost(todo, rows_per_day)
    requests = calls.requests + _list_requests(unite)
    use = unite.budget().use()
    wait = max(ceil((requests - use.left) / use.limit), 0) * use.period_s
    return Estimate(requests, round(wait / 60, 1), len(todo.to_read), len(todo.to_count), calls.rows, rests_on)


def _rows_per_day(unite: Unite, request: Request, known: dict[date, KnownDay]) -> tuple[float, str]:
    recent = [known[day].rows for day in sorted(known)[-_SAMPLE_DAYS * 2 :] if known[day].is_complete]
    if len(recent) >= _SAMPLE_DAYS // 2:
        return sum(recent) / len(recent), f"the {len(recent)} newest days that are proven"
    sample = request.days.tail(_SAMPLE_DAYS)
    rows = WindowReader(unite.source).count(sample)
    return rows / len(sample), f"the API's count of {sample} (one request, and a log-in if one was due)"


def _list_requests(unite: Unite) -> int:
    """Extensions, phonebook, and the pages of each extension whose recordings moved."""
    observed = [read.manifest.callrecordcounts for read in unite.source.read_log(extensions.FEED).reads()]
    counts = next((each for each in reversed(observed) if each is not None), None)
    if counts is None:
        counts = extensions.recording_counts(unite.source.client.fetch(LIST_EXTENSIONS).rows)
    listed = call_records.known_recordings(unite.source.read_log(call_records.FEED).reads())
    moved = [count - listed[part_name(each)].row_count for each, count in counts.items()]
    pages = sum(max(ceil(new / PAGE_SIZE), 1) for new in moved if new)
    is_first_book = not unite.source.read_log(phonebook.FEED).reads()
    return 2 + pages + is_first_book


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """How one feed stands.

    Args:
        feed: its name.
        proven_days: local days proven complete; None for a list, which has no days.
        open_days: local days that are not.
        open_ranges: those, in ranges.
        last_read_at: when it was last proven complete, by reading or by counting.
        is_due: something is open, or that was long ago.
        last_run_at: when its last read ended, well or badly.
        last_run_is_complete: whether that was complete; None if there was none.
        reason: why not, if it was not.
    """

    feed: str
    proven_days: int | None
    open_days: int | None
    open_ranges: tuple[str, ...]
    last_read_at: str | None
    is_due: bool
    last_run_at: str | None
    last_run_is_complete: bool | None
    reason: str | None


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for scripts.")
@click.pass_obj
def status(clock: Clock, *, as_json: bool) -> None:
    """Per feed: days proven complete, days open, last run, requests left in the window."""
    settings = load_settings()
    unite = Unite(settings, clock)
    feeds = [_calls_status(unite), *(_list_status(unite, feed) for feed in LISTS)]
    left = unite.budget().use().left if has_login_token(settings) and unite.places.state.exists() else None
    if as_json:
        click.echo(json.dumps({"feeds": [asdict(feed) for feed in feeds], "requests_left": left}))
    else:
        _print_status(feeds, left, settings.rate_limit)
    due = [feed.feed for feed in feeds if feed.is_due]
    if due:
        message = f"Due: {', '.join(due)}. Run `unite-pipeline sync`"
        raise DueError(message)


def _calls_status(unite: Unite) -> FeedStatus:
    settings, now = unite.settings, unite.clock.utc()
    reads = _reads(unite, cdr_window.FEED)
    known = known_days(reads)
    today = local_day(now, settings.zone)
    days = DayRange(min(settings.start_date, today), today)
    open_days = [day for day in days if day not in known or not known[day].is_complete]
    proven_at = [known[day].checked_at for day in days if day in known and known[day].is_complete]
    checked = max(proven_at, default=None)
    # Just after midnight today was never read, and yesterday not since it ended.
    excused = {today, today - ONE_DAY} if now - starts_at(today, settings.zone) < _MIDNIGHT else set()
    return FeedStatus(
        feed=cdr_window.FEED,
        proven_days=len(days) - len(open_days),
        open_days=len(open_days),
        open_ranges=tuple(str(each) for each in ranges(open_days)),
        last_read_at=_text(checked),
        is_due=bool(set(open_days) - excused or checked is None or now - checked > STALE_AFTER),
        **_last_run(reads),
    )


def _list_status(unite: Unite, feed: str) -> FeedStatus:
    reads = _reads(unite, feed)
    complete = [read.manifest.fetched_at for read in reads if read.manifest.is_complete]
    is_due = not complete or unite.clock.utc() - complete[-1] > STALE_AFTER
    return FeedStatus(feed, None, None, (), _text(complete[-1] if complete else None), is_due, **_last_run(reads))


class _LastRun(TypedDict):
    last_run_at: str | None
    last_run_is_complete: bool | None
    reason: str | None


def _last_run(reads: list[Read]) -> _LastRun:
    if not reads:
        return {"last_run_at": None, "last_run_is_complete": None, "reason": None}
    last = reads[-1].manifest
    return {"last_run_at": _text(last.fetched_at), "last_run_is_complete": last.is_complete, "reason": last.reason}


def _reads(unite: Unite, feed: str) -> list[Read]:
    return finished_reads(unite.places.raw, feed, unite.settings.tenant)


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat(timespec="seconds")


def _print_status(feeds: list[FeedStatus], left: int | None, limit: int) -> None:
    say(f"{'feed':<14}{'proven days':>12}{'open days':>11}  last complete reading (UTC)")
    for feed in feeds:
        proven: Any = "-" if feed.proven_days is None else feed.proven_days
        open_days: Any = "-" if feed.open_days is None else feed.open_days
        say(f"{feed.feed:<14}{proven:>12}{open_days:>11}  {feed.last_read_at or 'never'}")
        for each in feed.open_ranges[:10]:
            say(f"{'':<14}open: {each}")
        if feed.last_run_is_complete is False:
            say(f"{'':<14}last run {feed.last_run_at} not complete: {feed.reason or 'no reason was told'}")
    if left is not None:
        say(f"{left} of {limit} requests are left in the running window")
