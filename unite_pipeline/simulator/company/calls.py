"""What becomes of each attempt to call: who picks up, how long they talk, what follows from a miss.

One `DayOfCalls` makes one local day from its own random stream, in order of time, so that nobody is asked to talk in
two calls while a colleague is free. Ways belong to `ways`, audio to `recordings`.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from unite_pipeline.simulator.company.calendar import LocalDay, is_ambiguous, is_open
from unite_pipeline.simulator.company.chance import Stream, lognormal, stream, uuid4
from unite_pipeline.simulator.company.model import TrueCall, TrueRecording
from unite_pipeline.simulator.company.people import People
from unite_pipeline.simulator.company.plan import CompanyPlan
from unite_pipeline.simulator.company.recordings import Recorder, Talk
from unite_pipeline.simulator.company.routes import LegBook
from unite_pipeline.simulator.company.traffic import CALLBACK_SHARE, REDIAL_SHARE, Attempt, attempts
from unite_pipeline.simulator.company.ways import Switchboard, Way

_OUT_OF_HOURS_ANSWER = 0.05
_INTERNAL_ANSWER = 0.75
_SHORT_CALL_SHARE = 0.05
_LONGEST_TALK_S = 7200.0
_REDIAL_WITHIN_S = 1800.0
_CALLBACK_MEDIAN_S = 1500.0
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How one call ended; seconds are exact."""

    answered: bool
    by_person: bool
    ring_s: float
    talk_s: float


class DayOfCalls:
    """Makes the calls and recordings of one local day."""

    def __init__(self, plan: CompanyPlan, people: People, legs: LegBook, local_day: LocalDay, rng: Stream) -> None:
        """Takes the day's own random stream; nothing else of chance enters."""
        self._plan, self._people, self._day, self._rng = plan, people, local_day, rng
        self._switchboard = Switchboard(people, legs, rng)
        self._recorder = Recorder(plan, people, rng)
        self._calls: list[TrueCall] = []

    def make(self) -> tuple[list[TrueCall], list[TrueRecording]]:
        """Returns the day's calls and recordings, each in order of time."""
        first = attempts(self._plan, self._people, self._day, self._rng)
        waiting = [(item.at, rank, item) for rank, item in enumerate(first)]
        heapq.heapify(waiting)
        rank = len(waiting)
        while waiting:
            attempt = heapq.heappop(waiting)[2]
            for follow_up in self._place(attempt):
                heapq.heappush(waiting, (follow_up.at, rank, follow_up))
                rank += 1
        self._calls.sort(key=lambda call: (call.started_at, call.uniqueid))
        return self._calls, sorted(self._recorder.made, key=lambda item: (item.recorded_at, item.callrecordkey))

    def _place(self, attempt: Attempt) -> Iterator[Attempt]:
        """Files one call; yields the attempts that follow from it."""
        at_local = self._day.local(attempt.at)
        opened = is_open(at_local)
        way = self._switchboard.find(attempt, opened=opened)
        outcome = self._outcome(attempt, way, opened=opened)
        if outcome.by_person and way.direction == "in" and way.rung is None:
            self._switchboard.reach_on_duty(way, attempt.at)
        self._file(attempt.at, at_local, way, outcome)
        if way.direction == "in" and way.outside and not outcome.answered:
            yield from self._follow_ups(attempt, way, outcome)

    def _outcome(self, attempt: Attempt, way: Way, *, opened: bool) -> _Outcome:
        rng, plan = self._rng, self._plan
        if way.scope == "internal":
            share = _INTERNAL_ANSWER if way.rung else 1.0
        elif way.direction == "out":
            share = plan.outbound_answer_share
        else:
            share = plan.answer_share if opened else _OUT_OF_HOURS_ANSWER
        answered = rng.random() < share if attempt.is_answered is None else attempt.is_answered
        if answered:
            ring_s = lognormal(rng, 9.0, 0.5, 0.8, 55.0)
            is_short = rng.random() < _SHORT_CALL_SHARE
            talk_s = lognormal(rng, plan.talk_median_s, plan.talk_sigma, 1.0, _LONGEST_TALK_S)
            return _Outcome(answered=True, by_person=True, ring_s=ring_s, talk_s=1 + talk_s % 8 if is_short else talk_s)
        if way.direction == "in" and attempt.is_answered is None and rng.random() < plan.voicemail_share:
            return _Outcome(answered=True, by_person=False, ring_s=20 + 5 * rng.random(), talk_s=3 + 25 * rng.random())
        return _Outcome(answered=False, by_person=False, ring_s=lognormal(rng, 22.0, 0.6, 1.0, 120.0), talk_s=0.0)

    def _follow_ups(self, attempt: Attempt, way: Way, outcome: _Outcome) -> Iterator[Attempt]:
        """Yields the caller's redial and our callback; what would fall after closing or midnight is let go."""
        rng = self._rng
        missed_at = attempt.at + timedelta(seconds=outcome.ring_s)
        redial = rng.random() < REDIAL_SHARE and attempt.is_answered is None
        redial_at = missed_at + timedelta(seconds=20 + _REDIAL_WITHIN_S * rng.random() ** 2)
        if redial and redial_at < self._day.ends_at:
            yield Attempt(redial_at, "in", way.outside, own_number=way.own_number, is_follow_up=True)
        calls_back = rng.random() < CALLBACK_SHARE
        callback_at = missed_at + timedelta(seconds=lognormal(rng, _CALLBACK_MEDIAN_S, 0.9, 60.0, 28800.0))
        if calls_back and callback_at < self._day.ends_at and is_open(self._day.local(callback_at)):
            yield Attempt(callback_at, "out", way.outside, is_follow_up=True)

    def _file(self, at: datetime, at_local: datetime, way: Way, outcome: _Outcome) -> None:
        answered_at = at + timedelta(seconds=outcome.ring_s) if outcome.answered else None
        ended_at = at + timedelta(seconds=outcome.ring_s + outcome.talk_s)
        uniqueid = self._uniqueid()
        if outcome.by_person:
            self._switchboard.occupy(way, ended_at)
        call = TrueCall(
            uniqueid=uniqueid,
            started_at=at,
            started_at_local=at_local,
            is_ambiguous_local_time=is_ambiguous(at_local, self._day.zone),
            direction=way.direction,
            scope=way.scope,
            answered=outcome.answered,
            duration_s=round(outcome.ring_s + outcome.talk_s),
            talk_s=round(outcome.talk_s),
            legs=tuple(way.legs),
            answered_at=answered_at,
            ended_at=ended_at,
            published_at=ended_at + self._delay(),
            caller_number=way.caller,
            own_number=way.own_number,
            flow_number=way.flow.flow_number if way.flow else None,
            answered_by=way.rung if outcome.by_person else None,
            transferred_by=way.first_rung if way.is_transfer and outcome.by_person else None,
            is_voicemail=outcome.answered and not outcome.by_person,
            recording_keys=self._record(uniqueid, way, answered_at, ended_at) if outcome.by_person else (),
        )
        if call.recording_keys and self._is_unlisted(uniqueid):
            call = replace(call, published_at=_NEVER)
        self._calls.append(call)
        if way.scope == "internal" and self._plan.internal_rows > 1:
            self._file_other_side(call)

    def _file_other_side(self, call: TrueCall) -> None:
        """Files the callee's own row of an internal call, a moment later and under another key."""
        later = timedelta(milliseconds=self._rng.randrange(1, 30))
        at_local = self._day.local(call.started_at + later)
        other = replace(
            call,
            uniqueid=self._uniqueid(),
            started_at=call.started_at + later,
            started_at_local=at_local,
            is_ambiguous_local_time=is_ambiguous(at_local, self._day.zone),
            direction="in",
        )
        if other.started_at < self._day.ends_at:
            self._calls.append(other)

    def _record(self, uniqueid: str, way: Way, answered_at: datetime | None, ended_at: datetime) -> tuple[str, ...]:
        if answered_at is None or way.rung is None:
            return ()
        talk = Talk(
            uniqueid=uniqueid,
            call_date=self._day.day,
            answered_at=answered_at,
            ended_at=ended_at,
            direction=way.direction,
            scope=way.scope,
            outside=way.outside,
            caller=way.caller,
            person=way.rung,
            first_person=way.first_rung if way.is_transfer else None,
            flow=way.flow,
        )
        return self._recorder.record(talk)

    def _is_unlisted(self, uniqueid: str) -> bool:
        share = self._plan.recorder.unlisted_share
        return share > 0 and stream(self._plan.seed, "unlisted", uniqueid).random() < share

    def _uniqueid(self) -> str:
        return f"192.0.2.{self._rng.randrange(1, 255)}_{uuid4(self._rng)}"

    def _delay(self) -> timedelta:
        if self._plan.late_share and self._rng.random() < self._plan.late_share:
            return timedelta(seconds=self._plan.late_max_s * self._rng.random())
        return timedelta(0)
