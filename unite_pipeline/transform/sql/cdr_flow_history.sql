-- Grain: one state of an entry of the directory and how long snapshots showed it (kind, number, valid_from).
-- Sources: item_states, made of cdr_flow_rows.
select
    split_part(item_id, chr(31), 1) as kind,
    split_part(item_id, chr(31), 2) as number,
    unnest(state),
    valid_from,
    valid_to,
    is_current,
    is_deleted
from item_states
