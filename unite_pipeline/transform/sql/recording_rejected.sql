-- What did not fit, of the lists staged now. A recording that two extensions list is no duplicate; one that stands
-- twice in one list is.
-- Grain: one row and why (read_id, part, position, reason).
-- Sources: recording_rows, recording_seen, sources.
with misfits as (
    select source_no, position, reason, row
    from recording_rows
    where reason is not null
    union all
    select distinct r.source_no, r.position, 'duplicate_key' as reason, r.row
    from recording_seen as s
    inner join recording_rows as r on s.source_no = r.source_no and s.position = r.position
    where s.nth_in_part > 1
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
