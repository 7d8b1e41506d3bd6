"""What a run was asked for: its days and its manner, read off its partitions and tags.

Here: the translation of a Dagster run into a `Request`. Not here: acting on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import dagster as dg

from unite_pipeline.api.pacing import Priority
from unite_pipeline.defs.failures import not_proven
from unite_pipeline.defs.metadata import outcome_metadata
from unite_pipeline.errors import ApiError
from unite_pipeline.extract.days import DayRange
from unite_pipeline.extract.plan import Request
from unite_pipeline.extract.source import FeedOutcome

RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
PARTITION = "dagster/partition"
PUBLISH_JOB = "publish"
"""The job that asks nothing: whatever was read is taken in, whichever days its tags name."""
PROOF = dg.AssetKey(["proof", "sync"])
"""The asset that judges a run; where a run has it not, each feed speaks for itself."""
REREAD_TAG = "unite_pipeline/reread"
"""`true` on a run reads its days whatever is proven; otherwise only what is not proven, and what may still move."""
OLDER_TAG = "unite_pipeline/older"
"""`true` on a run that catches up older days: it lets other runs go first, as a back-fill does."""

SWEEP_TAG = "unite_pipeline/sweep"
"""`true` on a run looks at everything that moves slowly, whatever its count says; it lets other runs go first."""
BACKFILL_TAG = "dagster/backfill"
SCHEDULE_TAG = "dagster/schedule_name"
_GOOD_FOR = timedelta(hours=1)
SWEEP_DAYS = 31
"""So many days after its end a day is counted once more by a sweep."""


def priority_of(tags: Mapping[str, str]) -> Priority:
    """Whose requests go first: what a schedule started to be up to date, then what somebody did, then long readings."""
    if {BACKFILL_TAG, OLDER_TAG, SWEEP_TAG} & tags.keys():
        return Priority.BACKFILL
    return Priority.INCREMENT if SCHEDULE_TAG in tags else Priority.BY_HAND


def is_refresh(tags: Mapping[str, str]) -> bool:
    """Whether a schedule started the run to be up to date. All other runs give way to it: it waits for none of them."""
    return priority_of(tags) is Priority.INCREMENT


def is_sweep(tags: Mapping[str, str]) -> bool:
    """Whether the run looks at everything that moves slowly."""
    return tags.get(SWEEP_TAG) == "true"


def range_tags(days: DayRange, *, is_reread: bool) -> dict[str, str]:
    """The tags that make a run of the sync job cover these days."""
    tags = {RANGE_START: str(days.first), RANGE_END: str(days.last)}
    return {**tags, REREAD_TAG: "true"} if is_reread else tags


def days_of(tags: Mapping[str, str]) -> DayRange | None:
    """The local days of a run, or None for one without."""
    first, last = tags.get(RANGE_START) or tags.get(PARTITION), tags.get(RANGE_END) or tags.get(PARTITION)
    if first is None or last is None:
        return None
    return DayRange(date.fromisoformat(first), date.fromisoformat(last))


def request_of(context: dg.AssetExecutionContext, lookback_days: int, today: date) -> Request:
    """What the run asks for. Of a run without days it has today, which matters to lists alone."""
    tags = context.run.tags
    days = days_of(tags) or DayRange(today, today)
    looks_back = max(lookback_days, SWEEP_DAYS) if is_sweep(tags) else lookback_days
    return Request(days, tags.get(REREAD_TAG) == "true", started_at(context), looks_back)


def demand_proof(context: dg.AssetExecutionContext, outcome: FeedOutcome, errors: Sequence[ApiError] = ()) -> None:
    """Fail the step of a feed that is not proven, in a run that has no proof step to say so after everything flowed on.

    Args:
        context: the step.
        outcome: what the feed came to.
        errors: those that requests of the run ended with.

    Raises:
        dg.Failure: names the feed and the reasons.
    """
    if not outcome.is_proven and not selected(context, PROOF):
        text = f"{outcome.feed} is not proven complete; what came is kept. {' | '.join(outcome.reasons)}"
        faults = [f"{outcome.feed}: {reason}" for reason in outcome.reasons] or [outcome.feed]
        # Dagster drops the asset's metadata with a failed step, so the failure bears it.
        raise not_proven(text, faults, errors, outcome_metadata(outcome))


def started_at(context: dg.AssetExecutionContext) -> datetime:
    """When the run began: what was proven since is not asked again.

    Of a run that catches up older days, which a refresh runs beside, an hour earlier: it need not ask the lists anew.
    """
    run = context.run
    # Re-executed from its failure, a run judges what the steps that are not run again did then, or anybody since.
    is_rest = run.step_keys_to_execute is not None and run.root_run_id is not None
    record = context.instance.get_run_record_by_id(run.root_run_id if is_rest and run.root_run_id else run.run_id)
    began = None if record is None or record.start_time is None else record.start_time
    moment = datetime.now(UTC) if began is None else datetime.fromtimestamp(began, UTC)
    return moment - _GOOD_FOR if OLDER_TAG in run.tags else moment


def selected(context: dg.AssetExecutionContext, key: dg.AssetKey) -> bool:
    """Whether the run is to make this asset too: what its job holds, cut to what was selected of it."""
    return key in context.job_def.asset_layer.selected_asset_keys
