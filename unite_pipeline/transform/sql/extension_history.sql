-- Grain: one state of an extension and how long snapshots showed it (extension_id, valid_from).
-- Sources: item_states, made of extension_rows.
select
    item_id as extension_id,
    unnest(state),
    valid_from,
    valid_to,
    is_current,
    is_deleted
from item_states
