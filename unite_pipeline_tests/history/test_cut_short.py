"""A snapshot that is cut short at any page, or of a list that lies or moves, ends nothing that is still there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from math import ceil
from pathlib import Path

import pytest

from unite_pipeline.simulator import ALWAYS, CompanyPlan, Fault
from unite_pipeline_tests.bench import TIMEZONE, Bench
from unite_pipeline_tests.history import reading
from unite_pipeline_tests.history.expectation import ExpectedRow, Sighting, expected_rows
from unite_pipeline_tests.history.histories import READ, Feed, History
from unite_pipeline_tests.history.observing import Death, observe

_PLAN = CompanyPlan(
    first_day=date(2026, 10, 20), extension_count=25, contact_count=340, calls_per_working_day=5, recording_share=0.0
)
_OF_PAGES = ("vanishing_row", "count_too_high")
CUTS = ("server_error", "cut_connection", "truncated_json", "timeout", "killed_before", "killed_after", *_OF_PAGES)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A company of which every list is long enough to be cut into pages."""
    made = Bench(tmp_path / "data", plan=_PLAN)
    tenant = made.simulator.tenant
    flow, switch = made.simulator.truth.flows()[0], made.simulator.truth.switches()[0]
    for number in range(10, 19):
        tenant.put_flow(replace(flow, flow_id=tenant.new_flow_id(), name=f"Flow {number}", flow_number=f"90{number}"))
        tenant.put_switch(replace(switch, switch_key=tenant.new_switch_key(), switch_number=str(number)))
    return made


def _page_size(bench: Bench, history: History) -> int:
    """Six pages and a rest."""
    return len(bench.simulator.truth.as_of(history.kind, bench.time.now)) // 6


def _only(bench: Bench, *faults: Fault) -> None:
    bench.faults.clear()
    bench.faults.add(*faults)


def _gone(bench: Bench, history: History, thing_id: str) -> None:
    tenant = bench.simulator.tenant
    remove: dict[str, Callable[[str], None]] = {
        "extension": tenant.remove_extension,
        "contact": tenant.remove_contact,
        "call_flow": tenant.remove_flow,
        "switch": tenant.remove_switch,
        "extension_properties": lambda extension_id: tenant.unset_properties(
            extension_id, *tenant.properties[extension_id]
        ),
    }
    remove[history.kind](thing_id)


def _come(bench: Bench, history: History, like: str) -> str:
    """A new thing at the end of its list; returns its id."""
    tenant = bench.simulator.tenant
    if history.kind == "extension":
        extension = replace(tenant.extensions[like], extension_id=tenant.new_extension_id(), extno="9999")
        tenant.add_extension(extension)
        return extension.extension_id
    if history.kind == "contact":
        contact = replace(tenant.contacts[like], contact_id=tenant.new_contact_id())
        tenant.put_contact(contact)
        return contact.contact_id
    if history.kind == "call_flow":
        flow = replace(tenant.flows[like], flow_id=tenant.new_flow_id(), name="Z")
        tenant.put_flow(flow)
        return flow.flow_id
    switch = replace(tenant.switches[like], switch_key=tenant.new_switch_key(), switch_number="99")
    tenant.put_switch(switch)
    return switch.switch_key


def _cut(cut: str, feed: Feed, page: int) -> tuple[list[Fault], Death | None]:
    """What goes wrong from a page on, and where the process dies."""
    if cut.startswith("killed"):
        return [], Death(page, is_after=cut == "killed_after")
    return [Fault(cut, feed.endpoint, after=page - 1, times=ALWAYS)], None


@pytest.mark.parametrize(
    ("history", "cut"),
    [
        pytest.param(history, cut, id=f"{history.table}-{cut}")
        for history in READ
        for cut in CUTS
        if history.feed.is_paged or cut not in _OF_PAGES
    ],
)
def test_a_snapshot_cut_short_at_any_page_ends_nothing(bench: Bench, history: History, cut: str) -> None:
    """Whatever befalls whichever page, the history stays as it was; a snapshot that gets through ends what is gone.

    Where a page tells all of one extension, what came before the cut counts for those.
    """
    feed, truth = history.feed, bench.simulator.truth
    page_size = _page_size(bench, history)
    short = Fault("short_page", feed.endpoint, count=page_size)
    _only(bench, short)
    if not feed.is_paged:
        observe(bench, READ[0].feed)  # tells which extensions there are
    sightings = [_seen(bench, history)]
    before = reading.rows(history, bench.places)
    for thing_id in list(truth.as_of(history.kind, bench.time.now))[1::page_size]:
        _gone(bench, history, thing_id)
    shown: list[int] = []
    for page in count(1):
        faults, death = _cut(cut, feed, page)
        _only(bench, short, *faults)
        sightings.append(_seen(bench, history, death))
        rows = reading.rows(history, bench.places)
        if sightings[-1].is_proven:
            break
        assert rows == before or not feed.is_paged, f"cut at page {page}"
        shown.append(len(sightings[-1].shown))
    counted = {"vanishing_row": -1, "count_too_high": 0}
    things = len(truth.as_of(history.kind, bench.time.now))
    a_page = page_size if feed.is_paged else 1
    # A list whose items cannot be asked for one by one is looked at twice where something vanished from it.
    pages = ceil(things / a_page)
    assert shown == [things + counted[cut] if cut in counted else a_page * (each % pages) for each in range(len(shown))]
    assert len(shown) > 2
    assert rows == [row.as_read() for row in expected_rows(history, sightings, truth)]
    assert rows != before


def _seen(bench: Bench, history: History, death: Death | None = None) -> Sighting:
    """The feed as it is a week later, and so in the lake."""
    bench.time.pass_time(timedelta(days=7).total_seconds())
    sighting = observe(bench, history.feed, death)
    history.feed.transform(bench.places, TIMEZONE)
    return sighting


_MOVES = [
    pytest.param(history, move, id=f"{history.table}-{move}")
    for history in READ
    if history.feed.is_paged
    for move in ("one goes", "one comes", "one goes and one comes")
]


@pytest.mark.parametrize(("history", "move"), _MOVES)
def test_a_list_that_moves_while_it_is_read_ends_nothing_that_stays(bench: Bench, history: History, move: str) -> None:
    """Between any two pages something leaves the first page, or joins the last: all others have one row, still open."""
    feed, truth = history.feed, bench.simulator.truth
    _only(bench, Fault("short_page", feed.endpoint, count=_page_size(bench, history)))
    since = _seen(bench, history).moment
    moved: set[str] = set()

    def there() -> list[str]:
        return list(truth.as_of(history.kind, bench.time.now))

    def meanwhile(request: int, page: int) -> None:
        if request == page and "goes" in move:
            gone = next(thing_id for thing_id in there() if thing_id not in moved)
            _gone(bench, history, gone)
            moved.add(gone)
        if request == page and "comes" in move:
            moved.add(_come(bench, history, there()[-1]))

    for page in range(2, 7):
        bench.time.pass_time(3600)
        moved.add(_come(bench, history, there()[-1]))  # a book that has not changed is not listed
        observe(bench, feed, meanwhile=lambda request, page=page: meanwhile(request, page))
    assert _seen(bench, history).is_complete
    stayed = history.of(
        {thing: state for thing, state in truth.as_of(history.kind, bench.time.now).items() if thing not in moved}
    )
    rows = reading.rows(history, bench.places)
    assert len(moved) >= 10
    assert [row for row in rows if row[0] not in moved] == [
        ExpectedRow(item, values, since).as_read() for item, values in sorted(stayed.items())
    ]
