"""The feed phonebook: all contacts at one moment.

Here: one observation: the whole book in one request to see whether it changed, the paged list where it did.
Not here: history (`transform/`). Source: vendor document, "Get all phonebook item", "Download phonebook items";
contract 20, 70-73.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from unite_pipeline.api.endpoints import DOWNLOAD_PHONEBOOK, LIST_PHONEBOOK_ITEMS
from unite_pipeline.errors import ApiError, NotPermittedError
from unite_pipeline.extract.lists import EXTENSIONS
from unite_pipeline.extract.snapshots import LIST, done_since, list_all, outcome, part_of, unchanged
from unite_pipeline.extract.source import FeedOutcome, ReadInProgress, Source, latest
from unite_pipeline.lake.manifests import Manifest, Part, Read
from unite_pipeline.lake.raw import content_hash, part_name

FEED = "phonebook"
_WHOLE_BOOK = "whole_book"


def observe_phonebook(source: Source, since: datetime) -> FeedOutcome:
    """Observe the phonebook, unless somebody has since `since`.

    Returns:
        What came of it; an API that fails is a reason, not an exception.
    """
    read_log = source.read_log(FEED)
    with source.alone(FEED):
        reads = read_log.reads()
        if done_since(reads, since) is not None:
            return FeedOutcome(FEED, 0, 0, is_proven=True)
        progress = source.begin(FEED, {})
        try:
            return outcome(_observe(source, progress, reads))
        except ApiError as error:
            moment = progress.moment(expected=None, received=0, is_complete=False)
            return outcome(progress.finish_as_failed((), (moment,), error))


def _observe(source: Source, progress: ReadInProgress, reads: Sequence[Read]) -> Manifest:
    try:
        book = source.client.fetch(DOWNLOAD_PHONEBOOK).rows
    except NotPermittedError:
        return _finish(progress, (_listed(source, progress, reads, LIST, {})[0],), None, None)
    whole = Part(
        part=_WHOLE_BOOK,
        received_rows=len(book),
        requests=progress.requests,
        content_hash=content_hash(book),
        is_complete=True,
    )
    same = _same_book(reads, whole)
    if same is not None:
        return _finish(progress, (*same, whole), None, None)
    part, rows = _listed(source, progress, reads, LIST, {})
    missing = _natural(book) - _natural(rows)
    if not missing:
        return _finish(progress, (_proven_by(book, part, rows), whole), None, _notice(book, part, rows))
    # The list shows less than the whole book: it may be the shared level only (contract 73).
    parts, rows = [part], list(rows)
    for extension_id in _extension_ids(source):
        one, some = _listed(source, progress, reads, part_name(extension_id), {"extensionid": extension_id})
        parts.append(one)
        rows += some
    missing = _natural(book) - _natural(rows)
    reason = f"{missing.total()} contacts of the whole book are in no list" if missing else None
    return _finish(progress, (*parts, whole), reason, None)


def _listed(
    source: Source, progress: ReadInProgress, reads: Sequence[Read], part: str, params: dict[str, str | int | list[str]]
) -> tuple[Part, Sequence[bytes]]:
    listed = list_all(progress, source, LIST_PHONEBOOK_ITEMS, part, params)
    return part_of(progress, listed, reads, lambda row: row, part), listed.rows


def _finish(progress: ReadInProgress, parts: tuple[Part, ...], reason: str | None, notice: str | None) -> Manifest:
    lists = [part for part in parts if part.part != _WHOLE_BOOK]
    short = [part for part in lists if not part.is_complete]
    if short and reason is None:
        reason = "The rows that came are not as many as the API counts"
    received = sum(part.received_rows for part in lists)
    counted = [part.received_rows if _is_by_book(part) else part.itemcount for part in lists]
    expected = [count for count in counted if count is not None]
    window = progress.moment(
        expected=sum(expected) if len(expected) == len(lists) else None, received=received, is_complete=reason is None
    )
    return progress.finish(parts=parts, windows=(window,), is_complete=reason is None, reason=reason or notice)


def _same_book(reads: Sequence[Read], whole: Part) -> tuple[Part, ...] | None:
    """The lists of the newest complete observation, if the whole book is still the same to the byte."""
    last = latest(list(reads))
    if last is None:
        return None
    before = {part.part: part for part in last.manifest.parts}
    if _WHOLE_BOOK not in before or before[_WHOLE_BOOK].content_hash != whole.content_hash:
        return None
    return tuple(
        unchanged(part, part.rows_from or last.manifest.read_id) for name, part in before.items() if name != _WHOLE_BOOK
    )


def _proven_by(book: Sequence[bytes], part: Part, rows: Sequence[bytes]) -> Part:
    """The list, proven by the whole book where the API tells no count of it and both agree contact by contact."""
    is_proven = part.itemcount is None and _natural(rows) == _natural(book)
    return msgspec.structs.replace(part, is_complete=True) if is_proven else part


def _is_by_book(part: Part) -> bool:
    return part.is_complete and part.itemcount is None


def _notice(book: Sequence[bytes], part: Part, rows: Sequence[bytes]) -> str | None:
    extra = _natural(rows) - _natural(book)
    if extra:
        return f"The list shows {extra.total()} contacts that the whole-book download lacks"
    if part.itemcount is None:
        return "The API tells no count of the list; it is the whole-book download, contact by contact"
    return None


class _Contact(msgspec.Struct, frozen=True):
    # Ids differ between the two endpoints' samples (contract 32), so a contact is known by what it says.
    extensionid: object = None
    name: object = None
    lastname: object = None
    companyname: object = None
    phonenumber: object = None


def _natural(rows: Iterable[bytes]) -> Counter[str]:
    keys: Counter[str] = Counter()
    for row in rows:
        try:
            keys[repr(msgspec.json.decode(row, type=_Contact))] += 1
        except msgspec.DecodeError:
            keys["not an object"] += 1
    return keys


def _extension_ids(source: Source) -> list[str]:
    last = latest(source.read_log(EXTENSIONS.name).reads())
    return sorted(last.manifest.callrecordcounts or {}) if last is not None else []
