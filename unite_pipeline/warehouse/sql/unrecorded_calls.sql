-- Connected calls without a certain recording by an extension that has one of most such calls: at least half of those of
-- its side and scope in 28 days, and five. Only calls that count: none that the API took back, and of an internal call that
-- has a row for either side the first, which has the recordings of both.
-- Grain: one call and extension (uniqueid, extension_id).
-- Sources: calls, recording_calls, recording_extensions, days.
with recorded as (
    select distinct m.uniqueid, e.extension_id, m.confidence
    from recording_calls as m
    inner join recording_extensions as e on m.callrecordkey = e.callrecordkey and m.recorded_date = e.recorded_date
    where
        m.uniqueid is not null
        and m.recorded_date in (select distinct day - cast(n as integer) from days cross join range(-1, 29) as r(n))
),

near as (
    select *
    from calls
    where
        is_connected
        and is_counted
        and call_date in (select distinct day - cast(n as integer) from days cross join range(28) as r(n))
),

sides as (
    select uniqueid, call_date, scope, talk_s, calling_extension_id as extension_id, 'calling' as side
    from near
    where direction is distinct from 'inbound'
    union all
    select uniqueid, call_date, scope, talk_s, called_extension_id as extension_id, 'called' as side
    from near
    where called_extension_id is distinct from calling_extension_id
),

calls_of_sides as (
    select
        s.*,
        coalesce(bool_or(r.confidence = 'strong'), false) as is_recorded,
        coalesce(bool_or(r.confidence <> 'strong'), false) as is_possibly_recorded
    from sides as s
    left join recorded as r on s.uniqueid = r.uniqueid and s.extension_id = r.extension_id
    where s.extension_id is not null
    group by all
),

by_day as (
    select extension_id, side, scope, call_date, count(*) as calls, count(*) filter (where is_recorded) as recorded_calls
    from calls_of_sides
    group by all
),

habits as (
    select
        d.day, h.extension_id, h.side, h.scope,
        sum(h.calls)::bigint as similar_call_count,
        sum(h.recorded_calls)::bigint as similar_recorded_count
    from days as d
    inner join by_day as h on h.call_date between d.day - 27 and d.day
    group by all
    having similar_recorded_count >= 5 and 2 * similar_recorded_count >= similar_call_count
)

select
    c.uniqueid,
    c.call_date,
    c.extension_id,
    c.side,
    c.scope,
    c.talk_s,
    h.similar_call_count,
    h.similar_recorded_count,
    c.is_possibly_recorded
from calls_of_sides as c
inner join habits as h
    on c.call_date = h.day and c.extension_id = h.extension_id and c.side = h.side and c.scope = h.scope
where not c.is_recorded
