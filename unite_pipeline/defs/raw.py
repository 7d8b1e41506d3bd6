"""The raw layer as assets: what the API sent, and the proof beside it.

Here: one asset a feed. Not here: what is asked (`extract/`).
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any

import dagster as dg

from unite_pipeline.defs.failures import told, without_days
from unite_pipeline.defs.metadata import day_metadata, outcome_metadata, state_metadata
from unite_pipeline.defs.progress import Progress
from unite_pipeline.defs.requests import PROOF, days_of, demand_proof, is_sweep, request_of, selected, started_at
from unite_pipeline.extract import call_records, extension_properties, extension_status, lists, phonebook
from unite_pipeline.extract.cdr_logs import sync_cdr_logs
from unite_pipeline.extract.cdr_window import FEED as CDR_FEED
from unite_pipeline.extract.days import local_day
from unite_pipeline.extract.known import known_days
from unite_pipeline.extract.plan import MAX_WINDOW_DAYS
from unite_pipeline.extract.source import FeedOutcome, GaveWayError, Watch
from unite_pipeline.installation import Unite
from unite_pipeline.lake.manifests import Manifest

GROUP = "raw"
_KINDS = {"python", "json"}
_ASKED_FIRST = {"dagster/priority": "1"}
"""All steps that ask come before those that only compute: a run that computes for a while between two requests would
lose its turn at the budget to a back-fill, and wait for it anew."""
DAYS_A_RUN = MAX_WINDOW_DAYS
"""Of a back-fill: as many days as the largest window, so that no window is cut by the end of a run (decision 0011)."""


def key_of(feed: str) -> dg.AssetKey:
    """The asset key of a feed."""
    return dg.AssetKey([GROUP, feed])


CDR_LOGS = key_of("cdr_logs")
EXTENSIONS = key_of(lists.EXTENSIONS.name)
_DESCRIPTIONS = {
    lists.EXTENSIONS.name: "All extensions as the API lists them, without SIP passwords and addresses.",
    lists.CALL_FLOWS.name: "All call flows and the outside numbers that ring at them.",
    lists.SWITCHES.name: "All switches and whether they are on.",
    lists.CDR_FLOWS.name: "The directory that tells an extension from a flow in a call's chain.",
    lists.CDR_NUMBERS.name: "The numbers that the API calls the company's own, once a day.",
    phonebook.FEED: "All contacts of the phonebook, shared and per extension.",
    call_records.FEED: "Metadata of recordings, listed for each extension whose count moved, by turns for the others.",
    extension_status.FEED: "What each extension does at this moment.",
    extension_properties.FEED: "The properties of each extension, a few extensions a sync.",
}
FEED_OF = {key_of(feed): feed for feed in ("cdr_logs", *_DESCRIPTIONS)}


def build_raw_lists() -> list[dg.AssetsDefinition]:
    """The assets of everything that has no dates."""
    after = [EXTENSIONS]
    plain = [_build(feed.name, partial(_plain, feed)) for feed in lists.ALL_LISTS]
    return [
        *plain,
        _build(phonebook.FEED, _phonebook, after),
        _build(call_records.FEED, _call_records, after),
        _build(extension_status.FEED, _status, after),
        _build(extension_properties.FEED, _properties, after),
    ]


def _plain(feed: lists.ListFeed, context: dg.AssetExecutionContext, unite: Unite) -> FeedOutcome:
    return lists.observe_list(unite.source, feed, started_at(context))


def _phonebook(context: dg.AssetExecutionContext, unite: Unite) -> FeedOutcome:
    return phonebook.observe_phonebook(unite.source, started_at(context))


def _call_records(context: dg.AssetExecutionContext, unite: Unite) -> FeedOutcome:
    is_everything = is_sweep(context.run.tags)
    return call_records.sync_call_records(unite.source, started_at(context), is_everything=is_everything)


def _status(context: dg.AssetExecutionContext, unite: Unite) -> FeedOutcome:
    return extension_status.observe_status(unite.source, started_at(context))


def _properties(context: dg.AssetExecutionContext, unite: Unite) -> FeedOutcome:
    # Whoever asks for the properties alone wants them, all of them.
    is_everything = is_sweep(context.run.tags) or not selected(context, PROOF)
    return extension_properties.observe_properties(unite.source, started_at(context), is_everything=is_everything)


def _build(
    feed: str,
    observe: Callable[[dg.AssetExecutionContext, Unite], FeedOutcome],
    deps: list[dg.AssetKey] | None = None,
) -> dg.AssetsDefinition:
    @dg.asset(
        key=key_of(feed),
        group_name=GROUP,
        kinds=_KINDS,
        deps=deps or [],
        description=_DESCRIPTIONS[feed],
        op_tags=_ASKED_FIRST,
    )
    @told
    def observed(context: dg.AssetExecutionContext, unite: dg.ResourceParam[Unite]) -> dg.MaterializeResult:
        waited_before_s = unite.waited_s
        outcome = unite.note(_unless_others_are_first(lambda: observe(context, unite)))
        context.add_asset_metadata(
            {**outcome_metadata(outcome), "waited_s": round(unite.waited_s - waited_before_s, 1)}
        )
        demand_proof(context, outcome, unite.failures_of_run)
        return dg.MaterializeResult()

    return observed


def _unless_others_are_first(observe: Callable[[], FeedOutcome]) -> FeedOutcome:
    """Observe a list; begin again where the lock was given up for a more urgent run, which may have brought all."""
    while True:
        try:
            return observe()
        except GaveWayError:
            continue


def build_raw_cdr_logs(daily: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    """The asset of the call detail records, by local day."""

    @dg.asset(
        key=CDR_LOGS,
        group_name=GROUP,
        kinds=_KINDS,
        partitions_def=daily,
        op_tags=_ASKED_FIRST,
        backfill_policy=dg.BackfillPolicy.multi_run(DAYS_A_RUN),
    )
    @told
    def raw_cdr_logs(context: dg.AssetExecutionContext, unite: dg.ResourceParam[Unite]) -> dg.MaterializeResult:
        """Call detail records, each day proven complete by the API's own counts or reported as open."""
        if days_of(context.run.tags) is None:
            raise without_days("nothing was asked")
        today = local_day(unite.clock.utc(), unite.settings.zone)
        request = request_of(context, unite.settings.lookback_days, today)

        progress = Progress(unite.clock, lambda: unite.requests_of_run, lambda: unite.waited_s)

        def on_read(manifest: Manifest) -> None:
            _report_days(context, manifest, progress.metadata())
            unite.watch.on_read(manifest)

        watch = Watch(on_read, unite.watch.on_plan, progress.expect)
        outcome = unite.note(sync_cdr_logs(unite.source, request, watch))
        _report_all_days(context, unite, outcome)
        context.add_asset_metadata({**outcome_metadata(outcome), **progress.metadata(is_done=True)})
        demand_proof(context, outcome, unite.failures_of_run)
        return dg.MaterializeResult()

    return raw_cdr_logs


def _report_all_days(context: dg.AssetExecutionContext, unite: Unite, outcome: FeedOutcome) -> None:
    """Tell how each day of the run stands, also those that this run did not have to read."""
    known = known_days(unite.source.read_log(CDR_FEED).reads())
    proven = set(outcome.complete_days)
    for key in context.partition_keys:
        day = date.fromisoformat(key)
        metadata = state_metadata(known.get(day), is_proven=day in proven)
        context.add_asset_metadata(metadata, partition_key=key)


def _report_days(context: dg.AssetExecutionContext, manifest: Manifest, how_far: Mapping[str, Any]) -> None:
    """Tell Dagster of each day as it is done, not only at the end of the range."""
    asked = set(context.partition_keys)
    for window in manifest.windows:
        key = str(window.day)
        if key in asked:
            metadata = day_metadata(manifest, window)
            if window.is_complete:
                context.log_event(dg.AssetMaterialization(CDR_LOGS, partition=key, metadata={**metadata, **how_far}))
            # Dagster logs an event of its own for each day of the range at the end, which would hide this one.
            context.add_asset_metadata(metadata, partition_key=key)
