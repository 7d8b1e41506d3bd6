"""A lake as years of syncs would have left it: partitions of calls and recordings, and the memory of their reads.

Here: files that the transformation would have written from raw pages that nobody has. Small lists come by the real
path (`lists.py`), manifests are `reads.py`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet

from unite_pipeline.lake.engine import Limits, connection, digest
from unite_pipeline.lake.partitions import partition_file, partition_files
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.table import Table
from unite_pipeline.lake.tables import CALL_LEGS, CALLS, RECORDING_EXTENSIONS, RECORDINGS, REJECTED_ROWS
from unite_pipeline.transform import calls, recordings
from unite_pipeline.transform.fold import Feed
from unite_pipeline.transform.progress import Progress, encode_progress, load_progress, progress_file
from unite_pipeline_tests.scale.traffic import CALLS_A_DAY, TIMEZONE, make_calls, months

_READ = "cast(call_date as varchar) || 'T230000.000000Z-0000'"
_SEEN = "timezone('UTC', cast(call_date as timestamp) + interval 30 hour)"
_TABLES = {
    CALLS: f"""
        select
            uniqueid, started_at, started_at_local, epoch_us(started_at) as started_at_us,
            false as is_ambiguous_local_time,
            case way when 'in' then 'inbound' when 'out' then 'outbound' else 'internal' end as direction,
            if(way = 'in', 'in', 'out') as direction_sent,
            if(way = 'internal', 'internal', 'external') as scope,
            answered, cast(rang_s + talk_s as int) as duration_s, talk_s, rang_s as ring_s,
            cast(len(legs) as int) as leg_count, legs[1].number as first_number, legs[-1].number as last_number,
            {_SEEN} as first_seen_at, {_SEEN} as last_seen_at, false as is_gone, {_READ} as read_id, call_date
        from made
        order by call_date, started_at_us, uniqueid
    """,
    CALL_LEGS: """
        with legs as (
            select uniqueid, call_date, started_at, unnest(legs) as leg, unnest(range(1, len(legs) + 1)) as position
            from made
        )
        select
            uniqueid, cast(position as int) as position, leg.number as number, cast(null as varchar) as description,
            if(leg.outer_, '06 ' || right(leg.number, 8), '1234*' || leg.number) as number_formatted,
            if(leg.outer_, 'NL', null) as country, started_at, epoch_us(started_at) as started_at_us, call_date
        from legs
        order by call_date, started_at_us, uniqueid, position
    """,
    RECORDINGS: f"""
        select
            callrecordkey, started_at + to_seconds(rang_s) as recorded_at,
            epoch_us(started_at + to_seconds(rang_s)) as recorded_at_us,
            cast(talk_s + 1 as int) as duration_s, cast(talk_s * 4000 as bigint) as size_bytes,
            cast(talk_s // 250 + 1 as int) as part_count, cast(1000000 as bigint) as part_size_bytes,
            callrecordkey || '.mp3' as filename, extension(first_extension) as from_number,
            cast(null as varchar) as to_number, cast(null as varchar) as to_number_formatted,
            cast(null as varchar) as to_description, coalesce(legs[1].number, legs[2].number) as from_callerid,
            cast(null as varchar) as from_callerid_formatted, cast(null as varchar) as queue_name,
            {_SEEN} as first_seen_at, {_SEEN} as last_seen_at, false as is_gone, {_READ} as read_id,
            call_date as recorded_date
        from made
        where callrecordkey is not null
        order by recorded_date, recorded_at_us, callrecordkey
    """,
}
_LISTINGS = f"""
    select
        callrecordkey, 'R' || cast(first_extension as int) as extension_id,
        {_SEEN} as first_seen_at, {_SEEN} as last_seen_at, false as is_gone, call_date as recorded_date
    from made
    where callrecordkey is not null
    order by recorded_date, callrecordkey, extension_id
"""


def write_history(places: Places, days: list[date], calls_a_day: int = CALLS_A_DAY) -> None:
    """Write the partitions of these days."""
    listings: list[pa.Table] = []
    for month in months(days):
        with connection(Limits(), places.root / "spill") as engine:
            make_calls(engine, month, calls_a_day)
            for table, sql in _TABLES.items():
                _write(places, table, _rows(engine, sql, table))
            listings.append(engine.sql(_LISTINGS).to_arrow_table())
    _write_listings(places, pa.concat_tables(listings))


def _write_listings(places: Places, rows: pa.Table) -> None:
    if RECORDING_EXTENSIONS.partition is not None:
        _write(places, RECORDING_EXTENSIONS, rows.select(RECORDING_EXTENSIONS.read_schema.names))
        return
    in_order = rows.sort_by([("callrecordkey", "ascending"), ("extension_id", "ascending")])
    _put(partition_file(places, RECORDING_EXTENSIONS, None), in_order, RECORDING_EXTENSIONS)


def remember(places: Places, feed: Feed, reads: dict[str, list[date]]) -> None:
    """Let the tables of a feed remember these reads, as if they had been folded in."""
    known = load_progress(places, feed.tables[0])
    code = digest("unite_pipeline.transform", TIMEZONE, repr(feed.tables), repr(REJECTED_ROWS))
    file = progress_file(places, feed.tables[0])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(encode_progress(Progress(code, {**known.reads, **reads})))


def standing_days(places: Places) -> list[str]:
    """Days whose calls stand in the lake, in order."""
    return list(partition_files(places, CALLS))


FEEDS = (calls.FEED, recordings.FEED)


def _rows(engine: duckdb.DuckDBPyConnection, sql: str, table: Table) -> pa.Table:
    rows = engine.sql(sql).to_arrow_table()
    return rows.select(table.read_schema.names).cast(table.read_schema)


def _write(places: Places, table: Table, rows: pa.Table) -> None:
    """One file a day, of rows that stand in order of their day."""
    column = table.read_schema.names[-1]
    counts = sorted(rows[column].value_counts().to_pylist(), key=lambda each: each["values"])
    parts, start = [], 0
    for each in counts:
        parts.append((each["values"].isoformat(), rows.slice(start, each["counts"])))
        start += each["counts"]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda part: _put(partition_file(places, table, part[0]), part[1], table), parts))


def _put(file: Path, rows: pa.Table, table: Table) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(rows.select(table.schema.names).cast(table.schema), file, compression="zstd")
