-- Looks up again the legs whose number went to somebody else, or came to somebody.
-- Sources: changed_numbers, number_parties.
update call_legs
set
    party_type = found.party_type,
    party_certainty = found.party_certainty,
    extension_id = found.extension_id,
    call_flow_id = found.call_flow_id,
    contact_id = found.contact_id
from (
    select
        l.uniqueid,
        l.position,
        case when p.valid_to is null or l.started_at < p.valid_to then p.party_type end as type_if_owned,
        coalesce(type_if_owned, 'unknown') as party_type,
        case when type_if_owned is not null then p.certainty end as party_certainty,
        case when type_if_owned is not null then p.extension_id end as extension_id,
        case when type_if_owned is not null then p.call_flow_id end as call_flow_id,
        case when type_if_owned is not null then p.contact_id end as contact_id
    from (select * from call_legs where number in (from changed_numbers)) as l
    asof left join number_parties as p on l.number = p.number and l.started_at >= p.valid_from
) as found
where call_legs.uniqueid = found.uniqueid and call_legs.position = found.position
