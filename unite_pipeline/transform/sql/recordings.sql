-- Grain: one recording (callrecordkey), of the days that are made now; the newest read wins, also across days.
-- Sources: recording_newest with recording_rows (reads staged now), kept_recordings (what the lake holds),
-- recording_extensions (whether any extension still lists it).
with staged as (
    select
        r.* exclude (source_no, position, row, reason),
        make_timestamptz(r.recorded_at_us) as recorded_at,
        n.first_seen_at,
        n.last_seen_at,
        n.read_id,
        true as is_staged
    from recording_newest as n
    inner join recording_rows as r on n.source_no = r.source_no and n.position = r.position
),
candidates as (
    select * from staged
    union all by name
    select * exclude (is_gone), false as is_staged from kept_recordings
),
ranked as (
    select
        * exclude (first_seen_at),
        min(first_seen_at) over (partition by callrecordkey) as first_seen_at,
        row_number() over (partition by callrecordkey order by last_seen_at desc, read_id desc, is_staged desc) as nth
    from candidates
),
listed as (
    select callrecordkey, bool_and(is_gone) as is_gone
    from recording_extensions
    group by callrecordkey
)
select
    r.* exclude (nth),
    coalesce(l.is_gone, false) as is_gone
from ranked as r
left join listed as l on r.callrecordkey = l.callrecordkey
where r.nth = 1
