"""Reading a day while it is going on: calls land between the pages."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from unite_pipeline.extract.days import DayRange
from unite_pipeline.simulator import CompanyPlan, Fault
from unite_pipeline_tests.extract.landed import (
    asked_pages,
    landed,
    manifests,
    proof,
    sent,
    true,
    windows_asked,
)

TODAY = date(2026, 10, 28)
DAYS = DayRange(date(2026, 10, 27), TODAY)
NOW = DayRange(TODAY, TODAY)
PLAN = CompanyPlan(seed=8, first_day=date(2026, 10, 27), calls_per_working_day=2_500, extension_count=120)


@pytest.fixture
def bench(make_bench):
    """A busy company at nine in the morning, whose API takes its time."""
    return make_bench(plan=PLAN, now=datetime(2026, 10, 28, 8, 0, tzinfo=UTC))


@pytest.mark.parametrize("latency_s", [5, 60, 600])
@pytest.mark.parametrize("days", [pytest.param(NOW, id="today-alone"), pytest.param(DAYS, id="with-yesterday")])
def test_growth_is_no_failure(bench, days, latency_s):
    """All that was there when reading began has come, nothing that never was, and the day is complete as of then."""
    bench.time.pass_time(3 * 3600)
    had = true(bench, days)
    bench.transport.latency_s = latency_s
    outcome = bench.sync_calls(days.first, days.last)
    bench.transport.latency_s = 0.05
    found, by_now = landed(bench, days), true(bench, days)
    assert len(by_now) > len(had)
    assert had.items() <= found.items() <= by_now.items()
    assert (outcome.is_proven, outcome.reasons, outcome.open_days) == (True, (), ())
    assert proof(bench)[TODAY] == (True, False, False)
    bench.time.pass_time(60)
    again = bench.sync_calls(days.first, days.last)
    assert again.is_proven
    assert landed(bench, days) == true(bench, days)


@pytest.mark.parametrize("latency_s", [5, 60])
@pytest.mark.parametrize("days", [pytest.param(NOW, id="today-alone"), pytest.param(DAYS, id="with-yesterday")])
def test_growth_hides_no_call_that_never_came(bench, days, latency_s):
    """A call that is counted and never given leaves today open, though as many others were filed meanwhile."""
    bench.time.pass_time(3 * 3600)
    bench.faults.add(Fault("vanishing_row", "listcdrlogs", day=TODAY))
    had = true(bench, NOW)
    bench.transport.latency_s = latency_s
    outcome = bench.sync_calls(days.first, days.last)
    bench.transport.latency_s = 0.05
    assert len(set(had) - set(landed(bench, NOW))) == 1
    assert len(landed(bench, NOW)) >= len(had)
    assert (outcome.is_proven, outcome.open_days) == (False, (TODAY,))
    bench.faults.clear()
    assert bench.sync_calls(days.first, days.last).is_proven
    assert landed(bench, days) == true(bench, days)


def test_every_hour_of_a_day_ends_with_the_truth(bench):
    """Each sync through the day brings what landed meanwhile; after the lag the day is final and costs a count."""
    for _ in range(16):
        outcome = bench.sync_calls(DAYS.first, DAYS.last)
        assert outcome.is_proven
        assert landed(bench, NOW) == true(bench, NOW)
        bench.time.pass_time(3600)
    assert proof(bench)[TODAY][:2] == (True, False)
    bench.time.pass_time(5 * 3600)
    bench.sync_calls(DAYS.first, DAYS.last)
    assert proof(bench)[TODAY] == (True, True, False)
    bench.time.pass_time(60)
    before = len(bench.simulator.requests)
    bench.sync_calls(DAYS.first, DAYS.last)
    assert len(sent(bench, before)) == 1
    assert landed(bench, DAYS) == true(bench, DAYS)


def test_today_is_read_only_if_its_count_moved(bench):
    """A sync in a quiet minute asks one count; after a busy hour it reads today again and leaves yesterday alone."""
    bench.sync_calls(DAYS.first, DAYS.last)
    bench.time.pass_time(1)
    quiet = true(bench, DAYS)
    before = len(bench.simulator.requests)
    bench.sync_calls(DAYS.first, DAYS.last)
    assert true(bench, DAYS) == quiet
    assert windows_asked(sent(bench, before)) == [("2026-10-27 00:00:00", "2026-10-29 00:00:00")]
    bench.time.pass_time(3600)
    before = len(bench.simulator.requests)
    bench.sync_calls(DAYS.first, DAYS.last)
    assert windows_asked(sent(bench, before)) == [
        ("2026-10-27 00:00:00", "2026-10-29 00:00:00"),
        ("2026-10-27 00:00:00", "2026-10-28 00:00:00"),
        ("2026-10-27 23:59:59", "2026-10-29 00:00:01"),
    ]
    assert asked_pages(sent(bench, before))
    assert landed(bench, DAYS) == true(bench, DAYS)


def test_midnight_may_pass_while_today_is_read(bench):
    """A day that ends while it is read is no hole: it is read again, alone, and equals the truth."""
    bench.time.pass_time((datetime(2026, 10, 28, 22, 50, tzinfo=UTC) - bench.time.now).total_seconds())
    bench.transport.latency_s = 120
    outcome = bench.sync_calls(DAYS.first, DAYS.last)
    assert outcome.is_proven
    assert landed(bench, DAYS) == true(bench, DAYS)
    assert bench.time.now > datetime(2026, 10, 28, 23, 0, tzinfo=UTC)
    assert not proof(bench)[TODAY][1]


def test_late_calls_land_day_after_day(make_bench):
    """A week of nightly syncs with calls filed up to a day late has every call in the end, and never a false proof."""
    plan = CompanyPlan(
        seed=9, first_day=date(2026, 10, 19), calls_per_working_day=60, late_share=0.2, late_max_s=24 * 3600
    )
    bench = make_bench(plan=plan, now=datetime(2026, 10, 20, 5, 30, tzinfo=UTC))
    first = date(2026, 10, 19)
    for _ in range(7):
        today = bench.simulator.company.today(bench.clock.utc())
        outcome = bench.sync_calls(first, today)
        days = DayRange(first, today)
        assert outcome.is_proven
        assert landed(bench, days) == true(bench, days)
        bench.time.pass_time(24 * 3600)
    assert all(manifest.is_complete for manifest in manifests(bench))


@pytest.mark.parametrize("pause_days", [4, 9])
def test_late_calls_are_had_after_a_pause(make_bench, pause_days):
    """Calls filed late, while nobody looked until long after the look-back, are there after the next sync."""
    plan = CompanyPlan(
        seed=9, first_day=date(2026, 10, 19), calls_per_working_day=200, late_share=0.2, late_max_s=24 * 3600
    )
    bench = make_bench(plan=plan, now=datetime(2026, 10, 20, 5, 5, tzinfo=UTC))
    first = date(2026, 10, 19)
    assert bench.sync_calls(first, date(2026, 10, 20)).is_proven
    assert proof(bench)[first] == (True, True, False)
    bench.time.pass_time(pause_days * 24 * 3600)
    days = DayRange(first, bench.simulator.company.today(bench.clock.utc()))
    assert landed(bench, DayRange(first, first)) != true(bench, DayRange(first, first))
    assert bench.sync_calls(days.first, days.last).is_proven
    assert landed(bench, days) == true(bench, days)
