"""Warehouses to try, each with its calls in plain Python: one that came all the way from the API, and awkward ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pytest

from unite_pipeline.lake.places import Places
from unite_pipeline.simulator import CompanyPlan
from unite_pipeline.transform import rebuild_lake
from unite_pipeline.warehouse import build_warehouse
from unite_pipeline.warehouse.terms import Terms
from unite_pipeline_tests.bench import TIMEZONE, Bench
from unite_pipeline_tests.warehouse.conftest import Writer
from unite_pipeline_tests.warehouse.metrics.awkward import (
    awkward_calls,
    put_calls,
    put_coverage,
    put_owners,
    with_other_sides,
)
from unite_pipeline_tests.warehouse.metrics.plain import ZONE, PlainCall, true_calls, true_names
from unite_pipeline_tests.warehouse.metrics.reckoning import Read, Reckoning

NIGHT = datetime(2026, 11, 10, 2, tzinfo=UTC)
"""Nobody calls while the API is being read."""
BOTH_SIDES = "records of both sides"
"""In which each internal call was written down twice."""
AWKWARD = {
    "clock back": (1, date(2026, 10, 20), 10, 24),
    "clock forward": (2, date(2026, 3, 24), 9, 24),
    "window of an hour": (3, date(2026, 10, 22), 6, 1),
    "window of a week": (4, date(2026, 3, 16), 18, 168),
    BOTH_SIDES: (5, date(2026, 10, 19), 10, 24),
}
"""Seed, first day, days, and parameters.repeat_within_h. There is no holiday among them."""


@dataclass(frozen=True)
class Tried:
    """A warehouse, the calls it must be about, and names of extensions and flows by id, of contacts by number."""

    places: Places
    calls: list[PlainCall]
    read: Read
    window_h: int = 24
    names: dict[str, str] = field(default_factory=dict)

    @cached_property
    def reckoning(self) -> Reckoning:
        return Reckoning(self.calls, self.read, self.window_h)

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
    calls = true_calls(bench.simulator, date(2026, 10, 1), date(2026, 11, 10))
    return Tried(bench.places, calls, Read(date(2026, 10, 1), NIGHT), names=true_names(bench.simulator))


@pytest.fixture(scope="session", params=["company", *AWKWARD])
def tried(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tried:
    """The company, or 600 awkward calls; of their days one was not read, and the last is not over."""
    if request.param == "company":
        return request.getfixturevalue("company")
    seed, first, days, window_h = AWKWARD[request.param]
    calls = awkward_calls(seed, first, days, 600)
    if request.param == BOTH_SIDES:
        calls = with_other_sides(calls)
    noon = datetime.combine(first + timedelta(days=days - 1), time(12), ZONE).astimezone(UTC)
    read = Read(first, noon, frozenset({first + timedelta(days=days // 2)}))
    lake = Writer(Places(tmp_path_factory.mktemp("awkward") / "data", "main"))
    put_owners(lake)
    put_calls(lake, calls)
    put_coverage(lake, read)
    build_warehouse(lake.places, Terms(repeat_within_h=window_h))
    return Tried(lake.places, calls, read, window_h)
