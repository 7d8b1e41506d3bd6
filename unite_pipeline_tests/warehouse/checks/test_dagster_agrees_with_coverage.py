"""What Dagster shows as materialized is what coverage proves."""

from __future__ import annotations

from datetime import date, timedelta

from unite_pipeline.simulator import ALWAYS, Fault
from unite_pipeline_tests.bench import Bench
from unite_pipeline_tests.warehouse.checks.conftest import PLAN, Checked, Doctor, built

NAME = "dagster_agrees_with_coverage"


def test_good(good: Checked):
    """The days are the same on either side, today included."""
    assert good.run(NAME).says == "14 days materialized in Dagster, 14 days in coverage."


def test_days_that_coverage_does_not_know(doctored: Doctor):
    """Materialized days whose readings are gone are told as one run of days."""
    result = doctored("delete from coverage where day between '2026-10-20' and '2026-10-22'").run(NAME)
    assert result.violations == 3
    assert result.findings == ("2026-10-20 to 2026-10-22: materialized in Dagster, but coverage does not know it",)


def test_days_that_dagster_does_not_know(good: Checked):
    """Proven days that another instance read, or a process that was killed, are told."""
    known = frozenset(day for day in good.facts.materialized_days if day != date(2026, 10, 20))
    result = good.run(NAME, materialized_days=known)
    assert result.findings == ("2026-10-20: proven complete, but not materialized in Dagster",)


def test_a_day_that_is_green_and_not_proven(tmp_path):
    """Dagster marks each day of a range when its step ends; a day among them that is not proven is told."""
    bench = Bench(tmp_path, plan=PLAN)
    bench.faults.add(Fault("vanishing_row", endpoint="listcdrlogs", day=date(2026, 10, 20), times=ALWAYS))
    bench.sync_everything()
    result = built(bench).run(NAME)
    assert result.findings == ("2026-10-20: materialized in Dagster, but not proven complete",)


def test_days_outside_the_partitions(good: Checked):
    """Days before a start date that was moved, and days to come, are nobody's concern."""
    known = good.facts.materialized_days | {PLAN.first_day - timedelta(days=3), date(2026, 10, 29)}
    assert good.run(NAME, materialized_days=known).passed
    assert good.run(NAME, start_date=date(2026, 10, 25)).numbers == {"materialized_days": 4, "covered_days": 4}
