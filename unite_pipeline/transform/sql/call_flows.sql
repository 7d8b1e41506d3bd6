-- Grain: one call flow as last seen (call_flow_id).
-- Sources: items, made of call_flow_rows.
select
    item_id as call_flow_id,
    unnest(state),
    is_deleted,
    first_seen_at,
    last_seen_at
from items
