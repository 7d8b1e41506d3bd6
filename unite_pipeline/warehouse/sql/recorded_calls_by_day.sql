-- Connected calls and those of them that have certain recordings.
-- Grain: call_date; only days with a connected call.
-- Sources: calls, call_recordings, unrecorded_calls, days.
with missing as (
    select distinct uniqueid
    from unrecorded_calls
    where call_date in (select day from days)
)

select
    c.call_date,
    count(*) as connected_calls,
    count(r.uniqueid) as recorded_calls,
    count(m.uniqueid) filter (where r.uniqueid is null) as unrecorded_calls,
    coalesce(sum(r.recording_count), 0)::bigint as recording_count,
    coalesce(sum(c.talk_s), 0)::bigint as talk_s,
    coalesce(sum(r.recorded_s), 0)::bigint as recorded_s,
    count(r.uniqueid) / count(*) as recording_coverage
from calls as c
left join call_recordings as r on c.uniqueid = r.uniqueid and c.call_date = r.call_date
left join missing as m on c.uniqueid = m.uniqueid
where c.call_date in (select day from days)
    and c.is_counted
    and c.is_connected
group by c.call_date
