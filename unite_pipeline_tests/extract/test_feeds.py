"""All feeds together: what befalls one leaves the others alone."""

from __future__ import annotations

from datetime import date

import pytest

from unite_pipeline.extract.days import DayRange
from unite_pipeline.simulator import Fault
from unite_pipeline_tests.extract.landed import (
    landed,
    landed_recordings,
    manifests,
    requests_in_manifests,
    sent,
    true,
    true_recordings,
)

DAYS = DayRange(date(2026, 10, 20), date(2026, 10, 27))
FEEDS = ("cdr_logs", "extensions", "phonebook", "call_records")
ENDPOINTS = {
    "cdr_logs": ("listcdrlogs",),
    "extensions": ("listextensions",),
    "phonebook": ("listphonebookitems",),
    "call_records": ("listcallrecords",),
}


def sync(bench):
    """Sync every feed a minute later; outcomes by feed."""
    bench.time.pass_time(60)
    outcomes = [bench.sync_calls(DAYS.first, DAYS.last), *bench.sync_lists()]
    return {outcome.feed: outcome for outcome in outcomes}


@pytest.mark.parametrize("broken", FEEDS)
def test_an_endpoint_that_is_not_allowed_stops_its_own_feed_only(bench, broken):
    """A permanent error is the reason of one feed; the others are proven, and a later sync proves all."""
    for endpoint in ENDPOINTS[broken]:
        bench.faults.add(Fault("not_allowed", endpoint))
    outcomes = sync(bench)
    # Without a list of extensions nobody can tell whose recordings there are.
    hit = {broken, "call_records"} if broken == "extensions" else {broken}
    assert {feed for feed, outcome in outcomes.items() if not outcome.is_proven} == hit
    assert "not use the endpoint" in outcomes[broken].reasons[0]
    assert outcomes[broken].requests == (2 if broken == "phonebook" else 1)
    assert manifests(bench, broken)[-1].is_complete is False
    if broken != "cdr_logs":
        assert landed(bench, DAYS) == true(bench, DAYS)
    bench.faults.clear()
    assert all(outcome.is_proven for outcome in sync(bench).values())
    assert landed(bench, DAYS) == true(bench, DAYS)
    assert landed_recordings(bench) == true_recordings(bench)


def test_every_request_stands_in_a_manifest(bench):
    """Over two syncs of everything the manifests account for every request but log-ins and the provision."""
    first = sync(bench)
    second = sync(bench)
    assert all(outcome.is_proven for outcome in (*first.values(), *second.values()))
    told = sum(outcome.requests for outcome in (*first.values(), *second.values()))
    assert len(sent(bench)) == requests_in_manifests(bench) == told
    assert bench.asked("applogin") == 1
    assert bench.simulator.refused_count == 0


def test_a_quiet_minute_costs_three_requests(bench):
    """With nothing new, a sync of everything asks a count, the extensions and the book, and no page of calls."""
    sync(bench)
    bench.time.pass_time(9 * 3600)  # to the evening, when nobody calls
    sync(bench)
    before = len(bench.simulator.requests)
    assert all(outcome.is_proven for outcome in sync(bench).values())
    assert [record.endpoint for record in sent(bench, before)] == [
        "listcdrlogs",
        "listextensions",
        "downloadphonebookdata",
    ]


def test_recordings_are_not_called_proven_on_an_old_list_of_extensions(bench):
    """If the extensions could not be observed in this sync, unchanged counts of before presume nothing."""
    sync(bench)
    bench.faults.add(Fault("not_allowed", "listextensions"))
    bench.time.pass_time(24 * 3600)
    outcomes = sync(bench)
    assert true_recordings(bench) != landed_recordings(bench)
    assert not outcomes["extensions"].is_proven
    assert not outcomes["call_records"].is_proven
