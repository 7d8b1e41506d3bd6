-- Grain: one phonebook item as last seen (contact_id).
-- Sources: items, made of contact_rows.
select
    item_id as contact_id,
    unnest(state),
    is_deleted,
    first_seen_at,
    last_seen_at
from items
