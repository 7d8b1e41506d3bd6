-- Calls with their certain recordings.
-- Grain: one call (uniqueid).
-- Sources: recording_calls, recordings, days.
select
    m.uniqueid,
    m.call_date,
    count(*) as recording_count,
    sum(r.duration_s)::bigint as recorded_s,
    min(r.recorded_at) as first_recorded_at
from recording_calls as m
inner join recordings as r on m.callrecordkey = r.callrecordkey and m.recorded_date = r.recorded_date
where
    m.confidence = 'strong'
    and m.call_date in (select day from days)
    and m.recorded_date in (select distinct day + cast(n as integer) from days cross join range(-1, 2) as near(n))
group by m.uniqueid, m.call_date
