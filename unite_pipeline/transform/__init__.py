"""Raw to lake: rows as received become typed, keyed, de-duplicated Parquet; a pure function of the raw layer.

Here: SQL files, one per table, and what runs them over the reads that are new. Not here: asking the API (`extract/`),
what analysts open (`warehouse/`).
"""

from unite_pipeline.transform.answers import ALL_ANSWERS, Answers, transform_answers
from unite_pipeline.transform.audio import transform_audio
from unite_pipeline.transform.calls import transform_calls
from unite_pipeline.transform.coverage import transform_coverage
from unite_pipeline.transform.numbers import transform_numbers
from unite_pipeline.transform.parties import transform_parties
from unite_pipeline.transform.rebuild import rebuild_lake
from unite_pipeline.transform.recordings import transform_recordings
from unite_pipeline.transform.reports import TableReport, TransformReport
from unite_pipeline.transform.snapshots import ALL_SNAPSHOTS, SNAPSHOTS_OF, Snapshots, transform_snapshots

__all__ = [
    "ALL_ANSWERS",
    "ALL_SNAPSHOTS",
    "SNAPSHOTS_OF",
    "Answers",
    "Snapshots",
    "TableReport",
    "TransformReport",
    "rebuild_lake",
    "transform_answers",
    "transform_audio",
    "transform_calls",
    "transform_coverage",
    "transform_numbers",
    "transform_parties",
    "transform_recordings",
    "transform_snapshots",
]
