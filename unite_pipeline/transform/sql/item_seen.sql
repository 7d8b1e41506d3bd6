-- Which snapshot shows which item; `nth` and `nth_in_part` count from the last row in listed order, rows that fit first.
-- Grain: one sighting of a row with a key (read_id, source_no, position).
-- Sources: item_rows (of any list of items), sightings.
select
    s.read_id,
    s.fetched_at,
    s.part_no,
    r.source_no,
    r.position,
    r.row_hash,
    r.item_id,
    r.scope,
    r.reason is null as is_fit,
    row_number() over (
        partition by r.item_id, s.read_id order by r.reason is null desc, s.part_no desc, r.position desc
    ) as nth,
    row_number() over (
        partition by r.item_id, s.read_id, s.part_no, r.row_hash order by r.position desc
    ) as nth_in_part
from item_rows as r
inner join sightings as s on r.source_no = s.source_no
where r.reason is null or r.reason not in ('not_json', 'not_an_object', 'missing_key')
