"""The feed call_records: which lists are asked, where they may end early, and what is found all the same."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from unite_pipeline.api.transport import Answer, Transport
from unite_pipeline.extract.call_records import Known, sync_call_records
from unite_pipeline.extract.lists import EXTENSIONS, observe_list
from unite_pipeline.lake import partitions
from unite_pipeline.lake.manifests import Manifest, Part, Read
from unite_pipeline.lake.tables import RECORDINGS
from unite_pipeline.simulator import ALWAYS, CompanyPlan, Fault
from unite_pipeline.transform import transform_recordings
from unite_pipeline_tests.bench import TIMEZONE
from unite_pipeline_tests.extract.landed import (
    Dying,
    ProcessKilledError,
    date_pages,
    landed_recordings,
    manifests,
    reads,
    sent,
    true_recordings,
)
from unite_pipeline_tests.extract.rewriting import rewrite, through

FEED = "call_records"
PAGE = 10
PLAN = CompanyPlan(seed=2, first_day=date(2026, 11, 2), calls_per_working_day=150, recording_share=0.5)
QUIET = replace(PLAN, last_day=date(2026, 11, 3))
EVENING = datetime(2026, 11, 3, 22, 0, tzinfo=UTC)
AFTERNOON = datetime(2026, 11, 4, 13, 0, tzinfo=UTC)


@pytest.fixture
def bench(make_bench):
    """Three days of recordings, listed in pages of ten."""
    bench = make_bench(plan=PLAN, now=AFTERNOON)
    bench.faults.add(Fault("short_page", "listcallrecords", count=PAGE))
    return bench


def sync(bench, *, after_s: float = 60):
    """Observe the extensions and sync their recordings; the outcome, and extension and page of each list request."""
    bench.time.pass_time(after_s)
    since = bench.clock.utc()
    observe_list(bench.source, EXTENSIONS, since)
    before = len(bench.simulator.requests)
    outcome = sync_call_records(bench.source, since)
    return outcome, asked_lists(bench, before)


def asked_lists(bench, before):
    """Extension and page of each request for recordings from the `before`-th on."""
    return [
        (str(record.form["extensionid"]), int(str(record.form["showpage"])))
        for record in sent(bench, before)
        if record.endpoint == "listcallrecords"
    ]


def pages(recordings) -> int:
    """Pages that lists of these recordings fill."""
    return sum(-(-len(each) // PAGE) for each in recordings.values())


def parts(bench):
    """The listed parts of the newest read, by extension."""
    return {part.extension_id: part for part in manifests(bench, FEED)[-1].parts}


def longest(bench) -> str:
    """The extension with most recordings."""
    recordings = true_recordings(bench)
    return max(recordings, key=lambda each: len(recordings[each]))


def purge(bench, *keys: str) -> None:
    """Delete recordings upstream."""
    bench.simulator.tenant.purged_recordings.update(keys)


def newest_first(bench, extension: str) -> list[str]:
    """Keys of an extension's recordings as the API lists them."""
    items = [item for item in bench.simulator.truth.recordings() if extension in item.extension_ids]
    return [item.callrecordkey for item in reversed(items)]


def test_a_first_sync_lists_every_extension_that_records(bench):
    """Every recording lands under every extension that lists it, for one request a page."""
    outcome, asked = sync(bench)
    expected = true_recordings(bench)
    assert landed_recordings(bench) == expected
    assert outcome.is_proven
    assert len(asked) == outcome.requests == pages(expected)
    assert {extension for extension, _ in asked} == set(expected)
    listed = sum(len(each) for each in expected.values())
    assert outcome.received_rows == listed
    (window,) = manifests(bench, FEED)[-1].windows
    assert (window.received_rows, window.expected_rows, window.is_complete) == (listed, listed, True)


def test_an_extension_that_cannot_be_listed_hides_no_other(bench):
    """An extension removed before its recordings were listed is named as a failure; all others come and are proven."""
    expected = true_recordings(bench)
    removed = min(expected)
    bench.time.pass_time(60)
    since = bench.clock.utc()
    observe_list(bench.source, EXTENSIONS, since)
    bench.simulator.tenant.remove_extension(removed)
    outcome = sync_call_records(bench.source, since)
    assert not outcome.is_proven
    assert outcome.reasons[0].startswith("1 lists of recordings failed, first: ")
    assert set(parts(bench)) == set(expected)
    assert {each for each, part in parts(bench).items() if not part.is_complete} == {removed}
    assert sync(bench)[0].is_proven


def test_an_api_that_is_down_is_not_asked_for_every_extension(bench):
    """After two lists in a row that failed for good no further one is asked for."""
    bench.faults.add(Fault("server_error", "listcallrecords", times=ALWAYS))
    outcome, asked = sync(bench)
    assert len(true_recordings(bench)) > 2
    assert len({extension for extension, _page in asked}) == 2
    assert outcome.reasons[0].startswith("2 lists of recordings failed, first: ")


def refusing(*extensions):
    """A change of the lists of recordings: the API says that these extensions are none of the login's."""
    mismatch = {"status": False, "errorCode": 107, "message": "API User & TenantID & ExtensionID mismatch"}
    return lambda form, _envelope: mismatch if form["extensionid"] in extensions else None


def test_neighbours_that_are_refused_hide_no_other(bench):
    """Extensions in a row whose recordings the API refuses are named; those of all others come at once."""
    expected = true_recordings(bench)
    observe_list(bench.source, EXTENSIONS, bench.clock.utc())
    order = [each for each in manifests(bench, "extensions")[-1].callrecordcounts if each in expected]
    assert len(order) > 5
    rewrite(bench, "listcallrecords", refusing(*order[:3]))
    outcome, _ = sync(bench)
    assert not outcome.is_proven
    assert outcome.reasons[0].startswith("3 lists of recordings failed, first: ")
    assert landed_recordings(bench) == {each: expected[each] for each in order[3:]}


def test_a_recording_of_two_extensions_lands_under_both(make_bench):
    """A call between two that both record is in both lists, with the same key."""
    bench = make_bench(plan=replace(PLAN, recording_share=1.0, internal_share=0.6), now=AFTERNOON)
    shared = [item for item in bench.simulator.truth.recordings() if len(item.extension_ids) == 2]
    assert shared, "this seed has no recording that two extensions list"
    assert sync(bench)[0].is_proven
    found = landed_recordings(bench)
    for item in shared:
        assert [item.callrecordkey in found[extension] for extension in item.extension_ids] == [True, True]
    assert found == true_recordings(bench)


def test_unchanged_counts_are_presumed_and_cost_nothing(bench):
    """With no count moved no list is asked, and the window says presumed, not proven."""
    sync(bench)
    bench.time.pass_time(12 * 3600)
    sync(bench)
    outcome, asked = sync(bench)
    assert (outcome.is_proven, outcome.requests, asked) == (True, 0, [])
    manifest = manifests(bench, FEED)[-1]
    (window,) = manifest.windows
    assert (manifest.parts, window.is_complete, window.is_presumed, window.is_final) == ((), True, True, False)
    assert window.received_rows == sum(len(each) for each in true_recordings(bench).values())
    assert landed_recordings(bench) == true_recordings(bench)


def test_only_moved_lists_are_asked_and_end_where_the_known_begins(bench):
    """Half an hour later only extensions with new recordings are listed, down to the first known recording."""
    sync(bench)
    before = true_recordings(bench)
    outcome, asked = sync(bench, after_s=1800)
    now = true_recordings(bench)
    moved = {extension for extension in now if now[extension] != before.get(extension)}
    assert moved
    assert len(moved) < len(now)
    assert {extension for extension, _ in asked} == moved
    assert landed_recordings(bench) == now
    assert outcome.is_proven
    new = {extension: len(now[extension]) - len(before[extension]) for extension in moved}
    # A list that ends on its first page is read to its end; else one page does, unless the new fill it.
    assert len(asked) == sum(new[extension] // PAGE + 1 for extension in moved)
    for extension, part in parts(bench).items():
        if len(now[extension]) > PAGE:
            assert (part.landed_rows, part.known_rows) == (new[extension], len(before[extension]))


@dataclass
class Ascending:
    """A server that lists the oldest first: it has `sorttype` 0 for its default, as the document says."""

    inner: Transport

    def send(self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float) -> Answer:
        is_list = url.endswith("/listcallrecords")
        return self.inner.send(url, headers, body + b"&sorttype=0" if is_list else body, timeout_s)


@pytest.mark.parametrize("first", ["newest-first", "oldest-first"])
def test_a_list_with_the_oldest_first_is_read_to_its_end(bench, first):
    """Nothing ends early where the order is not seen to hold, whichever way the earlier listing came."""
    if first == "oldest-first":
        through(bench, Ascending(bench.transport))
    sync(bench)
    through(bench, Ascending(bench.transport))
    outcome, asked = sync(bench, after_s=1800)
    now = true_recordings(bench)
    listed = {extension: now[extension] for extension in {each for each, _ in asked}}
    assert listed
    assert len(asked) == pages(listed)
    assert outcome.is_proven
    assert landed_recordings(bench) == now
    assert all(part.known_rows == 0 for part in parts(bench).values())


def test_a_list_over_a_clock_change_is_read_to_its_end(make_bench):
    """Times with different offsets do not compare as text: a page with both proves no order."""
    plan = CompanyPlan(
        seed=2, first_day=date(2026, 10, 23), calls_per_working_day=150, recording_share=0.5, out_of_hours_share=0.0
    )
    bench = make_bench(plan=plan, now=datetime(2026, 10, 24, 12, 0, tzinfo=UTC))
    bench.faults.add(Fault("short_page", "listcallrecords", count=PAGE))
    sync(bench)
    before = true_recordings(bench)
    outcome, asked = sync(bench, after_s=(datetime(2026, 10, 26, 9, 0, tzinfo=UTC) - bench.time.now).total_seconds())
    now = true_recordings(bench)
    assert landed_recordings(bench) == now
    assert outcome.is_proven
    both = [
        extension for extension in now
        if now[extension] != before.get(extension) and before.get(extension) and len(now[extension]) > PAGE
    ]  # fmt: skip
    assert both, "this seed has no long list with both offsets"
    for extension in both:
        assert sum(each == extension for each, _ in asked) == -(-len(now[extension]) // PAGE)


def telling(change):
    """A change of the list of extensions: what each of them tells of its recordings."""

    def changed(_form, envelope):
        data = envelope["data"]
        return {**envelope, "data": {**data, "items": [change(item) for item in data["items"]]}}

    return changed


UNTOLD = {
    "missing": lambda item: {key: value for key, value in item.items() if key != "callrecordcount"},
    "null": lambda item: {**item, "callrecordcount": None},
    "words": lambda item: {**item, "callrecordcount": "n/a"},
    "with a point": lambda item: {**item, "callrecordcount": float(item["callrecordcount"])},
}


@pytest.mark.parametrize("change", UNTOLD.values(), ids=UNTOLD.keys())
def test_an_untold_count_is_not_zero(bench, change):
    """Extensions that tell no readable number are listed at each sync, and nothing of them is presumed."""
    rewrite(bench, "listextensions", telling(change))
    for _ in range(3):
        outcome, _ = sync(bench, after_s=3600)
        assert outcome.is_proven
        assert landed_recordings(bench) == true_recordings(bench)


def test_an_untold_count_leaves_nothing_presumed(quiet):
    """Where no extension tells its count every list is asked, and the window is proven by them."""
    rewrite(quiet, "listextensions", telling(UNTOLD["null"]))
    for _ in range(2):
        _, asked = sync(quiet)
        assert len({extension for extension, _ in asked}) == quiet.plan.extension_count
        assert not manifests(quiet, FEED)[-1].windows[0].is_presumed


def test_a_list_that_tells_zero_is_read_within_a_week(quiet):
    """An extension whose count says that there is nothing is listed by turns all the same."""
    rewrite(quiet, "listextensions", telling(lambda item: {**item, "callrecordcount": 0}))
    assert sync(quiet)[1] == []
    for _ in range(7 * 4):
        assert sync(quiet, after_s=6 * 3600)[0].is_proven
    assert landed_recordings(quiet) == true_recordings(quiet)


def weekly(bench) -> None:
    """Let a week pass."""
    bench.time.pass_time(timedelta(days=7).total_seconds())


@pytest.fixture
def quiet(make_bench):
    """A company whose last calls were made on 3 November, listed in pages of ten."""
    bench = make_bench(plan=QUIET, now=EVENING)
    bench.faults.add(Fault("short_page", "listcallrecords", count=PAGE))
    return bench


@pytest.mark.parametrize("place", [0, 5, 25, -1], ids=["newest", "first-page", "third-page", "oldest"])
def test_the_sweep_finds_a_swap_anywhere_in_a_list(quiet, place):
    """One recording gone and one that turned up, with the count as it was, are found wherever they stand."""
    extension = longest(quiet)
    keys = newest_first(quiet, extension)
    gone = keys[place]
    turned_up = keys[26]
    purge(quiet, turned_up)
    sync(quiet)
    purge(quiet, gone)
    quiet.simulator.tenant.purged_recordings.discard(turned_up)
    assert landed_recordings(quiet) != true_recordings(quiet)
    assert sync(quiet)[1] == []
    weekly(quiet)
    outcome, asked = sync(quiet)
    assert outcome.is_proven
    assert landed_recordings(quiet) == true_recordings(quiet)
    silent = quiet.plan.extension_count - len(true_recordings(quiet))
    assert len(asked) == pages(true_recordings(quiet)) + silent
    assert sync(quiet)[1] == []


def test_a_list_that_is_refused_keeps_no_other_from_the_sweep(quiet):
    """An extension that can no longer be listed stays the longest unlisted, and all others are swept in a week."""
    first, *others = dict(sync(quiet)[1])
    rewrite(quiet, "listcallrecords", refusing(first))
    swept = set()
    for _ in range(7 * 8):
        sync(quiet, after_s=3 * 3600)
        swept |= {each for each, part in parts(quiet).items() if part.is_complete}
    silent = {item.extension_id for item in quiet.simulator.truth.extensions()} - true_recordings(quiet).keys()
    assert swept == {*others, *silent}


def test_lists_that_move_daily_are_swept_all_the_same(bench):
    """Early ends put the sweep off no further: a week after its last full listing a list is read to its end."""
    extension = longest(bench)
    keys = newest_first(bench, extension)
    purge(bench, keys[-2])
    sync(bench)
    purge(bench, keys[-1])
    bench.simulator.tenant.purged_recordings.discard(keys[-2])
    for _ in range(8):
        assert sync(bench, after_s=timedelta(days=1).total_seconds())[0].is_proven
    assert landed_recordings(bench) == true_recordings(bench)


def test_a_deletion_is_found_by_the_count(quiet):
    """A recording that vanished upstream moves the count, and its list is read to the end."""
    sync(quiet)
    extension = longest(quiet)
    keys = newest_first(quiet, extension)
    purge(quiet, keys[15])
    outcome, asked = sync(quiet)
    expected = true_recordings(quiet)
    affected = [each for each in expected if len(expected[each]) != len(landed_recordings(quiet).get(each, ()))]
    assert affected == []
    assert outcome.is_proven
    assert landed_recordings(quiet) == expected
    assert keys[15] not in landed_recordings(quiet)[extension]
    assert {each for each, _ in asked} >= {extension}


def test_a_row_that_shifts_into_the_next_page_proves_no_early_end(make_bench):
    """A recording filed between two pages is not made up for by the row that comes twice: the list is read again."""
    quiet = make_bench(plan=replace(QUIET, internal_share=0.0), now=EVENING)  # so that no other list moves
    quiet.faults.add(Fault("short_page", "listcallrecords", count=PAGE))
    extension = longest(quiet)
    keys = newest_first(quiet, extension)
    purge(quiet, *keys[:16])
    sync(quiet)
    quiet.simulator.tenant.purged_recordings.clear()
    quiet.faults.add(Fault("page_drift", "listcallrecords"))
    outcome, asked = sync(quiet)
    assert outcome.is_proven
    assert landed_recordings(quiet) == true_recordings(quiet)
    assert {each for each, _ in asked} == {extension}
    whole = -(-len(keys) // PAGE)
    assert [page for _, page in asked] == [*range(1, whole + 2), *range(1, whole + 1)]


def test_a_recording_on_two_pages_hides_none_that_is_on_none(quiet):
    """A recording that comes on two pages is one: its list is read again in other pages, and all are there."""
    quiet.faults.add(Fault("unstable_order", "listcallrecords", times=1))
    outcome, asked = sync(quiet)
    assert outcome.is_proven
    assert landed_recordings(quiet) == true_recordings(quiet)
    twice = {each for each, page in asked if page == 1 and asked.count((each, 1)) == 2}
    assert len(twice) == 1
    quiet.faults.add(Fault("unstable_order", "listcallrecords"))
    weekly(quiet)
    outcome, _ = sync(quiet)
    assert not outcome.is_proven
    assert all(part.is_complete or part.received_rows < part.itemcount for part in parts(quiet).values())


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault("vanishing_row", "listcallrecords"), id="vanishing_row"),
        pytest.param(Fault("count_too_high", "listcallrecords", count=5), id="count_too_high"),
    ],
)
def test_a_list_that_does_not_add_up_is_open_and_asked_again(quiet, fault):
    """A list short of its count is kept, called incomplete with a reason, and is the only one asked the next time."""
    extension = longest(quiet)
    sync(quiet)
    purge(quiet, newest_first(quiet, extension)[12])
    quiet.faults.add(fault)
    outcome, asked = sync(quiet)
    moved = {each for each, _ in asked}
    assert (outcome.is_proven, outcome.reasons) == (
        False,
        (f"The recordings of {len(moved)} extensions are not as many as the API counts",),
    )
    quiet.faults.clear(fault.name)
    outcome, asked = sync(quiet)
    assert outcome.is_proven
    assert {each for each, _ in asked} == moved
    assert landed_recordings(quiet) == true_recordings(quiet)


def test_an_incomplete_list_of_extensions_leaves_the_recordings_open(bench):
    """If not all extensions are known, recordings of the others may be missing, and the outcome says so."""
    bench.faults.add(Fault("vanishing_row", "listextensions"))
    outcome, _ = sync(bench)
    assert outcome.reasons == ("The list of extensions is not proven complete, so recordings of some may be missing",)
    assert not outcome.is_proven


def cut_off_lists(bench) -> set[str]:
    """Extensions of whose lists some pages stand on disk, and not all."""
    counts = {each: pages({each: found}) for each, found in true_recordings(bench).items()}
    folders = [folder for folder in bench.places.feed(FEED).glob("*/*/*") if folder.is_dir()]
    return {folder.name for folder in folders if 0 < len(list(folder.iterdir())) < counts[folder.name]}


def first_listing_requests(bench) -> int:
    """Requests that listing everything takes."""
    return pages(true_recordings(bench))


@pytest.mark.parametrize("is_after", [False, True], ids=["unsent", "answered"])
def test_a_first_listing_that_died_goes_on_from_the_next_page(make_bench, is_after):
    """Cut off at any request, the next sync asks for no page that had landed, but the first of the list cut off."""
    reference = make_bench(plan=QUIET, now=EVENING)
    for dies_at in range(1, first_listing_requests(reference) + 1):
        bench = make_bench(plan=QUIET, now=EVENING)
        bench.faults.add(Fault("short_page", "listcallrecords", count=PAGE))
        since = bench.clock.utc()
        observe_list(bench.source, EXTENSIONS, since)
        through(bench, Dying(bench.transport, dies_at, is_after))
        with pytest.raises(ProcessKilledError):
            sync_call_records(bench.source, since)
        date_pages(bench)
        through(bench, bench.transport)
        on_disk = {(path.parent.name, int(path.name[:4])) for path in bench.places.feed(FEED).rglob("*.ndjson.zst")}
        assert len(on_disk) == dies_at - 1
        begun = {(each, 1) for each in cut_off_lists(bench)}
        outcome, asked = sync(bench)
        assert outcome.is_proven
        assert set(asked) & on_disk == begun
        assert landed_recordings(bench) == true_recordings(bench)
        assert len(asked) + len(on_disk) == first_listing_requests(bench) + len(begun)


@pytest.mark.parametrize("after", [1, 4, 7])
def test_a_listing_that_the_api_ended_goes_on_from_the_next_page(bench, after):
    """An API that fails half way leaves a reason and what came; the next sync asks for the rest, and one page again."""
    bench.faults.add(Fault("server_error", "listcallrecords", after=after, times=ALWAYS))
    outcome, _ = sync(bench)
    assert not outcome.is_proven
    assert len(outcome.reasons) == 1
    read = reads(bench, FEED)[-1]
    in_manifest = {path for part in read.manifest.parts for path in read.page_files(part)}
    assert in_manifest == set(read.folder.rglob("*.ndjson.zst"))
    assert len(in_manifest) == after
    again = len(cut_off_lists(bench))
    bench.faults.clear("server_error")
    outcome, asked = sync(bench)
    assert outcome.is_proven
    assert len(asked) == first_listing_requests(bench) - after + again
    assert landed_recordings(bench) == true_recordings(bench)


def dies(bench, at: int) -> None:
    """Sync in a process that dies at its n-th request for recordings."""
    since = bench.clock.utc()
    observe_list(bench.source, EXTENSIONS, since)
    through(bench, Dying(bench.transport, at))
    with pytest.raises(ProcessKilledError):
        sync_call_records(bench.source, since)
    date_pages(bench)
    through(bench, bench.transport)


def test_one_in_and_one_out_while_a_list_was_cut_off_is_seen(quiet):
    """A list whose count is as before the kill is begun afresh if its first page is another one."""
    first = sync(quiet)[1][0][0]
    shutil.rmtree(quiet.places.feed(FEED))
    keys = newest_first(quiet, first)
    assert len(keys) > PAGE
    purge(quiet, keys[0])
    dies(quiet, 2)
    quiet.simulator.tenant.purged_recordings.clear()
    purge(quiet, keys[-1])
    outcome, asked = sync(quiet)
    assert outcome.is_proven
    assert landed_recordings(quiet) == true_recordings(quiet)
    assert [page for extension, page in asked if extension == first][:3] == [1, 1, 2]


def test_a_list_that_is_as_it_was_overrides_what_a_cut_off_one_landed(quiet):
    """Rows that a listing landed before it was cut off, and that were gone again by the next, count as gone."""
    extension = longest(quiet)
    keys = newest_first(quiet, extension)
    purge(quiet, keys[0])
    sync(quiet)
    quiet.simulator.tenant.purged_recordings.clear()
    purge(quiet, *keys[-2:])  # so that nothing ends early
    rewrite(quiet, "listcallrecords", refusing_after_first(extension))
    assert not sync(quiet)[0].is_proven
    through(quiet, quiet.transport)
    quiet.simulator.tenant.purged_recordings.clear()
    purge(quiet, keys[0])
    assert sync(quiet)[0].is_proven
    assert [part.landed_rows for part in manifests(quiet, FEED)[-1].parts] == [len(keys) - 1]
    transform_recordings(quiet.places, TIMEZONE)
    files = partitions.partition_files(quiet.places, RECORDINGS)
    rows = partitions.read(RECORDINGS, list(files.values())).to_pylist()
    assert {row["callrecordkey"] for row in rows if row["is_gone"]} == {keys[0]}
    assert sync(quiet)[1] == []


def refusing_after_first(extension):
    """A change of the lists of recordings: one of them ends after its first page with a refusal."""
    refuse = refusing(extension)
    return lambda form, envelope: None if form["showpage"] == "1" else refuse(form, envelope)


def test_after_an_hour_a_list_that_was_cut_off_starts_afresh(bench):
    """Pages that are older than an hour are not gone on from."""
    since = bench.clock.utc()
    observe_list(bench.source, EXTENSIONS, since)
    through(bench, Dying(bench.transport, 3))
    with pytest.raises(ProcessKilledError):
        sync_call_records(bench.source, since)
    date_pages(bench)
    through(bench, bench.transport)
    outcome, asked = sync(bench, after_s=3700)
    assert outcome.is_proven
    assert asked[0][1] == 1
    assert landed_recordings(bench) == true_recordings(bench)


def test_recordings_alone_rest_on_no_old_count(bench):
    """A sync of the recordings by itself observes the extensions first, so that no old count proves anything."""
    assert sync(bench)[0].is_proven
    bench.time.pass_time(3 * 86_400)
    before = bench.asked("listextensions")
    outcome = sync_call_records(bench.source, bench.clock.utc())
    assert bench.asked("listextensions") == before + 1
    assert outcome.is_proven
    assert landed_recordings(bench) == true_recordings(bench)


@pytest.mark.parametrize(
    ("itemcounts", "is_settled"),
    [((10,), True), ((9,), False), ((9, 10), True), ((9, 9), True), ((9, 8), False)],
    ids=["agrees", "behind", "caught up", "behind as before", "farther behind"],
)
def test_a_list_behind_its_count_is_asked_again(itemcounts, is_settled, tmp_path):
    """Where a list tells fewer than the count of its extension, it is due again, until it always does by as many."""
    known = Known()
    for itemcount in itemcounts:
        part = Part(part="R1", itemcount=itemcount, callrecordcount=10, is_complete=True)
        manifest = Manifest(
            feed=FEED,
            tenant="t",
            read_id="r",
            timezone=TIMEZONE,
            started_at=EVENING,
            fetched_at=EVENING,
            requests=1,
            is_complete=True,
            parts=(part,),
        )
        known.note(Read(tmp_path, manifest), part)
    assert known.is_settled is is_settled
