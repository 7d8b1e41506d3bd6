"""The resource that assets ask: a thin adapter over `Unite`, opened for a run and closed after it.

Here: its life within a run. Not here: the client. No secret is part of Dagster's configuration.
"""

import logging
from collections.abc import Iterator
from contextlib import ExitStack

import dagster as dg

from unite_pipeline.defs.failures import telling
from unite_pipeline.defs.requests import priority_of
from unite_pipeline.installation import Unite, places_of
from unite_pipeline.instance import alive
from unite_pipeline.settings import Settings

log = logging.getLogger(__name__)

RESOURCE = "unite"


def unite_resource(settings: Settings) -> dg.ResourceDefinition:
    """The account of this installation. Scheduled refreshes go first, then what was started by hand."""

    @dg.resource(description="The Unite account: token, request budget and data directory")
    def unite(context: dg.InitResourceContext) -> Iterator[Unite]:
        run = context.run
        priority = priority_of(run.tags if run is not None else {})
        with ExitStack() as held:
            with telling():  # no step has begun that could tell that the run cannot
                held.enter_context(alive(places_of(settings), run.run_id if run is not None else "none"))
            yield held.enter_context(Unite(settings, None, say_wait, priority))

    return unite


def say_wait(seconds: float | None) -> None:
    """Make a wait for the budget visible; None where nobody can tell how long it is."""
    if seconds is None:
        log.info("Letting a more urgent run go first")
        return
    log.info("The request budget of the account is used up: waiting about %.0f s", seconds)
