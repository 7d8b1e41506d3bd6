-- The row that stands for a recording among the reads staged now.
-- Grain: one recording (callrecordkey).
-- Sources: recording_seen.
select
    callrecordkey,
    source_no,
    position,
    read_id,
    fetched_at as last_seen_at,
    min(fetched_at) over (partition by callrecordkey) as first_seen_at
from recording_seen
qualify
    row_number() over (
        partition by callrecordkey order by fetched_at desc, read_id desc, part_no desc, position desc
    ) = 1
