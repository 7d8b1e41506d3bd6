"""The raw layer as assets: what the API sent, and the proof beside it.

Here: one asset a feed. Not here: what is asked (`extract/`).
"""

import dagster as dg

from unite_pipeline.defs.metadata import day_metadata, outcome_metadata
from unite_pipeline.defs.requests import days_of, demand_proof, request_of, started_at
from unite_pipeline.extract.call_records import sync_call_records
from unite_pipeline.extract.cdr_logs import sync_cdr_logs
from unite_pipeline.extract.days import local_day
from unite_pipeline.extract.extensions import observe_extensions
from unite_pipeline.extract.phonebook import observe_phonebook
from unite_pipeline.extract.source import FeedOutcome, Watch
from unite_pipeline.installation import Unite
from unite_pipeline.lake.manifests import Manifest

GROUP = "raw"
CDR_LOGS = dg.AssetKey(["raw", "cdr_logs"])
CALL_RECORDS = dg.AssetKey(["raw", "call_records"])
EXTENSIONS = dg.AssetKey(["raw", "extensions"])
PHONEBOOK = dg.AssetKey(["raw", "phonebook"])
FEED_OF = {key: key.path[-1] for key in (CDR_LOGS, CALL_RECORDS, EXTENSIONS, PHONEBOOK)}
_KINDS = {"python", "json"}
_DAYS_A_RUN = 31


@dg.asset(key=EXTENSIONS, group_name=GROUP, kinds=_KINDS)
def raw_extensions(context: dg.AssetExecutionContext, unite: dg.ResourceParam[Unite]) -> dg.MaterializeResult:
    """All extensions as the API lists them, without SIP passwords and addresses."""
    return _made(context, unite.note(observe_extensions(unite.source, started_at(context))))


@dg.asset(key=PHONEBOOK, group_name=GROUP, kinds=_KINDS, deps=[EXTENSIONS])
def raw_phonebook(context: dg.AssetExecutionContext, unite: dg.ResourceParam[Unite]) -> dg.MaterializeResult:
    """All contacts of the phonebook, shared and per extension."""
    return _made(context, unite.note(observe_phonebook(unite.source, started_at(context))))


@dg.asset(key=CALL_RECORDS, group_name=GROUP, kinds=_KINDS, deps=[EXTENSIONS])
def raw_call_records(context: dg.AssetExecutionContext, unite: dg.ResourceParam[Unite]) -> dg.MaterializeResult:
    """Metadata of recordings, listed for each extension whose count moved."""
    return _made(context, unite.note(sync_call_records(unite.source, started_at(context))))


def build_raw_cdr_logs(daily: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    """The asset of the call detail records, by local day."""

    @dg.asset(
        key=CDR_LOGS,
        group_name=GROUP,
        kinds=_KINDS,
        partitions_def=daily,
        backfill_policy=dg.BackfillPolicy.multi_run(_DAYS_A_RUN),
    )
    def raw_cdr_logs(context: dg.AssetExecutionContext, unite: dg.ResourceParam[Unite]) -> dg.MaterializeResult:
        """Call detail records, each day proven complete by the API's own counts or reported as open."""
        if days_of(context.run.tags) is None:
            message = "This run has no days, so nothing was asked. Choose partitions in the launchpad, or use `sync`"
            raise dg.Failure(message, allow_retries=False)
        today = local_day(unite.clock.utc(), unite.settings.zone)
        request = request_of(context, unite.settings.lookback_days, today)

        def on_read(manifest: Manifest) -> None:
            _report_days(context, manifest)
            unite.watch.on_read(manifest)

        watch = Watch(on_read=on_read, on_plan=unite.watch.on_plan)
        return _made(context, unite.note(sync_cdr_logs(unite.source, request, watch)))

    return raw_cdr_logs


def _made(context: dg.AssetExecutionContext, outcome: FeedOutcome) -> dg.MaterializeResult:
    context.add_asset_metadata(outcome_metadata(outcome))
    demand_proof(context, outcome)
    return dg.MaterializeResult()


def _report_days(context: dg.AssetExecutionContext, manifest: Manifest) -> None:
    """Tell Dagster of each day as it is done, not only at the end of the range."""
    asked = set(context.partition_keys)
    for window in manifest.windows:
        key = str(window.day)
        if key in asked:
            metadata = day_metadata(manifest, window)
            if window.is_complete:
                context.log_event(dg.AssetMaterialization(CDR_LOGS, partition=key, metadata=metadata))
            # Dagster logs an event of its own for each day of the range at the end, which would hide this one.
            context.add_asset_metadata(metadata, partition_key=key)
