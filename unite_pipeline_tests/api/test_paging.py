"""The page walk: its stop rules, and what its proof is worth."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from unite_pipeline.api import paging
from unite_pipeline.api.paging import CountChangedError, LandedPage, counted, other_page_size, walk
from unite_pipeline.api.wire import Page

TOLD = object()


class ListServer:
    """A list in pages, as the vendor gives it; `changes` happen right before the page of that number is given."""

    def __init__(self, rows, cap=3, changes=None, told=TOLD, past_the_end=None) -> None:
        self.rows = [_row(each) for each in rows]
        self.cap = cap
        self.changes = dict(changes or {})
        self.told = told
        self.past_the_end = past_the_end
        self.asked: list[int] = []
        self.moments: list[list[bytes]] = []

    def __call__(self, number: int) -> Page:
        self.asked.append(number)
        change = self.changes.get(number)
        if change is not None:
            change(self.rows)
        self.moments.append(list(self.rows))
        rows = self.rows[(number - 1) * self.cap : number * self.cap]
        if not rows and self.past_the_end == "last-again" and self.rows:
            last = (len(self.rows) - 1) // self.cap
            rows = self.rows[last * self.cap :]
        count = len(self.rows) if self.told is TOLD else self.told
        return Page(rows=rows, itemcount=count)


class Disk:
    """Keeps what was landed."""

    def __init__(self) -> None:
        self.pages: list[LandedPage] = []

    def __call__(self, number, itemcount, rows) -> None:
        self.pages.append(LandedPage(number, itemcount, list(rows)))

    @property
    def rows(self) -> list[bytes]:
        return [row for page in self.pages for row in page.rows]


def _row(value: object) -> bytes:
    return b'{"id": %d}' % value if isinstance(value, int) else value


def insert(at: int, *values: int):
    """A change that adds rows at a place."""

    def change(rows: list[bytes]) -> None:
        rows[at:at] = [_row(value) for value in values]

    return change


def delete(at: int):
    """A change that removes the row at a place."""

    def change(rows: list[bytes]) -> None:
        del rows[at]

    return change


@pytest.mark.parametrize(
    ("rows", "pages"), [(1, [1]), (2, [1]), (3, [1]), (4, [1, 2]), (6, [1, 2]), (7, [1, 2, 3])], ids=str
)
def test_a_still_list(rows, pages):
    """A list that stands still is asked page by page until its count is reached, and not once more."""
    server, disk = ListServer(range(rows)), Disk()
    result = walk(server, disk)
    assert server.asked == pages
    assert disk.rows == server.rows
    assert [(page.number, page.itemcount) for page in disk.pages] == [(number, rows) for number in pages]
    assert (result.received_rows, result.itemcount, result.first_itemcount, result.pages) == (
        rows, rows, rows, len(pages),
    )  # fmt: skip
    assert (result.is_proven, result.is_proven_as_of_start, result.has_shrunk, result.has_ended_early) == (
        True, True, False, False,
    )  # fmt: skip


def test_an_empty_list():
    """No rows and a count of 0 is a proof of one request: nothing is landed."""
    server, disk = ListServer([]), Disk()
    result = walk(server, disk)
    assert (server.asked, disk.pages, result.is_proven, result.pages) == ([1], [], True, 0)


def test_no_count_is_no_proof():
    """Where the API tells no count, pages are asked until one is empty, and the rows that came prove nothing."""
    server, disk = ListServer(range(4), told=None), Disk()
    result = walk(server, disk)
    assert server.asked == [1, 2, 3]
    assert (len(disk.rows), result.itemcount, result.is_proven, result.is_proven_as_of_start) == (4, None, False, False)


def test_an_empty_list_without_a_count():
    """No rows and no count: one request, nothing proven."""
    result = walk(ListServer([], told=None), Disk())
    assert (result.is_proven, result.received_rows, result.has_ended_early) == (False, 0, False)


def test_a_count_that_is_too_high():
    """Rows that are counted and never come leave the list unproven, after one page more."""
    server = ListServer(range(4), told=5)
    result = walk(server, Disk())
    assert server.asked == [1, 2, 3]
    assert (result.is_proven, result.has_ended_early, result.received_rows, result.itemcount) == (False, True, 4, 5)


def test_a_count_that_is_too_low():
    """More rows than counted are no proof either."""
    result = walk(ListServer(range(3), told=2), Disk())
    assert (result.is_proven, result.received_rows, result.itemcount) == (False, 3, 2)


def test_the_last_page_again():
    """A server that repeats its last page past the end ends the walk, and the page is landed once."""
    server, disk = ListServer(range(5), told=9, past_the_end="last-again"), Disk()
    result = walk(server, disk)
    assert server.asked == [1, 2, 3]
    assert (disk.rows, result.has_ended_early, result.is_proven) == (server.rows, True, False)


def test_a_server_that_ignores_the_page_number():
    """The first page again is a loop, not a page: it ends the walk."""
    server = ListServer(range(3), told=300)
    result = walk(lambda number: server(1), Disk())
    assert server.asked == [1, 1]
    assert (result.received_rows, result.is_proven) == (3, False)


def test_a_server_that_goes_round():
    """A cycle of pages is a loop from its first repetition on."""
    server = ListServer(range(6), told=300)
    result = walk(lambda number: server((number - 1) % 2 + 1), Disk())
    assert server.asked == [1, 2, 1]
    assert result.received_rows == 6


def test_a_server_that_never_ends():
    """A server that makes up new rows for ever is given up after MAX_PAGES, unproven."""
    asked: list[int] = []

    def endless(number: int) -> Page:
        asked.append(number)
        return Page(rows=[_row(number)], itemcount=10**9)

    assert not walk(endless, lambda number, itemcount, rows: None).is_proven
    assert len(asked) == paging.MAX_PAGES


def test_short_pages_end_nothing():
    """A server that silently gives fewer rows than asked is walked to its count (contract 21)."""
    server, disk = ListServer(range(10), cap=1), Disk()
    assert walk(server, disk).is_proven
    assert (len(server.asked), disk.rows) == (10, server.rows)


def test_a_list_may_hold_a_row_twice():
    """The same row on two pages of a list without a key is two rows, as the count says, once a second walk agrees."""
    server, disk = ListServer([1, 1, 2, 3, 3, 1], cap=2), Disk()
    result = walk(server, disk)
    assert disk.rows == server.rows
    assert (result.adds_up, result.counted_twice, result.has_wavered, result.is_proven) == (True, 2, True, False)
    assert replace(result, is_confirmed=True).is_proven
    assert not replace(result, is_confirmed=True, itemcount=7).is_proven


def test_a_row_twice_on_one_page_is_two_rows():
    """Within one page the server means it: such a list is proven by its count, with a key and without."""
    for key in (None, "id"):
        server, disk = ListServer([1, 1, 2, 3, 4, 4], cap=2), Disk()
        result = walk(server, disk, key=key)
        assert (result.is_proven, result.received_rows, result.counted_twice, disk.rows) == (True, 6, 0, server.rows)


def test_a_key_on_two_pages_is_one_row():
    """A row whose key an earlier page held is neither counted nor landed again: its list falls short of its count."""
    server, disk = ListServer([1, 2, 3, 3, 4, 5]), Disk()
    result = walk(server, disk, key="id")
    assert disk.rows == [_row(each) for each in (1, 2, 3, 4, 5)]
    assert (result.received_rows, result.itemcount, result.is_proven, result.is_proven_as_of_start) == (
        5, 6, False, False,
    )  # fmt: skip
    assert (result.has_wavered, result.counted_twice, server.asked) == (True, 0, [1, 2, 3])


def test_a_key_that_says_something_else_now_is_kept_and_not_counted():
    """Other content under a key of an earlier page is landed, so that nothing is lost, and is not counted."""
    rows = [b'{"id":"a","x":1}', b'{"id":"b"}', b'{"id":"a","x":2}', b'{"id":"c"}']
    server, disk = ListServer(rows, cap=2), Disk()
    result = walk(server, disk, key="id")
    assert (disk.rows, result.received_rows, result.is_proven) == (rows, 3, False)
    assert [row for _, row in counted([rows[:2], rows[2:]], "id")] == [rows[0], rows[1], rows[3]]


@pytest.mark.parametrize(
    "row", [b"[]", b"null", b'{"other": 1}', b'{"id": null}', b'{"id": ""}', b'{"id": "'], ids=lambda row: row.decode()
)
def test_a_row_without_its_key_is_known_by_itself(row):
    """A row whose key is missing or unreadable counts, and again only if it is another one."""
    server, disk = ListServer([row, b'{"id": "a"}', row, b"[1]"], cap=2), Disk()
    result = walk(server, disk, key="id")
    assert (result.received_rows, disk.rows) == (3, [row, b'{"id": "a"}', b"[1]"])


def test_a_key_is_the_same_as_number_and_as_text():
    """A server that writes a key as text on one page and as a number on the next means the same row."""
    server = ListServer([b'{"id": 7}', b'{"id": "8"}', b'{"id": "7"}', b'{"id": 8, "x": 1}'], cap=2)
    assert walk(server, Disk(), key="id").received_rows == 2


def test_a_list_by_key_that_only_repeats_is_left():
    """Rows that all came before are a loop even where the page as such is new, or says something else each time."""
    moment = iter(range(1_000))

    def fetch(number: int) -> Page:
        at = (number - 1) % 3
        rows = [b'{"id": %d, "seen": %d}' % (at + each, next(moment)) for each in (0, 1)]
        return Page(rows=rows, itemcount=300)

    result = walk(fetch, Disk(), key="id")
    assert (result.received_rows, result.has_looped, result.has_ended_early) == (4, True, True)


def test_a_row_on_two_pages_of_a_walk_that_was_taken_up():
    """Rows that stand on disk are known to whoever goes on from there: none of them is counted again."""
    server, disk = ListServer([1, 2, 3, 3, 4, 5]), Disk()
    walk(server, disk, key="id")
    again = Disk()
    result = walk(server, again, key="id", resume=disk.pages[:1])
    assert again.rows == [_row(each) for each in (4, 5)]
    assert (result.received_rows, result.is_proven) == (5, False)


def test_the_second_walk_cuts_elsewhere():
    """Pages of the other size have no edge in common with those of the first but at multiples of both."""
    assert [other_page_size(walk(ListServer(range(12), cap=cap), Disk())) for cap in (1, 2, 3, 9)] == [1, 1, 2, 6]


def test_growth_at_the_end():
    """Rows that are added after our place are received, and the last count is the one that proves."""
    server, disk = ListServer(range(5), changes={2: insert(5, 5, 6)}), Disk()
    result = walk(server, disk)
    assert (disk.rows, result.is_proven) == (server.rows, True)
    assert (result.first_itemcount, result.itemcount, server.asked) == (5, 7, [1, 2, 3])


def test_growth_before_our_place():
    """Rows pushed on to the next page are landed once; the row that was added behind us is known to be missing."""
    server, disk = ListServer(range(6), changes={2: insert(0, 99)}), Disk()
    result = walk(server, disk)
    assert disk.rows == [_row(each) for each in range(6)]
    assert (result.received_rows, result.itemcount, result.is_proven, result.is_proven_as_of_start) == (
        6, 7, False, True,
    )  # fmt: skip
    assert result.has_ended_early


def test_a_shrinking_list_is_never_proven():
    """Where the count falls a row may have slipped past, whatever the numbers say afterwards."""
    server, disk = ListServer(range(6), changes={2: delete(0), 3: insert(5, 98)}), Disk()
    result = walk(server, disk)
    assert (result.has_shrunk, result.is_proven, result.is_proven_as_of_start) == (True, False, False)


def test_each_page_is_landed_before_the_next_is_asked_for():
    """When page n + 1 is asked for, page n is on disk: a walk that dies loses one page at most."""
    disk = Disk()
    server = ListServer(range(9))

    def fetch(number: int) -> Page:
        assert len(disk.pages) == number - 1
        return server(number)

    walk(fetch, disk)


def test_an_error_leaves_what_was_landed():
    """An error of `fetch` passes through, and the pages before it stay landed."""
    server, disk = ListServer(range(9)), Disk()

    def fetch(number: int) -> Page:
        if number == 3:
            raise ConnectionError
        return server(number)

    with pytest.raises(ConnectionError):
        walk(fetch, disk)
    assert disk.rows == server.rows[:6]


@pytest.mark.parametrize("kept", [0, 1, 2, 3])
def test_taking_up(kept):
    """A walk that is taken up asks only for what is not on disk, and counts what is."""
    server, disk = ListServer(range(8)), Disk()
    walk(server, disk)
    on_disk, again = disk.pages[:kept], Disk()
    server.asked.clear()
    result = walk(server, again, resume=on_disk)
    assert server.asked == [1, 2, 3][kept:]
    assert [row for page in on_disk for row in page.rows] + again.rows == server.rows
    assert (result.received_rows, result.pages, result.is_proven) == (8, 3, True)


@pytest.mark.parametrize("told", [9, 7, None], ids=["more", "fewer", "none"])
def test_taking_up_another_list(told):
    """If the first new page tells another count, the list is not the one on disk: nothing of it is landed."""
    server, disk = ListServer(range(8)), Disk()
    walk(server, disk)
    other, again = ListServer(range(8), told=told), Disk()
    with pytest.raises(CountChangedError):
        walk(other, again, resume=disk.pages[:1])
    assert (other.asked, again.pages) == ([2], [])


def test_taking_up_knows_the_pages_on_disk():
    """A repetition of a page that an earlier walk landed is a loop as well."""
    server, disk = ListServer(range(6), told=9), Disk()
    walk(server, disk)
    result = walk(lambda number: server(1), Disk(), resume=disk.pages)
    assert (result.received_rows, result.is_proven) == (6, False)


def test_stopping_early():
    """`stop` sees a page's rows and count first; the page is landed, the walk ends, and nothing is proven by it."""
    server, disk = ListServer(range(9)), Disk()
    told: list[tuple[int, int | None]] = []

    def stop(rows, itemcount) -> bool:
        told.append((len(rows), itemcount))
        return len(told) == 2

    result = walk(server, disk, stop=stop)
    assert (server.asked, told, len(disk.rows)) == ([1, 2], [(3, 9), (3, 9)], 6)
    assert (result.stopped_early, result.is_proven, result.is_proven_as_of_start) == (True, False, False)


MUTATION = st.tuples(st.sampled_from(["end", "before", "anywhere", "delete"]), st.integers(0, 10_000))
HISTORY = st.dictionaries(st.integers(1, 12), st.lists(MUTATION, min_size=1, max_size=3), max_size=5)


def _history(mutations, cap, *, with_deletions) -> tuple[dict, list[bool]]:
    """Changes by page; each page's changes only add, or only remove, if so wished."""
    new = iter(range(1_000, 2_000))

    def change_for(number, wanted):
        def change(rows: list[bytes]) -> None:
            for kind, at in wanted:
                if kind == "delete":
                    if with_deletions and rows:
                        del rows[at % len(rows)]
                else:
                    place = {"end": len(rows), "before": min(at, (number - 1) * cap), "anywhere": at}[kind]
                    rows[place % (len(rows) + 1) : place % (len(rows) + 1)] = [_row(next(new))]

        return change

    return {number: change_for(number, wanted) for number, wanted in mutations.items()}


KEY = st.sampled_from([None, "id"])


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 20), st.integers(1, 5), KEY, st.data())
def test_a_proof_over_an_order_that_is_not_stable(size, cap, key, data):
    """Where rows tie each page may be cut from another order: whatever comes twice, proven means that all came."""
    disk = Disk()

    def fetch(number: int) -> Page:
        order = data.draw(st.permutations(range(size)))
        rows = [_row(each) for each in order[(number - 1) * cap : number * cap]]
        return Page(rows=rows, itemcount=size)

    result = walk(fetch, disk, key=key)
    if result.is_proven or result.is_proven_as_of_start:
        assert sorted(disk.rows) == sorted(_row(each) for each in range(size))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 20), st.integers(1, 5), HISTORY, st.sampled_from([None, "last-again"]), KEY)
def test_a_proof_over_a_list_that_grows(size, cap, mutations, past_the_end, key):
    """However a list grows meanwhile: no row lands twice, and proven means exactly the list at the last answer."""
    server = ListServer(range(size), cap, _history(mutations, cap, with_deletions=False), past_the_end=past_the_end)
    disk = Disk()
    result = walk(server, disk, key=key)
    received = Counter(disk.rows)
    assert max(received.values(), default=1) == 1
    assert result.received_rows == received.total()
    assert received <= Counter(server.moments[-1])
    if result.is_proven:
        assert received == Counter(server.moments[-1])
    if not mutations:
        assert result.is_proven


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 20), st.integers(1, 5), HISTORY, KEY)
def test_a_proof_over_a_list_that_grows_or_shrinks(size, cap, mutations, key):
    """As long as rows do not go and come between the same two answers, proven means the list at the last answer."""
    pure = {
        number: [each for each in wanted if (each[0] == "delete") == (wanted[0][0] == "delete")]
        for number, wanted in mutations.items()
    }
    server, disk = ListServer(range(size), cap, _history(pure, cap, with_deletions=True)), Disk()
    result = walk(server, disk, key=key)
    if result.is_proven:
        assert Counter(disk.rows) == Counter(server.moments[-1])


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 20), st.integers(1, 5), HISTORY, KEY)
@example(2, 1, {2: [("before", 0), ("before", 0)]}, None)
def test_a_proof_as_of_the_start(size, cap, mutations, key):
    """Of a list that grows at its end or before our place, proven as of the start means: all that was there came."""
    added = {
        number: [(kind if kind in ("end", "before") else "end", at) for kind, at in wanted]
        for number, wanted in mutations.items()
    }
    server, disk = ListServer(range(size), cap, _history(added, cap, with_deletions=False)), Disk()
    result = walk(server, disk, key=key)
    if result.is_proven_as_of_start:
        assert Counter(server.moments[0]) <= Counter(disk.rows)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 20), st.integers(1, 5), HISTORY, KEY, st.data())
def test_a_walk_taken_up_anywhere_is_the_walk(size, cap, mutations, key, data):
    """Cut off after any page and taken up on a list that stands still since, a walk proves what it would have."""
    server, disk = ListServer(range(size), cap, _history(mutations, cap, with_deletions=False)), Disk()
    whole = walk(server, disk, key=key)
    kept = disk.pages[: data.draw(st.integers(0, len(disk.pages)))]
    still, again = ListServer(server.rows, cap), Disk()
    try:
        result = walk(still, again, key=key, resume=kept)
    except CountChangedError:
        assert kept[-1].itemcount != len(server.rows)
        return
    rows = [row for page in [*kept, *again.pages] for row in page.rows]
    assert Counter(rows).total() == result.received_rows
    if result.is_proven:
        assert len(rows) == result.itemcount
    if not mutations:
        assert (result.is_proven, whole.is_proven, rows) == (True, True, server.rows)
