"""One sync from outside Dagster: the same job, on the same instance, run in this process.

Here: cutting a sync into runs, and running them. Not here: what a run does (`defs/`), words for a person (`cli/`).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date, datetime

import dagster as dg

from unite_pipeline.definitions import build_definitions
from unite_pipeline.defs.jobs import AUDIO_JOB, SYNC_CALLS_JOB, SYNC_JOB
from unite_pipeline.defs.requests import range_tags
from unite_pipeline.errors import ConfigurationError
from unite_pipeline.extract.agenda import agenda
from unite_pipeline.extract.cdr_window import FEED
from unite_pipeline.extract.days import DayRange, local_day
from unite_pipeline.extract.known import known_days
from unite_pipeline.extract.plan import Request
from unite_pipeline.extract.verdict import Verdict, verdict
from unite_pipeline.installation import Unite
from unite_pipeline.instance import RUN_LOCK_TAG, alive, end_dead_runs, opened
from unite_pipeline.lake.manifests import finished_reads
from unite_pipeline.settings import Settings

_SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(slots=True)
class SyncReport:
    """What a sync came to.

    Args:
        request: what was asked for.
        verdict: what is not proven.
        requests_sent: requests to the API, log-ins and retries included.
        rejected_rows: rows taken in by this sync that did not fit their contract; a warning, not a failure.
        failed_steps: steps that broke down, by name, with the error's text; the proof's verdict is not one.
    """

    request: Request
    verdict: Verdict
    requests_sent: int
    rejected_rows: int = 0
    failed_steps: dict[str, str] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        """Everything asked for is proven, and nothing broke."""
        return self.verdict.is_proven and not self.failed_steps


def request_for(settings: Settings, first: date | None, last: date | None, now: datetime) -> Request:
    """What a sync with these days asks for.

    Raises:
        ConfigurationError: days in the wrong order, before UNITE_START_DATE or in the future.
    """
    today = local_day(now, settings.zone)
    if settings.start_date > today:
        message = (
            f"UNITE_START_DATE ({settings.start_date}) is in the future; today is {today} in {settings.timezone}. "
            "Set it to the first day that you want"
        )
        raise ConfigurationError(message)
    days = DayRange(first or settings.start_date, last or today)
    if days.first < settings.start_date:
        message = f"{days.first} is before UNITE_START_DATE ({settings.start_date}): set that to an earlier day first"
        raise ConfigurationError(message)
    if days.last > today:
        message = f"{days.last} is in the future; today is {today} in {settings.timezone}"
        raise ConfigurationError(message)
    if days.first > days.last:
        message = f"--from {days.first} is after --to {days.last}"
        raise ConfigurationError(message)
    return Request(days, first is not None or last is not None, now, settings.lookback_days)


def ranges_of(settings: Settings, unite: Unite, request: Request) -> list[DayRange]:
    """The runs that a request is cut into, newest first."""
    reads = finished_reads(unite.places.raw, FEED, settings.tenant)
    return agenda(request, known_days(reads), unite.clock.utc(), settings.zone)


def run_sync(unite: Unite, request: Request) -> SyncReport:
    """Run the sync job for every range of the request, and then the one for audio, if any is wanted.

    Raises:
        ConfigurationError: before anything is run, if the account cannot be used.
    """
    settings = unite.settings
    _ = unite.source
    definitions = build_definitions(settings, unite=unite)
    report = SyncReport(request, Verdict(()), 0)
    with opened(unite.places) as instance:
        end_dead_runs(instance, unite.places)
        job = SYNC_JOB
        for days in ranges_of(settings, unite, request):
            _run(definitions, instance, unite, job, range_tags(days, is_reread=request.is_reread), report)
            job = SYNC_CALLS_JOB
        if settings.audio_numbers:
            _run(definitions, instance, unite, AUDIO_JOB, {}, report)
    report.verdict = verdict(unite.places, request, settings.zone)
    report.requests_sent = unite.requests_sent
    report.rejected_rows = unite.rejected_rows
    return report


def _run(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    unite: Unite,
    job: str,
    tags: dict[str, str],
    report: SyncReport,
) -> None:
    unite.begin_run()
    token = secrets.token_hex(8)
    with alive(unite.places, token):
        result = definitions.resolve_job_def(job).execute_in_process(
            instance=instance,
            run_config=_SILENT,
            tags={**tags, RUN_LOCK_TAG: token},
            raise_on_error=False,
        )
    for event in result.all_events:
        if event.is_step_failure and event.step_key is not None and not event.step_key.startswith("proof"):
            error, told = event.step_failure_data.error, event.step_failure_data.user_failure_data
            if error is not None and error.cls_name == dg.DagsterExecutionInterruptedError.__name__:
                raise KeyboardInterrupt
            cause = error.cause or error if error is not None else None
            text = cause.message.strip() if cause is not None else "no reason was told"
            report.failed_steps[event.step_key] = (told and told.description) or text
