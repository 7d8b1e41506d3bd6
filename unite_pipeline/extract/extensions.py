"""The feed extensions: all of them at one moment, proven by the API's count.

Here: one observation. Not here: history (`transform/`), their recordings (`call_records.py`).
Source: vendor document, "Get all extensions"; contract 58, 59, 62.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from unite_pipeline.api.endpoints import LIST_EXTENSIONS
from unite_pipeline.errors import ApiError
from unite_pipeline.extract.snapshots import LIST, done_since, list_all, part_of, without
from unite_pipeline.extract.source import FeedOutcome, Source
from unite_pipeline.lake.manifests import Manifest

FEED = "extensions"
FLICKERING = frozenset({"regstatus", "callrecordcount", "voicemailcount"})
"""Fields that change without anybody changing the extension: no reason to keep another copy."""


def observe_extensions(source: Source, since: datetime) -> FeedOutcome:
    """Observe all extensions, unless somebody has since `since`.

    Returns:
        What came of it; an API that fails is a reason, not an exception.
    """
    read_log = source.read_log(FEED)
    with source.alone(FEED):
        reads = read_log.reads()
        done = done_since(reads, since)
        if done is not None:
            return FeedOutcome(FEED, 0, 0, is_proven=True)
        progress = source.begin(FEED, {})
        try:
            listed = list_all(progress, source, LIST_EXTENSIONS, LIST, {})
        except ApiError as error:
            moment = progress.moment(expected=None, received=0, is_complete=False)
            return outcome(progress.finish_as_failed((), (moment,), error))
        part = part_of(progress, listed, reads, lambda row: without(row, FLICKERING))
        manifest = progress.finish(
            parts=(part,),
            windows=(
                progress.moment(expected=part.itemcount, received=part.received_rows, is_complete=part.is_complete),
            ),
            is_complete=part.is_complete,
            reason=None if part.is_complete else _shortfall(part.received_rows, part.itemcount),
            callrecordcounts=recording_counts(listed.rows),
        )
    return outcome(manifest)


def outcome(manifest: Manifest) -> FeedOutcome:
    """A manifest of a list as the outcome of its feed."""
    return FeedOutcome(
        feed=manifest.feed,
        requests=manifest.requests,
        received_rows=sum(window.received_rows for window in manifest.windows),
        is_proven=manifest.is_complete,
        reasons=() if manifest.reason is None else (manifest.reason,),
    )


def _shortfall(received: int, counted: int | None) -> str:
    return f"{received} extensions came of {'an untold number' if counted is None else counted} that the API counts"


class _Counted(msgspec.Struct):
    id: str = ""
    callrecordcount: int | str | None = None


def recording_counts(rows: Iterable[bytes]) -> dict[str, int]:
    """How many recordings each extension tells to have, by its id."""
    counts = {}
    for row in rows:
        try:
            extension = msgspec.json.decode(row, type=_Counted)
            counts[extension.id] = int(extension.callrecordcount or 0)
        except (msgspec.DecodeError, ValueError):
            continue  # a row that does not fit is rejected on its way to the lake, and says so there
    counts.pop("", None)
    return counts
