"""The jobs and schedules that an operator starts or switches on.

Here: which assets make a job, and when it runs by itself. Not here: the assets.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from unite_pipeline.clock import machine_clock
from unite_pipeline.defs import audio, lake, raw, warehouse
from unite_pipeline.defs.requests import OLDER_TAG, PROOF, range_tags
from unite_pipeline.extract.agenda import agenda
from unite_pipeline.extract.cdr_window import FEED
from unite_pipeline.extract.days import DayRange, local_day
from unite_pipeline.extract.known import known_days
from unite_pipeline.extract.plan import Request
from unite_pipeline.installation import has_login_token, places_of
from unite_pipeline.instance import end_dead_runs
from unite_pipeline.lake.manifests import finished_reads
from unite_pipeline.settings import Settings
from unite_pipeline.warehouse.model import WAREHOUSE_TABLES

if TYPE_CHECKING:  # the class has no public name
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

SYNC_JOB = "sync"
SYNC_CALLS_JOB = "sync_calls"
AUDIO_JOB = "audio"
# In a job of their own: their results would be most of what an hourly run writes.
_CHECKS = dg.AssetSelection.all_asset_checks()
_OF_CALLS = ("calls", "call_legs", "numbers", "number_parties")
"""The lake's tables that calls alone can change."""
_IN_FLIGHT = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


def build_jobs() -> "list[UnresolvedAssetJobDefinition]":
    """The three jobs.

    `sync` makes everything but sound; `sync_calls` only what has days, for older ranges of a long catching-up; `audio`
    brings sound, after a sync.
    """
    tables = [warehouse.key_of(table.name) for table in WAREHOUSE_TABLES]
    calls = [raw.CDR_LOGS, *(lake.key_of(name) for name in (*_OF_CALLS, "coverage")), *tables, PROOF]
    return [
        dg.define_asset_job(
            SYNC_JOB,
            selection=dg.AssetSelection.all() - dg.AssetSelection.assets(audio.AUDIO) - _CHECKS,
            description="Brings every feed, lake and warehouse up to date",
        ),
        dg.define_asset_job(
            SYNC_CALLS_JOB,
            selection=dg.AssetSelection.assets(*calls) - _CHECKS,
            description="Brings the calls of older days, lake and warehouse up to date",
        ),
        dg.define_asset_job(
            AUDIO_JOB,
            selection=dg.AssetSelection.assets(audio.AUDIO, lake.key_of("recording_audio"), *tables) - _CHECKS,
            description="Brings the sound of recordings, for the extensions of UNITE_AUDIO_EXTENSIONS",
        ),
    ]


def build_hourly(settings: Settings) -> dg.ScheduleDefinition:
    """The hourly refresh. It is on from the start only where there is a login token to use."""
    status = dg.DefaultScheduleStatus.RUNNING if has_login_token(settings) else dg.DefaultScheduleStatus.STOPPED

    @dg.schedule(
        name="hourly",
        job_name=SYNC_JOB,
        cron_schedule="5 * * * *",
        execution_timezone=settings.timezone,
        default_status=status,
        description="Today, the look-back, days that are not proven, and one older range of such days",
    )
    def hourly(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        end_dead_runs(context.instance, places_of(settings))
        runs = context.instance.get_runs(dg.RunsFilter(job_name=SYNC_JOB, statuses=_IN_FLIGHT))
        newest, *older = open_ended_agenda(settings)
        if not all(OLDER_TAG in run.tags for run in runs):
            yield dg.SkipReason("The former refresh is still under way")
            return
        hour = int(context.scheduled_execution_time.timestamp()) // 3600
        yield dg.RunRequest(f"{hour} newest", tags={**range_tags(newest, is_reread=False), "dagster/priority": "10"})
        if older and not runs:
            # One a tick, another each hour: a range that cannot be proven keeps no other waiting.
            chosen = older[hour % len(older)]
            yield dg.RunRequest(f"{hour} older", tags={**range_tags(chosen, is_reread=False), OLDER_TAG: "true"})

    return hourly


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
        if context.instance.get_runs(dg.RunsFilter(job_name=AUDIO_JOB, statuses=_IN_FLIGHT), limit=1):
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
