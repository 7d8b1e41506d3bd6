"""Which way a call takes through the company: numbers, flows, groups, colleagues, service codes.

How it ends belongs to `calls`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from unite_pipeline.simulator.company.chance import Stream
from unite_pipeline.simulator.company.model import TrueFlow, TrueLeg
from unite_pipeline.simulator.company.people import People
from unite_pipeline.simulator.company.routes import LegBook
from unite_pipeline.simulator.company.traffic import Attempt

_DIRECT_SHARE = 0.6  # inbound: caller, own number, extension
_FIVE_HOPS_SHARE = 0.125  # of calls through a flow, so one in twenty inbound calls
_TRANSFER_SHARE = 0.5  # of those; in the others the first one rung did not pick up
_HANDED_ON_SHARE = 0.05  # outbound calls given to a colleague
_VIA_GROUP_SHARE = 0.05
_SWITCH_CODE_SHARE = 0.01
_EMERGENCY_SHARE = 0.001


@dataclass(slots=True)
class Way:
    """The way of one call, while it is being found.

    Attributes:
        direction: As the API says it.
        scope: As the API's filters divide it.
        legs: Hops so far.
        caller: Number or extension that calls; empty if anonymous.
        outside: Outside party; empty if anonymous or internal.
        rung: Extension that would talk; None if only a flow or a code was reached.
        own_number: The company's number that was called.
        flow: Flow that was passed.
        first_rung: Extension that came before `rung`.
        is_transfer: Whether the first one would talk too.
    """

    direction: Literal["in", "out"]
    scope: Literal["internal", "external"]
    legs: list[TrueLeg]
    caller: str
    outside: str
    rung: str | None
    own_number: str | None = None
    flow: TrueFlow | None = None
    first_rung: str | None = None
    is_transfer: bool = False


class Switchboard:
    """Finds ways for calls and remembers who is talking."""

    def __init__(self, people: People, legs: LegBook, rng: Stream) -> None:
        """Takes the random stream of the day it serves."""
        self._people, self._legs, self._rng = people, legs, rng
        self._extensions = [item.extension_number for item in people.extensions]
        self._day_flows = [flow for flow in people.flows if not flow.is_night]
        self._night_flow = next(flow for flow in people.flows if flow.is_night)
        self._flow_of = {number: flow for flow in people.flows for number in flow.numbers}
        self._callerids = {item.extension_number: item.callerid for item in people.extensions}
        self._extension_of = {callerid: number for number, callerid in self._callerids.items()}
        self._busy_until: dict[str, datetime] = {}

    def find(self, attempt: Attempt, *, opened: bool) -> Way:
        """Returns the way an attempt takes."""
        if attempt.kind == "in":
            return self._inbound(attempt, opened=opened)
        if attempt.kind == "out":
            return self._outbound(attempt)
        return self._internal(attempt)

    def occupy(self, way: Way, until: datetime) -> None:
        """Notes that the people of a call talk until then."""
        for number in (way.rung, way.caller, way.first_rung):
            if number is not None and number in self._callerids:
                self._busy_until[number] = until

    def reach_on_duty(self, way: Way, at: datetime) -> None:
        """Lets somebody of the night flow take the call."""
        way.rung = self._free(self._night_flow.member_numbers, at)
        way.legs.append(self._legs.extension(way.rung))

    def _inbound(self, attempt: Attempt, *, opened: bool) -> Way:
        number = attempt.own_number or self._called_number()
        chain = [self._legs.outside(attempt.outside), self._legs.own(number)]
        way = Way("in", "external", chain, attempt.outside, attempt.outside, None, own_number=number)
        if not opened:
            way.flow = self._night_flow
            chain.append(self._legs.flow(way.flow.flow_number))
            return way
        way.flow = self._flow_of.get(number)
        if way.flow is None:
            way.rung = self._extension_of[number]
        else:
            chain.append(self._legs.flow(way.flow.flow_number))
            way.rung = self._free(way.flow.member_numbers, attempt.at)
            if self._rng.random() < _FIVE_HOPS_SHARE:
                self._hand_on(way, attempt.at, is_transfer=self._rng.random() < _TRANSFER_SHARE)
        chain.append(self._legs.extension(way.rung))
        return way

    def _hand_on(self, way: Way, at: datetime, *, is_transfer: bool) -> None:
        if len(self._extensions) == 1 or way.rung is None:
            return
        way.first_rung, way.is_transfer = way.rung, is_transfer
        way.legs.append(self._legs.extension(way.rung))
        way.rung = self._colleague(way.rung, at)

    def _called_number(self) -> str:
        if self._rng.random() < _DIRECT_SHARE:
            return self._callerids[self._rng.choice(self._extensions)]
        return self._rng.choice(self._rng.choice(self._day_flows).numbers)

    def _outbound(self, attempt: Attempt) -> Way:
        caller = self._free(self._extensions, attempt.at)
        is_emergency = not attempt.is_follow_up and self._rng.random() < _EMERGENCY_SHARE
        outside = "112" if is_emergency else attempt.outside
        chain = [self._legs.extension(caller), self._legs.outside(outside)]
        way = Way("out", "external", chain, caller, outside, caller)
        if self._rng.random() < _HANDED_ON_SHARE and len(self._extensions) > 1:
            way.first_rung, way.is_transfer = caller, True
            way.rung = self._colleague(caller, attempt.at)
            chain.append(self._legs.extension(way.rung))
        return way

    def _internal(self, attempt: Attempt) -> Way:
        caller = self._free(self._extensions, attempt.at)
        chain = [self._legs.extension(caller)]
        way = Way("out", "internal", chain, caller, "", None)
        if self._rng.random() < _SWITCH_CODE_SHARE or len(self._extensions) == 1:
            chain.append(self._legs.outside(f"*30{self._rng.randrange(1, len(self._people.switches) + 1)}"))
            return way
        way.rung = self._colleague(caller, attempt.at)
        if self._rng.random() < _VIA_GROUP_SHARE:
            way.flow = self._rng.choice(self._day_flows)
            chain.append(self._legs.flow(way.flow.flow_number))
        chain.append(self._legs.extension(way.rung))
        return way

    def _free(self, numbers: Sequence[str], at: datetime) -> str:
        """Returns an extension that is not talking, if three tries find one."""
        number = self._rng.choice(numbers)
        for _ in range(2):
            if self._busy_until.get(number, at) <= at:
                break
            number = self._rng.choice(numbers)
        return number

    def _colleague(self, of: str, at: datetime) -> str:
        number = of
        while number == of:
            number = self._free(self._extensions, at)
        return number
