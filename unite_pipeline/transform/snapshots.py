"""Lists without dates: raw snapshots to the lake, each list as last seen and as a history of states.

Here: which snapshots are taken in, and in what order. The rules themselves are `sql/item_*.sql`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from unite_pipeline.lake.engine import Limits
from unite_pipeline.lake.lists import (
    CALL_FLOW_HISTORY,
    CALL_FLOW_NUMBERS,
    CALL_FLOW_STATE,
    CALL_FLOWS,
    CDR_FLOW_HISTORY,
    CDR_FLOW_STATE,
    CDR_FLOWS,
    CDR_NUMBER_HISTORY,
    CDR_NUMBER_STATE,
    CDR_NUMBERS,
    CONTACT_HISTORY,
    CONTACT_STATE,
    CONTACTS,
    EXTENSION_HISTORY,
    EXTENSION_PROPERTIES,
    EXTENSION_PROPERTY_HISTORY,
    EXTENSION_PROPERTY_STATE,
    EXTENSION_STATE,
    EXTENSIONS,
    SWITCH_HISTORY,
    SWITCH_STATE,
    SWITCHES,
)
from unite_pipeline.lake.manifests import Part, Read
from unite_pipeline.lake.partitions import lake_lock
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.table import Column, Table
from unite_pipeline.transform.fold import Feed, Fold, batches, folding, make
from unite_pipeline.transform.reports import TransformReport
from unite_pipeline.transform.sources import extension_of

_COMPLETE = pa.schema([("scope", pa.string()), ("fetched_at", pa.timestamp("us", tz="UTC"))])


@dataclass(frozen=True, slots=True)
class Snapshots:
    """A feed of snapshots: the table of items, the one of their states, and the shipped SQL that types its rows.

    Args:
        raw: the feed, as its raw folder is called.
        items: one row an item.
        history: one row a state.
        state: the columns that make a state.
        rows: name of the SQL.
        more: further tables, made of the states by SQL of their names.
        scope: the key column that says which snapshots speak of an item, where a read does not show all there is.
    """

    raw: str
    items: Table
    history: Table
    state: tuple[Column, ...]
    rows: str
    more: tuple[Table, ...] = ()
    scope: str | None = None

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables that are made together."""
        return (self.items, self.history, *self.more)

    @property
    def feed(self) -> Feed:
        """What they are made of. Rejected rows are never looked up by key here."""
        return Feed(self.raw, "$.id", self.tables)

    @property
    def kept_key(self) -> str:
        """SQL that makes the item's name of its key columns, as the shipped SQL makes it."""
        return f"concat_ws(chr(31), {', '.join(self.items.key)})"

    @property
    def kept_scope(self) -> str:
        """SQL for the scope of an item that the lake holds."""
        return "''" if self.scope is None else self.scope


ALL_SNAPSHOTS = (
    Snapshots("extensions", EXTENSIONS, EXTENSION_HISTORY, EXTENSION_STATE, "extension_rows"),
    Snapshots("phonebook", CONTACTS, CONTACT_HISTORY, CONTACT_STATE, "contact_rows"),
    Snapshots(
        "call_flows", CALL_FLOWS, CALL_FLOW_HISTORY, CALL_FLOW_STATE, "call_flow_rows", more=(CALL_FLOW_NUMBERS,)
    ),
    Snapshots("switches", SWITCHES, SWITCH_HISTORY, SWITCH_STATE, "switch_rows"),
    Snapshots("cdr_flows", CDR_FLOWS, CDR_FLOW_HISTORY, CDR_FLOW_STATE, "cdr_flow_rows"),
    Snapshots("cdr_numbers", CDR_NUMBERS, CDR_NUMBER_HISTORY, CDR_NUMBER_STATE, "cdr_number_rows"),
    Snapshots(
        "extension_properties",
        EXTENSION_PROPERTIES,
        EXTENSION_PROPERTY_HISTORY,
        EXTENSION_PROPERTY_STATE,
        "extension_property_rows",
        scope="extension_id",
    ),
)
SNAPSHOTS_OF = {snapshots.raw: snapshots for snapshots in ALL_SNAPSHOTS}


def transform_snapshots(
    places: Places, timezone: str, snapshots: Snapshots, *, limits: Limits | None = None
) -> TransformReport:
    """Bring the tables of one list up to date with the raw layer.

    Raises:
        LakeError: a file of the raw layer or of the lake is missing or unreadable.
    """
    with lake_lock(places):
        return make_snapshots(places, snapshots, timezone, limits or Limits(), is_from_scratch=False)


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
        engine.register("complete_snapshots", _complete(fold, snapshots, batch))
        _keep_facts(engine, fold, snapshots)
        for name in ("item_facts", "item_states", "items", *(table.name for table in snapshots.tables)):
            make(engine, name)
        for table in snapshots.feed.tables:
            fold.put_whole(engine, table, table.key)
    fold.take_in({read.read_id: () for read in batch})


def _keep_facts(engine: duckdb.DuckDBPyConnection, fold: Fold, snapshots: Snapshots) -> None:
    """What the lake holds, as items with one state: `kept_items` and `kept_states`."""
    state = ", ".join(f'"{column.name}" := "{column.name}"' for column in snapshots.state)
    for table, name in ((snapshots.items, "kept_items"), (snapshots.history, "kept_states")):
        fold.keep(engine, table, [""])
        engine.execute(
            f"create temp view {name} as "
            f"select {snapshots.kept_key} as item_id, {snapshots.kept_scope} as scope, "
            f"struct_pack({state}) as state, * from kept_{table.name}"
        )


def _complete(fold: Fold, snapshots: Snapshots, batch: Sequence[Read]) -> pa.Table:
    """When the snapshots were taken that show everything there was, and of what."""
    rows = [
        {"scope": scope, "fetched_at": read.fetched_at}
        for read in batch
        for scope in (_scopes(fold, read) if snapshots.scope else [""] if _is_complete(fold, read) else [])
    ]
    return pa.Table.from_pylist(rows, schema=_COMPLETE)


def _is_complete(fold: Fold, read: Read) -> bool:
    parts = read.manifest.parts
    has_all = bool(parts) and not any(part.is_presumed or part.known_rows for part in parts)
    return read.manifest.is_complete and has_all and fold.catalog.is_whole(read)


def _scopes(fold: Fold, read: Read) -> list[str]:
    """The extensions of which a read shows everything, whatever became of the others."""
    return [extension_of(part) for part in read.manifest.parts if _is_whole(fold, read, part)]


def _is_whole(fold: Fold, read: Read, part: Part) -> bool:
    return part.is_complete and not part.is_presumed and fold.catalog.source(read, part) is not None
