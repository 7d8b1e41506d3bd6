-- Recordings and the calls they were made of, paired without looking at the clock's hour: the same extension, talk as
-- long as the recording, within half a day; only where nothing else fits either of the two.
-- Grain: one pair (callrecordkey, uniqueid).
-- Sources: recordings, recording_extensions, extension_history, calls, call_legs. A recording's time carries its offset, a call's does not
-- (contract 34-36); a recording is listed about a second longer than the talk (contract 67).
with numbers as (
    select distinct extension_id, extension_number
    from extension_history
    where extension_number is not null
),
recorded as (
    select r.callrecordkey, r.recorded_at, r.recorded_date, r.duration_s, n.extension_number
    from recordings as r
    inner join recording_extensions as e on r.callrecordkey = e.callrecordkey and r.recorded_date = e.recorded_date
    inner join numbers as n on e.extension_id = n.extension_id
    where r.recorded_date >= $recent_day and r.duration_s >= $shortest_talk_s
),
spoken as (
    select distinct c.uniqueid, c.call_date, c.started_at, c.ring_s, c.talk_s, l.number
    from calls as c
    inner join call_legs as l on c.uniqueid = l.uniqueid and c.call_date = l.call_date
    where
        c.answered and c.talk_s > 0 and l.number in (select extension_number from numbers)
        and not c.is_ambiguous_local_time and c.call_date >= $recent_day - 1
),
-- All that may fit by the second and by the day, so that pairs are found by equality alone.
widened as (
    select *, duration_s + tolerance_s as talk_s
    from (select *, unnest([-2, -1, 0, 1, 2]) as tolerance_s from recorded)
),
dated as (
    select *, recorded_date + shift_days as call_date
    from (select *, unnest([-1, 0, 1]) as shift_days from widened)
),
candidates as (
    select distinct
        r.callrecordkey,
        s.uniqueid,
        r.recorded_date,
        date_diff('second', timezone('UTC', r.recorded_at), timezone($timezone, r.recorded_at)) as zone_offset_s,
        date_diff('millisecond', s.started_at, r.recorded_at) / 1000 - s.ring_s as offset_s
    from dated as r
    inner join spoken as s on r.extension_number = s.number and r.talk_s = s.talk_s and r.call_date = s.call_date
    where abs(date_diff('second', s.started_at, r.recorded_at)) <= $farthest_s
)
select callrecordkey, uniqueid, recorded_date, zone_offset_s, offset_s
from candidates
qualify count(*) over (partition by callrecordkey) = 1 and count(*) over (partition by uniqueid) = 1
