"""Warehouses to report on: one that came all the way from the API, and awkward calls on purpose."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from unite_pipeline.lake.places import Places
from unite_pipeline.simulator import CompanyPlan
from unite_pipeline.transform import rebuild_lake
from unite_pipeline.warehouse import build_warehouse
from unite_pipeline_tests.bench import TIMEZONE, Bench
from unite_pipeline_tests.report.pages import Reported, reported
from unite_pipeline_tests.warehouse.conftest import Writer
from unite_pipeline_tests.warehouse.metrics.awkward import awkward_calls, put_calls, put_coverage, put_owners
from unite_pipeline_tests.warehouse.metrics.plain import ZONE
from unite_pipeline_tests.warehouse.metrics.reckoning import Read

NIGHT = datetime(2026, 11, 10, 2, tzinfo=UTC)
"""Nobody calls while the API is being read."""
AWKWARD_DAY = date(2026, 10, 12)


def midnight(day: date) -> datetime:
    """When that local day begins."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    """The default company from 1 October to 9 November 2026; the clock goes back on 25 October."""
    bench = Bench(tmp_path_factory.mktemp("company") / "data", now=NIGHT, plan=CompanyPlan())
    bench.sync_everything()
    rebuild_lake(bench.places, TIMEZONE)
    build_warehouse(bench.places)
    return reported(bench.places, last_day=date(2026, 11, 9))


@pytest.fixture(scope="session", params=["company", "awkward"])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Reported:
    """The company's, or one of 600 awkward calls around the hour that comes twice, of days that were all read."""
    if request.param == "company":
        return request.getfixturevalue("company")
    lake = Writer(Places(tmp_path_factory.mktemp("awkward") / "data", "main"))
    put_owners(lake)
    put_calls(lake, awkward_calls(1, AWKWARD_DAY, 21, 600))
    put_coverage(lake, Read(AWKWARD_DAY, midnight(AWKWARD_DAY + timedelta(days=21))))
    build_warehouse(lake.places)
    return reported(lake.places, last_day=AWKWARD_DAY + timedelta(days=20))


@pytest.fixture
def lake(tmp_path) -> Writer:
    """A writer of the lake of an empty data directory."""
    return Writer(Places(tmp_path / "data", "main"))
