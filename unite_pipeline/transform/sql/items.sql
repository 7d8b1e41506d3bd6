-- Items as last seen.
-- Grain: one item (item_id).
-- Sources: item_facts, item_states.
with shown as (
    select
        item_id,
        arg_max(state, moment) as state,
        min(moment) as first_seen_at,
        max(moment) as last_seen_at
    from item_facts
    where kind = 'shown'
    group by item_id
),
standing as (
    select item_id, bool_or(is_current) as is_current
    from item_states
    group by item_id
)
select
    s.item_id,
    s.state,
    not c.is_current as is_deleted,
    s.first_seen_at,
    s.last_seen_at
from shown as s
inner join standing as c on s.item_id = c.item_id
