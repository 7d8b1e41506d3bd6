"""The sensor that tells somebody outside Dagster of runs that fail, once, and that they work again, once.

Here: which runs have ended, and why. Not here: what is told and how often (`alerts/`). It breaks no run, and an alert
that does not get through stays in the cursor until it does.
"""

import re
import time
from datetime import UTC
from typing import Any

import dagster as dg
import msgspec

from unite_pipeline.alerts.alert import Kind
from unite_pipeline.alerts.book import Book, Ended, Told
from unite_pipeline.alerts.delivery import targets_of
from unite_pipeline.defs.ended import ended_since
from unite_pipeline.defs.failures import FAILURE, TO_DO
from unite_pipeline.defs.requests import BACKFILL_TAG, OLDER_TAG, SWEEP_TAG
from unite_pipeline.instance import PROCESS_GONE
from unite_pipeline.settings import Settings

_LOOK_EVERY_S = 60
_MOST_RUNS = 100
_KIND = {dg.DagsterRunStatus.FAILURE: Kind.FAILED, dg.DagsterRunStatus.CANCELED: Kind.CANCELED}
_ENDED = [dg.DagsterRunStatus.SUCCESS, *_KIND]
_BY_MACHINE = ("Canceling due to exceeding maximum runtime",)
"""How Dagster begins what it notes where it cancels a run by itself; anything else it notes is somebody's doing."""
_OLDEST_NEWS_S = 86_400.0
_INTERRUPTED = dg.DagsterExecutionInterruptedError.__name__
_APART = {BACKFILL_TAG: "back-fill", OLDER_TAG: "older days", SWEEP_TAG: "sweep"}
_TOLD_TO_END = "The process of this run was told to end, as when the code server or the machine is restarted"
_NOT_BEGUN = "Do what the message says: until then no run can begin"
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
        now, began_s = time.time(), time.monotonic()
        book = _book(context.cursor, now)
        look(context.instance, book, settings.tenant, [target.name for target in targets])
        done = book.deliver(targets, now, began_s=began_s)
        for problem in done.problems:
            context.log.warning("An alert did not get through: %s", problem)
        context.update_cursor(msgspec.json.encode(book).decode())
        return dg.SkipReason("; ".join([f"{done.sent} alerts sent, {len(book.pending)} on their way", *done.problems]))

    return alerts


class _Lasting(msgspec.Struct):
    """What every version's book has kept in the same shape."""

    since: float
    seen: list[str] = []
    told: dict[str, Told] = {}


def _book(cursor: str | None, now: float) -> Book:
    """The book as it was kept; alerts that are switched on again after a pause begin a day back."""
    if not cursor:
        return Book(since=now)
    try:
        book = msgspec.json.decode(cursor, type=Book)
    except msgspec.ValidationError:  # an earlier version's: what it had on its way is lost, and nothing else
        kept = msgspec.json.decode(cursor, type=_Lasting)
        book = Book(since=kept.since, seen=kept.seen, told=kept.told)
    book.since = max(book.since, now - _OLDEST_NEWS_S)
    return book


def look(instance: dg.DagsterInstance, book: Book, tenant: str, targets: list[str]) -> None:
    """Take note of the runs that have ended since the last look, in the order in which they did."""
    looked = ended_since(instance, book.since, book.seen, _ENDED, _MOST_RUNS)
    for record in looked.fresh:
        ended = ended_of(instance, record)
        if ended is None:
            book.saw(record.dagster_run.run_id)
        else:
            book.note(ended, tenant, targets)
    book.since = looked.since
    book.forget(looked.seen)


def ended_of(instance: dg.DagsterInstance, record: dg.RunRecord) -> Ended | None:
    """A run that has ended, as far as it is told of.

    None for one that somebody cancelled, and for one by hand that went well: it is of other assets than the one that
    failed, as a rule, and whoever started it sees it.
    """
    run = record.dagster_run
    kind = _KIND.get(run.status)
    told_of = Ended(
        run.run_id, _job(run), record.end_time or record.update_timestamp.replace(tzinfo=UTC).timestamp(), kind
    )
    if kind is None:
        return None if _is_by_hand(run) else told_of
    if kind is Kind.CANCELED:
        by_machine = _by_machine(instance, run)
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
        kind = _kind(error)
        if _is_interrupted(error):
            return _because(ended, next(iter(_by_machine(instance, run)), _TOLD_TO_END), _GOES_ON)
        name = f"{kind} in {event.step_key}"
        return _with(ended, name, f"The step {event.step_key} ended with {kind}", _REPORT)
    return None


def _of_run(instance: dg.DagsterInstance, run: dg.DagsterRun, ended: Ended) -> Ended:
    """What Dagster, or our sensor, noted of a run that no step ended: a process that died, a time that was up.

    Or one that could not begin, since what its steps need could not be made.
    """
    for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE):
        event = entry.dagster_event
        error = getattr(event and event.event_specific_data, "error", None)  # none where no code of a run failed
        if error is None or _is_interrupted(error):
            continue
        kind = _kind(error)
        if kind == dg.Failure.__name__:  # ours; of it Dagster keeps the sentence alone here
            text = (error.cause or error).message.partition(": ")[2].strip()
            return _with(ended, "the run could not begin", text, _NOT_BEGUN)
        return _with(ended, f"{kind} outside a step", f"The run ended with {kind}, before or after its steps", _REPORT)
    told = [text for text in _messages(instance, run, dg.DagsterEventType.RUN_FAILURE) if text]
    return _because(ended, told[0] if told else PROCESS_GONE, _GOES_ON)


def _by_machine(instance: dg.DagsterInstance, run: dg.DagsterRun) -> list[str]:
    """Why Dagster cancelled a run by itself, if it did."""
    reasons = _messages(instance, run, dg.DagsterEventType.RUN_CANCELING)
    return [reason for reason in reasons if reason.startswith(_BY_MACHINE)]


def _kind(error: Any) -> str:
    """The class of what went wrong first; Dagster's own class of errors has no public name."""
    name = None if error is None else (error.cause or error).cls_name
    return str(name or "an error")


def _because(ended: Ended, reason: str, to_do: str) -> Ended:
    name = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "#", reason.partition("\n")[0])[:100]
    return _with(ended, name, reason.partition("\n")[0], to_do)


def _with(ended: Ended, failure: str, reason: str, to_do: str) -> Ended:
    return Ended(ended.run_id, ended.job, ended.ended_at, ended.kind, failure, reason, to_do)


def _is_interrupted(error: Any) -> bool:
    """Whether the process was told to end, also where what was under way made another error of that."""
    while error is not None:
        if error.cls_name == _INTERRUPTED:
            return True
        error = error.cause or error.context
    return False


def _messages(instance: dg.DagsterInstance, run: dg.DagsterRun, kind: dg.DagsterEventType) -> list[str]:
    logs = instance.all_logs(run.run_id, of_type=kind)
    return [each.dagster_event.message or "" for each in logs if each.dagster_event is not None]


def _is_by_hand(run: dg.DagsterRun) -> bool:
    """Whether somebody chose assets: no job, or a part of one."""
    return run.job_name.startswith("__") or bool(run.asset_selection)


def _job(run: dg.DagsterRun) -> str:
    """The job, and what sets the run apart: that older days cannot be had says nothing of today's."""
    name = "assets by hand" if _is_by_hand(run) else run.job_name
    apart = [word for tag, word in _APART.items() if tag in run.tags]
    return f"{name} ({', '.join(apart)})" if apart else name
