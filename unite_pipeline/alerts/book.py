"""What was told to whom, and what still has to be: so that nothing is told twice in a row, and nothing is lost.

Here: the rules (decision 0013), on plain values. Not here: where they are kept (a sensor's cursor, `defs/alerts.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from unite_pipeline.alerts.alert import Alert, Kind
from unite_pipeline.alerts.delivery import DeliveryError, Target

REPEAT_AFTER_S = 6 * 3600.0
"""The same failure is told again when it still comes after so long."""
MAX_ATTEMPTS = 15
"""Tries of one alert, the pauses doubled up to an hour: about ten hours; then it is given up."""
_FORGOTTEN_AFTER_S = 30 * 86_400.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 60.0, 3600.0
_MOST_PENDING, _MOST_SEEN = 50, 200
_A_TICK_S = 30.0
"""Dagster ends the evaluation of a sensor after a minute."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that has ended, as far as it is told of.

    Args:
        run_id: Dagster's id.
        job: the job, with what sets the run apart from others of it.
        ended_at: seconds since 1970.
        kind: FAILED or CANCELED; None where it went well.
        failure: the failure's name, the same for the same fault in another run.
        reason: the sentence that it ended with.
        to_do: what to do about it.
    """

    run_id: str
    job: str
    ended_at: float
    kind: Kind | None = None
    failure: str = ""
    reason: str = ""
    to_do: str = ""


class Told(msgspec.Struct):
    """A failure that was told: when, whether people take it for lasting, and how often it came untold since."""

    told_at: float
    is_open: bool = True
    repeats: int = 0


class Pending(msgspec.Struct):
    """An alert on its way: to whom still, how often it was tried, and when it is tried next."""

    alert: Alert
    targets: list[str]
    attempts: int = 0
    next_at: float = 0.0


class Book(msgspec.Struct):
    """All that is kept between two looks.

    Args:
        since: runs that were changed after this moment were not looked at; seconds since 1970.
        seen: the last runs that were looked at, by id.
        told: by job and failure.
        pending: alerts on their way, oldest first.
    """

    since: float
    seen: list[str] = []
    told: dict[str, Told] = {}
    pending: list[Pending] = []

    def note(self, ended: Ended, tenant: str, targets: Sequence[str]) -> None:
        """Take note of a run that has ended, and make the alert that is due for it, if one is."""
        if ended.run_id in self.seen:
            return
        self.seen = [*self.seen[1 - _MOST_SEEN :], ended.run_id]
        self.told = {key: told for key, told in self.told.items() if ended.ended_at - told.told_at < _FORGOTTEN_AFTER_S}
        alert = self._recovery(ended, tenant) if ended.kind is None else self._failure(ended, ended.kind, tenant)
        if alert is not None:
            self.pending = [*self.pending[1 - _MOST_PENDING :], Pending(alert, list(targets))]

    def _failure(self, ended: Ended, kind: Kind, tenant: str) -> Alert | None:
        key = f"{ended.job}\n{ended.failure}"
        before = self.told.get(key)
        if before is not None and ended.ended_at - before.told_at < REPEAT_AFTER_S:
            before.repeats += 1
            return None
        self.told[key] = Told(ended.ended_at)
        return Alert(
            kind=kind,
            tenant=tenant,
            at=_text(ended.ended_at),
            job=ended.job,
            run_id=ended.run_id,
            failure=ended.failure,
            reason=ended.reason,
            to_do=ended.to_do,
            repeats=0 if before is None else before.repeats,
        )

    def _recovery(self, ended: Ended, tenant: str) -> Alert | None:
        """One for all failures of the job that people take for lasting."""
        lasting = [told for key, told in self.told.items() if key.partition("\n")[0] == ended.job and told.is_open]
        for told in lasting:
            told.is_open = False
        if not lasting:
            return None
        at = _text(ended.ended_at)
        return Alert(kind=Kind.WORKING_AGAIN, tenant=tenant, at=at, job=ended.job, run_id=ended.run_id)

    def deliver(
        self, targets: Sequence[Target], now: float, elapsed_s: Callable[[], float] = time.monotonic
    ) -> list[str]:
        """Send what is due; what got through is taken out, what did not is kept for later.

        Args:
            targets: everybody whom the settings name now; who is named no longer is told nothing.
            now: seconds since 1970.
            elapsed_s: a clock that bounds how long this takes.

        Returns:
            What did not get through, a sentence each.
        """
        problems: list[str] = []
        ends_at = elapsed_s() + _A_TICK_S
        for pending in self.pending:
            if pending.next_at > now or elapsed_s() >= ends_at:
                continue
            left = []
            for target in targets:
                if target.name in pending.targets and (problem := _problem(target, pending.alert)):
                    left.append(target.name)
                    problems.append(problem)
            pending.targets, pending.attempts = left, pending.attempts + 1
            pending.next_at = now + min(_FIRST_PAUSE_S * 2 ** (pending.attempts - 1), _LONGEST_PAUSE_S)
        given_up = [each for each in self.pending if each.targets and each.attempts >= MAX_ATTEMPTS]
        problems += [f"given up after {each.attempts} tries: {each.alert.subject}" for each in given_up]
        self.pending = [each for each in self.pending if each.targets and each.attempts < MAX_ATTEMPTS]
        return problems


def _problem(target: Target, alert: Alert) -> str | None:
    try:
        target.send(alert)
    except DeliveryError as error:
        return str(error)
    return None


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
