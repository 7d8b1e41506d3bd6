-- The recordings to match and those of the day before and after, which may be their rivals, by a clock put right.
-- Grain: one recording (callrecordkey).
-- Sources: recordings, recording_clock, days.
with placed as (
    select
        r.callrecordkey,
        r.recorded_date,
        coalesce(r.duration_s, 0) as duration_s,
        r.queue_name,
        c.marks,
        c.is_key_shared,
        r.recorded_at - to_milliseconds(cast(1000 * c.offset_s as bigint)) as marked_at,
        lower(regexp_extract(r.callrecordkey, '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}')) as uuid
    from recordings as r
    inner join recording_clock as c on r.recorded_date = c.recorded_date
    where r.recorded_date in (select distinct day + cast(n as integer) from days cross join range(-1, 2) as near(n))
)

select
    * exclude (marked_at),
    if(marks = 'end', marked_at - to_seconds(duration_s), marked_at) as began_at,
    if(marks = 'end', marked_at, marked_at + to_seconds(duration_s)) as ended_at
from placed
