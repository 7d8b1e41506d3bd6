-- Calls as seen from extensions: who made them or was the last they went to; internal ones once more from the side they
-- went to, which may be nobody that is known (*301); those from outside once more from extensions they passed before.
-- Grain: one call and side. A step of calls_by_extension.
-- Sources: calls, call_legs, days.
with made as (
    select
        uniqueid,
        call_date,
        direction,
        disposition,
        is_offered,
        is_counted,
        is_anonymous,
        is_connected,
        is_short_abandon,
        is_short_call,
        is_in_opening_hours,
        ring_s,
        talk_s,
        duration_s,
        leg_count,
        calling_extension_id,
        called_extension_id
    from calls
    where call_date in (select day from days)
),

passed as (
    select distinct uniqueid, extension_id
    from (
        select uniqueid, party_type, extension_id
        from call_legs
        where call_date in (select day from days)
        qualify row_number() over (partition by uniqueid order by position) > 1
    )
    where party_type = 'extension'
)

select
    * exclude (uniqueid, calling_extension_id, called_extension_id),
    coalesce(if(direction = 'inbound', called_extension_id, calling_extension_id), 'none') as extension_id
from made
union all
select
    * exclude (uniqueid, calling_extension_id, called_extension_id)
    replace (
        'internal_received' as direction,
        if(disposition = 'internal_answered', 'internal_received_answered', 'internal_received_unanswered') as disposition
    ),
    coalesce(called_extension_id, 'none') as extension_id
from made
where direction = 'internal'
union all
select
    m.* exclude (uniqueid, calling_extension_id, called_extension_id)
    replace ('handed_on' as direction, false as is_offered, false as is_anonymous),
    p.extension_id
from made as m
inner join passed as p on m.uniqueid = p.uniqueid and m.called_extension_id <> p.extension_id
where m.is_offered
