"""What Dagster loads: names that users rely on, partitions through today, and where it is configured."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
import yaml

from unite_pipeline.definitions import build_definitions
from unite_pipeline.lake.tables import TABLES
from unite_pipeline.settings import Settings
from unite_pipeline.warehouse.model import WAREHOUSE_TABLES

ROOT = Path(__file__).parents[2]
TODAY = datetime.now(UTC).astimezone(ZoneInfo("Europe/Amsterdam")).date()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation that was never run."""
    return Settings(data_dir=tmp_path, start_date=date(2026, 10, 1))


@pytest.fixture
def definitions(settings: Settings) -> dg.Definitions:
    """What Dagster loads of it."""
    return build_definitions(settings)


def tick(schedule: dg.ScheduleDefinition, instance: dg.DagsterInstance):
    """What a tick of the schedule asks for just now."""
    with dg.build_schedule_context(instance=instance, scheduled_execution_time=datetime.now(UTC)) as context:
        return schedule.evaluate_tick(context)


def test_asset_keys_are_the_promised_ones(definitions: dg.Definitions) -> None:
    """Every asset is named by its layer and by the word that its folder and table bear."""
    keys = {key.to_user_string() for key in definitions.resolve_asset_graph().get_all_asset_keys()}
    raw = {
        f"raw/{feed}"
        for feed in (
            "cdr_logs", "call_records", "extensions", "phonebook", "call_flows", "switches", "cdr_flows", "cdr_numbers",
            "extension_status", "extension_properties",
        )
    }  # fmt: skip
    tables = {table.name for table in TABLES}
    lake = {f"lake/{name}" for name in tables - {"rejected_rows"}}
    warehouse = {f"warehouse/{table.name}" for table in WAREHOUSE_TABLES}
    assert keys == raw | lake | warehouse | {"proof/sync", "audio/recordings", "report/index"}


def test_days_run_from_the_start_date_through_today(definitions: dg.Definitions) -> None:
    """The dated assets have one partition a local day, the first is UNITE_START_DATE and the last is today."""
    graph = definitions.resolve_asset_graph()
    for key in (["raw", "cdr_logs"], ["lake", "calls"], ["lake", "call_legs"]):
        partitions = graph.get(dg.AssetKey(key)).partitions_def.get_partition_keys()
        assert (partitions[0], partitions[-1]) == ("2026-10-01", str(TODAY))


def test_definitions_load(definitions: dg.Definitions) -> None:
    """Dagster accepts the definitions as a whole, jobs and schedule included."""
    dg.Definitions.validate_loadable(definitions)
    names = {job.name for job in definitions.resolve_all_job_defs()}
    assert {"sync", "sync_calls"} <= names


def test_every_table_shows_its_columns(definitions: dg.Definitions) -> None:
    """Lake and warehouse assets show name, type and description of each column, and whether it may be NULL."""
    graph = definitions.resolve_asset_graph()
    of_the_lake = {table.name for table in TABLES} - {"rejected_rows"}
    for table in WAREHOUSE_TABLES:
        layers = ("lake", "warehouse") if table.name in of_the_lake else ("warehouse",)
        for layer in layers:
            schema = graph.get(dg.AssetKey([layer, table.name])).metadata["dagster/column_schema"]
            shown = [(each.name, each.type, each.description, each.constraints.nullable) for each in schema.columns]
            assert shown == [
                (each.name, each.type, each.description, not each.is_required)
                for each in (table.all_columns if layer == "warehouse" else table.lake_columns)
            ]
            assert all(each.description for each in schema.columns)


@pytest.mark.parametrize(("has_token", "status"), [(True, "RUNNING"), (False, "STOPPED")], ids=["token", "none"])
def test_hourly_runs_by_itself_only_with_a_token(settings: Settings, *, has_token: bool, status: str) -> None:
    """The schedule is on from the start where there is a login token, and off where it could only fail."""
    if has_token:
        (settings.data_dir / "login_token").write_text("token")
    schedule = build_definitions(settings).resolve_schedule_def("hourly")
    assert schedule.default_status.value == status


def test_hourly_asks_for_what_is_open(settings: Settings) -> None:
    """A tick asks for one run over the days that are not proven, at most a window's worth, through today."""
    definitions = build_definitions(settings)
    schedule = definitions.resolve_schedule_def("hourly")
    with dg.instance_for_test() as instance:
        requests = tick(schedule, instance).run_requests
    tags = requests[0].tags
    assert len(requests) == 1
    assert tags["dagster/asset_partition_range_end"] == str(TODAY)
    assert date.fromisoformat(tags["dagster/asset_partition_range_start"]) >= date(2026, 10, 1)
    assert "unite_pipeline/reread" not in tags


def test_hourly_asks_for_older_days_too(tmp_path: Path) -> None:
    """Days before the newest range are asked for in a run of their own, that lets others go first."""
    settings = Settings(data_dir=tmp_path, start_date=date(2026, 1, 1))
    schedule = build_definitions(settings).resolve_schedule_def("hourly")
    with dg.instance_for_test() as instance:
        newest, older = tick(schedule, instance).run_requests
    assert older.tags["unite_pipeline/older"] == "true"
    assert older.tags["dagster/asset_partition_range_end"] < newest.tags["dagster/asset_partition_range_start"]


@pytest.mark.parametrize("kind", ["command line", "UI"])
def test_hourly_waits_for_no_dead_process(settings: Settings, kind: str) -> None:
    """A run whose process is gone is ended by the next tick, which then asks for its own run."""
    schedule = build_definitions(settings).resolve_schedule_def("hourly")
    with dg.instance_for_test() as instance:
        tags = {"unite_pipeline/lock": "gone"} if kind == "command line" else {}
        run = instance.add_run(dg.DagsterRun(job_name="sync", status=dg.DagsterRunStatus.STARTED, tags=tags))
        if kind == "UI":
            lock = settings.data_dir / "locks" / f"run-{run.run_id}.lock"
            lock.parent.mkdir()
            lock.touch()
        assert len(tick(schedule, instance).run_requests) == 1
        assert instance.get_run_by_id(run.run_id).status is dg.DagsterRunStatus.FAILURE


def test_hourly_waits_for_the_former_run(settings: Settings) -> None:
    """A tick skips while a refresh is under way."""
    schedule = build_definitions(settings).resolve_schedule_def("hourly")
    with dg.instance_for_test() as instance:
        tags = {"dagster/schedule_name": "hourly"}
        instance.add_run(dg.DagsterRun(job_name="sync", status=dg.DagsterRunStatus.STARTED, tags=tags))
        ticked = tick(schedule, instance)
    assert ticked.run_requests == []
    assert "still under way" in ticked.skip_message


def test_every_way_to_start_dagster_loads_the_same() -> None:
    """pyproject.toml, workspace.yaml and the one we ship name the same module under the same location name."""
    block = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["dagster"]
    shipped = yaml.safe_load(files("unite_pipeline").joinpath("workspace.yaml").read_text())
    checkout = yaml.safe_load((ROOT / "workspace.yaml").read_text())
    for workspace in (shipped, checkout):
        module = workspace["load_from"][0]["python_module"]
        assert module["module_name"] == block["module_name"]
        assert module["location_name"] == block["code_location_name"]


def test_the_two_instance_files_agree() -> None:
    """dagster.yaml of the checkout is the shipped one, and says besides where the instance stands."""
    shipped = yaml.safe_load(files("unite_pipeline").joinpath("dagster.yaml").read_text())
    checkout = yaml.safe_load((ROOT / "dagster.yaml").read_text())
    assert {name: value for name, value in checkout.items() if name in shipped} == shipped
    assert checkout["storage"]["sqlite"]["base_dir"] == "data/dagster"
    assert shipped["telemetry"]["enabled"] is False
