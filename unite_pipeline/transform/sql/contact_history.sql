-- Grain: one state of a phonebook item and how long snapshots showed it (contact_id, valid_from).
-- Sources: item_states, made of contact_rows.
select
    item_id as contact_id,
    unnest(state),
    valid_from,
    valid_to,
    is_current,
    is_deleted
from item_states
