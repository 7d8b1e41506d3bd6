-- Calls that a recording fits into, give or take five seconds, and those that its key names.
-- Grain: one recording and call (callrecordkey, uniqueid), in the reading of the call's start that fits best.
-- Sources: recording_window, recording_spoken. Ten minutes at a time, so that not all calls of a day are compared.
with call_slots as (
    select *, unnest(range((epoch(started_at)::bigint - 5) // 600, (epoch(ended_at)::bigint + 5) // 600 + 1)) as slot
    from recording_spoken
),

recording_slots as (
    select *, epoch(began_at)::bigint // 600 as slot
    from recording_window
),

contained as (
    select r.callrecordkey, c.uniqueid, c.call_shift_s, false as is_key
    from recording_slots as r
    inner join call_slots as c
        on r.slot = c.slot
        and r.began_at >= c.started_at - to_seconds(5) and r.ended_at <= c.ended_at + to_seconds(5)
        and abs(c.call_date - r.recorded_date) <= 1
),

keyed as (
    select r.callrecordkey, c.uniqueid, c.call_shift_s, true as is_key
    from recording_window as r
    inner join recording_spoken as c on r.uuid = c.uuid and abs(c.call_date - r.recorded_date) <= 1
    where r.is_key_shared and r.uuid <> ''
),

fits as (
    select callrecordkey, uniqueid, call_shift_s, bool_or(is_key) as is_key
    from (from contained union all from keyed)
    group by all
)

select
    f.callrecordkey,
    f.uniqueid,
    f.is_key,
    f.call_shift_s,
    c.call_date,
    r.duration_s,
    r.queue_name,
    date_diff('millisecond', if(r.marks = 'start', c.started_at, c.answered_at), r.began_at) / 1000 as time_offset_s,
    date_diff('millisecond', c.ended_at, r.ended_at) / 1000 as end_offset_s,
    r.duration_s - if(r.marks = 'start', c.duration_s, c.talk_s) as duration_difference_s,
    r.began_at >= if(r.marks = 'start', c.started_at, c.answered_at) - to_seconds(2)
    and r.ended_at <= c.ended_at + to_seconds(2) as is_within_call
from fits as f
inner join recording_window as r on f.callrecordkey = r.callrecordkey
inner join recording_spoken as c on f.uniqueid = c.uniqueid and f.call_shift_s = c.call_shift_s
qualify row_number() over (
    partition by f.callrecordkey, f.uniqueid
    order by least(abs(time_offset_s), abs(end_offset_s)), f.call_shift_s
) = 1
