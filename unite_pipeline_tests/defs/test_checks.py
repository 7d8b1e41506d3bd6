"""The checks in Dagster: in a job of their own, once a day by themselves, and never in the way of anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from unite_pipeline.cli.provision import provision_with
from unite_pipeline.definitions import build_definitions
from unite_pipeline.defs.alerts import ended_of
from unite_pipeline.defs.requests import RANGE_END, RANGE_START
from unite_pipeline.installation import Unite
from unite_pipeline.lake.places import Places
from unite_pipeline.settings import Settings, load_settings
from unite_pipeline.simulator import ALWAYS, CompanyPlan, Fault, Simulator
from unite_pipeline.simulator.server import serve
from unite_pipeline.warehouse.checks import CHECKS
from unite_pipeline.warehouse.checks.evidence import EXCUSED_AFTER_MIDNIGHT
from unite_pipeline_tests.end_to_end.installation import ZONE, days_ago, silent

SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
PLAN = CompanyPlan(seed=21, first_day=days_ago(5), calls_per_working_day=30, extension_count=5)
ALL = {(f"warehouse/{check.table}", check.name) for check in CHECKS}


@dataclass
class Installed:
    """An installation on a served simulator, with a Dagster instance in memory."""

    settings: Settings
    simulator: Simulator
    instance: dg.DagsterInstance

    @property
    def places(self) -> Places:
        return Places(self.settings.data_dir, self.settings.tenant)

    def run(self, job: str = "sync", oldest: int = 5) -> dg.ExecuteInProcessResult:
        """Run a job; a sync of the days from so many ago through today."""
        tags = {RANGE_START: str(days_ago(oldest)), RANGE_END: str(days_ago(0))} if job == "sync" else {}
        return (
            build_definitions(self.settings)
            .resolve_job_def(job)
            .execute_in_process(instance=self.instance, run_config=SILENT, tags=tags, raise_on_error=False)
        )

    def check(self, oldest: int = 5) -> dg.ExecuteInProcessResult:
        """Sync, and then run the checks."""
        assert self.run(oldest=oldest).success
        return self.run("checks")


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Installed]:
    """A company where nothing happens while the test looks, provisioned and not synced."""
    simulator = Simulator(silent(PLAN), period_s=2.0)
    with serve(simulator) as served, dg.DagsterInstance.ephemeral() as instance:
        settings = load_settings(
            base_url=served.base_url, data_dir=tmp_path, start_date=PLAN.first_day, rate_period_s=2.0, login_token=None
        )
        provision_with(settings, simulator.enable_invitation())
        yield Installed(settings, simulator, instance)


def outcomes(result: dg.ExecuteInProcessResult) -> dict[tuple[str, str], dg.AssetCheckEvaluation]:
    """What each check of a run came to."""
    return {(each.asset_key.to_user_string(), each.check_name): each for each in result.get_asset_check_evaluations()}


def failed(result: dg.ExecuteInProcessResult) -> set[tuple[str, str]]:
    """The checks of a run that did not pass."""
    return {key for key, each in outcomes(result).items() if not each.passed}


def test_the_job_runs_every_check(installed: Installed) -> None:
    """After a sync of all days each check is evaluated against the warehouse of that sync, and passes."""
    result = installed.check()
    assert result.success
    assert set(outcomes(result)) == ALL
    assert failed(result) == set()


def test_failed_checks_hide_nothing(installed: Installed) -> None:
    """An error fails the run by its name and remedy, which is what an alert tells; all checks are shown all the same.

    A warning beside it is not named.
    """
    installed.simulator.faults.add(Fault("wrong_type", endpoint="listphonebookitems", field="id", times=ALWAYS))
    installed.simulator.faults.add(Fault("duplicate_uniqueid", endpoint="listphonebookitems", times=ALWAYS))
    result = installed.check(oldest=1)
    assert not result.success
    assert set(outcomes(result)) == ALL
    assert failed(result) == {
        ("warehouse/coverage", "coverage_without_holes"),
        ("warehouse/rejected_rows", "rejected_rows"),
    }
    severities = {key[1]: each.severity for key, each in outcomes(result).items() if not each.passed}
    assert severities["coverage_without_holes"] is dg.AssetCheckSeverity.ERROR
    assert severities["rejected_rows"] is dg.AssetCheckSeverity.WARN
    kept = installed.instance.event_log_storage.get_latest_asset_check_execution_by_key(
        [dg.AssetCheckKey(dg.AssetKey(table.split("/")), name) for table, name in ALL]
    )
    assert Counter(each.status.value for each in kept.values()) == {"SUCCEEDED": len(ALL) - 2, "FAILED": 2}
    told = ended_of(installed.instance, installed.instance.get_run_record_by_id(result.run_id))
    assert (told.job, told.failure) == ("checks", "checks failed: coverage_without_holes")
    assert told.reason.startswith("1 checks failed: coverage_without_holes of coverage: Days that are not proven")
    assert told.to_do.startswith("Run `unite-pipeline sync`: it asks for every day that is not proven.")


def test_a_warning_is_no_failure(installed: Installed) -> None:
    """A warning alone leaves the run of the checks a success: nobody is woken for it."""
    installed.simulator.faults.add(Fault("wrong_type", endpoint="listcdrlogs", field="duration", times=ALWAYS))
    result = installed.check()
    assert failed(result) == {("warehouse/rejected_rows", "rejected_rows")}
    assert result.success


def test_what_dagster_shows(installed: Installed) -> None:
    """A failed check shows what is wrong, how much of it, the first rows, the SQL, and what to do."""
    # Just after midnight yesterday need not be covered yet: the check then ends a day earlier.
    due = (datetime.now(UTC) - EXCUSED_AFTER_MIDNIGHT).astimezone(ZONE).date() - timedelta(days=1)
    check = outcomes(installed.check(oldest=(days_ago(0) - due).days))["warehouse/coverage", "coverage_without_holes"]
    first, last = PLAN.first_day, due - timedelta(days=1)
    open_days = (due - first).days
    assert check.description.startswith(
        f"Days that are not proven complete: {open_days}. {first} to {last}: never read. "
        "What to do: Run `unite-pipeline sync`"
    )
    shown = {name: value.value for name, value in check.metadata.items()}
    assert (shown["violations"], shown["days"], shown["complete_days"]) == (open_days, open_days + 1, 1)
    assert shown["looked_at"] == f"{open_days + 1} days looked at, {first} to {due}"
    rows = [record.data for record in check.metadata["first_violations"].records]
    assert rows == [{"violations": open_days, "first_day": str(first), "last_day": str(last)}]
    assert shown["sql"].startswith("```sql\n-- A violation: a local day")
    assert f"-- $first_day = {first}\n" in shown["sql"]
    assert shown["what_to_do"].startswith("Run `unite-pipeline sync`")
    assert shown["what_it_means"].startswith("Every local day")


def test_the_days_that_dagster_has_are_compared(installed: Installed) -> None:
    """A proven day whose materialization Dagster lost is told by the job `checks`, without a request."""
    assert installed.run().success
    installed.instance.wipe_assets([dg.AssetKey(["raw", "cdr_logs"])])
    before = len(installed.simulator.requests)
    result = installed.run("checks")
    assert result.success
    assert set(outcomes(result)) == ALL
    assert failed(result) == {("warehouse/coverage", "dagster_agrees_with_coverage")}
    assert len(installed.simulator.requests) == before


def test_a_check_that_breaks_down_hides_no_other(installed: Installed) -> None:
    """Where a file of ours is unreadable the step fails and names it, after all checks that do not need it."""
    assert installed.run().success
    next(installed.places.raw.glob("cdr_logs/*/*/*/manifest.json")).write_text("{")
    result = installed.run("checks")
    assert not result.success
    needing = {check.name for check in CHECKS if {"readings", "day_readings", "sent_fields"} & set(check.evidence)}
    assert len(needing) == 4
    assert set(outcomes(result)) == {(table, name) for table, name in ALL if name not in needing}
    failure = next(event for event in result.all_events if event.is_step_failure).step_failure_data
    assert failure.user_failure_data.description.startswith("4 checks could not be run: The manifest")


def test_without_a_warehouse(installed: Installed) -> None:
    """Before the first sync the job says what to do, and the schedule waits."""
    result = installed.run("checks")
    event = next(event for event in result.all_events if event.is_step_failure)
    assert "run `unite-pipeline sync`" in event.step_failure_data.user_failure_data.description
    schedule = build_definitions(installed.settings).resolve_schedule_def("daily_checks")
    moment = datetime.now(UTC)
    with dg.build_schedule_context(instance=installed.instance, scheduled_execution_time=moment) as context:
        assert "no warehouse to check" in schedule.evaluate_tick(context).skip_message
        installed.places.warehouse.touch()
        assert len(schedule.evaluate_tick(context).run_requests) == 1


@pytest.mark.parametrize(("has_token", "status"), [(True, "RUNNING"), (False, "STOPPED")], ids=["token", "none"])
def test_checks_run_daily_where_syncs_do(tmp_path: Path, *, has_token: bool, status: str) -> None:
    """The daily look is on from the start where there is a login token, as the hourly refresh is."""
    if has_token:
        (tmp_path / "login_token").write_text("token")
    definitions = build_definitions(Settings(data_dir=tmp_path, start_date=days_ago(3)))
    assert definitions.resolve_schedule_def("daily_checks").default_status.value == status


def test_a_warehouse_that_stands_still_gets_old(installed: Installed) -> None:
    """Checks alone, days after the last sync, tell that feeds are out of date: no sync is needed for that."""
    assert installed.run().success
    clock = Unite(installed.settings).clock
    later = type(clock)(
        boot=clock.boot, utc=lambda: clock.utc() + timedelta(days=2), sleep=clock.sleep, boot_id=clock.boot_id
    )
    with Unite(installed.settings, later) as unite:
        result = (
            build_definitions(installed.settings, unite=unite)
            .resolve_job_def("checks")
            .execute_in_process(instance=installed.instance, run_config=SILENT, raise_on_error=False)
        )
    assert not result.success
    assert {name for _, name in failed(result)} == {"freshness", "coverage_without_holes"}
