"""Compares a warehouse with the simulator's truth, row by row and column by column.

Here: what each row must be. Not here: how it came about.
"""

from __future__ import annotations

from datetime import UTC, date
from typing import Any
from zoneinfo import ZoneInfo

from unite_pipeline.simulator import Simulator, TrueCall
from unite_pipeline_tests.end_to_end.installation import Installation

_CALLS = """
select uniqueid, started_at, started_at_local, call_date, is_ambiguous_local_time, is_gone, direction, direction_sent,
    scope, answered, duration_s, talk_s, ring_s, leg_count, first_number, last_number
from calls where call_date between ? and ? order by uniqueid
"""
_LEGS = """
select uniqueid, position, number, description, number_formatted, country
from call_legs where call_date between ? and ? order by uniqueid, position
"""
_RECORDINGS = """
select callrecordkey, recorded_at, duration_s, size_bytes, part_count, filename, from_number, to_number,
    from_callerid, queue_name, is_gone
from recordings order by callrecordkey
"""


def assert_equals_truth(installation: Installation, first: date, last: date) -> int:
    """Every table of the main job equals the truth; returns the number of calls compared."""
    assert_lists_equal_truth(installation)
    return assert_calls_equal_truth(installation, first, last)


def assert_calls_equal_truth(installation: Installation, first: date, last: date) -> int:
    """Calls and their legs equal the truth; returns the number of calls compared."""
    simulator = installation.simulator
    calls = sorted(simulator.truth.calls(first, last), key=lambda call: call.uniqueid)
    assert installation.query(_CALLS, [first, last]) == [_call(call, simulator) for call in calls]
    assert installation.query(_LEGS, [first, last]) == [leg for call in calls for leg in _legs(call)]
    return len(calls)


def assert_lists_equal_truth(installation: Installation) -> None:
    """Recordings, extensions and contacts equal the truth."""
    truth = installation.simulator.truth
    recordings = sorted(truth.recordings(), key=lambda each: each.callrecordkey)
    assert installation.query(_RECORDINGS) == [
        (
            each.callrecordkey,
            each.recorded_at,
            each.duration_s,
            each.size_bytes,
            each.part_count,
            each.filename,
            each.from_number or None,
            each.to_number or None,
            each.from_callerid or None,
            each.queue_name or None,
            False,
        )
        for each in recordings
    ]
    listed = "select callrecordkey, extension_id from recording_extensions where not is_gone order by all"
    assert installation.query(listed) == sorted(
        (each.callrecordkey, owner) for each in recordings for owner in each.extension_ids
    )
    extensions = "select extension_id, username, name, extension_number, email, is_deleted from extensions order by all"
    assert installation.query(extensions) == sorted(
        (each.extension_id, each.username, each.name, each.extension_number, each.email or None, False)
        for each in truth.extensions()
    )
    contacts = """select contact_id, extension_id, coalesce(first_name, ''), coalesce(last_name, ''),
        coalesce(company_name, ''), phone_number, is_deleted from contacts order by all"""
    assert installation.query(contacts) == sorted(
        (
            each.contact_id,
            each.extension_id,
            each.first_name,
            each.last_name,
            each.company_name,
            each.phone_number,
            False,
        )
        for each in truth.contacts()
    )


def _call(call: TrueCall, simulator: Simulator) -> tuple[Any, ...]:
    # In the doubled hour the API's time does not say which pass it was: the warehouse takes the earlier one.
    zone = ZoneInfo(simulator.company.plan.timezone)
    earlier = call.started_at_local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    assert call.is_ambiguous_local_time or earlier == call.started_at
    direction = "internal" if call.scope == "internal" else {"in": "inbound", "out": "outbound"}[call.direction]
    numbers = [leg.number or None for leg in call.legs]
    return (
        call.uniqueid,
        earlier,
        call.started_at_local,
        call.started_at_local.date(),
        call.is_ambiguous_local_time,
        False,
        direction,
        call.direction,
        call.scope,
        call.answered,
        call.duration_s,
        call.talk_s,
        max(call.duration_s - call.talk_s, 0),
        len(call.legs),
        numbers[0],
        numbers[-1],
    )


def _legs(call: TrueCall) -> list[tuple[Any, ...]]:
    return [
        (
            call.uniqueid,
            position,
            leg.number or None,
            leg.description or None,
            leg.number_formatted or None,
            leg.country,
        )
        for position, leg in enumerate(call.legs, 1)
    ]
