-- Days whose recordings have to be made again: those of recordings that came now, wherever the lake holds them, and of
-- recordings about which any list changed its mind.
-- Grain: one local day.
-- Sources: recording_newest, recording_days, kept_recordings (the days on which the lake holds any that came now),
-- recording_extensions, kept_recording_extensions.
with mine as (
    select callrecordkey, extension_id, first_seen_at, last_seen_at, is_gone, recorded_date from recording_extensions
),
kept as (
    select callrecordkey, extension_id, first_seen_at, last_seen_at, is_gone, recorded_date
    from kept_recording_extensions
)
select recorded_date from (select * from mine except select * from kept)
union
select recorded_date from (select * from kept except select * from mine)
union
select recorded_date from recording_days where callrecordkey in (select callrecordkey from recording_newest)
union
select recorded_date from kept_recordings where callrecordkey in (select callrecordkey from recording_newest)
