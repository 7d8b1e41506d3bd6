"""The jobs that an operator starts, or a schedule.

Here: which assets make a job. Not here: when it runs by itself (`schedules.py`), the assets.
"""

from typing import TYPE_CHECKING

import dagster as dg

from unite_pipeline.defs import audio, lake, raw, report, warehouse
from unite_pipeline.defs.requests import PROOF, PUBLISH_JOB
from unite_pipeline.lake.tables import TABLES
from unite_pipeline.warehouse.model import WAREHOUSE_TABLES

if TYPE_CHECKING:  # the class has no public name
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

SYNC_JOB = "sync"
SYNC_CALLS_JOB = "sync_calls"
AUDIO_JOB = "audio"
# In a job of their own: their results would be most of what an hourly run writes.
_CHECKS = dg.AssetSelection.all_asset_checks()
_OF_CALLS = ("calls", "call_legs", "numbers", "number_parties")
"""The lake's tables that calls alone can change."""


def build_jobs() -> "list[UnresolvedAssetJobDefinition]":
    """The four jobs.

    `sync` makes everything but sound; `sync_calls` only what has days, for older ranges of a long catching-up; `audio`
    brings sound, after a sync; `publish` asks nothing, and brings to the warehouse what stands in the raw layer.
    """
    tables = [warehouse.key_of(table.name) for table in WAREHOUSE_TABLES]
    everything_made = [lake.key_of(table.name) for table in TABLES if table.name != "rejected_rows"]
    calls = [raw.CDR_LOGS, *(lake.key_of(name) for name in (*_OF_CALLS, "coverage")), *tables, report.REPORT, PROOF]
    return [
        dg.define_asset_job(
            SYNC_JOB,
            selection=dg.AssetSelection.all() - dg.AssetSelection.assets(audio.AUDIO) - _CHECKS,
            description="Brings every feed, lake, warehouse and report up to date",
        ),
        dg.define_asset_job(
            SYNC_CALLS_JOB,
            selection=dg.AssetSelection.assets(*calls) - _CHECKS,
            description="Brings the calls of older days, lake, warehouse and report up to date",
        ),
        dg.define_asset_job(
            AUDIO_JOB,
            selection=dg.AssetSelection.assets(audio.AUDIO, lake.key_of("recording_audio"), *tables) - _CHECKS,
            description="Brings the sound of recordings, for the extensions of UNITE_AUDIO_EXTENSIONS",
        ),
        dg.define_asset_job(
            PUBLISH_JOB,
            selection=dg.AssetSelection.assets(*everything_made, *tables, report.REPORT) - _CHECKS,
            description="Brings lake, warehouse and report up to date with the raw layer, without a request to the API",
        ),
    ]
