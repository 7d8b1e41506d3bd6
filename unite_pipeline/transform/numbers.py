"""Numbers: the lake's `numbers`, one row for every number that any other lake table has.

Only the numbers of what has changed are looked at; the outcome is the same as from scratch. Here: the order of the
steps. What has changed is `sightings.py`, where numbers stand `sql/number_sightings.sql`, what one number is
`numbering.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

import duckdb
import msgspec
import pyarrow as pa

from unite_pipeline.lake.engine import Limits, connection, digest
from unite_pipeline.lake.partitions import (
    Staging,
    dataset,
    lake_lock,
    partition_file,
    partition_files,
    read,
)
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.table import Table
from unite_pipeline.lake.tables import NUMBERS, TABLES
from unite_pipeline.transform.fold import make, rows_of, runs
from unite_pipeline.transform.numbering import NORMALISED_WITH, normalise
from unite_pipeline.transform.reports import Tally, TransformReport
from unite_pipeline.transform.sightings import (
    LISTS_DAY,
    NUMBER_SIGHTINGS,
    NUMBER_TOTALS,
    Memory,
    Sources,
    load_memory,
    look_at,
    memory_file,
    sightings,
    stale_days,
)

_PACKAGE = "unite_pipeline.transform"
_NORMALISED = pa.schema(
    [NUMBERS.schema.field(name) for name in ("number", "e164", "country", "kind", "is_valid", "normalised_with")]
)


def transform_numbers(places: Places, country: str, *, limits: Limits | None = None) -> TransformReport:
    """Bring `numbers` up to date with the other tables of the lake.

    Args:
        places: the data directory.
        country: ISO 3166 code of the country in which national and short numbers are read (UNITE_COUNTRY).
        limits: memory and threads of the engine.

    Raises:
        LakeError: a file of the lake is unreadable.
    """
    with lake_lock(places):
        return make_numbers(places, country, limits or Limits())


def make_numbers(
    places: Places,
    country: str,
    limits: Limits,
    *,
    is_from_scratch: bool = False,
    tables: Sequence[Table] = TABLES,
) -> TransformReport:
    """As `transform_numbers`, by a caller who holds the lake; from scratch, if asked for, without what stands there.

    Other rules, another country and another version of the library make everything from scratch as well. `tables` are
    those that the lake may have.
    """
    code, before = _code(country), load_memory(places)
    is_anew = is_from_scratch or before.code != code
    sources = Sources.of(places, tables)
    stamps = sources.stamps()
    days = stale_days({} if is_anew else before.stamps, stamps)
    if is_anew:
        days = sorted({*days, LISTS_DAY, *partition_files(places, NUMBER_SIGHTINGS)})
    tally, normalised = Tally(), 0
    if days:
        with Staging(places) as staging, connection(limits, staging.spill) as engine:
            _keep(engine, places, is_anew=is_anew)
            look_at(engine, places, staging, sources, days)
            normalised = _count(engine, places, staging, country, is_anew=is_anew)
            _write(engine, places, staging, tally, is_anew=is_anew)
            staging.put_bytes(memory_file(places), msgspec.json.encode(Memory(code, stamps)))
            staging.commit()
    return _report(places, tally, normalised, is_from_scratch=is_from_scratch or (is_anew and bool(before.code)))


def _code(country: str) -> str:
    """A hash of all that decides how a number is normalised, and what is made of it."""
    rules = resources.files(_PACKAGE).joinpath("numbering.py").read_text(encoding="utf-8")
    return digest(_PACKAGE, rules, NORMALISED_WITH, country, repr((NUMBERS, NUMBER_SIGHTINGS, NUMBER_TOTALS)))


def _keep(engine: duckdb.DuckDBPyConnection, places: Places, *, is_anew: bool) -> None:
    """What the lake holds: all rows, all counts, and whose numbers lists said were ours; nothing of it from scratch."""
    files = [] if is_anew else list(partition_files(places, NUMBERS).values())
    engine.register("all_numbers", dataset(NUMBERS, files) if files else NUMBERS.read_schema.empty_table())
    counts = [] if is_anew else list(partition_files(places, NUMBER_TOTALS).values())
    engine.register("kept_number_totals", read(NUMBER_TOTALS, counts))
    lists = partition_file(places, NUMBER_SIGHTINGS, LISTS_DAY)
    engine.register("former_list_sightings", read(NUMBER_SIGHTINGS, [lists] if lists.exists() and not is_anew else []))


def _count(engine: duckdb.DuckDBPyConnection, places: Places, staging: Staging, country: str, *, is_anew: bool) -> int:
    """Make the rows of all numbers that a change of sightings may have changed.

    Returns:
        How many numbers were normalised.
    """
    engine.register("list_sightings", sightings(places, staging, [LISTS_DAY]))
    if is_anew:
        engine.register("every_sighting", sightings(places, staging))
        engine.execute("drop table number_deltas")
        engine.execute("create temp view number_deltas as from every_sighting")
    make(engine, "kept_numbers")
    make(engine, "number_changes")
    query = "select exists (from number_changes where is_known and not is_plain)"
    is_more = engine.execute(query).fetchall()[0][0]
    everything = sightings(places, staging) if is_more else NUMBER_SIGHTINGS.read_schema.empty_table()
    engine.register("all_sightings", everything)
    make(engine, NUMBER_TOTALS.name)
    make(engine, "numbers_seen")
    make(engine, "numbers_unread")
    normalised = _normalise(engine, country)
    engine.register("normalised_numbers", normalised)
    for name in ("numbers_read", "own_numbers", "own_changes"):
        make(engine, name)
    has_own_changes = engine.execute("select exists (from own_changes)").fetchall()[0][0]
    engine.execute(f"create temp view numbers_to_amend as from {'all_numbers' if has_own_changes else 'kept_numbers'}")
    for name in (NUMBERS.name, "numbers_amended", "number_months"):
        make(engine, name)
    return int(normalised.num_rows)


def _write(engine: duckdb.DuckDBPyConnection, places: Places, staging: Staging, tally: Tally, *, is_anew: bool) -> None:
    """Stage the partitions in which a row has changed, and the counts."""
    files = partition_files(places, NUMBERS)
    months = {str(month) for (month,) in engine.execute("from number_months").fetchall()}
    standing = [] if is_anew else [files[month] for month in sorted(months & files.keys())]
    engine.register("standing_numbers", read(NUMBERS, standing))
    make(engine, "numbers_written")
    names = NUMBERS.read_schema.names
    rows = rows_of(engine, "numbers_written", names, ("seen_since", *NUMBERS.key)).cast(NUMBERS.read_schema)
    known = months | (files.keys() | {LISTS_DAY} if is_anew else set())
    parts = dict.fromkeys(known, NUMBERS.schema.empty_table())
    for month, part in runs(rows, "seen_since"):
        parts[month.isoformat()] = part.select(NUMBERS.schema.names)
    for month, part in parts.items():
        tally.add(NUMBERS.name, part.num_rows, is_written=staging.put(NUMBERS, month, part))
    make(engine, "number_totals_kept")
    names = NUMBER_TOTALS.schema.names
    staging.put(NUMBER_TOTALS, None, rows_of(engine, "number_totals_kept", names, names).cast(NUMBER_TOTALS.schema))


def _report(places: Places, tally: Tally, normalised: int, *, is_from_scratch: bool) -> TransformReport:
    files = list(partition_files(places, NUMBERS).values())
    with connection(Limits()) as engine:
        engine.register("numbers", dataset(NUMBERS, files) if files else NUMBERS.read_schema.empty_table())
        disagreements = engine.sql("select count(*) filter (where is_api_disagreement) from numbers").fetchall()[0][0]
    return TransformReport(
        tally.reports((NUMBERS.name,)),
        is_from_scratch=is_from_scratch,
        normalised_numbers=normalised,
        disagreements=disagreements,
    )


def _normalise(engine: duckdb.DuckDBPyConnection, country: str) -> pa.Table:
    unread = engine.sql("select number, is_known_internal from numbers_unread order by number").fetchall()
    rows = [(number, normalise(number, country, is_internal=is_internal)) for number, is_internal in unread]
    columns = {
        "number": [number for number, _ in rows],
        "e164": [found.e164 for _, found in rows],
        "country": [found.country for _, found in rows],
        "kind": [found.kind for _, found in rows],
        "is_valid": [found.is_valid for _, found in rows],
        "normalised_with": [NORMALISED_WITH] * len(rows),
    }
    return pa.table(columns, schema=_NORMALISED)
