"""Callers over time, reckoned caller by caller: who called again, who was missed, and how that ended.

Here: walking along the calls of one number. Not here: counting by day (`reckoning.py`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from unite_pipeline_tests.warehouse.metrics.plain import CLOSES, OPENS, SECOND_US, PlainCall

HOUR_US = 3600 * SECOND_US
WEEK_US = 7 * 24 * HOUR_US


@dataclass(frozen=True)
class Episode:
    """One missed caller until contact."""

    first: PlainCall
    missed_calls: int
    resolved_by: str
    first_attempt: PlainCall | None
    contact: PlainCall | None

    @property
    def day(self) -> date:
        return self.first.day

    @property
    def first_attempt_s(self) -> int | None:
        return None if self.first_attempt is None else (self.first_attempt.at_us - self.first.at_us) // SECOND_US

    @property
    def contact_s(self) -> int | None:
        return None if self.contact is None else (self.contact.at_us - self.first.at_us) // SECOND_US

    @property
    def first_attempt_open_s(self) -> int | None:
        """Day by day: what of the wait lay between opening and closing."""
        if self.first_attempt is None:
            return None
        begin, end, waited = self.first.local, self.first_attempt.local, timedelta()
        day = begin.date()
        while day <= end.date():
            if day.weekday() < 5:
                opens, closes = datetime.combine(day, OPENS), datetime.combine(day, CLOSES)
                waited += max(min(end, closes) - max(begin, opens), timedelta())
            day += timedelta(days=1)
        return waited // timedelta(seconds=1)


def by_number(calls: list[PlainCall]) -> dict[str, list[PlainCall]]:
    """Calls with a known party outside, from and to it, in order of time."""
    found = defaultdict(list)
    for call in sorted(calls, key=lambda call: (call.at_us, call.uniqueid)):
        if call.outside is not None and (call.is_offered or call.is_outbound):
            found[call.outside].append(call)
    return found


def episodes(calls: list[PlainCall], window_us: int) -> list[Episode]:
    """Every missed caller."""
    return [episode for each in by_number(calls).values() for episode in _of_number(each, window_us)]


def _is_contact(call: PlainCall) -> bool:
    return call.is_taken is True


def _of_number(calls: list[PlainCall], window_us: int) -> list[Episode]:
    made = []
    waiting: PlainCall | None = None  # the last missed call that nobody has answered since
    for place, call in enumerate(calls):
        if _is_contact(call):
            waiting = None
        if not call.is_missed:
            continue
        if waiting is None or call.at_us - waiting.at_us >= window_us:
            made.append(_episode(call, calls[place + 1 :], window_us))
        waiting = call
    return made


def _episode(first: PlainCall, later: list[PlainCall], window_us: int) -> Episode:
    missed_calls, tried = 1, None
    for call in later:
        if call.at_us >= first.at_us + window_us:
            break
        missed_calls += call.is_missed
        if tried is None and call.is_outbound:
            tried = call
        if _is_contact(call):
            return Episode(first, missed_calls, "callback" if call.is_outbound else "caller_reached", tried, call)
    return Episode(first, missed_calls, "none", tried, None)


@dataclass(frozen=True)
class Return:
    """How one identified call stands to the one before it and the one after, of the same number."""

    call: PlainCall
    since_us: int | None
    until_us: int | None
    window_us: int

    @property
    def is_repeat(self) -> bool:
        return self.since_us is not None and self.since_us < self.window_us

    @property
    def is_repeat_7d(self) -> bool:
        return self.since_us is not None and self.since_us < WEEK_US

    @property
    def is_answered_once(self) -> bool:
        return self.call.is_answered and (self.until_us is None or self.until_us >= self.window_us)


def returns(calls: list[PlainCall], window_us: int) -> list[Return]:
    """Every offered call with a number, beside its neighbours."""
    made = []
    for each in by_number(calls).values():
        inbound = [call for call in each if call.is_offered]
        for before, call, after in zip([None, *inbound], inbound, [*inbound[1:], None], strict=False):
            since = None if before is None else call.at_us - before.at_us
            until = None if after is None else after.at_us - call.at_us
            made.append(Return(call, since, until, window_us))
    return made
