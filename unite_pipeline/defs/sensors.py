"""What looks after runs: those of dead processes are ended, and what runs of a part brought is published.

Here: which runs leave the warehouse behind. Not here: the job that brings it up to date (`jobs.py`), how a dead process
is told (`instance.py`), what is told of failures (`alerts.py`).
"""

import json
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import dagster as dg

from unite_pipeline.defs import audio, lake, raw, warehouse
from unite_pipeline.defs.checks import CHECKS_JOB
from unite_pipeline.defs.ended import ended_since
from unite_pipeline.defs.requests import PUBLISH_JOB, days_of, range_tags
from unite_pipeline.defs.schedules import IN_FLIGHT
from unite_pipeline.extract.days import DayRange, local_day
from unite_pipeline.installation import has_login_token, places_of
from unite_pipeline.instance import look_after_runs
from unite_pipeline.settings import Settings

_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
_LOOK_EVERY_S = 30
_BRINGING = {raw.GROUP, lake.GROUP, audio.AUDIO.path[0]}
_NEAR = timedelta(days=1)
"""Days that lie further apart are told of by runs of their own, so that none tells of days that nobody read."""


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
            context.update_cursor(json.dumps({"since": datetime.now(UTC).timestamp(), "seen": []}))
            return dg.SkipReason("Looks at runs that end from now on")
        if context.instance.get_runs(dg.RunsFilter(job_name=PUBLISH_JOB, statuses=IN_FLIGHT), limit=1):
            return dg.SkipReason("The warehouse is being brought up to date")
        since, seen = _looked(context.cursor)
        looked = ended_since(context.instance, since, seen, _ENDED)
        if not looked.fresh:
            return dg.SkipReason("No run has ended since")
        cursor = json.dumps({"since": looked.since, "seen": looked.seen})
        runs = [record.dagster_run for record in looked.fresh]
        behind = [run for run in runs if leaves_the_warehouse_behind(context.instance, run)]
        today = local_day(datetime.now(UTC), settings.zone)
        requests = [
            # Named by a run, since each is looked at once; a moment may be that of two looks.
            dg.RunRequest(f"{behind[-1].run_id} {days.first}", tags=range_tags(days, is_reread=False))
            for days in spans(days for run in behind for days in _days_of(context.instance, run, today))
        ]
        return dg.SensorResult(run_requests=requests, cursor=cursor)

    return publish_what_came


def _looked(cursor: str) -> tuple[float, list[str]]:
    """Until when runs were looked at, and which of them will be found again."""
    told = json.loads(cursor)
    # Earlier versions kept the moment alone.
    return (told["since"], told["seen"]) if isinstance(told, dict) else (float(told), [])


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


def leaves_the_warehouse_behind(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether a run that has ended may have brought something that the warehouse does not hold.

    A `publish` that failed is not repeated: what keeps it from publishing would keep the next one, and each hourly run
    does the same at its end. Checks bring nothing, also where they fail.
    """
    if run.job_name in (PUBLISH_JOB, CHECKS_JOB) or (run.asset_check_selection and not run.asset_selection):
        return False
    # Of a whole job Dagster notes no selection; of one that the command line runs in its own process, an empty one.
    groups = {key.path[0] for key in run.asset_selection or ()} or _BRINGING | {warehouse.GROUP}
    if not groups & _BRINGING:
        return False
    # A run that failed at its verdict had published before; one that was ended earlier had not.
    is_whole = run.status is dg.DagsterRunStatus.SUCCESS
    return warehouse.GROUP not in groups if is_whole else not _has_published(instance, run)


def _has_published(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    return any(made.asset_key.path[0] == warehouse.GROUP for made in _made(instance, run))


def _days_of(instance: dg.DagsterInstance, run: dg.DagsterRun, today: date) -> list[DayRange]:
    """The days that a run brought: those it was for, or, if it did not reach its end, those it told of as done."""
    asked = days_of(run.tags)
    if asked is None or run.status is dg.DagsterRunStatus.SUCCESS:
        return [asked or DayRange(today, today)]
    done = {made.partition for made in _made(instance, run) if made.asset_key == raw.CDR_LOGS and made.partition}
    return [DayRange(day, day) for day in map(date.fromisoformat, done)] or [DayRange(today, today)]


def _made(instance: dg.DagsterInstance, run: dg.DagsterRun) -> list[dg.AssetMaterialization]:
    records = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION).records
    made = [record.event_log_entry.asset_materialization for record in records]
    return [each for each in made if each is not None]


def spans(ranges: Iterable[DayRange]) -> list[DayRange]:
    """The days of all, oldest first, those together that lie within `_NEAR` of each other."""
    joined: list[DayRange] = []
    for each in sorted(ranges, key=lambda days: days.first):
        if joined and each.first <= joined[-1].last + _NEAR:
            joined[-1] = DayRange(joined[-1].first, max(joined[-1].last, each.last))
        else:
            joined.append(each)
    return joined
