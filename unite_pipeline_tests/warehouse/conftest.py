"""Writing lake files by hand, for the tests of lake → warehouse."""

# ruff: noqa: DTZ001  wall-clock times have no zone

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from unite_pipeline.lake.partitions import Staging, lake_lock
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.tables import TABLES

MOMENT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
_DEFAULTS = {
    "VARCHAR": "x",
    "JSON": "{}",
    "BOOLEAN": False,
    "INTEGER": 1,
    "BIGINT": 2,
    "TIMESTAMPTZ": MOMENT,
    "TIMESTAMP": datetime(2026, 3, 1, 9, 30),
}


@dataclass(frozen=True)
class Writer:
    """Puts rows into lake files; what a row does not say is some value of the right type.

    Without a value, of a table with partitions, they go into that of 1970.
    """

    places: Places

    def put(self, name: str, value: str | None, *rows: dict[str, Any]) -> None:
        table = next(each for each in TABLES if each.name == name)
        if value is None and table.partition is not None:
            value = "1970-01-01"
        filled = [{column.name: row.get(column.name, _DEFAULTS.get(column.type)) for column in table.columns}
                  for row in rows]  # fmt: skip
        with lake_lock(self.places), Staging(self.places) as staging:
            staging.put(table, value, pa.Table.from_pylist(filled, schema=table.schema))
            staging.commit()

    def schema(self, name: str) -> list[str]:
        """Columns of the table's files."""
        file = next(self.places.table(name).rglob("*.parquet"))
        return pq.read_schema(file).names

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the published warehouse, opened as an analyst would."""
        with duckdb.connect(str(self.places.warehouse), read_only=True) as reader:
            return reader.execute(sql).fetchall()


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """An empty data directory."""
    return Places(tmp_path / "data", "main")


@pytest.fixture
def lake(places: Places) -> Writer:
    """A writer of its lake."""
    return Writer(places)
