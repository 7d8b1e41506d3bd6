"""The feed cdr_logs while the API misbehaves, one fault at a time."""

from __future__ import annotations

from datetime import date

import pytest

from unite_pipeline.api.client import MAX_ATTEMPTS
from unite_pipeline.extract.cdr_window import QUADRANTS, UNLABELLED
from unite_pipeline.extract.days import DayRange
from unite_pipeline.simulator import ALWAYS, CompanyPlan, Fault
from unite_pipeline_tests.extract.landed import (
    asked_pages,
    landed,
    least_pages,
    manifests,
    proof,
    reads,
    requests_in_manifests,
    rows_of,
    sent,
    true,
    windows_asked,
)

DAYS = DayRange(date(2026, 10, 12), date(2026, 10, 23))
BAD = date(2026, 10, 15)
PLAN = CompanyPlan(seed=4, first_day=DAYS.first, calls_per_working_day=90)

PASSING = [
    pytest.param(Fault("truncated_json", "listcdrlogs", after=3), 1, id="truncated_json"),
    pytest.param(Fault("server_error", "listcdrlogs", after=3), 1, id="server_error"),
    pytest.param(Fault("server_error", "listcdrlogs", times=MAX_ATTEMPTS - 1), 4, id="server_error-four-times"),
    pytest.param(Fault("cut_connection", "listcdrlogs", after=2), 1, id="cut_connection"),
    pytest.param(Fault("timeout", "listcdrlogs", after=2), 1, id="timeout"),
    pytest.param(Fault("too_many_requests", "listcdrlogs", after=2), 1, id="too_many_requests"),
    pytest.param(Fault("too_many_requests", "listcdrlogs", after=2, retry_after_s=90), 1, id="retry_after"),
    pytest.param(Fault("token_expired", "listcdrlogs", after=2), 1, id="token_expired"),
    pytest.param(Fault("token_invalid", "listcdrlogs", after=2), 1, id="token_invalid"),
    pytest.param(Fault("unauthorized", "listcdrlogs", after=2), 1, id="unauthorized"),
    pytest.param(Fault("leading_noise", "listcdrlogs", after=2), 0, id="leading_noise"),
    pytest.param(Fault("numbers_as_text", "listcdrlogs"), 0, id="numbers_as_text"),
    pytest.param(Fault("missing_error_code", "listcdrlogs"), 0, id="missing_error_code"),
    pytest.param(Fault("empty_map_as_list", "listcdrlogs"), 0, id="empty_map_as_list"),
    pytest.param(Fault("repeated_last_page", "listcdrlogs"), 0, id="repeated_last_page"),
    pytest.param(Fault("duplicate_key", "listcdrlogs"), 0, id="duplicate_key"),
]


@pytest.fixture
def bench(make_bench):
    """A company whose twelve days fill three pages of one quadrant and part of one of the others."""
    return make_bench(plan=PLAN)


def sync(bench):
    """Sync the twelve days; give the outcome and the requests it sent."""
    before = len(bench.simulator.requests)
    bench.time.pass_time(60)
    return bench.sync_calls(DAYS.first, DAYS.last), sent(bench, before)


def least(bench):
    """Requests that a sync without any fault needs."""
    return least_pages(bench.simulator.truth.calls(DAYS.first, DAYS.last))


@pytest.mark.parametrize(("fault", "extra"), PASSING)
def test_a_passing_fault_costs_its_retries_and_loses_nothing(bench, fault, extra):
    """Whatever a second asking cures is cured: all days proven, the truth on disk, one request more a failure."""
    bench.faults.add(fault)
    outcome, asked = sync(bench)
    assert outcome.is_proven
    assert outcome.reasons == ()
    assert landed(bench, DAYS) == true(bench, DAYS)
    assert len(asked) == least(bench) + extra == requests_in_manifests(bench) == outcome.requests
    assert bench.simulator.refused_count == 0


@pytest.mark.parametrize("count", [7, 100, 299])
def test_pages_shorter_than_asked_are_walked_to_the_count(bench, count):
    """A server that caps its pages gets more requests, and every row arrives once."""
    bench.faults.add(Fault("short_page", "listcdrlogs", count=count))
    outcome, asked = sync(bench)
    assert outcome.is_proven
    assert landed(bench, DAYS) == true(bench, DAYS)
    assert len(asked) == least_pages(bench.simulator.truth.calls(DAYS.first, DAYS.last), count)
    received = [
        row["uniqueid"] for part in manifests(bench)[-1].parts for row in rows_of(bench, reads(bench)[-1], part)
    ]
    assert len(received) == len(set(received))


@pytest.mark.parametrize("fault", ["page_drift", "repeated_last_page"])
def test_rows_that_shift_between_pages_are_neither_lost_nor_landed_twice(bench, fault):
    """A row that appears before the reader's place opens its day, which the same sync reads once more."""
    bench.faults.add(Fault("short_page", "listcdrlogs", count=50), Fault(fault, "listcdrlogs"))
    outcome, _ = sync(bench)
    assert outcome.is_proven
    assert landed(bench, DAYS) == true(bench, DAYS)
    for read in reads(bench):
        for part in read.manifest.parts:
            keys = [row["uniqueid"] for row in rows_of(bench, read, part)]
            assert len(keys) == len(set(keys)) == part.landed_rows


def test_a_drift_is_settled_by_reading_its_day_alone(bench):
    """After a drift only the day of the row that shifted is read again, and nothing of it is left open."""
    bench.faults.add(Fault("page_drift", "listcdrlogs"))
    outcome, asked = sync(bench)
    first_call = min(bench.simulator.truth.calls(DAYS.first, DAYS.last), key=lambda call: call.started_at_local)
    first, second = manifests(bench)
    assert [window.day for window in first.windows if not window.is_complete] == [first_call.started_at_local.date()]
    assert [(window.day, window.is_complete) for window in second.windows] == [
        (first_call.started_at_local.date(), True)
    ]
    assert outcome.is_proven
    assert landed(bench, DAYS) == true(bench, DAYS)
    assert len(asked) == outcome.requests == first.requests + second.requests <= least(bench) + 20


def closed_truth(bench, days):
    """The calls of some of the days as the simulator knows them, however the days lie."""
    return {call: labels for call, labels in true(bench, DAYS).items() if call[1].date() in days}


def test_a_row_on_two_pages_hides_none_that_is_on_none(bench):
    """A row that comes again in another's place is one row: the other's day is read once more, and all are there."""
    bench.faults.add(Fault("unstable_order", "listcdrlogs", times=1))
    outcome, _ = sync(bench)
    first, second = manifests(bench)
    (opened,) = [window for window in first.windows if not window.is_complete]
    assert "calls came of" in first.reason
    assert [(window.day, window.is_complete) for window in second.windows] == [(opened.day, True)]
    assert outcome.is_proven
    assert landed(bench, DAYS) == true(bench, DAYS)
    part = first.parts[1]
    assert (part.itemcount - part.received_rows, part.received_rows - part.landed_rows) == (1, 0)


def test_an_order_that_never_is_stable_leaves_open_what_it_hides(bench):
    """Where every page begins with the row before it, no day is called proven that lacks a call."""
    bench.faults.add(Fault("unstable_order", "listcdrlogs"), Fault("short_page", "listcdrlogs", count=40))
    outcome, _ = sync(bench)
    assert not outcome.is_proven
    assert outcome.open_days
    found, expected = landed(bench, DAYS), true(bench, DAYS)
    lost = {call[1].date() for call in expected.keys() - found.keys()}
    assert lost == set(outcome.open_days)
    proven = set(outcome.complete_days)
    assert {call: labels for call, labels in found.items() if call[1].date() in proven} == closed_truth(bench, proven)
    bench.faults.clear()
    assert sync(bench)[0].is_proven
    assert landed(bench, DAYS) == expected


def test_a_row_on_two_pages_hides_none_from_a_read_that_is_taken_up(bench):
    """Cut off right after the page before, the next sync knows the rows on disk, and counts none of them again."""
    bench.faults.add(Fault("unstable_order", "listcdrlogs", times=1))
    bench.faults.add(Fault("server_error", "listcdrlogs", after=2, times=4 * MAX_ATTEMPTS))
    assert not sync(bench)[0].is_proven
    bench.faults.clear("server_error")
    outcome, asked = sync(bench)
    assert ("external_answered", "1") not in asked_pages(asked)[:1]
    assert outcome.is_proven
    assert landed(bench, DAYS) == true(bench, DAYS)
    assert bench.faults.fired("unstable_order") == 1


def test_a_true_duplicate_on_another_page_leaves_its_day_open(bench):
    """A row that the API has twice, and counts twice, cannot be told from one that hides another: no false proof."""
    bench.faults.add(Fault("repeated_row", "listcdrlogs", day=BAD), Fault("short_page", "listcdrlogs", count=20))
    outcome, _ = sync(bench)
    assert outcome.open_days == (BAD,)
    assert landed(bench, DAYS) == true(bench, DAYS)


def test_a_true_duplicate_on_one_page_is_as_many_rows_as_counted(bench):
    """A row that stands twice on one page came twice, as the API counts: nothing is open (contract 50)."""
    bench.faults.add(Fault("repeated_row", "listcdrlogs", day=BAD))
    before = len(bench.simulator.requests)
    outcome = bench.sync_calls(BAD, BAD)
    (manifest,) = manifests(bench)
    assert outcome.is_proven
    assert manifest.windows[0].received_rows == len(true(bench, DayRange(BAD, BAD))) + 1
    assert landed(bench, DayRange(BAD, BAD)) == true(bench, DayRange(BAD, BAD))
    assert len(sent(bench, before)) == least_pages(bench.simulator.truth.calls(BAD, BAD))


@pytest.mark.parametrize(
    ("fault", "bad", "missing"),
    [
        pytest.param(Fault("vanishing_row", "listcdrlogs", day=BAD), BAD, 1, id="vanishing_row"),
        pytest.param(Fault("count_too_high", "listcdrlogs", day=DAYS.first), DAYS.first, 0, id="count_too_high"),
        pytest.param(
            Fault("count_too_high", "listcdrlogs", day=DAYS.first, count=40), DAYS.first, 0, id="count_40_too_high"
        ),
    ],
)
def test_a_count_that_is_never_reached_opens_its_day_and_no_other(bench, fault, bad, missing):
    """Days whose rows do not add up stay open with a reason; the others are proven; what came is kept."""
    bench.faults.add(fault)
    outcome, asked = sync(bench)
    assert not outcome.is_proven
    assert outcome.open_days == (bad,)
    assert outcome.complete_days == tuple(day for day in DAYS if day != bad)
    assert outcome.reasons == ("1 of 12 days are not proven complete",)
    assert all(f"open: {bad}" in manifest.reason for manifest in manifests(bench))
    assert [manifest.asked["first_day"] for manifest in manifests(bench)] == [str(DAYS.first), str(bad)]
    expected = true(bench, DAYS)
    found = landed(bench, DAYS)
    assert found.items() <= expected.items()
    assert len(expected) - len(found) == missing
    assert {call[1].date() for call in expected.keys() - found.keys()} <= {bad}
    assert len(asked) <= least(bench) + 50

    again, asked = sync(bench)
    assert again.open_days == (bad,)
    asked_days = {window[0][:10] for window in windows_asked(asked)} | {
        window[1][:10] for window in windows_asked(asked)
    }
    assert asked_days <= {str(bad), *(str(date.fromordinal(bad.toordinal() + each)) for each in (-1, 1))}

    bench.faults.clear()
    cured, asked = sync(bench)
    day = bench.simulator.truth.calls(bad, bad)
    assert cured.is_proven
    assert landed(bench, DAYS) == true(bench, DAYS)
    assert len(asked) == least_pages(day)
    assert len(windows_asked(asked)) == 1


def test_a_row_that_vanishes_anywhere_opens_one_day(bench):
    """A row that is counted and never given, wherever it is, leaves exactly its own day open."""
    bench.faults.add(Fault("vanishing_row", "listcdrlogs"))
    outcome, _ = sync(bench)
    lost = set(true(bench, DAYS)) - set(landed(bench, DAYS))
    assert len(lost) == 1
    assert outcome.open_days == tuple(call[1].date() for call in lost)
    bench.faults.clear()
    cured, asked = sync(bench)
    assert cured.is_proven
    assert landed(bench, DAYS) == true(bench, DAYS)
    assert len(windows_asked(asked)) == 1


def test_a_count_too_high_everywhere_never_loses_a_row(bench):
    """Where every count is one too high something stays open, and every day that is called proven has its calls."""
    bench.faults.add(Fault("count_too_high", "listcdrlogs"))
    outcome, asked = sync(bench)
    assert not outcome.is_proven
    assert landed(bench, DAYS) == true(bench, DAYS)
    assert len(asked) <= least(bench) + 50
    bench.faults.clear()
    cured, asked = sync(bench)
    assert cured.is_proven
    assert len(asked) <= least(bench)


def test_a_call_in_two_quadrants_is_one_call_with_two_labels(bench):
    """A call that the server files under external and internal is counted once, and lands under both."""
    bench.faults.add(Fault("overlap", "listcdrlogs"))
    outcome, asked = sync(bench)
    found, expected = landed(bench, DAYS), true(bench, DAYS)
    assert outcome.is_proven
    assert set(found) == set(expected)
    (both,) = [labels for call, labels in found.items() if labels != expected[call]]
    assert len(both) == 2
    assert {each.partition("_")[0] for each in both} == {"internal", "external"}
    assert len(asked) == least(bench)


def test_an_overlap_does_not_hide_a_hole(bench):
    """A call that comes twice does not stand in for another that never comes: that one's day is open."""
    bench.faults.add(Fault("overlap", "listcdrlogs"), Fault("vanishing_row", "listcdrlogs", day=BAD))
    outcome, _ = sync(bench)
    assert outcome.open_days == (BAD,)
    assert {call[1].date() for call in set(true(bench, DAYS)) - set(landed(bench, DAYS))} == {BAD}


def test_a_call_in_no_quadrant_is_fetched_without_a_label(bench):
    """What the quadrants lack is asked for with every filter open, and the days are proven by it."""
    bench.faults.add(Fault("remainder", "listcdrlogs", day=BAD))
    outcome, asked = sync(bench)
    found, expected = landed(bench, DAYS), true(bench, DAYS)
    assert outcome.is_proven
    assert set(found) == set(expected)
    (rest,) = [call for call, labels in found.items() if labels == {UNLABELLED}]
    assert rest[1].date() == BAD
    assert all(labels - {UNLABELLED} == expected[call] for call, labels in found.items() if call != rest)
    assert "none of the four quadrants" in manifests(bench)[-1].reason
    calls = len(expected)
    assert len(asked) == least(bench) + 1 + -(-calls // 300)


def test_a_key_that_comes_twice_with_other_content_is_kept_both_times(bench):
    """Two different rows under one key both count and both land: which of them holds is decided later."""
    bench.faults.add(Fault("duplicate_uniqueid", "listcdrlogs", day=BAD))
    outcome, asked = sync(bench)
    found, expected = landed(bench, DAYS), true(bench, DAYS)
    assert outcome.is_proven
    assert set(expected) < set(found)
    (extra,) = set(found) - set(expected)
    assert extra[0] in {call[0] for call in expected}
    assert len(asked) == least(bench)


def test_rows_filed_late_are_proven_as_of_the_reading_and_had_by_a_re_read(bench):
    """Rows the server does not count yet are no hole; days read again later have them."""
    bench.faults.add(Fault("late_rows", "listcdrlogs", day=BAD))
    outcome, _ = sync(bench)
    assert outcome.is_proven
    assert len(set(true(bench, DAYS)) - set(landed(bench, DAYS))) == 3
    bench.faults.clear()
    assert bench.sync_calls(BAD, BAD, is_reread=True).is_proven
    assert landed(bench, DAYS) == true(bench, DAYS)


def test_a_row_without_a_readable_time_is_counted_and_kept(bench):
    """A row whose time is garbage came as counted: its window is proven, and the row is on disk for the rejects."""
    bench.faults.add(Fault("wrong_type", "listcdrlogs", day=BAD))
    outcome, asked = sync(bench)
    assert outcome.is_proven
    assert len(asked) == least(bench)
    (read,) = reads(bench)
    rows = [row for part in read.manifest.parts for row in rows_of(bench, read, part)]
    assert len(rows) == len(true(bench, DAYS))
    assert [row["calltime"] for row in rows].count("garbage") == 1


FOR_GOOD = {
    "duplicate_key": (Fault("duplicate_key", "listcdrlogs", count=999_999), 4, 4),
    "not_allowed": (Fault("not_allowed", "listcdrlogs"), 1, 1),
    "status_false": (Fault("status_false", "listcdrlogs", times=ALWAYS), 4, 4),
    "server_error": (Fault("server_error", "listcdrlogs", times=ALWAYS), 4 * MAX_ATTEMPTS, 4),
    "timeout": (Fault("timeout", "listcdrlogs", times=ALWAYS), MAX_ATTEMPTS + 3, 4),
    "cut_connection": (Fault("cut_connection", "listcdrlogs", times=ALWAYS), MAX_ATTEMPTS + 3, 4),
    "truncated_json": (Fault("truncated_json", "listcdrlogs", times=ALWAYS), 4 * MAX_ATTEMPTS, 4),
    "too_many_requests": (Fault("too_many_requests", "listcdrlogs", times=ALWAYS), MAX_ATTEMPTS, 1),
    "token_expired": (Fault("token_expired", "listcdrlogs", times=ALWAYS), 2, 1),
}
"""The fault, the requests it takes, and the windows tried: all twelve days, then three days alone.

Where nobody answers, only the first request is tried again: the others meet an outage that is known (decision 0012)."""


@pytest.mark.parametrize(("fault", "requests", "windows"), FOR_GOOD.values(), ids=FOR_GOOD.keys())
def test_an_api_that_fails_for_good_leaves_every_day_open(bench, fault, requests, windows):
    """The feed ends after two days and one elsewhere failed alone; nothing is called proven; the next has it all."""
    bench.faults.add(fault)
    outcome, asked = sync(bench)
    assert not outcome.is_proven
    assert outcome.open_days == tuple(DAYS)
    assert outcome.complete_days == ()
    assert outcome.reasons[-1] == "12 of 12 days are not proven complete"
    assert len(asked) == outcome.requests == requests
    assert {state[0] for state in proof(bench).values()} == {False}
    assert [manifest.is_complete for manifest in manifests(bench)] == [False] * windows
    assert all(manifest.reason is not None for manifest in manifests(bench))
    bench.faults.clear()
    cured, asked = sync(bench)
    assert cured.is_proven
    assert landed(bench, DAYS) == true(bench, DAYS)
    # The fault ended the life of the last token, too: one more request finds that out.
    assert len(asked) == least(bench) + (fault.name == "token_expired")


@pytest.mark.parametrize("name", ["server_error", "status_false", "timeout"])
def test_a_day_that_the_api_cannot_give_hides_no_other(bench, name):
    """Where every window that touches one day fails, the days that do stay open with a reason, and others are proven.

    A window reaches a second into the days beside it, so these touch it too.
    """
    bench.faults.add(Fault(name, "listcdrlogs", day=BAD, times=ALWAYS))
    outcome, _asked = sync(bench)
    touching = tuple(date(2026, 10, day) for day in (14, 15, 16))
    assert outcome.open_days == touching
    assert all(any(str(day) in reason for reason in outcome.reasons) for day in touching)
    assert {day for day, state in proof(bench).items() if not state[0]} == set(touching)
    bench.faults.clear()
    cured, asked = sync(bench)
    assert cured.is_proven
    assert landed(bench, DAYS) == true(bench, DAYS)
    assert {each.form["filter_datestart"][:10] for each in asked} <= {"2026-10-13"}


@pytest.mark.parametrize("bad", [27, 26, 20], ids=["yesterday", "the day before", "further back"])
def test_a_bad_day_near_today_hides_no_other(make_bench, bad):
    """Whichever day fails, and its neighbours with it, a first sync has all other days at once, and today each hour."""
    bench = make_bench(plan=CompanyPlan(seed=3, first_day=date(2026, 10, 8), calls_per_working_day=60))
    bench.faults.add(Fault("status_false", "listcdrlogs", day=date(2026, 10, bad), times=ALWAYS))
    days = DayRange(date(2026, 10, 8), date(2026, 10, 28))
    touching = tuple(date(2026, 10, each) for each in (bad - 1, bad, bad + 1))
    for _ in range(3):
        outcome = bench.sync_calls(days.first, days.last)
        assert outcome.open_days == touching
        others = {call: labels for call, labels in true(bench, days).items() if call[1].date() not in touching}
        assert {call: labels for call, labels in landed(bench, days).items() if call in others} == others
        bench.time.pass_time(3600)


def test_a_count_that_fails_hides_neither_today_nor_an_open_day(make_bench):
    """A day of the look-back that cannot be counted is open for this sync, with the reason; the rest goes on."""
    bench = make_bench(plan=CompanyPlan(seed=3, first_day=date(2026, 10, 8), calls_per_working_day=60))
    assert bench.sync_calls(date(2026, 10, 12), date(2026, 10, 28)).is_proven
    bad, today = date(2026, 10, 26), date(2026, 10, 28)
    final = proof(bench)[bad]
    bench.faults.add(Fault("status_false", "listcdrlogs", day=bad, times=ALWAYS))
    days = DayRange(date(2026, 10, 8), today)
    for _ in range(3):
        bench.time.pass_time(3600)
        before = len(bench.simulator.requests)
        outcome = bench.sync_calls(days.first, days.last)
        assert (outcome.is_proven, outcome.open_days) == (False, (bad,))
        assert any(f"{bad}: The API refused" in reason for reason in outcome.reasons)
        assert landed(bench, days) == true(bench, days)
        assert len(sent(bench, before)) <= 15
    assert proof(bench)[bad] == final
    bench.faults.clear()
    assert bench.sync_calls(days.first, days.last).is_proven


def test_counts_of_an_api_that_is_down_are_soon_given_up(make_bench):
    """A look-back that cannot be counted at all costs its halving and one read elsewhere, and leaves it open."""
    bench = make_bench(plan=CompanyPlan(seed=3, first_day=date(2026, 10, 20), calls_per_working_day=60))
    first, today = date(2026, 10, 20), date(2026, 10, 28)
    assert bench.sync_calls(date(2026, 10, 24), today).is_proven
    bench.time.pass_time(3600)
    bench.faults.add(Fault("status_false", "listcdrlogs", times=ALWAYS))
    before = len(bench.simulator.requests)
    outcome = bench.sync_calls(first, today)
    assert len(sent(bench, before)) == 4  # three days, one day, another, and one day to read elsewhere
    assert [window[0][:10] for window in windows_asked(sent(bench, before))] == [
        "2026-10-26", "2026-10-28", "2026-10-27", "2026-10-19",
    ]  # fmt: skip
    assert set(DayRange(date(2026, 10, 26), today)) <= set(outcome.open_days)
    assert not outcome.is_proven


@pytest.mark.parametrize("after", range(1, 6))
def test_an_api_that_fails_half_way_keeps_what_came_and_is_taken_up(bench, after):
    """Pages that came before the failure stand in the manifest, and the next sync asks only for the others."""
    bench.faults.add(Fault("server_error", "listcdrlogs", after=after, times=ALWAYS))
    outcome, asked = sync(bench)
    assert outcome.open_days == tuple(DAYS)
    assert len(asked) == outcome.requests == after + 4 * MAX_ATTEMPTS
    read = reads(bench)[0]
    listed = sum(len(part.pages) for part in read.manifest.parts)
    assert listed == len(list(read.folder.rglob("*.ndjson.zst"))) == after - 1
    assert sum(part.landed_rows for part in read.manifest.parts) == sum(
        len(rows_of(bench, read, part)) for part in read.manifest.parts
    )
    bench.faults.clear()
    cured, asked = sync(bench)
    assert cured.is_proven
    assert landed(bench, DAYS) == true(bench, DAYS)
    assert len(asked) == least(bench) - listed


def test_a_failing_re_read_takes_no_proof_away(bench):
    """Days that are proven stay proven on disk when a later reading fails under way; what was asked is not done."""
    sync(bench)
    before = proof(bench)
    bench.faults.add(Fault("server_error", "listcdrlogs", after=3, times=ALWAYS))
    outcome = bench.sync_calls(DAYS.first, DAYS.last, is_reread=True)
    assert (outcome.is_proven, outcome.open_days) == (False, tuple(DAYS))
    assert proof(bench) == before
    bench.faults.clear()
    assert sync(bench)[0].is_proven


def test_a_re_read_that_does_not_add_up_opens_its_day(bench):
    """Proof looks at the last reading alone: a proven day whose re-reading lacks a row is open again."""
    sync(bench)
    bench.faults.add(Fault("vanishing_row", "listcdrlogs", day=BAD))
    outcome = bench.sync_calls(DAYS.first, DAYS.last, is_reread=True)
    assert outcome.open_days == (BAD,)
    bench.faults.clear()
    before = len(bench.simulator.requests)
    assert sync(bench)[0].is_proven
    assert len(windows_asked(sent(bench, before))) == 1
    assert set(asked_pages(sent(bench, before))) == {(name, "1") for name in QUADRANTS}


def test_a_row_without_a_readable_time_costs_its_day_a_reading_and_no_loop(make_bench):
    """Within the look-back such a row makes the count differ: its day is read once a sync, and no more."""
    bench = make_bench(plan=CompanyPlan(seed=1, first_day=date(2026, 10, 20)))
    yesterday = date(2026, 10, 27)
    bench.faults.add(Fault("wrong_type", "listcdrlogs", day=yesterday))
    bench.sync_calls(DAYS.last, yesterday)
    for _ in range(2):
        before = len(bench.simulator.requests)
        bench.time.pass_time(60)
        assert bench.sync_calls(DAYS.last, yesterday).is_proven
        assert len(sent(bench, before)) == 7
