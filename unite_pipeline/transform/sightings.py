"""Where numbers stand, day by day, and what of it is another than when it was last looked at.

A table of the pipeline's own in the lake: `numbers` is made of it without reading every call again. Here: which days
have to be looked at, their sightings, the difference. Not here: what follows for a number (`numbers.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa

from unite_pipeline.errors import LakeError
from unite_pipeline.lake.partitions import Staging, dataset, partition_file, partition_files, stamp
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.table import Table, key, measure, text
from unite_pipeline.lake.tables import NUMBERS
from unite_pipeline.transform.fold import make, rows_of, runs

LISTS_DAY = "1970-01-01"
"""Lists have no day; what they hold stands under this one."""
_DAYS_PER_BATCH = 92
_MEMORY_NAME = "_sources.json"
_ANSWER = (
    key("number", "The number as sent"),
    key("seen_in", "The table it stands in"),
    text("role", "What standing there makes of it"),
    text("formatted", "The number as the API formats it there"),
    text("e164", "The number in E.164, as the API gives it there"),
    text("country", "CountryID of its formats"),
    measure("times", "How often", "BIGINT", is_required=True),
)
NUMBER_SIGHTINGS = Table(
    "number_sightings",
    "One number, place and answer of a local day, and how often; for the pipeline, not for readers.",
    ("seen_date", "number", "seen_in", "role", "formatted", "e164", "country"),
    _ANSWER,
    key("seen_date", "The local day; 1970-01-01 for lists", "DATE"),
)
NUMBER_TOTALS = Table(
    "number_totals",
    "The same over all days, of numbers that had to be counted; for the pipeline, not for readers.",
    ("number", "seen_in", "role", "formatted", "e164", "country"),
    (*_ANSWER, key("first_date", "The first of these days", "DATE")),
)
# What the SQL reads of each table; one that the lake does not have, or that nobody has made yet, is empty.
_DATED = {
    "call_legs": ("number", "number_formatted", "country", "call_date"),
    "recordings": (
        "from_number", "to_number", "to_number_formatted", "from_callerid", "from_callerid_formatted", "recorded_date",
    ),
}  # fmt: skip
_LISTS = {
    "contact_history": ("phone_number", "phone_number_formatted", "phone_number_e164", "country"),
    "extension_history": ("extension_number", "username", "caller_id"),
    "call_flow_numbers": ("number",),
    "cdr_numbers": ("number", "number_formatted", "country"),
}
_NO_DATES = ("call_date", "recorded_date")


class Memory(msgspec.Struct, frozen=True):
    """What the numbers were made of: a hash of the rules, and by table and partition what tells a file from another."""

    code: str = ""
    stamps: dict[str, dict[str, str]] = {}


def memory_file(places: Places) -> Path:
    """Where it stands; committed together with the rows it speaks of."""
    return places.table(NUMBERS.name) / _MEMORY_NAME


def load_memory(places: Places) -> Memory:
    """What was remembered; nothing if numbers were never made.

    Raises:
        LakeError: the file is not readable.
    """
    file = memory_file(places)
    try:
        return msgspec.json.decode(file.read_bytes(), type=Memory)
    except FileNotFoundError:
        return Memory()
    except (ValueError, OSError) as error:
        message = f"{file} cannot be read ({type(error).__name__}). Delete it: the next run makes the numbers again."
        raise LakeError(message) from error


@dataclass(frozen=True, slots=True)
class Sources:
    """The files that numbers are made of.

    Args:
        tables: those the lake may have, by name.
        files: by table, its files by partition.
    """

    tables: Mapping[str, Table]
    files: Mapping[str, Mapping[str, Path]]

    @classmethod
    def of(cls, places: Places, tables: Sequence[Table]) -> Sources:
        """What stands in the lake now."""
        by_name = {table.name: table for table in tables if table.name in (*_DATED, *_LISTS)}
        return cls(by_name, {name: partition_files(places, table) for name, table in by_name.items()})

    def stamps(self) -> dict[str, dict[str, str]]:
        """What tells each of them from another content."""
        return {name: {value: stamp(file) for value, file in files.items()} for name, files in self.files.items()}

    def register(self, engine: duckdb.DuckDBPyConnection, days: Sequence[str]) -> None:
        """Make the rows of these days known to SQL; the lists' only if theirs is among them."""
        for name, columns in _DATED.items():
            files = self.files.get(name, {})
            self._register(engine, name, columns, [files[day] for day in days if day in files])
        for name, columns in _LISTS.items():
            self._register(engine, name, columns, list(self.files.get(name, {}).values()) if LISTS_DAY in days else [])

    def _register(
        self, engine: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str], files: list[Path]
    ) -> None:
        types = [(column, pa.date32() if column in _NO_DATES else pa.string()) for column in columns]
        engine.register(name, dataset(self.tables[name], files) if files else pa.schema(types).empty_table())


def stale_days(before: Mapping[str, Mapping[str, str]], now: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The days of which a file is another than before, in order; the lists' day among them if any list is."""
    days: set[str] = set()
    for name in (*_DATED, *_LISTS):
        old, new = before.get(name, {}), now.get(name, {})
        changed = {value for value in {*old, *new} if old.get(value) != new.get(value)}
        days |= changed if name in _DATED else {LISTS_DAY} if changed else set()
    return sorted(days)


def look_at(
    engine: duckdb.DuckDBPyConnection, places: Places, staging: Staging, sources: Sources, days: Sequence[str]
) -> None:
    """Make the sightings of these days, stage them, and gather `number_deltas` against what stood there."""
    engine.execute("create or replace temp table all_deltas as select * from (select 1) where false")
    for first in range(0, max(len(days), 1), _DAYS_PER_BATCH):
        batch = list(days[first : first + _DAYS_PER_BATCH])
        sources.register(engine, batch)
        make(engine, NUMBER_SIGHTINGS.name)
        engine.register("kept_number_sightings", sightings(places, staging, batch))
        make(engine, "number_deltas")
        verb = "create or replace temp table all_deltas as" if first == 0 else "insert into all_deltas"
        engine.execute(f"{verb} from number_deltas")
        rows = rows_of(engine, NUMBER_SIGHTINGS.name, NUMBER_SIGHTINGS.read_schema.names, NUMBER_SIGHTINGS.key)
        parts = dict.fromkeys(batch, NUMBER_SIGHTINGS.schema.empty_table())
        for day, part in runs(rows.cast(NUMBER_SIGHTINGS.read_schema), "seen_date"):
            parts[day.isoformat()] = part.select(NUMBER_SIGHTINGS.schema.names)
        for day, part in parts.items():
            staging.put(NUMBER_SIGHTINGS, day, part)
    engine.execute("create or replace temp table number_deltas as from all_deltas")


def sightings(places: Places, staging: Staging, days: Sequence[str] | None = None) -> object:
    """The sightings of these days, or of all, as they are by now."""
    standing = partition_files(places, NUMBER_SIGHTINGS)
    wanted = standing.keys() | staging.staged(NUMBER_SIGHTINGS) if days is None else days
    files = [staging.current(partition_file(places, NUMBER_SIGHTINGS, day)) for day in sorted(wanted)]
    there = [file for file in files if file.exists()]
    return dataset(NUMBER_SIGHTINGS, there) if there else NUMBER_SIGHTINGS.read_schema.empty_table()
