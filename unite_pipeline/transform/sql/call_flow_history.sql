-- Grain: one state of a call flow and how long snapshots showed it (call_flow_id, valid_from).
-- Sources: item_states, made of call_flow_rows.
select
    item_id as call_flow_id,
    unnest(state),
    valid_from,
    valid_to,
    is_current,
    is_deleted
from item_states
