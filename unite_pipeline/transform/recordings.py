"""Recordings: raw `call_records` to the lake's `recordings` and `recording_extensions`.

Here: which reads prove what. The rules themselves are `sql/recording_*.sql` and `sql/recordings.sql`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import duckdb
import pyarrow as pa

from unite_pipeline.lake.engine import Limits
from unite_pipeline.lake.manifests import Part, Read
from unite_pipeline.lake.partitions import dataset, lake_lock
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.tables import RECORDING_EXTENSIONS, RECORDINGS
from unite_pipeline.transform.fold import Feed, Fold, batches, folding, make
from unite_pipeline.transform.reports import TransformReport
from unite_pipeline.transform.sources import extension_of
from unite_pipeline.transform.zones import clock_table

FEED = Feed("call_records", "$.callrecordkey", (RECORDINGS, RECORDING_EXTENSIONS))
_PROOFS = pa.schema([("subject", pa.string()), ("fetched_at", pa.timestamp("us", tz="UTC"))])


def transform_recordings(places: Places, timezone: str, *, limits: Limits | None = None) -> TransformReport:
    """Bring `recordings` and `recording_extensions` up to date with the raw layer.

    Args:
        places: the data directory.
        timezone: the tenant's zone: it decides the local day, and the instant of a time without an offset.
        limits: memory and threads of the engine.

    Raises:
        LakeError: a file of the raw layer or of the lake is missing or unreadable.
    """
    with lake_lock(places):
        return make_recordings(places, timezone, limits or Limits(), is_from_scratch=False)


def make_recordings(places: Places, timezone: str, limits: Limits, *, is_from_scratch: bool) -> TransformReport:
    """As `transform_recordings`, by a caller who holds the lake; from scratch, if asked for, from all reads."""
    days: set[date] = set()
    with folding(places, FEED, timezone, limits, is_from_scratch=is_from_scratch) as fold:
        standing = set(fold.files[RECORDINGS.name])
        if fold.is_from_scratch and not fold.gone_reads:
            for table in FEED.tables:
                fold.files[table.name] = {}
        for batch in batches(fold.catalog, fold.new_reads()):
            days |= _take_in(fold, batch, timezone)
        if fold.is_from_scratch:
            for value in sorted(standing - fold.files[RECORDINGS.name].keys()):
                fold.put(RECORDINGS, value, RECORDINGS.schema.empty_table())
    return fold.report(days)


def _take_in(fold: Fold, batch: Sequence[Read], timezone: str) -> set[date]:
    """Fold some reads in.

    Returns:
        The days that were made.
    """
    with fold.engine() as engine:
        engine.register("clock", clock_table(timezone))
        make(engine, "clock_days")
        fold.stage(engine, batch, "recording_rows")
        make(engine, "recording_seen")
        make(engine, "recording_newest")
        proofs = _proofs(fold, batch)
        fold.reject(
            engine, "recording_rejected", [(subject, read, {part.part}) for subject, (read, part) in proofs.items()]
        )
        engine.register("proofs", _proof_table(proofs))
        engine.register("frozen", pa.table({"is_frozen": [bool(fold.gone_reads)]}))
        fold.keep(engine, RECORDING_EXTENSIONS, [""])
        make(engine, "recording_extensions")
        days = _touched_days(engine, fold)
        values = [day.isoformat() for day in sorted(days)]
        fold.keep(engine, RECORDINGS, values)
        make(engine, "recordings")
        fold.put_partitions(engine, RECORDINGS, values, ("recorded_at_us", "callrecordkey"))
        fold.put_whole(engine, RECORDING_EXTENSIONS, ("callrecordkey", "extension_id"))
    fold.take_in({read.manifest.read_id: () for read in batch})
    return days


def _touched_days(engine: duckdb.DuckDBPyConnection, fold: Fold) -> set[date]:
    files = fold.current(RECORDINGS, fold.files[RECORDINGS.name])
    engine.register("standing", dataset(RECORDINGS, files) if files else RECORDINGS.read_schema.empty_table())
    make(engine, "recordings_touched")
    return {day for (day,) in engine.execute("from recordings_touched").fetchall()}


def _proofs(fold: Fold, batch: Collection[Read]) -> dict[str, tuple[Read, Part]]:
    """By extension, its newest complete list that landed in full, of the reads taken in so far and this batch."""
    proofs: dict[str, tuple[Read, Part]] = {}
    ids = {read.manifest.read_id for read in batch}
    for read in fold.catalog.reads:
        if read.manifest.read_id in ids or fold.is_taken_in(read):
            for part in read.manifest.parts:
                if _is_proof(fold, read, part):
                    proofs[extension_of(part)] = (read, part)
    return proofs


def _is_proof(fold: Fold, read: Read, part: Part) -> bool:
    if not part.is_complete or part.is_presumed or part.known_rows:
        return False
    source = fold.catalog.source(read, part)
    return source is not None and not source.part.known_rows


def _proof_table(proofs: dict[str, tuple[Read, Part]]) -> pa.Table:
    rows = [{"subject": key, "fetched_at": read.manifest.fetched_at} for key, (read, _) in sorted(proofs.items())]
    return pa.Table.from_pylist(rows, schema=_PROOFS)
