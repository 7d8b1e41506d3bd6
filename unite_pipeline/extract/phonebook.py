"""The feed phonebook: all contacts at one moment.

Here: one observation: the whole book in one request to see whether it changed; where it did, the paged list, and the
lists of the extensions unless book and list say the same. Not here: history (`transform/`).
Source: vendor document, "Get all phonebook item", "Download phonebook items"; contract 20, 26, 30, 70-73.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from unite_pipeline.api.endpoints import DOWNLOAD_PHONEBOOK, LIST_PHONEBOOK_ITEMS
from unite_pipeline.errors import ApiError, NotPermittedError
from unite_pipeline.extract.lists import Extensions, newest_extensions
from unite_pipeline.extract.snapshots import LIST, done_since, list_all, outcome, part_of, unchanged
from unite_pipeline.extract.source import FeedOutcome, ReadInProgress, Source, latest
from unite_pipeline.lake.manifests import Manifest, Part, Read
from unite_pipeline.lake.raw import content_hash, part_name

FEED = "phonebook"
_WHOLE_BOOK = "whole_book"
_Contacts = Counter[tuple[str | None, ...] | None]


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
    downloaded = _download(source, progress)
    same = _same_book(reads, downloaded)
    if same is not None and downloaded is not None:
        return _finish(progress, (*same, downloaded.part(is_complete=True)), None, None)
    part, rows = _listed(source, progress, reads, LIST, {})
    parts, listed = [part], _natural(rows)
    book = None if downloaded is None else _natural(downloaded.rows)
    everything, reason = listed, None
    if part.itemcount is None and listed == book:
        # The API tells no count of the list; the whole book is the same, contact by contact.
        parts = [msgspec.structs.replace(part, is_complete=True)]
    if listed != book or _has_more_than_the_list(reads):
        # What is listed without an extension may be the shared level only (contract 73).
        extensions = newest_extensions(source)
        for extension_id in sorted(extensions.ids):
            one, rows = _listed(source, progress, reads, part_name(extension_id), {"extensionid": extension_id})
            parts.append(one)
            everything |= _natural(rows)
        reason = _doubt(book, listed, everything, extensions)
    if downloaded is not None:
        parts.append(downloaded.part(is_complete=book == everything))
    return _finish(progress, tuple(parts), reason, _notice(book, everything, parts))


@dataclass(frozen=True, slots=True)
class _Download:
    """The whole book as one answer: a second list of the contacts, and a cheap sign of whether they changed."""

    rows: Sequence[bytes]
    hash: str
    requests: int

    def part(self, *, is_complete: bool) -> Part:
        """Its part of the manifest; complete if it holds every contact that the lists show."""
        return Part(
            part=_WHOLE_BOOK,
            received_rows=len(self.rows),
            requests=self.requests,
            content_hash=self.hash,
            is_complete=is_complete,
        )


def _download(source: Source, progress: ReadInProgress) -> _Download | None:
    """The whole book; None where the login may not have it in one piece."""
    try:
        rows = source.client.fetch(DOWNLOAD_PHONEBOOK).rows
    except NotPermittedError:
        return None
    return _Download(rows, content_hash(rows), progress.requests)


def _has_more_than_the_list(reads: Sequence[Read]) -> bool:
    """Whether the newest complete observation needed the lists of the extensions: then one list proves no absence."""
    last = latest(list(reads))
    return last is not None and any(part.part not in (LIST, _WHOLE_BOOK) for part in last.manifest.parts)


def _doubt(book: _Contacts | None, listed: _Contacts, everything: _Contacts, extensions: Extensions) -> str | None:
    """Why the lists, those of the extensions included, are not to be taken for the whole book."""
    if book is not None:
        missing = book - everything
        if missing:
            return f"{missing.total()} contacts of the whole book are in no list"
        if book == everything != listed:
            return None  # the book bears the lists of the extensions out
    if not extensions.is_proven:
        return "The list of extensions is not proven complete, so contacts of some may be missing"
    return None


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


def _same_book(reads: Sequence[Read], downloaded: _Download | None) -> tuple[Part, ...] | None:
    """The lists of the newest complete observation, if the book held all of them and is the same to the byte.

    A book without a contact is no sign of anything: an API that has none to give for an hour looks the same.
    """
    last = latest(list(reads))
    if last is None or downloaded is None or not downloaded.rows:
        return None
    before = {part.part: part for part in last.manifest.parts}
    whole = before.pop(_WHOLE_BOOK, None)
    if whole is None or not whole.is_complete or whole.content_hash != downloaded.hash:
        return None
    return tuple(unchanged(part, part.rows_from or last.read_id) for part in before.values())


def _is_by_book(part: Part) -> bool:
    return part.is_complete and part.itemcount is None


def _notice(book: _Contacts | None, everything: _Contacts, parts: Sequence[Part]) -> str | None:
    extra = _Contacts() if book is None else everything - book
    if extra:
        return f"The lists show {extra.total()} contacts that the whole-book download lacks"
    if any(_is_by_book(part) for part in parts if part.part == LIST):
        return "The API tells no count of the list; it is the whole-book download, contact by contact"
    return None


class _Contact(msgspec.Struct, frozen=True):
    # Ids differ between the two endpoints' samples (contract 32), so a contact is known by what it says.
    extensionid: object = None
    name: object = None
    lastname: object = None
    companyname: object = None
    phonenumber: object = None


def _natural(rows: Iterable[bytes]) -> _Contacts:
    """How often each contact comes, by what it says. A row that is no object counts as None.

    The two endpoints may write the same thing differently: an empty value is one however it comes, and a number is its
    digits (contract 26, 30).
    """
    keys: _Contacts = Counter()
    for row in rows:
        try:
            contact = msgspec.json.decode(row, type=_Contact)
        except msgspec.DecodeError:
            keys[None] += 1
            continue
        keys[tuple(_as_text(value) for value in msgspec.structs.astuple(contact))] += 1
    return keys


def _as_text(value: object) -> str | None:
    return None if value is None or value in ("", [], {}) else str(value)
