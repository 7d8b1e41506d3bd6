"""The feed extensions: a snapshot, proven by its count, without what must not reach the disk."""

from __future__ import annotations

import json

import pytest

from unite_pipeline.extract.lists import EXTENSIONS, observe_list, recording_counts
from unite_pipeline.simulator import ALWAYS, CompanyPlan, Fault
from unite_pipeline_tests.extract.landed import everything_on_disk, manifests, reads, rows_of, sent

FEED = "extensions"


def observe(bench):
    """Observe the extensions a minute later."""
    bench.time.pass_time(60)
    return observe_list(bench.source, EXTENSIONS, bench.clock.utc())


def seen(bench):
    """Number, name and id of the extensions by the newest observation, followed to where its rows stand."""
    read = reads(bench, FEED)[-1]
    return {(row["id"], row["extno_format"], row["name"]) for row in rows_of(bench, read, read.manifest.parts[0])}


def true(bench):
    """The same as the simulator knows it to be now."""
    return {(item.extension_id, item.extension_number, item.name) for item in bench.simulator.truth.extensions()}


def test_a_snapshot_is_proven_by_its_count(make_bench):
    """Every extension lands once, for one request a page of 300."""
    bench = make_bench(plan=CompanyPlan(seed=1, extension_count=650, calls_per_working_day=10))
    outcome = observe(bench)
    (manifest,) = manifests(bench, FEED)
    (part,) = manifest.parts
    (window,) = manifest.windows
    assert (outcome.is_proven, outcome.requests, outcome.received_rows) == (True, 3, 650)
    assert (part.itemcount, part.received_rows, part.landed_rows, len(part.pages)) == (650, 650, 650, 3)
    assert (window.expected_rows, window.received_rows, window.is_complete, window.is_final) == (650, 650, True, True)
    assert window.window_start == window.window_end
    assert seen(bench) == true(bench)


def test_the_counts_of_recordings_stand_in_the_manifest(bench):
    """What decides whether recordings are listed again is what the API told at that moment."""
    observe(bench)
    counts = manifests(bench, FEED)[-1].callrecordcounts
    recordings = [owner for item in bench.simulator.truth.recordings() for owner in item.extension_ids]
    assert counts == {
        item.extension_id: recordings.count(item.extension_id) for item in bench.simulator.truth.extensions()
    }
    assert sum(counts.values()) > 0


@pytest.mark.parametrize(
    ("told", "count"),
    [
        pytest.param("7", 7, id="text"),
        pytest.param(7, 7, id="number"),
        pytest.param(7.0, 7, id="number with a point"),
        pytest.param(0, 0, id="zero"),
        pytest.param(None, None, id="null"),
        pytest.param("", None, id="empty"),
        pytest.param("n/a", None, id="words"),
        pytest.param(-1, None, id="negative"),
        pytest.param(7.5, None, id="fraction"),
        pytest.param(True, None, id="truth"),
        pytest.param([], None, id="empty list"),
    ],
)
def test_a_count_that_is_no_number_is_none(told, count):
    """Zero recordings are told by a number alone; everything else says nothing, and loses no extension."""
    rows = [json.dumps({"id": "R1", "callrecordcount": told}).encode(), b'{"id": "R2"}', b"[]", b'{"id": 3}']
    assert recording_counts(rows) == {"R1": count, "R2": None}


def test_what_only_flickers_makes_no_new_copy(bench):
    """A day of registrations and recordings later the rows are still those of the first read."""
    observe(bench)
    first = reads(bench, FEED)[0]
    before = rows_of(bench, first, first.manifest.parts[0])
    for _ in range(24):
        bench.time.pass_time(3600)
        assert observe(bench).is_proven
    done = manifests(bench, FEED)
    assert len(done) == 25
    assert {(m.parts[0].rows_from, m.parts[0].pages, m.parts[0].landed_rows) for m in done[1:]} == {
        (first.manifest.read_id, (), 0)
    }
    assert len({tuple(sorted(m.callrecordcounts.items())) for m in done}) > 1
    assert len(list(bench.places.feed(FEED).rglob("*.zst"))) == 1
    assert len(before) == 14


def test_a_change_makes_a_new_copy(bench):
    """Somebody's new name lands a full list again, and from then on that one is referred to."""
    observe(bench)
    item = bench.simulator.truth.extensions()[3]
    bench.simulator.tenant.change_extension(item.extension_id, name="Somebody Else")
    observe(bench)
    observe(bench)
    first, second, third = manifests(bench, FEED)
    assert [m.parts[0].rows_from for m in (first, second, third)] == [None, None, second.read_id]
    assert seen(bench) == true(bench)
    bench.simulator.tenant.remove_extension(item.extension_id)
    observe(bench)
    assert manifests(bench, FEED)[-1].parts[0].landed_rows == 13
    assert seen(bench) == true(bench)


def test_no_secret_reaches_the_disk(bench):
    """Neither a SIP password nor an address nor a token stands in any file of ours but the two that may hold one."""
    observe(bench)
    bench.sync_calls(bench.plan.first_day, bench.plan.first_day)
    bench.sync_lists()
    bench.faults.add(Fault("server_error", "listextensions", times=ALWAYS))
    observe(bench)
    raw = everything_on_disk(bench.places.raw)
    everything = everything_on_disk(bench.places.root)
    assert b"callrecordcount" in raw
    for item in bench.simulator.truth.extensions():
        assert item.extension_id.encode() in raw
        assert item.password.encode() not in everything
        assert item.remote_ip.encode() not in everything
    assert b"ri_" not in raw
    assert b"password" not in raw
    assert bench.login_token.encode() not in everything


@pytest.mark.parametrize(
    ("fault", "reason", "requests"),
    [
        pytest.param(
            Fault("vanishing_row", "listextensions"),
            "13 extensions came of 14 that the API counts",
            4,
            id="vanishing_row",
        ),
        pytest.param(
            Fault("count_too_high", "listextensions"),
            "14 extensions came of 15 that the API counts",
            4,
            id="count_too_high",
        ),
        pytest.param(
            Fault("duplicate_key", "listextensions", count=9),
            "14 extensions came of an untold number that the API counts",
            2,
            id="duplicate_key",
        ),
    ],
)
def test_an_incomplete_snapshot_says_so(bench, fault, reason, requests):
    """A list that does not add up is read twice, kept, and called incomplete; the next one is not compared with it."""
    observe(bench)
    bench.faults.add(fault)
    before = len(bench.simulator.requests)
    outcome = observe(bench)
    assert (outcome.is_proven, outcome.reasons) == (False, (reason,))
    assert len(sent(bench, before)) == outcome.requests == requests
    manifest = manifests(bench, FEED)[-1]
    assert (manifest.is_complete, manifest.windows[0].is_complete) == (False, False)
    assert manifest.parts[0].pages != ()
    bench.faults.clear()
    assert observe(bench).is_proven
    assert manifests(bench, FEED)[-1].parts[0].rows_from == manifests(bench, FEED)[0].read_id


def test_the_documents_doubled_count_proves_a_list(make_bench):
    """The page count under the wrong name, as the document's phonebook sample has it, leaves the list proven."""
    bench = make_bench(plan=CompanyPlan(seed=1, extension_count=650, calls_per_working_day=10))
    bench.faults.add(Fault("duplicate_key", "listextensions"))
    outcome = observe(bench)
    assert (outcome.is_proven, outcome.requests, outcome.received_rows) == (True, 3, 650)
    assert seen(bench) == true(bench)


def test_a_snapshot_that_moves_is_read_again(make_bench):
    """An extension that appears between two pages costs a second walk, and then all are there."""
    bench = make_bench(plan=CompanyPlan(seed=1, extension_count=310, calls_per_working_day=10))
    bench.faults.add(Fault("page_drift", "listextensions"))
    outcome = observe(bench)
    assert (outcome.is_proven, outcome.received_rows) == (True, 310)
    assert seen(bench) == true(bench)
    read = reads(bench, FEED)[-1]
    assert len(list(read.folder.rglob("*.zst"))) == len(read.manifest.parts[0].pages) == 2


def test_an_extension_on_two_pages_hides_none_that_is_on_none(make_bench):
    """An extension that comes on two pages is one: the list is walked again, in other pages, until all are there."""
    bench = make_bench(plan=CompanyPlan(seed=1, extension_count=310, calls_per_working_day=10))
    bench.faults.add(Fault("unstable_order", "listextensions", times=1))
    outcome = observe(bench)
    assert (outcome.is_proven, outcome.received_rows, outcome.requests) == (True, 310, 3 + 2)
    assert seen(bench) == true(bench)
    sizes = [record.form["pagelimit"] for record in bench.simulator.requests if record.endpoint == "listextensions"]
    assert sizes == ["300"] * 3 + ["200"] * 2


def test_an_order_that_never_is_stable_proves_nothing(make_bench):
    """Where each page begins with the row before it, the list stays open, short of what the API counts."""
    bench = make_bench(plan=CompanyPlan(seed=1, extension_count=310, calls_per_working_day=10))
    bench.faults.add(Fault("unstable_order", "listextensions"))
    outcome = observe(bench)
    assert outcome.reasons == ("309 extensions came of 310 that the API counts",)
    assert not outcome.is_proven


def test_pages_that_came_before_a_failure_are_kept(make_bench):
    """An API that fails on the second page leaves the first one in the manifest of an incomplete read."""
    bench = make_bench(plan=CompanyPlan(seed=1, extension_count=310, calls_per_working_day=10))
    bench.faults.add(Fault("server_error", "listextensions", after=1, times=ALWAYS))
    outcome = observe(bench)
    assert not outcome.is_proven
    (manifest,) = manifests(bench, FEED)
    (part,) = manifest.parts
    assert (part.part, part.is_complete, part.landed_rows, part.itemcount) == ("list", False, 300, 310)


def test_one_observation_is_not_made_again(bench):
    """Whoever wants the list as of a moment takes an observation that began after it."""
    since = bench.clock.utc()
    assert observe_list(bench.source, EXTENSIONS, since).requests == 1
    again = observe_list(bench.source, EXTENSIONS, since)
    assert (again.requests, again.is_proven) == (0, True)
    assert bench.asked("listextensions") == 1
