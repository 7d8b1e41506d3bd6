"""What is counted of calls, each once: additive columns that every mart has, and the ratios that follow from them.

Here: expressions over `calls` (as `c`, with `parameters` as `p`) and over the columns they give. Not here: which mart
has which (`marts.py`), words for readers of metrics (`metrics.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from unite_pipeline.lake.table import Column, measure


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that adds up: over hours, days, and whatever else a mart is split by.

    Args:
        name: its column.
        sql: an aggregate over calls.
        description: meaning and unit.
    """

    name: str
    sql: str
    description: str

    @property
    def column(self) -> Column:
        """Its column in a mart."""
        return measure(self.name, self.description, "BIGINT", is_required=True)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A quotient of what adds up. Over several rows: the sum of the numerator through the sum of the denominator.

    Args:
        name: its column.
        numerator: an expression over measures, linear in them.
        denominator: the same; where it is 0 the ratio is NULL.
        description: meaning and unit.
    """

    name: str
    numerator: str
    denominator: str
    description: str

    @property
    def column(self) -> Column:
        """Its column in a mart."""
        return measure(self.name, self.description, "DOUBLE")

    @property
    def sql(self) -> str:
        """The quotient, of one row."""
        return f"({self.numerator}) / nullif({self.denominator}, 0)"


def _count(name: str, where: str, description: str) -> Measure:
    return Measure(name, f"count(*) filter (where {where})", description)


def _sum(name: str, column: str, where: str, description: str) -> Measure:
    return Measure(name, f"coalesce(sum({column}) filter (where {where}), 0)", description)


CALLS_COUNTED = Measure("calls", "count(*)", "Calls of any kind")
SIDES_COUNTED = _count(
    "sides",
    "c.direction is distinct from 'handed_on'",
    "Calls of any kind as seen from it: an internal call counts for both its sides",
)
"""In place of `calls` where a call is counted with both its sides, so that no ratio of calls can be taken there."""

INBOUND = (
    _count("offered", "c.is_offered", "Calls that came in from outside"),
    _count("answered", "c.is_offered and c.disposition = 'answered'", "Of the offered, those that were answered"),
    _count("missed", "c.is_offered and c.disposition = 'missed'", "Of the offered, those that were not"),
    _count(
        "short_abandons",
        "c.is_offered and c.is_short_abandon",
        "Of the missed, those given up within parameters.short_abandon_s",
    ),
    _count(
        "answered_in_time",
        "c.is_offered and c.disposition = 'answered' and c.ring_s <= p.service_level_s",
        "Of the answered, those answered within parameters.service_level_s",
    ),
    _count("connected", "c.is_offered and c.is_connected", "Of the offered, those with a conversation: talk above 0 s"),
    _count(
        "answered_timed",
        "c.is_offered and c.disposition = 'answered' and c.ring_s is not null",
        "Of the answered, those whose time to the answer is known",
    ),
    _sum(
        "ring_s",
        "c.ring_s",
        "c.is_offered and c.disposition = 'answered'",
        "Seconds that the answered rang, in total",
    ),
    _sum("talk_s", "c.talk_s", "c.is_offered and c.is_connected", "Seconds that the connected talked, in total"),
    _sum(
        "given_up_s",
        "c.duration_s",
        "c.is_offered and c.disposition = 'missed'",
        "Seconds until the missed were given up, in total",
    ),
    _count("short_calls", "c.is_offered and c.is_short_call", "Of the connected, those under parameters.short_call_s"),
    _count("out_of_hours", "c.is_offered and not c.is_in_opening_hours", "Of the offered, those outside opening hours"),
    _count(
        "out_of_hours_answered",
        "c.is_offered and not c.is_in_opening_hours and c.disposition = 'answered'",
        "Of those outside opening hours, those that were answered",
    ),
    _count(
        "out_of_hours_answered_in_time",
        "c.is_offered and not c.is_in_opening_hours and c.disposition = 'answered' and c.ring_s <= p.service_level_s",
        "Of those outside opening hours, those that were answered within parameters.service_level_s",
    ),
    _count(
        "out_of_hours_missed",
        "c.is_offered and not c.is_in_opening_hours and c.disposition = 'missed'",
        "Of those outside opening hours, those that were not answered",
    ),
    _count(
        "out_of_hours_short_abandons",
        "c.is_offered and not c.is_in_opening_hours and c.is_short_abandon",
        "Of those outside opening hours, those given up within parameters.short_abandon_s",
    ),
    _count("anonymous", "c.is_anonymous", "Of the offered, those without a number"),
    _sum(
        "extra_legs",
        "greatest(c.leg_count - 3, 0)",
        "c.is_offered",
        "Legs of the offered beyond caller, own number and the one called, in total",
    ),
)

OUTBOUND = (
    _count("outbound_calls", "c.direction = 'outbound'", "Calls to outside"),
    _count("outbound_answered", "c.disposition = 'connected'", "Of the calls to outside, those that were answered"),
    _sum("outbound_talk_s", "c.talk_s", "c.direction = 'outbound'", "Seconds talked in calls to outside, in total"),
)

INTERNAL = (
    _count("internal_calls", "c.direction = 'internal'", "Calls between extensions"),
    _count("internal_answered", "c.disposition = 'internal_answered'", "Of the internal calls, those answered"),
    _sum("internal_talk_s", "c.talk_s", "c.direction = 'internal'", "Seconds talked in internal calls, in total"),
)

UNLABELLED = (
    _count(
        "unlabelled_calls",
        "not c.is_offered and coalesce(c.direction, '') "
        "not in ('outbound', 'internal', 'internal_received', 'handed_on')",
        "Calls that are none of these: came in without being labelled external, or with a direction that is not known",
    ),
)
"""What is left, so that offered, outbound, internal and unlabelled calls are all calls."""

INTERNAL_RECEIVED = (
    _count("internal_received", "c.direction = 'internal_received'", "Internal calls that went to it"),
    _count(
        "internal_taken",
        "c.direction = 'internal_received' and c.disposition = 'internal_received_answered'",
        "Of the internal calls that went to it, those answered",
    ),
    _sum(
        "internal_received_talk_s",
        "c.talk_s",
        "c.direction = 'internal_received'",
        "Seconds talked in internal calls that went to it, in total",
    ),
)
"""Only where a call is counted with both its sides; `extension_calls.sql` gives these words."""

HANDED_ON = (
    _count(
        "handed_on",
        "c.direction = 'handed_on'",
        "Calls from outside that passed it and ended at another: transferred or forwarded, answered by it or not",
    ),
)
"""Only by extension; such a call is offered, answered or missed at the last extension in its chain alone."""

ANSWER_RATIO = Ratio("answer_ratio", "answered", "offered", "Answered of the offered, 0 to 1")
MISSED_RATIO = Ratio("missed_ratio", "missed", "offered", "Missed of the offered, 0 to 1")
SERVICE_LEVEL = Ratio(
    "service_level",
    "answered_in_time",
    "answered + missed - short_abandons",
    "Answered in time, of the answered and the missed that were no short abandons, 0 to 1",
)
RING_MEAN = Ratio("ring_mean_s", "ring_s", "answered_timed", "Mean seconds that answered calls rang")
TALK_MEAN = Ratio("talk_mean_s", "talk_s", "connected", "Mean seconds that connected calls talked")

RATIOS = (ANSWER_RATIO, MISSED_RATIO, SERVICE_LEVEL, RING_MEAN, TALK_MEAN)
"""What stands ready in every mart of inbound calls."""
