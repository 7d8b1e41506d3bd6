"""A company whose calls went all the way from the simulated API to the warehouse, and the same calls in plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pytest

from unite_pipeline.lake.places import Places
from unite_pipeline.simulator import CompanyPlan
from unite_pipeline.transform import rebuild_lake
from unite_pipeline.warehouse import build_warehouse
from unite_pipeline_tests.bench import TIMEZONE, Bench
from unite_pipeline_tests.warehouse.metrics.plain import PlainCall, true_calls
from unite_pipeline_tests.warehouse.metrics.reckoning import Reckoning

NIGHT = datetime(2026, 11, 10, 2, tzinfo=UTC)
"""Nobody calls while the API is being read."""


@dataclass(frozen=True)
class Tried:
    """A warehouse, and the calls it must be about."""

    places: Places
    calls: list[PlainCall]

    @cached_property
    def reckoning(self) -> Reckoning:
        return Reckoning(self.calls)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the published warehouse."""
        with duckdb.connect(str(self.places.warehouse), read_only=True) as reader:
            reader.execute("set TimeZone = 'UTC'")
            return reader.execute(sql).fetchall()


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    """The default company from 1 October to 9 November 2026; the clock goes back on 25 October."""
    root: Path = tmp_path_factory.mktemp("company")
    bench = Bench(root, now=NIGHT, plan=CompanyPlan())
    bench.sync_everything()
    rebuild_lake(bench.places, TIMEZONE)
    build_warehouse(bench.places)
    return Tried(bench.places, true_calls(bench.simulator, date(2026, 10, 1), date(2026, 11, 10)))
