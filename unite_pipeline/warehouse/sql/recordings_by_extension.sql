-- Recordings by the extensions that list them, and how certain their calls are.
-- Grain: recorded_date, extension_id.
-- Sources: recordings, recording_calls, recording_extensions, days.
select
    m.recorded_date,
    e.extension_id,
    count(*) as recordings,
    count(*) filter (where m.confidence = 'strong') as strong,
    count(*) filter (where m.confidence = 'weak') as weak,
    count(*) filter (where m.confidence = 'ambiguous') as ambiguous,
    count(*) filter (where m.confidence = 'none') as unmatched,
    coalesce(sum(r.duration_s), 0)::bigint as recorded_s
from recording_calls as m
inner join recordings as r on m.callrecordkey = r.callrecordkey and m.recorded_date = r.recorded_date
inner join recording_extensions as e on m.callrecordkey = e.callrecordkey and m.recorded_date = e.recorded_date
where m.recorded_date in (select day from days)
group by m.recorded_date, e.extension_id
