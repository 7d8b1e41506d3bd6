"""A process that dies at any request, and the next one on the same data directory."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import date, timedelta

import pytest

from unite_pipeline.api.client import Client
from unite_pipeline.api.endpoints import LIST_SWITCHES
from unite_pipeline.extract.cdr_window import UNLABELLED
from unite_pipeline.extract.days import DayRange
from unite_pipeline.extract.source import CUT_OFF, Source
from unite_pipeline.simulator import CompanyPlan, Fault
from unite_pipeline_tests.bench import TIMEZONE, Bench
from unite_pipeline_tests.extract.landed import (
    Dying,
    ProcessKilledError,
    asked_pages,
    date_pages,
    label,
    landed,
    least_pages,
    manifests,
    reads,
    sent,
    true,
    windows_asked,
)

DAYS = DayRange(date(2026, 10, 20), date(2026, 10, 26))
WORKING = DayRange(date(2026, 10, 20), date(2026, 10, 23))
PLAN = CompanyPlan(seed=6, first_day=DAYS.first, calls_per_working_day=50)
REQUESTS = 15
"""What a sync of DAYS costs in pages of 20 rows: a control count and 14 pages."""


@pytest.fixture
def bench(make_bench):
    """Seven days of calls, in pages of 20 rows."""
    return slow_pages(make_bench(plan=PLAN))


def slow_pages(bench: Bench) -> Bench:
    """Make pages short, so that there are many requests to die at."""
    bench.faults.add(Fault("short_page", "listcdrlogs", count=20))
    bench.client.fetch(LIST_SWITCHES)  # logs in, so that every later request is for calls
    return bench


def restart(bench: Bench, dies_at: int | None = None, *, is_after: bool = False) -> None:
    """A new process on the same data directory; it dies at its n-th request, if so told."""
    transport = bench.transport if dies_at is None else Dying(bench.transport, dies_at, is_after)
    client = Client(replace(bench.connection, transport=transport), bench.login_token)
    bench.client, bench.source = client, Source(client, bench.places, bench.clock, TIMEZONE)


def die(bench: Bench, dies_at: int, sync, *, is_after: bool = False) -> list[tuple[str, int]]:
    """Sync in a process that dies at its n-th request; quadrant and number of the pages that stand on disk."""
    restart(bench, dies_at, is_after=is_after)
    with pytest.raises(ProcessKilledError):
        sync()
    date_pages(bench)
    restart(bench)
    return pages_on_disk(bench)


def pages_on_disk(bench: Bench) -> list[tuple[str, int]]:
    """Quadrant and number of every page that stands on disk, in whichever read."""
    found = {(path.parent.name, path.name[:4]) for path in bench.places.raw.rglob("*.ndjson.zst")}
    return sorted((quadrant, str(int(number))) for quadrant, number in found)


def test_the_cost_of_a_sync_that_nobody_disturbs(bench):
    """A sync of the days that nobody disturbs is proven with exactly the requests that the other tests count from."""
    before = len(bench.simulator.requests)
    assert bench.sync_calls(DAYS.first, DAYS.last).is_proven
    assert len(sent(bench, before)) == REQUESTS


@pytest.mark.parametrize(
    ("is_after", "is_reread"),
    [pytest.param(False, False, id="unsent-open-ended"), pytest.param(True, True, id="answered-re-read")],
)
@pytest.mark.parametrize("dies_at", range(1, REQUESTS + 1))
def test_a_sync_that_died_at_any_request_is_taken_up(bench, dies_at, is_after, is_reread):
    """The next sync equals the truth, and asks for nothing but the pages that had not landed and the control count."""
    on_disk = die(
        bench,
        dies_at,
        lambda: bench.sync_calls(DAYS.first, DAYS.last, is_reread=is_reread),
        is_after=is_after,
    )
    assert len(on_disk) == max(dies_at - 2, 0)
    before = len(bench.simulator.requests)
    bench.time.pass_time(600)
    outcome = bench.sync_calls(DAYS.first, DAYS.last, is_reread=is_reread)
    asked = sent(bench, before)
    assert outcome.is_proven
    assert landed(bench, DAYS) == true(bench, DAYS)
    assert set(asked_pages(asked)) & set(on_disk) == set()
    assert len(asked) == REQUESTS - len(on_disk)
    assert len(windows_asked(asked)) == 1
    if on_disk:
        dead = manifests(bench)[0]
        assert (dead.is_complete, dead.is_cut_off, dead.reason, dead.windows) == (False, True, CUT_OFF, ())


@pytest.mark.parametrize("dies_at", [4, 9, 15])
def test_after_an_hour_the_read_starts_afresh(bench, dies_at):
    """Pages that are older than an hour are kept but not relied on: every page is asked again."""
    die(bench, dies_at, lambda: bench.sync_calls(DAYS.first, DAYS.last))
    bench.time.pass_time(3601)
    before = len(bench.simulator.requests)
    assert bench.sync_calls(DAYS.first, DAYS.last).is_proven
    assert len(sent(bench, before)) == REQUESTS
    assert landed(bench, DAYS) == true(bench, DAYS)
    assert [manifest.is_cut_off for manifest in manifests(bench)] == [True, False]


@pytest.mark.parametrize("dies_at", [4, 9, 15])
def test_with_another_count_the_read_starts_afresh(bench, dies_at):
    """If the API counts other calls than before the kill, no page of then is relied on."""
    bench.faults.add(Fault("late_rows", "listcdrlogs"))
    die(bench, dies_at, lambda: bench.sync_calls(DAYS.first, DAYS.last))
    bench.faults.clear("late_rows")
    before = len(bench.simulator.requests)
    assert bench.sync_calls(DAYS.first, DAYS.last).is_proven
    assert len(sent(bench, before)) == REQUESTS
    assert landed(bench, DAYS) == true(bench, DAYS)


@pytest.mark.parametrize("again_at", range(1, 9))
@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(PLAN, id="four-quadrants"),
        pytest.param(
            replace(PLAN, answer_share=1.0, outbound_answer_share=1.0, out_of_hours_share=0.0), id="one-empty"
        ),
    ],
)
def test_a_sync_that_dies_twice_loses_no_page(make_bench, plan, again_at):
    """Pages of the first process survive the death of the second one, wherever in its work that comes."""
    bench = slow_pages(make_bench(plan=plan))
    kinds = {label(call) for call in bench.simulator.truth.calls(WORKING.first, WORKING.last)}
    assert ("external_missed" in kinds) == (plan is PLAN)

    def sync():
        return bench.sync_calls(WORKING.first, WORKING.last)

    calls = bench.simulator.truth.calls(WORKING.first, WORKING.last)
    external = least_pages([call for call in calls if call.scope == "external"], 20) - 2
    first = die(bench, external + 2, sync)
    assert "internal_answered" in {quadrant for quadrant, _ in first}
    restart(bench, again_at)
    before = len(bench.simulator.requests)
    with contextlib.suppress(ProcessKilledError):
        sync()
    date_pages(bench)
    assert set(asked_pages(sent(bench, before))) & set(first) == set()
    restart(bench)
    on_disk = set(pages_on_disk(bench))
    assert set(first) <= on_disk
    before = len(bench.simulator.requests)
    assert sync().is_proven
    assert set(asked_pages(sent(bench, before))) & on_disk == set()
    assert landed(bench, WORKING) == true(bench, WORKING)


@pytest.mark.parametrize("dies_at", [17, 19, 22, 27])
def test_the_list_without_labels_is_taken_up_too(bench, dies_at):
    """A read that died while it fetched what is in no quadrant goes on from the last page of that list."""
    bench.faults.add(Fault("remainder", "listcdrlogs"))
    on_disk = die(bench, dies_at, lambda: bench.sync_calls(DAYS.first, DAYS.last))
    before = len(bench.simulator.requests)
    assert bench.sync_calls(DAYS.first, DAYS.last).is_proven
    again = asked_pages(sent(bench, before))
    landed_before = {(None if quadrant == UNLABELLED else quadrant, page) for quadrant, page in on_disk}
    assert set(again) & landed_before == set()
    assert set(landed(bench, DAYS)) == set(true(bench, DAYS))


def test_a_remainder_that_is_gone_leaves_no_pages_behind(bench):
    """Pages of the list without labels that were taken up and are not needed after all are not kept twice."""
    bench.faults.add(Fault("remainder", "listcdrlogs"))
    die(bench, 22, lambda: bench.sync_calls(DAYS.first, DAYS.last))
    assert UNLABELLED in {quadrant for quadrant, _ in pages_on_disk(bench)}
    bench.faults.clear("remainder")
    assert bench.sync_calls(DAYS.first, DAYS.last).is_proven
    newest = reads(bench)[-1]
    listed = {page for part in newest.manifest.parts for page in newest.page_files(part)}
    assert listed == set(newest.folder.rglob("*.ndjson.zst"))


def test_a_look_back_in_between_does_not_hide_what_was_cut_off(bench):
    """A back-fill that died is taken up though the count of the look-back has landed a read since."""
    last, newest = date(2026, 10, 27), date(2026, 10, 26)
    days = DayRange(DAYS.first, last)
    bench.sync_calls(newest, last)
    bench.time.pass_time(300)
    backfill = DayRange(DAYS.first, newest - timedelta(days=1))
    on_disk = die(bench, 6, lambda: bench.sync_calls(days.first, last))
    bench.time.pass_time(300)
    before = len(bench.simulator.requests)
    assert bench.sync_calls(days.first, last).is_proven
    asked = sent(bench, before)
    assert len(on_disk) > 3
    assert windows_asked(asked) == [
        ("2026-10-26 00:00:00", "2026-10-28 00:00:00"),
        ("2026-10-19 23:59:59", "2026-10-26 00:00:01"),
    ]
    least = least_pages(bench.simulator.truth.calls(backfill.first, backfill.last), 20)
    assert len(asked) == 1 + least - 3
    assert landed(bench, days) == true(bench, days)


def test_an_hourly_refresh_in_between_does_not_hide_what_was_cut_off(bench):
    """A re-read that died is taken up though another sync of other days has finished since."""
    on_disk = die(bench, 9, lambda: bench.sync_calls(DAYS.first, DAYS.last, is_reread=True))
    bench.time.pass_time(300)
    assert bench.sync_calls(date(2026, 10, 27), date(2026, 10, 28)).is_proven
    before = len(bench.simulator.requests)
    assert bench.sync_calls(DAYS.first, DAYS.last, is_reread=True).is_proven
    assert len(sent(bench, before)) == REQUESTS - len(on_disk)
    assert landed(bench, DAYS) == true(bench, DAYS)


def test_pages_older_than_a_later_reading_are_not_taken_up(bench):
    """A re-read asks everything anew if its days were read in full since the one that died."""
    die(bench, 9, lambda: bench.sync_calls(DAYS.first, DAYS.last, is_reread=True))
    bench.time.pass_time(3000)
    assert bench.sync_calls(DAYS.first, DAYS.last).is_proven
    bench.time.pass_time(300)
    before = len(bench.simulator.requests)
    assert bench.sync_calls(DAYS.first, DAYS.last, is_reread=True).is_proven
    assert len(sent(bench, before)) == REQUESTS


@pytest.mark.parametrize("dies_at", range(1, 9, 2))
def test_a_sync_over_today_that_died_equals_the_truth_in_the_end(bench, dies_at):
    """Calls that land between the kill and the next sync are there, with all that were there before."""
    last = date(2026, 10, 28)
    days = DayRange(date(2026, 10, 27), last)
    die(bench, dies_at, lambda: bench.sync_calls(days.first, days.last))
    bench.time.pass_time(timedelta(minutes=40).total_seconds())
    assert bench.sync_calls(days.first, days.last).is_proven
    assert landed(bench, days) == true(bench, days)
