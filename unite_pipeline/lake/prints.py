"""In which partitions of a table a key may stand, without opening them: prints of eight bytes, a file a month.

They are kept beside the partitions and follow them: a partition whose file is another than it was is printed again.
Here: those files. Not here: what a key that stands in two partitions means (`transform/`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from unite_pipeline.lake.partitions import Staging, dataset, stamp
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.table import Table

_FOLDER = "_prints"
_SCHEMA = pa.schema([("day", pa.string()), ("print", pa.uint64())])
_STAMPS = b"stamps"
_MONTH = len("2026-03")


def partitions_with(
    engine: duckdb.DuckDBPyConnection,
    staging: Staging,
    places: Places,
    table: Table,
    files: Mapping[str, Path],
    keys: str,
) -> set[str]:
    """The partitions that hold any of some keys; one in so many by mistake, since only prints are compared.

    Args:
        engine: where the keys are.
        staging: the change of the lake under way; prints that are made anew go with it.
        places: the data directory.
        table: which one; partitioned by day, with a key of one column.
        files: its partitions by day, and where their newest content stands.
        keys: SQL that selects the keys, as a column named `key`.
    """
    months: dict[str, dict[str, Path]] = {}
    for day, file in files.items():
        months.setdefault(day[:_MONTH], {})[day] = file
    prints = [_of_month(engine, staging, places, table, month, days) for month, days in months.items()]
    engine.register("prints", pa.concat_tables(prints) if prints else _SCHEMA.empty_table())
    query = (
        f"select distinct day from prints semi join (select md5_number_lower(key) as print from ({keys})) using (print)"
    )
    found = engine.execute(query).fetchall()
    engine.unregister("prints")
    return {day for (day,) in found}


def _of_month(
    engine: duckdb.DuckDBPyConnection,
    staging: Staging,
    places: Places,
    table: Table,
    month: str,
    days: Mapping[str, Path],
) -> pa.Table:
    """The prints of a month, of its partitions as they are now."""
    file = places.table(table.name) / _FOLDER / f"{month}.arrow"
    kept, stamps = _read(staging.current(file))
    now = {day: stamp(path) for day, path in days.items()}
    if stamps == now:
        return kept
    stale = {day for day, told in now.items() if stamps.get(day) != told}
    engine.register("kept_prints", kept)
    engine.register("unprinted", dataset(table, [days[day] for day in sorted(stale)]) if stale else _nothing(table))
    query = (
        f"select cast({_partition(table)} as varchar) as day, md5_number_lower({table.key[0]}) as print from unprinted "
        "union all select day, print from kept_prints where list_contains($standing, day) order by day"
    )
    made = engine.sql(query, params={"standing": sorted(now.keys() - stale)}).to_arrow_table().cast(_SCHEMA)
    told = made.replace_schema_metadata({_STAMPS: json.dumps(now).encode()})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, told.schema) as writer:
        writer.write_table(told)
    staging.put_bytes(file, sink.getvalue().to_pybytes())
    return made


def _read(file: Path) -> tuple[pa.Table, dict[str, str]]:
    """Prints and what they were made of; nothing where none stand, or none that can be read: they are made again."""
    try:
        with pa.memory_map(str(file)) as source:
            rows = pa.ipc.open_file(source).read_all()
        stamps: dict[str, str] = json.loads(rows.schema.metadata[_STAMPS])
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError):
        return _SCHEMA.empty_table(), {}
    return rows.replace_schema_metadata(None), stamps


def _nothing(table: Table) -> pa.Table:
    return table.read_schema.empty_table()


def _partition(table: Table) -> str:
    return "" if table.partition is None else f'"{table.partition.name}"'
