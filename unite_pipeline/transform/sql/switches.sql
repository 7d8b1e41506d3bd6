-- Grain: one switch as last seen (switch_key).
-- Sources: items, made of switch_rows.
select
    item_id as switch_key,
    unnest(state),
    is_deleted,
    first_seen_at,
    last_seen_at
from items
