"""What looks after runs: those of dead processes are ended, and what runs of a part brought is published.

Here: which runs leave the warehouse behind. Not here: the job that brings it up to date (`jobs.py`), how a dead process
is told (`instance.py`), what is told of failures (`alerts.py`).
"""

import json
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime

import dagster as dg

from unite_pipeline.defs import lake, raw, warehouse
from unite_pipeline.defs.jobs import PUBLISH_JOB
from unite_pipeline.defs.requests import days_of, range_tags
from unite_pipeline.defs.schedules import IN_FLIGHT
from unite_pipeline.extract.days import DayRange, local_day
from unite_pipeline.installation import has_login_token, places_of
from unite_pipeline.instance import look_after_runs
from unite_pipeline.settings import Settings

_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
_LOOK_EVERY_S = 30


def build_publish_sensor(settings: Settings) -> dg.SensorDefinition:
    """Starts `publish` after runs that brought rows, or made a part of the lake, and left the warehouse as it was.

    So a back-fill of `raw/cdr_logs` alone, or one that was cancelled, ends with its proven days in the warehouse. It
    asks the API nothing, and is on where the schedules are.
    """
    status = dg.DefaultSensorStatus.RUNNING if has_login_token(settings) else dg.DefaultSensorStatus.STOPPED

    @dg.sensor(
        name="publish_what_came",
        job_name=PUBLISH_JOB,
        minimum_interval_seconds=_LOOK_EVERY_S,
        default_status=status,
        description="Brings to the warehouse what runs of single assets, back-fills or cancelled runs brought",
    )
    def publish_what_came(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        if context.cursor is None:
            context.update_cursor(str(datetime.now(UTC).timestamp()))
            return dg.SkipReason("Looks at runs that end from now on")
        if context.instance.get_runs(dg.RunsFilter(job_name=PUBLISH_JOB, statuses=IN_FLIGHT), limit=1):
            return dg.SkipReason("The warehouse is being brought up to date")
        since = datetime.fromtimestamp(float(context.cursor), UTC)
        ended = context.instance.get_run_records(dg.RunsFilter(statuses=_ENDED, updated_after=since))
        if not ended:
            return dg.SkipReason("No run has ended since")
        cursor = str(max(record.update_timestamp.replace(tzinfo=UTC).timestamp() for record in ended))
        behind = [record.dagster_run for record in ended if leaves_the_warehouse_behind(record.dagster_run)]
        today = local_day(datetime.now(UTC), settings.zone)
        requests = [dg.RunRequest(cursor, tags=range_tags(_days(behind, today), is_reread=False))] if behind else []
        return dg.SensorResult(run_requests=requests, cursor=cursor)

    return publish_what_came


def build_dead_run_sensor(settings: Settings) -> dg.SensorDefinition:
    """Ends runs whose process is gone, within a minute or two, whatever job they are of; always on.

    So that no dead run holds a place in the queue, and a back-fill that lost one goes on.
    """

    @dg.sensor(
        name="end_dead_runs",
        minimum_interval_seconds=_LOOK_EVERY_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Ends runs whose process was killed, also after the machine went down",
    )
    def end_dead_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        suspects = json.loads(context.cursor) if context.cursor else {}
        looked = look_after_runs(context.instance, places_of(settings), suspects, time.monotonic())
        context.update_cursor(json.dumps(looked.suspects))
        if looked.ended:
            return dg.SkipReason(f"Ended {len(looked.ended)} runs whose process is gone: {', '.join(looked.ended)}")
        return dg.SkipReason("No run of a dead process")

    return end_dead_runs


def leaves_the_warehouse_behind(run: dg.DagsterRun) -> bool:
    """Whether a run that has ended may have brought something that the warehouse does not hold."""
    if run.job_name == PUBLISH_JOB:
        return False
    if run.asset_selection is None:  # a whole job: all of ours that bring rows end with the warehouse
        return run.status is dg.DagsterRunStatus.CANCELED
    groups = {key.path[0] for key in run.asset_selection}
    brings = bool(groups & {raw.GROUP, lake.GROUP})
    return brings and (warehouse.GROUP not in groups or run.status is dg.DagsterRunStatus.CANCELED)


def _days(runs: Iterable[dg.DagsterRun], today: date) -> DayRange:
    """The days of all runs together; today for those without."""
    days = [found for run in runs if (found := days_of(run.tags)) is not None] or [DayRange(today, today)]
    return DayRange(min(each.first for each in days), max(each.last for each in days))
