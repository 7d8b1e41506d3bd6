"""Numbers: the lake's `numbers`, one row for every number that any other lake table has.

Made anew each time from the tables that are there; only normalising is remembered, since it is what takes long. Here:
which tables are read, and what need not be normalised again. Where numbers stand is `sql/number_sightings.sql`, what
one number is `numbering.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

import duckdb
import pyarrow as pa
import pyarrow.compute

from unite_pipeline.lake.engine import Limits, connection, digest
from unite_pipeline.lake.partitions import Staging, dataset, lake_lock, partition_files, read
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.table import Table
from unite_pipeline.lake.tables import NUMBERS, TABLES
from unite_pipeline.transform.fold import make, rows_of
from unite_pipeline.transform.numbering import NORMALISED_WITH, normalise
from unite_pipeline.transform.progress import Progress, encode_progress, load_progress, progress_file
from unite_pipeline.transform.reports import Tally, TransformReport

_PACKAGE = "unite_pipeline.transform"
# What the SQL reads of each table; one that the lake does not have, or that nobody has made yet, is empty.
_SOURCES = {
    "call_legs": ("number", "number_formatted", "country"),
    "recordings": ("from_number", "to_number", "to_number_formatted", "from_callerid", "from_callerid_formatted"),
    "contact_history": ("phone_number", "phone_number_formatted", "phone_number_e164", "country"),
    "extension_history": ("extension_number", "username", "caller_id"),
    "call_flow_numbers": ("number",),
    "cdr_numbers": ("number", "number_formatted", "country"),
}
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
    code = _code(country)
    made_by = load_progress(places, NUMBERS).code
    is_anew = is_from_scratch or (bool(made_by) and made_by != code)
    kept = NUMBERS.schema.empty_table() if is_anew else _standing(places)
    with Staging(places) as staging, connection(limits, staging.spill) as engine:
        _register_sources(engine, places, tables)
        engine.register("kept_numbers", kept)
        for name in ("number_sightings", "numbers_seen", "numbers_unread"):
            make(engine, name)
        normalised = _normalise(engine, country)
        engine.register("normalised_numbers", normalised)
        make(engine, NUMBERS.name)
        numbers = rows_of(engine, NUMBERS.name, NUMBERS.schema.names, NUMBERS.key).cast(NUMBERS.schema)
        tally = Tally()
        tally.add(NUMBERS.name, numbers.num_rows, is_written=staging.put(NUMBERS, None, numbers))
        if made_by != code:
            staging.put_bytes(progress_file(places, NUMBERS), encode_progress(Progress(code)))
        staging.commit()
    return TransformReport(
        tally.reports((NUMBERS.name,)),
        is_from_scratch=is_anew,
        normalised_numbers=normalised.num_rows,
        disagreements=pyarrow.compute.sum(numbers["is_api_disagreement"]).as_py() or 0,
    )


def _code(country: str) -> str:
    """A hash of all that decides how a number is normalised, and what is made of it."""
    rules = resources.files(_PACKAGE).joinpath("numbering.py").read_text(encoding="utf-8")
    return digest(_PACKAGE, rules, NORMALISED_WITH, country, repr(NUMBERS))


def _standing(places: Places) -> pa.Table:
    return read(NUMBERS, list(partition_files(places, NUMBERS).values()))


def _register_sources(engine: duckdb.DuckDBPyConnection, places: Places, tables: Sequence[Table]) -> None:
    by_name = {table.name: table for table in tables}
    for name, columns in _SOURCES.items():
        files = list(partition_files(places, by_name[name]).values()) if name in by_name else []
        nothing = pa.schema([(column, pa.string()) for column in columns]).empty_table()
        engine.register(name, dataset(by_name[name], files) if files else nothing)


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
