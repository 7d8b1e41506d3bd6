-- Conversations of each extension, with and without a recording.
-- Grain: extension_id, of those that list recordings; the other side of an internal call may have been recorded.
-- Sources: calls, recording_calls, recording_extensions, labels.
with matched as (
    select uniqueid, bool_or(confidence = 'strong') as is_certain
    from recording_calls
    where uniqueid is not null
    group by uniqueid
)

select
    coalesce(c.called_extension_id, c.calling_extension_id) as id,
    any_value(l.label) as label,
    any_value(l.number) as number,
    count(*) as calls,
    count(*) filter (where m.is_certain) as recorded,
    count(*) filter (where not m.is_certain) as doubtful,
    count(*) filter (where m.uniqueid is null) as unrecorded
from calls as c
left join matched as m on c.uniqueid = m.uniqueid
left join labels as l on l.kind = 'extension' and l.id = coalesce(c.called_extension_id, c.calling_extension_id)
where c.is_connected
    and c.is_counted
    and coalesce(c.called_extension_id, c.calling_extension_id) in (select extension_id from recording_extensions)
group by coalesce(c.called_extension_id, c.calling_extension_id)
order by calls desc, id
