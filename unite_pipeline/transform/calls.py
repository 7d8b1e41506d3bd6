"""Call detail records: raw `cdr_logs` to the lake's `calls` and `call_legs`.

Here: which reads and days belong together. The rules themselves are `sql/cdr_*.sql`, `calls.sql`, `call_legs.sql`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import duckdb
import pyarrow as pa

from unite_pipeline.lake.engine import Limits
from unite_pipeline.lake.manifests import Read
from unite_pipeline.lake.partitions import dataset, lake_lock
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.prints import partitions_with
from unite_pipeline.lake.tables import CALL_LEGS, CALLS
from unite_pipeline.transform.fold import Feed, Fold, batches, folding, make
from unite_pipeline.transform.reports import TransformReport
from unite_pipeline.transform.zones import clock_table

FEED = Feed("cdr_logs", "$.uniqueid", (CALLS, CALL_LEGS))
_READ_DAYS = pa.schema([("read_id", pa.string()), ("day", pa.date32())])
_PROOFS = pa.schema(
    [
        ("day", pa.date32()),
        ("fetched_at", pa.timestamp("us", tz="UTC")),
        ("is_frozen", pa.bool_()),
    ]
)


@dataclass(frozen=True, slots=True)
class _Days:
    """What the manifests say of days.

    Args:
        of_read: the days each read covers.
        frozen: days of reads whose raw files are gone.
    """

    of_read: dict[str, tuple[date, ...]]
    frozen: frozenset[date]

    @property
    def covered(self) -> set[date]:
        """Every day that a read we have covers."""
        return {day for days in self.of_read.values() for day in days}


def transform_calls(
    places: Places, timezone: str, days: Iterable[date] | None = None, *, limits: Limits | None = None
) -> TransformReport:
    """Bring `calls` and `call_legs` up to date with the raw layer.

    Args:
        places: the data directory.
        timezone: the tenant's zone, in which the API's times are meant.
        days: local days to make again from all their reads, besides those of reads not taken in yet.
        limits: memory and threads of the engine.

    Raises:
        LakeError: a file of the raw layer or of the lake is missing or unreadable.
    """
    with lake_lock(places):
        return make_calls(places, timezone, set(days or ()), limits or Limits(), is_from_scratch=False)


def make_calls(
    places: Places, timezone: str, days: Collection[date], limits: Limits, *, is_from_scratch: bool
) -> TransformReport:
    """As `transform_calls`, by a caller who holds the lake; from scratch, if asked for, from all reads."""
    made: set[date] = set()
    with folding(places, FEED, timezone, limits, is_from_scratch=is_from_scratch) as fold:
        known = _days(fold)
        if fold.is_from_scratch:
            _forget(fold, known)
        missing = _remembered_days(fold) - _standing_days(fold) if not fold.is_from_scratch else set()
        wanted = {*days, *missing}
        new = {read.read_id for read in fold.new_reads()}
        reads = [
            read
            for read in fold.catalog.reads
            if read.read_id in new or wanted.intersection(known.of_read[read.read_id])
        ]
        for batch in batches(fold.catalog, reads):
            made |= _take_in(fold, known, batch, timezone)
    return fold.report(made, made & known.frozen)


def _take_in(fold: Fold, known: _Days, batch: Sequence[Read], timezone: str) -> set[date]:
    """Fold some reads in.

    A day without calls becomes an empty partition only if a read proves that it has none.

    Returns:
        The days that were made.
    """
    ids = [read.read_id for read in batch]
    days = {day for read_id in ids for day in known.of_read[read_id]}
    with fold.engine() as engine:
        engine.register("clock", clock_table(timezone))
        engine.register("read_days", _read_days(known))
        make(engine, "clock_days")
        fold.stage(engine, batch, "cdr_rows")
        for name in ("cdr_legs", "cdr_seen", "cdr_newest"):
            make(engine, name)
        fold.keep(engine, CALLS, _values(days))
        moved = _moved_days(engine, fold, days)
        if moved:
            days |= moved
            fold.keep(engine, CALLS, _values(days))
        fold.keep(engine, CALL_LEGS, _values(days))
        proofs = _proofs(fold, batch, days)
        fold.reject(engine, "cdr_rejected", _proven(proofs))
        engine.register("proofs", _proof_table(proofs, days, known.frozen))
        make(engine, "calls")
        make(engine, "call_legs")
        made = days & (proofs.keys() | _standing_days(fold) | _days_with_calls(engine))
        fold.put_partitions(engine, CALLS, _values(made), ("started_at_us", "uniqueid"))
        fold.put_partitions(engine, CALL_LEGS, _values(made), ("started_at_us", "uniqueid", "position"))
    fold.take_in({read_id: tuple(day for day in known.of_read[read_id] if day in made) for read_id in ids})
    return made


def _days(fold: Fold) -> _Days:
    of_read = {read.read_id: _days_of(read) for read in fold.catalog.reads}
    gone = {day for read_id in fold.gone_reads for day in fold.progress.reads[read_id]}
    broken = {day for read in fold.catalog.reads if not fold.catalog.is_whole(read) for day in _days_of(read)}
    return _Days(of_read, frozenset(gone | broken))


def _proofs(fold: Fold, batch: Sequence[Read], days: Collection[date]) -> dict[date, Read]:
    """By day, the newest complete read that was not presumed, of those taken in so far and this batch."""
    proofs: dict[date, Read] = {}
    ids = {read.read_id for read in batch}
    for read in fold.catalog.reads:
        if (read.read_id in ids or fold.is_taken_in(read)) and fold.catalog.is_whole(read):
            windows = [each for each in read.manifest.windows if each.is_complete and not each.is_presumed]
            proofs.update({each.day: read for each in windows if each.day in days and each.day is not None})
    return proofs


def _days_of(read: Read) -> tuple[date, ...]:
    """The local days a read covers: those of its windows and those that were asked.

    A read that failed under way tells no window of a day that an earlier one proved, and has rows of it all the same. A
    read that brought no page covers the days it proves, and no others: of those nothing is known.
    """
    has_pages = any(part.pages or part.rows_from for part in read.manifest.parts)
    windows = [window for window in read.manifest.windows if window.is_complete or has_pages]
    days = {window.day for window in windows if window.day is not None}
    asked = read.manifest.asked
    if has_pages and {"first_day", "last_day"} <= asked.keys():
        first, last = date.fromisoformat(asked["first_day"]), date.fromisoformat(asked["last_day"])
        days |= {first + timedelta(days=number) for number in range((last - first).days + 1)}
    return tuple(sorted(days))


def _forget(fold: Fold, known: _Days) -> None:
    """From scratch: no partition counts as known that can be made again from the reads we have."""
    again = {day.isoformat() for day in known.covered - known.frozen}
    for table in FEED.tables:
        fold.files[table.name] = {day: file for day, file in fold.files[table.name].items() if day not in again}


def _days_with_calls(engine: duckdb.DuckDBPyConnection) -> set[date]:
    """Days that have calls, or had some that have moved since: whether they came and went, or never stood there."""
    query = "select call_date from calls union select call_date from cdr_seen"
    return {day for (day,) in engine.execute(query).fetchall()}


def _remembered_days(fold: Fold) -> set[date]:
    """Days that were made of reads we still have."""
    held = (fold.progress.reads.get(read_id, ()) for read_id in fold.catalog.by_id)
    return {day for days in held for day in days}


def _standing_days(fold: Fold) -> set[date]:
    """Days whose calls and legs both stand in the lake."""
    calls, legs = (fold.files[table.name].keys() for table in FEED.tables)
    return {date.fromisoformat(day) for day in calls & legs}


def _moved_days(engine: duckdb.DuckDBPyConnection, fold: Fold, days: Collection[date]) -> set[date]:
    """Other days on which the lake holds a call that came now."""
    make(engine, "unfamiliar_calls")
    files = {day: fold.staging.current(file) for day, file in fold.files[CALLS.name].items()}
    keys = "select uniqueid as key from unfamiliar_calls"
    found = partitions_with(engine, fold.staging, fold.places, CALLS, files, keys) - set(_values(days))
    if not found:
        return set()
    others = fold.current(CALLS, sorted(found))
    engine.register("elsewhere", dataset(CALLS, others))
    make(engine, "moved_days")
    return {day for (day,) in engine.execute("from moved_days").fetchall()}


def _proven(proofs: Mapping[date, Read]) -> list[tuple[str, Read, Collection[str]]]:
    return [(day.isoformat(), read, {part.part for part in read.manifest.parts}) for day, read in proofs.items()]


def _proof_table(proofs: Mapping[date, Read], days: Iterable[date], frozen: Collection[date]) -> pa.Table:
    def fetched_at(day: date) -> datetime | None:
        return proofs[day].fetched_at if day in proofs else None

    rows = [{"day": day, "fetched_at": fetched_at(day), "is_frozen": day in frozen} for day in sorted(days)]
    return pa.Table.from_pylist(rows, schema=_PROOFS)


def _read_days(known: _Days) -> pa.Table:
    rows = [{"read_id": read_id, "day": day} for read_id, days in known.of_read.items() for day in days]
    return pa.Table.from_pylist(rows, schema=_READ_DAYS)


def _values(days: Iterable[date]) -> list[str]:
    return [day.isoformat() for day in sorted(days)]
