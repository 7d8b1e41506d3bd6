"""What was asked for calls, by the simulator's log of requests, and what is proven of them by the raw layer.

Here: reading both. Not here: what either must be.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from unite_pipeline.extract.known import known_days
from unite_pipeline.lake.manifests import finished_reads
from unite_pipeline_tests.end_to_end.installation import Installation


def asked_of_calls(installation: Installation, after: int = 0) -> list[dict[str, str]]:
    """The forms of the requests for calls, from the so-many-th request on."""
    records = installation.simulator.requests[after:]
    return [dict(record.form) for record in records if record.endpoint == "listcdrlogs"]


def days_of_form(form: dict[str, str]) -> set[date]:
    """The local days that a request was for; a window is asked a second wider on either side."""
    first = datetime.fromisoformat(form["filter_datestart"]) + timedelta(seconds=1)
    last = datetime.fromisoformat(form["filter_dateend"]) - timedelta(seconds=2)
    return {first.date() + timedelta(days=ago) for ago in range((last.date() - first.date()).days + 1)}


def proven(installation: Installation) -> set[date]:
    """The days whose newest read proved them."""
    known = known_days(finished_reads(installation.data / "raw", "cdr_logs", "acme"))
    return {day for day, state in known.items() if state.is_complete}
