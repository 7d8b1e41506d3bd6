"""Making the tables of the warehouse, each for the days that changed, in the order of `model.py`.

Here: which days of which table are made again, from what changed before it. Not here: the statements (`loading.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import pyarrow as pa

from unite_pipeline.lake.engine import statement
from unite_pipeline.lake.partitions import lake_lock, partition_files
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.table import Table
from unite_pipeline.lake.tables import CALLS
from unite_pipeline.warehouse.calendar import DATES, OPENING_HOURS, calendar, years_of
from unite_pipeline.warehouse.erlang import ERLANG_B, erlang_rows
from unite_pipeline.warehouse.loading import (
    PACKAGE,
    create_tables,
    delete_rows,
    files_of,
    insert_from,
    insert_rows,
    remember_files,
    replace_differing,
    rows_in,
)
from unite_pipeline.warehouse.metrics import METRICS_TABLE, metric_rows
from unite_pipeline.warehouse.model import MODELS, TABLE_OF, Model
from unite_pipeline.warehouse.terms import PARAMETERS, Terms, parameter_rows

_BATCH_DAYS = 92
"""So many days are made in one statement, so that what it holds in memory does not grow with history."""
_WATCHED = {
    source for model in MODELS if model.affected for source in model.sources if TABLE_OF[source].day is None
}  # fmt: skip
"""Tables without days whose changes must be known row by row."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one table in a build.

    Args:
        loaded: lake files taken in anew.
        dropped: lake files that are gone, and their rows with them.
        days: partition values whose rows were made again; empty for a table without.
        is_changed: whether any row may be another than before.
    """

    loaded: int = 0
    dropped: int = 0
    days: frozenset[str] = frozenset()
    is_changed: bool = False


def make_all(
    engine: duckdb.DuckDBPyConnection, places: Places, terms: Terms, code: str, *, is_from_scratch: bool
) -> dict[str, Change]:
    """Bring every table up to date with the lake, in one transaction.

    Args:
        engine: open on the file that is being built.
        places: the data directory.
        terms: what the metrics are reckoned with.
        code: what decides the shape of the file, to be remembered in it.
        is_from_scratch: whether the file is empty.

    Raises:
        LakeError: a file of the lake is unreadable.
    """
    engine.execute("begin")  # one write-ahead log for all; what fails is thrown away with its file
    if is_from_scratch:
        create_tables(engine, code)
    changes: dict[str, Change] = {}
    with lake_lock(places):
        _make_calendar(engine, places, terms)
        for model in MODELS:
            if not model.is_view:
                days = _following(engine, model, changes, terms, is_from_scratch=is_from_scratch)
                changes[model.table.name] = _make(engine, places, model, changes, days, is_from_scratch=is_from_scratch)
    engine.execute("commit")
    return changes


def _make_calendar(engine: duckdb.DuckDBPyConnection, places: Places, terms: Terms) -> None:
    """Write the years that are not there yet; other terms make the whole file from scratch."""
    if not rows_in(engine, PARAMETERS.name):
        _insert(engine, places, PARAMETERS, parameter_rows(terms))
        _insert(engine, places, ERLANG_B, erlang_rows())
        _insert(engine, places, METRICS_TABLE, metric_rows())
    standing = {year for (year,) in engine.execute("select distinct year from dates").fetchall()}
    wanted = years_of(list(partition_files(places, CALLS)))
    for year in sorted(set(wanted) - standing):
        dates, opening_hours = calendar(range(year, year + 1), terms)
        for table, rows in ((DATES, dates), (OPENING_HOURS, opening_hours)):
            _insert(engine, places, table, rows)


def _insert(engine: duckdb.DuckDBPyConnection, places: Places, table: Table, rows: pa.Table) -> None:
    engine.register("new_rows", rows)
    insert_from(engine, places.tenant, table, "new_rows")
    engine.unregister("new_rows")


def _make(
    engine: duckdb.DuckDBPyConnection,
    places: Places,
    model: Model,
    changes: Mapping[str, Change],
    following: set[str],
    *,
    is_from_scratch: bool,
) -> Change:
    table = model.table
    files = files_of(engine, places, table) if model.is_loaded else None
    own = set(files.changed + files.dropped) if files else set()
    sources = [changes[source] for source in model.sources if source in changes]
    if table.partition is None:
        values = {""} if own or any(source.is_changed for source in sources) else set()
    else:
        values = own | following
    if files and table.day is None and not is_from_scratch:
        standing = [files.standing[value] for value in sorted(values) if value in files.standing]
        if values or table.name in _WATCHED:
            replace_differing(engine, places.tenant, table, sorted(values), standing)
        batches = []
    else:
        batches = _batches(model, values)
    for batch in batches:
        if not is_from_scratch:
            delete_rows(engine, table, batch)
        if table.partition is not None and model.has_sql:
            query = "create or replace temp table days as select unnest(cast($days as date[])) as day"
            engine.execute(query, {"days": batch})
        standing = [files.standing[value] for value in batch if value in files.standing] if files else []
        if standing or not model.is_loaded:
            insert_rows(engine, places.tenant, model, standing)
    if files and own:
        remember_files(engine, table, files)
    loaded, dropped = (len(files.changed), len(files.dropped)) if files else (0, 0)
    return Change(loaded, dropped, frozenset(values - {""}), bool(values))


def _following(
    engine: duckdb.DuckDBPyConnection,
    model: Model,
    changes: Mapping[str, Change],
    terms: Terms,
    *,
    is_from_scratch: bool,
) -> set[str]:
    """The days of a dated table that must be made again because of what changed in its sources."""
    if model.table.day is None:
        return set()
    days: set[str] = set()
    before, after = model.reach
    if model.has_window:
        before, after = max(before, terms.window_days), max(after, terms.window_days)
    undated = [source for source in model.sources if TABLE_OF[source].day is None]
    for source in model.sources:
        if source in changes and source not in undated:
            days |= _widened(changes[source].days, (before, after))
    is_due = any(changes[source].is_changed for source in undated)
    if model.affected is not None and is_due and not is_from_scratch:
        days |= {str(day) for (day,) in engine.execute(statement(PACKAGE, model.affected)).fetchall()}
    return days


def _widened(days: Iterable[str], reach: tuple[int, int]) -> set[str]:
    before, after = reach
    return {
        str(date.fromisoformat(day) + timedelta(days=shift)) for day in days for shift in range(-before, after + 1)
    }  # fmt: skip


def _batches(model: Model, values: set[str]) -> list[list[str]]:
    """The values in order, cut where SQL of ours would have to hold them all at once."""
    in_order = sorted(values)
    if not model.has_sql or not in_order:
        return [in_order] if in_order else []
    return [in_order[first : first + _BATCH_DAYS] for first in range(0, len(in_order), _BATCH_DAYS)]
