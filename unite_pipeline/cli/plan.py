"""`unite-pipeline plan`: what a sync would cost, before it is paid."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime

import click

from unite_pipeline.cli.screen import in_words
from unite_pipeline.cli.sync import DAY
from unite_pipeline.defs.resources import say_wait
from unite_pipeline.extract import cdr_window
from unite_pipeline.extract.cdr_window import WindowReader
from unite_pipeline.extract.estimate import counted_recordings, list_requests
from unite_pipeline.extract.known import KnownDay, known_days
from unite_pipeline.extract.plan import Request, cost, work
from unite_pipeline.installation import Unite
from unite_pipeline.settings import load_settings
from unite_pipeline.syncing import request_for

_SAMPLE_DAYS = 28


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a sync would cost: an estimate, and what it rests on.

    Args:
        requests: all of them, log-ins not included.
        minutes: of waiting for the budget.
        days_to_read: local days of calls to read in full.
        days_to_count: local days of calls to count.
        calls: calls that would come, about.
        requests_by_feed: where the requests go.
        rests_on: what the number of calls was taken from.
    """

    requests: int
    minutes: float
    days_to_read: int
    days_to_count: int
    calls: int
    requests_by_feed: dict[str, int]
    rests_on: str


@click.command()
@click.option("--from", "first", type=DAY, help="First local day.")
@click.option("--to", "last", type=DAY, help="Last local day.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for scripts.")
def plan(first: datetime | None, last: datetime | None, *, as_json: bool) -> None:
    """What a sync would cost, before it is paid: requests and minutes. Costs a request or two itself."""
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
    for feed, requests in estimate.requests_by_feed.items():
        click.echo(f"  {feed:<22}{requests:>6}")
    click.echo(f"An estimate from {estimate.rests_on}, and from the list of extensions as it is now.")


def _estimate(unite: Unite, request: Request) -> Estimate:
    known = known_days(unite.source.read_log(cdr_window.FEED).reads())
    todo = work(request, known, unite.clock.utc(), unite.settings.zone)
    rows_per_day, rests_on = _rows_per_day(unite, request, known)
    calls = cost(todo, rows_per_day)
    by_feed = {cdr_window.FEED: calls.requests, **list_requests(unite.source, counted_recordings(unite.source))}
    requests = sum(by_feed.values())
    wait = unite.budget().seconds_for(requests)
    return Estimate(requests, round(wait / 60, 1), len(todo.to_read), len(todo.to_count), calls.rows, by_feed, rests_on)


def _rows_per_day(unite: Unite, request: Request, known: dict[date, KnownDay]) -> tuple[float, str]:
    recent = [known[day].rows for day in sorted(known)[-_SAMPLE_DAYS * 2 :] if known[day].is_complete]
    if len(recent) >= _SAMPLE_DAYS // 2:
        return sum(recent) / len(recent), f"the {len(recent)} newest days that are proven"
    sample = request.days.tail(_SAMPLE_DAYS)
    rows = WindowReader(unite.source).count(sample)
    return rows / len(sample), f"the API's count of {sample}"
