-- Grain: one state of a switch and how long snapshots showed it (switch_key, valid_from).
-- Sources: item_states, made of switch_rows.
select
    item_id as switch_key,
    unnest(state),
    valid_from,
    valid_to,
    is_current,
    is_deleted
from item_states
