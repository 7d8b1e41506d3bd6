"""The jobs and schedules that an operator starts or switches on.

Here: which assets make a job, and when it runs by itself. Not here: the assets.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from unite_pipeline.clock import machine_clock
from unite_pipeline.defs import lake, raw, warehouse
from unite_pipeline.defs.requests import OLDER_TAG, PROOF, range_tags
from unite_pipeline.extract.agenda import agenda
from unite_pipeline.extract.cdr_window import FEED
from unite_pipeline.extract.days import DayRange, local_day
from unite_pipeline.extract.known import known_days
from unite_pipeline.extract.plan import Request
from unite_pipeline.installation import has_login_token, places_of
from unite_pipeline.instance import end_dead_runs
from unite_pipeline.lake.manifests import finished_reads
from unite_pipeline.lake.tables import TABLES
from unite_pipeline.settings import Settings

if TYPE_CHECKING:  # the class has no public name
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

SYNC_JOB = "sync"
SYNC_CALLS_JOB = "sync_calls"
_IN_FLIGHT = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


def build_jobs() -> "list[UnresolvedAssetJobDefinition]":
    """`sync` makes everything; `sync_calls` only what has days, for older ranges of a long catching-up."""
    calls = [
        raw.CDR_LOGS,
        *(lake.key_of(name) for name in ("calls", "call_legs", "coverage")),
        *(warehouse.key_of(table.name) for table in TABLES),
        PROOF,
    ]
    return [
        dg.define_asset_job(
            SYNC_JOB,
            selection=dg.AssetSelection.all(),
            description="Brings every feed, lake and warehouse up to date",
        ),
        dg.define_asset_job(
            SYNC_CALLS_JOB,
            selection=dg.AssetSelection.assets(*calls),
            description="Brings the calls of older days, lake and warehouse up to date",
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


def open_ended_agenda(settings: Settings) -> list[DayRange]:
    """The ranges that a sync without days covers, newest first."""
    clock = machine_clock()
    now = clock.utc()
    today = local_day(now, settings.zone)
    request = Request(DayRange(settings.start_date, today), False, now, settings.lookback_days)
    reads = finished_reads(places_of(settings).raw, FEED, settings.tenant)
    return agenda(request, known_days(reads), now, settings.zone)
