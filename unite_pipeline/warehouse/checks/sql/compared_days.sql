-- The calls of each proven day, as counted from the API's rows and as the warehouse shows them, and what explains a
-- difference: rows that are in rejected_rows instead, and older rows of calls whose newest row is there.
-- Grain: one local day that is proven complete (day).
-- Sources: coverage, calls, rejected_rows, day_readings (which read's rows were counted).
with proofs as (
    select day, received_rows, fetched_at
    from coverage
    where feed = 'cdr_logs' and day is not null
    qualify row_number() over (partition by day order by fetched_at desc, read_id desc) = 1 and is_complete
),
counted_reads as (
    select p.day, r.read_id, r.fetched_at
    from proofs as p
    inner join day_readings as r on p.day = r.day and r.fetched_at <= p.fetched_at
    where r.is_complete and not r.is_presumed
    qualify row_number() over (partition by p.day order by r.fetched_at desc, r.read_id desc) = 1
),
-- The same row in two filter quadrants is one row; twice in one quadrant it is two.
rejected_in_parts as (
    select c.day, j.row, j.part, c.fetched_at, count(*) as times
    from rejected_rows as j
    inner join counted_reads as c on j.read_id = c.read_id
    where
        j.feed = 'cdr_logs' and j.leg_position = 0 and j.reason <> 'outside_days'
        and left(json_extract_string(j.row, '$.calltime'), 10) = strftime(c.day, '%Y-%m-%d')
    group by all
),
rejected as (
    select
        day,
        fetched_at,
        json_extract_string(row, '$.uniqueid') as uniqueid,
        max(times) as times
    from rejected_in_parts
    group by day, fetched_at, row
),
rejected_days as (
    select day, sum(times) as rejected_rows
    from rejected
    group by day
),
kept_days as (
    select j.day, count(distinct c.uniqueid) as older_calls
    from rejected as j
    inner join calls as c on j.uniqueid = c.uniqueid and j.day = c.call_date
    where not c.is_gone and c.last_seen_at < j.fetched_at
    group by j.day
),
-- A read that was cut off since may have brought more; the next sync proves those.
call_days as (
    select c.call_date as day, count(*) as calls
    from calls as c
    inner join proofs as p on c.call_date = p.day
    where not c.is_gone and c.first_seen_at <= p.fetched_at
    group by c.call_date
)
select
    p.day,
    p.received_rows,
    coalesce(c.calls, 0) as calls,
    cast(coalesce(r.rejected_rows, 0) as bigint) as rejected_rows,
    coalesce(k.older_calls, 0) as older_calls,
    cast(p.received_rows - coalesce(r.rejected_rows, 0) - coalesce(c.calls, 0) + coalesce(k.older_calls, 0) as bigint)
        as missing_calls
from proofs as p
left join call_days as c on p.day = c.day
left join rejected_days as r on p.day = r.day
left join kept_days as k on p.day = k.day
