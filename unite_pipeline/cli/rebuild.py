"""`unite-pipeline rebuild`: lake, warehouse and report again from the raw layer."""

from __future__ import annotations

import click

from unite_pipeline.cli.screen import say
from unite_pipeline.installation import check_pin, places_of
from unite_pipeline.instance import prepare
from unite_pipeline.report import build_report
from unite_pipeline.settings import load_settings
from unite_pipeline.transform import rebuild_lake
from unite_pipeline.warehouse import rebuild_warehouse
from unite_pipeline.warehouse.terms import terms_of


@click.command()
def rebuild() -> None:
    """Make lake, warehouse and report again from the raw layer, without one request."""
    settings = load_settings()
    check_pin(settings)
    places = places_of(settings)
    rebuild_lake(places, settings.timezone, settings.country)
    built = rebuild_warehouse(places, terms_of(settings))
    prepare(places)  # after an upgrade this may be the first command
    made = build_report(places, has_names=settings.report_names)
    for table in built.tables:
        if table.rows is not None:  # a view's rows nobody has counted
            say(f"{table.table:<28}{table.rows:>12,}")
    say(f"Report: {made.path}")
    say(f"Rebuilt without a request: {places.warehouse}")
