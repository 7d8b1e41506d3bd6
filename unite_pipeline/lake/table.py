"""What a table and a column are: the shapes that `tables.py` fills in.

Here: types, and the schemas that follow from columns. Not here: any one table.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

_ARROW_TYPES = {
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "DOUBLE": pa.float64(),
    "INTEGER": pa.int32(),
    "JSON": pa.string(),
    "TIMESTAMP": pa.timestamp("us"),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
    "VARCHAR": pa.string(),
}


_HARMLESS_TYPES = ("BOOLEAN", "DATE", "TIMESTAMP", "TIMESTAMPTZ")
"""A flag can be counted, and of times the first and the last day be told, without telling of anybody."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    What is declared harmless may be told of it outside the data: in Dagster, of many rows at once. Everything else is
    taken for personal, text above all: a name, a number, a key with an address in it.

    Args:
        name: as it stands in files.
        type: DuckDB's.
        description: meaning and unit.
        is_required: whether it is never NULL.
        codes: the values it is known to have, all of them ours or the vendor's document's; only these are ever told.
        is_measure: whether it is a number whose least and greatest value tell of nobody: a duration, a size, a count.
    """

    name: str
    type: str
    description: str
    is_required: bool = False
    # Not in `repr`: what may be told decides nothing of the warehouse, which is built again when that text changes.
    codes: tuple[str, ...] = field(default=(), repr=False)
    is_measure: bool = field(default=False, repr=False)

    @property
    def is_harmless(self) -> bool:
        """Whether anything of its values may be told outside the data."""
        return bool(self.codes) or self.is_measure or self.type in _HARMLESS_TYPES


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Args:
        name: asset, lake folder, SQL file and table alike.
        description: the grain in words.
        key: columns that are unique within a tenant.
        columns: in the order they stand in files.
        partition: the column whose value is the folder instead of a column of the file, or None for a single file.
        looked_up: columns that are in no file: the warehouse looks them up in other tables.
        is_impersonal: whether no column of it tells of a person.
        is_by_day: whether the partition is the local day that rows belong to; if not, it only keeps together what
            changes together.
    """

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    partition: Column | None = None
    looked_up: tuple[Column, ...] = ()
    is_impersonal: bool = field(default=False, repr=False)
    is_by_day: bool = field(default=True, repr=False)

    @property
    def day(self) -> Column | None:
        """The column that tells a row's local day, of a table that stands by day."""
        is_day = self.partition is not None and self.partition.type == "DATE" and self.is_by_day
        return self.partition if is_day else None

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of a file: no tenant, no partition column, no dictionaries, signed integers."""
        return pa.schema([(column.name, _ARROW_TYPES[column.type]) for column in self.columns])

    @property
    def read_schema(self) -> pa.Schema:
        """Arrow schema of what a reader sees: the file's, and the partition column."""
        if self.partition is None:
            return self.schema
        return self.schema.append(pa.field(self.partition.name, _ARROW_TYPES[self.partition.type]))

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Columns of the warehouse table: tenant, key, partition, the rest, what is looked up."""
        return (*self.lake_columns, *self.looked_up)

    @property
    def lake_columns(self) -> tuple[Column, ...]:
        """Columns of the lake table, those that its folders name included: tenant, key, partition, the rest."""
        partition = () if self.partition is None else (self.partition,)
        return (TENANT, *self.columns[:1], *partition, *self.columns[1:])


def key(name: str, description: str, type_: str = "VARCHAR", *, codes: tuple[str, ...] = ()) -> Column:
    """A column that is never NULL: text, unless another type is named."""
    return Column(name, type_, description, is_required=True, codes=codes)


def text(name: str, description: str, *, codes: tuple[str, ...] = ()) -> Column:
    """A column of text that may be NULL."""
    return Column(name, "VARCHAR", description, codes=codes)


def measure(name: str, description: str, type_: str = "INTEGER", *, is_required: bool = False) -> Column:
    """A number with a unit, whose extremes tell of nobody."""
    return Column(name, type_, description, is_required, is_measure=True)


def flag(name: str, description: str) -> Column:
    """A truth value that is never NULL."""
    return Column(name, "BOOLEAN", description, is_required=True)


TENANT = key("tenant", "Slug of the tenant (UNITE_TENANT)")
FIRST_SEEN = Column("first_seen_at", "TIMESTAMPTZ", "When the first read that has it was fetched", is_required=True)
LAST_SEEN = Column("last_seen_at", "TIMESTAMPTZ", "When the newest read that has it was fetched", is_required=True)
