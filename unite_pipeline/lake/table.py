"""What a table and a column are: the shapes that `tables.py` fills in.

Here: types, and the schemas that follow from columns. Not here: any one table.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

_ARROW_TYPES = {
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "INTEGER": pa.int32(),
    "JSON": pa.string(),
    "TIMESTAMP": pa.timestamp("us"),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
    "VARCHAR": pa.string(),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `type` is DuckDB's; a required one is never NULL."""

    name: str
    type: str
    description: str
    is_required: bool = False


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
    """

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    partition: Column | None = None
    looked_up: tuple[Column, ...] = ()

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
        partition = () if self.partition is None else (self.partition,)
        return (TENANT, *self.columns[:1], *partition, *self.columns[1:], *self.looked_up)


def key(name: str, description: str, type_: str = "VARCHAR") -> Column:
    """A column that is never NULL: text, unless another type is named."""
    return Column(name, type_, description, is_required=True)


def text(name: str, description: str) -> Column:
    """A column of text that may be NULL."""
    return Column(name, "VARCHAR", description)


def flag(name: str, description: str) -> Column:
    """A truth value that is never NULL."""
    return Column(name, "BOOLEAN", description, is_required=True)


TENANT = key("tenant", "Slug of the tenant (UNITE_TENANT)")
