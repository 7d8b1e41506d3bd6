"""Tables that show nothing but the newest answers of the API: what has no history, and words for codes.

Made anew each time from the answers that stand in the raw layer. Here: which answers. The rest is `sql/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from unite_pipeline.lake.engine import Limits, connection, statement
from unite_pipeline.lake.lists import EXTENSION_PROPERTY_VALUES, EXTENSION_STATUS
from unite_pipeline.lake.manifests import Read, finished_reads
from unite_pipeline.lake.partitions import Staging, lake_lock
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.raw import read_rows
from unite_pipeline.lake.table import Table
from unite_pipeline.transform.fold import make, rows_of
from unite_pipeline.transform.reports import Tally, TransformReport
from unite_pipeline.transform.sources import Catalog, Source

_ANSWERS = pa.schema([("answer", pa.string()), ("fetched_at", pa.timestamp("us", tz="UTC"))])


@dataclass(frozen=True, slots=True)
class Answers:
    """A table, the feed whose newest answers it shows, and the name its SQL knows them by.

    Args:
        raw: the feed, as its raw folder is called.
        table: what is made.
        known_as: what the SQL calls the answers.
        is_whole_read: all answers of the newest complete read, or only the newest one there is.
    """

    raw: str
    table: Table
    known_as: str
    is_whole_read: bool


ALL_ANSWERS = (
    Answers("extension_status", EXTENSION_STATUS, "status_answers", is_whole_read=True),
    Answers("extension_properties", EXTENSION_PROPERTY_VALUES, "property_answers", is_whole_read=False),
)


def transform_answers(places: Places, answers: Answers, *, limits: Limits | None = None) -> TransformReport:
    """Make the table again from the newest answers.

    Raises:
        LakeError: a file of the raw layer is missing or unreadable.
    """
    with lake_lock(places):
        return make_answers(places, answers, limits or Limits())


def make_answers(places: Places, answers: Answers, limits: Limits) -> TransformReport:
    """As `transform_answers`, by a caller who holds the lake; without an answer to show, what stands stays."""
    table = answers.table
    reads = finished_reads(places.raw, answers.raw, places.tenant)
    shown = list(_newest(Catalog.of(reads), answers))
    tally = Tally()
    if not shown:
        return TransformReport(tally.reports((table.name,)))
    with Staging(places) as staging, connection(limits, staging.spill) as engine:
        engine.execute(statement("unite_pipeline.transform", "macros"))
        engine.register(answers.known_as, pa.Table.from_pylist(shown, schema=_ANSWERS))
        make(engine, table.name)
        rows = rows_of(engine, table.name, table.schema.names, table.key).cast(table.schema)
        tally.add(table.name, rows.num_rows, is_written=staging.put(table, None, rows))
        staging.commit()
    return TransformReport(tally.reports((table.name,)), reads=len(reads))


def _newest(catalog: Catalog, answers: Answers) -> Iterator[dict[str, object]]:
    for read in reversed(catalog.reads):
        found = _answers_of(catalog, read)
        if found and (read.manifest.is_complete or not answers.is_whole_read):
            for source in found if answers.is_whole_read else found[-1:]:
                for page in source.read.page_files(source.part):
                    for row in read_rows(page):
                        yield {"answer": row.decode(), "fetched_at": read.fetched_at}
            return


def _answers_of(catalog: Catalog, read: Read) -> list[Source]:
    found = [catalog.source(read, part) for part in read.manifest.parts if part.is_complete]
    return [source for source in found if source is not None and source.part.pages]
