"""Lists without dates, each observed as a whole at one moment: which there are, and one observation of one.

Here: extensions, call flows, switches and the directories of the call detail records. Not here: lists that are asked
per extension (`call_records.py`, `extension_properties.py`), the phonebook, history (`transform/`).
Source: vendor document, "Get all extensions", "Callflow list", "Get cdr flows", "Get cdr numbers", "Switch";
contract 28, 56, 58, 59, 72.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from unite_pipeline.api.endpoints import (
    GET_EXTENSION,
    GET_SWITCH,
    LIST_CALL_FLOWS,
    LIST_CDR_FLOWS,
    LIST_CDR_NUMBERS,
    LIST_EXTENSIONS,
    LIST_SWITCHES,
    Endpoint,
)
from unite_pipeline.api.paging import walk
from unite_pipeline.errors import ApiError, NotPermittedError, PermanentApiError
from unite_pipeline.extract.snapshots import (
    LIST,
    Answered,
    answer,
    done_since,
    list_all,
    outcome,
    part_of,
    rows_before,
    without,
)
from unite_pipeline.extract.source import FeedOutcome, ReadInProgress, Source
from unite_pipeline.lake.manifests import Manifest, Part, Read

_MOST_CONFIRMATIONS = 3
"""Items that vanished from a list are asked for one by one, but not more than so many: a list that lost half its
items in good earnest must not cost half the budget."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """How the API is asked for one item: an item that vanished from its list must be unknown there as well.

    Args:
        endpoint: the single-item read.
        parameter: its parameter for the item's key.
    """

    endpoint: Endpoint
    parameter: str


@dataclass(frozen=True, slots=True)
class ListFeed:
    """One list.

    Args:
        name: the feed, as its raw folder is called.
        endpoint: where it is read.
        noun: its items, for messages.
        flickering: fields that change without anybody changing the item: no reason to keep another copy.
        confirmation: how a deletion is confirmed, where the API can be asked for one item; elsewhere by a second look.
        every: how old a complete observation may get before it is made again.
        maps: for a list that is one answer: the maps it must hold (an empty one may come as a list).
        is_optional: whether a login that may not use the endpoint does without it.
        counts: what the rows tell besides, for the manifest.
    """

    name: str
    endpoint: Endpoint
    noun: str
    flickering: frozenset[str] = frozenset()
    confirmation: Confirmation | None = None
    every: timedelta = timedelta()
    maps: tuple[str, ...] = ()
    is_optional: bool = True
    counts: Callable[[Iterable[bytes]], dict[str, int | None]] | None = None


class _Counted(msgspec.Struct):
    id: str = ""
    callrecordcount: object = None


def recording_counts(rows: Iterable[bytes]) -> dict[str, int | None]:
    """How many recordings each extension tells to have, by its id; None where it tells no number."""
    counts = {}
    for row in rows:
        try:
            extension = msgspec.json.decode(row, type=_Counted)
        except msgspec.DecodeError:
            continue  # a row that does not fit is rejected on its way to the lake, and says so there
        counts[extension.id] = _as_count(extension.callrecordcount)
    counts.pop("", None)
    return counts


def _as_count(value: object) -> int | None:
    """A count as a number, however it is written (contract 26); what is none is not zero."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else None


EXTENSIONS = ListFeed(
    "extensions",
    LIST_EXTENSIONS,
    "extensions",
    flickering=frozenset({"regstatus", "callrecordcount", "voicemailcount"}),
    confirmation=Confirmation(GET_EXTENSION, "extensionid"),
    is_optional=False,
    counts=recording_counts,
)
CALL_FLOWS = ListFeed("call_flows", LIST_CALL_FLOWS, "call flows")
SWITCHES = ListFeed("switches", LIST_SWITCHES, "switches", confirmation=Confirmation(GET_SWITCH, "switchkey"))
CDR_FLOWS = ListFeed(
    "cdr_flows", LIST_CDR_FLOWS, "extensions and flows", maps=("fulluserlist", "extuserlist", "flowuserlist")
)
# A company's own numbers change with its contract: once a day is often enough.
CDR_NUMBERS = ListFeed("cdr_numbers", LIST_CDR_NUMBERS, "numbers", every=timedelta(days=1), maps=("numberlist",))


ALL_LISTS = (EXTENSIONS, CALL_FLOWS, SWITCHES, CDR_FLOWS, CDR_NUMBERS)


@dataclass(frozen=True, slots=True)
class Extensions:
    """Which extensions there are, by the newest observation that told their ids.

    Args:
        ids: the API's identifiers.
        is_proven: that observation is the newest there is, and complete.
    """

    ids: frozenset[str]
    is_proven: bool


def newest_extensions(source: Source) -> Extensions:
    """The extensions that lists asked per extension go through."""
    reads = source.read_log(EXTENSIONS.name).reads()
    for read in reversed(reads):
        if read.manifest.callrecordcounts is not None:
            is_newest = read is reads[-1]
            return Extensions(frozenset(read.manifest.callrecordcounts), read.manifest.is_complete and is_newest)
    return Extensions(frozenset(), is_proven=False)


def observe_list(source: Source, feed: ListFeed, since: datetime) -> FeedOutcome:
    """Observe a list, unless somebody has since `since`, or lately enough for this list.

    Returns:
        What came of it; an API that fails is a reason, not an exception.
    """
    read_log = source.read_log(feed.name)
    with source.alone(feed.name):
        reads = read_log.reads()
        if done_since(reads, since - feed.every) is not None:
            return FeedOutcome(feed.name, 0, 0, is_proven=True)
        progress = source.begin(feed.name, {})
        try:
            return outcome(_observe(source, feed, progress, reads))
        except ApiError as error:
            moment = progress.moment(expected=None, received=0, is_complete=False)
            is_refused = feed.is_optional and isinstance(error, NotPermittedError)
            return outcome(progress.finish_as_failed((), (moment,), error, is_permitted=not is_refused))


def _observe(source: Source, feed: ListFeed, progress: ReadInProgress, reads: Sequence[Read]) -> Manifest:
    if feed.endpoint.is_paged:
        listed = list_all(progress, source, feed.endpoint, LIST, {})
        part = part_of(progress, listed, reads, lambda row: without(row, feed.flickering))
        reason = None if part.is_complete else _shortfall(feed, part)
        if reason is None and part.rows_from is None:
            reason = _contradiction(source, feed, listed.rows, reads)
        counts = None if feed.counts is None else feed.counts(listed.rows)
        return _finish(progress, part, part.itemcount, part.received_rows, reason, counts)
    answered = answer(progress, source, feed.endpoint, LIST, {}, reads)
    entries = _entries(feed, answered)
    reason = f"The answer lacks its {feed.noun}" if entries is None else None
    return _finish(progress, answered.part, None, entries or 0, reason, None)


def _finish(
    progress: ReadInProgress,
    part: Part,
    expected: int | None,
    received: int,
    reason: str | None,
    counts: dict[str, int | None] | None,
) -> Manifest:
    moment = progress.moment(expected=expected, received=received, is_complete=reason is None)
    return progress.finish(
        parts=(part,), windows=(moment,), is_complete=reason is None, reason=reason, callrecordcounts=counts
    )


def _entries(feed: ListFeed, answered: Answered) -> int | None:
    """How many entries the maps of an answer hold; None if one of them is missing, so that it proves nothing."""
    held = [answered.data.get(name) for name in feed.maps] if isinstance(answered.data, dict) else [None]
    if not all(isinstance(each, dict | list) for each in held):
        return None
    return max(len(each) for each in held if each is not None)


def _shortfall(feed: ListFeed, part: Part) -> str:
    counted = "an untold number" if part.itemcount is None else part.itemcount
    return f"{part.received_rows} {feed.noun} came of {counted} that the API counts"


def _contradiction(source: Source, feed: ListFeed, rows: Sequence[bytes], reads: Sequence[Read]) -> str | None:
    """Why a list that agrees with its own count is not to be believed: the API still knows an item that it lacks.

    Believed all the same where the observation before lacked the item too.
    """
    key = feed.endpoint.key or ""
    vanished = _keys(rows_before(reads, LIST), key) - _keys(rows, key)
    if not vanished:
        return None
    if feed.confirmation is None:
        known = vanished & _listed_again(source, feed)
    else:
        asked = sorted(vanished)[:_MOST_CONFIRMATIONS]
        known = {each for each in asked if _is_known(source, feed.confirmation, each)}
    return f"{len(known)} {feed.noun} are no longer listed, and yet the API knows them" if known else None


def _listed_again(source: Source, feed: ListFeed) -> set[str]:
    """The keys that a list shows now; nothing of it is kept."""
    rows: list[bytes] = []
    walk(lambda page: source.client.fetch(feed.endpoint, page=page), lambda _number, _count, page: rows.extend(page))
    return _keys(rows, feed.endpoint.key or "")


def _is_known(source: Source, confirmation: Confirmation, item: str) -> bool:
    try:
        source.client.fetch(confirmation.endpoint, {confirmation.parameter: item})
    except PermanentApiError:
        return False  # unknown, or not ours to ask: the list's own count has to do then
    return True


def _keys(rows: Iterable[bytes], key: str) -> set[str]:
    keys: set[str] = set()
    for row in rows:
        value: Any = msgspec.json.decode(row)
        held = value.get(key) if isinstance(value, dict) else None
        if isinstance(held, str) and held:
            keys.add(held)
    return keys
