-- What is known of items and moments: `shown` in a state, `unfit` (there, in a row that was rejected) or `absent`.
-- Grain: one item and moment (item_id, moment). `scope` names the complete snapshots that speak of the item.
-- Sources: item_seen and item_rows (snapshots staged now), kept_states and kept_items (what the lake holds).
with facts as (
    select
        s.item_id,
        s.scope,
        s.fetched_at as moment,
        s.read_id,
        case when s.is_fit then 'shown' else 'unfit' end as kind,
        case when s.is_fit then r.state end as state
    from item_seen as s
    inner join item_rows as r on s.source_no = r.source_no and s.position = r.position and s.item_id = r.item_id
    where s.nth = 1
    union all
    select item_id, scope, valid_from as moment, '' as read_id, 'shown' as kind, state
    from kept_states
    union all
    select item_id, scope, last_seen_at as moment, '' as read_id, 'shown' as kind, state
    from kept_items
    union all
    select k.item_id, k.scope, k.valid_to as moment, '' as read_id, 'absent' as kind, null as state
    from kept_states as k
    anti join kept_states as n on k.item_id = n.item_id and k.valid_to = n.valid_from
    where k.valid_to is not null
)
select *
from facts
qualify row_number() over (partition by item_id, moment order by kind = 'shown' desc, read_id desc) = 1
