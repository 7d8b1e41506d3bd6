-- Grain: one value of a property of an extension and how long reads showed it (extension_id, property, valid_from).
-- Sources: item_states, made of extension_property_rows.
select
    split_part(item_id, chr(31), 1) as extension_id,
    split_part(item_id, chr(31), 2) as property,
    unnest(state),
    valid_from,
    valid_to,
    is_current,
    is_deleted
from item_states
