-- Days with a leg whose number went to somebody else, or came to somebody.
-- Grain: one local day.
-- Sources: call_legs, former_number_parties and newer_number_parties (rows that are gone, and that have come).
with changed as (
    select number, valid_from, valid_to, party_type, certainty, extension_id, call_flow_id, contact_id
    from newer_number_parties
    except all
    select number, valid_from, valid_to, party_type, certainty, extension_id, call_flow_id, contact_id
    from former_number_parties
),

ended as (
    select number, valid_from, valid_to, party_type, certainty, extension_id, call_flow_id, contact_id
    from former_number_parties
    except all
    select number, valid_from, valid_to, party_type, certainty, extension_id, call_flow_id, contact_id
    from newer_number_parties
)

select distinct call_date as day
from call_legs
where number in (select number from changed union all select number from ended)
