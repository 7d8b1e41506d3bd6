"""Which lake files the warehouse holds, and replacing those that changed.

Here: statements over the tables that `lake/tables.py` declares. Not here: files of the warehouse (`publication.py`).
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from unite_pipeline.errors import LakeError
from unite_pipeline.lake.engine import statement
from unite_pipeline.lake.partitions import dataset, partition_files
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.table import TENANT, Column, Table
from unite_pipeline.lake.tables import NUMBER_PARTIES, TABLES

_PACKAGE = "unite_pipeline.warehouse"
_INTERNAL = (
    Table(
        "internal.build",
        "How this file came about; for the pipeline, not for readers.",
        ("code",),
        (
            Column("code", "VARCHAR", "Hash of the tenant and the declared tables", is_required=True),
            Column("replaced_rows", "BIGINT", "Rows deleted since it was built from scratch", is_required=True),
        ),
    ),
    Table(
        "internal.lake_files",
        "Which lake files are loaded; for the pipeline, not for readers.",
        ("table_name", "partition"),
        (
            Column("table_name", "VARCHAR", "The table", is_required=True),
            Column("partition", "VARCHAR", "Value of its partition column; empty if it has none", is_required=True),
            Column("stamp", "VARCHAR", "Size, time and inode of the file", is_required=True),
        ),
    ),
)


def create_tables(engine: duckdb.DuckDBPyConnection, code: str) -> None:
    """Create every table, empty, with its comments, and the memory of what was loaded."""
    engine.execute("create schema internal")
    for table in _INTERNAL:
        _create(engine, table, table.columns)
    for table in TABLES:
        _create(engine, table, table.all_columns)
    engine.execute("insert into internal.build values (?, 0)", [code])


def stands(engine: duckdb.DuckDBPyConnection, code: str) -> bool:
    """Whether this file was made by the same code, and has not been replaced so often that it is mostly holes."""
    made_by, replaced = engine.execute("select code, replaced_rows from internal.build").fetchall()[0]
    return bool(made_by == code and replaced <= sum(rows_in(engine, table.name) for table in TABLES))


def load_all_changes(
    engine: duckdb.DuckDBPyConnection, places: Places, *, is_from_scratch: bool
) -> dict[str, tuple[int, int]]:
    """Replace what changed of every table, and look up again what other tables say of rows that stayed.

    Returns:
        By table, files loaded and files dropped.

    Raises:
        LakeError: a file of the lake is unreadable.
    """
    engine.execute("create temp table former_parties as from number_parties")
    in_order = sorted(TABLES, key=lambda table: bool(table.looked_up))  # what is looked up in must stand first
    changes = {table.name: load_changes(engine, places, table) for table in in_order}
    if any(changes[NUMBER_PARTIES.name]) and not is_from_scratch:
        engine.execute(f"create temp table changed_numbers as {statement(_PACKAGE, 'changed_numbers')}")
        changed = engine.execute(statement(_PACKAGE, "call_legs_again")).fetchall()
        engine.execute("update internal.build set replaced_rows = replaced_rows + ?", [changed[0][0]])
    return {table.name: changes[table.name] for table in TABLES}


def rows_in(engine: duckdb.DuckDBPyConnection, name: str) -> int:
    """Rows of one table."""
    return int(engine.execute(f"select count(*) from {name}").fetchall()[0][0])


def load_changes(engine: duckdb.DuckDBPyConnection, places: Places, table: Table) -> tuple[int, int]:
    """Replace the rows of every lake file that is another than the one loaded last.

    Returns:
        Files loaded, and files that are no longer in the lake, whose rows were dropped.

    Raises:
        LakeError: a file of the lake is unreadable.
    """
    files = partition_files(places, table)
    stamps = {value: _stamp(file) for value, file in files.items()}
    query = "select partition, stamp from internal.lake_files where table_name = ?"
    loaded = dict(engine.execute(query, [table.name]).fetchall())
    changed = [value for value, stamp in stamps.items() if loaded.get(value) != stamp]
    dropped = sorted(loaded.keys() - stamps.keys())
    stale = [value for value in (*changed, *dropped) if value in loaded]
    if stale:
        _delete(engine, table, stale)
    if changed:
        _insert(engine, places.tenant, table, [files[value] for value in changed])
        known = pa.table({"value": changed, "stamp": [stamps[value] for value in changed]})
        engine.register("known", known)
        engine.execute("insert into internal.lake_files select ?, value, stamp from known", [table.name])
        engine.unregister("known")
    return len(changed), len(dropped)


def _create(engine: duckdb.DuckDBPyConnection, table: Table, columns: tuple[Column, ...]) -> None:
    engine.execute(f"create table {table.name} ({', '.join(_declaration(column) for column in columns)})")
    engine.execute(f"comment on table {table.name} is {_quoted(table.description)}")
    for column in columns:
        engine.execute(f'comment on column {table.name}."{column.name}" is {_quoted(column.description)}')


def _delete(engine: duckdb.DuckDBPyConnection, table: Table, values: list[str]) -> None:
    where = ""
    if table.partition is not None:
        where = f'where "{table.partition.name}" in (select unnest(cast($values as {table.partition.type}[])))'
    gone = engine.execute(f"delete from {table.name} {where}", {"values": values} if where else None).fetchall()
    engine.execute("update internal.build set replaced_rows = replaced_rows + ?", [gone[0][0]])
    query = "delete from internal.lake_files where table_name = $name and partition in (select unnest($values))"
    engine.execute(query, {"name": table.name, "values": values})


def _insert(engine: duckdb.DuckDBPyConnection, tenant: str, table: Table, files: list[Path]) -> None:
    names = [column.name for column in table.all_columns if column is not TENANT]
    columns = ", ".join(f'"{name}"' for name in names)
    rows = f"({statement(_PACKAGE, table.name)})" if table.looked_up else "lake_rows"
    try:
        engine.register("lake_rows", dataset(table, files))
        engine.execute(f"insert into {table.name} (tenant, {columns}) select ?, {columns} from {rows}", [tenant])
    except (pa.ArrowException, OSError, duckdb.IOException, duckdb.InvalidInputException) as error:
        message = (
            f"A file of the lake table {table.name} cannot be read ({type(error).__name__}). "
            "`unite-pipeline rebuild` makes the lake again from the raw layer, without one request."
        )
        raise LakeError(message) from None  # the engine's own text may quote a row
    engine.unregister("lake_rows")


def _declaration(column: Column) -> str:
    return f'"{column.name}" {column.type}{" not null" if column.is_required else ""}'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _stamp(file: Path) -> str:
    """What changes whenever a file is replaced by another."""
    facts = file.stat()
    return f"{facts.st_size}-{facts.st_mtime_ns}-{facts.st_ino}"
