-- Grain: one recording and an extension that lists it, or did (callrecordkey, extension_id), of the days that may change.
-- Sources: recording_seen (reads staged now), kept_recording_extensions (what the lake holds of these days), proofs and
-- rejected_keys (whether a newer complete list of the extension lacks it), recording_days.
with sightings_of_both as (
    select
        callrecordkey,
        extension_id,
        fetched_at as first_seen_at,
        fetched_at as last_seen_at,
        false as was_gone,
        null as kept_date
    from recording_seen
    union all
    select callrecordkey, extension_id, first_seen_at, last_seen_at, is_gone as was_gone, recorded_date as kept_date
    from kept_recording_extensions
),
merged as (
    select
        callrecordkey,
        extension_id,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        arg_max(was_gone, (last_seen_at, was_gone)) as was_gone,
        max(kept_date) as kept_date
    from sightings_of_both
    group by callrecordkey, extension_id
)
select
    m.callrecordkey,
    m.extension_id,
    m.first_seen_at,
    m.last_seen_at,
    coalesce(p.fetched_at > m.last_seen_at and x.key is null, false) or (f.is_frozen and m.was_gone) as is_gone,
    coalesce(d.recorded_date, m.kept_date) as recorded_date
from merged as m
cross join frozen as f
left join recording_days as d on m.callrecordkey = d.callrecordkey
left join proofs as p on m.extension_id = p.subject
left join rejected_keys as x on m.callrecordkey = x.key and m.extension_id = x.subject
