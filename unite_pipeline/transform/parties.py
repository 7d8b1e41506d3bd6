"""Whose a number is, and when: `number_parties`, made of the histories, the phonebook and `numbers`.

Made anew each time from lake tables alone. Here: which tables. The rules are `sql/number_parties.sql`; the warehouse
looks the legs of calls up in it.
"""

from __future__ import annotations

from unite_pipeline.lake.engine import Limits, connection
from unite_pipeline.lake.lists import (
    CALL_FLOW_NUMBERS,
    CALL_FLOWS,
    CDR_FLOW_HISTORY,
    CONTACTS,
    EXTENSION_HISTORY,
)
from unite_pipeline.lake.partitions import Staging, dataset, lake_lock, partition_files
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.table import Table
from unite_pipeline.lake.tables import NUMBER_PARTIES, NUMBERS
from unite_pipeline.transform.fold import make, rows_of
from unite_pipeline.transform.reports import Tally, TransformReport

_SOURCES = (EXTENSION_HISTORY, CDR_FLOW_HISTORY, CALL_FLOWS, CALL_FLOW_NUMBERS, CONTACTS, NUMBERS)


def transform_parties(places: Places, *, limits: Limits | None = None) -> TransformReport:
    """Bring `number_parties` up to date with the other tables of the lake; `numbers` first.

    Raises:
        LakeError: a file of the lake is unreadable.
    """
    with lake_lock(places):
        return make_parties(places, limits or Limits())


def make_parties(places: Places, limits: Limits) -> TransformReport:
    """As `transform_parties`, by a caller who holds the lake."""
    tally = Tally()
    with Staging(places) as staging, connection(limits, staging.spill) as engine:
        for table in _SOURCES:
            engine.register(table.name, _rows(places, table))
        make(engine, NUMBER_PARTIES.name)
        names = NUMBER_PARTIES.schema.names
        rows = rows_of(engine, NUMBER_PARTIES.name, names, NUMBER_PARTIES.key).cast(NUMBER_PARTIES.schema)
        tally.add(NUMBER_PARTIES.name, rows.num_rows, is_written=staging.put(NUMBER_PARTIES, None, rows))
        staging.commit()
    return TransformReport(tally.reports((NUMBER_PARTIES.name,)))


def _rows(places: Places, table: Table) -> object:
    """The rows of a table, of which only what the SQL asks for is read."""
    files = list(partition_files(places, table).values())
    return dataset(table, files) if files else table.read_schema.empty_table()
