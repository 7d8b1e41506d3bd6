"""The feed extension_properties: a few extensions a sync, all of them within a week, and what is gone is noted."""

from __future__ import annotations

import pytest

from unite_pipeline.api.client import MAX_ATTEMPTS
from unite_pipeline.extract import extension_properties
from unite_pipeline.extract.lists import EXTENSIONS, observe_list
from unite_pipeline.simulator import ALWAYS, CompanyPlan, Fault
from unite_pipeline_tests.extract.landed import manifests, reads, rows_of
from unite_pipeline_tests.extract.rewriting import rewrite

FEED = extension_properties.FEED
ENDPOINT = "getextensionproperties"


def sync(bench, after_s=3600, *, is_everything=False):
    """Observe extensions, and properties by turns, some time later."""
    bench.time.pass_time(after_s)
    since = bench.clock.utc()
    observe_list(bench.source, EXTENSIONS, since)
    return extension_properties.observe_properties(bench.source, since, is_everything=is_everything)


def seen(bench):
    """Properties by extension, each by its newest answer."""
    found = {}
    for read in reads(bench, FEED):
        for part in (part for part in read.manifest.parts if part.is_complete):
            rows = rows_of(bench, read, part) if part.pages or part.rows_from else [{"extensionproperties": {}}]
            found[part.extension_id] = rows[0]["extensionproperties"] or {}
    return found


def test_new_extensions_are_read_a_few_at_a_time(bench):
    """From the second sync on, extensions that were never read are read three a sync, until all are as in truth."""
    asked = []
    for _ in range(7):
        before = bench.asked(ENDPOINT)
        assert sync(bench).is_proven
        asked.append(bench.asked(ENDPOINT) - before)
    assert asked == [0, 3, 3, 3, 3, 2, 0]
    assert seen(bench) == bench.simulator.truth.properties()


def test_what_was_never_read_is_not_called_complete(bench):
    """A sync that asks none says that something is left, until every extension has been read."""
    assert sync(bench).has_more
    sync(bench, is_everything=True)
    outcome = sync(bench)
    assert (outcome.requests, outcome.has_more) == (0, False)


def test_whoever_wants_everything_gets_it(bench):
    """Asked for everything, one sync reads all extensions, and asked again it reads none of them twice."""
    assert sync(bench, is_everything=True).requests == 14
    assert seen(bench) == bench.simulator.truth.properties()
    assert sync(bench, is_everything=True).requests == 0


def test_a_large_company_is_read_within_a_day(make_bench):
    """Of 240 new extensions a sync reads ten, so that an hourly one has them all within a day."""
    bench = make_bench(plan=CompanyPlan(seed=1, extension_count=240, calls_per_working_day=5))
    sync(bench)
    assert sync(bench).requests == 10


def test_all_are_read_again_within_a_week(bench):
    """Hour by hour for a week: every extension is read again, at most one a sync."""
    sync(bench, is_everything=True)
    before = bench.asked(ENDPOINT)
    per_sync = []
    for _ in range(7 * 24):
        at = bench.asked(ENDPOINT)
        sync(bench)
        per_sync.append(bench.asked(ENDPOINT) - at)
    assert max(per_sync) == 1
    assert bench.asked(ENDPOINT) - before >= 14
    read_again = {part.extension_id for manifest in manifests(bench, FEED)[1:] for part in manifest.parts}
    assert read_again == {item.extension_id for item in bench.simulator.truth.extensions()}


def test_a_removed_extension_ends_without_a_request(bench):
    """The properties of an extension that a proven list lacks are noted as gone, once, and nobody is asked."""
    sync(bench, is_everything=True)
    gone = bench.simulator.truth.extensions()[2].extension_id
    with bench.simulator.lock:
        bench.simulator.tenant.remove_extension(gone)
    before = bench.asked(ENDPOINT)
    assert sync(bench).is_proven
    (part,) = manifests(bench, FEED)[-1].parts
    assert (part.extension_id, part.is_complete, part.pages, part.rows_from) == (gone, True, (), None)
    count = len(manifests(bench, FEED))
    sync(bench)
    assert (len(manifests(bench, FEED)), bench.asked(ENDPOINT)) == (count, before)


def test_a_list_that_is_not_proven_ends_nothing(bench):
    """An extension that is missing from a list which does not add up keeps its properties."""
    sync(bench, is_everything=True)
    bench.faults.add(Fault("vanishing_row", "listextensions"))
    sync(bench)
    assert len(manifests(bench, FEED)) == 1


def test_one_extension_that_fails_hides_no_other(bench):
    """An answer that fails for good leaves the others read and proven, and says how many failed."""
    sync(bench)
    bench.faults.add(Fault("status_false", ENDPOINT, after=1, times=1))
    outcome = sync(bench)
    assert (outcome.is_proven, outcome.requests) == (False, 3)
    assert outcome.reasons[0].startswith("1 answers failed, first: ")
    assert sum(part.is_complete for part in manifests(bench, FEED)[-1].parts) == 2
    assert sync(bench).is_proven
    assert len(seen(bench)) == 5


def test_an_api_that_is_down_is_not_asked_for_every_extension(bench):
    """After two failures in a row no further extension is asked."""
    bench.faults.add(Fault("server_error", ENDPOINT, times=ALWAYS))
    sync(bench, is_everything=True)
    assert bench.asked(ENDPOINT) == 2 * MAX_ATTEMPTS


def refusing(*extensions):
    """A change of the answers: the API says that these extensions are none of the login's."""
    mismatch = {"status": False, "errorCode": 107, "message": "API User & TenantID & ExtensionID mismatch"}
    return lambda form, _envelope: mismatch if form["extensionid"] in extensions else None


@pytest.mark.parametrize("is_everything", [True, False], ids=["all at once", "by turns"])
def test_extensions_that_are_refused_hide_no_other(bench, is_everything):
    """However many neighbours are refused, and though they are new first, all others are read."""
    ids = sorted(item.extension_id for item in bench.simulator.truth.extensions())
    refused = ids[:4]
    rewrite(bench, ENDPOINT, refusing(*refused))
    for _ in range(1 if is_everything else 8):
        sync(bench, is_everything=is_everything)
    expected = bench.simulator.truth.properties()
    assert seen(bench) == {each: properties for each, properties in expected.items() if each not in refused}


def test_an_extension_that_is_refused_later_keeps_nobody_waiting(bench):
    """One that can no longer be read stays the longest unread, and yet all others are read again within a week."""
    sync(bench, is_everything=True)
    ids = sorted(item.extension_id for item in bench.simulator.truth.extensions())
    rewrite(bench, ENDPOINT, refusing(ids[0]))
    for _ in range(7 * 24):
        sync(bench)
    read_again = {
        part.extension_id for manifest in manifests(bench, FEED)[1:] for part in manifest.parts if part.is_complete
    }
    assert read_again == set(ids[1:])


def test_a_login_that_may_not_read_properties_does_without(bench):
    """A refusal ends the round after one request and is no fault of the sync."""
    sync(bench)
    bench.faults.add(Fault("not_allowed", ENDPOINT))
    outcome = sync(bench)
    assert (outcome.is_proven, bench.asked(ENDPOINT)) == (True, 1)
    assert not manifests(bench, FEED)[-1].is_permitted
