"""The page walk: every row of a list once, or a result that says it is not proven.

Here: when to ask for another page, when to stop, what was counted. Not here: what is done with rows (`land`).
Source: contract 20-26, 50, 70.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from unite_pipeline.api.wire import Page

MAX_PAGES = 100_000
"""Beyond any list of one account: a server that never ends is not walked for ever."""

Fetch = Callable[[int], Page]
Land = Callable[[int, int | None, Sequence[bytes]], object]


@dataclass(frozen=True, slots=True)
class LandedPage:
    """A page that an earlier walk of the same list brought to disk."""

    number: int
    itemcount: int | None
    rows: Sequence[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk counted. A row that an earlier page held is one that came before, not one more.

    Args:
        received_rows: rows that came.
        first_itemcount: the API's count at the first page of this walk.
        itemcount: the API's count at the last page.
        pages: pages that hold rows.
        largest_page: rows of the largest page.
        has_shrunk: the count fell while walking, so that a row may have slipped past.
        has_wavered: a row of an earlier page came again while the count stood still. Then another row may have come
            on no page: where rows tie, a server may put one before the edge of a page and after it.
        counted_twice: rows that were counted although an earlier page held them, in a list that may hold a row twice.
        is_confirmed: a second walk, with the edges of its pages elsewhere, brought the same rows as often.
        has_ended_early: an empty or repeated page came before the count was reached.
        has_looped: of these, a repeated one: how the list goes on was not seen.
        stopped_early: `stop` said that the rest is known.
    """

    received_rows: int
    first_itemcount: int | None
    itemcount: int | None
    pages: int
    largest_page: int
    has_shrunk: bool
    has_wavered: bool
    counted_twice: int
    has_ended_early: bool
    has_looped: bool
    stopped_early: bool = False
    is_confirmed: bool = False

    @property
    def adds_up(self) -> bool:
        """As many rows came as the API counted."""
        return not self.has_shrunk and not self.stopped_early and self.received_rows == self.itemcount

    @property
    def is_proven(self) -> bool:
        """Every row the API counted came, once."""
        return self.adds_up and (self.counted_twice == 0 or self.is_confirmed)

    @property
    def is_proven_as_of_start(self) -> bool:
        """Every row came that was there when the walk began; for lists that grow while they are read."""
        first = self.first_itemcount
        is_sound = not (self.has_shrunk or self.has_wavered or self.has_looped or self.stopped_early)
        return self.is_proven or (is_sound and first is not None and self.received_rows >= first)


class CountChangedError(Exception):
    """The list is not the one that an earlier walk began: start afresh."""


def walk(
    fetch: Fetch,
    land: Land,
    *,
    key: str | None = None,
    resume: Sequence[LandedPage] = (),
    stop: Callable[[Sequence[bytes], int | None], bool] | None = None,
) -> Walk:
    """Ask page after page until the API's own count is reached, a page is empty, or a page comes again.

    A short page ends nothing: the server may give fewer rows than asked. Each page is landed before the next is asked
    for.

    Args:
        fetch: asks for one page, from 1.
        land: keeps a page's rows; called with number, count and rows.
        key: the field by which a row is known again: one whose key an earlier page held is not counted, and landed only
            if it says something else now. None for a list that may hold a row twice.
        resume: pages that stand on disk already, from 1 on without a hole.
        stop: told a page's rows and the count before they are landed; True ends the walk there.

    Raises:
        CountChangedError: the first new page tells another count than the pages on disk.
    """
    seen = _Seen(key)
    for landed in resume:
        seen.take(landed.rows, landed.itemcount)
    number = len(resume)
    while number < MAX_PAGES and not seen.is_full:
        number += 1
        page = fetch(number)
        if resume and number == len(resume) + 1 and page.itemcount != seen.itemcount:
            raise CountChangedError
        if not page.rows or seen.is_repeat(page.rows):
            seen.ended(page)
            break
        has_stopped = stop is not None and stop(page.rows, page.itemcount)
        rows = seen.take(page.rows, page.itemcount)
        land(number, page.itemcount, rows)
        if has_stopped:
            return seen.result(stopped_early=True)
    return seen.result()


def counted(pages: Iterable[Sequence[bytes]], key: str | None) -> Iterator[tuple[bytes, bytes]]:
    """The rows of a list that a walk over these pages counts, each with what it is known by."""
    identity = _identity(key)
    earlier: set[bytes] = set()
    for rows in pages:
        known_by = [identity(row) for row in rows]
        yield from ((each, row) for each, row in zip(known_by, rows, strict=True) if each not in earlier)
        earlier.update(known_by)


def other_page_size(walked: Walk) -> int:
    """Rows a page for walking a list again with its pages' edges elsewhere: where rows tie, those hide some."""
    return max(walked.largest_page * 2 // 3, 1)


class _Seen:
    """What a walk has had so far."""

    def __init__(self, key: str | None) -> None:
        self.itemcount: int | None = None
        self._key = key
        self._identity = _identity(key)
        self._first: int | None = None
        self._received = 0
        self._counted_twice = 0
        self._pages = 0
        self._largest_page = 0
        self._has_shrunk = False
        self._has_moved = False
        self._has_wavered = False
        self._has_ended_early = False
        self._has_looped = False
        self._rows: set[bytes] = set()
        self._known: set[bytes] = set()
        self._page_hashes: set[bytes] = set()

    @property
    def is_full(self) -> bool:
        return self._pages > 0 and self.itemcount is not None and self._received >= self.itemcount

    def is_repeat(self, rows: Sequence[bytes]) -> bool:
        """Whether a page brings nothing: rows that came before, or, where rows may repeat, a page that did."""
        if self._key is None:
            return _page_hash(rows) in self._page_hashes
        return all(self._identity(row) in self._known for row in rows)

    def take(self, rows: Sequence[bytes], itemcount: int | None) -> Sequence[bytes]:
        """Count a page and return the rows of it that are to be kept."""
        stood_still = self._note_count(itemcount)
        known_by, as_they_stand = [self._identity(row) for row in rows], [_digest(row) for row in rows]
        came_before = sum(each in self._known for each in known_by)
        self._has_wavered = self._has_wavered or (stood_still and came_before > 0)
        kept = rows
        if self._key is None and not self._has_moved:
            self._counted_twice += came_before
            self._received += len(rows)
        else:
            # A row was filed before our place, so the last rows of the former page came again; or the order wavers.
            kept = [row for row, digest in zip(rows, as_they_stand, strict=True) if digest not in self._rows]
            self._received += len(rows) - came_before
        self._known.update(known_by)
        self._rows.update(as_they_stand)
        self._page_hashes.add(_page_hash(rows))
        self._pages += 1
        self._largest_page = max(self._largest_page, len(rows))
        return kept

    def ended(self, page: Page) -> None:
        """Note an empty or repeated page."""
        self._note_count(page.itemcount)
        self._has_ended_early = self.itemcount is not None and self._received < self.itemcount
        self._has_looped = bool(page.rows)

    def result(self, *, stopped_early: bool = False) -> Walk:
        return Walk(
            received_rows=self._received,
            first_itemcount=self._first,
            itemcount=self.itemcount,
            pages=self._pages,
            largest_page=self._largest_page,
            has_shrunk=self._has_shrunk,
            has_wavered=self._has_wavered,
            counted_twice=self._counted_twice,
            has_ended_early=self._has_ended_early,
            has_looped=self._has_looped,
            stopped_early=stopped_early,
        )

    def _note_count(self, itemcount: int | None) -> bool:
        """Take in the count of a page; True if it is that of the page before."""
        if itemcount is None or itemcount == self.itemcount:
            return True
        if self.itemcount is None:
            self._first = itemcount
        else:
            self._has_moved = True
            self._has_shrunk = self._has_shrunk or itemcount < self.itemcount
        self.itemcount = itemcount
        return False


def _identity(key: str | None) -> Callable[[bytes], bytes]:
    """What a row is known by: its key; itself, where it has none or the list may hold a row twice."""
    if key is None:
        return _digest
    decode = msgspec.json.Decoder(msgspec.defstruct("Keyed", [(key, Any, None)])).decode

    def identity(row: bytes) -> bytes:
        try:
            value = getattr(decode(row), key)
        except msgspec.DecodeError:
            value = None
        return _digest(row) if value in (None, "") else b"key " + str(value).encode()

    return identity


def _digest(row: bytes) -> bytes:
    return hashlib.sha256(row).digest()[:16]


def _page_hash(rows: Sequence[bytes]) -> bytes:
    return _digest(b"\n".join(rows))
