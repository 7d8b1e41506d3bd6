"""Questions to the warehouse: every table and view, of a month and as a whole, and the example queries of the demo.

Here: the questions and how long they take, the second time they are asked on an open file.
"""

from __future__ import annotations

import time
from importlib import resources

import duckdb

from unite_pipeline.lake.places import Places
from unite_pipeline.lake.table import Table
from unite_pipeline.lake.tables import TABLES
from unite_pipeline.warehouse.model import MODELS

_LOADED = {table.name for table in TABLES}


def ask_all(places: Places) -> str:
    """Ask them on a fresh connection with two threads; Markdown."""
    lines = ["### Questions", "", "| question | rows | a month s | everything s |", "|---|---|---|---|"]
    with duckdb.connect(str(places.warehouse), read_only=True, config={"threads": 2}) as reader:
        lines += [_of_a_mart(reader, model.table) for model in MODELS if model.table.name not in _LOADED]
        for file in sorted(resources.files("unite_pipeline.cli").joinpath("questions").iterdir(), key=lambda f: f.name):
            query = file.read_text(encoding="utf-8").rstrip().rstrip(";")
            lines.append(f"| {file.name} | {_rows(reader, query)} | | {_seconds(reader, query)} |")
    return "\n".join(lines)


def _of_a_mart(reader: duckdb.DuckDBPyConnection, table: Table) -> str:
    names = [column.name for column in table.all_columns]
    day = next((name for name in ("call_date", "month") if name in names), None)
    # The greatest value of each column has every column of every row reckoned, and no time spent on showing them.
    whole = f"select max(columns(*)) from {table.name}"
    month = ""
    if day is not None:
        recent = f"where {day} >= (select max(call_date) - 31 from calls_by_hour)"
        month = str(_seconds(reader, f"from {table.name} {recent}"))
    return f"| {table.name} | {_rows(reader, f'from {table.name}')} | {month} | {_seconds(reader, whole)} |"


def _rows(reader: duckdb.DuckDBPyConnection, query: str) -> str:
    return f"{reader.execute(f'select count(*) from ({query})').fetchall()[0][0]:,}"


def _seconds(reader: duckdb.DuckDBPyConnection, query: str) -> float:
    took = 0.0
    for _ in range(2):
        began = time.perf_counter()
        reader.sql(query).to_arrow_table()
        took = time.perf_counter() - began
    return round(took, 3)
