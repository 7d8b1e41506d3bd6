"""Statements on single tables: creating them, telling which lake files changed, replacing rows.

Here: what is done to one table. Not here: which days of which table (`making.py`), files of the warehouse
(`publication.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from unite_pipeline.errors import LakeError
from unite_pipeline.lake.engine import statement
from unite_pipeline.lake.partitions import dataset, partition_files, stamp
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.table import TENANT, Column, Table
from unite_pipeline.warehouse.model import CALENDAR, MODELS, Model

PACKAGE = "unite_pipeline.warehouse"
_INTERNAL = (
    Table(
        "internal.build",
        "How this file came about; for the pipeline, not for readers.",
        ("code",),
        (
            Column("code", "VARCHAR", "Hash of tenant, terms and declared tables", is_required=True),
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


@dataclass(frozen=True, slots=True)
class Files:
    """The lake files of one table: all by partition value, and which of them are not what was loaded last.

    Args:
        standing: every file that there is.
        stamps: what tells each from another content.
        changed: values whose file is new or another one.
        dropped: values that were loaded and have no file any more.
    """

    standing: dict[str, Path]
    stamps: dict[str, str]
    changed: tuple[str, ...]
    dropped: tuple[str, ...]


def create_tables(engine: duckdb.DuckDBPyConnection, code: str) -> None:
    """Create every table, empty, every view, with their comments, and the memory of what was loaded."""
    engine.execute("create schema internal")
    for table in _INTERNAL:
        _create(engine, table, table.columns)
    for table in CALENDAR:
        _create(engine, table, table.all_columns)
    for model in MODELS:
        if model.is_view:
            engine.execute(f"create view {model.table.name} as {statement(PACKAGE, model.table.name)}")
            _comment(engine, "view", model.table, model.table.all_columns)
        else:
            _create(engine, model.table, model.table.all_columns)
    engine.execute("insert into internal.build values (?, 0)", [code])


def stands(engine: duckdb.DuckDBPyConnection, code: str) -> bool:
    """Whether this file was made by the same code, and has not been replaced so often that it is mostly holes."""
    made_by, replaced = engine.execute("select code, replaced_rows from internal.build").fetchall()[0]
    rows = sum(rows_in(engine, model.table.name) for model in MODELS if not model.is_view) if made_by == code else 0
    return bool(made_by == code and replaced <= rows)


def rows_in(engine: duckdb.DuckDBPyConnection, name: str) -> int:
    """Rows of one table."""
    return int(engine.execute(f"select count(*) from {name}").fetchall()[0][0])


def files_of(engine: duckdb.DuckDBPyConnection, places: Places, table: Table) -> Files:
    """The lake files of a table, compared with those that were loaded."""
    standing = partition_files(places, table)
    stamps = {value: stamp(file) for value, file in standing.items()}
    query = "select partition, stamp from internal.lake_files where table_name = ?"
    loaded = dict(engine.execute(query, [table.name]).fetchall())
    changed = tuple(value for value, stamp in stamps.items() if loaded.get(value) != stamp)
    return Files(standing, stamps, changed, tuple(sorted(loaded.keys() - stamps.keys())))


def remember_files(engine: duckdb.DuckDBPyConnection, table: Table, files: Files) -> None:
    """Note that these files are loaded now."""
    query = "delete from internal.lake_files where table_name = $name and partition in (select unnest($values))"
    engine.execute(query, {"name": table.name, "values": [*files.changed, *files.dropped]})
    known = pa.table(
        {"value": list(files.changed), "stamp": [files.stamps[value] for value in files.changed]},
        schema=pa.schema([("value", pa.string()), ("stamp", pa.string())]),
    )
    engine.register("known", known)
    engine.execute("insert into internal.lake_files select ?, value, stamp from known", [table.name])
    engine.unregister("known")


def replace_differing(
    engine: duckdb.DuckDBPyConnection, tenant: str, table: Table, values: list[str], files: list[Path]
) -> None:
    """Delete and insert only the rows of these partitions that differ from those of these lake files.

    They stand as `former_<table>` and `newer_<table>` afterwards. A file changes as a whole when one row of it does;
    replaced as a whole, it would leave as many holes as it has rows.

    Raises:
        LakeError: a file of the lake is unreadable.
    """
    names = ", ".join(f'"{column.name}"' for column in table.all_columns if column is not TENANT)
    if not values:
        where = "where false"
    elif table.partition is None:
        where = ""
    else:
        where = f'where "{table.partition.name}" in ({", ".join(map(_quoted, values))})'
    with _lake_rows(engine, table, files):
        engine.execute(f"create or replace temp table coming as select {names} from lake_rows")
    standing = f"select {names} from {table.name} {where}"
    engine.execute(f"create or replace temp table former_{table.name} as {standing} except all from coming")
    engine.execute(f"create or replace temp table newer_{table.name} as from coming except all {standing}")
    partition = () if table.partition is None else (table.partition.name,)
    same = " and ".join(f't."{name}" = f."{name}"' for name in {*table.key, *partition})
    gone = engine.execute(f"delete from {table.name} as t using former_{table.name} as f where {same}").fetchall()
    _note_replaced(engine, gone[0][0])
    insert_from(engine, tenant, table, f"newer_{table.name}")
    engine.execute("drop table coming")


def delete_rows(engine: duckdb.DuckDBPyConnection, table: Table, values: list[str]) -> None:
    """Delete the rows of these partition values, or all of a table that has none."""
    where = ""
    if table.partition is not None:
        where = f'where "{table.partition.name}" in (select unnest(cast($values as {table.partition.type}[])))'
    gone = engine.execute(f"delete from {table.name} {where}", {"values": values} if where else None).fetchall()
    _note_replaced(engine, gone[0][0])


def _note_replaced(engine: duckdb.DuckDBPyConnection, rows: int) -> None:
    engine.execute("update internal.build set replaced_rows = replaced_rows + ?", [rows])


def insert_rows(engine: duckdb.DuckDBPyConnection, tenant: str, model: Model, files: list[Path]) -> None:
    """Insert the rows of these lake files, or what the table's SQL makes of them and of its sources.

    Raises:
        LakeError: a file of the lake is unreadable.
    """
    table = model.table
    if not model.is_loaded:
        _insert_made(engine, tenant, model)
        return
    with _lake_rows(engine, table, files):
        _insert_made(engine, tenant, model)


def _insert_made(engine: duckdb.DuckDBPyConnection, tenant: str, model: Model) -> None:
    for step in model.steps:
        engine.execute(f"create or replace temp table {step} as {statement(PACKAGE, step)}")
    made = f"({statement(PACKAGE, model.table.name)})" if model.has_sql else "lake_rows"
    insert_from(engine, tenant, model.table, made)


@contextmanager
def _lake_rows(engine: duckdb.DuckDBPyConnection, table: Table, files: list[Path]) -> Iterator[None]:
    """The rows of these files as `lake_rows`."""
    try:
        engine.register("lake_rows", dataset(table, files) if files else table.read_schema.empty_table())
        yield
    except (pa.ArrowException, OSError, duckdb.IOException, duckdb.InvalidInputException) as error:
        message = (
            f"A file of the lake table {table.name} cannot be read ({type(error).__name__}). "
            "`unite-pipeline rebuild` makes the lake again from the raw layer, without one request."
        )
        raise LakeError(message) from None  # the engine's own text may quote a row
    engine.unregister("lake_rows")


def insert_from(engine: duckdb.DuckDBPyConnection, tenant: str, table: Table, source: str) -> None:
    """Insert the rows of a relation that has the table's columns, but for the tenant."""
    names = [column.name for column in table.all_columns if column is not TENANT]
    columns = ", ".join(f'"{name}"' for name in names)
    engine.execute(f"insert into {table.name} (tenant, {columns}) select ?, {columns} from {source}", [tenant])


def _create(engine: duckdb.DuckDBPyConnection, table: Table, columns: tuple[Column, ...]) -> None:
    engine.execute(f"create table {table.name} ({', '.join(_declaration(column) for column in columns)})")
    _comment(engine, "table", table, columns)


def _comment(engine: duckdb.DuckDBPyConnection, kind: str, table: Table, columns: tuple[Column, ...]) -> None:
    engine.execute(f"comment on {kind} {table.name} is {_quoted(table.description)}")
    for column in columns:
        engine.execute(f'comment on column {table.name}."{column.name}" is {_quoted(column.description)}')


def _declaration(column: Column) -> str:
    return f'"{column.name}" {column.type}{" not null" if column.is_required else ""}'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
