"""Whether a key stands twice: asked of what a build has changed, without a look at the history that it has not.

Here: the question. Not here: what happens then (`build.py`). A key that tells its day, and one that our own SQL made of
keys that were looked at, can stand twice only within a day. Keys of calls and recordings that came from lake files are
compared with those of the days around as well. Whether one stands farther away the lake has asked when it came
(`lake/prints.py`), a build from scratch asks, and so does the daily check `keys_unique`, of every table; here it would
make each build dearer than the last.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

import duckdb

from unite_pipeline.lake.table import TENANT, Table
from unite_pipeline.lake.tables import CALL_LEGS, CALLS, RECORDING_EXTENSIONS, RECORDINGS

AROUND_DAYS = 31
"""So many days before and after one that was made again may hold one of its keys too: far more than calls move."""
_DAYLESS = (CALLS, RECORDINGS)
"""Tables whose key does not tell the day."""
_PARENTS = {CALL_LEGS: CALLS, RECORDING_EXTENSIONS: RECORDINGS}
"""Tables whose rows are unique over days if each belongs to a row of these, of the same day."""


def doubled_keys(engine: duckdb.DuckDBPyConnection, table: Table, values: Collection[str] | None) -> int:
    """How many keys stand in more than one row, of those that a build may have doubled.

    Args:
        engine: open on the file that is being built, with everything in it.
        table: which one.
        values: the partition values that were made again; None for all of the table.
    """
    if values is None or table.partition is None:
        return _doubled(engine, table)
    _note(engine, table, values)
    found = _doubled(engine, table, f"where {_part(table)} in (select value from remade)")
    if table in _DAYLESS or (table in _PARENTS and _has_strays(engine, table)):
        return found + _across_days(engine, table, values)
    return found


def _across_days(engine: duckdb.DuckDBPyConnection, table: Table, values: Collection[str]) -> int:
    """Keys of the days that were made again that stand on a day around them too."""
    shifts = range(-AROUND_DAYS, AROUND_DAYS + 1)
    days = {str(date.fromisoformat(value) + timedelta(shift)) for value in values for shift in shifts}
    key, day = _columns(table), _part(table)
    query = (
        f"select count(*) from (select {key} from {table.name} where {day} in (select value from remade) "
        f"intersect select {key} from {table.name} where {day} in (select unnest(cast($days as date[]))))"
    )
    return int(engine.execute(query, {"days": sorted(days - set(values))}).fetchall()[0][0])


def _has_strays(engine: duckdb.DuckDBPyConnection, table: Table) -> bool:
    """Whether a row of the days that were made again lacks on its day the row that it belongs to."""
    parent = _PARENTS[table]
    key = parent.key[0]
    query = (
        f"select exists (select 1 from (from {table.name} where {_part(table)} in (select value from remade)) as c "
        f"anti join (from {parent.name} where {_part(parent)} in (select value from remade)) as p "
        f"on c.{key} = p.{key} and c.{_part(table)} = p.{_part(parent)})"
    )
    return bool(engine.execute(query).fetchall()[0][0])


def _doubled(engine: duckdb.DuckDBPyConnection, table: Table, where: str = "") -> int:
    key = _columns(table)
    query = f"select count(*) from (select 1 from {table.name} {where} group by {key} having count(*) > 1)"
    return int(engine.execute(query).fetchall()[0][0])


def _note(engine: duckdb.DuckDBPyConnection, table: Table, values: Collection[str]) -> None:
    kind = "VARCHAR" if table.partition is None else table.partition.type
    query = f"create or replace temp table remade as select unnest(cast($values as {kind}[])) as value"
    engine.execute(query, {"values": sorted(values)})


def _part(table: Table) -> str:
    return "" if table.partition is None else f'"{table.partition.name}"'


def _columns(table: Table) -> str:
    return ", ".join(f'"{name}"' for name in (TENANT.name, *table.key))
