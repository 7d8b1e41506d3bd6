"""Who tries to call whom, and when: the attempts of one local day, before anybody has picked up.

Arrivals are Poisson per half hour under a gamma factor that the whole day shares. What becomes of an attempt, and the
redials and callbacks that follow from it, belong to `calls`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from unite_pipeline.simulator.company.calendar import SLOT_S, LocalDay, day_weight, slot_weights
from unite_pipeline.simulator.company.chance import Stream, gamma_factor, poisson
from unite_pipeline.simulator.company.numbers import occasional_number, outside_number
from unite_pipeline.simulator.company.people import People
from unite_pipeline.simulator.company.plan import CompanyPlan

Kind = Literal["in", "out", "internal"]

REDIAL_SHARE = 0.35
CALLBACK_SHARE = 0.45
_FOLLOW_UPS = 1.05  # redials and callbacks come on top; measured over a year of working days
_REGULAR = 0.5
_OCCASIONAL = 0.35  # with the next one: over a year three numbers in five are seen once
_OCCASIONAL_DAYS = 12
_CLOSED_STAFF_SHARE = 0.005
_NIGHT_CALLS = 3
_SLOTS = range(48)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to call.

    Attributes:
        at: When.
        kind: Inbound, outbound or between extensions.
        outside: The outside party's number; empty if anonymous or internal.
        own_number: For a redial, the number of ours that was called before.
        is_follow_up: Whether it follows from an earlier call of the day.
        is_answered: None leaves it to chance.
    """

    at: datetime
    kind: Kind
    outside: str
    own_number: str | None = None
    is_follow_up: bool = False
    is_answered: bool | None = None


def attempts(plan: CompanyPlan, people: People, local_day: LocalDay, rng: Stream) -> list[Attempt]:
    """Returns the day's first attempts, in no order."""
    mean = plan.calls_per_working_day * day_weight(local_day.day) * gamma_factor(rng, plan.busyness_cv)
    rows_per_call = 1 + plan.internal_share * (plan.internal_rows - 1)
    count = poisson(rng, mean / _FOLLOW_UPS / rows_per_call)
    weights: dict[Kind, tuple[float, ...]] = {
        "in": slot_weights(local_day.day, plan.out_of_hours_share),
        "out": slot_weights(local_day.day, _CLOSED_STAFF_SHARE),
        "internal": slot_weights(local_day.day, _CLOSED_STAFF_SHARE),
    }
    made = []
    for _ in range(count):
        kind = _kind(plan, rng)
        slot = rng.choices(_SLOTS, cum_weights=weights[kind])[0]
        wall_s = (slot + rng.random()) * SLOT_S
        at = local_day.instant(wall_s, second_pass=rng.random() < 0.5)  # noqa: PLR2004 - either pass of a doubled hour
        made.append(Attempt(at, kind, outside_party(plan, people, rng, kind)))
    return made + _doubled_hour(plan, local_day, rng)


def outside_party(plan: CompanyPlan, people: People, rng: Stream, kind: Kind) -> str:
    """Returns the number at the other end: a few call often, most once, some hide."""
    if kind == "internal":
        return ""
    if kind == "in" and rng.random() < plan.anonymous_share:
        return ""
    which = rng.random()
    if which < _REGULAR:
        return rng.choices(people.regulars, cum_weights=people.regular_weights)[0]
    if which < _REGULAR + _OCCASIONAL:
        index = rng.randrange(max(1, round(plan.calls_per_working_day * _OCCASIONAL_DAYS)))
        return occasional_number(plan.seed, index, plan.foreign_share)
    return outside_number(rng, plan.foreign_share)


def _kind(plan: CompanyPlan, rng: Stream) -> Kind:
    if rng.random() < plan.internal_share:
        return "internal"
    return "in" if rng.random() < plan.inbound_share else "out"


def _doubled_hour(plan: CompanyPlan, local_day: LocalDay, rng: Stream) -> list[Attempt]:
    """Returns calls in both passes of the hour that happens twice, answered and missed, in and out."""
    doubled = local_day.doubled()
    if doubled is None:
        return []
    start, turn, end = doubled
    made = []
    for begin, stop in ((start, turn), (turn, end)):
        for index in range(_NIGHT_CALLS):
            at = begin + timedelta(seconds=rng.random() * (stop - begin).total_seconds())
            kind: Kind = "out" if index == _NIGHT_CALLS - 1 else "in"
            made.append(Attempt(at, kind, outside_number(rng, plan.foreign_share), is_answered=index != 0))
    return made
