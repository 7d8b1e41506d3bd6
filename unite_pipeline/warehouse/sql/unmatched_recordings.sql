-- Recordings without a certain call, and why.
-- Grain: one recording (callrecordkey).
-- Sources: recording_calls, recordings, days.
select
    m.callrecordkey,
    m.recorded_date,
    r.recorded_at,
    r.duration_s,
    m.confidence,
    case
        when m.confidence = 'none' then 'no_call'
        when m.confidence = 'ambiguous' then 'rivals'
        when m.is_contradicted then 'contradicted'
        when coalesce(r.duration_s, 0) = 0 then 'empty'
        else 'little_evidence'
    end as reason
from recording_calls as m
inner join recordings as r on m.callrecordkey = r.callrecordkey and m.recorded_date = r.recorded_date
where m.confidence <> 'strong' and m.recorded_date in (select day from days)
