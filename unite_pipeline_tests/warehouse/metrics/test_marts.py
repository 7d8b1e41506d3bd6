"""Every row and every column of every mart equals plain Python; marts add up, and no join to a name loses a call."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from unite_pipeline_tests.warehouse.metrics import counting
from unite_pipeline_tests.warehouse.metrics.asked import agree
from unite_pipeline_tests.warehouse.metrics.traffic import HOUR_US, local_of

NONE = "none"
DAYS = "calls_by_day"


def rows_of(tried, table, *key):
    """Rows of a mart by key, each as a dictionary of its other columns."""
    columns = [name for (name,) in tried.query(f"select column_name from (describe {table})")]
    found = {}
    for values in tried.query(f"from {table}"):
        row = dict(zip(columns, values, strict=True))
        assert row.pop("tenant") == "main"
        at = tuple(row.pop(name) for name in key)
        assert at not in found
        found[at] = row
    return found


def assert_same(found, expected):
    """The same keys, and of each the same columns with the same values."""
    assert found.keys() == expected.keys()
    for at, row in expected.items():
        assert found[at].keys() == row.keys()
        for name, value in row.items():
            assert agree(found[at][name], value), (at, name, found[at][name], value)


def whole(calls):
    """All that is counted of calls without a side."""
    ratios = ("answer_ratio", "missed_ratio", "service_level", "ring_mean_s", "talk_mean_s")
    incoming = counting.inbound(calls)
    counts = {name: value for name, value in incoming.items() if name not in ratios}
    return {
        "calls": len(calls),
        **counts,
        **counting.outbound(calls),
        **counting.internal(calls),
        "unlabelled_calls": sum(call.is_unlabelled for call in calls),
        **{name: incoming[name] for name in ratios},
    }


def test_calls_by_hour(tried):
    """By the hour of the wall clock, the doubled one once."""
    groups = counting.grouped(tried.reckoning.calls, lambda call: call.local.hour)
    assert_same(
        rows_of(tried, "calls_by_hour", "call_date", "call_hour"), {at: whole(each) for at, each in groups.items()}
    )


def test_calls_by_day(tried):
    """By the local day; one that was read whole has a row also without a call."""
    groups = counting.grouped(tried.reckoning.calls, lambda call: None)
    empty = {(day,): whole([]) for day in tried.read.whole_days()}
    expected = empty | {(day,): whole(each) for (day, _), each in groups.items()}
    assert_same(rows_of(tried, "calls_by_day", "call_date"), expected)


@pytest.mark.parametrize(
    ("table", "column", "key"),
    [
        pytest.param("calls_by_call_flow", "call_flow_id", lambda call: call.flow or NONE, id="call flow"),
        pytest.param("calls_by_number", "own_number", lambda call: call.own_number or NONE, id="own number"),
    ],
)
def test_calls_from_outside_by(tried, table, column, key):
    """Only calls from outside have a number of ours, and may have passed a flow."""
    groups = counting.grouped((call for call in tried.reckoning.calls if call.is_offered), key)
    assert_same(rows_of(tried, table, "call_date", column), {at: counting.inbound(each) for at, each in groups.items()})


def test_calls_by_contact(tried):
    """By the number of the contact: several contacts may have one, and the highest ranked gets the calls."""
    numbers = dict(tried.query("select contact_id, phone_number from contacts"))
    found = {
        (day, numbers.get(contact)): row
        for (day, contact), row in rows_of(tried, "calls_by_contact", "call_date", "contact_id").items()
    }
    chosen = [call for call in tried.reckoning.calls if call.is_offered or call.is_outbound]
    groups = counting.grouped(chosen, lambda call: call.contact)
    assert_same(found, {at: {**counting.inbound(each), **counting.outbound(each)} for at, each in groups.items()})


def test_calls_by_extension(tried):
    """The last that a call from outside went to and those it passed, who made the others, who got the internal ones."""
    calls = tried.reckoning.calls
    made = counting.grouped(
        calls, lambda call: (call.called_extension if call.direction == "inbound" else call.caller_extension) or NONE
    )
    received = counting.grouped(
        (call for call in calls if call.is_internal), lambda call: call.called_extension or NONE
    )
    passed = Counter(
        (call.day, extension)
        for call in calls
        if call.is_offered
        for extension in {*call.passed_extensions} - {call.called_extension}
    )
    assert passed
    expected = {}
    for at in made.keys() | received.keys() | passed.keys():
        row = {**whole(made.get(at, [])), **counting.internal_received(received.get(at, []))}
        sides = row.pop("calls") + row["internal_received"]
        expected[at] = {**row, "sides": sides, "handed_on": passed[at]}
    assert_same(rows_of(tried, "calls_by_extension", "call_date", "extension_id"), expected)


def test_every_call_is_counted_as_one_kind(tried):
    """Offered, outbound, internal and unlabelled calls are all calls; internal ones have two sides, known or not."""
    for table in ("calls_by_day", "calls_by_hour"):
        assert tried.query(
            f"from {table} where calls <> offered + outbound_calls + internal_calls + unlabelled_calls"
        ) == []  # fmt: skip
    (both,) = tried.query("select sum(sides), sum(internal_received), sum(internal_calls) from calls_by_extension")
    ((calls,),) = tried.query("select sum(calls) from calls_by_day")
    assert both == (calls + both[2], both[2], both[2])


def test_formulas_of_a_day_over_other_marts(tried):
    """A formula over calls_by_day gives the same over each mart that has its columns, so it can be split by its key."""
    formulas = tried.query("select metric, formula from metrics where table_name = 'calls_by_day'")
    taken = Counter()
    for table in ("calls_by_hour", "calls_by_extension", "calls_by_call_flow", "calls_by_number", "calls_by_contact"):
        columns = {name for (name,) in tried.query(f"select column_name from (describe {table})")}
        for name, formula in formulas:
            if {*re.findall(r"[a-z_]+", formula)} - {"sum", "nullif"} <= columns:
                ((expected,),), ((found,),) = (tried.query(f"select {formula} from {each}") for each in (DAYS, table))
                assert agree(found, expected), (table, name)
                taken[table] += 1
    assert taken == {
        "calls_by_hour": len(formulas), "calls_by_extension": len(formulas) - 1, "calls_by_contact": len(formulas) - 1,
        "calls_by_call_flow": len(formulas) - 4, "calls_by_number": len(formulas) - 4,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("table", "kind", "column"),
    [
        pytest.param("calls_by_extension", "extension", "extension_id", id="extension"),
        pytest.param("calls_by_call_flow", "call_flow", "call_flow_id", id="call flow"),
        pytest.param("calls_by_number", "own_number", "own_number", id="own number"),
        pytest.param("calls_by_contact", "contact", "contact_id", id="contact"),
    ],
)
def test_no_join_loses_a_call(tried, table, kind, column):
    """Joined to its labels, each mart still has every call from outside, once."""
    ((offered,),) = tried.query(
        f"select sum(m.offered) from {table} as m join labels as l "
        f"on m.tenant = l.tenant and l.kind = '{kind}' and l.id = m.{column}"
    )
    assert offered == sum(call.is_offered for call in tried.reckoning.calls)
    assert tried.query("select kind, count(*) from labels where id = 'none' group by all order by all") == [
        ("call_flow", 1), ("contact", 1), ("extension", 1), ("own_number", 1)
    ]  # fmt: skip


def test_durations(tried):
    """How many calls rang or talked for so many seconds."""
    expected = Counter()
    for call in tried.reckoning.calls:
        if call.is_answered and call.ring_s is not None:
            expected[call.day, "ring", call.ring_s] += 1
        if call.is_missed and call.duration_s is not None:
            expected[call.day, "missed", call.duration_s] += 1
        kind = (
            "talk"
            if call.is_offered
            else {"outbound": "outbound_talk", "internal": "internal_talk"}.get(call.direction)
        )
        if call.is_connected and kind:
            expected[call.day, kind, call.talk_s] += 1
    found = {
        tuple(row[:3]): row[3] for row in tried.query("select call_date, kind, seconds, calls from durations_by_day")
    }
    assert found == expected


def test_ring_times_are_counted_as_the_service_level_is(tried):
    """Calls that rang no longer than the target are the ones answered in time, on every day."""
    in_time = "select call_date, answered_in_time from calls_by_day where answered_in_time > 0 order by all"
    assert tried.query(in_time) == tried.query(
        "select d.call_date, sum(d.calls) from durations_by_day as d, parameters as p "
        "where d.kind = 'ring' and d.seconds <= p.service_level_s group by d.call_date order by all"
    )


def test_every_minute(tried):
    """Sum and peak of every minute with traffic, lines and conversations."""
    lines, talks = tried.reckoning.lines, tried.reckoning.conversations
    found = {
        int(at): tuple(row)
        for at, *row in tried.query(
            "select epoch(minute_at) / 60, call_date, line_us, line_peak, talk_us, talk_peak from concurrency_minutes"
        )
    }
    assert found == {
        minute: (
            local_of(minute * HOUR_US // 60).date(),
            load_us,
            lines.peak[minute],
            talks.load_us[minute],
            talks.peak[minute],
        )
        for minute, load_us in lines.load_us.items()
    }


def test_every_hour(tried):
    """The hour that comes twice stands there twice."""
    found = tried.query("select epoch(hour_at)::bigint // 3600, call_hour, line_us, line_peak from traffic_by_hour")
    assert sorted(found) == sorted(
        (hour, local_of(hour * HOUR_US).hour, load_us, peak)
        for hour, (load_us, peak) in tried.reckoning.lines.hours().items()
    )


def test_every_episode(tried):
    """Who was missed, how often, what became of it, by which call, and after how many seconds."""
    found = tried.query(
        "select uniqueid, call_date, missed_calls, resolved_by, outcome, is_decided, contact_uniqueid, "
        "first_attempt_after_s, first_attempt_after_open_s, contact_after_s, is_in_opening_hours, own_number, "
        "call_flow_id "
        "from missed_episodes join missed_outcomes using (tenant, uniqueid, call_date)"
    )
    assert len(tried.reckoning.episodes) > 50
    assert {each.resolved_by for each in tried.reckoning.episodes} == {"callback", "caller_reached", "none"}
    assert sorted(found) == sorted(
        (
            each.first.uniqueid,
            each.day,
            each.missed_calls,
            each.resolved_by,
            tried.reckoning.outcome(each),
            tried.reckoning.is_decided(each),
            each.contact and each.contact.uniqueid,
            each.first_attempt_s,
            each.first_attempt_open_s,
            each.contact_s,
            each.first.is_open,
            each.first.own_number,
            each.first.flow,
        )
        for each in tried.reckoning.episodes
    )


def test_every_caller(tried):
    """First and last day, days, and calls of every number that ever called."""
    expected = {}
    for each in tried.reckoning.returns:
        expected.setdefault(each.call.outside, []).append(each.call)
    found = tried.query(
        "select ltrim(caller, '+'), first_call_date, last_call_date, days, offered, missed from callers"
    )
    assert sorted(found) == sorted(
        (
            number,
            min(call.day for call in calls),
            max(call.day for call in calls),
            len({call.day for call in calls}),
            len(calls),
            sum(call.is_missed for call in calls),
        )
        for number, calls in expected.items()
    )


def test_busy_hours(tried):
    """The hour with most traffic over the open days of a month that were read whole, also those without traffic."""
    lines = tried.reckoning.lines
    open_days = {day for day in tried.read.whole_days() if day.weekday() < 5}
    opened = Counter(day.replace(day=1) for day in open_days)
    loads: dict = {}
    for hour, (load_us, _) in lines.hours().items():
        local = local_of(hour * HOUR_US)
        if local.date() in open_days:
            loads.setdefault(local.date().replace(day=1), Counter())[local.hour] += load_us
    expected = []
    for month, by_clock in sorted(loads.items()):
        busy = min(by_clock, key=lambda hour: (-by_clock[hour], hour))
        expected.append((month, busy, opened[month], by_clock[busy] / HOUR_US / opened[month]))
    found = tried.query("select month, busy_hour, open_days, busy_hour_erlang from busy_hours order by month")
    assert [row[:3] for row in found] == [row[:3] for row in expected]
    assert [row[3] for row in found] == pytest.approx([row[3] for row in expected])
