"""Recordings as sound, in a job of their own: it starts after the metadata, and lets everything else go first.

Here: one asset. Not here: which recordings are wanted, and how they are brought (`extract/`).
"""

import dagster as dg

from unite_pipeline.defs import lake
from unite_pipeline.defs.failures import told
from unite_pipeline.defs.metadata import outcome_metadata
from unite_pipeline.defs.requests import demand_proof
from unite_pipeline.extract.audio import sync_audio
from unite_pipeline.installation import Unite

AUDIO = dg.AssetKey(["audio", "recordings"])


@dg.asset(
    key=AUDIO,
    group_name="audio",
    kinds={"python"},
    deps=[lake.key_of(name) for name in ("recordings", "recording_extensions", "extensions")],
)
@told
def audio_recordings(context: dg.AssetExecutionContext, unite: dg.ResourceParam[Unite]) -> dg.MaterializeResult:
    """The sound of recordings, of the extensions named in UNITE_AUDIO_EXTENSIONS; nothing if none is named."""
    settings = unite.settings
    if not settings.audio_numbers:
        return dg.MaterializeResult(metadata={"is_on": False})
    outcome = unite.note(sync_audio(unite.audio_source, settings.audio_numbers, settings.audio_requests))
    context.add_asset_metadata({**outcome_metadata(outcome), "has_more": outcome.has_more})
    if not outcome.has_more:  # that the budget of one sync was spent is no failure: the next one goes on
        demand_proof(context, outcome, unite.failures_of_run)
    return dg.MaterializeResult()
