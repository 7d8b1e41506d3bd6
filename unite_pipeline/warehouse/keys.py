"""Whether a key stands twice: asked of what a build has changed, without a look at the history that it has not.

Here: the question, and the prints of keys that answer it across days. Not here: what happens then (`build.py`).
A key that tells its day, and one that our own SQL made of keys that were looked at, can stand twice only within a day.
The keys of lake files that do not are remembered as prints of eight bytes: to compare those is the one thing here that
grows with history, beside the keys of `numbers`. Legs need no prints: a leg whose call stands on the same day is as
unique as the call.
"""

from __future__ import annotations

from collections.abc import Collection

import duckdb

from unite_pipeline.lake.engine import statement
from unite_pipeline.lake.table import TENANT, Column, Table
from unite_pipeline.lake.tables import CALL_LEGS, CALLS, NUMBERS, RECORDING_EXTENSIONS, RECORDINGS

_PACKAGE = "unite_pipeline.warehouse"
PRINTED = (CALLS, RECORDINGS)
"""Tables whose key does not tell the day."""
_PARENTS = {CALL_LEGS: CALLS, RECORDING_EXTENSIONS: RECORDINGS}
"""Tables whose rows are unique over days if each belongs to a row of these, of the same day."""

KEY_PRINTS = Table(
    "internal.key_prints",
    "Prints of the keys of calls and recordings; for the pipeline, not for readers.",
    ("table_name", "day", "print"),
    (
        Column("table_name", "VARCHAR", "The table", is_required=True),
        Column("day", "DATE", "Local day of the row", is_required=True),
        Column("print", "UBIGINT", "Half of the MD5 of the key", is_required=True),
    ),
)


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
    if table in PRINTED:
        return found + _across_days(engine, table)
    if table == NUMBERS or (table in _PARENTS and _has_strays(engine, table)):
        return found + _across_partitions(engine, table)
    return found


def print_keys(engine: duckdb.DuckDBPyConnection, table: Table, values: Collection[str]) -> None:
    """Remember the prints of the keys of these days anew."""
    if table not in PRINTED:
        return
    _note(engine, table, values)
    name = {"name": table.name}
    query = "delete from internal.key_prints where day in (select value from remade) and table_name = $name"
    engine.execute(query, name)
    query = (
        f"insert into internal.key_prints select $name, {_part(table)}, md5_number_lower({_key(table)}) "
        f"from {table.name} where {_part(table)} in (select value from remade)"
    )
    engine.execute(query, name)


def _across_days(engine: duckdb.DuckDBPyConnection, table: Table) -> int:
    """Keys of the days that were made again that stand on another day too; the prints tell where to look."""
    query = statement(_PACKAGE, "key_print_days")
    days = [str(day) for (day,) in engine.execute(query, {"name": table.name}).fetchall()]
    if not days:
        return 0
    key, day = _columns(table), _part(table)
    query = (
        f"select count(*) from (select {key} from {table.name} where {day} in (select value from remade) "
        f"intersect select {key} from {table.name} where {day} in (select unnest(cast($days as date[]))))"
    )
    return int(engine.execute(query, {"days": days}).fetchall()[0][0])


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


def _across_partitions(engine: duckdb.DuckDBPyConnection, table: Table) -> int:
    """Keys of the partitions that were made again that stand in another one too, by a look at all keys."""
    key = _columns(table)
    query = (
        f"select count(*) from (select {key} from {table.name} where {_part(table)} in (select value from remade) "
        f"intersect select {key} from {table.name} where {_part(table)} not in (select value from remade))"
    )
    return int(engine.execute(query).fetchall()[0][0])


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


def _key(table: Table) -> str:
    return "concat_ws(chr(31), " + ", ".join(f'"{name}"' for name in table.key) + ")"


def _columns(table: Table) -> str:
    return ", ".join(f'"{name}"' for name in (TENANT.name, *table.key))
