-- Grain: one entry of the directory as last seen (kind, number).
-- Sources: items, made of cdr_flow_rows.
select
    split_part(item_id, chr(31), 1) as kind,
    split_part(item_id, chr(31), 2) as number,
    unnest(state),
    is_deleted,
    first_seen_at,
    last_seen_at
from items
