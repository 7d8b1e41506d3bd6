"""Observing a list that has no dates: every row of it at one moment, kept when it differs from the last.

Here: what extensions, phonebook and further lists share. Not here: any one list.
Source: contract 21, 59; architecture section 3, "Raw first".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec

from unite_pipeline.api import wire
from unite_pipeline.api.endpoints import PAGE_SIZE, Endpoint
from unite_pipeline.api.paging import Walk, other_page_size, walk
from unite_pipeline.errors import ApiError, AuthenticationError, NotPermittedError, RateLimitedError, RetryableApiError
from unite_pipeline.extract.source import FeedOutcome, ReadInProgress, Source
from unite_pipeline.lake.manifests import Manifest, Part, Read
from unite_pipeline.lake.raw import content_hash, read_rows

LIST = "list"
_ENOUGH_IN_A_ROW = 2


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as it was read: the rows of all its pages, and what was counted."""

    walk: Walk
    rows: tuple[bytes, ...] = field(repr=False)
    requests: int = 0


def list_all(progress: ReadInProgress, source: Source, endpoint: Endpoint, part: str, params: wire.Params) -> Listed:
    """Walk a list and land its pages under `part`; once more if it moved, or a row came on two pages.

    Raises:
        ApiError: the API failed for good; the pages that came stay.
    """
    before = progress.requests
    listed = _walked(progress, source, endpoint, part, params, PAGE_SIZE)
    first = listed.walk
    is_untold = first.itemcount is None and not first.has_shrunk and not first.has_ended_early
    if not first.is_proven and not is_untold:
        # Asking for a count that was not told tells none either.
        progress.raw.drop(part)
        size = other_page_size(first) if first.has_wavered else PAGE_SIZE
        again = _walked(progress, source, endpoint, part, params, size)
        # What one order of the rows puts on two pages, or on none, another cut into pages shows once.
        is_same = first.adds_up and Counter(again.rows) == Counter(listed.rows)
        listed = replace(again, walk=replace(again.walk, is_confirmed=is_same))
    return replace(listed, requests=progress.requests - before)


def _walked(
    progress: ReadInProgress, source: Source, endpoint: Endpoint, part: str, params: wire.Params, page_size: int
) -> Listed:
    rows: list[bytes] = []

    def land(number: int, itemcount: int | None, page: Sequence[bytes]) -> None:
        progress.raw.land(part, number, itemcount, page)
        rows.extend(page)

    result = walk(
        lambda page: source.client.fetch(endpoint, params, page=page, page_size=page_size), land, key=endpoint.key
    )
    return Listed(result, tuple(rows))


@dataclass(frozen=True, slots=True)
class Answered:
    """A list that is one answer: its part of the manifest, and what it says."""

    part: Part
    data: Any = field(repr=False)


def answer(
    progress: ReadInProgress,
    source: Source,
    endpoint: Endpoint,
    part: str,
    params: wire.Params,
    reads: Sequence[Read],
    extension_id: str | None = None,
) -> Answered:
    """Ask for a list that is one answer and land it as one row, unless it is the same as the last.

    It carries no count: it is whole because it could be read, and proves what it says.

    Raises:
        ApiError: the API failed for good.
    """
    before = progress.requests
    page = source.client.fetch(endpoint, params)
    digest = content_hash(page.rows)
    holder = _holder(reads, part)
    is_same = holder is not None and holder.content_hash == digest
    name = None if is_same else progress.raw.land(part, 1, None, page.rows)
    landed = Part(
        part=part,
        extension_id=extension_id,
        received_rows=len(page.rows),
        landed_rows=0 if is_same else len(page.rows),
        requests=progress.requests - before,
        pages=() if name is None else (name,),
        content_hash=digest,
        is_complete=True,
        rows_from=holder.read_id if is_same and holder is not None else None,
    )
    return Answered(landed, page.data)


def rows_before(reads: Sequence[Read], name: str) -> list[bytes]:
    """The rows of a part as it was last seen complete, followed to the read that holds them."""
    by_id = {read.read_id: read for read in reads}
    for read in reversed(reads):
        seen = next((part for part in read.manifest.parts if part.part == name and part.is_complete), None)
        if seen is None:
            continue
        holder = read if seen.rows_from is None else by_id.get(seen.rows_from)
        held = () if holder is None else (part for part in holder.manifest.parts if part.part == name)
        return [row for part in held for page in (holder or read).page_files(part) for row in read_rows(page)]
    return []


class Failures:
    """Lists that the API did not give: one that it cannot give hides no other, an API that is down ends all.

    A refusal is an answer: neighbours that are refused (code 107) say nothing of an API that is down.
    """

    def __init__(self) -> None:
        self.first: ApiError | None = None
        self.count = 0
        self.in_a_row = 0

    def are_enough(self, error: ApiError) -> bool:
        """Note a failure; True if it is of no use to ask for further lists."""
        self.first = self.first or error
        self.count += 1
        self.in_a_row = self.in_a_row + 1 if isinstance(error, RetryableApiError) else 0
        is_of_all = isinstance(error, NotPermittedError | AuthenticationError | RateLimitedError)
        return is_of_all or self.in_a_row >= _ENOUGH_IN_A_ROW


def outcome(manifest: Manifest) -> FeedOutcome:
    """A manifest of a list as the outcome of its feed. What the login may not read is no fault of the sync."""
    return FeedOutcome(
        feed=manifest.feed,
        requests=manifest.requests,
        received_rows=sum(window.received_rows for window in manifest.windows),
        is_proven=manifest.is_complete or not manifest.is_permitted,
        reasons=() if manifest.reason is None else (manifest.reason,),
    )


def without(row: bytes, fields: frozenset[str]) -> bytes:
    """A row without the fields that flicker by nature, for comparing with the last one."""
    value = msgspec.json.decode(row)
    if not isinstance(value, dict):
        return row
    return msgspec.json.encode({name: held for name, held in value.items() if name not in fields})


def part_of(
    progress: ReadInProgress,
    listed: Listed,
    reads: Sequence[Read],
    fingerprint: Callable[[bytes], bytes],
    part: str = LIST,
) -> Part:
    """The manifest's part of a list: with its pages, or with the name of the read that holds the same rows."""
    digest = content_hash(fingerprint(row) for row in listed.rows)
    holder = _holder(reads, part)
    is_same = listed.walk.is_proven and holder is not None and holder.content_hash == digest
    if is_same:
        progress.raw.drop(part)
    return Part(
        part=part,
        itemcount=listed.walk.itemcount,
        received_rows=listed.walk.received_rows,
        landed_rows=0 if is_same else len(listed.rows),
        requests=listed.requests,
        pages=() if is_same else tuple(page.path.name for page in progress.raw.pages(part)),
        content_hash=digest,
        is_complete=listed.walk.is_proven,
        rows_from=holder.read_id if is_same and holder is not None else None,
    )


def unchanged(part: Part, holder: str) -> Part:
    """A part whose rows are known to be those of an earlier read, without being listed again."""
    return Part(
        part=part.part,
        itemcount=part.itemcount,
        received_rows=part.received_rows,
        content_hash=part.content_hash,
        is_complete=True,
        rows_from=holder,
    )


def done_since(reads: Sequence[Read], since: datetime) -> Read | None:
    """A complete observation that somebody made since `since`: it is not made again."""
    for read in reversed(reads):
        if read.manifest.is_complete and read.manifest.started_at >= since:
            return read
    return None


@dataclass(frozen=True, slots=True)
class _Holder:
    read_id: str
    content_hash: str | None


def _holder(reads: Sequence[Read], name: str) -> _Holder | None:
    """The read that holds the rows of the newest complete observation of a part."""
    for read in reversed(reads):
        for part in read.manifest.parts:
            if read.manifest.is_complete and part.part == name and part.is_complete:
                return _Holder(part.rows_from or read.read_id, part.content_hash)
    return None
