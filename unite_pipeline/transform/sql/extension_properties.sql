-- Grain: one property of an extension as last read (extension_id, property).
-- Sources: items, made of extension_property_rows.
select
    split_part(item_id, chr(31), 1) as extension_id,
    split_part(item_id, chr(31), 2) as property,
    unnest(state),
    is_deleted,
    first_seen_at,
    last_seen_at
from items
