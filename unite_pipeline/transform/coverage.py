"""Coverage: what the manifests prove, as a table.

It is made anew each time, from the manifests that are there: what is no longer proven is no longer shown, and what has
not reached the lake yet is not shown either. Here: manifests to rows. Not here: deciding what is proven (`extract/`).
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from unite_pipeline.lake.engine import Limits, connection
from unite_pipeline.lake.manifests import Manifest, Read, finished_reads
from unite_pipeline.lake.partitions import Staging, lake_lock, partition_files
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


def transform_coverage(places: Places, *, limits: Limits | None = None) -> TransformReport:
    """Make `coverage` from the manifests of all feeds.

    Raises:
        LakeError: a manifest is unreadable.
    """
    with lake_lock(places):
        return make_coverage(places, limits or Limits())


def make_coverage(places: Places, limits: Limits) -> TransformReport:
    """As `transform_coverage`, by a caller who holds the lake."""
    feeds = sorted(folder.name for folder in places.raw.glob("*") if places.feed(folder.name).is_dir())
    manifests = [read.manifest for feed in feeds for read in _reads_in_the_lake(places, feed)]
    tally = Tally()
    with Staging(places) as staging, connection(limits, staging.spill) as engine:
        rows = [row for manifest in manifests for row in _windows(manifest)]
        engine.register("windows", pa.Table.from_pylist(rows, schema=COVERAGE.schema))
        make(engine, COVERAGE.name)
        names = COVERAGE.read_schema.names
        table = rows_of(engine, COVERAGE.name, names, ("month", *COVERAGE.key)).cast(COVERAGE.read_schema)
        standing = partition_files(places, COVERAGE) or ([] if rows else [_NO_MONTH])
        months = dict.fromkeys(standing, COVERAGE.schema.empty_table())
        for month, part in runs(table, "month"):
            months[month.isoformat()] = part.select(COVERAGE.schema.names)
        for month, part in months.items():
            tally.add(COVERAGE.name, part.num_rows, is_written=staging.put(COVERAGE, month, part))
        staging.commit()
    return TransformReport(tally.reports((COVERAGE.name,)), reads=len(manifests))


def _reads_in_the_lake(places: Places, feed: str) -> list[Read]:
    """The reads that the tables of a feed were made of; all of them, of a feed whose tables remember none.

    A read that somebody finished since would say that a day is complete whose calls the lake does not have.
    """
    reads = finished_reads(places.raw, feed, places.tenant)
    if feed not in _TABLE_OF:
        return reads
    held = load_progress(places, _TABLE_OF[feed]).reads
    return [read for read in reads if read.manifest.read_id in held]


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
