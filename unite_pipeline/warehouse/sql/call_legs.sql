-- Legs as they are loaded, with whom their number was at the start of the call.
-- Grain: one leg (uniqueid, position).
-- Sources: lake_rows (files of call_legs), number_parties.
with owned as (
    select
        l.*,
        p.number is not null and (p.valid_to is null or l.started_at < p.valid_to) as is_owned,
        p.party_type as found_type,
        p.certainty as found_certainty,
        p.extension_id as found_extension_id,
        p.call_flow_id as found_call_flow_id,
        p.contact_id as found_contact_id
    from lake_rows as l
    asof left join number_parties as p on l.number = p.number and l.started_at >= p.valid_from
)
select
    * exclude (is_owned, found_type, found_certainty, found_extension_id, found_call_flow_id, found_contact_id),
    case when number is null then 'anonymous' when is_owned then found_type else 'unknown' end as party_type,
    case when is_owned then found_certainty end as party_certainty,
    case when is_owned then found_extension_id end as extension_id,
    case when is_owned then found_call_flow_id end as call_flow_id,
    case when is_owned then found_contact_id end as contact_id
from owned
