-- Grain: one number as last seen (number).
-- Sources: items, made of cdr_number_rows.
select
    item_id as number,
    unnest(state),
    is_deleted,
    first_seen_at,
    last_seen_at
from items
