-- Grain: one number of one state of a call flow (call_flow_id, number, valid_from).
-- Sources: item_states, made of call_flow_rows.
select
    item_id as call_flow_id,
    unnest(string_split(state.numbers, ',')) as number,
    valid_from,
    valid_to,
    is_current
from item_states
