"""Coverage: what the manifests prove, as a table.

Only new manifests are looked into; the outcome is the same as from all that are there: where one is gone, everything is
made anew, so that what is no longer proven is no longer shown. What has not reached the lake yet is not shown either.
Here: manifests to rows. Not here: deciding what is proven (`extract/`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet

from unite_pipeline.lake.engine import Limits, connection, digest
from unite_pipeline.lake.manifests import Manifest, Read, finished_reads
from unite_pipeline.lake.partitions import Staging, lake_lock, partition_file, partition_files, read, stamp
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.tables import COVERAGE
from unite_pipeline.transform import calls, recordings
from unite_pipeline.transform.fold import make, rows_of, runs
from unite_pipeline.transform.progress import load_progress
from unite_pipeline.transform.reports import Tally, TransformReport
from unite_pipeline.transform.snapshots import ALL_SNAPSHOTS

_REMEMBERING = (calls.FEED, recordings.FEED, *(snapshots.feed for snapshots in ALL_SNAPSHOTS))
_TABLE_OF = {feed.name: feed.tables[0] for feed in _REMEMBERING}
"""By feed, the table that remembers the reads it was made of."""
_NO_MONTH = "1970-01-01"
"""Nothing proven is a fact too: it stands as an empty partition."""
_MEMORY_NAME = "_reads.json"
_SETTLED_AFTER = timedelta(days=2)
"""Reads finish side by side, not in the order of their last answers, but never so far apart."""


class _Seen(msgspec.Struct, frozen=True):
    """What of a feed is in the table.

    Args:
        settled_until: reads of before are in it, and no other will come to stand before.
        settled: a hash of them.
        recent: those since, by id.
    """

    settled_until: datetime
    settled: str
    recent: tuple[str, ...]


class _Memory(msgspec.Struct, frozen=True):
    """What the table was made of: a hash of the rules, reads by feed, and what tells its files from others."""

    code: str = ""
    seen: dict[str, _Seen] = {}
    stamps: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class _Reads:
    """The reads of a feed that the lake has taken in, oldest first, and since when any is missing."""

    held: Sequence[Read]
    missing_since: datetime | None


def transform_coverage(places: Places, *, limits: Limits | None = None) -> TransformReport:
    """Bring `coverage` up to date with the manifests of all feeds.

    Raises:
        LakeError: a manifest, or a file of the lake, is unreadable.
    """
    with lake_lock(places):
        return make_coverage(places, limits or Limits(), is_from_scratch=False)


def make_coverage(places: Places, limits: Limits, *, is_from_scratch: bool) -> TransformReport:
    """As `transform_coverage`, by a caller who holds the lake; from scratch, if asked for, from all manifests."""
    code = digest("unite_pipeline.transform", Path(__file__).read_text(encoding="utf-8"), repr(COVERAGE))
    feeds = sorted(folder.name for folder in places.raw.glob("*") if places.feed(folder.name).is_dir())
    reads = {feed: _reads_in_the_lake(places, feed) for feed in feeds}
    before, standing = _load_memory(places), partition_files(places, COVERAGE)
    is_anew = is_from_scratch or before.code != code or not _is_continuation(before, reads, standing)
    new = [read for feed in feeds for read in _new(reads[feed].held, None if is_anew else before.seen.get(feed))]
    if is_anew or new:
        tally = _write(places, limits, new, standing, {} if is_anew else standing, _memory(code, reads))
    else:
        tally = Tally()
        for file in standing.values():
            tally.add(COVERAGE.name, _rows_of(file), is_written=False)
    return TransformReport(tally.reports((COVERAGE.name,)), reads=sum(len(each.held) for each in reads.values()))


def _write(
    places: Places,
    limits: Limits,
    new: Sequence[Read],
    standing: Mapping[str, Path],
    kept: Mapping[str, Path],
    memory: _Memory,
) -> Tally:
    """Write the months in which a window is told anew; of `kept` files the windows stay that nobody tells anew."""
    tally = Tally()
    windows = pa.Table.from_pylist([row for each in new for row in _windows(each.manifest)], schema=COVERAGE.schema)
    with Staging(places) as staging, connection(limits, staging.spill) as engine:
        engine.register("windows", windows)
        touched = {str(month) for month in _months(windows)}
        files = [file for month, file in kept.items() if month in touched]
        engine.register("kept_coverage", read(COVERAGE, files).select(COVERAGE.schema.names))
        make(engine, COVERAGE.name)
        names = COVERAGE.read_schema.names
        table = rows_of(engine, COVERAGE.name, names, ("month", *COVERAGE.key)).cast(COVERAGE.read_schema)
        stale = (standing.keys() - kept.keys()) or (set() if standing or table.num_rows else {_NO_MONTH})
        months = dict.fromkeys(sorted(stale), COVERAGE.schema.empty_table())
        for month, part in runs(table, "month"):
            months[month.isoformat()] = part.select(COVERAGE.schema.names)
        for month, part in months.items():
            tally.add(COVERAGE.name, part.num_rows, is_written=staging.put(COVERAGE, month, part))
        for other in standing.keys() - months.keys():
            tally.add(COVERAGE.name, _rows_of(standing[other]), is_written=False)
        stamps = {
            month: stamp(staging.current(partition_file(places, COVERAGE, month)))
            for month in standing.keys() | months.keys()
        }
        staging.put_bytes(_memory_file(places), msgspec.json.encode(msgspec.structs.replace(memory, stamps=stamps)))
        staging.commit()
    return tally


def _rows_of(file: Path) -> int:
    return int(pa.parquet.read_metadata(file).num_rows)


def _months(windows: pa.Table) -> set[Any]:
    starts = (moment.astimezone(UTC).date() for moment in windows["window_start"].to_pylist())
    return {day.replace(day=1) for day in starts}


def _reads_in_the_lake(places: Places, feed: str) -> _Reads:
    """The reads that the tables of a feed were made of; all of them, of a feed whose tables remember none.

    A read that somebody finished since would say that a day is complete whose calls the lake does not have.
    """
    reads = finished_reads(places.raw, feed, places.tenant)
    if feed not in _TABLE_OF:
        return _Reads(reads, None)
    known = load_progress(places, _TABLE_OF[feed]).reads
    missing_since = next((each.fetched_at for each in reads if each.read_id not in known), None)
    return _Reads([each for each in reads if each.read_id in known], missing_since)


def _is_continuation(before: _Memory, reads: Mapping[str, _Reads], standing: Mapping[str, Path]) -> bool:
    """Whether everything that the table was made of is still there, and the table is what it was."""
    if before.stamps != {month: stamp(file) for month, file in standing.items()}:
        return False
    if before.seen.keys() - reads.keys():
        return False
    return all(_has_all(reads[feed].held, seen) for feed, seen in before.seen.items())


def _has_all(held: Sequence[Read], seen: _Seen) -> bool:
    return _settled(held, seen.settled_until) == seen.settled and not set(seen.recent) - {each.read_id for each in held}


def _new(held: Sequence[Read], seen: _Seen | None) -> list[Read]:
    """Reads that are not in the table."""
    if seen is None:
        return list(held)
    recent = set(seen.recent)
    return [each for each in held if each.fetched_at >= seen.settled_until and each.read_id not in recent]


def _memory(code: str, reads: Mapping[str, _Reads]) -> _Memory:
    return _Memory(code, {feed: _seen(each) for feed, each in reads.items() if each.held})


def _seen(reads: _Reads) -> _Seen:
    newest = reads.held[-1].fetched_at
    until = min(newest, reads.missing_since or newest) - _SETTLED_AFTER
    recent = tuple(each.read_id for each in reads.held if each.fetched_at >= until)
    return _Seen(until, _settled(reads.held, until), recent)


def _settled(held: Sequence[Read], until: datetime) -> str:
    """A hash of the reads before a moment."""
    ids = [each.read_id for each in held if each.fetched_at < until]
    return hashlib.blake2b("\n".join(ids).encode(), digest_size=16).hexdigest()


def _memory_file(places: Places) -> Path:
    return places.table(COVERAGE.name) / _MEMORY_NAME


def _load_memory(places: Places) -> _Memory:
    """What the table was made of; nothing where that is not known: then it is made anew."""
    try:
        return msgspec.json.decode(_memory_file(places).read_bytes(), type=_Memory)
    except (OSError, ValueError):
        return _Memory()


def _windows(manifest: Manifest) -> list[dict[str, Any]]:
    return [
        {
            "feed": manifest.feed,
            "window_start": window.window_start,
            "window_end": window.window_end,
            "day": window.day,
            "expected_rows": window.expected_rows,
            "received_rows": window.received_rows,
            "requests": manifest.requests,
            "is_complete": window.is_complete,
            "is_final": window.is_final,
            "is_presumed": window.is_presumed,
            "fetched_at": manifest.fetched_at,
            "read_id": manifest.read_id,
            "reason": manifest.reason,
        }
        for window in manifest.windows
    ]
