-- Recordings of one extension at the same time, which cannot be of the same call, where a call may be either's.
-- Grain: one recording and a rival (callrecordkey, rival), both ways round.
-- Sources: recording_candidates, recording_window, recording_extensions. A second of overlap is rounding.
with contested as (
    select uniqueid from recording_candidates group by uniqueid having count(*) > 1
),

claims as materialized (
    select c.uniqueid, c.callrecordkey, r.recorded_date, r.began_at, r.ended_at
    from recording_candidates as c
    inner join recording_window as r on c.callrecordkey = r.callrecordkey
    where c.uniqueid in (select uniqueid from contested) and r.duration_s > 0
),

listed as materialized (
    select c.*, e.extension_id
    from claims as c
    inner join recording_extensions as e on c.callrecordkey = e.callrecordkey and c.recorded_date = e.recorded_date
)

select distinct a.callrecordkey, b.callrecordkey as rival
from listed as a
inner join listed as b
    on a.uniqueid = b.uniqueid and a.extension_id = b.extension_id and a.callrecordkey <> b.callrecordkey
where date_diff('millisecond', greatest(a.began_at, b.began_at), least(a.ended_at, b.ended_at)) > 1000
