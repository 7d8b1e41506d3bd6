"""The feed extension_properties: the settings of each extension, which tell nothing of having changed.

Here: which extensions to ask, a few each time, and one read of them. Not here: history (`transform/`).
Source: vendor document, "Get extension properties"; contract 60, 61.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import ceil

from unite_pipeline.api.endpoints import EXTENSION_PROPERTIES
from unite_pipeline.errors import ApiError, NotPermittedError
from unite_pipeline.extract.lists import EXTENSIONS, Extensions, newest_extensions
from unite_pipeline.extract.rotation import PERIOD, whose_turn
from unite_pipeline.extract.snapshots import Answered, Failures, answer, done_since, outcome
from unite_pipeline.extract.source import FeedOutcome, ReadInProgress, Source
from unite_pipeline.lake.manifests import Part, Read, finished_reads
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.raw import part_name

FEED = "extension_properties"
NEW_AT_ONCE = 3
_FIRST_ROUND_SYNCS = 24
"""Extensions that were never read: all of them within a day of hourly syncs."""


def observe_properties(source: Source, since: datetime, *, is_everything: bool = False) -> FeedOutcome:
    """Read the properties of the extensions whose turn it is, unless somebody has since `since`.

    Args:
        source: where to read and land.
        since: start of the sync.
        is_everything: read all that were never read, or not within half a period.

    Returns:
        What came of it; an API that fails is a reason, not an exception.
    """
    read_log = source.read_log(FEED)
    with source.alone(FEED):
        reads = read_log.reads()
        extensions = newest_extensions(source)
        due, gone = due_at(source, extensions, since, is_everything=is_everything)
        # Of everything what was read lately is not due: a smaller read that came between answers for no more than that.
        if (not due and not gone) or (not is_everything and done_since(reads, since) is not None):
            # Nothing was asked, and nothing failed; that all properties are here is another matter.
            unread = extensions.ids - _last_read(reads).keys()
            return FeedOutcome(FEED, 0, 0, is_proven=True, has_more=bool(unread) or not extensions.is_proven)
        progress = source.begin(FEED, {"extensions": str(len(extensions.ids)), "read": str(len(due))})
        return _read(source, progress, reads, due, gone)


def due_at(
    source: Source, extensions: Extensions, since: datetime, *, is_everything: bool = False
) -> tuple[list[str], list[str]]:
    """The extensions that a sync which begins at `since` asks, and those that are gone since they were last asked.

    The very first sync, which has calls and recordings to bring, asks none. Later ones go on with some that were never
    read, and with as many of the others as the time since the last sync asks for.
    """
    reads = source.read_log(FEED).reads()
    read_at, tried_at = _last_read(reads), _last_tried(reads)
    never = datetime.min.replace(tzinfo=UTC)
    new = sorted(extensions.ids - read_at.keys(), key=lambda item: (tried_at.get(item, never), item))
    standing = {item: moment for item, moment in read_at.items() if item in extensions.ids}
    gone = sorted(read_at.keys() - extensions.ids) if extensions.is_proven else []
    now = source.clock.utc()
    if is_everything:
        return [*new, *whose_turn(standing, now, now - PERIOD, PERIOD)], gone
    last_turn_at = _former_sync(source, since)
    if last_turn_at is None:
        return [], gone
    some = max(NEW_AT_ONCE, ceil(len(extensions.ids) / _FIRST_ROUND_SYNCS))
    return [*new[:some], *whose_turn(standing, now, last_turn_at, PERIOD, tried_at)], gone


def turns_taken(places: Places) -> tuple[dict[str, datetime], int]:
    """When each extension was last read, and how many extensions there are; nothing is asked."""
    read_at = _last_read(finished_reads(places.raw, FEED, places.tenant))
    lists = finished_reads(places.raw, EXTENSIONS.name, places.tenant)
    counts = [read.manifest.callrecordcounts for read in lists if read.manifest.callrecordcounts is not None]
    ids = set(counts[-1]) if counts else set()
    return {item: moment for item, moment in read_at.items() if item in ids}, len(ids)


def _former_sync(source: Source, since: datetime) -> datetime | None:
    """When the extensions were last observed before this sync."""
    moments = [read.fetched_at for read in source.read_log(EXTENSIONS.name).reads()]
    return max((moment for moment in moments if moment < since), default=None)


def _last_read(reads: Sequence[Read]) -> dict[str, datetime]:
    """When each extension was last read, without those noted as gone since."""
    read_at: dict[str, datetime] = {}
    for read in reads:
        for part in read.manifest.parts:
            if not part.is_complete or part.extension_id is None:
                continue
            if _is_absence(part):
                read_at.pop(part.extension_id, None)
            else:
                read_at[part.extension_id] = read.fetched_at
    return read_at


def _last_tried(reads: Sequence[Read]) -> dict[str, datetime]:
    """When each extension was last asked in vain or well: one that is refused keeps no other waiting."""
    return {
        part.extension_id: read.fetched_at
        for read in reads
        for part in read.manifest.parts
        if part.extension_id is not None
    }


def _read(
    source: Source, progress: ReadInProgress, reads: Sequence[Read], due: Sequence[str], gone: Sequence[str]
) -> FeedOutcome:
    parts = [_absence(extension_id) for extension_id in gone]
    failures = Failures()
    for extension_id in due:
        try:
            answered = answer(
                progress,
                source,
                EXTENSION_PROPERTIES,
                part_name(extension_id),
                {"extensionid": extension_id},
                reads,
                extension_id,
            )
        except ApiError as error:
            parts.append(progress.unfinished_part(part_name(extension_id), extension_id))
            if failures.are_enough(error):
                break
            continue
        failures.in_a_row = 0
        parts.append(answered.part if _has_properties(answered) else _unusable(answered.part))
        progress.raw.note(parts)
    return _finish(progress, parts, len(due), failures)


def _finish(progress: ReadInProgress, parts: Sequence[Part], asked: int, failures: Failures) -> FeedOutcome:
    short = [part for part in parts if not part.is_complete]
    reason = None if failures.first is None else f"{failures.count} answers failed, first: {failures.first}"
    if reason is None and short:
        reason = f"{len(short)} answers lack their properties"
    received = sum(part.is_complete and not _is_absence(part) for part in parts)
    moment = progress.moment(expected=asked, received=received, is_complete=reason is None)
    return outcome(
        progress.finish(
            parts=tuple(parts),
            windows=(moment,),
            is_complete=reason is None,
            reason=reason,
            is_cut_off=failures.first is not None,
            is_permitted=not isinstance(failures.first, NotPermittedError),
        )
    )


def _absence(extension_id: str) -> Part:
    """What stands for the properties of an extension that a proven list lacks: that there are none any more."""
    return Part(part=part_name(extension_id), extension_id=extension_id, is_complete=True)


def _is_absence(part: Part) -> bool:
    return not part.pages and part.rows_from is None


def _unusable(part: Part) -> Part:
    return Part(
        part=part.part,
        extension_id=part.extension_id,
        received_rows=part.received_rows,
        landed_rows=part.landed_rows,
        requests=part.requests,
        pages=part.pages,
        rows_from=part.rows_from,
    )


def _has_properties(answered: Answered) -> bool:
    data: object = answered.data
    held = data.get("extensionproperties") if isinstance(data, Mapping) else None
    return isinstance(held, dict | list)
