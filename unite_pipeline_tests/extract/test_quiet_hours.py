"""What an hour costs in which nothing happened: counts first, rows only where they differ, slow lists bit by bit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from unite_pipeline.extract.cdr_logs import counted_together
from unite_pipeline.extract.days import DayRange
from unite_pipeline.extract.known import KnownDay
from unite_pipeline.simulator import CompanyPlan

BEGAN = datetime(2026, 10, 27, 5, 5, tzinfo=UTC)
"""Six hours after midnight: the last day with calls is final when it is first read."""
COMPANY = CompanyPlan(
    seed=4, first_day=date(2026, 10, 20), last_day=date(2026, 10, 26), extension_count=50, calls_per_working_day=150,
    recording_share=1.0,
)  # fmt: skip
MOST_AN_HOUR = 12


def test_quiet_days_hour_by_hour(make_bench):
    """With 50 extensions no hour of five days without a call costs more than 12 requests, log-ins included."""
    bench = make_bench(now=BEGAN, plan=COMPANY)
    assert all(outcome.is_proven for outcome in bench.sync_everything())
    first_lists = bench.asked("listcallrecords")
    costs = []
    for hour in range(1, 5 * 24):
        bench.time.pass_time((BEGAN + timedelta(hours=hour) - bench.time.now).total_seconds())
        before = len(bench.simulator.requests)
        assert all(outcome.is_proven for outcome in bench.sync_everything())
        costs.append(len(bench.simulator.requests) - before)
    assert max(costs) <= MOST_AN_HOUR
    assert sorted(costs)[len(costs) // 2] <= 9
    # The slow lists went on meanwhile: all properties, and the first lists of recordings read again to their end.
    assert bench.asked("getextensionproperties") >= 50 + 24
    assert bench.asked("listcallrecords") - first_lists >= 24
    assert bench.simulator.refused_count == 0


def _known(*days):
    return {day: KnownDay(3, is_complete, True, BEGAN, BEGAN, BEGAN) for day, is_complete in days}


def test_proven_days_between_are_counted_along():
    """Days to count with proven days between them are one request; an open day between them makes two."""
    first, between, last = date(2026, 10, 24), date(2026, 10, 25), date(2026, 10, 26)
    to_count = frozenset({first, last})
    known = _known((first, True), (between, True), (last, True))
    assert counted_together(to_count, known) == DayRange(first, last)
    known = _known((first, True), (between, False), (last, True))
    assert counted_together(to_count, known) == DayRange(last, last)
