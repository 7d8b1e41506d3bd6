-- Days whose recordings have to be made again: those of recordings that came now, wherever the lake holds them, and of
-- recordings about which any list changed its mind.
-- Grain: one local day.
-- Sources: recording_newest, recording_rows, recording_extensions, kept_recording_extensions, standing (the lake).
with changed as (
    select callrecordkey
    from (
        select callrecordkey, extension_id, first_seen_at, last_seen_at, is_gone from recording_extensions
        except
        select callrecordkey, extension_id, first_seen_at, last_seen_at, is_gone from kept_recording_extensions
    )
    union
    select callrecordkey from recording_newest
)
select s.recorded_date
from standing as s
semi join changed as c on s.callrecordkey = c.callrecordkey
union
select r.recorded_date
from recording_newest as n
inner join recording_rows as r on n.source_no = r.source_no and n.position = r.position
