"""`unite-pipeline sync`: the main job."""

from __future__ import annotations

import time
from datetime import date, datetime
from pathlib import Path

import click

from unite_pipeline.api.pacing import Priority
from unite_pipeline.cli.screen import DayBar, in_words, say
from unite_pipeline.clock import machine_clock
from unite_pipeline.defs.resources import say_wait
from unite_pipeline.errors import UnitePipelineError
from unite_pipeline.installation import Unite
from unite_pipeline.settings import Settings, load_settings
from unite_pipeline.syncing import SyncReport, request_for, run_sync

DAY = click.DateTime(["%Y-%m-%d"])


class NotProvenError(UnitePipelineError):
    """The sync is not done; the text is the one line that says so."""


@click.command()
@click.option("--from", "first", type=DAY, help="First local day to read again, whatever is proven.")
@click.option("--to", "last", type=DAY, help="Last local day to read again; today if left out.")
def sync(first: datetime | None, last: datetime | None) -> None:
    """Bring every feed, the lake and the warehouse up to date.

    Without days: the days that are not proven, the look-back and today.
    """
    settings = load_settings()
    sync_and_tell(settings, _day(first), _day(last))


def sync_and_tell(settings: Settings, first: date | None, last: date | None) -> SyncReport:
    """Sync, and print what came of it.

    Raises:
        NotProvenError: something is not proven, or broke.
    """
    began = time.monotonic()
    request = request_for(settings, first, last, machine_clock().utc())
    with DayBar() as bar, Unite(settings, None, say_wait, Priority.BY_HAND, bar.watch()) as unite:
        report = run_sync(unite, request)
    say(
        f"{report.requests_sent} requests were sent in {in_words(time.monotonic() - began)}, "
        "log-ins and retries included"
    )
    if report.rejected_rows:
        click.echo(_rejected(report.rejected_rows, unite.places.warehouse), err=True)
    if not report.is_done:
        raise NotProvenError(_not_done(report))
    say(f"Everything asked for is proven complete. Warehouse: {unite.places.warehouse}")
    return report


def _rejected(rows: int, warehouse: Path) -> str:
    did_not_fit = "1 row did not fit its contract" if rows == 1 else f"{rows} rows did not fit their contract"
    return f"unite-pipeline: warning: {did_not_fit}; table rejected_rows of {warehouse} tells which and why"


def _not_done(report: SyncReport) -> str:
    broken = [f"{step} broke down: {message}" for step, message in report.failed_steps.items()]
    text = " | ".join([*report.verdict.in_short, *broken])
    return f"Not proven complete; what came is kept, run sync again for the rest. {text}".replace("\n", " ")


def _day(value: datetime | None) -> date | None:
    return None if value is None else value.date()
