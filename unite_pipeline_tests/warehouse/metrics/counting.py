"""What marts count of calls, once more in plain Python, and what they are split by.

Here: counts of any calls. Not here: metrics (`reckoning.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from unite_pipeline_tests.warehouse.metrics.plain import SHORT_CALL_S, PlainCall
from unite_pipeline_tests.warehouse.metrics.reckoning import quotient


def grouped(calls: Iterable[PlainCall], key: Callable[[PlainCall], Any]) -> dict[Any, list[PlainCall]]:
    """Calls by day and a key."""
    groups = defaultdict(list)
    for call in calls:
        groups[call.day, key(call)].append(call)
    return groups


def inbound(calls: list[PlainCall]) -> dict[str, float | None]:
    """Counts of calls from outside, and the ratios beside them."""
    offered = [call for call in calls if call.is_offered]
    answered = [call for call in offered if call.is_answered]
    missed = [call for call in offered if call.is_missed]
    connected = [call for call in offered if call.is_connected]
    closed = [call for call in offered if not call.is_open]
    short = sum(call.is_short_abandon for call in offered)
    in_time = sum(call.is_in_time for call in offered)
    rings = [call.ring_s for call in answered if call.ring_s is not None]
    talk_s = sum(call.talk_s for call in connected)
    return {
        "offered": len(offered),
        "answered": len(answered),
        "missed": len(missed),
        "short_abandons": short,
        "answered_in_time": in_time,
        "connected": len(connected),
        "answered_timed": len(rings),
        "ring_s": sum(rings),
        "talk_s": talk_s,
        "given_up_s": sum(call.duration_s or 0 for call in missed),
        "short_calls": sum(call.talk_s < SHORT_CALL_S for call in connected),
        "out_of_hours": len(closed),
        "out_of_hours_answered": sum(call.is_answered for call in closed),
        "out_of_hours_answered_in_time": sum(call.is_in_time for call in closed),
        "out_of_hours_missed": sum(call.is_missed for call in closed),
        "out_of_hours_short_abandons": sum(call.is_short_abandon for call in closed),
        "anonymous": sum(call.outside is None for call in offered),
        "extra_legs": sum(max(call.legs - 3, 0) for call in offered),
        "answer_ratio": quotient(len(answered), len(offered)),
        "missed_ratio": quotient(len(missed), len(offered)),
        "service_level": quotient(in_time, len(answered) + len(missed) - short),
        "ring_mean_s": quotient(sum(rings), len(rings)),
        "talk_mean_s": quotient(talk_s, len(connected)),
    }


def outbound(calls: list[PlainCall]) -> dict[str, int]:
    """Counts of calls to outside."""
    chosen = [call for call in calls if call.is_outbound]
    return {
        "outbound_calls": len(chosen),
        "outbound_answered": sum(call.is_taken is True for call in chosen),
        "outbound_talk_s": sum(call.talk_s or 0 for call in chosen),
    }


def internal(calls: list[PlainCall]) -> dict[str, int]:
    """Counts of calls between extensions, from the side that made them."""
    chosen = [call for call in calls if call.is_internal]
    return {
        "internal_calls": len(chosen),
        "internal_answered": sum(call.is_taken is True for call in chosen),
        "internal_talk_s": sum(call.talk_s or 0 for call in chosen),
    }


def internal_received(calls: list[PlainCall]) -> dict[str, int]:
    """The same from the side they went to."""
    return {
        "internal_received": len(calls),
        "internal_taken": sum(call.is_taken is True for call in calls),
        "internal_received_talk_s": sum(call.talk_s or 0 for call in calls),
    }
