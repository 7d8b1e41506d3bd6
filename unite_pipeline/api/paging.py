"""The page walk: every row of a list once, or a result that says it is not proven.

Here: when to ask for another page, when to stop, what was counted. Not here: what is done with rows (`land`).
Source: contract 20-26.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

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
    """What a walk counted. Row counts leave out rows that came twice because pages shifted meanwhile.

    Args:
        received_rows: rows that came.
        first_itemcount: the API's count at the first page of this walk.
        itemcount: the API's count at the last page.
        pages: pages that hold rows.
        has_shrunk: the count fell while walking, so that a row may have slipped past.
        has_ended_early: an empty or repeated page came before the count was reached.
        stopped_early: `stop` said that the rest is known.
    """

    received_rows: int
    first_itemcount: int | None
    itemcount: int | None
    pages: int
    has_shrunk: bool
    has_ended_early: bool
    stopped_early: bool = False

    @property
    def is_proven(self) -> bool:
        """Every row the API counted came, once."""
        return not self.has_shrunk and not self.stopped_early and self.received_rows == self.itemcount

    @property
    def is_proven_as_of_start(self) -> bool:
        """Every row came that was there when the walk began; for lists that grow while they are read."""
        first = self.first_itemcount
        return not self.has_shrunk and not self.stopped_early and first is not None and self.received_rows >= first


class CountChangedError(Exception):
    """The list is not the one that an earlier walk began: start afresh."""


def walk(
    fetch: Fetch,
    land: Land,
    *,
    resume: Sequence[LandedPage] = (),
    stop: Callable[[Sequence[bytes], int | None], bool] | None = None,
) -> Walk:
    """Ask page after page until the API's own count is reached, a page is empty, or a page comes again.

    A short page ends nothing: the server may give fewer rows than asked. Each page is landed before the next is asked
    for.

    Args:
        fetch: asks for one page, from 1.
        land: keeps a page's rows; called with number, count and rows.
        resume: pages that stand on disk already, from 1 on without a hole.
        stop: told a page's rows and the count before they are landed; True ends the walk there.

    Raises:
        CountChangedError: the first new page tells another count than the pages on disk.
    """
    seen = _Seen()
    for landed in resume:
        seen.take(landed.rows, landed.itemcount)
    number = len(resume)
    while number < MAX_PAGES and not seen.is_full:
        number += 1
        page = fetch(number)
        if resume and number == len(resume) + 1 and page.itemcount != seen.itemcount:
            raise CountChangedError
        if not page.rows or seen.is_repeat(page.rows):
            seen.ended(page.itemcount)
            break
        has_stopped = stop is not None and stop(page.rows, page.itemcount)
        rows = seen.take(page.rows, page.itemcount)
        land(number, page.itemcount, rows)
        if has_stopped:
            return seen.result(stopped_early=True)
    return seen.result()


class _Seen:
    """What a walk has had so far."""

    def __init__(self) -> None:
        self.itemcount: int | None = None
        self._first: int | None = None
        self._received = 0
        self._pages = 0
        self._has_shrunk = False
        self._has_moved = False
        self._has_ended_early = False
        self._row_hashes: set[bytes] = set()
        self._page_hashes: set[bytes] = set()

    @property
    def is_full(self) -> bool:
        return self._pages > 0 and self.itemcount is not None and self._received >= self.itemcount

    def is_repeat(self, rows: Sequence[bytes]) -> bool:
        return _page_hash(rows) in self._page_hashes

    def take(self, rows: Sequence[bytes], itemcount: int | None) -> Sequence[bytes]:
        """Count a page and return the rows of it that are new."""
        self._note_count(itemcount)
        self._page_hashes.add(_page_hash(rows))
        hashes = [hashlib.sha256(row).digest()[:16] for row in rows]
        if self._has_moved:
            # A row was filed before our place, so the last rows of the former page came again.
            rows = [row for row, row_hash in zip(rows, hashes, strict=True) if row_hash not in self._row_hashes]
        self._row_hashes.update(hashes)
        self._received += len(rows)
        self._pages += 1
        return rows

    def ended(self, itemcount: int | None) -> None:
        """Note an empty or repeated page."""
        self._note_count(itemcount)
        self._has_ended_early = self.itemcount is not None and self._received < self.itemcount

    def result(self, *, stopped_early: bool = False) -> Walk:
        return Walk(
            received_rows=self._received,
            first_itemcount=self._first,
            itemcount=self.itemcount,
            pages=self._pages,
            has_shrunk=self._has_shrunk,
            has_ended_early=self._has_ended_early,
            stopped_early=stopped_early,
        )

    def _note_count(self, itemcount: int | None) -> None:
        if itemcount is None:
            return
        if self.itemcount is None:
            self._first = itemcount
        elif itemcount != self.itemcount:
            self._has_moved = True
            self._has_shrunk = self._has_shrunk or itemcount < self.itemcount
        self.itemcount = itemcount


def _page_hash(rows: Sequence[bytes]) -> bytes:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(row)
        digest.update(b"\n")
    return digest.digest()
