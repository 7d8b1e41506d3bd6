"""The feed extension_status: every extension at one moment, in as many requests as the form's size asks for."""

from __future__ import annotations

import pytest

from unite_pipeline.extract import extension_status
from unite_pipeline.extract.lists import EXTENSIONS, observe_list
from unite_pipeline.simulator import CompanyPlan, Fault
from unite_pipeline_tests.extract.landed import manifests, reads, rows_of

FEED = extension_status.FEED


def observe(bench):
    """Observe extensions and their status a minute later."""
    bench.time.pass_time(60)
    since = bench.clock.utc()
    observe_list(bench.source, EXTENSIONS, since)
    return extension_status.observe_status(bench.source, since)


def seen(bench):
    """Status codes by extension by the newest observation."""
    read = reads(bench, FEED)[-1]
    return {
        extension_id: code
        for part in read.manifest.parts
        for row in rows_of(bench, read, part)
        for extension_id, code in row["items"].items()
    }


def test_every_extension_has_a_status(bench):
    """One request tells the status of all extensions, proven by the number that were asked."""
    outcome = observe(bench)
    extensions = bench.simulator.truth.extensions()
    assert (outcome.is_proven, outcome.requests, outcome.received_rows) == (True, 1, len(extensions))
    assert seen(bench).keys() == {item.extension_id for item in extensions}
    (window,) = manifests(bench, FEED)[-1].windows
    assert (window.expected_rows, window.received_rows) == (len(extensions), len(extensions))


def test_many_extensions_take_several_requests(make_bench):
    """A form holds 350 ids: 800 extensions are asked in three requests, and none twice."""
    bench = make_bench(plan=CompanyPlan(seed=1, extension_count=800, calls_per_working_day=10))
    outcome = observe(bench)
    assert (outcome.is_proven, outcome.requests) == (True, 3)
    assert seen(bench).keys() == {item.extension_id for item in bench.simulator.truth.extensions()}


def test_a_request_that_is_too_large_is_halved(make_bench):
    """An API that takes less than it says is asked in halves until it takes them."""
    bench = make_bench(plan=CompanyPlan(seed=1, extension_count=300, calls_per_working_day=10))
    bench.faults.add(Fault("payload_too_large", "listextensionsstatus", times=2))
    outcome = observe(bench)
    assert outcome.is_proven
    assert seen(bench).keys() == {item.extension_id for item in bench.simulator.truth.extensions()}
    assert bench.asked("listextensionsstatus") == 2 + 4


def test_words_that_are_missing_leave_the_codes(bench):
    """An answer whose list of words is empty is complete all the same: the codes are what was asked."""
    bench.faults.add(Fault("empty_map_as_list", "listextensionsstatus"))
    assert observe(bench).is_proven
    read = reads(bench, FEED)[-1]
    assert [row["status_list"] for part in read.manifest.parts for row in rows_of(bench, read, part)] == [[]]


@pytest.mark.parametrize("fault", ["vanishing_row", "count_too_high"])
def test_a_list_that_is_not_proven_proves_no_status(bench, fault):
    """Where the list of extensions is not proven, neither is that all of them were asked."""
    bench.faults.add(Fault(fault, "listextensions"))
    outcome = observe(bench)
    assert not outcome.is_proven
    assert "list of extensions is not proven" in outcome.reasons[0]
