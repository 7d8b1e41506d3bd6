-- Which read saw which call in which filter quadrant; `nth` and `nth_in_part` count from the last row in listed order.
-- Grain: one sighting of a row that fits, within the days of the read (read_id, source_no, position).
-- Sources: cdr_rows, sightings, read_days. A read asks a second more than its days on either side: clipped here.
with seen as (
    select
        s.read_id,
        s.fetched_at,
        s.part_no,
        s.part,
        s.part in ('external_answered', 'external_missed', 'internal_answered', 'internal_missed') as is_quadrant,
        r.source_no,
        r.position,
        r.row_hash,
        r.uniqueid,
        r.call_date
    from cdr_rows as r
    inner join sightings as s on r.source_no = s.source_no
    inner join read_days as d on s.read_id = d.read_id and r.call_date = d.day
    where r.reason is null
)
select
    *,
    row_number() over (partition by uniqueid, read_id order by part_no desc, position desc) as nth,
    row_number() over (partition by uniqueid, read_id, part_no, row_hash order by position desc) as nth_in_part
from seen
