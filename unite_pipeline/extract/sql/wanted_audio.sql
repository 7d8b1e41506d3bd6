-- Grain: one recording whose audio is wanted and not settled (callrecordkey); newest first. Those that failed stand at
-- the end, the longest ago first, so that none that cannot be had keeps the budget from the others.
-- Sources: recordings, recording_extensions and extensions of the lake; wish, the extensions named in the setting;
-- settled and failed, from the audio folder.
with named as (
    select extension_id
    from extensions
    where not is_deleted and (extension_number in (select number from wish) or '*' in (select number from wish))
),
listed as (
    select l.callrecordkey, list(l.extension_id order by l.extension_id) as extension_ids
    from recording_extensions as l
    semi join named as n on l.extension_id = n.extension_id
    where not l.is_gone
    group by l.callrecordkey
)
select
    r.callrecordkey,
    r.recorded_date,
    l.extension_ids,
    r.size_bytes,
    r.part_count,
    r.part_size_bytes
from recordings as r
inner join listed as l on r.callrecordkey = l.callrecordkey
anti join settled as s on r.callrecordkey = s.callrecordkey
left join failed as f on r.callrecordkey = f.callrecordkey
where not r.is_gone
order by f.failed_at nulls first, r.recorded_at_us desc, r.callrecordkey
