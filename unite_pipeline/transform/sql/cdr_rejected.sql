-- What did not fit, of the lists staged now.
-- Grain: one row, or one leg of a row, and why (read_id, part, position, leg_position, reason).
-- Sources: cdr_rows, cdr_legs, cdr_seen, sources, read_days.
with reach as (
    select
        o.source_no,
        min(d.day) as first_day,
        max(d.day) as last_day
    from sources as o
    inner join read_days as d on o.read_id = d.read_id
    group by o.source_no
),
clipped as (
    select
        r.source_no,
        r.position,
        r.row,
        r.reason,
        r.started_at_local,
        r.started_at_local < cast(a.first_day as timestamp)
        or r.started_at_local >= cast(a.last_day as timestamp) + interval 1 day as is_outside,
        r.started_at_local < cast(a.first_day as timestamp) - interval 2 second
        or r.started_at_local >= cast(a.last_day as timestamp) + interval 86402 second as is_far_outside
    from cdr_rows as r
    left join reach as a on r.source_no = a.source_no
),
misfits as (
    select source_no, position, 0 as leg_position, reason, row
    from clipped
    where reason is not null and is_outside is not true
    union all
    select source_no, position, 0 as leg_position, 'outside_days' as reason, row
    from clipped
    where is_far_outside
    union all
    select l.source_no, l.row_position, l.position as leg_position, 'bad_leg' as reason, cast(l.leg as varchar)
    from cdr_legs as l
    inner join clipped as c on l.source_no = c.source_no and l.row_position = c.position
    where not l.is_leg and c.is_outside is not true
    union all
    select distinct r.source_no, r.position, 0 as leg_position, 'duplicate_key' as reason, r.row
    from cdr_seen as s
    inner join cdr_seen as w on s.uniqueid = w.uniqueid and s.read_id = w.read_id and w.nth = 1
    inner join cdr_rows as r on s.source_no = r.source_no and s.position = r.position
    where s.nth > 1 and (s.row_hash <> w.row_hash or s.nth_in_part > 1)
)
select
    o.read_id,
    o.part,
    m.position,
    cast(m.leg_position as integer) as leg_position,
    m.reason,
    case when json_valid(m.row) then m.row else cast(to_json(m.row) as varchar) end as row,
    o.fetched_at
from misfits as m
inner join sources as o on m.source_no = o.source_no
