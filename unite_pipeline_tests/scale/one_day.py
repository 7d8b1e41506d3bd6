"""One more day of the made-up company, landed in the raw layer as a sync would: pages, manifests, every list once.

Here: rows as the API would send them. Not here: what the pipeline makes of them (`steps.py`).
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb

from unite_pipeline.extract.cdr_window import CONTROL
from unite_pipeline.lake.engine import Limits, connection
from unite_pipeline.lake.manifests import Part, Window
from unite_pipeline.lake.places import Places
from unite_pipeline_tests.scale.lists import land
from unite_pipeline_tests.scale.reads import LISTS, manifest_of, of_a_list, put_manifest, window_of
from unite_pipeline_tests.scale.traffic import CALLS_A_DAY, make_calls

_CALLS = """
with rows as (
    select
        if(way = 'internal', 'internal', 'external') || if(answered, '_answered', '_missed') as part,
        cast(to_json(struct_pack(
            uniqueid := uniqueid,
            calltime := strftime(started_at_local, '%Y-%m-%d %H:%M:%S.%f'),
            billsecond := cast(talk_s as varchar),
            duration := cast(rang_s + talk_s as varchar),
            direction := if(way = 'in', 'in', 'out'),
            call_chain := list_transform(legs, lambda leg: struct_pack(
                number := coalesce(leg.number, ''),
                "desc" := '',
                number_formats := struct_pack("CountryID" := if(leg.outer_, 'NL', null), owner_country := 'NL'),
                number_formatted := if(leg.outer_, '06 ' || right(leg.number, 8), '1234*' || leg.number)
            ))
        )) as varchar) as row,
        started_at_local
    from made
)
select part, list(row order by started_at_local) from rows group by part order by part
"""
_RECORDINGS = """
select
    'R' || cast(first_extension as int) as part,
    list(cast(to_json(struct_pack(
        callrecordkey := callrecordkey,
        recordtime := strftime(started_at_local + to_seconds(rang_s), '%Y-%m-%d %H:%M:%S.%f'),
        duration := cast(talk_s + 1 as varchar),
        filesize := cast(talk_s * 4000 as varchar),
        file_totalpart := talk_s // 250 + 1,
        file_partsize := 1000000,
        filename := callrecordkey || '.mp3',
        from_number := extension(first_extension),
        from_callerid := coalesce(legs[1].number, legs[2].number)
    )) as varchar) order by started_at_local desc)
from made
where callrecordkey is not null
group by part
order by part
"""


def land_day(places: Places, day: date, holders: dict[str, str], calls_a_day: int = CALLS_A_DAY) -> int:
    """Land a day's reads.

    Returns:
        How many calls it has.
    """
    moment = datetime(day.year, day.month, day.day, 22, 45, tzinfo=UTC) + timedelta(hours=7)
    with connection(Limits()) as engine:
        make_calls(engine, [day], calls_a_day)
        quadrants = _rows(engine, _CALLS)
        recordings = _rows(engine, _RECORDINGS)
    count = sum(map(len, quadrants.values()))
    asked = {"first_day": str(day), "last_day": str(day)}
    control = Part(part=CONTROL, itemcount=count, requests=1, is_complete=True)
    windows = (window_of(day, count, is_final=True),)
    land(places, manifest_of(places.tenant, "cdr_logs", moment, asked=asked, parts=(control,), windows=windows),
         quadrants)  # fmt: skip
    window = Window(window_start=moment, window_end=moment, received_rows=1, is_complete=True, is_presumed=True)
    # As lists that end early do: what was known is not listed again.
    land(places, manifest_of(places.tenant, "call_records", moment, windows=(window,)), recordings,
         known_rows=295)  # fmt: skip
    for feed in LISTS:
        put_manifest(places, of_a_list(places.tenant, feed, moment, holders[feed]))
    return count


def _rows(engine: duckdb.DuckDBPyConnection, sql: str) -> dict[str, list[Any]]:
    return {part: [json.loads(row) for row in rows] for part, rows in engine.execute(sql).fetchall()}
