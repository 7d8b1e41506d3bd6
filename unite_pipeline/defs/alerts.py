"""The sensor that tells somebody outside Dagster of runs that fail, once, and that they work again, once.

Here: which runs have ended, and why. Not here: what is told and how often (`alerts/`). It breaks no run, and an alert
that does not get through stays in the cursor until it does.
"""

import re
import time
from datetime import UTC, datetime

import dagster as dg
import msgspec

from unite_pipeline.alerts.alert import Kind
from unite_pipeline.alerts.book import Book, Ended
from unite_pipeline.alerts.delivery import targets_of
from unite_pipeline.defs.failures import FAILURE, TO_DO
from unite_pipeline.defs.requests import BACKFILL_TAG, OLDER_TAG, SWEEP_TAG
from unite_pipeline.instance import PROCESS_GONE
from unite_pipeline.settings import Settings

_LOOK_EVERY_S = 60
_MOST_RUNS = 100
_KIND = {dg.DagsterRunStatus.FAILURE: Kind.FAILED, dg.DagsterRunStatus.CANCELED: Kind.CANCELED}
_ENDED = [dg.DagsterRunStatus.SUCCESS, *_KIND]
_BY_HAND = "Sending run termination request."
"""What Dagster notes where somebody cancels a run; its run monitoring notes its reason."""
_APART = {BACKFILL_TAG: "back-fill", OLDER_TAG: "older days", SWEEP_TAG: "sweep"}
_REPORT = "This is a fault of ours: report it with the log of the run"
_GOES_ON = (
    "Nothing: the next run goes on where this one stopped. If it comes again, look at memory and disk of the machine"
)


def build_alert_sensor(settings: Settings) -> dg.SensorDefinition:
    """Tells of failures where the settings name somebody to tell; on from the start there."""
    is_on = bool(targets_of(settings))

    @dg.sensor(
        name="alerts",
        minimum_interval_seconds=_LOOK_EVERY_S,
        default_status=dg.DefaultSensorStatus.RUNNING if is_on else dg.DefaultSensorStatus.STOPPED,
        description="Tells of runs that fail, and that they work again, once each (UNITE_ALERT_…, UNITE_SMTP_…)",
    )
    def alerts(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        targets = targets_of(settings)
        if not targets:
            return dg.SkipReason("UNITE_ALERT_WEBHOOK_URL and UNITE_ALERT_MAIL_TO name nobody")
        now = time.time()
        book = msgspec.json.decode(context.cursor, type=Book) if context.cursor else Book(since=now)
        look(context.instance, book, settings.tenant, [target.name for target in targets])
        waiting = len(book.pending)
        problems = book.deliver(targets, now)
        for problem in problems:
            context.log.warning("An alert did not get through: %s", problem)
        context.update_cursor(msgspec.json.encode(book).decode())
        sent = waiting - len(book.pending)
        return dg.SkipReason(
            f"{sent} alerts sent, {len(book.pending)} on their way" + "".join(f"; {p}" for p in problems)
        )

    return alerts


def look(instance: dg.DagsterInstance, book: Book, tenant: str, targets: list[str]) -> None:
    """Take note of the runs that have ended since the last look, in the order in which they did."""
    changed = dg.RunsFilter(statuses=_ENDED, updated_after=datetime.fromtimestamp(book.since, UTC))
    records = instance.get_run_records(changed, limit=_MOST_RUNS, order_by="update_timestamp", ascending=True)
    for record in records:
        book.since = max(book.since, record.update_timestamp.replace(tzinfo=UTC).timestamp())
        ended = ended_of(instance, record)
        if ended is not None:
            book.note(ended, tenant, targets)


def ended_of(instance: dg.DagsterInstance, record: dg.RunRecord) -> Ended | None:
    """A run that has ended, as far as it is told of; None for one that somebody cancelled."""
    run = record.dagster_run
    kind = _KIND.get(run.status)
    told_of = Ended(
        run.run_id, _job(run), record.end_time or record.update_timestamp.replace(tzinfo=UTC).timestamp(), kind
    )
    if kind is None:
        return told_of
    if kind is Kind.CANCELED:
        reasons = _messages(instance, run, dg.DagsterEventType.RUN_CANCELING)
        by_machine = [reason for reason in reasons if reason != _BY_HAND]
        return _because(told_of, by_machine[0], _GOES_ON) if by_machine else None
    return _of_step(instance, run, told_of) or _of_run(instance, run, told_of)


def _of_step(instance: dg.DagsterInstance, run: dg.DagsterRun, ended: Ended) -> Ended | None:
    """What the first failed step tells; of what is no failure of ours only its kind, since its text may quote a row."""
    for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
        event = entry.dagster_event
        if event is None:
            continue
        told, error = event.step_failure_data.user_failure_data, event.step_failure_data.error
        if told is not None and FAILURE in told.metadata:
            name, to_do = str(told.metadata[FAILURE].value), str(told.metadata[TO_DO].value)
            return _with(ended, name, told.description or name, to_do)
        if told is not None and told.description:
            return _with(ended, f"{event.step_key} failed", told.description, _REPORT)
        kind = "an error" if error is None else (error.cause or error).cls_name or "an error"
        name = f"{kind} in {event.step_key}"
        return _with(ended, name, f"The step {event.step_key} ended with {kind}", _REPORT)
    return None


def _of_run(instance: dg.DagsterInstance, run: dg.DagsterRun, ended: Ended) -> Ended:
    """What Dagster, or our sensor, noted of a run that no step ended: a process that died, a time that was up."""
    told = [text for text in _messages(instance, run, dg.DagsterEventType.RUN_FAILURE) if text]
    return _because(ended, told[0] if told else PROCESS_GONE, _GOES_ON)


def _because(ended: Ended, reason: str, to_do: str) -> Ended:
    name = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "#", reason.partition("\n")[0])[:100]
    return _with(ended, name, reason.partition("\n")[0], to_do)


def _with(ended: Ended, failure: str, reason: str, to_do: str) -> Ended:
    return Ended(ended.run_id, ended.job, ended.ended_at, ended.kind, failure, reason, to_do)


def _messages(instance: dg.DagsterInstance, run: dg.DagsterRun, kind: dg.DagsterEventType) -> list[str]:
    logs = instance.all_logs(run.run_id, of_type=kind)
    return [each.dagster_event.message or "" for each in logs if each.dagster_event is not None]


def _job(run: dg.DagsterRun) -> str:
    """The job, and what sets the run apart: that older days cannot be had says nothing of today's."""
    name = "assets by hand" if run.job_name.startswith("__") else run.job_name
    apart = [word for tag, word in _APART.items() if tag in run.tags]
    return f"{name} ({', '.join(apart)})" if apart else name
