-- Grain: one extension as last seen (extension_id).
-- Sources: items, made of extension_rows.
select
    item_id as extension_id,
    unnest(state),
    is_deleted,
    first_seen_at,
    last_seen_at
from items
