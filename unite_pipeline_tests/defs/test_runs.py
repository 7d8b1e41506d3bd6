"""Runs as operators start them from the UI: one day, one asset, a range, against the served simulator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from unite_pipeline.cli.provision import provision_with
from unite_pipeline.definitions import build_definitions
from unite_pipeline.lake.manifests import finished_reads
from unite_pipeline.lake.places import Places
from unite_pipeline.settings import Settings, load_settings
from unite_pipeline.simulator import ALWAYS, Company, CompanyPlan, Fault, Simulator
from unite_pipeline.simulator.server import serve
from unite_pipeline.warehouse.model import WAREHOUSE_TABLES
from unite_pipeline_tests.end_to_end.installation import busiest_day, days_ago

SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
PLAN = CompanyPlan(seed=13, first_day=days_ago(9), calls_per_working_day=30, extension_count=5)


class Operator:
    """Somebody who starts runs on one installation."""

    def __init__(self, settings: Settings, simulator: Simulator, instance: dg.DagsterInstance) -> None:
        self.settings, self.simulator, self.instance = settings, simulator, instance
        self.places = Places(settings.data_dir, settings.tenant)

    def run(self, *assets: str, tags: dict[str, str] | None = None) -> dg.ExecuteInProcessResult:
        """Start a run of the whole job, or of some assets of it."""
        selection = [dg.AssetKey(asset.split("/")) for asset in assets] or None
        return (
            build_definitions(self.settings)
            .resolve_job_def("sync")
            .execute_in_process(
                instance=self.instance,
                run_config=SILENT,
                tags=tags or {},
                asset_selection=selection,
                raise_on_error=False,
            )
        )

    def calls(self) -> int:
        """Calls in the warehouse."""
        with duckdb.connect(str(self.places.warehouse), read_only=True) as warehouse:
            return warehouse.execute("select count(*) from calls").fetchone()[0]


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    """An installation on a served simulator, with a Dagster instance in memory."""
    simulator = Simulator(Company(PLAN), period_s=2.0)
    with serve(simulator) as served, dg.DagsterInstance.ephemeral() as instance:
        settings = load_settings(
            base_url=served.base_url, data_dir=tmp_path, start_date=PLAN.first_day, rate_period_s=2.0, login_token=None
        )
        provision_with(settings, simulator.enable_invitation())
        yield Operator(settings, simulator, instance)


def day_tags(first: int, last: int | None = None) -> dict[str, str]:
    """The tags of a run of one day, or of a range of days."""
    if last is None:
        return {"dagster/partition": str(days_ago(first))}
    return {
        "dagster/asset_partition_range_start": str(days_ago(first)),
        "dagster/asset_partition_range_end": str(days_ago(last)),
    }


def test_one_day(operator: Operator) -> None:
    """A run of one partition reads that day alone, brings it to the warehouse, and reports that partition."""
    assert operator.run(tags=day_tags(4)).success
    assert operator.calls() == len(operator.simulator.truth.calls(days_ago(4), days_ago(4)))
    made = operator.instance.get_materialized_partitions(dg.AssetKey(["raw", "cdr_logs"]))
    assert made == {str(days_ago(4))}


def newest_metadata(operator: Operator, asset: str, ago: int) -> dict[str, object]:
    """What the newest materialization of a day tells."""
    event = operator.instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=dg.AssetKey(asset.split("/")), asset_partitions=[str(days_ago(ago))]), 1
    ).records[0]
    return {name: value.value for name, value in event.asset_materialization.metadata.items()}


def test_a_range_reports_rows_of_each_day(operator: Operator) -> None:
    """After a range run, and after another that had nothing to do, each day tells its own rows and its proof."""
    for _ in range(2):
        assert operator.run(tags=day_tags(6, 3)).success
        for ago in range(3, 7):
            calls = operator.simulator.truth.calls(days_ago(ago), days_ago(ago))
            read = newest_metadata(operator, "raw/cdr_logs", ago)
            assert (read["dagster/row_count"], read["is_complete"], read["is_final"]) == (len(calls), True, True)
            assert newest_metadata(operator, "lake/calls", ago)["dagster/row_count"] == len(calls)
            legs = sum(len(call.legs) for call in calls)
            assert newest_metadata(operator, "lake/call_legs", ago)["dagster/row_count"] == legs


def test_coverage_is_made_after_what_it_speaks_of(operator: Operator) -> None:
    """One run is enough for coverage to show every day and every list: the tables have taken the reads in before."""
    assert operator.run(tags=day_tags(6, 3)).success
    with duckdb.connect(str(operator.places.warehouse), read_only=True) as warehouse:
        rows = warehouse.execute("select feed, count(*) from coverage where is_complete group by feed").fetchall()
    raw_feeds = {folder.name for folder in operator.places.raw.iterdir()}
    assert dict(rows) == {**dict.fromkeys(raw_feeds, 1), "cdr_logs": 4}


def test_days_that_were_never_read_are_no_days_without_calls(operator: Operator) -> None:
    """With an API that is down no partition is made, and each day of the run says that it is not proven."""
    operator.simulator.faults.add(Fault("status_false", endpoint="listcdrlogs", times=ALWAYS))
    assert not operator.run(tags=day_tags(6, 3)).success
    assert list(operator.places.table("calls").glob("call_date=*")) == []
    for ago in range(3, 7):
        assert newest_metadata(operator, "raw/cdr_logs", ago)["is_complete"] is False
        assert newest_metadata(operator, "lake/calls", ago)["has_partition"] is False
        assert "dagster/row_count" not in newest_metadata(operator, "lake/calls", ago)


def test_a_proven_day_is_not_asked_again_unless_told(operator: Operator) -> None:
    """Materializing a proven, final day again costs no request for calls; with the tag it is read again."""
    assert operator.run("raw/cdr_logs", tags=day_tags(5)).success
    before = len(operator.simulator.requests)
    assert operator.run("raw/cdr_logs", tags=day_tags(5)).success
    assert len(operator.simulator.requests) == before
    assert operator.run("raw/cdr_logs", tags={**day_tags(5), "unite_pipeline/reread": "true"}).success
    assert len(operator.simulator.requests) > before
    assert len(finished_reads(operator.places.raw, "cdr_logs", operator.settings.tenant)) == 2


def test_a_run_without_days_says_what_to_do(operator: Operator) -> None:
    """The whole job without a partition fails before any call is asked for, and says what to choose."""
    result = operator.run()
    failed = {event.step_key: event for event in result.all_events if event.is_step_failure}
    assert "Choose partitions" in failed["raw__cdr_logs"].step_failure_data.user_failure_data.description
    assert "listcdrlogs" not in {record.endpoint for record in operator.simulator.requests}


def test_the_job_of_older_days_judges_calls_alone(operator: Operator) -> None:
    """`sync_calls` asks for no list, so its last step judges none."""
    result = (
        build_definitions(operator.settings)
        .resolve_job_def("sync_calls")
        .execute_in_process(instance=operator.instance, run_config=SILENT, tags=day_tags(6, 5), raise_on_error=False)
    )
    assert result.success
    endpoints = {record.endpoint for record in operator.simulator.requests}
    assert endpoints == {"appprovision", "applogin", "listcdrlogs"}


@pytest.mark.parametrize(
    "assets",
    [
        ("raw/extensions",),
        ("raw/phonebook", "lake/contacts", "lake/contact_history"),
        ("lake/coverage",),
        tuple(f"warehouse/{table.name}" for table in WAREHOUSE_TABLES),
    ],
    ids=["a list", "a feed to the lake", "coverage", "the warehouse"],
)
def test_assets_by_themselves(operator: Operator, assets: tuple[str, ...]) -> None:
    """Single assets can be made without a partition and without the rest."""
    assert operator.run(tags=day_tags(5, 4)).success
    assert operator.run(*assets).success


def test_a_lake_day_is_made_again_by_itself(operator: Operator) -> None:
    """A lake partition that somebody deleted comes back from the raw layer, without a request."""
    assert operator.run(tags=day_tags(5, 4)).success
    lost = operator.places.table("calls") / f"call_date={days_ago(5)}" / "part.parquet"
    content = lost.read_bytes()
    lost.unlink()
    before = len(operator.simulator.requests)
    assert operator.run("lake/calls", "lake/call_legs", tags=day_tags(5)).success
    assert lost.read_bytes() == content
    assert len(operator.simulator.requests) == before


def test_the_proof_alone_fails_for_an_open_day(operator: Operator) -> None:
    """A day that cannot be proven fails the last step and no other, and says which day and why."""
    bad = busiest_day(operator.simulator, 3, 6)
    operator.simulator.faults.add(Fault("vanishing_row", endpoint="listcdrlogs", day=bad, times=ALWAYS))
    result = operator.run(tags=day_tags(6, 3))
    failed = [event for event in result.all_events if event.is_step_failure]
    assert [event.step_key for event in failed] == ["proof__sync"]
    message = failed[0].step_failure_data.user_failure_data.description
    assert f"cdr_logs: 1 days are not proven complete ({bad})" in message
    truth = operator.simulator.truth.calls(days_ago(6), days_ago(3))
    assert operator.calls() == len(truth) - 1


@pytest.mark.parametrize(
    ("feed", "endpoint"),
    [
        ("cdr_logs", "listcdrlogs"),
        ("call_records", "listcallrecords"),
        ("extensions", "listextensions"),
        ("phonebook", "downloadphonebookdata"),
    ],
    ids=["cdr_logs", "call_records", "extensions", "phonebook"],
)
def test_a_feed_alone_fails_for_itself(operator: Operator, feed: str, endpoint: str) -> None:
    """A run without the proof step fails where its feed is not proven, is made nowhere, and says the feed and why."""
    operator.simulator.faults.add(Fault("status_false", endpoint=endpoint, times=ALWAYS))
    result = operator.run(f"raw/{feed}", tags=day_tags(6, 3) if feed == "cdr_logs" else {})
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    message = failed.step_failure_data.user_failure_data.description
    assert message.startswith(f"{feed} is not proven complete; what came is kept. ")
    assert f"endpoint {endpoint}" in message
    metadata = failed.step_failure_data.user_failure_data.metadata
    assert metadata["is_proven"].value is False
    assert operator.instance.fetch_materializations(dg.AssetKey(["raw", feed]), 1).records == []


def test_a_bad_day_alone_hides_no_other(operator: Operator) -> None:
    """Where a day of calls cannot be proven, the days that are proven are reported as made all the same."""
    bad = busiest_day(operator.simulator, 3, 6)
    operator.simulator.faults.add(Fault("vanishing_row", endpoint="listcdrlogs", day=bad, times=ALWAYS))
    assert not operator.run("raw/cdr_logs", tags=day_tags(6, 3)).success
    made = operator.instance.get_materialized_partitions(dg.AssetKey(["raw", "cdr_logs"]))
    assert made == {str(days_ago(ago)) for ago in range(3, 7)} - {str(bad)}
