"""A company synced once, its warehouse, and copies of it in which something is wrong, for the tests of checks."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from unite_pipeline.extract import cdr_window
from unite_pipeline.extract.plan import FINAL_AFTER
from unite_pipeline.extract.rotation import PERIOD
from unite_pipeline.extract.verdict import BY_TURNS, EVERY
from unite_pipeline.lake.places import Places
from unite_pipeline.simulator import CompanyPlan
from unite_pipeline.transform import rebuild_lake
from unite_pipeline.warehouse import build_warehouse
from unite_pipeline.warehouse.checks import CHECKS, CheckResult, Facts, Rhythm, run_check
from unite_pipeline_tests.bench import TIMEZONE, Bench

PLAN = CompanyPlan(seed=1, first_day=date(2026, 10, 15))
"""Both sides of a clock change, on 2026-10-25."""


@dataclass(frozen=True)
class Checked:
    """A data directory and what its checks are told."""

    places: Places
    facts: Facts

    def run(self, name: str, table: str | None = None, **facts: Any) -> CheckResult:
        """Run the check of that name, of one table where there are several, told other facts where named."""
        check = next(each for each in CHECKS if each.name == name and table in (None, each.table))
        return run_check(self.places, check, replace(self.facts, **facts))


def told(bench: Bench, **facts: Any) -> Facts:
    """What the checks are told as of now, as `defs/checks.py` tells it."""
    today = bench.clock.utc().date()
    days = (today - bench.plan.first_day).days + 1
    return Facts(
        **{
            "now": bench.clock.utc(),
            "timezone": TIMEZONE,
            "start_date": bench.plan.first_day,
            "lookback_days": 2,
            "final_after": FINAL_AFTER,
            "rhythms": (
                Rhythm(cdr_window.FEED, timedelta()),
                *(Rhythm(feed, every) for feed, every in EVERY.items()),
                *(Rhythm(feed, PERIOD, is_by_turns=True) for feed in BY_TURNS),
            ),
            "materialized_days": frozenset(bench.plan.first_day + timedelta(days=number) for number in range(days)),
            **facts,
        }
    )


def built(bench: Bench) -> Checked:
    """Lake and warehouse of what was read so far."""
    rebuild_lake(bench.places, TIMEZONE)
    build_warehouse(bench.places)
    return Checked(bench.places, told(bench))


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A company that was synced four times, an hour apart, the last time just now."""
    bench = Bench(tmp_path_factory.mktemp("good") / "data", plan=PLAN)
    for hour in range(4):
        bench.time.pass_time(3600 if hour else 0)
        bench.sync_everything()
    return bench


@pytest.fixture(scope="session")
def good(company: Bench) -> Checked:
    """Its warehouse, in which nothing is wrong. Not to be changed: see `doctored`."""
    return built(company)


Doctor = Callable[..., Checked]


@pytest.fixture
def doctored(good: Checked, tmp_path: Path) -> Doctor:
    """Makes a copy of the good warehouse in which statements were executed."""

    def make(*statements: str) -> Checked:
        root = tmp_path / "doctored"
        places = Places(root, good.places.tenant)
        if not root.exists():
            root.mkdir()
            shutil.copytree(good.places.raw, places.raw)
            shutil.copyfile(good.places.warehouse, places.warehouse)
        with duckdb.connect(str(places.warehouse)) as warehouse:
            warehouse.execute("set timezone = 'UTC'")
            for statement in statements:
                warehouse.execute(statement)
        return Checked(places, good.facts)

    return make
