"""The lake as assets: typed Parquet made from the raw layer, without a request.

Here: one step for the tables that are made together. Not here: how (`transform/`).
"""

from collections.abc import Callable, Iterator

import dagster as dg

from unite_pipeline.defs import raw
from unite_pipeline.defs.failures import told, without_days
from unite_pipeline.defs.metadata import definition_metadata, partition_metadata, table_metadata
from unite_pipeline.defs.requests import PUBLISH_JOB, days_of, selected
from unite_pipeline.installation import Unite
from unite_pipeline.lake.partitions import row_counts
from unite_pipeline.lake.tables import TABLES
from unite_pipeline.transform import (
    ALL_ANSWERS,
    ALL_SNAPSHOTS,
    Answers,
    Snapshots,
    TransformReport,
    transform_answers,
    transform_audio,
    transform_calls,
    transform_coverage,
    transform_numbers,
    transform_parties,
    transform_recordings,
    transform_snapshots,
)

GROUP = "lake"
_WITH_NUMBERS = ("call_legs", "recordings", "contact_history", "extension_history", "call_flow_numbers", "cdr_numbers")
_WITH_OWNERS = ("numbers", "extension_history", "cdr_flow_history", "call_flows", "call_flow_numbers", "contacts")
BY_NAME = {table.name: table for table in TABLES}


def key_of(table: str) -> dg.AssetKey:
    """The asset key of a lake table."""
    return dg.AssetKey(["lake", table])


def build_lake_assets(daily: dg.DailyPartitionsDefinition, *, has_audio: bool) -> list[dg.AssetsDefinition]:
    """All assets of the lake.

    Args:
        daily: the days of the calls.
        has_audio: whether sound is wanted; where it is not, nothing waits for an asset that is never made.
    """
    return [
        _build_calls(daily),
        _build(("recordings", "recording_extensions"), [raw.key_of("call_records")], _recordings),
        *(_build_snapshots(snapshots) for snapshots in ALL_SNAPSHOTS),
        *(_build_answers(answers) for answers in ALL_ANSWERS),
        _build(("numbers",), [key_of(name) for name in _WITH_NUMBERS], _numbers),
        _build(("number_parties",), [key_of(name) for name in _WITH_OWNERS], _parties),
        _build(
            ("recording_audio",),
            [dg.AssetKey(["audio", "recordings"])] if has_audio else [],
            lambda unite: transform_audio(unite.places),
        ),
        _build(("coverage",), _proven_by(), lambda unite: transform_coverage(unite.places)),
    ]


def _numbers(unite: Unite) -> TransformReport:
    return transform_numbers(unite.places, unite.settings.country)


def _parties(unite: Unite) -> TransformReport:
    return transform_parties(unite.places)


def _proven_by() -> list[dg.AssetKey]:
    """What `coverage` is made after: the manifests of all feeds, and the tables that have taken them in."""
    tables = ("calls", "recordings", *(each.items.name for each in ALL_SNAPSHOTS))
    return [*raw.FEED_OF, *(key_of(table) for table in tables)]


def _recordings(unite: Unite) -> TransformReport:
    return transform_recordings(unite.places, unite.settings.timezone)


def _build_snapshots(snapshots: Snapshots) -> dg.AssetsDefinition:
    def transform(unite: Unite) -> TransformReport:
        return transform_snapshots(unite.places, unite.settings.timezone, snapshots)

    return _build(tuple(table.name for table in snapshots.tables), [raw.key_of(snapshots.raw)], transform)


def _build_answers(answers: Answers) -> dg.AssetsDefinition:
    def transform(unite: Unite) -> TransformReport:
        return transform_answers(unite.places, answers)

    return _build((answers.table.name,), [raw.key_of(answers.raw)], transform)


def _specs(tables: tuple[str, ...], deps: list[dg.AssetKey]) -> list[dg.AssetSpec]:
    return [
        dg.AssetSpec(
            key_of(name),
            deps=deps,
            group_name=GROUP,
            kinds={"duckdb", "parquet"},
            description=BY_NAME[name].description,
            metadata=definition_metadata(BY_NAME[name], BY_NAME[name].lake_columns),
        )
        for name in tables
    ]


def _build_calls(daily: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    tables = ("calls", "call_legs")

    @dg.multi_asset(
        name="lake_calls",
        specs=_specs(tables, [raw.CDR_LOGS]),
        partitions_def=daily,
        backfill_policy=dg.BackfillPolicy.multi_run(raw.DAYS_A_RUN),
    )
    @told
    def lake_calls(context: dg.AssetExecutionContext, unite: dg.ResourceParam[Unite]) -> Iterator[dg.MaterializeResult]:
        unite.check_account()
        if days_of(context.run.tags) is None:
            raise without_days("no table was made")
        # Days are named only where somebody asks for the lake alone; others make those that new reads touched.
        is_named = not selected(context, raw.CDR_LOGS) and context.job_name != PUBLISH_JOB
        days = days_of(context.run.tags) if is_named else None
        report = transform_calls(unite.places, unite.settings.timezone, days)
        _report_days(context, unite, tables)
        yield from _results(context, unite, report, tables)

    return lake_calls


def _build(
    tables: tuple[str, ...], deps: list[dg.AssetKey], transform: Callable[[Unite], TransformReport]
) -> dg.AssetsDefinition:
    """The step that makes some tables together; it is called after the first one."""

    @dg.multi_asset(name=f"lake_{tables[0]}", specs=_specs(tables, deps))
    @told
    def made(context: dg.AssetExecutionContext, unite: dg.ResourceParam[Unite]) -> Iterator[dg.MaterializeResult]:
        unite.check_account()
        yield from _results(context, unite, transform(unite), tables)

    return made


def _report_days(context: dg.AssetExecutionContext, unite: Unite, tables: tuple[str, ...]) -> None:
    """Tell of each day of the run what stands in its partitions, whether it was made now or before."""
    days = [str(day) for day in days_of(context.run.tags) or ()]
    for table in tables:
        rows = row_counts(unite.places, BY_NAME[table], days)
        for day in days:
            metadata = partition_metadata(rows.get(day))
            context.add_asset_metadata(metadata, asset_key=key_of(table), partition_key=day)


def _results(
    context: dg.AssetExecutionContext, unite: Unite, report: TransformReport, tables: tuple[str, ...]
) -> Iterator[dg.MaterializeResult]:
    unite.note_rejected(report.rejected_rows)
    if report.rejected_rows:
        context.log.warning("%d rows did not fit and are in rejected_rows, with the reason", report.rejected_rows)
    for table in report.tables:
        if table.table in tables:
            # A run of days is told of each of its days; the sum over all would stand at every one of them.
            rows = None if days_of(context.run.tags) and BY_NAME[table.table].partition else table.rows
            metadata = table_metadata(BY_NAME[table.table], rows, unite.places.table(table.table))
            counts = {"written_partitions": table.written, "rejected_rows": report.rejected_rows}
            yield dg.MaterializeResult(asset_key=key_of(table.table), metadata={**metadata, **counts})
