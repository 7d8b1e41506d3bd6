-- Grain: one state of a number and how long snapshots showed it (number, valid_from).
-- Sources: item_states, made of cdr_number_rows.
select
    item_id as number,
    unnest(state),
    valid_from,
    valid_to,
    is_current,
    is_deleted
from item_states
