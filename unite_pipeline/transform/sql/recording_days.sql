-- The local day of each recording that came now, or that stands on a day which one of those stands on: the newest read
-- wins.
-- Grain: one recording (callrecordkey).
-- Sources: recording_newest with recording_rows (reads staged now), kept_recordings (what the lake holds of these days).
with candidates as (
    select n.callrecordkey, r.recorded_date, n.last_seen_at, n.read_id, true as is_staged
    from recording_newest as n
    inner join recording_rows as r on n.source_no = r.source_no and n.position = r.position
    union all
    select callrecordkey, recorded_date, last_seen_at, read_id, false as is_staged
    from kept_recordings
)
select callrecordkey, recorded_date
from candidates
qualify row_number() over (partition by callrecordkey order by last_seen_at desc, read_id desc, is_staged desc) = 1
