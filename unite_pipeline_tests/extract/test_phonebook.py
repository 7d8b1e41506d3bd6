"""The feed phonebook: the whole book to see whether it moved, the list where it did."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from unite_pipeline.extract.lists import EXTENSIONS, observe_list
from unite_pipeline.extract.phonebook import observe_phonebook
from unite_pipeline.lake import partitions
from unite_pipeline.lake.lists import CONTACT_HISTORY
from unite_pipeline.simulator import Company, CompanyPlan, Fault, Simulator
from unite_pipeline.transform import SNAPSHOTS_OF, transform_snapshots
from unite_pipeline_tests.bench import TIMEZONE
from unite_pipeline_tests.extract.landed import manifests, reads, rows_of, sent, write
from unite_pipeline_tests.extract.rewriting import rewrite

FEED = "phonebook"
SHARED = "0"


def observe(bench):
    """Observe the book a minute later; the outcome and what was asked."""
    bench.time.pass_time(60)
    before = len(bench.simulator.requests)
    outcome = observe_phonebook(bench.source, bench.clock.utc())
    asked = [record.endpoint for record in sent(bench, before)]
    assert len(asked) == outcome.requests
    return outcome, asked


def seen(bench):
    """Contacts by the newest observation, wherever their rows stand."""
    read = reads(bench, FEED)[-1]
    parts = [part for part in read.manifest.parts if part.part != "whole_book"]
    return {_contact(row) for part in parts for row in rows_of(bench, read, part)}


def _contact(row):
    return row["id"], row["extensionid"], row["name"], row["lastname"], row["companyname"], row["phonenumber"]


def true(bench):
    """The same as the simulator knows it to be now."""
    return {
        (item.contact_id, item.extension_id, item.first_name, item.last_name, item.company_name, item.phone_number)
        for item in bench.simulator.truth.contacts()
    }


def shared_only(bench):
    """The same company, whose list without an extension shows the shared level only."""
    bench.simulator = Simulator(
        Company(bench.plan), clock=bench.clock.utc, faults=bench.faults, phonebook_shared_only=True
    )
    bench.transport.simulator = bench.simulator
    bench.login_token = bench.simulator.new_login_token()
    bench.client = bench.new_client()
    object.__setattr__(bench.source, "client", bench.client)
    return bench


def test_the_first_observation_lists_the_book(make_bench):
    """Whole book and list agree: every contact lands once, for one request and one a page."""
    bench = make_bench(plan=CompanyPlan(seed=1, contact_count=640))
    outcome, asked = observe(bench)
    assert asked == ["downloadphonebookdata"] + ["listphonebookitems"] * 3
    assert (outcome.is_proven, outcome.reasons) == (True, ())
    assert seen(bench) == true(bench)
    (manifest,) = manifests(bench, FEED)
    part = manifest.parts[0]
    assert (part.part, part.itemcount, part.received_rows, part.landed_rows) == ("list", 640, 640, 640)
    assert (manifest.windows[0].expected_rows, manifest.windows[0].received_rows) == (640, 640)


def test_an_unchanged_book_costs_one_request(bench):
    """A book that is the same to the byte is not listed again: its rows stand in the first read."""
    observe(bench)
    for _ in range(3):
        outcome, asked = observe(bench)
        assert (outcome.is_proven, asked) == (True, ["downloadphonebookdata"])
    first, *others = manifests(bench, FEED)
    assert {(m.parts[0].rows_from, m.parts[0].pages) for m in others} == {(first.read_id, ())}
    assert seen(bench) == true(bench)


@pytest.mark.parametrize(
    ("endpoint", "fields"),
    [
        pytest.param(
            "newphonebookitem",
            {"name": "Ad", "lastname": "Bos", "companyname": "", "phonenumbertype": "0", "phonenumber": "31201234567"},
            id="new",
        ),
        pytest.param("updatephonebookitem", {"lastname": "Anders"}, id="updated"),
        pytest.param("deletephonebookitem", {}, id="deleted"),
        pytest.param("deletephonebookitem", {"deletetype": "1"}, id="wiped"),
    ],
)
def test_a_changed_book_is_listed_again(bench, endpoint, fields):
    """Whatever changed through the API's own writes is seen at the next observation, for the price of the list."""
    observe(bench)
    item = bench.simulator.truth.contacts()[7]
    names = {"updatephonebookitem": "itemid", "deletephonebookitem": "itemids[]"}
    chosen = {names[endpoint]: item.contact_id} if endpoint in names and "deletetype" not in fields else {}
    before = true(bench)
    write(bench, endpoint, **fields, **chosen)
    assert true(bench) != before
    outcome, asked = observe(bench)
    assert (outcome.is_proven, asked) == (True, ["downloadphonebookdata", "listphonebookitems"])
    assert seen(bench) == true(bench)
    # Of a book without a contact the list is asked each time: an API that has none to give looks the same.
    assert observe(bench)[1] == ["downloadphonebookdata"] + ["listphonebookitems"] * (not true(bench))
    assert seen(bench) == true(bench)


def test_a_list_of_the_shared_level_is_completed_per_extension(make_bench):
    """Where the list shows less than the book, the lists of all extensions are asked, and the union is the book."""
    bench = shared_only(make_bench())
    observe_list(bench.source, EXTENSIONS, bench.clock.utc())
    own = [item for item in bench.simulator.truth.contacts() if item.extension_id != SHARED]
    assert own, "this seed has no private contact"
    outcome, asked = observe(bench)
    assert asked == ["downloadphonebookdata"] + ["listphonebookitems"] * (1 + bench.plan.extension_count)
    assert (outcome.is_proven, outcome.reasons) == (True, ())
    assert seen(bench) == true(bench)
    assert observe(bench)[1] == ["downloadphonebookdata"]
    assert seen(bench) == true(bench)
    write(bench, "updatephonebookitem", itemid=own[0].contact_id, lastname="Anders")
    assert observe(bench)[0].is_proven
    assert seen(bench) == true(bench)
    newest = manifests(bench, FEED)[-1]
    assert sum(part.rows_from is None and part.landed_rows > 0 for part in newest.parts) == 1


def test_without_extensions_a_short_list_says_what_is_missing(make_bench):
    """If the list lacks contacts and no extension is known to ask for them, the observation is incomplete."""
    bench = shared_only(make_bench())
    private = sum(item.extension_id != SHARED for item in bench.simulator.truth.contacts())
    outcome, _ = observe(bench)
    assert outcome.reasons == (f"{private} contacts of the whole book are in no list",)
    assert not outcome.is_proven
    assert not manifests(bench, FEED)[-1].windows[0].is_complete


def test_an_id_that_comes_twice_is_kept_twice(bench):
    """Ids may repeat with other content: rows received are as many as counted, and all land."""
    observe_list(bench.source, EXTENSIONS, bench.clock.utc())
    bench.faults.add(Fault("duplicate_uniqueid", "listphonebookitems"))
    outcome, _ = observe(bench)
    assert outcome.is_proven
    assert outcome.reasons == ("The lists show 1 contacts that the whole-book download lacks",)
    read = reads(bench, FEED)[-1]
    ids = [row["id"] for row in rows_of(bench, read, read.manifest.parts[0])]
    assert (len(ids), len(set(ids))) == (61, 60)
    assert true(bench) < seen(bench)


@pytest.mark.parametrize("is_shared_only", [False, True], ids=["list-of-all", "list-of-the-shared"])
def test_a_book_that_may_not_be_downloaded_is_listed(bench, is_shared_only):
    """Where the whole book is not permitted, the union of the list and those of all extensions is the book."""
    bench = shared_only(bench) if is_shared_only else bench
    observe_list(bench.source, EXTENSIONS, bench.clock.utc())
    bench.faults.add(Fault("not_allowed", "downloadphonebookdata"))
    for _ in range(2):
        outcome, asked = observe(bench)
        assert asked == ["downloadphonebookdata"] + ["listphonebookitems"] * (1 + bench.plan.extension_count)
        assert (outcome.is_proven, outcome.reasons) == (True, ())
        assert seen(bench) == true(bench)
    assert manifests(bench, FEED)[1].parts[0].rows_from == manifests(bench, FEED)[0].read_id


def test_without_extensions_a_book_that_may_not_be_downloaded_is_open(bench):
    """A list that may be the shared level only, with nothing to compare it with, proves no book."""
    bench.faults.add(Fault("not_allowed", "downloadphonebookdata"))
    outcome, _ = observe(bench)
    assert outcome.reasons == ("The list of extensions is not proven complete, so contacts of some may be missing",)
    assert (outcome.is_proven, manifests(bench, FEED)[-1].is_complete) == (False, False)


def of_the_book(change):
    """A change of the rows of the whole-book download."""
    return lambda _form, envelope: {**envelope, "data": change(envelope["data"])}


def refused(_form, _envelope):
    """The answer of an endpoint that a login may not use."""
    return {"status": False, "errorCode": 1, "message": "not allowed"}


LESS = {
    "refused": refused,
    "empty": of_the_book(lambda _rows: []),
    "shared level": of_the_book(lambda rows: [row for row in rows if row["extensionid"] == SHARED]),
    "half": of_the_book(lambda rows: rows[::2]),
}


@pytest.mark.parametrize("change", LESS.values(), ids=LESS.keys())
@pytest.mark.parametrize("has_extensions", [True, False], ids=["extensions proven", "extensions unproven"])
def test_a_download_that_shows_less_for_once_closes_no_history(make_bench, change, has_extensions):
    """Refused, empty or short: the contacts of the extensions are listed, or the observation says it is open."""
    bench = shared_only(make_bench())
    observe_list(bench.source, EXTENSIONS, bench.clock.utc())
    assert observe(bench)[0].is_proven
    if not has_extensions:
        bench.faults.add(Fault("vanishing_row", "listextensions"))
        observe_list(bench.source, EXTENSIONS, bench.clock.utc())
    rewrite(bench, "downloadphonebookdata", change)
    outcome, _ = observe(bench)
    assert outcome.is_proven is has_extensions
    transform_snapshots(bench.places, TIMEZONE, SNAPSHOTS_OF[FEED])
    files = partitions.partition_files(bench.places, CONTACT_HISTORY)
    history = partitions.read(CONTACT_HISTORY, list(files.values())).to_pylist()
    assert [row for row in history if not row["is_current"]] == []
    assert len(history) == len(true(bench))


@pytest.mark.parametrize("short", ["empty", "half"])
def test_a_book_that_always_lacks_contacts_hides_no_change(make_bench, short):
    """The same short book twice says nothing of what it lacks: the lists are asked again, and show the change."""
    bench = shared_only(make_bench())
    observe_list(bench.source, EXTENSIONS, bench.clock.utc())
    rewrite(bench, "downloadphonebookdata", LESS[short])
    assert observe(bench)[0].is_proven
    assert seen(bench) == true(bench)
    own = next(item for item in bench.simulator.truth.contacts() if item.extension_id != SHARED)
    write(bench, "updatephonebookitem", itemid=own.contact_id, lastname="Anders")
    assert observe(bench)[0].is_proven
    assert seen(bench) == true(bench)


def without(name, *values):
    """A change of the book in which a field with one of these values is missing."""

    def change(rows):
        return [{key: value for key, value in row.items() if key != name or value not in values} for row in rows]

    return of_the_book(change)


def instead(name, old, new):
    """A change of the book in which a field has another value."""
    return of_the_book(lambda rows: [{**row, name: new if row[name] == old else row[name]} for row in rows])


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(instead("companyname", "", None), id="null"),
        pytest.param(instead("companyname", "", []), id="empty list"),
        pytest.param(without("companyname", ""), id="missing"),
        pytest.param(instead("extensionid", SHARED, 0), id="number"),
    ],
)
def test_the_same_contact_written_differently_is_the_same(bench, change):
    """What one endpoint writes as nothing or as a number and the other as text sends nobody to look for a contact."""
    assert any(item.company_name == "" for item in bench.simulator.truth.contacts())
    rewrite(bench, "downloadphonebookdata", change)
    outcome, asked = observe(bench)
    assert (outcome.is_proven, outcome.reasons) == (True, ())
    assert asked == ["downloadphonebookdata", "listphonebookitems"]
    assert observe(bench)[1] == ["downloadphonebookdata"]


@pytest.mark.parametrize("fault", ["vanishing_row", "count_too_high"])
def test_an_incomplete_list_says_so_and_is_asked_again(bench, fault):
    """A list that does not add up leaves the book open, though the book itself is the same the next time."""
    bench.faults.add(Fault(fault, "listphonebookitems"))
    outcome, _ = observe(bench)
    assert not outcome.is_proven
    assert outcome.reasons != ()
    bench.faults.clear()
    outcome, asked = observe(bench)
    assert (outcome.is_proven, asked) == (True, ["downloadphonebookdata", "listphonebookitems"])
    assert seen(bench) == true(bench)


def test_the_book_is_proven_on_the_documents_own_sample(make_bench):
    """`itemcount` twice and no `pagecount`, as the document shows it, is a count that proves a book of three pages."""
    bench = make_bench(plan=CompanyPlan(seed=1, contact_count=640))
    bench.faults.add(Fault("duplicate_key", "listphonebookitems"))
    outcome, asked = observe(bench)
    assert asked == ["downloadphonebookdata"] + ["listphonebookitems"] * 3
    assert (outcome.is_proven, outcome.reasons) == (True, ())
    assert seen(bench) == true(bench)


UNTOLD = Fault("duplicate_key", "listphonebookitems", count=77)


def test_a_list_without_a_count_is_proven_by_the_whole_book(bench):
    """Where the API tells no count that can be trusted, the book and the list agreeing on each contact is the proof."""
    bench.faults.add(UNTOLD)
    outcome, asked = observe(bench)
    assert asked == ["downloadphonebookdata"] + ["listphonebookitems"] * 2
    assert outcome.is_proven
    assert outcome.reasons == ("The API tells no count of the list; it is the whole-book download, contact by contact",)
    assert seen(bench) == true(bench)
    for _ in range(2):
        part, window = manifests(bench, FEED)[-1].parts[0], manifests(bench, FEED)[-1].windows[0]
        assert (part.itemcount, part.received_rows, part.is_complete) == (None, 60, True)
        assert (window.expected_rows, window.received_rows, window.is_complete) == (60, 60, True)
        assert observe(bench)[1] == ["downloadphonebookdata"]


@pytest.mark.parametrize(
    "other",
    [Fault("vanishing_row", "listphonebookitems"), Fault("duplicate_uniqueid", "listphonebookitems")],
    ids=["one-fewer", "one-more"],
)
def test_a_list_without_a_count_that_is_not_the_book_is_open(bench, other):
    """One contact more or less than the whole book has, and no count: nothing is proven."""
    bench.faults.add(UNTOLD, other)
    outcome, _ = observe(bench)
    assert not outcome.is_proven
    assert not manifests(bench, FEED)[-1].windows[0].is_complete


def test_without_book_and_count_nothing_is_proven(bench):
    """A list whose count is not told and whose whole book may not be downloaded stays open."""
    bench.faults.add(UNTOLD, Fault("not_allowed", "downloadphonebookdata"))
    assert not observe(bench)[0].is_proven


def test_rows_are_kept_as_they_came(bench):
    """A landed contact is the JSON that the API sent, field for field."""
    observe(bench)
    read = reads(bench, FEED)[-1]
    body = json.loads(_download(bench))["data"]
    rows = rows_of(bench, read, read.manifest.parts[0])
    assert sorted(rows, key=lambda row: row["id"]) == sorted(body, key=lambda row: row["id"])
    assert read.manifest.started_at < datetime(2026, 10, 28, 14, tzinfo=UTC)


def _download(bench):
    login = bench.simulator.handle("/unite/v1/applogin", body=f"logintoken={bench.login_token}".encode())
    token = json.loads(login.body)["data"]["accesstoken"]
    return bench.simulator.handle("/unite/v1/downloadphonebookdata", body=f"accesstoken={token}".encode()).body
