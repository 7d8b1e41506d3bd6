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
from unite_pipeline.lake.prints import partitions_with
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
        standing = {table: set(fold.files[table.name]) for table in FEED.tables}
        if fold.is_from_scratch and not fold.gone_reads:
            for table in FEED.tables:
                fold.files[table.name] = {}
        for batch in batches(fold.catalog, fold.new_reads()):
            days |= _take_in(fold, batch, timezone)
        if fold.is_from_scratch:
            for table, values in standing.items():
                for value in sorted(values - fold.files[table.name].keys()):
                    fold.put(table, value, table.schema.empty_table())
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
        here = _days_of_those_seen(engine, fold)
        fold.keep(engine, RECORDINGS, here)
        make(engine, "recording_days")
        listed = here | _days_of_those_judged(engine, fold, proofs, batch)
        fold.keep(engine, RECORDING_EXTENSIONS, listed)
        make(engine, "recording_extensions")
        made = {*listed, *_days_in(engine, "recording_extensions")}
        make(engine, "recordings_touched")
        days = {day for (day,) in engine.execute("from recordings_touched").fetchall()}
        values = [day.isoformat() for day in sorted(days)]
        fold.keep(engine, RECORDINGS, values)
        make(engine, "recordings")
        fold.put_partitions(engine, RECORDINGS, values, ("recorded_at_us", "callrecordkey"))
        fold.put_partitions(engine, RECORDING_EXTENSIONS, sorted(made), RECORDING_EXTENSIONS.key)
    fold.take_in({read.read_id: () for read in batch})
    return days


def _days_of_those_seen(engine: duckdb.DuckDBPyConnection, fold: Fold) -> set[str]:
    """The days that the recordings which came now belong to, and those on which the lake holds them."""
    query = (
        "select distinct r.recorded_date from recording_rows as r semi join recording_newest as n using (callrecordkey)"
    )
    now = {str(day) for (day,) in engine.execute(query).fetchall()}
    keys = "select callrecordkey as key from recording_newest"
    files = {day: fold.staging.current(file) for day, file in fold.files[RECORDINGS.name].items()}
    return now | partitions_with(engine, fold.staging, fold.places, RECORDINGS, files, keys)


def _days_of_those_judged(
    engine: duckdb.DuckDBPyConnection, fold: Fold, proofs: dict[str, tuple[Read, Part]], batch: Sequence[Read]
) -> set[str]:
    """The days of listings that a complete list which came now may lack: all on which its extension lists anything."""
    ids = {read.read_id for read in batch}
    judged = [extension for extension, (read, _) in proofs.items() if read.read_id in ids]
    files = fold.current(RECORDING_EXTENSIONS, fold.files[RECORDING_EXTENSIONS.name])
    if not judged or not files:
        return set()
    engine.register("standing", dataset(RECORDING_EXTENSIONS, files))
    engine.register("judged", pa.table({"extension_id": judged}))
    query = "select distinct recorded_date from standing where extension_id in (select extension_id from judged)"
    return {str(day) for (day,) in engine.execute(query).fetchall()}


def _days_in(engine: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    return {str(day) for (day,) in engine.execute(f"select distinct recorded_date from {table}").fetchall()}


def _proofs(fold: Fold, batch: Collection[Read]) -> dict[str, tuple[Read, Part]]:
    """By extension, its newest complete list that landed in full, of the reads taken in so far and this batch."""
    proofs: dict[str, tuple[Read, Part]] = {}
    ids = {read.read_id for read in batch}
    for read in fold.catalog.reads:
        if read.read_id in ids or fold.is_taken_in(read):
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
    rows = [{"subject": key, "fetched_at": read.fetched_at} for key, (read, _) in sorted(proofs.items())]
    return pa.Table.from_pylist(rows, schema=_PROOFS)
