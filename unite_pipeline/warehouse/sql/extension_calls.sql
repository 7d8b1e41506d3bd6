-- Calls as seen from extensions: who made or took them, and of internal ones once more from the side they went to.
-- Grain: one call and side. A step of calls_by_extension.
-- Sources: calls, days.
with made as (
    select
        call_date,
        direction,
        disposition,
        is_offered,
        is_gone,
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
)
select
    * exclude (calling_extension_id, called_extension_id),
    coalesce(if(direction = 'inbound', called_extension_id, calling_extension_id), 'none') as extension_id
from made
union all
select
    * exclude (calling_extension_id, called_extension_id)
    replace (
        'internal_received' as direction,
        if(disposition = 'internal_answered', 'internal_received_answered', 'internal_received_unanswered') as disposition
    ),
    called_extension_id as extension_id
from made
where direction = 'internal' and called_extension_id is not null
