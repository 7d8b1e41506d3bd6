"""The last word on a sync, read off what stands on disk."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from unite_pipeline.extract.cdr_logs import sync_cdr_logs
from unite_pipeline.extract.days import DayRange
from unite_pipeline.extract.verdict import Fault as Found
from unite_pipeline.extract.verdict import Verdict, verdict
from unite_pipeline.simulator import ALWAYS, CompanyPlan, Fault
from unite_pipeline_tests.extract.landed import landed, proof, true

MONDAY = date(2026, 10, 12)
DAYS = DayRange(date(2026, 10, 8), date(2026, 10, 19))
PLAN = CompanyPlan(seed=3, first_day=DAYS.first, calls_per_working_day=60)


@pytest.fixture
def bench(make_bench):
    """A company that was read on a Monday morning, and not again for a week."""
    bench = make_bench(now=datetime(2026, 10, 12, 10, 0, tzinfo=UTC), plan=PLAN)
    assert bench.sync_calls(DAYS.first, MONDAY).is_proven
    assert proof(bench)[MONDAY] == (True, False, False)
    bench.time.pass_time(timedelta(days=7).total_seconds())
    return bench


def faults_of(bench, request):
    """What the verdict finds wrong with the calls."""
    return verdict(bench.places, request, bench.source.zone, ["cdr_logs"]).faults


def test_a_day_read_while_it_was_going_on_is_open_once_it_is_over(bench):
    """Half a Monday proves no Monday: if its rest cannot be read, outcome, coverage and verdict say so."""
    bench.faults.add(Fault("status_false", "listcdrlogs", day=MONDAY, times=ALWAYS))
    request = bench.request(DAYS.first, DAYS.last, lookback_days=0)
    outcome = sync_cdr_logs(bench.source, request)
    assert not outcome.is_proven
    assert MONDAY in outcome.open_days
    assert proof(bench)[MONDAY] == (False, False, False)
    assert str(MONDAY) in faults_of(bench, request)[0]
    bench.faults.clear()
    again = bench.request(DAYS.first, DAYS.last)
    assert sync_cdr_logs(bench.source, again).is_proven
    assert faults_of(bench, again) == ()
    assert landed(bench, DAYS) == true(bench, DAYS)


def test_a_week_that_nobody_could_read_is_open(bench):
    """With an API that is down the days since are open, and so is the one that was going on when it was last read."""
    bench.faults.add(Fault("server_error", "listcdrlogs", times=ALWAYS))
    request = bench.request(DAYS.first, DAYS.last, lookback_days=0)
    outcome = sync_cdr_logs(bench.source, request)
    assert outcome.open_days == tuple(DayRange(MONDAY, DAYS.last))
    assert f"({MONDAY}..{DAYS.last})" in faults_of(bench, request)[0]


@pytest.mark.parametrize("times", [1, ALWAYS], ids=["once", "always"])
def test_a_failed_re_read_is_not_hidden_by_the_older_proof(bench, times):
    """Days that were asked to be read again, and could not be, are open for this request though proven before."""
    assert bench.sync_calls(DAYS.first, DAYS.last).is_proven
    bench.time.pass_time(3600)
    bad = date(2026, 10, 14)
    bench.faults.add(Fault("status_false", "listcdrlogs", day=bad, times=times))
    request = bench.request(bad, bad, is_reread=True)
    outcome = sync_cdr_logs(bench.source, request)
    assert (outcome.is_proven, outcome.open_days, outcome.complete_days) == (False, (bad,), ())
    assert f"1 days are not proven complete ({bad})" in faults_of(bench, request)[0]
    assert proof(bench)[bad][0]


def test_what_stops_all_feeds_is_told_once():
    """Feeds that fail for one reason share a sentence; each is named, and so is what is not proven of it."""
    refused, list_of = "The log-in was refused", "not proven complete"
    found = (
        Found("cdr_logs", "2 days are not proven complete (2026-10-12..2026-10-13)", refused),
        Found("extensions", list_of, refused),
        Found("switches", list_of, refused),
        Found("phonebook", list_of, None),
        Found("call_records", list_of, "A list ended early"),
    )
    all_refused = (
        "cdr_logs: 2 days are not proven complete (2026-10-12..2026-10-13); "
        "extensions, switches: not proven complete: The log-in was refused"
    )
    assert Verdict(found).in_short == (
        all_refused,
        "phonebook: not proven complete",
        "call_records: not proven complete: A list ended early",
    )
    assert Verdict(found).faults[1] == "extensions: not proven complete: The log-in was refused"
    assert not Verdict(found).is_proven
