"""Lists without dates: raw `extensions` and `phonebook` to the lake, each as last seen and as a history of states.

Here: which snapshots are taken in, and in what order. The rules themselves are `sql/item_*.sql`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from unite_pipeline.lake.engine import Limits
from unite_pipeline.lake.manifests import Read
from unite_pipeline.lake.partitions import lake_lock
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.tables import (
    CONTACT_HISTORY,
    CONTACT_STATE,
    CONTACTS,
    EXTENSION_HISTORY,
    EXTENSION_STATE,
    EXTENSIONS,
    Column,
    Table,
)
from unite_pipeline.transform.fold import Feed, Fold, batches, folding, make
from unite_pipeline.transform.reports import TransformReport


@dataclass(frozen=True, slots=True)
class Snapshots:
    """A feed of snapshots: the table of items, the one of their states, and the shipped SQL that types its rows."""

    feed: Feed
    items: Table
    history: Table
    state: tuple[Column, ...]
    rows: str

    @property
    def key(self) -> str:
        """Name of the key column."""
        return self.items.key[0]


EXTENSION_SNAPSHOTS = Snapshots(
    Feed("extensions", "$.id", (EXTENSIONS, EXTENSION_HISTORY)),
    EXTENSIONS,
    EXTENSION_HISTORY,
    EXTENSION_STATE,
    "extension_rows",
)
CONTACT_SNAPSHOTS = Snapshots(
    Feed("phonebook", "$.id", (CONTACTS, CONTACT_HISTORY)), CONTACTS, CONTACT_HISTORY, CONTACT_STATE, "contact_rows"
)


def transform_extensions(places: Places, timezone: str, *, limits: Limits | None = None) -> TransformReport:
    """Bring `extensions` and `extension_history` up to date with the raw layer.

    Raises:
        LakeError: a file of the raw layer or of the lake is missing or unreadable.
    """
    with lake_lock(places):
        return make_snapshots(places, EXTENSION_SNAPSHOTS, timezone, limits or Limits(), is_from_scratch=False)


def transform_contacts(places: Places, timezone: str, *, limits: Limits | None = None) -> TransformReport:
    """Bring `contacts` and `contact_history` up to date with the raw layer.

    Raises:
        LakeError: a file of the raw layer or of the lake is missing or unreadable.
    """
    with lake_lock(places):
        return make_snapshots(places, CONTACT_SNAPSHOTS, timezone, limits or Limits(), is_from_scratch=False)


def make_snapshots(
    places: Places, snapshots: Snapshots, timezone: str, limits: Limits, *, is_from_scratch: bool
) -> TransformReport:
    """As the transformations above, by a caller who holds the lake; from scratch, if asked for, from all reads.

    A history can only be continued: a read older than one that was taken in makes it from scratch as well.
    """
    with folding(places, snapshots.feed, timezone, limits, is_from_scratch=is_from_scratch) as fold:
        fold.is_from_scratch = fold.is_from_scratch or not _is_continuation(fold)
        if fold.is_from_scratch and not fold.gone_reads:
            for table in snapshots.feed.tables:
                fold.files[table.name] = {}
        for batch in batches(fold.catalog, fold.new_reads()):
            _take_in(fold, snapshots, batch)
    return fold.report()


def _is_continuation(fold: Fold) -> bool:
    """Whether every new read is newer than those taken in."""
    known = [number for number, read in enumerate(fold.catalog.reads) if fold.is_taken_in(read)]
    return known == list(range(len(known)))


def _take_in(fold: Fold, snapshots: Snapshots, batch: Sequence[Read]) -> None:
    with fold.engine() as engine:
        fold.stage(engine, batch, snapshots.rows)
        engine.execute(f"create temp view item_rows as from {snapshots.rows}")
        make(engine, "item_seen")
        fold.reject(engine, "item_rejected", ())
        engine.register("complete_snapshots", _complete(fold, batch))
        _keep_facts(engine, fold, snapshots)
        for name in ("item_facts", "item_states", "items", snapshots.items.name, snapshots.history.name):
            make(engine, name)
        for table in snapshots.feed.tables:
            fold.put_whole(engine, table, table.key)
    fold.take_in({read.manifest.read_id: () for read in batch})


def _keep_facts(engine: duckdb.DuckDBPyConnection, fold: Fold, snapshots: Snapshots) -> None:
    """What the lake holds, as items with one state: `kept_items` and `kept_states`."""
    state = ", ".join(f'"{column.name}" := "{column.name}"' for column in snapshots.state)
    for table, name in ((snapshots.items, "kept_items"), (snapshots.history, "kept_states")):
        fold.keep(engine, table, [""])
        engine.execute(
            f"create temp view {name} as "
            f"select {snapshots.key} as item_id, struct_pack({state}) as state, * from kept_{table.name}"
        )


def _complete(fold: Fold, batch: Sequence[Read]) -> pa.Table:
    """When the snapshots were taken that show everything there was."""
    moments = [read.manifest.fetched_at for read in batch if _is_complete(fold, read)]
    return pa.table({"fetched_at": pa.array(moments, pa.timestamp("us", tz="UTC"))})


def _is_complete(fold: Fold, read: Read) -> bool:
    parts = read.manifest.parts
    has_all = bool(parts) and not any(part.is_presumed or part.known_rows for part in parts)
    return read.manifest.is_complete and has_all and fold.catalog.is_whole(read)
