"""When the jobs run by themselves: hourly, nightly, weekly, and sound.

Here: which days a tick asks for, and when it asks for none. Not here: what a job makes (`jobs.py`).
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import dagster as dg

from unite_pipeline.clock import machine_clock
from unite_pipeline.defs.jobs import AUDIO_JOB, SYNC_JOB
from unite_pipeline.defs.requests import BACKFILL_TAG, OLDER_TAG, SWEEP_DAYS, SWEEP_TAG, is_refresh, range_tags
from unite_pipeline.errors import UnitePipelineError
from unite_pipeline.extract.agenda import agenda
from unite_pipeline.extract.cdr_window import FEED
from unite_pipeline.extract.days import DAY, DayRange, ends_at, local_day
from unite_pipeline.extract.known import FINAL_AFTER, known_days
from unite_pipeline.extract.plan import Request
from unite_pipeline.installation import has_login_token, places_of
from unite_pipeline.instance import end_dead_runs
from unite_pipeline.lake.manifests import finished_reads
from unite_pipeline.settings import Settings

IN_FLIGHT = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]
_IN_VAIN = (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
NIGHT_TAG = "unite_pipeline/night"
"""The day that a nightly run closes; there is one run a night."""
WEEK_TAG = "unite_pipeline/week"
"""The Sunday from which on a weekly run is due; there is one run a week."""
PRIORITY_TAG = "dagster/priority"
TRIED_TAG = "unite_pipeline/tried_on"
"""The local day on which a nightly or weekly run was asked for."""
TRIES = 3
"""So many runs a night, or on each day of a week: one that failed or was cancelled is not the one that was to be had.

An outage of a morning uses them up, so a week has them anew each day; a night has no other day.
"""
_NOT_YET = "UNITE_START_DATE is in the future"

Planned = tuple[str, DayRange, dict[str, str]]
"""The tag that marks a run as the one of its night or week, with its value; its days; its further tags."""


def build_schedules(settings: Settings) -> list[dg.ScheduleDefinition]:
    """The four schedules that ask the API. They are on from the start only where there is a login token to use."""
    return [build_hourly(settings), build_nightly(settings), build_weekly(settings), build_audio_schedule(settings)]


def build_hourly(settings: Settings) -> dg.ScheduleDefinition:
    """The hourly refresh."""

    @dg.schedule(
        name="hourly",
        job_name=SYNC_JOB,
        cron_schedule="5 * * * *",
        execution_timezone=settings.timezone,
        default_status=_status(settings),
        description="Today, the look-back, days that are not proven, and one older range of such days",
    )
    def hourly(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        runs = _syncs_in_flight(context, settings)
        if any(is_refresh(run.tags) for run in runs):
            yield dg.SkipReason("The former refresh is still under way")
            return
        if local_day(context.scheduled_execution_time, settings.zone) < settings.start_date:
            yield dg.SkipReason(_NOT_YET)
            return
        try:
            newest, *older = open_ended_agenda(settings)
        except (UnitePipelineError, OSError) as error:
            # A tick that fails makes no run, and nobody is told. The run meets the same, fails with its words, and is.
            context.log.warning("Which days are open cannot be told; a run tells why: %s", type(error).__name__)
            newest, older = _without_what_is_known(context.scheduled_execution_time, settings), []
        hour = int(context.scheduled_execution_time.timestamp()) // 3600
        yield dg.RunRequest(f"{hour} newest", tags={**range_tags(newest, is_reread=False), PRIORITY_TAG: "10"})
        if older and not runs and not _backfills_in_flight(context):
            # One a tick, another each hour: a range that cannot be proven keeps no other waiting.
            chosen = older[hour % len(older)]
            tags = {**range_tags(chosen, is_reread=False), OLDER_TAG: "true", PRIORITY_TAG: "-10"}
            yield dg.RunRequest(f"{hour} older", tags=tags)

    return hourly


def build_nightly(settings: Settings) -> dg.ScheduleDefinition:
    """The nightly close: once yesterday may be final, the look-back and today are read in full, whatever their counts.

    It asks each hour until it has had its run: one that met another run, or a machine that slept, is late and not lost.
    """

    def plan(now: datetime) -> Planned | str:
        return nightly_plan(now, settings.zone, settings.start_date, settings.lookback_days)

    return _build_once(
        settings,
        "nightly",
        # Three minutes before the hourly one, which then finds its work done.
        "2 6-23 * * *",
        "The look-back and today read in full, and all lists; once a night, when yesterday may be final",
        NIGHT_TAG,
        plan,
    )


def build_weekly(settings: Settings) -> dg.ScheduleDefinition:
    """The weekly sweep: everything that moves slowly, and a month of days counted; from Sunday on, once a week.

    One that is not had on Sunday is tried on the days after, until the next Sunday.
    """

    def plan(now: datetime) -> Planned | str:
        return weekly_plan(now, settings.zone, settings.start_date)

    return _build_once(
        settings,
        "weekly",
        "32 6-23 * * *",
        "Properties and recordings of all extensions that were not read lately, and a month of days counted once more",
        WEEK_TAG,
        plan,
    )


def nightly_plan(now: datetime, zone: ZoneInfo, start_date: date, lookback_days: int) -> Planned | str:
    """What a nightly run reads, or why there is none yet.

    Args:
        now: the moment of the tick.
        zone: whose days; on the day on which clocks go forward yesterday is final at seven, not at six.
        start_date: first day wanted.
        lookback_days: days before today that are read again; one at least.
    """
    today = local_day(now, zone)
    yesterday = today - DAY
    if yesterday < start_date:
        return "No day is over yet"
    final_at = ends_at(yesterday, zone) + FINAL_AFTER
    if now < final_at:
        return f"Yesterday may be final at {final_at.astimezone(zone):%H:%M}, not before"
    days = DayRange(max(start_date, today - DAY * max(lookback_days, 1)), today)
    return str(yesterday), days, {**range_tags(days, is_reread=True), PRIORITY_TAG: "10"}


def weekly_plan(now: datetime, zone: ZoneInfo, start_date: date) -> Planned | str:
    """What a weekly run looks at, or why there is none yet.

    Args:
        now: the moment of the tick.
        zone: whose days.
        start_date: first day wanted.
    """
    today = local_day(now, zone)
    if today < start_date:
        return _NOT_YET
    sunday = today - DAY * (today.isoweekday() % 7)
    days = DayRange(max(start_date, today - DAY * SWEEP_DAYS), today)
    return str(sunday), days, {**range_tags(days, is_reread=False), SWEEP_TAG: "true", PRIORITY_TAG: "-5"}


def _build_once(
    settings: Settings, name: str, cron: str, description: str, mark: str, plan: Callable[[datetime], Planned | str]
) -> dg.ScheduleDefinition:
    """A schedule that asks each hour of the day whether its run was had, and has it once."""

    @dg.schedule(
        name=name,
        job_name=SYNC_JOB,
        cron_schedule=cron,
        execution_timezone=settings.timezone,
        default_status=_status(settings),
        description=description,
    )
    def scheduled(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        planned = plan(context.scheduled_execution_time)
        if isinstance(planned, str):
            return dg.SkipReason(planned)
        which, _, tags = planned
        today = str(local_day(context.scheduled_execution_time, settings.zone))
        refreshes = [run for run in _syncs_in_flight(context, settings) if is_refresh(run.tags)]
        had = context.instance.get_runs(dg.RunsFilter(job_name=SYNC_JOB, tags={mark: which}))
        if any(run.status not in _IN_VAIN for run in had):
            return dg.SkipReason(f"The run of {which} was had")
        if sum(run.tags.get(TRIED_TAG) == today for run in had) >= TRIES:
            return dg.SkipReason(f"The run of {which} was tried {TRIES} times today; see what the last one failed at")
        if refreshes:
            return dg.SkipReason("A refresh is under way; the next tick asks again")
        return dg.RunRequest(tags={**tags, mark: which, TRIED_TAG: today})

    return scheduled


def build_audio_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Sound, half an hour after the refresh; on from the start where extensions are named and there is a token."""
    is_on = bool(settings.audio_numbers) and has_login_token(settings)

    @dg.schedule(
        name="audio",
        job_name=AUDIO_JOB,
        cron_schedule="35 * * * *",
        execution_timezone=settings.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING if is_on else dg.DefaultScheduleStatus.STOPPED,
        description="The sound of recordings that is wanted and not here yet",
    )
    def scheduled(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        end_dead_runs(context.instance, places_of(settings))
        if not settings.audio_numbers:
            return dg.SkipReason("UNITE_AUDIO_EXTENSIONS names no extension")
        if context.instance.get_runs(dg.RunsFilter(job_name=AUDIO_JOB, statuses=IN_FLIGHT), limit=1):
            return dg.SkipReason("The former download is still under way")
        return dg.RunRequest()

    return scheduled


def open_ended_agenda(settings: Settings) -> list[DayRange]:
    """The ranges that a sync without days covers, newest first."""
    clock = machine_clock()
    now = clock.utc()
    today = local_day(now, settings.zone)
    request = Request(DayRange(settings.start_date, today), False, now, settings.lookback_days)
    reads = finished_reads(places_of(settings).raw, FEED, settings.tenant)
    return agenda(request, known_days(reads), now, settings.zone)


def _without_what_is_known(now: datetime, settings: Settings) -> DayRange:
    """Today and the look-back."""
    today = local_day(now, settings.zone)
    return DayRange(max(settings.start_date, today - DAY * settings.lookback_days), today)


def _status(settings: Settings) -> dg.DefaultScheduleStatus:
    return dg.DefaultScheduleStatus.RUNNING if has_login_token(settings) else dg.DefaultScheduleStatus.STOPPED


def _backfills_in_flight(context: dg.ScheduleEvaluationContext) -> bool:
    """Whether a back-fill reads days, as part of the job or, as the UI starts it, as assets."""
    runs = context.instance.get_runs(dg.RunsFilter(statuses=IN_FLIGHT))
    return any(BACKFILL_TAG in run.tags for run in runs)


def _syncs_in_flight(context: dg.ScheduleEvaluationContext, settings: Settings) -> list[dg.DagsterRun]:
    """The runs of the job that are under way, whoever started them; those of dead processes are ended first."""
    end_dead_runs(context.instance, places_of(settings))
    return list(context.instance.get_runs(dg.RunsFilter(job_name=SYNC_JOB, statuses=IN_FLIGHT)))
