"""What may be told of a table outside the warehouse: how far its columns are filled, their extremes, counts by code.

Here: sums over many rows, of columns that are declared harmless. Not here: a row, or how it is shown
(`defs/preview.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from unite_pipeline.lake.table import Column, Table

FEWEST_ROWS = 5
"""Of a column that is filled in fewer rows nothing is told: an extreme of them would be somebody's."""
DAYS = 28
"""Of a table that has days only the newest are looked at, so that the look costs the same however long the history."""
_TIMES = ("DATE", "TIMESTAMP", "TIMESTAMPTZ")


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """What the rows say of one column.

    Args:
        name: the column.
        filled: rows in which it is not NULL.
        told: the first and the last day, the least, middle and greatest value, or counts by code; empty if personal.
    """

    name: str
    filled: int
    told: str


@dataclass(frozen=True, slots=True)
class TableProfile:
    """What the rows that were looked at say of a table.

    Args:
        rows: how many were looked at.
        columns: in the table's order, personal ones included.
    """

    rows: int
    columns: tuple[ColumnProfile, ...]


def profile_of(reader: duckdb.DuckDBPyConnection, table: Table) -> TableProfile:
    """Look at a table of the warehouse, at the newest `DAYS` of one that has days.

    Args:
        reader: open on the warehouse, with the zone UTC: times are told as days of UTC.
        table: which one.
    """
    columns = table.all_columns
    wanted = ", ".join(f'count("{each.name}"), {_summary(each)}' for each in columns)
    row = reader.execute(f"select count(*), {wanted} from {_newest(table)}").fetchall()[0]
    rows, *cells = row
    pairs = zip(columns, cells[0::2], cells[1::2], strict=True)
    profiles = (
        ColumnProfile(each.name, filled, _told(each, seen) if filled >= FEWEST_ROWS else "")
        for each, filled, seen in pairs
    )
    return TableProfile(rows, tuple(profiles))


def day_of(table: Table) -> Column | None:
    """The column that tells a row's local day, of a table that stands by day."""
    return table.partition if table.partition is not None and table.partition.type == "DATE" else None


def _newest(table: Table) -> str:
    column = day_of(table)
    if column is None:
        return f'"{table.name}"'
    day = f'"{column.name}"'
    return f'"{table.name}" where {day} > (select max({day}) from "{table.name}") - {DAYS}'


def _summary(column: Column) -> str:
    name = f'"{column.name}"'
    if column.codes or column.type == "BOOLEAN":
        return f"histogram({name}::varchar)"
    if column.type in _TIMES:
        return f"[min({name})::date, max({name})::date]"
    if column.is_measure:
        return f"[min({name}), median({name}), max({name})]"
    return "null"


def _told(column: Column, seen: Any) -> str:
    if not column.is_harmless:
        return ""
    if isinstance(seen, dict):
        return _by_code(column, seen)
    return " to ".join(map(str, seen)) if column.type in _TIMES else " / ".join(f"{each:,.10g}" for each in seen)


def _by_code(column: Column, counts: dict[str, int]) -> str:
    """Counts by value. A text that is none of the known codes may be anything, so it is counted and not told."""
    codes = ("true", "false") if column.type == "BOOLEAN" else column.codes
    told = [f"{code} {counts[code]}" for code in codes if code in counts]
    others = sum(counts.values()) - sum(counts.get(code, 0) for code in codes)
    return ", ".join([*told, f"other {others}"] if others else told)
