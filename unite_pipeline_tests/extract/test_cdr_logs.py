"""The feed cdr_logs against a simulated API that behaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from unite_pipeline.extract.cdr_window import QUADRANTS
from unite_pipeline.extract.days import DayRange, ends_at, starts_at
from unite_pipeline.extract.plan import WINDOW_ROWS
from unite_pipeline.simulator import CompanyPlan
from unite_pipeline_tests.extract.landed import (
    asked_pages,
    is_count,
    landed,
    least_pages,
    manifests,
    newest_read,
    proof,
    quadrant_of,
    requests_in_manifests,
    sent,
    true,
    windows_asked,
)

CLOSED = DayRange(date(2026, 10, 20), date(2026, 10, 25))
FILTERS = ("filter_inbound", "filter_outbound", "filter_internal", "filter_external", "filter_answered")


def test_a_year_with_both_clock_changes_equals_the_truth(make_bench):
    """Seven months that hold a 23-hour and a 25-hour day land as the truth has them, each call with its quadrant."""
    plan = CompanyPlan(seed=7, first_day=date(2026, 3, 25), calls_per_working_day=25, out_of_hours_share=0.3)
    bench = make_bench(plan=plan)
    days = DayRange(date(2026, 3, 27), date(2026, 10, 27))
    outcome = bench.sync_calls(days.first, days.last)
    expected = true(bench, days)
    assert landed(bench, days) == expected
    assert outcome.is_proven
    assert (outcome.complete_days, outcome.open_days, outcome.reasons) == (tuple(days), (), ())
    assert outcome.received_rows == len(expected)
    for day in (date(2026, 3, 29), date(2026, 10, 25)):
        (window,) = [each for each in newest_read(bench, day).manifest.windows if each.day == day]
        assert (window.window_start, window.window_end) == (
            starts_at(day, bench.source.zone),
            ends_at(day, bench.source.zone),
        )
        assert window.expected_rows == window.received_rows == len(true(bench, DayRange(day, day))) > 0
    assert bench.simulator.refused_count == 0


def test_both_passes_of_the_doubled_hour_land(bench):
    """Calls of either pass of 02:00-03:00 on the day the clocks go back are all there."""
    day = date(2026, 10, 25)
    bench.sync_calls(day, day)
    calls = [call for call in bench.simulator.truth.calls(day, day) if call.is_ambiguous_local_time]
    assert len({call.started_at.hour for call in calls}) == 2
    found = {call[0] for call in landed(bench, DayRange(day, day))}
    assert {call.uniqueid for call in calls} <= found


def test_every_request_carries_all_five_filters(bench):
    """No request for calls leaves a filter to the vendor's defaults, which show answered outbound calls only."""
    bench.sync_calls(date(2026, 10, 20), date(2026, 10, 28))
    bench.sync_calls(date(2026, 10, 20), date(2026, 10, 28))
    asked = [record for record in bench.simulator.requests if record.endpoint == "listcdrlogs"]
    assert len(asked) > 5
    assert all(set(FILTERS) <= set(record.form) for record in asked)
    assert all((record.form["filter_inbound"], record.form["filter_outbound"]) == ("1", "1") for record in asked)
    pages = [record for record in asked if not is_count(record)]
    assert {quadrant_of(record) for record in pages} == set(QUADRANTS)
    assert {(record.form["pagelimit"], record.form["sortkey"], record.form["sorttype"]) for record in pages} == {
        ("300", "calltime", "0")
    }


def test_a_call_just_beyond_midnight_belongs_to_the_other_day(bench):
    """Rows of the second beyond the window's edges are kept raw, and counted for no day of it."""
    day = date(2026, 10, 23)
    for other, at in ((day - timedelta(1), "2026-10-22 23:59:59.5"), (day + timedelta(1), "2026-10-24 00:00:00.75")):
        calls = bench.simulator.company.day(other).calls
        place = -1 if other < day else 0
        calls[place] = replace(calls[place], started_at_local=datetime.fromisoformat(at))
    outcome = bench.sync_calls(day, day)
    (manifest,) = manifests(bench)
    (window,) = manifest.windows
    expected = true(bench, DayRange(day, day))
    assert outcome.is_proven
    assert window.received_rows == window.expected_rows == len(expected)
    assert manifest.parts[0].itemcount == outcome.received_rows == len(expected) + 2
    assert landed(bench, DayRange(day, day)) == expected
    before = bench.sync_calls(day - timedelta(1), day - timedelta(1))
    assert before.is_proven
    both = DayRange(day - timedelta(1), day)
    assert landed(bench, both) == true(bench, both)


def test_days_without_calls_are_proven_empty_by_their_count(make_bench):
    """Days on which nobody called are complete with no row, for the control count alone."""
    bench = make_bench(plan=CompanyPlan(seed=1, first_day=date(2026, 10, 20)))
    days = DayRange(date(2026, 9, 1), date(2026, 9, 10))
    outcome = bench.sync_calls(days.first, days.last)
    assert (outcome.requests, outcome.received_rows, outcome.complete_days) == (1, 0, tuple(days))
    (manifest,) = manifests(bench)
    assert [(part.part, part.itemcount, part.pages) for part in manifest.parts] == [("control", 0, ())]


def test_closed_proven_days_cost_nothing_more(bench):
    """A second sync of days that are final and outside the look-back sends no request at all."""
    bench.sync_calls(CLOSED.first, CLOSED.last)
    before = len(bench.simulator.requests)
    outcome = bench.sync_calls(CLOSED.first, CLOSED.last)
    assert (outcome.requests, outcome.is_proven, outcome.complete_days) == (0, True, tuple(CLOSED))
    assert sent(bench, before) == []


def test_the_look_back_costs_one_count(bench):
    """With nothing new, a second sync that includes the look-back asks one control count and no page."""
    days = DayRange(CLOSED.first, date(2026, 10, 27))
    bench.sync_calls(days.first, days.last)
    before = len(bench.simulator.requests)
    bench.time.pass_time(60)
    outcome = bench.sync_calls(days.first, days.last)
    asked = sent(bench, before)
    assert windows_asked(asked) == [("2026-10-26 00:00:00", "2026-10-28 00:00:00")]
    assert asked_pages(asked) == []
    assert (outcome.requests, outcome.is_proven) == (1, True)
    assert proof(bench)[date(2026, 10, 26)] == (True, True, True)
    assert proof(bench)[date(2026, 10, 25)] == (True, True, False)


def test_named_days_are_read_again_whatever_is_proven(bench):
    """A re-read asks every page of its days again and lands a read of its own."""
    first = bench.sync_calls(CLOSED.first, CLOSED.last)
    again = bench.sync_calls(CLOSED.first, CLOSED.last, is_reread=True)
    assert again.requests == first.requests
    assert [manifest.is_complete for manifest in manifests(bench)] == [True, True]
    assert landed(bench, CLOSED) == true(bench, CLOSED)


def test_a_re_read_leaves_days_alone_that_were_read_since_it_began(bench):
    """Days that somebody read in full after the re-read was asked for are not read twice."""
    since = bench.clock.utc()
    bench.sync_calls(date(2026, 10, 23), date(2026, 10, 25), is_reread=True)
    before = len(bench.simulator.requests)
    bench.sync_calls(CLOSED.first, CLOSED.last, is_reread=True, since=since)
    assert windows_asked(sent(bench, before)) == [("2026-10-19 23:59:59", "2026-10-23 00:00:01")]


def test_28_days_of_10_000_calls_cost_hardly_more_than_their_pages(make_bench):
    """A first sync sends at most a tenth more requests than its rows need, and every one stands in a manifest."""
    plan = CompanyPlan(seed=3, first_day=date(2026, 2, 1), calls_per_working_day=520, extension_count=40)
    bench = make_bench(plan=plan, now=datetime(2026, 3, 1, 12, tzinfo=UTC))
    days = DayRange(date(2026, 2, 1), date(2026, 2, 28))
    outcome = bench.sync_calls(days.first, days.last)
    lists = bench.sync_lists()
    calls = bench.simulator.truth.calls(days.first, days.last)
    assert 9_500 < len(calls) < 11_000
    recordings = [owner for each in bench.simulator.truth.recordings() for owner in each.extension_ids]
    pages = sum(-(-recordings.count(owner) // 300) for owner in set(recordings))
    least = least_pages(calls) + pages + 2
    asked = sent(bench)
    assert least <= len(asked) <= 1.1 * least
    assert requests_in_manifests(bench) == len(asked) == outcome.requests + sum(each.requests for each in lists)
    assert landed(bench, days) == true(bench, days)
    assert [each.is_proven for each in (outcome, *lists)] == [True] * 4
    assert bench.simulator.refused_count == 0


def test_a_window_that_is_too_large_is_cut_and_counted(make_bench):
    """Days that hold more rows than a window should are read in several, newest first, and cost one count more."""
    plan = CompanyPlan(seed=3, first_day=date(2026, 2, 1), calls_per_working_day=1_800, extension_count=100)
    bench = make_bench(plan=plan, now=datetime(2026, 3, 3, 12, tzinfo=UTC))
    days = DayRange(date(2026, 2, 1), date(2026, 2, 28))
    outcome = bench.sync_calls(days.first, days.last)
    calls = bench.simulator.truth.calls(days.first, days.last)
    assert len(calls) > 2 * WINDOW_ROWS
    assert outcome.is_proven
    assert landed(bench, days) == true(bench, days)
    done = manifests(bench)
    assert len(done) > 1
    assert [manifest.asked["last_day"] for manifest in done] == sorted(
        (manifest.asked["last_day"] for manifest in done), reverse=True
    )
    assert all(sum(part.received_rows for part in manifest.parts) < 2 * WINDOW_ROWS for manifest in done)
    assert len(sent(bench)) == outcome.requests == requests_in_manifests(bench) + 1
    assert bench.simulator.refused_count == 0


def test_the_newest_days_come_first(make_bench):
    """A back-fill goes from the newest window to the oldest, and its windows join without gap or overlap."""
    plan = CompanyPlan(seed=1, first_day=date(2026, 1, 1), calls_per_working_day=10)
    bench = make_bench(plan=plan)
    first, last = date(2026, 1, 1), date(2026, 10, 27)
    bench.sync_calls(first, last)
    windows = [tuple(manifest.asked.values()) for manifest in manifests(bench)]
    assert windows[0] == ("2026-09-27", "2026-10-27")
    assert windows[-1][0] == "2026-01-01"
    assert all(
        date.fromisoformat(after[1]) + timedelta(days=1) == date.fromisoformat(before[0])
        for before, after in pairwise(windows)
    )
    least = [least_pages(bench.simulator.truth.calls(*map(date.fromisoformat, each))) for each in windows]
    assert len(sent(bench)) == sum(least)


@pytest.mark.parametrize(
    ("read_at", "is_final"),
    [
        pytest.param(datetime(2026, 10, 27, 23, 30, tzinfo=UTC), False, id="half-an-hour-after"),
        pytest.param(datetime(2026, 10, 28, 4, 59, tzinfo=UTC), False, id="just-before-six-hours"),
        pytest.param(datetime(2026, 10, 28, 5, 0, tzinfo=UTC), True, id="six-hours-after"),
    ],
)
def test_yesterday_is_final_when_read_six_hours_after_its_end(make_bench, read_at, is_final):
    """A day is final only by a reading that began six hours after its end or later."""
    bench = make_bench(now=read_at)
    day = date(2026, 10, 27)
    bench.sync_calls(day, day)
    assert proof(bench)[day] == (True, is_final, False)


def test_a_day_becomes_final_by_one_more_full_reading(make_bench):
    """A day read at one in the morning is only counted at two, read in full after six, and then only counted."""
    bench = make_bench(now=datetime(2026, 10, 28, 0, 0, tzinfo=UTC))
    day = date(2026, 10, 27)
    costs, states = [], []
    for hours in (0, 1, 6, 1, 1):
        bench.time.pass_time(hours * 3600)
        costs.append(bench.sync_calls(day, day).requests)
        states.append(proof(bench)[day])
    assert costs == [5, 1, 5, 1, 1]
    assert states == [
        (True, False, False),
        (True, False, True),
        (True, True, False),
        (True, True, True),
        (True, True, True),
    ]


def test_the_count_finds_a_call_filed_late_within_the_look_back(make_bench):
    """A call of a proven day that shows up two days later is found by the count, and only its day is read again.

    The day before it, whose look-back ended meanwhile, is counted once more, and then no longer.
    """
    plan = CompanyPlan(seed=5, first_day=date(2026, 10, 20), late_share=0.01, late_max_s=60 * 3600)
    bench = make_bench(plan=plan, now=datetime(2026, 10, 27, 13, 0, tzinfo=UTC))
    days = DayRange(date(2026, 10, 23), date(2026, 10, 26))
    bench.sync_calls(days.first, days.last)
    assert landed(bench, days) == true(bench, days)
    had = set(true(bench, days))
    bench.time.pass_time(20 * 3600)
    late = {call[1].date() for call in set(true(bench, days)) - had}
    assert late == {date(2026, 10, 26)}, "this seed files no call late"
    before = len(bench.simulator.requests)
    outcome = bench.sync_calls(days.first, days.last)
    asked = sent(bench, before)
    assert windows_asked(asked) == [
        ("2026-10-25 00:00:00", "2026-10-27 00:00:00"),
        ("2026-10-25 00:00:00", "2026-10-26 00:00:00"),
        ("2026-10-25 23:59:59", "2026-10-27 00:00:01"),
    ]
    assert asked_pages(asked) == [(name, "1") for name in QUADRANTS]
    assert landed(bench, days) == true(bench, days)
    assert outcome.is_proven
