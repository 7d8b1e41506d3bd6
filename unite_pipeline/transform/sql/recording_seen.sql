-- Which read saw which recording in which extension's list; `nth_in_part` counts from the last row in listed order.
-- Grain: one sighting of a row that fits (read_id, extension_id, source_no, position).
-- Sources: recording_rows, sightings.
select
    s.read_id,
    s.fetched_at,
    s.part_no,
    s.extension_id,
    r.source_no,
    r.position,
    r.callrecordkey,
    row_number() over (partition by r.callrecordkey, s.read_id, s.part_no order by r.position desc) as nth_in_part
from recording_rows as r
inner join sightings as s on r.source_no = s.source_no
where r.reason is null
