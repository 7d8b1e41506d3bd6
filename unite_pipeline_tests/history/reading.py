"""A history table as it stands in the lake, read with DuckDB as an analyst would.

Here: reading back. Not here: what must be there (`expectation.py`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb

from unite_pipeline.lake.places import Places
from unite_pipeline_tests.history.histories import VALIDITY, History, Item, Values


def rows(history: History, places: Places) -> list[tuple[Any, ...]]:
    """Every row: key, state and validity; by key and valid_from."""
    return _select(history, places, (*history.key, *history.columns, *VALIDITY))


def as_of(history: History, places: Places, instant: datetime) -> dict[Item, Values]:
    """What the table says there was at an instant; an item that it shows twice fails here."""
    found: dict[Item, Values] = {}
    where = "where valid_from <= $1 and (valid_to is null or valid_to > $1)"
    for row in _select(history, places, (*history.key, *history.columns), where, instant):
        item, values = row[: len(history.key)], row[len(history.key) :]
        assert item not in found, f"two states at once: {item}"
        found[item] = values
    return found


def columns(history: History, places: Places) -> set[str]:
    """The table's columns, as its files have them."""
    with duckdb.connect() as engine:
        return {name for name, *_ in engine.sql(f"describe {_files(history, places)}").fetchall()}


def _select(
    history: History, places: Places, names: tuple[str, ...], where: str = "", *parameters: Any
) -> list[tuple[Any, ...]]:
    listed = ", ".join(f'"{name}"' for name in names)
    order = ", ".join(f'"{name}"' for name in (*history.key, "valid_from"))
    with duckdb.connect() as engine:
        engine.execute("set timezone = 'UTC'")
        engine.execute(f"select {listed} from ({_files(history, places)}) {where} order by {order}", parameters)
        return engine.fetchall()


def _files(history: History, places: Places) -> str:
    return f"from read_parquet('{places.table(history.table)}/**/*.parquet', hive_partitioning = false)"
