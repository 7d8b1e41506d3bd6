"""Raw to lake: rows as received become typed, keyed, de-duplicated Parquet; a pure function of the raw layer.

Here: SQL files, one per table, and what runs them over the reads that are new. Not here: asking the API (`extract/`),
what analysts open (`warehouse/`).
"""

from unite_pipeline.transform.calls import transform_calls
from unite_pipeline.transform.coverage import transform_coverage
from unite_pipeline.transform.numbers import transform_numbers
from unite_pipeline.transform.rebuild import rebuild_lake
from unite_pipeline.transform.recordings import transform_recordings
from unite_pipeline.transform.reports import TableReport, TransformReport
from unite_pipeline.transform.snapshots import transform_contacts, transform_extensions

__all__ = [
    "TableReport",
    "TransformReport",
    "rebuild_lake",
    "transform_calls",
    "transform_contacts",
    "transform_coverage",
    "transform_extensions",
    "transform_numbers",
    "transform_recordings",
]
