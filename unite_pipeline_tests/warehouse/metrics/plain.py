"""Calls in plain values, and what is said of one call alone: the ground that metrics are reckoned on a second time.

Here: Python over the simulator's truth, or over calls made by hand; nothing of the package but the simulator. Not here:
anything over several calls (`reckoning.py`, `traffic.py`, `recovery.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from unite_pipeline.simulator import Simulator, TrueCall

ZONE = ZoneInfo("Europe/Amsterdam")
OPENS, CLOSES = time(8, 30), time(17, 30)
SERVICE_LEVEL_S, SHORT_ABANDON_S, SHORT_CALL_S = 20, 5, 10
SECOND_US = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class PlainCall:
    """One call as the API rounds it: seconds from start to end, of talk, and of each of its recordings."""

    uniqueid: str
    local: datetime
    at_us: int
    direction: str
    scope: str
    answered: bool | None
    duration_s: int | None
    talk_s: int | None
    legs: int = 3
    outside: str | None = None
    own_number: str | None = None
    flow: str | None = None
    caller_extension: str | None = None
    called_extension: str | None = None
    passed_extensions: tuple[str, ...] = ()
    contact: str | None = None
    is_gone: bool = False
    recorded_s: tuple[int, ...] = ()

    @property
    def day(self) -> date:
        return self.local.date()

    @property
    def ring_s(self) -> int | None:
        if self.duration_s is None or self.talk_s is None:
            return None
        return max(self.duration_s - self.talk_s, 0)

    @property
    def is_offered(self) -> bool:
        return self.direction == "inbound" and self.scope == "external"

    @property
    def is_outbound(self) -> bool:
        return self.direction == "outbound"

    @property
    def is_internal(self) -> bool:
        return self.direction == "internal"

    @property
    def is_unlabelled(self) -> bool:
        return not (self.is_offered or self.is_outbound or self.is_internal)

    @property
    def is_taken(self) -> bool | None:
        """Whether it was answered: as the filters say; where they say nothing, whether anybody talked."""
        if self.answered is not None:
            return self.answered
        return None if self.talk_s is None else self.talk_s > 0

    @property
    def is_connected(self) -> bool:
        return (self.talk_s or 0) > 0

    @property
    def is_missed(self) -> bool:
        return self.is_offered and self.is_taken is False

    @property
    def is_answered(self) -> bool:
        return self.is_offered and self.is_taken is True

    @property
    def is_open(self) -> bool:
        """Whether it started in opening hours; there is no holiday in any days that are tried."""
        return self.local.weekday() < 5 and OPENS <= self.local.time() < CLOSES

    @property
    def is_in_time(self) -> bool:
        return self.is_answered and self.ring_s is not None and self.ring_s <= SERVICE_LEVEL_S

    @property
    def is_short_abandon(self) -> bool:
        return self.is_missed and self.duration_s is not None and self.duration_s < SHORT_ABANDON_S

    @property
    def line_us(self) -> tuple[int, int] | None:
        """From start to end, where it took up a line: not between extensions, and not without a length."""
        if self.scope == "internal" or not self.duration_s:
            return None
        return self.at_us, min(self.at_us + self.duration_s * SECOND_US, _second_midnight_us(self.day))

    @property
    def conversation_us(self) -> tuple[int, int] | None:
        """The part of that in which somebody talked."""
        if self.line_us is None or not self.is_connected:
            return None
        answered_us = self.at_us + (self.ring_s or 0) * SECOND_US
        return (answered_us, self.line_us[1]) if answered_us < self.line_us[1] else None


def instant_us(instant: datetime) -> int:
    """Microseconds since 1970."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def earlier_us(local: datetime) -> int:
    """The instant of a wall clock time; in the hour that comes twice the first one."""
    return instant_us(local.replace(tzinfo=ZONE, fold=0).astimezone(UTC))


def _second_midnight_us(day: date) -> int:
    """The end of the day after."""
    return instant_us(datetime.combine(day + timedelta(days=2), time(), ZONE).astimezone(UTC))


def true_calls(simulator: Simulator, first: date, last: date) -> list[PlainCall]:
    """The calls of these local days as the simulated company knows them."""
    truth = simulator.truth
    flow_of_number = {number: flow.flow_id for flow in truth.flows() for number in flow.numbers}
    flows = {flow.flow_number: flow.flow_id for flow in truth.flows()}
    extensions = {each.extension_number: each.extension_id for each in truth.extensions()}
    lengths = {each.callrecordkey: each.duration_s for each in truth.recordings()}
    known = {each.phone_number for each in truth.contacts()}
    made = []
    for call in truth.calls(first, last):
        outside = _outside(call)
        inside = [(place, extensions[leg.number]) for place, leg in enumerate(call.legs) if leg.role == "extension"]
        rung = [each for place, each in inside if place]
        made.append(
            PlainCall(
                uniqueid=call.uniqueid,
                local=call.started_at_local,
                at_us=earlier_us(call.started_at_local),
                direction="internal"
                if call.scope == "internal"
                else {"in": "inbound", "out": "outbound"}[call.direction],
                scope=call.scope,
                answered=call.answered,
                duration_s=call.duration_s,
                talk_s=call.talk_s,
                legs=len(call.legs),
                outside=outside,
                own_number=call.own_number,
                flow=flow_of_number.get(call.own_number or "", flows.get(call.flow_number or "")),
                caller_extension=inside[0][1] if call.direction == "out" or call.scope == "internal" else None,
                called_extension=rung[-1] if rung else None,
                passed_extensions=tuple(rung[:-1]),
                contact=outside if outside in known else None,
                recorded_s=tuple(lengths[each] for each in call.recording_keys if each in lengths),
            )
        )
    return made


def true_names(simulator: Simulator) -> dict[str, str]:
    """Names of extensions and call flows by id, and of contacts by number: of several with one number the first."""
    truth = simulator.truth
    contacts = {
        each.phone_number: each.company_name or f"{each.first_name} {each.last_name}".strip()
        for each in reversed(truth.contacts())
    }
    # The API ends the name of a flow in the first of its numbers.
    flows = {each.flow_id: f"{each.name} - 0{each.numbers[0][2]} {each.numbers[0][3:]}" for each in truth.flows()}
    return {**contacts, **flows, **{each.extension_id: each.name for each in truth.extensions()}}


def _outside(call: TrueCall) -> str | None:
    """Number of the party outside: it has no telephone of ours, and no number of ours either."""
    if call.scope == "internal":
        return None
    return next(leg.number or None for leg in call.legs if leg.role in ("outside", "service"))
