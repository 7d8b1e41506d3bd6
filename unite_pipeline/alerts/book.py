"""What was told to whom, and what still has to be: so that nothing is told twice in a row, and nothing is lost.

Here: the rules (decision 0013), on plain values. Not here: where they are kept (a sensor's cursor, `defs/alerts.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
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
"""Dagster ends the evaluation of a sensor after a minute, and then forgets what it sent; a delivery more may be under
way when this time is over."""


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
    """An alert on its way to one of those who are told: how often it was tried, and when it is tried next.

    One each: whoever was told is not told again because another is slow.
    """

    alert: Alert
    target: str
    attempts: int = 0
    next_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a look came to.

    Args:
        sent: deliveries that got through, one for each who is told.
        problems: what did not, a sentence each.
    """

    sent: int
    problems: list[str]


class Book(msgspec.Struct):
    """All that is kept between two looks.

    Args:
        since: runs that were changed after this moment were not looked at; seconds since 1970.
        seen: the last runs that were looked at, by id.
        told: by job and failure.
        pending: alerts on their way, oldest first.
        dropped: alerts that were on their way when too many others came, and of which nobody was told yet.
    """

    since: float
    seen: list[str] = []
    told: dict[str, Told] = {}
    pending: list[Pending] = []
    dropped: int = 0

    def saw(self, run_id: str) -> bool:
        """Take note of a run by its id; whether it was not seen before."""
        if run_id in self.seen:
            return False
        self.seen = [*self.seen, run_id]
        return True

    def forget(self, again: Collection[str]) -> None:
        """Forget runs that were seen long ago.

        Args:
            again: runs that the next look finds again, however many they are.
        """
        last = set(self.seen[-_MOST_SEEN:]) | set(again)
        self.seen = [run_id for run_id in self.seen if run_id in last]

    def note(self, ended: Ended, tenant: str, targets: Sequence[str]) -> None:
        """Take note of a run that has ended, and make the alert that is due for it, if one is."""
        if not self.saw(ended.run_id):
            return
        self.told = {key: told for key, told in self.told.items() if ended.ended_at - told.told_at < _FORGOTTEN_AFTER_S}
        alert = self._recovery(ended, tenant) if ended.kind is None else self._failure(ended, ended.kind, tenant)
        if alert is not None:
            pending = [*self.pending, *(Pending(alert, target) for target in targets)]
            self.dropped += max(0, len(pending) - _MOST_PENDING)
            self.pending = pending[-_MOST_PENDING:]

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
        self,
        targets: Sequence[Target],
        now: float,
        elapsed_s: Callable[[], float] = time.monotonic,
        began_s: float | None = None,
    ) -> Delivered:
        """Send what is due; what got through is taken out, what did not is kept for later.

        Args:
            targets: everybody whom the settings name now; who is named no longer is told nothing.
            now: seconds since 1970.
            elapsed_s: a clock that bounds how long this takes.
            began_s: when the look began, on that clock; now, if not given.
        """
        named = {target.name: target for target in targets}
        problems, self.dropped = self._of_dropped(), 0
        self.pending = [each for each in self.pending if each.target in named]
        ends_at = (elapsed_s() if began_s is None else began_s) + _A_TICK_S
        sent = 0
        # Those who were tried least come first, so that a slow one does not take every look's time from the others.
        for each in sorted(self.pending, key=lambda pending: pending.attempts):
            if each.next_at > now:
                continue
            if elapsed_s() >= ends_at:
                break
            each.attempts += 1
            each.next_at = now + min(_FIRST_PAUSE_S * 2 ** (each.attempts - 1), _LONGEST_PAUSE_S)
            problem = _problem(named[each.target], each.alert)
            if problem is None:
                sent += 1
                self.pending = [other for other in self.pending if other is not each]
            else:
                problems.append(problem)
        given_up = [each for each in self.pending if each.attempts >= MAX_ATTEMPTS]
        problems += [f"given up after {each.attempts} tries: {each.alert.subject}" for each in given_up]
        self.pending = [each for each in self.pending if each.attempts < MAX_ATTEMPTS]
        return Delivered(sent, problems)

    def _of_dropped(self) -> list[str]:
        more = f"more than {_MOST_PENDING} were on their way. See the page Runs for what failed"
        return [f"the {self.dropped} oldest were dropped: {more}"] if self.dropped else []


def _problem(target: Target, alert: Alert) -> str | None:
    try:
        target.send(alert)
    except DeliveryError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - else the look would fail, and what it has sent be sent again by the next
        return f"{target.name}: {type(error).__name__}"
    return None


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
