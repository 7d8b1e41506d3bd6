-- A violation: a recording that no extension lists, a listing without its recording, or one by an extension that was
-- never among the extensions, deleted ones included.
-- Grain: one local day and what is wrong (day, kind); a listing's day is that of its recording, else when it was first
-- seen.
-- Sources: recordings, recording_extensions, extensions.
with faults as (
    select r.recorded_date as day, 'recording without extension' as kind
    from recordings as r
    where not exists (from recording_extensions as e where e.callrecordkey = r.callrecordkey)
    union all
    select cast(timezone($timezone, e.first_seen_at) as date) as day, 'listing without recording' as kind
    from recording_extensions as e
    where not exists (from recordings as r where r.callrecordkey = e.callrecordkey)
    union all
    select
        coalesce(r.recorded_date, cast(timezone($timezone, e.first_seen_at) as date)) as day,
        'unknown extension' as kind
    from recording_extensions as e
    left join recordings as r on e.callrecordkey = r.callrecordkey
    where not exists (from extensions as x where x.extension_id = e.extension_id)
)
select
    count(*) as violations,
    strftime(day, '%Y-%m-%d') || ': ' || case kind
        when 'recording without extension' then counted(count(*), 'recording') || ' that no extension lists'
        when 'listing without recording' then counted(count(*), 'listing') || ' of a recording that is not there'
        else counted(count(*), 'listing') || ' by an extension that is not in extensions'
    end as finding,
    day,
    kind
from faults
group by day, kind
order by day desc, kind
