"""What assets say before anything ran: owners, tags, sections of the vendor's document, lineage, freshness, code."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from unite_pipeline.definitions import build_definitions
from unite_pipeline.defs import vendor
from unite_pipeline.lake.table import Column
from unite_pipeline.lake.tables import TABLES
from unite_pipeline.settings import Settings

ROOT = Path(__file__).parents[2]
COVERAGE = (ROOT / "docs" / "api-coverage.md").read_text()
CODE = "dagster/code_references"
LINEAGE = "dagster/column_lineage"


def graph_of(folder: Path, **settings: str):
    """The asset graph of an installation that was never run."""
    told = Settings(data_dir=folder, start_date=date(2026, 10, 1), **settings)
    return build_definitions(told).resolve_asset_graph()


@pytest.fixture
def graph(tmp_path: Path):
    """The asset graph of an installation without settings of its own."""
    return graph_of(tmp_path)


def columns_of(node) -> set[str]:
    """Names of the columns that an asset's page shows."""
    return {column.name for column in node.metadata["dagster/column_schema"].columns}


def test_every_asset_is_labelled(graph) -> None:
    """Each asset has a description, a kind, its owner, its layer, whether it is personal, and a page to read."""
    for node in graph.asset_nodes:
        assert node.description, node.key
        assert node.kinds
        assert node.owners == ["team:telephony"]
        assert (node.group_name, node.tags["layer"]) == (node.key.path[0], node.key.path[0])
        assert node.tags["personal-data"] in {"true", "false"}
        assert (ROOT / node.metadata["documentation"].value).exists()


def test_code_is_what_makes_the_asset(graph) -> None:
    """Each asset leads to the function of its step, and a table of the warehouse with SQL of its own to that first."""
    for node in graph.asset_nodes:
        *sql, step = node.metadata[CODE].code_references
        line = Path(step.file_path).read_text().splitlines()[step.line_number - 1].strip()
        assert line.startswith("@dg.")
        assert Path(step.file_path).parent.name == "defs"
        assert [Path(each.file_path).name for each in sql] in ([], [f"{node.key.path[-1]}.sql"])
    codes = {"calls": 2, "dates": 1}
    for name, count in codes.items():
        assert len(graph.get(dg.AssetKey(["warehouse", name])).metadata[CODE].code_references) == count


def test_what_is_not_personal(graph) -> None:
    """Only the proof and the tables that no column of tells of a person go without the tag."""
    harmless = {node.key.to_user_string() for node in graph.asset_nodes if node.tags["personal-data"] == "false"}
    tables = {"coverage", "extension_property_values"}
    calendar = {f"warehouse/{name}" for name in ("dates", "opening_hours", "parameters", "erlang_b", "metrics")}
    sums = (
        "calls_by_hour", "calls_by_day", "durations_by_day", "duration_percentiles_by_day", "concurrency_minutes",
        "traffic_by_hour", "traffic_by_day", "busy_hours", "missed_episodes_by_day", "callers_by_day",
        "extension_load_by_day", "recorded_calls_by_day", "metric_values", "covered_days",
    )  # fmt: skip
    assert harmless == {
        "proof/sync",
        "warehouse/recording_clock",
        *calendar,
        *(f"warehouse/{name}" for name in sums),
        *(f"{layer}/{name}" for layer in ("lake", "warehouse") for name in tables),
    }


def test_what_nobody_declared_is_personal() -> None:
    """Text, numbers and JSON are personal until declared otherwise; flags and times are told in sums and days."""
    kinds = {kind: Column("new", kind, "-").is_harmless for kind in ("VARCHAR", "BIGINT", "INTEGER", "JSON", "BOOLEAN")}
    assert kinds == {"VARCHAR": False, "BIGINT": False, "INTEGER": False, "JSON": False, "BOOLEAN": True}


def test_only_codes_of_ours_make_text_harmless() -> None:
    """A column of text that is declared harmless lists the values that may be told, and no other way makes it so."""
    for table in TABLES:
        for column in table.all_columns:
            assert not (column.is_harmless and column.type in {"VARCHAR", "JSON"} and not column.codes), column.name


def test_feeds_name_what_the_coverage_page_names(graph) -> None:
    """The endpoints and the feed on an asset's page are those of docs/api-coverage.md, each with its section."""
    documented: dict[str, set[str]] = {}
    for path, feed in re.findall(r"^\| `(\w+)` \| `(\w+)` \|", COVERAGE, re.MULTILINE):
        documented.setdefault(feed, set()).add(path)
    assert {feed: {each.path for each in asked} for feed, asked in vendor.ASKED.items()} == documented
    shown = {node.tags["feed"]: node.metadata for node in graph.asset_nodes if "feed" in node.tags}
    assert shown.keys() == documented.keys()
    for feed, metadata in shown.items():
        assert set(re.findall(r"/(\w+)", metadata["endpoints"])) == documented[feed]
        assert len(metadata["vendor_sections"].splitlines()) == len(documented[feed])


def test_lineage_names_columns_that_exist(graph) -> None:
    """Each column of a lake table leads to the warehouse column of its name, and both stand in the assets' schemas."""
    led = 0
    for table in TABLES:
        if table.name == "rejected_rows":  # it has no asset in the lake
            continue
        node = graph.get(dg.AssetKey(["warehouse", table.name]))
        lineage = node.metadata[LINEAGE].deps_by_column
        assert lineage.keys() == columns_of(node) - {"tenant"} - {each.name for each in table.looked_up}
        for name, deps in lineage.items():
            source = graph.get(dep_key := deps[0].asset_key)
            assert dep_key in node.parent_keys
            assert deps[0].column_name == name
            assert name in columns_of(source)
            led += 1
    assert led


def test_freshness_is_asked_of_calls_alone(graph) -> None:
    """The calls of raw layer and warehouse must be renewed every few hours; nothing else warns."""
    fresh = {node.key.to_user_string() for node in graph.asset_nodes if node.freshness_policy_or_from_metadata}
    assert fresh == {"raw/cdr_logs", "warehouse/calls"}


def test_a_repository_makes_links(tmp_path: Path) -> None:
    """With UNITE_GIT_URL each asset links to its code and its page there, and no path of the machine is left."""
    graph = graph_of(tmp_path, git_url="https://git.example/acme/unite", git_branch="v1", owners="team:data")
    for node in graph.asset_nodes:
        assert node.owners == ["team:data"]
        assert node.metadata["documentation"].value.startswith("https://git.example/acme/unite/blob/v1/docs/")
        for reference in node.metadata[CODE].code_references:
            assert re.match(
                r"https://git\.example/acme/unite/tree/v1/unite_pipeline/(defs|warehouse/sql)/\w", reference.url
            )
