"""Everything Dagster loads: `defs` for this installation, `build_definitions` for any.

Here: assembly. Not here: any asset.
"""

from __future__ import annotations

import warnings

import dagster as dg

from unite_pipeline.defs import audio, lake, raw, report, warehouse
from unite_pipeline.defs.alerts import build_alert_sensor
from unite_pipeline.defs.checks import build_checks_job, build_daily_checks, warehouse_checks
from unite_pipeline.defs.jobs import build_jobs
from unite_pipeline.defs.labels import labelled
from unite_pipeline.defs.proof import proof
from unite_pipeline.defs.resources import RESOURCE, unite_resource
from unite_pipeline.defs.schedules import build_schedules
from unite_pipeline.defs.sensors import build_dead_run_sensor, build_publish_sensor
from unite_pipeline.installation import Unite, places_of
from unite_pipeline.instance import close_instance
from unite_pipeline.lake.durable import keep_private
from unite_pipeline.settings import Settings, load_settings


def build_definitions(settings: Settings | None = None, *, unite: Unite | None = None) -> dg.Definitions:
    """The pipeline of one installation.

    Args:
        settings: what it is told; read from the environment if not given.
        unite: an account that is open already, to be used instead of one opened for each run.
    """
    settings = settings or load_settings()
    # Through today: end_offset counts the partition that is not over yet.
    daily = dg.DailyPartitionsDefinition(str(settings.start_date), timezone=settings.timezone, end_offset=1)
    with warnings.catch_warnings():
        # `backfill_policy` is marked as beta; it is what makes a back-fill few runs instead of one a day.
        warnings.simplefilter("ignore", dg.BetaWarning)
        dated = [raw.build_raw_cdr_logs(daily), *lake.build_lake_assets(daily, has_audio=bool(settings.audio_numbers))]
    return dg.Definitions(
        assets=labelled(
            [*dated, *raw.build_raw_lists(), audio.audio_recordings, warehouse.warehouse, report.report, proof],
            settings,
        ),
        asset_checks=[warehouse_checks],
        jobs=[*build_jobs(), build_checks_job()],
        schedules=[*build_schedules(settings), build_daily_checks(settings)],
        sensors=[build_publish_sensor(settings), build_dead_run_sensor(settings), build_alert_sensor(settings)],
        resources={RESOURCE: unite if unite is not None else unite_resource(settings)},
        # One process a run: one log-in, one client, and no second writer to anything.
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """The pipeline of this installation; its settings are read when Dagster loads it, not when it is imported.

    Dagster's processes come in here and not by the command line: what they make is for their user alone from here on.
    """
    keep_private()
    settings = load_settings()
    close_instance(places_of(settings))
    return build_definitions(settings)
