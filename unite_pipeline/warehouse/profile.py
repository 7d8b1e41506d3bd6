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
MOST_ROWS = 100_000
"""Of a table that has none, so many rows."""
_VIEWS_DAY = "call_date"
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

    A view that has none would have to be reckoned as a whole: of such a one nothing is told, as if it had no rows.

    Args:
        reader: open on the warehouse, with the zone UTC: times are told as days of UTC.
        table: which one.
    """
    columns = table.all_columns
    if day_of(table) is None and _is_view(reader, table):
        return TableProfile(0, tuple(ColumnProfile(each.name, 0, "") for each in columns))
    wanted = ", ".join(f'count("{each.name}"), {_summary(each)}' for each in columns)
    row = reader.execute(f"select count(*), {wanted} from {_newest(reader, table)}").fetchall()[0]
    rows, *cells = row
    pairs = zip(columns, cells[0::2], cells[1::2], strict=True)
    profiles = (
        ColumnProfile(each.name, filled, _told(each, seen) if filled >= FEWEST_ROWS else "")
        for each, filled, seen in pairs
    )
    return TableProfile(rows, tuple(profiles))


def day_of(table: Table) -> Column | None:
    """The column that tells a row's local day, of a table or view that has a row or more for each."""
    keys = (column for column in table.columns if column.name in table.key and column.name == _VIEWS_DAY)
    return table.day or next(keys, None)


def looked_at(table: Table) -> str:
    """Which rows a profile is taken of, in words."""
    return f"the newest {DAYS} days" if day_of(table) is not None else f"at most {MOST_ROWS:,}"


def _newest(reader: duckdb.DuckDBPyConnection, table: Table) -> str:
    column = day_of(table)
    if column is None:
        return f'(from "{table.name}" limit {MOST_ROWS})'
    # Asked first and then named, so that a view is reckoned for these days alone; and of a table, not of the view.
    source = f'"{table.name}"' if table.day is not None else "calls"
    newest = reader.execute(f'select max("{column.name}") from {source}').fetchall()[0][0]
    where = "false" if newest is None else f"\"{column.name}\" > date '{newest}' - {DAYS}"
    return f'"{table.name}" where {where}'


def _is_view(reader: duckdb.DuckDBPyConnection, table: Table) -> bool:
    query = "select exists (from duckdb_views() where view_name = ?)"
    return bool(reader.execute(query, [table.name]).fetchall()[0][0])


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
