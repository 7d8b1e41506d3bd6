"""The whole lake again from the raw layer. Here: which tables. Not here: how any of them is made."""

from __future__ import annotations

from unite_pipeline.lake.engine import Limits
from unite_pipeline.lake.partitions import lake_lock
from unite_pipeline.lake.places import Places
from unite_pipeline.settings import DEFAULT_COUNTRY
from unite_pipeline.transform.answers import ALL_ANSWERS, make_answers
from unite_pipeline.transform.audio import make_audio
from unite_pipeline.transform.calls import make_calls
from unite_pipeline.transform.coverage import make_coverage
from unite_pipeline.transform.numbers import make_numbers
from unite_pipeline.transform.parties import make_parties
from unite_pipeline.transform.recordings import make_recordings
from unite_pipeline.transform.reports import TransformReport
from unite_pipeline.transform.snapshots import ALL_SNAPSHOTS, make_snapshots


def rebuild_lake(
    places: Places, timezone: str, country: str = DEFAULT_COUNTRY, *, limits: Limits | None = None
) -> tuple[TransformReport, ...]:
    """Make every lake table again from all reads, without one request.

    Rows whose raw files are gone stay. Each feed's tables change at once, when all of them are made.

    Args:
        places: the data directory.
        timezone: the tenant's zone, in which the API's times are meant.
        country: ISO 3166 code of the country in which national and short numbers are read.
        limits: memory and threads of the engine.

    Raises:
        LakeError: a file of the raw layer is missing or unreadable.
    """
    given = limits or Limits()
    with lake_lock(places):
        return (
            make_calls(places, timezone, (), given, is_from_scratch=True),
            make_recordings(places, timezone, given, is_from_scratch=True),
            *(make_snapshots(places, each, timezone, given, is_from_scratch=True) for each in ALL_SNAPSHOTS),
            *(make_answers(places, each, given) for each in ALL_ANSWERS),
            make_audio(places, given),
            make_numbers(places, country, given, is_from_scratch=True),
            make_parties(places, given),
            make_coverage(places, given, is_from_scratch=True),
        )
