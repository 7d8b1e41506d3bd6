"""A list of several pages in which a row comes on two of them: one that is there twice, or one in another's place."""

from __future__ import annotations

import json

import pytest

from unite_pipeline.api.endpoints import LIST_PHONEBOOK_ITEMS
from unite_pipeline.extract.snapshots import LIST, list_all
from unite_pipeline.simulator import CompanyPlan, Fault


@pytest.fixture
def bench(make_bench):
    """A book of 640 contacts: three pages."""
    return make_bench(plan=CompanyPlan(seed=1, contact_count=640))


def walk(bench):
    """Walk the book, and forget what landed: whether it is proven, the ids that came, and the pages that stand."""
    progress = bench.source.begin("phonebook", {})
    listed = list_all(progress, bench.source, LIST_PHONEBOOK_ITEMS, LIST, {})
    pages = len(progress.raw.pages(LIST))
    progress.raw.discard()
    return listed.walk.is_proven, [json.loads(row)["id"] for row in listed.rows], pages


def true(bench):
    """The ids of all contacts."""
    return {item.contact_id for item in bench.simulator.truth.contacts()}


def test_a_contact_that_the_list_holds_twice_is_proven_by_a_second_walk(bench):
    """A contact on two pages that comes as often in pages of another size is there twice, and the list is proven."""
    bench.faults.add(Fault("repeated_row", "listphonebookitems"))
    is_proven, ids, pages = walk(bench)
    assert (is_proven, len(ids), set(ids), pages) == (True, 641, true(bench), 4)
    assert bench.asked("listphonebookitems") == 3 + 4


@pytest.mark.parametrize("times", [None, 1], ids=["always", "once"])
def test_a_contact_on_two_pages_hides_none_that_is_on_none(bench, times):
    """A contact that comes again where a page ends, and not in other pages, stands in another's place."""
    bench.faults.add(Fault("unstable_order", "listphonebookitems", times=times))
    is_proven, ids, _ = walk(bench)
    assert is_proven is (times == 1)
    assert (set(ids) == true(bench)) is (times == 1)
    bench.faults.clear("unstable_order")
    assert walk(bench)[:2] == (True, ids if times == 1 else walk(bench)[1])
    assert set(walk(bench)[1]) == true(bench)
