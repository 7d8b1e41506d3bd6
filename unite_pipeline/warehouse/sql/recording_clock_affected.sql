-- Days on whose clock a recording counts that came into another extension's list, or out of one, and these days' next.
-- Grain: one local day.
-- Sources: recordings, recording_extensions, former_recording_extensions (the same before the lake's changes were loaded).
with changed as (
    (
        select callrecordkey, extension_id from recording_extensions
        except
        select callrecordkey, extension_id from former_recording_extensions
    )
    union all
    (
        select callrecordkey, extension_id from former_recording_extensions
        except
        select callrecordkey, extension_id from recording_extensions
    )
)

select distinct r.recorded_date + cast(n as integer) as day
from recordings as r
cross join range(28) as later(n)
where r.callrecordkey in (select callrecordkey from changed)
