"""The feed extension_status: what every telephone does at one moment, with the API's own words for it.

Here: one observation. A status is momentary: what was between two observations nobody knows.
Source: vendor document, "Get extension status"; contract 15, 28, 29, 61.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from unite_pipeline.api.endpoints import LIST_EXTENSION_STATUS
from unite_pipeline.errors import ApiError, NotPermittedError, PayloadTooLargeError
from unite_pipeline.extract.lists import newest_extensions
from unite_pipeline.extract.snapshots import Answered, answer, done_since, outcome
from unite_pipeline.extract.source import FeedOutcome, ReadInProgress, Source
from unite_pipeline.lake.manifests import Manifest, Read

FEED = "extension_status"
IDS_A_REQUEST = 350
"""Each id is 42 bytes of a form that may hold 16,000 (contract 15)."""


def observe_status(source: Source, since: datetime) -> FeedOutcome:
    """Observe the status of all extensions, unless somebody has since `since`.

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
            is_refused = isinstance(error, NotPermittedError)
            return outcome(progress.finish_as_failed((), (moment,), error, is_permitted=not is_refused))


def _observe(source: Source, progress: ReadInProgress, reads: Sequence[Read]) -> Manifest:
    extensions = newest_extensions(source)
    ids = sorted(extensions.ids)
    answered = [each for _, each in _ask(source, progress, reads, ids, 1)] if ids else []
    received = sum(_entries(each.data) for each in answered)
    reason = None if received == len(ids) else f"The status of {received} of {len(ids)} extensions came"
    if not extensions.is_proven:
        reason = "The list of extensions is not proven complete, so the status of some may be missing"
    moment = progress.moment(expected=len(ids), received=received, is_complete=reason is None)
    parts = tuple(each.part for each in answered)
    return progress.finish(parts=parts, windows=(moment,), is_complete=reason is None, reason=reason)


def _ask(
    source: Source, progress: ReadInProgress, reads: Sequence[Read], ids: list[str], number: int
) -> Iterator[tuple[int, Answered]]:
    """Ask for these ids, in parts numbered from `number`; in halves where the API finds a request too large."""
    size = IDS_A_REQUEST
    while ids:
        try:
            some = {"extensionids[]": ids[:size]}
            answered = answer(progress, source, LIST_EXTENSION_STATUS, f"{number:04d}", some, reads)
        except PayloadTooLargeError:
            if size == 1:
                raise
            size = max(min(size, len(ids)) // 2, 1)
            continue
        yield number, answered
        ids, number = ids[size:], number + 1


def _entries(data: Any) -> int:
    held = data.get("items") if isinstance(data, dict) else None
    return len(held) if isinstance(held, dict) else 0
