"""Made-up calls of a company of 120 extensions, a month at a time, as tables in an engine.

Here: their shape, as SQL over `hash()`, so that a day is the same whenever it is made. Numbers are of a range that is
never issued. Not here: files (`history.py`, `one_day.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import pyarrow as pa

TIMEZONE = "Europe/Amsterdam"
EXTENSIONS = 120
FLOWS = 20
OWN_NUMBERS = 30
CONTACTS = 5_000
CALLS_A_DAY = 6_845
"""Ten million calls in four years."""
_OF_A_WEEKDAY = (1.25, 1.3, 1.2, 1.2, 1.15, 0.15, 0.08)

_MACROS = """
create or replace macro u(day, i, k) as (hash(day, i, k) % 1000003) / 1000003.0;
create or replace macro outside(idx) as
    '3160' || lpad(cast(10000 + (cast(idx as bigint) * 6700417) % 9990000 as varchar), 7, '0');
create or replace macro extension(idx) as lpad(cast(200 + cast(idx as int) as varchar), 4, '0');
create or replace macro flow(idx) as lpad(cast(idx as varchar), 4, '0');
create or replace macro own(idx) as '3160' || lpad(cast(idx as varchar), 7, '0');
create or replace macro key_of(day, i, salt) as
    regexp_replace(md5(concat(day, '-', i, salt)), '(.{8})(.{4})(.{4})(.{4})(.{12})', '\\1-\\2-\\3-\\4-\\5');
"""

_CALLS = """
create or replace temp table made as
with spread as (
    select
        d.day,
        unnest(range(d.calls)) as i
    from days as d
),
drawn as (
    select
        *,
        case when u(day, i, 1) < 0.55 then 'in' when u(day, i, 1) < 0.85 then 'out' else 'internal' end as way,
        case
            when u(day, i, 2) < 0.45 then floor(pow(u(day, i, 3), 2) * {contacts})
            when u(day, i, 2) < 0.8 then {contacts} + floor(pow(u(day, i, 3), 1.5) * 40000)
            else {contacts} + 40000
                + floor(u(day, i, 3) * (20000 + 330 * greatest(date_diff('day', date '2020-01-01', day), 0)))
        end as outsider,
        floor(pow(u(day, i, 4), 1.3) * {extensions}) as first_extension,
        floor(u(day, i, 5) * {extensions}) as second_extension,
        cast(floor(u(day, i, 6) * {own_numbers}) as int) as own_number,
        u(day, i, 7) < 0.8 as answered,
        cast(2 - ln(1 - u(day, i, 8)) * 12 as int) as rang_s,
        cast(1 - ln(1 - u(day, i, 9)) * 180 as int) as talked_s,
        if(u(day, i, 10) < 0.92, 28800 + u(day, i, 11) * 32400, u(day, i, 11) * 86400) as second_of_day
    from spread
),
timed as (
    select
        *,
        cast(day as timestamp) + to_microseconds(cast(second_of_day * 1e6 as bigint)) as started_at_local,
        if(answered, talked_s, 0) as talk_s
    from drawn
)
select
    day as call_date,
    '10.0.0.1_' || key_of(day, i, 'c') as uniqueid,
    i,
    way,
    answered,
    rang_s,
    talk_s,
    started_at_local,
    timezone('{timezone}', started_at_local) as started_at,
    case way
        when 'in' then list_filter([
            struct_pack(number := if(u(day, i, 12) < 0.03, null, outside(outsider)), outer_ := true),
            struct_pack(number := own(own_number), outer_ := true),
            if(u(day, i, 13) < 0.75, struct_pack(number := flow(own_number % {flows}), outer_ := false), null),
            if(answered or u(day, i, 14) < 0.8,
                struct_pack(number := extension(first_extension), outer_ := false), null),
            if(u(day, i, 15) < 0.25, struct_pack(number := extension(second_extension), outer_ := false), null)
        ], lambda leg: leg is not null)
        when 'out' then [
            struct_pack(number := extension(first_extension), outer_ := false),
            struct_pack(number := outside(outsider), outer_ := true)
        ]
        else [
            struct_pack(number := extension(first_extension), outer_ := false),
            struct_pack(number := extension(second_extension), outer_ := false)
        ]
    end as legs,
    if(answered and way <> 'internal' and u(day, i, 16) < 0.25, 'f' || key_of(day, i, 'r'), null) as callrecordkey,
    first_extension
from timed
"""


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a history and how many calls each has.

    Args:
        calls: in total, about.
        last: the last local day.
    """

    calls: int
    last: date

    @property
    def days(self) -> list[date]:
        """Its days, oldest first: a longer history has more days, not more calls a day."""
        count = max(1, round(self.calls / CALLS_A_DAY))
        return [self.last - timedelta(days=back) for back in range(count - 1, -1, -1)]


def months(days: list[date]) -> list[list[date]]:
    """The days by month, oldest first."""
    found: dict[str, list[date]] = {}
    for day in days:
        found.setdefault(f"{day:%Y-%m}", []).append(day)
    return list(found.values())


def make_calls(engine: duckdb.DuckDBPyConnection, days: list[date], calls_a_day: int = CALLS_A_DAY) -> None:
    """Make the calls of these days as `made`; so many a day on average over a week."""
    engine.execute(_MACROS)
    of_days = [round(calls_a_day * _OF_A_WEEKDAY[day.weekday()] * 7 / sum(_OF_A_WEEKDAY)) for day in days]
    table = pa.table({"day": pa.array(days, pa.date32()), "calls": pa.array(of_days, pa.int64())})
    engine.register("days", table)
    sizes = {"contacts": CONTACTS, "extensions": EXTENSIONS, "flows": FLOWS, "own_numbers": OWN_NUMBERS}
    engine.execute(_CALLS.format(timezone=TIMEZONE, **sizes))
    engine.unregister("days")
