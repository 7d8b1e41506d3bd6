"""The report as an asset: which jobs make it, after what, and what its page in the UI tells."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from unite_pipeline.definitions import build_definitions
from unite_pipeline.defs.report import REPORT, report
from unite_pipeline.installation import Unite, places_of
from unite_pipeline.settings import Settings
from unite_pipeline.warehouse import build_warehouse

SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation with a warehouse that nothing was read into yet."""
    made = Settings(data_dir=tmp_path, start_date=date(2026, 10, 1), report_names=True)
    build_warehouse(places_of(made))
    return made


def materialized(settings: Settings) -> dict[str, object]:
    """What a materialization tells."""
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([report], instance=instance, resources={"unite": Unite(settings)}, run_config=SILENT)
    return {
        name: value.value for name, value in result.asset_materializations_for_node("report__index")[0].metadata.items()
    }


def test_which_jobs_make_it(settings: Settings) -> None:
    """Whatever publishes a warehouse with other calls makes the report too; sound makes none."""
    definitions = build_definitions(settings)
    jobs = {
        job.name for job in definitions.resolve_all_job_defs()
        if not job.name.startswith("__") and REPORT in job.asset_layer.executable_asset_keys
    }  # fmt: skip
    assert jobs == {"sync", "sync_calls", "publish"}


def test_it_follows_what_it_reads(settings: Settings) -> None:
    """It comes after the warehouse's tables that its queries read."""
    above = build_definitions(settings).resolve_asset_graph().get(REPORT).parent_keys
    names = {key.path[-1] for key in above}
    assert {key.path[0] for key in above} == {"warehouse"}
    assert {"calls_by_day", "calls_by_hour", "missed_episodes", "coverage", "metrics", "labels"} <= names


def test_its_page_leads_to_the_file(settings: Settings) -> None:
    """The UI shows where the report stands, with a link, and that names are on; the second time nothing was made."""
    path = settings.data_dir / "report" / "index.html"
    told = materialized(settings)
    assert told == {
        "path": str(path),
        "page": path.as_uri(),
        "is_made": True,
        "has_names": True,
        "size_bytes": path.stat().st_size,
    }
    assert materialized(settings)["is_made"] is False
