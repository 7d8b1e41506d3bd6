"""`unite-pipeline report`: the report, made now."""

from __future__ import annotations

import click

from unite_pipeline.cli.screen import say
from unite_pipeline.installation import check_pin, places_of
from unite_pipeline.report import build_report
from unite_pipeline.settings import load_settings


@click.command()
def report() -> None:
    """Make the report of the warehouse that stands, and say where it is. Needs no request."""
    settings = load_settings()
    check_pin(settings)
    made = build_report(places_of(settings), has_names=settings.report_names, is_forced=True)
    say(f"Report: {made.path}")
