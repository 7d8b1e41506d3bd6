-- What did not fit, of the snapshots staged now. The same row in two parts of one book is no duplicate.
-- Grain: one row and why (read_id, part, position, reason).
-- Sources: item_rows, item_seen, sources.
with misfits as (
    select source_no, position, reason, row
    from item_rows
    where reason is not null
    union all
    select distinct r.source_no, r.position, 'duplicate_key' as reason, r.row
    from item_seen as s
    inner join item_seen as w on s.item_id = w.item_id and s.read_id = w.read_id and w.nth = 1
    inner join item_rows as r on s.source_no = r.source_no and s.position = r.position and s.item_id = r.item_id
    where s.is_fit and s.nth > 1 and (s.row_hash <> w.row_hash or s.nth_in_part > 1)
)
select
    o.read_id,
    o.part,
    m.position,
    0 as leg_position,
    m.reason,
    case when json_valid(m.row) then m.row else cast(to_json(m.row) as varchar) end as row,
    o.fetched_at
from misfits as m
inner join sources as o on m.source_no = o.source_no
