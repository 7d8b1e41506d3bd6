"""The lake as assets: typed Parquet made from the raw layer, without a request.

Here: one step for the tables that are made together. Not here: how (`transform/`).
"""

from collections.abc import Callable, Iterator

import dagster as dg

from unite_pipeline.defs import raw
from unite_pipeline.defs.metadata import definition_metadata, table_metadata
from unite_pipeline.defs.requests import days_of, selected
from unite_pipeline.installation import Unite
from unite_pipeline.lake.tables import TABLES
from unite_pipeline.transform import (
    TransformReport,
    transform_calls,
    transform_contacts,
    transform_coverage,
    transform_extensions,
    transform_recordings,
)

GROUP = "lake"
BY_NAME = {table.name: table for table in TABLES}


def key_of(table: str) -> dg.AssetKey:
    """The asset key of a lake table."""
    return dg.AssetKey(["lake", table])


def build_lake_assets(daily: dg.DailyPartitionsDefinition) -> list[dg.AssetsDefinition]:
    """All assets of the lake."""
    return [
        _build_calls(daily),
        _build("recordings", ("recordings", "recording_extensions"), [raw.CALL_RECORDS], transform_recordings),
        _build("extensions", ("extensions", "extension_history"), [raw.EXTENSIONS], transform_extensions),
        _build("contacts", ("contacts", "contact_history"), [raw.PHONEBOOK], transform_contacts),
        _build("coverage", ("coverage",), list(raw.FEED_OF), lambda places, _zone: transform_coverage(places)),
    ]


def _specs(tables: tuple[str, ...], deps: list[dg.AssetKey]) -> list[dg.AssetSpec]:
    return [
        dg.AssetSpec(
            key_of(name),
            deps=deps,
            group_name=GROUP,
            kinds={"duckdb", "parquet"},
            description=BY_NAME[name].description,
            metadata=definition_metadata(BY_NAME[name]),
        )
        for name in tables
    ]


def _build_calls(daily: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    tables = ("calls", "call_legs")

    @dg.multi_asset(
        name="lake_calls",
        specs=_specs(tables, [raw.CDR_LOGS]),
        partitions_def=daily,
        backfill_policy=dg.BackfillPolicy.multi_run(31),
    )
    def lake_calls(context: dg.AssetExecutionContext, unite: dg.ResourceParam[Unite]) -> Iterator[dg.MaterializeResult]:
        # Days are named only where somebody asks for the lake alone; a sync makes those that its reads touched.
        days = None if selected(context, raw.CDR_LOGS) else days_of(context.run.tags)
        report = transform_calls(unite.places, unite.settings.timezone, days)
        yield from _results(context, unite, report, tables)

    return lake_calls


def _build(
    name: str,
    tables: tuple[str, ...],
    deps: list[dg.AssetKey],
    transform: Callable[..., TransformReport],
) -> dg.AssetsDefinition:
    @dg.multi_asset(name=f"lake_{name}", specs=_specs(tables, deps))
    def made(context: dg.AssetExecutionContext, unite: dg.ResourceParam[Unite]) -> Iterator[dg.MaterializeResult]:
        yield from _results(context, unite, transform(unite.places, unite.settings.timezone), tables)

    return made


def _results(
    context: dg.AssetExecutionContext, unite: Unite, report: TransformReport, tables: tuple[str, ...]
) -> Iterator[dg.MaterializeResult]:
    unite.note_rejected(report.rejected_rows)
    if report.rejected_rows:
        context.log.warning("%d rows did not fit and are in rejected_rows, with the reason", report.rejected_rows)
    for table in report.tables:
        if table.table in tables:
            metadata = table_metadata(BY_NAME[table.table], table.rows, unite.places.table(table.table))
            counts = {"written_partitions": table.written, "rejected_rows": report.rejected_rows}
            yield dg.MaterializeResult(asset_key=key_of(table.table), metadata={**metadata, **counts})
